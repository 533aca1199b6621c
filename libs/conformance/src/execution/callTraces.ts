import type { CallRequest } from '@animechain/core'
import { deepEqual, equal, ok, rejects } from '../assert.js'
import type { Promises } from '../runner.js'
import { INIT, RUNTIME, STRANGER, alice, bob, contracts, slot, type World } from './world.js'
import { blockInput, type CallTrace, type Prestate } from './traceTypes.js'

/** What CALL and CREATE may pass on in the trace of a call that never begins: 63/64 of what is there, and a stipend with the value (EIP-150). */
const NEVER_BEGUN_GAS = ['0x22c6c', '0x1b12f']

/** What traces of calls promise. */
export const callTraces: Promises<World> = {
  'show calls as a tree': async (world) => {
    const raws = [
      alice.sign({ nonce: 0n, to: contracts.caller.address, value: 3n }),
      alice.sign({ nonce: 1n, to: contracts.reverter.address }),
      alice.sign({ nonce: 2n, data: INIT }),
    ]
    const block = await world.block(world.genesis, raws)
    const traces = (await world.engine.traceBlock(world.genesis, blockInput(world, raws), {
      tracer: 'callTracer',
    })) as CallTrace[]
    const [tree, reverted, created] = traces
    equal(tree!.type, 'CALL')
    equal(tree!.from, alice.address)
    equal(tree!.to, contracts.caller.address)
    equal(tree!.value, '0x3')
    equal(tree!.gas, '0x186a0')
    equal(BigInt(tree!.gasUsed), block.transactions[0]!.receipt.gasUsed)
    equal(tree!.calls?.length, 1)
    const inner = tree!.calls![0]!
    deepEqual(
      [inner.type, inner.from, inner.to, inner.value, inner.input],
      ['CALL', contracts.caller.address, contracts.counter.address, '0x0', '0x'],
    )
    equal(reverted!.error, 'execution reverted')
    equal(reverted!.output, slot(42))
    equal(created!.type, 'CREATE')
    equal(created!.to, block.transactions[2]!.receipt.contractAddress)
    equal(created!.output, `0x${RUNTIME}`)
    const top = (await world.engine.traceBlock(
      world.genesis,
      blockInput(world, raws),
      { tracer: 'callTracer', tracerConfig: { onlyTopCall: true } },
      0,
    )) as CallTrace[]
    equal(top[0]!.calls, undefined)
    const logged = (await world.engine.traceCall(
      world.genesis,
      { to: contracts.logger.address },
      { tracer: 'callTracer', tracerConfig: { withLog: true } },
    )) as CallTrace
    equal(logged.logs?.length, 1)
    equal(logged.logs![0]!.data, slot(42))
  },

  'show calls as a list, with their place, and several traces of one run': async (world) => {
    const raws = [
      alice.sign({ nonce: 0n, to: contracts.counter.address }),
      alice.sign({ nonce: 1n, to: contracts.caller.address, value: 3n }),
    ]
    const executed = await world.block(world.genesis, raws)
    const { hash, number } = executed.header
    const [traces] = (await world.engine.traceBlock(
      world.genesis,
      blockInput(world, raws),
      {
        tracer: 'muxTracer',
        mux: { callTracer: {}, flatCallTracer: {}, prestateTracer: { diffMode: true } },
        block: { hash, number },
      },
      1,
    )) as { callTracer: CallTrace; flatCallTracer: Record<string, unknown>[]; prestateTracer: unknown }[]
    const { callTracer, flatCallTracer, prestateTracer } = traces!
    const [inner] = callTracer.calls!
    const place = {
      blockHash: hash,
      blockNumber: Number(number),
      transactionHash: executed.transactions[1]!.hash,
      transactionPosition: 1,
    }
    deepEqual(flatCallTracer, [
      {
        type: 'call',
        action: {
          callType: 'call',
          from: alice.address,
          to: contracts.caller.address,
          gas: callTracer.gas,
          input: '0x',
          value: '0x3',
        },
        result: { gasUsed: callTracer.gasUsed, output: callTracer.output ?? '0x' },
        subtraces: 1,
        traceAddress: [],
        ...place,
      },
      {
        type: 'call',
        action: {
          callType: 'call',
          from: inner!.from,
          to: inner!.to,
          gas: inner!.gas,
          input: '0x',
          value: '0x0',
        },
        result: { gasUsed: inner!.gasUsed, output: inner!.output ?? '0x' },
        subtraces: 0,
        traceAddress: [0],
        ...place,
      },
    ])
    const [alone] = await world.engine.traceBlock(
      world.genesis,
      blockInput(world, raws),
      { tracer: 'prestateTracer', tracerConfig: { diffMode: true } },
      1,
    )
    deepEqual(prestateTracer, alone)
  },

  'show calls and creations that never begin, with the reason': async ({ engine, genesis }) => {
    // Sends 5 wei to 0xbeef with four bytes, creates a contract with 7 wei, calls by DELEGATECALL without value.
    const code =
      '0x600160005360006000600460006005' +
      '61beef5af150' +
      '600160006007f050' +
      '600060006000600061beef5af450' +
      '00'
    const trace = (await engine.traceCall(
      genesis,
      { to: STRANGER, gas: 200_000n },
      { tracer: 'callTracer' },
      { stateOverrides: { [STRANGER]: { code: code as `0x${string}` } } },
    )) as CallTrace
    const error = 'insufficient balance for transfer'
    equal(trace.error, undefined)
    deepEqual(trace.calls?.slice(0, 2), [
      {
        type: 'CALL',
        from: STRANGER,
        to: `0x${'beef'.padStart(40, '0')}`,
        gas: NEVER_BEGUN_GAS[0],
        gasUsed: '0x0',
        input: '0x01000000',
        value: '0x5',
        error,
      },
      {
        type: 'CREATE',
        from: STRANGER,
        gas: NEVER_BEGUN_GAS[1],
        gasUsed: '0x0',
        input: '0x01',
        value: '0x7',
        error,
      },
    ])
    deepEqual(
      trace.calls?.slice(2).map(({ type, error: failed }) => [type, failed]),
      [['DELEGATECALL', undefined]],
    )
    const state = (await engine.traceCall(
      genesis,
      { to: STRANGER, gas: 200_000n },
      { tracer: 'prestateTracer', tracerConfig: { diffMode: true } },
      { stateOverrides: { [STRANGER]: { code: code as `0x${string}` } } },
    )) as { post: Prestate }
    // The sender, whose nonce rose.
    deepEqual(Object.keys(state.post), [`0x${'00'.repeat(20)}`])
  },

  'of a call that cannot begin fail, and say why': async ({ engine, genesis }) => {
    const fails = (request: CallRequest, words: RegExp) =>
      rejects(
        engine.traceCall(genesis, request, { tracer: 'callTracer' }),
        (error: { code: string; shortMessage: string }) => {
          equal(error.code, 'EXECUTION_REJECTED')
          ok(error.shortMessage.startsWith('tracing failed: '))
          ok(words.test(error.shortMessage))
          return true
        },
      )
    await fails({ from: STRANGER, to: bob.address, value: 1n }, /insufficient funds/)
    await fails({ to: bob.address, gas: 20_999n }, /intrinsic gas too low/)
    await fails({ from: alice.address, to: bob.address, gasPrice: 1n, gas: 21_000n }, /base fee/)
  },

  'place logs by their number in the block, and count selectors': async (world) => {
    const raws = [0n, 1n].map((nonce) => alice.sign({ nonce, to: contracts.logger.address }))
    const block = await world.block(world.genesis, raws)
    equal(block.transactions[1]!.receipt.logs.length, 1)
    const traces = (await world.engine.traceBlock(world.genesis, blockInput(world, raws), {
      tracer: 'callTracer',
      tracerConfig: { withLog: true },
    })) as CallTrace[]
    deepEqual(
      traces.map(({ logs }) => logs!.map(({ index, position }) => [index, position])),
      [[['0x0', '0x0']], [['0x1', '0x0']]],
    )
    const [second] = (await world.engine.traceBlock(
      world.genesis,
      blockInput(world, raws),
      { tracer: 'callTracer', tracerConfig: { withLog: true } },
      1,
    )) as CallTrace[]
    deepEqual(second, traces[1])
    const selectors = await world.engine.traceCall(
      world.genesis,
      { to: contracts.counter.address, data: '0x0102030405' },
      { tracer: '4byteTracer' },
    )
    deepEqual(selectors, { '0x01020304-1': 1 })
  },
}
