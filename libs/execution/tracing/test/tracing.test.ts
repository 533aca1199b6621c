import { describe, expect, test } from '@jest/globals'
import { bytesToHex, hexToBytes, keccak256Hex, type Address } from '@animechain/core'
import { eventTracer, traceBudget, type EventTracer, type TraceWorld } from '../src/index.js'

const address = (byte: string): Address => `0x${byte.repeat(20)}`
const [alice, bob, carol] = [address('aa'), address('bb'), address('cc')]
const none = new Uint8Array(0)
const zero = `0x${'00'.repeat(32)}` as const

/** A state that a test may change while the transaction runs. */
function state(balances: Record<Address, bigint>, slots: Record<string, bigint> = {}): TraceWorld {
  return {
    account: (who) => ({ exists: who in balances, balance: balances[who] ?? 0n, nonce: 0n, code: none }),
    slot: (who, slot) => slots[`${who}${slot}`] ?? 0n,
  }
}
const begin = (tracer: EventTracer, world = state({})) =>
  tracer.start(
    { from: alice, to: bob, value: 1n, data: none, gas: 50_000n, beneficiary: carol, others: [] },
    world,
  )
const step = (op: number, ...stack: bigint[]) => ({
  op,
  size: stack.length,
  peek: (depth: number) => stack[depth]!,
  address: bob,
})

describe('callTracer', () => {
  test('stops before it keeps more than its budget: a call that hands over much costs little gas', () => {
    const input = new Uint8Array(2 ** 20)
    const calls = (tracer: EventTracer, count: number) => {
      begin(tracer)
      const frame = { type: 'CALL', from: alice, to: bob, value: 0n, gas: 1n } as const
      tracer.enter!({ ...frame, input: none })
      for (let i = 0; i < count; i++) {
        tracer.enter!({ ...frame, input })
        tracer.exit!({ gasUsed: 0n, output: none })
      }
    }
    const budget = traceBudget(8 * 2 ** 20)
    calls(eventTracer({ tracer: 'callTracer' }, budget), 3)
    const second = eventTracer({ tracer: 'callTracer' }, budget)
    expect(() => calls(second, 3)).toThrow(expect.objectContaining({ code: 'EXECUTION_TRACE_TOO_LARGE' }))
    calls(eventTracer({ tracer: 'callTracer', tracerConfig: { onlyTopCall: true } }, traceBudget(2 ** 20)), 9)
  })

  test('nests calls, and places logs between them', () => {
    const tracer = eventTracer({ tracer: 'callTracer', tracerConfig: { withLog: true } })
    begin(tracer)
    tracer.enter!({ type: 'CALL', from: alice, to: bob, value: 1n, gas: 29_000n, input: none })
    tracer.enter!({ type: 'STATICCALL', from: bob, to: carol, gas: 5_000n, input: Uint8Array.of(1) })
    tracer.exit!({ gasUsed: 100n, output: Uint8Array.of(2) })
    tracer.log!(bob, [zero], '0x03')
    tracer.exit!({ gasUsed: 200n, output: none })
    expect(tracer.result({ gasUsed: 21_200n, returnData: none })).toEqual({
      type: 'CALL',
      from: alice,
      to: bob,
      gas: '0xc350',
      gasUsed: '0x52d0',
      input: '0x',
      value: '0x1',
      calls: [
        {
          type: 'STATICCALL',
          from: bob,
          to: carol,
          gas: '0x1388',
          gasUsed: '0x64',
          input: '0x01',
          output: '0x02',
        },
      ],
      logs: [{ address: bob, topics: [zero], data: '0x03', index: '0x0', position: '0x1' }],
    })
  })

  test('a frame that fails loses its logs, those below it too, and a failed creation its address', () => {
    const tracer = eventTracer({ tracer: 'callTracer', tracerConfig: { withLog: true } })
    begin(tracer)
    tracer.enter!({ type: 'CALL', from: alice, to: bob, value: 0n, gas: 1n, input: none })
    tracer.enter!({ type: 'CREATE', from: bob, value: 0n, gas: 1n, input: none })
    tracer.enter!({ type: 'CALL', from: bob, to: carol, value: 0n, gas: 1n, input: none })
    tracer.log!(carol, [], '0x')
    tracer.exit!({ gasUsed: 0n, output: none })
    tracer.exit!({ gasUsed: 1n, output: none, error: 'out of gas', created: carol })
    tracer.exit!({ gasUsed: 1n, output: none })
    const { calls } = tracer.result({ gasUsed: 1n, returnData: none }) as { calls: Record<string, unknown>[] }
    expect(calls[0]).toMatchObject({ type: 'CREATE', error: 'out of gas' })
    expect(calls[0]).not.toHaveProperty('to')
    expect(JSON.stringify(calls)).not.toContain('logs')
  })

  test('counts the logs that stand, on top of those before it in the block', () => {
    const tracer = eventTracer({ tracer: 'callTracer', tracerConfig: { withLog: true } })
    tracer.start(
      {
        from: alice,
        to: bob,
        value: 0n,
        data: none,
        gas: 9n,
        beneficiary: carol,
        others: [],
        logIndex: 5,
      },
      state({}),
    )
    const frame = { type: 'CALL', from: alice, to: bob, value: 0n, gas: 1n, input: none } as const
    tracer.enter!(frame)
    tracer.log!(bob, [], '0x01')
    tracer.enter!(frame)
    tracer.log!(bob, [], '0x02')
    tracer.exit!({ gasUsed: 0n, output: none, error: 'out of gas' })
    tracer.log!(bob, [], '0x03')
    tracer.exit!({ gasUsed: 1n, output: none })
    expect(tracer.result({ gasUsed: 1n, returnData: none })).toMatchObject({
      logs: [
        { data: '0x01', index: '0x5', position: '0x0' },
        { data: '0x03', index: '0x6', position: '0x1' },
      ],
    })
  })

  test('gives the reason of a panic', () => {
    const tracer = eventTracer({ tracer: 'callTracer' })
    begin(tracer)
    const output = hexToBytes(`0x4e487b71${'11'.padStart(64, '0')}`)
    tracer.enter!({ type: 'CALL', from: alice, to: bob, value: 0n, gas: 1n, input: none })
    tracer.exit!({ gasUsed: 1n, output, error: 'execution reverted' })
    expect(tracer.result({ gasUsed: 1n, returnData: output, error: 'execution reverted' })).toMatchObject({
      output: bytesToHex(output),
      revertReason: 'arithmetic underflow or overflow',
    })
  })

  test('a frame that never began says why; a destruction is a frame', () => {
    const tracer = eventTracer({ tracer: 'callTracer' })
    begin(tracer)
    tracer.enter!({ type: 'CALL', from: alice, to: bob, value: 0n, gas: 1n, input: none })
    tracer.enter!({ type: 'CALL', from: bob, to: carol, value: 9n, gas: 1n, input: none })
    tracer.exit!({
      gasUsed: 0n,
      output: none,
      error: 'insufficient balance for transfer',
      neverBegan: true,
    })
    tracer.selfDestruct!(bob, carol, 7n)
    tracer.exit!({ gasUsed: 1n, output: none })
    expect(tracer.result({ gasUsed: 1n, returnData: none })).toMatchObject({
      calls: [
        { type: 'CALL', to: carol, value: '0x9', gasUsed: '0x0', error: 'insufficient balance for transfer' },
        { type: 'SELFDESTRUCT', from: bob, to: carol, value: '0x7' },
      ],
    })
  })

  test('a transaction whose first frame never began shows why', () => {
    const tracer = eventTracer({ tracer: 'callTracer' })
    begin(tracer)
    tracer.enter!({ type: 'CALL', from: alice, to: bob, value: 1n, gas: 1n, input: none })
    tracer.exit!({ gasUsed: 0n, output: none, error: 'insufficient balance for transfer', neverBegan: true })
    expect(
      tracer.result({ gasUsed: 9n, returnData: none, error: 'insufficient balance for transfer' }),
    ).toMatchObject({ type: 'CALL', to: bob, gasUsed: '0x9', error: 'insufficient balance for transfer' })
  })

  test('onlyTopCall keeps the outermost frame alone', () => {
    const tracer = eventTracer({ tracer: 'callTracer', tracerConfig: { onlyTopCall: true, withLog: true } })
    begin(tracer)
    tracer.enter!({ type: 'CALL', from: alice, to: bob, value: 0n, gas: 1n, input: none })
    tracer.enter!({ type: 'CALL', from: bob, to: carol, value: 0n, gas: 1n, input: none })
    tracer.log!(carol, [], '0x')
    tracer.exit!({ gasUsed: 0n, output: none })
    tracer.exit!({ gasUsed: 0n, output: none })
    const frame = tracer.result({ gasUsed: 1n, returnData: none })
    expect(frame).not.toHaveProperty('calls')
    expect(frame).not.toHaveProperty('logs')
  })
})

describe('prestateTracer', () => {
  const slot = `0x${'00'.repeat(31)}05` as const
  test('shows what is touched, as it was before', () => {
    const balances = { [alice]: 10n, [bob]: 3n, [carol]: 0n }
    const slots = { [`${bob}${slot}`]: 8n }
    const tracer = eventTracer({ tracer: 'prestateTracer' })
    begin(tracer, state(balances, slots))
    balances[alice] = 4n
    tracer.step!(step(0x54, 5n))
    slots[`${bob}${slot}`] = 9n
    expect(tracer.result({ gasUsed: 1n, returnData: none })).toEqual({
      [alice]: { balance: '0xa' },
      [bob]: { balance: '0x3', storage: { [slot]: `0x${'00'.repeat(31)}08` } },
      [carol]: { balance: '0x0' },
    })
  })

  test('in diffMode shows what changed, before and after', () => {
    const balances = { [alice]: 10n, [bob]: 3n, [carol]: 0n }
    const slots: Record<string, bigint> = {}
    const tracer = eventTracer({ tracer: 'prestateTracer', tracerConfig: { diffMode: true } })
    begin(tracer, state(balances, slots))
    tracer.step!(step(0x55, 5n, 7n))
    slots[`${bob}${slot}`] = 7n
    balances[alice] = 4n
    expect(tracer.result({ gasUsed: 1n, returnData: none })).toEqual({
      pre: { [alice]: { balance: '0xa' }, [bob]: { balance: '0x3' } },
      post: { [alice]: { balance: '0x4' }, [bob]: { storage: { [slot]: `0x${'00'.repeat(31)}07` } } },
    })
  })

  test('leaves out what the transaction created', () => {
    const made = address('dd')
    const balances: Record<Address, bigint> = { [alice]: 1n, [bob]: 1n, [carol]: 1n }
    const tracer = eventTracer({ tracer: 'prestateTracer' })
    begin(tracer, state(balances))
    tracer.enter!({ type: 'CREATE', from: bob, value: 0n, gas: 1n, input: none })
    tracer.exit!({ gasUsed: 1n, output: none, created: made })
    balances[made] = 5n
    expect(tracer.result({ gasUsed: 1n, returnData: none })).not.toHaveProperty(made)
  })
})

describe('flatCallTracer', () => {
  const ecrecover = `0x${'00'.repeat(19)}01` as const
  const raw = Uint8Array.of(7)
  const trace = (tracerConfig = {}, place = {}) => {
    const tracer = eventTracer({ tracer: 'flatCallTracer', tracerConfig, ...place })
    tracer.start(
      {
        from: alice,
        to: bob,
        value: 1n,
        data: none,
        gas: 50_000n,
        beneficiary: carol,
        others: [],
        ...('block' in place && { transaction: { raw, index: 3 } }),
      },
      state({}),
    )
    const call = { from: bob, to: carol, gas: 9n, input: none } as const
    tracer.enter!({ ...call, type: 'CALL', from: alice, to: bob, value: 1n })
    tracer.enter!({ ...call, type: 'STATICCALL', to: ecrecover })
    tracer.exit!({ gasUsed: 0n, output: none })
    tracer.enter!({ ...call, type: 'DELEGATECALL', value: 1n })
    tracer.enter!({ ...call, type: 'STATICCALL' })
    tracer.exit!({ gasUsed: 9n, output: none, error: 'out of gas' })
    tracer.exit!({ gasUsed: 2n, output: Uint8Array.of(5), error: 'execution reverted' })
    tracer.enter!({ type: 'CREATE2', from: bob, value: 0n, gas: 8n, input: Uint8Array.of(1) })
    tracer.exit!({ gasUsed: 4n, output: Uint8Array.of(2), created: carol })
    tracer.selfDestruct!(bob, carol, 7n)
    tracer.exit!({ gasUsed: 200n, output: none })
    return tracer.result({ gasUsed: 21_200n, returnData: none }) as Record<string, unknown>[]
  }
  const nowhere = { blockHash: null, blockNumber: 0, transactionHash: null, transactionPosition: 0 }

  test("has the frames in the order in which they began, in Parity's shape", () => {
    const call = { from: bob, to: carol, gas: '0x9', input: '0x' }
    expect(trace()).toEqual([
      {
        type: 'call',
        action: { callType: 'call', from: alice, to: bob, gas: '0xc350', input: '0x', value: '0x1' },
        result: { gasUsed: '0x52d0', output: '0x' },
        subtraces: 3,
        traceAddress: [],
        ...nowhere,
      },
      {
        type: 'call',
        action: { callType: 'delegatecall', ...call, value: '0x1' },
        result: { gasUsed: '0x2', output: '0x05' },
        error: 'execution reverted',
        subtraces: 1,
        traceAddress: [0],
        ...nowhere,
      },
      {
        type: 'call',
        action: { callType: 'staticcall', ...call, value: '0x0' },
        error: 'out of gas',
        subtraces: 0,
        traceAddress: [0, 0],
        ...nowhere,
      },
      {
        type: 'create',
        action: { creationMethod: 'create2', from: bob, gas: '0x8', init: '0x01', value: '0x0' },
        result: { address: carol, code: '0x02', gasUsed: '0x4' },
        subtraces: 0,
        traceAddress: [1],
        ...nowhere,
      },
      {
        type: 'suicide',
        action: { address: bob, balance: '0x7', refundAddress: carol },
        subtraces: 0,
        traceAddress: [2],
        ...nowhere,
      },
    ])
  })

  test('includes precompiles where they are asked for, and speaks as Parity does', () => {
    const frames = trace({ includePrecompiles: true, convertParityErrors: true })
    expect(frames[1]).toMatchObject({ action: { to: ecrecover }, traceAddress: [0] })
    expect(frames.map(({ error }) => error).filter(Boolean)).toEqual(['Reverted', 'Out of gas'])
  })

  test('names the block and the transaction that it belongs to', () => {
    const place = {
      blockHash: zero,
      blockNumber: 12,
      transactionHash: keccak256Hex(raw),
      transactionPosition: 3,
    }
    for (const frame of trace({}, { block: { hash: zero, number: 12n } })) expect(frame).toMatchObject(place)
  })

  test('keeps within the budget', () => {
    const tracer = eventTracer({ tracer: 'flatCallTracer' }, traceBudget(1_200))
    begin(tracer)
    tracer.enter!({ type: 'CALL', from: alice, to: bob, gas: 1n, input: none })
    tracer.enter!({ type: 'CALL', from: bob, to: carol, gas: 1n, input: none })
    tracer.exit!({ gasUsed: 0n, output: none })
    tracer.exit!({ gasUsed: 0n, output: none })
    expect(() => tracer.result({ gasUsed: 1n, returnData: none })).toThrow(
      expect.objectContaining({ code: 'EXECUTION_TRACE_TOO_LARGE' }),
    )
  })
})

describe('other tracers', () => {
  test('muxTracer runs several over the same events, each with its own configuration', () => {
    const tracer = eventTracer({
      tracer: 'muxTracer',
      mux: {
        callTracer: { onlyTopCall: true },
        flatCallTracer: {},
        prestateTracer: { diffMode: true },
        '4byteTracer': {},
        noopTracer: {},
      },
    })
    const balances = { [alice]: 10n, [bob]: 3n, [carol]: 0n }
    begin(tracer, state(balances))
    const input = Uint8Array.of(1, 2, 3, 4)
    tracer.enter!({ type: 'CALL', from: alice, to: bob, value: 1n, gas: 9n, input })
    tracer.enter!({ type: 'CALL', from: bob, to: carol, value: 0n, gas: 5n, input })
    tracer.step!(step(0x00))
    tracer.log!(carol, [], '0x')
    balances[alice] = 9n
    tracer.exit!({ gasUsed: 0n, output: none })
    tracer.exit!({ gasUsed: 1n, output: none })
    const result = tracer.result({ gasUsed: 1n, returnData: none }) as Record<string, unknown>
    expect(result).toEqual({
      callTracer: expect.not.objectContaining({ calls: expect.anything() }),
      flatCallTracer: [
        expect.objectContaining({ subtraces: 1 }),
        expect.objectContaining({ traceAddress: [0] }),
      ],
      prestateTracer: { pre: { [alice]: { balance: '0xa' } }, post: { [alice]: { balance: '0x9' } } },
      '4byteTracer': { '0x01020304-0': 2 },
      noopTracer: {},
    })
    expect(eventTracer({ tracer: 'muxTracer' }).result({ gasUsed: 1n, returnData: none })).toEqual({})
  })

  test('muxTracer prepares no event that none of its tracers takes', () => {
    const tracer = eventTracer({ tracer: 'muxTracer', mux: { '4byteTracer': {} } })
    expect([tracer.step, tracer.log]).toEqual([undefined, undefined])
  })

  test('4byteTracer counts selectors with the length of their arguments, but for precompiles and creations', () => {
    const tracer = eventTracer({ tracer: '4byteTracer' })
    begin(tracer)
    const input = Uint8Array.of(1, 2, 3, 4, 5)
    const enter = (type: 'CALL' | 'STATICCALL' | 'CREATE', to: Address | undefined, data = input) =>
      tracer.enter!({ type, from: alice, to, gas: 1n, input: data })
    enter('CALL', bob)
    enter('STATICCALL', carol)
    enter('CALL', carol, input.subarray(0, 4))
    enter('CALL', carol, input.subarray(0, 3))
    enter('CREATE', undefined)
    enter('STATICCALL', `0x${'00'.repeat(19)}05`)
    enter('STATICCALL', `0x${'00'.repeat(18)}0100`)
    expect(tracer.result({ gasUsed: 1n, returnData: none })).toEqual({
      '0x01020304-1': 2,
      '0x01020304-0': 1,
    })
  })

  test('noopTracer says nothing', () => {
    const tracer = eventTracer({ tracer: 'noopTracer' })
    begin(tracer)
    expect(tracer.result({ gasUsed: 1n, returnData: none })).toEqual({})
  })
})

test('a tracer that nobody knows is refused', () =>
  expect(() => eventTracer({ tracer: 'fourByteTracer' as never })).toThrow(/callTracer, flatCallTracer/))
