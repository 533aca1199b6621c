import { deepEqual, equal, ok, rejects, withCode } from '../assert.js'
import type { Promises } from '../runner.js'
import { ETHER, STRANGER, alice, contracts, slot, type World } from './world.js'
import { blockInput, type Prestate, type StructTrace } from './traceTypes.js'

/** What traces of steps and of state promise. */
export const traces: Promises<World> = {
  'log every instruction': async (world) => {
    const raws = [
      alice.sign({ nonce: 0n, to: STRANGER }),
      alice.sign({ nonce: 1n, to: contracts.counter.address }),
    ]
    const all = (await world.engine.traceBlock(world.genesis, blockInput(world, raws), {})) as StructTrace[]
    equal(all.length, 2)
    deepEqual(all[0]!.structLogs, [])
    equal(all[0]!.gas, 21_000)
    const trace = all[1]!
    equal(trace.failed, false)
    equal(trace.gas, 43_112)
    deepEqual(
      trace.structLogs.map(({ pc, op, depth }) => [pc, op, depth]),
      [
        [0, 'PUSH1', 1],
        [2, 'SLOAD', 1],
        [3, 'PUSH1', 1],
        [5, 'ADD', 1],
        [6, 'PUSH1', 1],
        [8, 'SSTORE', 1],
        [9, 'STOP', 1],
      ],
    )
    deepEqual(
      trace.structLogs.map(({ gasCost }) => gasCost),
      [3, 2_100, 3, 3, 3, 20_000, 0],
    )
    equal(trace.structLogs[0]!.gas, 79_000)
    deepEqual(trace.structLogs[5]!.stack, ['0x1', '0x0'])
    const single = await world.engine.traceBlock(world.genesis, blockInput(world, raws), {}, 1)
    deepEqual(single, [trace])
  },

  'show every step, or fail: never a part that nobody asked for': async ({ engine, genesis }) => {
    // JUMPDEST PUSH1 0 JUMP without end, 12 gas for three steps.
    const stateOverrides = { [STRANGER]: { code: '0x5b600056' as const } }
    const steps = async (gas: bigint, limit?: number) => {
      const options = { disableStack: true, timeoutMs: 60_000, ...(limit ? { limit } : {}) }
      const traced = engine.traceCall(genesis, { to: STRANGER, gas }, options, { stateOverrides })
      return ((await traced) as { structLogs: unknown[] }).structLogs.length
    }
    ok((await steps(521_000n)) > 120_000)
    equal(await steps(521_000n, 70), 70)
    await rejects(steps(4_021_000n), withCode('EXECUTION_TRACE_TOO_LARGE'))
  },

  'show the state before, or what changed': async (world) => {
    const raws = [alice.sign({ nonce: 0n, to: contracts.clearer.address })]
    const [pre] = (await world.engine.traceBlock(world.genesis, blockInput(world, raws), {
      tracer: 'prestateTracer',
    })) as Prestate[]
    equal(pre![alice.address]!.balance, `0x${(100n * ETHER).toString(16)}`)
    equal(pre![alice.address]!.nonce, undefined)
    equal(pre![contracts.clearer.address]!.code, contracts.clearer.code)
    deepEqual(pre![contracts.clearer.address]!.storage, { [slot(0)]: slot(1) })
    const [diff] = (await world.engine.traceBlock(world.genesis, blockInput(world, raws), {
      tracer: 'prestateTracer',
      tracerConfig: { diffMode: true },
    })) as { pre: Prestate; post: Prestate }[]
    equal(diff!.post[alice.address]!.nonce, 1)
    deepEqual(diff!.pre[contracts.clearer.address]!.storage, { [slot(0)]: slot(1) })
    equal(diff!.post[contracts.clearer.address]!.storage, undefined)
  },

  'do not change what they look at': async (world) => {
    const raws = [contracts.hugeRevert, contracts.caller, contracts.loop].map(({ address }, i) =>
      alice.sign({ nonce: BigInt(i), to: address }),
    )
    const block = await world.block(world.genesis, raws)
    const traces = (await world.engine.traceBlock(world.genesis, blockInput(world, raws), {
      limit: 50,
    })) as StructTrace[]
    deepEqual(
      traces.map(({ gas, failed }) => [BigInt(gas), failed]),
      block.transactions.map(({ receipt }) => [receipt.gasUsed, receipt.status === 0]),
    )
    ok(traces.every(({ structLogs }) => structLogs.length <= 50))
    deepEqual((await world.block(world.genesis, raws)).header, block.header)
  },
}
