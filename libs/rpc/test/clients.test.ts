import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Contract, HDNodeWallet, JsonRpcProvider, Mnemonic, WebSocketProvider, formatEther } from 'ethers'
import {
  type BaseError,
  createPublicClient,
  createWalletClient,
  defineChain,
  http,
  keccak256,
  pad,
  parseEther,
  parseGwei,
  toHex,
  webSocket,
  type Address,
} from 'viem'
import { publicActionsL2, chainConfig } from 'viem/op-stack'
import { predeploys, silentMetrics, type Metrics } from '@animechain/core'
import {
  accounts,
  call,
  counter,
  counterAbi,
  counterInitCode,
  fixture,
  revertData,
  reverter,
} from './fixtures.js'
import { chainId, type MiniChain } from './miniChain.js'
import type { RpcServer } from '../src/server.js'

let mini: MiniChain
let server: RpcServer
let stop: () => Promise<void>
let subscribed = 0
const chain = defineChain({
  ...chainConfig,
  id: Number(chainId),
  name: 'test',
  nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
  rpcUrls: { default: { http: [] } },
})
const recipient: Address = '0x00000000000000000000000000000000000000aa'

beforeAll(async () => {
  const metrics: Metrics = {
    ...silentMetrics,
    gauge: ({ name }) => ({
      set: (value) => {
        if (name === 'rpc_subscriptions') subscribed = value
      },
    }),
  }
  ;({ mini, server, stop } = await fixture({ metrics }))
  mini.automine = true
  await mini.mine()
})
afterAll(() => stop())

/** Waits until there are so many subscriptions: what a client asked for over its WebSocket has arrived. */
const listening = async (count: number) => {
  while (subscribed < count) await new Promise((resolve) => setTimeout(resolve, 5))
}

describe('viem', () => {
  const client = () =>
    createPublicClient({ chain, transport: http(server.url, { batch: true }), pollingInterval: 20 }).extend(
      publicActionsL2(),
    )
  const wallet = (index: number) =>
    createWalletClient({ chain, transport: http(server.url), account: accounts[index]! })

  test('transfers with fees of its own estimate, and reads the receipt with the L1 fee', async () => {
    const before = await client().getBalance({ address: accounts[0]!.address })
    const hash = await wallet(0).sendTransaction({ to: recipient, value: parseEther('1.5') })
    const receipt = await client().waitForTransactionReceipt({ hash, timeout: 60_000 })
    expect(receipt.status).toBe('success')
    expect(receipt.gasUsed).toBe(21_000n)
    expect(receipt.l1Fee).toBeGreaterThan(0n)
    expect(receipt.l1GasPrice).toBe(30n * 10n ** 9n)
    expect(receipt.l1FeeScalar).toBe(0.001368)
    const paid = receipt.gasUsed * receipt.effectiveGasPrice + receipt.l1Fee!
    expect(await client().getBalance({ address: accounts[0]!.address })).toBe(
      before - parseEther('1.5') - paid,
    )
    expect(await client().getBalance({ address: recipient })).toBe(parseEther('1.5'))
    const transaction = await client().getTransaction({ hash })
    expect(transaction).toMatchObject({
      type: 'eip1559',
      from: accounts[0]!.address.toLowerCase(),
      value: parseEther('1.5'),
      blockHash: receipt.blockHash,
    })
  })

  test('sends every type of transaction', async () => {
    const to = recipient
    const gasPrice = parseGwei('3')
    const fees = { maxFeePerGas: gasPrice, maxPriorityFeePerGas: 1n }
    const authorization = await wallet(3).signAuthorization({
      contractAddress: counter,
      executor: 'self',
      nonce: 1,
      chainId: Number(chainId),
    })
    const requests = [
      { type: 'legacy', to, gasPrice },
      {
        type: 'eip2930',
        to,
        gasPrice,
        accessList: [{ address: counter, storageKeys: [`0x${'0'.repeat(64)}`] }],
      },
      { type: 'eip1559', to, ...fees },
    ] as const
    for (const request of requests) {
      const hash = await wallet(2).sendTransaction(request)
      await client().waitForTransactionReceipt({ hash })
      expect((await client().getTransaction({ hash })).type).toBe(request.type)
    }
    const hash = await wallet(3).sendTransaction({
      type: 'eip7702',
      to,
      gas: 200_000n,
      ...fees,
      authorizationList: [authorization],
    })
    await client().waitForTransactionReceipt({ hash })
    const transaction = await client().getTransaction({ hash })
    expect(transaction.type).toBe('eip7702')
    expect(transaction).toMatchObject({ authorizationList: [{ nonce: 1 }] })
    expect(await client().getCode({ address: accounts[3]!.address })).toBe(`0xef0100${counter.slice(2)}`)
  })

  test('deploys, simulates, writes, reads events and storage', async () => {
    const deployed = await client().waitForTransactionReceipt({
      hash: await wallet(1).deployContract({ abi: counterAbi, bytecode: counterInitCode }),
    })
    const address = deployed.contractAddress!
    expect(await client().getCode({ address })).toMatch(/^0x600435/)
    const { request, result } = await client().simulateContract({
      account: accounts[1]!,
      address,
      abi: counterAbi,
      functionName: 'hit',
      args: [77n],
    })
    expect(result).toBe(1n)
    await client().waitForTransactionReceipt({ hash: await wallet(1).writeContract(request) })
    const logs = await client().getContractEvents({
      address,
      abi: counterAbi,
      eventName: 'Hit',
      fromBlock: 0n,
    })
    expect(logs.map(({ args }) => args)).toEqual([{ who: accounts[1]!.address, value: 77n }])
    expect(await client().getStorageAt({ address, slot: '0x0' })).toBe(`0x${'1'.padStart(64, '0')}`)
  })

  test('understands a revert from a call and from an estimate', async () => {
    const failure = await client()
      .call({ to: reverter })
      .then(
        () => undefined,
        (error: BaseError) => error,
      )
    expect(failure!.message).toContain('no way')
    await expect(client().estimateGas({ account: accounts[0]!, to: reverter })).rejects.toThrow(/no way/)
    await expect(call(server.url, 'eth_call', { to: reverter })).rejects.toMatchObject({
      code: 3,
      message: 'execution reverted: no way',
      data: revertData,
    })
  })

  test('calls with state and block overrides', async () => {
    const { data } = await client().call({
      to: recipient,
      data: '0x',
      // NUMBER, SLOAD(0) added, returned
      stateOverride: [
        {
          address: recipient,
          code: '0x436000540160005260206000f3',
          stateDiff: [{ slot: `0x${'0'.repeat(64)}`, value: `0x${'5'.padStart(64, '0')}` }],
        },
      ],
      blockOverrides: { number: 1_000n },
    })
    expect(BigInt(data!)).toBe(1_005n)
  })

  test('gets proofs that hash to the state root', async () => {
    const block = await client().getBlock()
    const proof = await client().getProof({
      address: counter,
      storageKeys: [`0x${'0'.repeat(64)}`],
      blockNumber: block.number,
    })
    expect(keccak256(proof.accountProof[0]!)).toBe(block.stateRoot)
    expect(proof.storageProof).toHaveLength(1)
  })

  test('makes an access list, a fee history and fee estimates', async () => {
    const { accessList, gasUsed } = await client().createAccessList({
      account: accounts[0]!.address,
      to: counter,
      data: '0x',
    })
    expect(accessList[0]!.address.toLowerCase()).toBe(counter)
    expect(gasUsed).toBeGreaterThan(21_000n)
    const history = await client().getFeeHistory({ blockCount: 4, rewardPercentiles: [10, 90] })
    expect(history.baseFeePerGas).toHaveLength(5)
    expect(history.reward).toHaveLength(4)
    const next = await mini.mine()
    expect(
      (
        await client().getFeeHistory({
          blockCount: 1,
          blockNumber: next.header.number - 1n,
          rewardPercentiles: [],
        })
      ).baseFeePerGas[1],
    ).toBe(next.header.baseFeePerGas)
    const fees = await client().estimateFeesPerGas()
    expect(fees.maxFeePerGas).toBeGreaterThan(fees.maxPriorityFeePerGas)
    expect(await client().getGasPrice()).toBeGreaterThan(0n)
    expect(await client().getBlobBaseFee()).toBe(1n)
  })

  test('watches blocks and events over WebSocket', async () => {
    const live = createPublicClient({ chain, transport: webSocket(server.url.replace('http', 'ws')) })
    const numbers: bigint[] = []
    const values: bigint[] = []
    const before = subscribed
    const done = new Promise<void>((resolve, reject) => {
      live.watchBlockNumber({ onBlockNumber: (number) => numbers.push(number), onError: reject })
      live.watchContractEvent({
        address: counter,
        abi: counterAbi,
        eventName: 'Hit',
        onLogs: (logs) => {
          values.push(...logs.map(({ args }) => args.value!))
          resolve()
        },
        onError: reject,
      })
    })
    await listening(before + 2)
    await wallet(1).writeContract({ address: counter, abi: counterAbi, functionName: 'hit', args: [5n] })
    await done
    expect(values).toEqual([5n])
    expect(numbers.length).toBeGreaterThan(0)
    const socket = await live.transport.getRpcClient()
    socket.close()
  })

  test('polls filters, and sends synchronously', async () => {
    const filter = await client().createContractEventFilter({
      address: counter,
      abi: counterAbi,
      eventName: 'Hit',
    })
    const request = await wallet(1).prepareTransactionRequest({ to: counter, data: '0xe9e22edc' })
    const serialized = await accounts[1]!.signTransaction({
      ...request,
      type: 'eip1559',
      chainId: Number(chainId),
    } as never)
    const receipt = await wallet(1).sendRawTransactionSync({
      serializedTransaction: serialized,
      timeout: 60_000,
    })
    expect(receipt.status).toBe('success')
    expect(await client().getFilterChanges({ filter })).toHaveLength(1)
    expect(await client().uninstallFilter({ filter })).toBe(true)
  })

  test('simulates calls that see each other, over several blocks, and changes nothing', async () => {
    const hit = (value: bigint) =>
      ({
        account: accounts[1]!.address,
        to: counter,
        abi: counterAbi,
        functionName: 'hit',
        args: [value],
      }) as const
    const before = BigInt((await client().getStorageAt({ address: counter, slot: '0x0' }))!)
    const [first, second] = await client().simulateBlocks({
      blocks: [
        { calls: [hit(1n), hit(2n), { account: accounts[1]!.address, to: reverter }] },
        {
          blockOverrides: { time: 2_000_000_000n },
          stateOverrides: [
            {
              address: counter,
              stateDiff: [{ slot: `0x${'0'.repeat(64)}`, value: `0x${'50'.padStart(64, '0')}` }],
            },
          ],
          calls: [
            hit(3n),
            { account: accounts[1]!.address, to: '0x00000000000000000000000000000000000000bb', value: 5n },
          ],
        },
      ],
    })
    expect(first!.calls.map(({ status, result }) => [status, result])).toEqual([
      ['success', before + 1n],
      ['success', before + 2n],
      ['failure', undefined],
    ])
    expect(first!.calls[1]!.logs![0]).toMatchObject({
      address: counter,
      logIndex: 1,
      data: `0x${'2'.padStart(64, '0')}`,
    })
    expect(first!.calls[2]!.error!.message).toContain('no way')
    expect(second!.calls[0]!.result).toBe(0x51n)
    expect(second!.timestamp).toBe(2_000_000_000n)
    expect(second!.number).toBe(first!.number! + 1n)
    const { results } = await client().simulateCalls({ account: accounts[1]!.address, calls: [hit(9n)] })
    expect(results[0]!.result).toBe(before + 1n)
    expect(BigInt((await client().getStorageAt({ address: counter, slot: '0x0' }))!)).toBe(before)
    const [transfers] = await client().simulateBlocks({
      traceTransfers: true,
      blocks: [{ calls: [hit(4n), { account: accounts[1]!.address, to: recipient, value: 5n }] }],
    })
    expect(transfers!.calls[0]!.logs).toHaveLength(1)
    expect(transfers!.calls[1]!.logs).toMatchObject([
      {
        address: `0x${'ee'.repeat(20)}`,
        topics: [
          keccak256(toHex('Transfer(address,address,uint256)')),
          pad(accounts[1]!.address.toLowerCase() as Address),
          pad(recipient),
        ],
        data: pad('0x5'),
        logIndex: 1,
      },
    ])
    const poor = { account: '0x00000000000000000000000000000000000000cc', to: recipient, value: 1n } as const
    await expect(client().simulateBlocks({ blocks: [{ calls: [poor] }] })).rejects.toThrow()
    await expect(
      call(server.url, 'eth_simulateV1', { blockStateCalls: [], returnFullTransactions: true }),
    ).rejects.toMatchObject({ code: -32601, message: expect.stringContaining('returnFullTransactions') })
    await expect(
      call(server.url, 'eth_simulateV1', { blockStateCalls: [{ blockOverrides: { number: '0x0' } }] }),
    ).rejects.toMatchObject({ code: -38020 })
  })

  test('reads the predeploys through multicall-free calls at every tag', async () => {
    for (const blockTag of ['latest', 'safe', 'finalized', 'earliest', 'pending'] as const)
      expect(await client().getCode({ address: predeploys.l1Block as Address, blockTag })).toBe('0x00')
  })
})

describe('ethers', () => {
  const provider = () =>
    new JsonRpcProvider(server.url, Number(chainId), {
      staticNetwork: true,
      pollingInterval: 20,
      cacheTimeout: -1,
    })
  const signer = (from: JsonRpcProvider | WebSocketProvider, index: number) =>
    HDNodeWallet.fromMnemonic(
      Mnemonic.fromPhrase('test test test test test test test test test test test junk'),
      `m/44'/60'/0'/0/${index}`,
    ).connect(from)

  test('transfers, reads fee data, blocks and receipts', async () => {
    const ethers = provider()
    const sent = await signer(ethers, 2).sendTransaction({ to: recipient, value: 7n })
    const receipt = await sent.wait(1, 60_000)
    expect(receipt!.status).toBe(1)
    expect((await ethers.getTransaction(sent.hash))!.value).toBe(7n)
    const block = await ethers.getBlock('latest', true)
    expect(block!.prefetchedTransactions.length + block!.transactions.length).toBeGreaterThan(0)
    expect((await ethers.getFeeData()).maxFeePerGas).toBeGreaterThan(0n)
    expect(Number(formatEther(await ethers.getBalance(accounts[2]!.address)))).toBeGreaterThan(900)
    ethers.destroy()
  })

  test('calls a contract, finds its events and shows the revert reason', async () => {
    const ethers = provider()
    const contract = new Contract(
      counter,
      ['function hit(uint256 value) returns (uint256)', 'event Hit(address indexed who, uint256 value)'],
      signer(ethers, 2),
    )
    const sent = await contract.getFunction('hit').send(123n)
    await sent.wait(1, 60_000)
    const events = await contract.queryFilter(contract.filters.Hit!(accounts[2]!.address), 0)
    expect(events.at(-1)!.data).toBe(`0x${(123).toString(16).padStart(64, '0')}`)
    const bad = new Contract(reverter, ['function hit(uint256 value) returns (uint256)'], ethers)
    await expect(bad.getFunction('hit').staticCall(1n)).rejects.toThrow(/no way/)
    ethers.destroy()
  })

  test('hears of blocks over WebSocket', async () => {
    const socket = new WebSocketProvider(server.url.replace('http', 'ws'), Number(chainId), {
      staticNetwork: true,
    })
    const before = subscribed
    const heard = new Promise<number>((resolve) => void socket.once('block', resolve))
    await listening(before + 1)
    const block = await mini.mine()
    expect(await heard).toBe(Number(block.header.number))
    await socket.destroy()
  })
})

describe('traces', () => {
  test('show the calls, the state before and the steps of a transaction', async () => {
    const raw = await accounts[1]!.signTransaction({
      type: 'eip1559',
      chainId: Number(chainId),
      nonce: Number(await mini.pool.pendingNonce(accounts[1]!.address.toLowerCase() as Address)),
      to: reverter,
      gas: 100_000n,
      maxFeePerGas: parseGwei('3'),
      maxPriorityFeePerGas: 1n,
    })
    const { transactionHash, blockHash } = await call<{ transactionHash: Address; blockHash: Address }>(
      server.url,
      'eth_sendRawTransactionSync',
      raw,
      60_000,
    )
    const trace = (options: unknown) =>
      call<Record<string, unknown>>(server.url, 'debug_traceTransaction', transactionHash, options)
    expect(await trace({ tracer: 'callTracer' })).toMatchObject({
      type: 'CALL',
      from: accounts[1]!.address.toLowerCase(),
      to: reverter,
      error: 'execution reverted',
      output: revertData,
    })
    expect(await trace({ tracer: 'prestateTracer' })).toHaveProperty(reverter)
    expect((await trace({})).structLogs).toEqual(
      expect.arrayContaining([expect.objectContaining({ op: 'REVERT' })]),
    )
    const whole = await call<{ txHash: string }[]>(server.url, 'debug_traceBlockByHash', blockHash, {
      tracer: 'callTracer',
    })
    expect(whole.map(({ txHash }) => txHash)).toContain(transactionHash)
    expect(
      await call(server.url, 'debug_traceCall', { to: reverter }, 'latest', { tracer: 'callTracer' }),
    ).toMatchObject({ error: 'execution reverted' })
    await expect(
      call(server.url, 'debug_traceCall', { to: reverter }, 'latest', { tracer: 'spy' }),
    ).rejects.toMatchObject({ code: -32602 })
    await expect(call(server.url, 'debug_traceBlockByNumber', 'earliest')).rejects.toMatchObject({
      message: 'genesis is not traceable',
    })
  })
})
