// The same signed transactions for every node: ten funded accounts send ETH, and units of one ERC-20 contract, to 500 people.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { devnetChainId, users } from '@animechain/devnet'
import { encodeAbiParameters, encodeFunctionData, getContractAddress, keccak256, parseAbi, toHex } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'

const abi = parseAbi(['function transfer(address to, uint256 amount) returns (bool)'])
const accounts = users.map(({ privateKey }) => privateKeyToAccount(privateKey))
const token = getContractAddress({ from: accounts[0].address, nonce: 0n })
const person = (index) => keccak256(toHex(index % 500)).slice(0, 42)

/** Nonces after the preparation. */
const firstNonce = (sender) => (sender === 0 ? accounts.length : 0)

const sign = (sender, nonce, fields) =>
  accounts[sender].signTransaction({
    type: 'eip1559',
    chainId: devnetChainId,
    nonce,
    maxFeePerGas: 100_000_000_000n,
    maxPriorityFeePerGas: 1_000_000n,
    ...fields,
  })

/** Deploys the token (Uniswap's ERC-20 for tests) and gives every sender some. */
export async function preparation() {
  const { bytecode } = createRequire(import.meta.url)('@uniswap/v2-core/build/ERC20.json')
  const supply = encodeAbiParameters([{ type: 'uint256' }], [10n ** 24n])
  const data = `0x${bytecode.replace(/^0x/, '')}${supply.slice(2)}`
  const raws = [await sign(0, 0, { data, gas: 3_000_000n })]
  for (let sender = 1; sender < accounts.length; sender++)
    raws.push(
      await sign(0, sender, {
        to: token,
        gas: 100_000n,
        data: encodeFunctionData({
          abi,
          functionName: 'transfer',
          args: [accounts[sender].address, 10n ** 22n],
        }),
      }),
    )
  return raws
}

/**
 * `count` transfers that continue `offset` earlier ones, senders in turn. Signing is slow in JavaScript, so loads are kept.
 * @param {'eth' | 'erc20'} kind
 */
export async function transfers(kind, count, offset = 0) {
  const folder = fileURLToPath(new URL('../.cache/', import.meta.url))
  const file = `${folder}load-1-${kind}-${count}-${offset}.json`
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    if (error.code !== 'ENOENT') throw error
  }
  const raws = []
  for (let index = offset; index < offset + count; index++) {
    const sender = index % accounts.length
    const nonce = firstNonce(sender) + Math.floor(index / accounts.length)
    raws.push(
      await sign(
        sender,
        nonce,
        kind === 'eth'
          ? { to: person(index), value: BigInt(1 + index), gas: 21_000n }
          : {
              to: token,
              gas: 60_000n,
              data: encodeFunctionData({
                abi,
                functionName: 'transfer',
                args: [person(index), BigInt(1 + index)],
              }),
            },
      ),
    )
  }
  mkdirSync(folder, { recursive: true })
  writeFileSync(file, JSON.stringify(raws))
  return raws
}

/** JSON-RPC over HTTP: one call, or several in one request. */
export function client(url) {
  let id = 0
  const post = async (body) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(120_000),
    })
    return response.json()
  }
  const result = ({ error, result: value }) => {
    if (error) throw new Error(`${url}: ${error.message}`)
    return value
  }
  return {
    call: async (method, ...params) => result(await post({ jsonrpc: '2.0', id: ++id, method, params })),
    batch: async (calls) =>
      (await post(calls.map(([method, ...params]) => ({ jsonrpc: '2.0', id: ++id, method, params })))).map(
        result,
      ),
  }
}

/** Sends signed transactions in batched requests and waits until all of them are in blocks. Gives the seconds of both. */
export async function send({ scope, url, raws, expected, batchSize = 100 }) {
  const rpc = client(url)
  const began = performance.now()
  for (let index = 0; index < raws.length; index += batchSize)
    await rpc.batch(raws.slice(index, index + batchSize).map((raw) => ['eth_sendRawTransaction', raw]))
  const sent = performance.now()
  await scope.until(async () => {
    const counts = await rpc.batch(
      accounts.map(({ address }) => ['eth_getTransactionCount', address, 'latest']),
    )
    return counts.reduce((sum, count) => sum + Number(count), 0) >= expected
  }, `${expected} transactions to be in blocks`)
  return { taking: (sent - began) / 1000, all: (performance.now() - began) / 1000 }
}

/** Prepares a chain for loads; transactions that it then has of these senders. */
export async function prepare({ scope, url }) {
  const raws = await preparation()
  await send({ scope, url, raws, expected: raws.length })
  const code = await client(url).call('eth_getCode', token, 'latest')
  if (code.length < 100) throw new Error(`${url}: the token was not deployed`)
  return raws.length
}

const routerAbi = parseAbi([
  'function addLiquidity(address a, address b, uint256 amountA, uint256 amountB, uint256 minA, uint256 minB, address to, uint256 deadline)',
  'function swapExactTokensForTokens(uint256 amountIn, uint256 amountOutMin, address[] path, address to, uint256 deadline)',
])
const erc20Abi = parseAbi([
  'function transfer(address to, uint256 amount) returns (bool)',
  'function approve(address spender, uint256 amount) returns (bool)',
])
const MAX = 2n ** 256n - 1n
/** seconds since the epoch; no swap is late */
const DEADLINE = 2n ** 40n

/**
 * A Uniswap v2 pair with liquidity on a fresh chain, and `count` swaps through the router by the ten senders in turn. The code is that of Uniswap's
 * npm packages.
 */
export async function swaps(count) {
  const folder = fileURLToPath(new URL('../.cache/', import.meta.url))
  const file = `${folder}load-1-swaps-${count}.json`
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    if (error.code !== 'ENOENT') throw error
  }
  const require = createRequire(import.meta.url)
  const code = (name) => `0x${require(name).bytecode.replace(/^0x/, '')}`
  const from = accounts[0].address
  const at = (nonce) => getContractAddress({ from, nonce: BigInt(nonce) })
  const [a, b, factory, router] = [0, 1, 2, 3].map(at)
  const supply = encodeAbiParameters([{ type: 'uint256' }], [10n ** 30n]).slice(2)
  const words = (...list) =>
    encodeAbiParameters(
      list.map(() => ({ type: 'address' })),
      list,
    ).slice(2)
  let nonce = 0
  const deploy = (bytecode) => sign(0, nonce++, { data: bytecode, gas: 6_000_000n })
  const call = (to, abi, functionName, args) =>
    sign(0, nonce++, { to, gas: 4_000_000n, data: encodeFunctionData({ abi, functionName, args }) })
  const token = `${code('@uniswap/v2-core/build/ERC20.json')}${supply}`
  const preparation = [
    await deploy(token),
    await deploy(token),
    await deploy(`${code('@uniswap/v2-core/build/UniswapV2Factory.json')}${words(from)}`),
    await deploy(`${code('@uniswap/v2-periphery/build/UniswapV2Router02.json')}${words(factory, person(0))}`),
    await call(a, erc20Abi, 'approve', [router, MAX]),
    await call(b, erc20Abi, 'approve', [router, MAX]),
    await call(router, routerAbi, 'addLiquidity', [a, b, 10n ** 27n, 10n ** 27n, 0n, 0n, from, DEADLINE]),
  ]
  for (let sender = 1; sender < accounts.length; sender++) {
    preparation.push(await call(a, erc20Abi, 'transfer', [accounts[sender].address, 10n ** 27n]))
    preparation.push(
      await sign(sender, 0, {
        to: a,
        gas: 100_000n,
        data: encodeFunctionData({ abi: erc20Abi, functionName: 'approve', args: [router, MAX] }),
      }),
    )
  }
  const raws = []
  for (let index = 0; index < count; index++) {
    const sender = index % accounts.length
    const data = encodeFunctionData({
      abi: routerAbi,
      functionName: 'swapExactTokensForTokens',
      args: [BigInt(10 ** 15 + index), 0n, [a, b], accounts[sender].address, DEADLINE],
    })
    const own = (sender === 0 ? nonce : 1) + Math.floor(index / accounts.length)
    raws.push(await sign(sender, own, { to: router, gas: 200_000n, data }))
  }
  mkdirSync(folder, { recursive: true })
  writeFileSync(file, JSON.stringify({ preparation, raws }))
  return { preparation, raws }
}
