import { createRequire } from 'node:module'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Contract, ContractFactory, JsonRpcProvider, NonceManager, Wallet, isError } from 'ethers'
import {
  BaseError,
  ContractFunctionRevertedError,
  getAddress,
  getContract,
  parseEther,
  parseEventLogs,
  type Abi,
  type Address,
  type Hex,
} from 'viem'
import { users } from '../src/index.js'
import { clients, testDevnet } from './support.js'

interface Artifact {
  abi: Abi
  bytecode: string
}
const require = createRequire(import.meta.url)
/** The artifacts that Uniswap published; the core ones carry no 0x. */
function artifact(path: string): { abi: Abi; bytecode: Hex } {
  const { abi, bytecode } = require(path) as Artifact
  return { abi, bytecode: `0x${bytecode.replace(/^0x/, '')}` }
}
const factoryCode = artifact('@uniswap/v2-core/build/UniswapV2Factory.json')
const pairCode = artifact('@uniswap/v2-core/build/UniswapV2Pair.json')
const routerCode = artifact('@uniswap/v2-periphery/build/UniswapV2Router02.json')
/** An ERC-20 whose constructor mints its argument to the deployer. */
const tokenCode = artifact('@uniswap/v2-periphery/build/ERC20.json')

const weth = '0x4200000000000000000000000000000000000006'
const supply = parseEther('1000000')
const deep = parseEther('1000')
const traded = parseEther('10')
const deadline = 2n ** 48n

/** Uniswap's own formula: 0.3% of what comes in is the pool's. */
const amountOut = (amountIn: bigint, reserveIn: bigint, reserveOut: bigint) =>
  (amountIn * 997n * reserveOut) / (reserveIn * 1000n + amountIn * 997n)

/** One devnet; each library deploys an exchange of its own from an account of its own. */
describe('Uniswap v2 from its npm packages', () => {
  let net: Awaited<ReturnType<typeof testDevnet>>
  beforeAll(async () => {
    net = await testDevnet({ bridge: false, verifier: false })
  }, 300_000)
  afterAll(() => net?.dispose(), 180_000)

  test('viem deploys it, creates a pair, adds liquidity, swaps and reads events and reverts', async () => {
    const { l2, l2Wallet, l2Chain: chain, account } = clients(net, 1)
    const mined = async (hash: Hex) => {
      const receipt = await l2.waitForTransactionReceipt({ hash, timeout: 120_000 })
      expect(receipt.status).toBe('success')
      return receipt
    }
    const deploy = async (code: { abi: Abi; bytecode: Hex }, args: unknown[]) => {
      const receipt = await mined(await l2Wallet.deployContract({ ...code, args, account, chain } as never))
      expect(await l2.getCode({ address: receipt.contractAddress! })).toMatch(/^0x60/)
      return receipt.contractAddress!
    }
    const call = async (address: Address, abi: Abi, functionName: string, args: unknown[], value = 0n) =>
      mined(
        await l2Wallet.writeContract({ address, abi, functionName, args, value, account, chain } as never),
      )
    const read = <T>(address: Address, abi: Abi, functionName: string, args: unknown[] = []) =>
      l2.readContract({ address, abi, functionName, args }) as Promise<T>

    const tokenA = await deploy(tokenCode, [supply])
    const tokenB = await deploy(tokenCode, [supply])
    const factory = await deploy(factoryCode, [account.address])
    const router = await deploy(routerCode, [factory, weth])
    expect(getAddress(await read<Address>(router, routerCode.abi, 'WETH'))).toBe(getAddress(weth))

    const created = await call(factory, factoryCode.abi, 'createPair', [tokenA, tokenB])
    const [event] = parseEventLogs({
      abi: factoryCode.abi,
      logs: created.logs,
      eventName: 'PairCreated',
    }) as unknown as { args: readonly [token0: Address, token1: Address, pair: Address, count: bigint] }[]
    // The event's last argument has no name, so viem gives all of them by position.
    const pair = event!.args[2]
    expect(await read(factory, factoryCode.abi, 'getPair', [tokenB, tokenA])).toBe(pair)

    await call(tokenA, tokenCode.abi, 'approve', [router, supply])
    await call(tokenB, tokenCode.abi, 'approve', [router, supply])
    await call(router, routerCode.abi, 'addLiquidity', [
      tokenA,
      tokenB,
      deep,
      2n * deep,
      0n,
      0n,
      account.address,
      deadline,
    ])
    expect(await read(tokenB, tokenCode.abi, 'balanceOf', [pair])).toBe(2n * deep)

    const expected = amountOut(traded, deep, 2n * deep)
    const path = [tokenA, tokenB]
    expect(await read(router, routerCode.abi, 'getAmountsOut', [traded, path])).toEqual([traded, expected])
    const args = [traded, expected, path, account.address, deadline]
    const swap = { address: router, abi: routerCode.abi, functionName: 'swapExactTokensForTokens', account }
    const estimate = await l2.estimateContractGas({ ...swap, args } as never)
    const before = await read<bigint>(tokenB, tokenCode.abi, 'balanceOf', [account.address])
    const receipt = await call(router, routerCode.abi, swap.functionName, args)
    expect(estimate).toBeGreaterThanOrEqual(receipt.gasUsed)
    expect(estimate).toBeLessThan((receipt.gasUsed * 3n) / 2n)
    expect(await read(tokenB, tokenCode.abi, 'balanceOf', [account.address])).toBe(before + expected)

    const swaps = await getContract({ address: pair, abi: pairCode.abi, client: l2 }).getEvents.Swap!({}, {
      fromBlock: 0n,
    } as never)
    expect(swaps.map((log) => log.transactionHash)).toEqual([receipt.transactionHash])

    // ETH through the predeploy: it is wrapped by the router, and the pair holds it.
    await call(
      router,
      routerCode.abi,
      'addLiquidityETH',
      [tokenA, deep, 0n, 0n, account.address, deadline],
      parseEther('5'),
    )
    const wethPair = await read<Address>(factory, factoryCode.abi, 'getPair', [weth, tokenA])
    expect(await read(weth, tokenCode.abi, 'balanceOf', [wethPair])).toBe(parseEther('5'))

    const refused: unknown = await l2
      .simulateContract({ ...swap, args: [traded, 2n * deep, path, account.address, deadline] } as never)
      .catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(BaseError)
    const reverted = (refused as BaseError).walk((error) => error instanceof ContractFunctionRevertedError)
    expect((reverted as ContractFunctionRevertedError).reason).toBe(
      'UniswapV2Router: INSUFFICIENT_OUTPUT_AMOUNT',
    )
  }, 300_000)

  test('ethers deploys it, creates a pair, adds liquidity, swaps and reads events and reverts', async () => {
    const provider = new JsonRpcProvider(net.l2Url, undefined, {
      polling: true,
      pollingInterval: 250,
      // Or a question that was asked a moment ago gets the answer that it had, from before the block.
      cacheTimeout: -1,
    })
    try {
      const me = users[2]!.address
      const signer = new NonceManager(new Wallet(users[2]!.privateKey, provider))
      const deploy = async (code: { abi: Abi; bytecode: Hex }, args: unknown[]) => {
        const contract = await new ContractFactory(code.abi as never, code.bytecode, signer).deploy(...args)
        await contract.waitForDeployment()
        return new Contract(await contract.getAddress(), code.abi as never, signer)
      }
      const send = async (contract: Contract, name: string, ...args: unknown[]) => {
        const sent = (await contract.getFunction(name).send(...args)) as {
          wait(
            confirmations: number,
            timeout: number,
          ): Promise<{ status: number; hash: string; gasUsed: bigint }>
        }
        const receipt = await sent.wait(1, 120_000)
        expect(receipt.status).toBe(1)
        return receipt
      }

      const tokenA = await deploy(tokenCode, [supply])
      const tokenB = await deploy(tokenCode, [supply])
      const factory = await deploy(factoryCode, [me])
      const router = await deploy(routerCode, [await factory.getAddress(), weth])
      const [a, b, routerAddress] = await Promise.all([tokenA, tokenB, router].map((x) => x.getAddress()))

      await send(factory, 'createPair', a, b)
      const created = await factory.queryFilter('PairCreated', 0)
      expect(created).toHaveLength(1)
      const pairAddress = (await factory.getFunction('getPair')(a, b)) as string
      const pair = new Contract(pairAddress, pairCode.abi as never, provider)

      await send(tokenA, 'approve', routerAddress, supply)
      await send(tokenB, 'approve', routerAddress, supply)
      await send(router, 'addLiquidity', a, b, deep, 2n * deep, 0n, 0n, me, deadline)
      expect(await tokenA.getFunction('balanceOf')(pairAddress)).toBe(deep)

      const expected = amountOut(traded, deep, 2n * deep)
      const args = [traded, expected, [a, b], me, deadline]
      const before = (await tokenB.getFunction('balanceOf')(me)) as bigint
      const swap = router.getFunction('swapExactTokensForTokens')
      const estimate = await swap.estimateGas(...args)
      const receipt = await send(router, 'swapExactTokensForTokens', ...args)
      expect(estimate).toBeGreaterThanOrEqual(receipt.gasUsed)
      expect(await tokenB.getFunction('balanceOf')(me)).toBe(before + expected)
      const swaps = await pair.queryFilter('Swap', 0)
      expect(swaps.map((log) => log.transactionHash)).toEqual([receipt.hash])

      const refused: unknown = await swap
        .staticCall(traded, 2n * deep, [a, b], me, deadline)
        .catch((error: unknown) => error)
      if (!isError(refused, 'CALL_EXCEPTION')) throw refused
      expect(refused.reason).toBe('UniswapV2Router: INSUFFICIENT_OUTPUT_AMOUNT')
    } finally {
      provider.destroy()
    }
  }, 300_000)
})
