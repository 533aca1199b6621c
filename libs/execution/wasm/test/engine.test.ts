import { describe, expect, test } from '@jest/globals'
import {
  rollupChain,
  type Address,
  type BlockInput,
  type CallOptions,
  type CallRequest,
  type ChainConfig,
  type ExecutionEngine,
  type Genesis,
  type Hash,
  type SealedHeader,
  type TracerOptions,
} from '@animechain/core'
import { ethereumjs } from '@animechain/execution-ethereumjs'
import { memoryStorage } from '@animechain/storage-memory'
import { encodeDeposit } from '@animechain/tx'
import { privateKeyToAccount } from 'viem/accounts'
import { hexToBytes } from '@animechain/core'
import { runProof, wasm, witnessHost } from '../src/index.js'
import { randomBytes } from './parts.js'

const zero = `0x${'00'.repeat(32)}` as const
const accounts = [1, 2, 3].map((n) => privateKeyToAccount(`0x${n.toString().padStart(64, '0')}`))
const vault: Address = '0x4200000000000000000000000000000000000011'

const contract: Address = '0x00000000000000000000000000000000000c0de1'

/** Calls `contract` in all ways, creates twice, looks around, and selfdestructs the second creation. */
const caller: Address = '0x00000000000000000000000000000000000ca11e'
const nested = (() => {
  const target = `73${contract.slice(2)}`
  const args = '5f5f60405f' // out length, out offset, in length, in offset
  return [
    '6002602052', // MSTORE(32, 2)
    `${args}6003${target}61fffff1`, // CALL with 3 wei
    `${args}${target}61fffff4`, // DELEGATECALL
    `${args}5f${target}61fffff2`, // CALLCODE
    `${args}${target}61fffffa`, // STATICCALL that wants to write
    `${args}6f${'ff'.repeat(16)}${target}61fffff1`, // CALL with more than it owns
    `5f5f60205f6004${''}61fffffa`, // STATICCALL of the identity precompile
    '5f5f5f5f600173000000000000000000000000000000000000beef61fffff1', // value to nobody
    '69600160015560016000f35f52600a60165ff0', // CREATE
    '3f', // EXTCODEHASH of it
    '6132ff5f5260015f6002601e5ff5', // CREATE2 of a contract that selfdestructs in its init code
    '631122334460e01b5f52600460045fa1', // LOG1
    '5f545f5260205ffd', // revert with storage slot 0
  ].join('')
})()

const genesis: Genesis = {
  timestamp: 1000n,
  gasLimit: 30_000_000n,
  baseFeePerGas: 7n,
  prevRandao: zero,
  extraData: '0x',
  beneficiary: vault,
  alloc: {
    ...Object.fromEntries(accounts.map((a) => [a.address.toLowerCase(), { balance: 10n ** 20n }])),
    [contract]: {
      code: '0x6020355f35600316555f5f525f3560205260405f5fa100',
      nonce: 1n,
      storage: { [`0x${'0'.repeat(63)}1` as Hash]: `0x${'0'.repeat(63)}9` as Hash },
    },
    [caller]: { code: `0x${nested}`, balance: 100n },
    '0x4200000000000000000000000000000000000015': {
      code: '0x00',
      storage: {
        [zero]: `0x${5_000_000_000n.toString(16).padStart(64, '0')}`,
        [`0x${'0'.repeat(63)}1` as Hash]: `0x${'0'.repeat(63)}3` as Hash,
        [`0x${'0'.repeat(63)}2` as Hash]: `0x${(100n + (200n << 32n)).toString(16).padStart(64, '0')}`,
      },
    },
  },
}
const ethereum: ChainConfig = {
  chainId: 5n,
  hardforks: [{ name: 'osaka', timestamp: 0n }],
  eip1559: { elasticityMultiplier: 2n, baseFeeMaxChangeDenominator: 8n },
}

const without = <T>(map: ReadonlyMap<Hash, T>, key: Hash) =>
  new Map([...map].filter(([other]) => other !== key))

const tracers: TracerOptions[] = [
  { tracer: 'callTracer' },
  { tracer: 'callTracer', tracerConfig: { withLog: true } },
  { tracer: 'callTracer', tracerConfig: { onlyTopCall: true } },
  { tracer: 'prestateTracer' },
  { tracer: 'prestateTracer', tracerConfig: { diffMode: true } },
  { tracer: '4byteTracer' },
  { enableReturnData: true },
  { enableMemory: true },
  { disableStack: true, disableStorage: true },
]

const opened = async <E extends ExecutionEngine>(engine: E, chain: ChainConfig) => {
  const storage = memoryStorage()
  await storage.start()
  const headers: SealedHeader[] = []
  const head = await engine.open({ chain, genesis, storage, blockHash: (n) => headers[Number(n)]?.hash })
  headers.push(head)
  return { engine, headers, storage }
}

describe.each<[string, ChainConfig]>([
  ['a rollup', rollupChain({ chainId: 5n })],
  ['plain Ethereum', ethereum],
])('on %s', (_name, chain) => {
  test('blocks, receipts, proofs and calls are byte for byte those of the reference engine', async () => {
    const reference = await opened(ethereumjs(), chain)
    const ours = await opened(wasm(), chain)
    expect(ours.headers[0]).toEqual(reference.headers[0])
    const random = randomBytes(21)
    const nonces = new Map<string, number>()
    for (let number = 1n; number <= 12n; number++) {
      const transactions: Uint8Array[] = []
      if (chain.rollup && number % 2n === 0n)
        transactions.push(
          encodeDeposit({
            sourceHash: zero,
            from: '0x00000000000000000000000000000000000000aa',
            to: number % 4n ? contract : undefined,
            mint: 1000n,
            value: number % 3n ? 0n : 5n,
            gasLimit: 200_000n,
            isSystemTx: false,
            data: random(70),
          }),
        )
      for (let i = 0; i < 12; i++) {
        const account = accounts[random(1)[0]! % 3]!
        const nonce = nonces.get(account.address) ?? 0
        const kind = random(1)[0]! % 6
        const base = {
          chainId: kind === 5 && i % 3 === 0 ? 6 : 5,
          nonce: kind === 4 ? (nonce + (i % 3) - 1 < 0 ? 0 : nonce + (i % 3) - 1) : nonce,
          gas: 300_000n,
        }
        const data =
          `0x${Buffer.concat([new Uint8Array(31), random(1), new Uint8Array(31), random(1).map((b) => b & 1)]).toString('hex')}` as const
        const to =
          kind === 0
            ? (`0x${Buffer.from(random(20)).toString('hex')}` as const)
            : kind === 1
              ? undefined
              : contract
        const raw = hexToBytes(
          await account.signTransaction({
            ...base,
            type: 'eip1559',
            maxFeePerGas: 10n ** 9n,
            maxPriorityFeePerGas: 3n,
            to,
            value: kind === 0 ? 77n : 0n,
            data: kind === 1 ? '0x600160015560016000f3' : kind === 0 ? '0x' : data,
          }),
        )
        transactions.push(i === 5 ? random(40) : raw)
        if (i !== 5 && base.chainId === 5 && base.nonce === nonce) nonces.set(account.address, nonce + 1)
      }
      const input: BlockInput = {
        number,
        timestamp: 1000n + number,
        beneficiary: vault,
        gasLimit: 30_000_000n,
        prevRandao: zero,
        extraData: '0x1234',
        parentBeaconBlockRoot: zero,
        transactions,
        ...(chain.rollup ? {} : { systemCalls: false }),
      }
      const expected = await reference.engine.executeBlock(reference.headers.at(-1)!, input)
      const got = await ours.engine.executeBlock(ours.headers.at(-1)!, input)
      expect(got).toEqual(expected)
      expect(got.transactions.length).toBeGreaterThan(4)
      const witness = await ours.engine.recordWitness(ours.headers.at(-1)!, input)
      expect(witness.outputRoot).toBe(await ours.engine.outputRoot(got.header))
      // Nothing but what was recorded, and all of it is needed.
      expect(await runProof(witnessHost(witness))).toBe(witness.outputRoot)
      if (number === 2n)
        for (const missing of witness.preimages.keys())
          await expect(
            runProof(witnessHost({ ...witness, preimages: without(witness.preimages, missing) })),
          ).rejects.toMatchObject({ code: 'EXECUTION_STATE_MISSING' })
      for (const tracer of tracers) {
        const [a, b] = await Promise.all([
          ours.engine.traceBlock(ours.headers.at(-1)!, input, tracer),
          reference.engine.traceBlock(ours.headers.at(-1)!, input, tracer),
        ])
        for (let i = 0; i < input.transactions.length; i++)
          expect([number, i, tracer, a[i]]).toEqual([number, i, tracer, b[i]])
      }
      reference.headers.push(expected.header)
      ours.headers.push(got.header)
    }
    const slots = [zero, `0x${'0'.repeat(63)}1`, `0x${'f'.repeat(64)}`] as const
    for (const header of [ours.headers[0]!, ours.headers[5]!, ours.headers.at(-1)!])
      for (const address of [
        contract,
        vault,
        accounts[0]!.address.toLowerCase() as Address,
        '0x00000000000000000000000000000000deadbeef',
      ] as const) {
        const [a, b] = [ours.engine.stateAt(header), reference.engine.stateAt(header)]
        expect(await a.getAccount(address)).toEqual(await b.getAccount(address))
        expect(await a.getProof(address, slots)).toEqual(await b.getProof(address, slots))
        expect(await a.getCode(address)).toEqual(await b.getCode(address))
        expect(await a.getStorage(address, slots[1])).toEqual(await b.getStorage(address, slots[1]))
      }
    const from = accounts[0]!.address.toLowerCase() as Address
    const requests: CallRequest[] = [
      { from, to: contract, data: `0x${'00'.repeat(31)}02${'00'.repeat(31)}07` },
      { from, to: contract, data: '0x', gas: 30_000n },
      { from, to: contract, data: '0x', gas: 20_999n },
      { from, to: contract, value: 10n ** 30n },
      { from, to: contract, gasPrice: 1n, gas: 100_000n },
      { from, to: contract, gasPrice: 10n ** 18n, gas: 100_000n },
      { from, to: vault, value: 5n },
      { data: '0x600160015560016000f3' },
      { data: '0x5f5ffd' },
      { data: '0xfe' },
      { data: '0x6001' },
      { data: '0x3d5f5f3e60ff5f5260205ffd' },
      { from, to: '0x0000000000000000000000000000000000000001', data: '0x1234' },
    ]
    const calls: CallRequest[] = [
      { from, to: caller, gas: 1_000_000n },
      { from, to: caller, gas: 120_000n },
      { from, to: caller, value: 9n, gas: 300_000n },
      { data: `0x${nested}`, value: 0n, gas: 900_000n },
    ]
    for (const request of [...calls, ...requests.filter(({ value, gasPrice }) => !value && !gasPrice)]) {
      const header = ours.headers.at(-1)!
      const text = JSON.stringify(request, (_k, v) => (typeof v === 'bigint' ? `${v}` : v))
      expect([text, await ours.engine.createAccessList(header, request)]).toEqual([
        text,
        await reference.engine.createAccessList(header, request),
      ])
      for (const tracer of tracers) {
        // Where gas runs out at a price that depends on state, struct logs leave the price out.
        if (tracer.tracer === undefined && request.gas === 120_000n) continue
        // What cannot begin is refused, by both in the same words.
        const traced = ({ engine }: { engine: ExecutionEngine }) =>
          engine.traceCall(header, request, tracer).catch((error: Error) => error.message)
        expect([text, tracer, await traced(ours)]).toEqual([text, tracer, await traced(reference)])
      }
    }
    const overrides: CallOptions[] = [
      {},
      { blockOverrides: { number: 77n, timestamp: 9999n } },
      {
        stateOverrides: { [contract]: { code: '0x4260005260206000f3', balance: 5n } },
        blockOverrides: { timestamp: 12345n },
      },
      { stateOverrides: { [contract]: { state: { [zero]: `0x${'0'.repeat(63)}5` } } } },
    ]
    for (const header of [ours.headers[3]!, ours.headers.at(-1)!])
      for (const request of requests)
        for (const options of overrides) {
          const text = JSON.stringify([request, options], (_k, v) => (typeof v === 'bigint' ? `${v}` : v))
          expect([text, await ours.engine.call(header, request, options)]).toEqual([
            text,
            await reference.engine.call(header, request, options),
          ])
          expect([text, await ours.engine.estimateGas(header, request, options)]).toEqual([
            text,
            await reference.engine.estimateGas(header, request, options),
          ])
        }
    await ours.engine.close()
    await reference.engine.close()
  }, 120_000)
})

test('failures and refunds before the first instruction are told as the reference engine tells them', async () => {
  const chain = rollupChain({ chainId: 5n })
  const [ours, reference] = [await opened(wasm(), chain), await opened(ethereumjs(), chain)]
  const [sender, authority] = [accounts[0]!, accounts[1]!]
  const deposit = (changes: { value?: bigint; gasLimit?: bigint }) =>
    encodeDeposit({
      sourceHash: zero,
      from: authority.address.toLowerCase() as Address,
      to: contract,
      mint: 1n,
      value: 0n,
      gasLimit: 100_000n,
      isSystemTx: false,
      data: new Uint8Array(0),
      ...changes,
    })
  const authorization = await authority.signAuthorization({ address: contract, chainId: 5, nonce: 2 })
  const input: BlockInput = {
    number: 1n,
    timestamp: 1002n,
    beneficiary: vault,
    gasLimit: 30_000_000n,
    prevRandao: zero,
    extraData: '0x',
    parentBeaconBlockRoot: zero,
    transactions: [
      deposit({ gasLimit: 20_000n }),
      deposit({ value: 2n ** 100n }),
      hexToBytes(
        await sender.signTransaction({
          type: 'eip7702',
          chainId: 5,
          nonce: 0,
          to: contract,
          gas: 200_000n,
          maxFeePerGas: 100n,
          authorizationList: [authorization],
        }),
      ),
    ],
  }
  const head = ours.headers[0]!
  const [a, b] = [
    await ours.engine.executeBlock(head, input),
    await reference.engine.executeBlock(head, input),
  ]
  expect(a).toEqual(b)
  expect(a.transactions).toHaveLength(3)
  for (const tracer of tracers)
    expect(await ours.engine.traceBlock(head, input, tracer)).toEqual(
      await reference.engine.traceBlock(head, input, tracer),
    )
  expect(await ours.engine.traceBlock(head, input, { tracer: 'callTracer' })).toMatchObject([
    { error: 'intrinsic gas too low' },
    { error: 'insufficient balance for transfer' },
    {},
  ])
  const [logged] = (await ours.engine.traceBlock(head, input, {}, 2)) as {
    structLogs: { refund: number }[]
  }[]
  expect(logged!.structLogs[0]!.refund).toBe(12_500)
  // RETURN and REVERT of more memory than there is gas for.
  for (const code of ['0x62ffffff5ff3', '0x62ffffff5ffd'] as const) {
    const request = { to: contract, gas: 9_000_000n }
    const overrides = { stateOverrides: { [contract]: { code } } }
    const trace = (engine: ExecutionEngine) => engine.traceCall(head, request, {}, overrides)
    expect([code, await trace(ours.engine)]).toEqual([code, await trace(reference.engine)])
  }
  for (const [n, size] of [
    [6, 127],
    [7, 96],
    [8, 191],
    [9, 212],
    [10, 192],
    [11, 256],
    [15, 384],
    [17, 127],
  ] as const) {
    const to: Address = `0x${n.toString(16).padStart(40, '0')}`
    const request = { to, gas: 500_000n, data: `0x${'11'.repeat(size)}` } as const
    const failed = { status: 'halt', reason: 'precompile failed' }
    for (const { engine } of [ours, reference]) {
      expect([n, await engine.call(head, request)]).toMatchObject([n, { ...failed, gasUsed: 500_000n }])
      expect([n, await engine.estimateGas(head, request)]).toMatchObject([n, failed])
    }
  }
  await ours.engine.close()
  await reference.engine.close()
})

test('a call below depth 1,024 is traced as by the reference engine, and a delegated one with the value that it would have inherited', async () => {
  const from: Address = '0x00000000000000000000000000000000000000aa'
  const to: Address = '0x00000000000000000000000000000000000000ab'
  const [reference, ours] = [await opened(ethereumjs(), ethereum), await opened(wasm(), ethereum)]
  const deepest = async ({ engine, headers }: typeof reference | typeof ours, code: string) => {
    const trace = await engine.traceCall(
      headers[0]!,
      { from, to, value: 3n, gas: 1_000_000_000_000_000n },
      { tracer: 'callTracer', timeoutMs: 60_000 },
      {
        gasCap: 1_000_000_000_000_000n,
        stateOverrides: { [from]: { balance: 3n }, [to]: { code: `0x${code}` } },
      },
    )
    type Call = { calls?: Call[] } & Record<string, unknown>
    let call = trace as Call
    let depth = 0
    for (; call.calls !== undefined; depth++) call = call.calls[0]!
    return { depth, ...call } as Record<string, unknown>
  }
  for (const [type, code] of [
    ['CALL', '5f5f5f5f6001305af1'],
    ['CALLCODE', '5f5f5f5f6001305af2'],
    ['DELEGATECALL', '5f5f5f5f305af4'],
    ['STATICCALL', '5f5f5f5f305afa'],
  ] as const) {
    const call = await deepest(ours, code)
    expect(call).toMatchObject({ depth: 1_025, type, error: 'max call depth exceeded' })
    const values: Partial<Record<string, string>> = { CALL: '0x1', CALLCODE: '0x1', DELEGATECALL: '0x3' }
    expect(call['value']).toBe(values[type])
    expect(call).toEqual(await deepest(reference, code))
  }
}, 60_000)

test('a trace that would keep too much is refused, and the engine goes on', async () => {
  const { engine, headers } = await opened(wasm(), ethereum)
  const to: Address = '0x00000000000000000000000000000000000000ab'
  const trace = (code: string, tracer: TracerOptions) =>
    engine.traceCall(headers[0]!, { to, gas: 30_000_000n }, tracer, {
      stateOverrides: { [to]: { code: `0x${code}` } },
    })
  // Every instruction sees a memory of 1 MiB; every call hands it over.
  const tooLarge = { code: 'EXECUTION_TRACE_TOO_LARGE' }
  await expect(trace('600162100000525b600756', { enableMemory: true })).rejects.toMatchObject(tooLarge)
  await expect(
    trace('600162100000525b5f5f620fffff5f5f5f61fffff150600756', { tracer: 'callTracer' }),
  ).rejects.toMatchObject(tooLarge)
  expect(await trace('00', {})).toMatchObject({ failed: false })
  await engine.close()
})
