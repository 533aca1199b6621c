import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { rollupChain, type ChainConfig } from '@animechain/core'
import { ethereumjs } from '@animechain/execution-ethereumjs'
import { wasm } from '@animechain/execution-wasm'
import { encodeDeposit, transactionHash } from '@animechain/tx'
import { createPublicClient, defineChain, getContractAddress, http, type Hex } from 'viem'
import { chainConfig } from 'viem/op-stack'
import { forkConfiguration } from '../src/methods/config.js'
import { accounts, call, fixture } from './fixtures.js'
import { chainId, depositor } from './miniChain.js'

const [alice] = accounts
const target = `0x${'7e'.repeat(20)}` as const
/** Init code that reverts. */
const refusing = '0x5f5ffd' as const
/** Reverts with `Panic(0x11)`. */
const panicking = `0x7f4e487b71${'00'.repeat(28)}5f52601160045260245ffd` as Hex

describe.each([
  ['ethereumjs', ethereumjs],
  ['wasm', wasm],
])('as geth, with %s,', (_, engine) => {
  let world: Awaited<ReturnType<typeof fixture>>
  let url: string
  beforeAll(async () => {
    world = await fixture({}, engine())
    url = world.server.url
    await world.mini.mine()
  })
  afterAll(() => world.stop())

  test('a creation that failed has the address that it would have had', async () => {
    const sign = (nonce: number, data: Hex) =>
      alice!.signTransaction({
        type: 'eip1559',
        chainId: Number(chainId),
        nonce,
        data,
        gas: 100_000n,
        maxFeePerGas: 10n ** 10n,
        maxPriorityFeePerGas: 0n,
      })
    const hashes: Hex[] = []
    for (const [nonce, data] of [refusing, '0x00', refusing].entries())
      hashes.push(await call<Hex>(url, 'eth_sendRawTransaction', await sign(nonce, data as Hex)))
    const deposit = encodeDeposit({
      sourceHash: `0x${'9'.padStart(64, '0')}`,
      from: depositor,
      to: undefined,
      mint: 0n,
      value: 0n,
      gasLimit: 100_000n,
      isSystemTx: false,
      data: Buffer.from(refusing.slice(2), 'hex'),
    })
    const block = await world.mini.mine({ deposits: [deposit] })
    const receipts = await call<{ status: Hex; contractAddress: Hex; depositNonce?: Hex }[]>(
      url,
      'eth_getBlockReceipts',
      block.header.hash,
    )
    const [byDeposit, ...others] = receipts
    expect(byDeposit).toMatchObject({ status: '0x0', to: null })
    expect(byDeposit!.contractAddress).toBe(
      getContractAddress({ from: depositor, nonce: BigInt(byDeposit!.depositNonce!) }).toLowerCase(),
    )
    expect(others.map(({ status, contractAddress }) => [status, contractAddress])).toEqual(
      [0n, 1n, 2n].map((nonce) => [
        nonce === 1n ? '0x1' : '0x0',
        getContractAddress({ from: alice!.address, nonce }).toLowerCase(),
      ]),
    )
    expect(await call(url, 'eth_getTransactionReceipt', hashes[2])).toEqual(receipts[3])

    const client = createPublicClient({
      chain: defineChain({
        ...chainConfig,
        id: Number(chainId),
        name: 'test',
        nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
        rpcUrls: { default: { http: [url] } },
      }),
      transport: http(url),
    })
    const hash = transactionHash(deposit)
    expect(await client.getTransaction({ hash })).toMatchObject({ type: 'deposit' })
    expect((await client.getTransactionReceipt({ hash })).contractAddress).toMatch(/^0x/)
  })

  test('a trace of a call that cannot begin fails', async () => {
    const fails = (request: object, message: RegExp) =>
      expect(call(url, 'debug_traceCall', request, 'latest', { tracer: 'callTracer' })).rejects.toMatchObject(
        { code: -32000, message: expect.stringMatching(message) },
      )
    await fails({ from: target, to: depositor, value: '0x1' }, /^tracing failed: insufficient funds/)
    await fails({ to: target, gas: '0x5207' }, /^tracing failed: intrinsic gas too low/)
    await fails(
      { from: alice!.address, to: target, gas: '0x5208', maxFeePerGas: '0x1' },
      /^tracing failed: max fee per gas less than block base fee/,
    )
  })

  test('a trace gives the reason of a panic', async () => {
    const options = { tracer: 'callTracer', stateOverrides: { [target]: { code: panicking } } }
    expect(await call(url, 'debug_traceCall', { to: target }, 'latest', options)).toMatchObject({
      error: 'execution reverted',
      revertReason: 'arithmetic underflow or overflow',
    })
    expect(
      await call(url, 'debug_traceCall', { to: target, data: '0x01020304' }, 'latest', {
        tracer: '4byteTracer',
      }),
    ).toEqual({ '0x01020304-0': 1 })
  })

  test('several tracers run at once; one that nobody knows is named', async () => {
    const trace = (options: object) => call(url, 'debug_traceCall', { to: target }, 'latest', options)
    expect(
      await trace({
        tracer: 'muxTracer',
        tracerConfig: { flatCallTracer: { includePrecompiles: true }, '4byteTracer': null },
      }),
    ).toEqual({
      flatCallTracer: [expect.objectContaining({ type: 'call', blockHash: null, subtraces: 0 })],
      '4byteTracer': {},
    })
    const refused = (options: object, message: string) =>
      expect(trace(options)).rejects.toMatchObject({ code: -32602, message })
    const known = 'callTracer, flatCallTracer, prestateTracer, 4byteTracer, noopTracer'
    await refused(
      { tracer: 'keccakTracer' },
      `unknown tracer: expected ${known}, muxTracer or none, got keccakTracer`,
    )
    await refused(
      { tracer: 'muxTracer', tracerConfig: { muxTracer: {} } },
      `unknown tracer in muxTracer: expected ${known}, got muxTracer`,
    )
  })

  test('blobBaseFee is overridden', async () => {
    const code = { [target]: { code: '0x4a5f5260205ff3' } }
    const ask = (overrides?: object) =>
      call<Hex>(url, 'eth_call', { to: target }, 'latest', code, ...(overrides ? [overrides] : []))
    expect(BigInt(await ask())).toBe(1n)
    expect(BigInt(await ask({ blobBaseFee: '0x64' }))).toBe(100n)
    const simulated = await call<{ calls: { returnData: Hex }[] }[]>(url, 'eth_simulateV1', {
      blockStateCalls: [
        { blockOverrides: { blobBaseFee: '0x65' }, stateOverrides: code, calls: [{ to: target }] },
      ],
    })
    expect(BigInt(simulated[0]!.calls[0]!.returnData)).toBe(101n)
  })

  test('a simulation of a call that cannot begin fails', async () => {
    const simulate = (request: object) =>
      call(url, 'eth_simulateV1', { blockStateCalls: [{ calls: [request] }] })
    await expect(simulate({ from: target, to: depositor, value: '0x1' })).rejects.toMatchObject({
      code: -38014,
    })
    await expect(simulate({ to: target, gas: '0x5207' })).rejects.toMatchObject({ code: -38013 })
  })

  test('a simulation with validation takes what could be included, and says why not by its code', async () => {
    const from = alice!.address
    const nonce = BigInt(await call<Hex>(url, 'eth_getTransactionCount', from, 'latest'))
    const transfer = { from, to: target, value: '0x1', gas: '0x5208', maxFeePerGas: '0x2540be400' }
    const at = (offset: bigint) => `0x${(nonce + offset).toString(16)}`
    type Block = { calls: { status: Hex }[]; baseFeePerGas: Hex; gasUsed: Hex; gasLimit: Hex }
    const simulate = (blocks: object[], validation = true) =>
      call<Block[]>(url, 'eth_simulateV1', { blockStateCalls: blocks, validation })
    const one = (request: object, overrides = {}) =>
      simulate([{ calls: [{ ...transfer, ...request }], ...overrides }])

    const blocks = await simulate([
      { calls: [transfer, { ...transfer, nonce: at(1n) }] },
      { calls: [{ ...transfer, nonce: at(2n) }] },
    ])
    expect(blocks.map(({ calls }) => calls.map(({ status }) => status))).toEqual([['0x1', '0x1'], ['0x1']])
    // As EIP-1559 has it: the first block was far below its target.
    expect(BigInt(blocks[1]!.baseFeePerGas)).toBeLessThan(BigInt(blocks[0]!.baseFeePerGas))

    const refusals: [number, object, object?][] = [
      [-38010, { nonce: at(0n) }, { stateOverrides: { [from]: { nonce: at(1n) } } }],
      [-38011, { nonce: at(1n) }],
      [-38012, { maxFeePerGas: '0x1' }],
      [-38012, { maxFeePerGas: undefined }],
      [-38013, { gas: '0x5207' }],
      [-38014, { value: `0x${(10n ** 30n).toString(16)}` }],
      // The whole fee must be there, not what it would cost in the end.
      [-38014, {}, { stateOverrides: { [from]: { balance: `0x${(21_000n * 10n ** 10n).toString(16)}` } } }],
      // EIP-7825
      [-38015, { gas: '0x1000001' }],
      [-38025, { to: undefined, data: `0x${'00'.repeat(49_153)}`, gas: '0x1000000' }],
    ]
    for (const [code, request, overrides] of refusals)
      await expect(one(request, overrides)).rejects.toMatchObject({ code })
    const free = { blockOverrides: { baseFeePerGas: '0x0' } }
    expect((await one({ maxFeePerGas: undefined }, free))[0]!.calls[0]!.status).toBe('0x1')
    // Nothing of it is asked for without.
    const loose = await simulate(
      [{ calls: [{ ...transfer, nonce: at(7n), maxFeePerGas: undefined }] }],
      false,
    )
    expect(loose[0]!.calls[0]!.status).toBe('0x1')
  })
})

describe('as geth,', () => {
  let world: Awaited<ReturnType<typeof fixture>>
  let url: string
  beforeAll(async () => {
    world = await fixture()
    url = world.server.url
    await world.mini.mine()
  })
  afterAll(() => world.stop())

  test('an authorization list is not empty, and needs a recipient', async () => {
    const authorization = {
      chainId: '0x0',
      address: target,
      nonce: '0x0',
      yParity: '0x0',
      r: '0x1',
      s: '0x1',
    }
    for (const method of ['eth_call', 'eth_estimateGas', 'eth_createAccessList', 'debug_traceCall']) {
      await expect(call(url, method, { to: target, authorizationList: [] })).rejects.toMatchObject({
        code: -32000,
        message: 'EIP-7702 transaction with empty auth list',
      })
      await expect(
        call(url, method, { data: '0x00', authorizationList: [authorization] }),
      ).rejects.toMatchObject({
        code: -32000,
        message: 'EIP-7702 transaction cannot be used to create contract',
      })
    }
  })

  test('eth_feeHistory takes a count in hex, in decimals and as a number, and percentiles that rise', async () => {
    const history = (count: unknown, percentiles: number[] = []) =>
      call<{ oldestBlock: Hex; gasUsedRatio: number[] }>(url, 'eth_feeHistory', count, 'latest', percentiles)
    const expected = await history('0x2')
    expect(expected.gasUsedRatio).toHaveLength(2)
    expect(await history('2')).toEqual(expected)
    expect(await history(2)).toEqual(expected)
    for (const count of ['', '-1', '2.5', 'two', '1'.repeat(40)])
      await expect(history(count)).rejects.toMatchObject({ code: -32602 })
    expect(await history('2', [0, 50, 100])).toHaveProperty('reward')
    for (const percentiles of [[50, 50], [60, 50], [-1], [101]])
      await expect(history('2', percentiles)).rejects.toMatchObject({ code: -32602 })
  })

  test('eth_config tells the rules in force (EIP-7910)', async () => {
    const { current, next, last } = await call<Record<string, Record<string, unknown>>>(url, 'eth_config')
    expect([next, last]).toEqual([null, null])
    expect(Object.keys(current!)).toEqual([
      'activationTime',
      'blobSchedule',
      'chainId',
      'forkId',
      'precompiles',
      'systemContracts',
    ])
    expect(current).toMatchObject({
      activationTime: 0,
      blobSchedule: { baseFeeUpdateFraction: 0, max: 0, target: 0 },
      chainId: `0x${chainId.toString(16)}`,
      forkId: expect.stringMatching(/^0x[0-9a-f]{8}$/),
      precompiles: { ECREC: `0x${'1'.padStart(40, '0')}`, P256VERIFY: `0x${'100'.padStart(40, '0')}` },
    })
    expect(Object.keys(current!.precompiles as object)).toHaveLength(18)
    const names = Object.keys(current!.precompiles as object)
    expect(names).toEqual([...names].sort())
  })
})

test('forks to come change the fork hash (EIP-2124), as on mainnet', () => {
  const mainnet = '0xd4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3'
  const chain: ChainConfig = {
    ...rollupChain({ chainId: 1n }),
    hardforks: [
      { name: 'cancun', timestamp: 0n },
      { name: 'prague', timestamp: 1_150_000n },
      { name: 'osaka', timestamp: 1_920_000n },
    ],
  }
  const at = (now: bigint) =>
    forkConfiguration(chain, { hash: mainnet, timestamp: 0n }, now) as Record<
      'current' | 'next' | 'last',
      { forkId: Hex; activationTime: number; precompiles: object } | null
    >
  // Frontier's, Homestead's and the DAO's of EIP-2124's table: they too hash the genesis and two numbers of 8 bytes.
  expect(at(5n).current).toMatchObject({ forkId: '0xfc64ec04', activationTime: 0 })
  expect(at(5n).next).toMatchObject({ forkId: '0x97c2c34c', activationTime: 1_150_000 })
  expect(at(5n).last).toMatchObject({ forkId: '0x91d1f948', activationTime: 1_920_000 })
  expect(Object.keys(at(5n).current!.precompiles)).toHaveLength(10)
  expect(at(1_920_000n)).toMatchObject({ current: { forkId: '0x91d1f948' }, next: null, last: null })
})
