import { afterEach, describe, expect, test } from '@jest/globals'
import { BaseError, silentLogger, silentMetrics, type InboxView } from '@animechain/core'
import { confirmation, l1Heads, trouble } from '../src/derivation/l1Watch.js'
import { service } from '../src/service.js'
import { addressOf, block, world, type World } from './kit.js'

const HOUR = 3_600_000

/** A wall clock that somebody sets, beside time that passes. */
function jumpingClock() {
  let passed = 0
  let set = 1_700_000_000_000
  return {
    now: () => set + passed,
    elapsed: () => passed,
    sleep: async () => {},
    pass: (ms: number) => void (passed += ms),
    jump: (ms: number) => void (set += ms),
  }
}

describe.each([
  ['ahead', HOUR],
  ['back', -HOUR],
])('a wall clock that jumps %s', (_, jump) => {
  let w: World
  afterEach(() => w?.stop())
  /** The clock of a node in a world, and how it is set. */
  const jumping = () => {
    w = world()
    let offset = 0
    const clock = { ...w.clock, now: () => w.clock.now() + offset, elapsed: () => w.clock.now() }
    return { clock, jump: () => void (offset += jump) }
  }

  test('makes no batch due, and keeps none back', async () => {
    const { clock, jump } = jumping()
    const node = await w.sequencer({ clock, batcher: { maxAgeSeconds: 100 } })
    await block(w, node)
    await node.services.batcher!.tick()
    jump()
    w.clock.advance(99_000)
    await node.services.batcher!.tick()
    expect(node.chain.head('safe').number).toBe(0n)
    w.clock.advance(1_000)
    await node.services.batcher!.tick()
    expect(node.chain.head('safe').number).toBe(1n)
  })

  test('makes no assertion due, and keeps none back', async () => {
    const { clock, jump } = jumping()
    const node = await w.sequencer({ clock, proposer: { minIntervalSeconds: 100 } })
    const asserted: bigint[] = []
    node.on('asserted', ({ batchIndex }) => asserted.push(batchIndex))
    const post = async () => {
      await block(w, node)
      await node.services.batcher!.tick()
      await node.services.proposer!.tick()
    }
    await post()
    expect(asserted).toEqual([0n])
    w.settlement.l1.deposit({ from: addressOf(0), mint: 1n })
    await node.services.derivation.tick()
    jump()
    w.clock.advance(50_000)
    await node.services.proposer!.tick()
    await post()
    expect(asserted).toEqual([0n])
    w.clock.advance(50_000)
    await node.services.proposer!.tick()
    expect(asserted).toEqual([0n, 1n])
  })

  test('changes no pause between steps, and logs a failure that goes on no more often', async () => {
    const clock = jumpingClock()
    const pauses: number[] = []
    let warnings = 0
    let fails = false
    const logger = { ...silentLogger, warn: () => void warnings++ }
    const running = service(
      {
        name: 'batcher',
        pollMs: 1_000,
        async step() {
          clock.pass(300)
          clock.jump(jump)
          if (fails) throw new BaseError('No.', { code: 'NO' })
        },
      },
      {
        clock: {
          ...clock,
          sleep: async (ms) => {
            pauses.push(ms)
            if (pauses.length === 2) fails = true
            if (pauses.length === 5) void running.stop()
          },
        },
        logger,
        metrics: silentMetrics,
        onError: () => {},
      },
    )
    await running.start()
    while (pauses.length < 5) await new Promise((resolve) => setImmediate(resolve))
    await running.stop()
    expect(pauses).toEqual([700, 700, 1_000, 2_000, 4_000])
    expect(warnings).toBe(1)
  })

  test('makes L1 neither stale nor its lag too long, and hides neither', () => {
    const clock = jumpingClock()
    const head = { number: 5n, hash: `0x${'05'.repeat(32)}`, timestamp: BigInt(clock.now() / 1000) }
    const heads = l1Heads({ clock, lagMs: 20_000, staleMs: 120_000 })
    heads.take({ head } as InboxView)
    clock.jump(jump)
    expect(heads.lagsTooLong()).toBe(false)
    heads.expectProgress()
    clock.pass(20_000)
    expect(heads.lagsTooLong()).toBe(true)
    clock.pass(100_001)
    expect(() => heads.expectProgress()).toThrow(/stands still/)
  })

  test('neither shortens nor lengthens the patience with an L1 that contradicts itself', () => {
    const clock = jumpingClock()
    const troubles = trouble({ clock, logger: silentLogger })
    const reorged = new BaseError('Reorged.', { code: 'SETTLEMENT_REORGED' })
    expect(troubles.after(reorged)).toBe(50)
    clock.jump(jump)
    clock.pass(1_999)
    expect(troubles.after(reorged)).toBe(100)
    clock.pass(1)
    expect(() => troubles.after(reorged)).toThrow(/contradicts itself/)

    const confirmed = confirmation(clock)
    confirmed.repeated('less')
    clock.jump(jump)
    clock.pass(9_999)
    expect([confirmed.repeated('less'), confirmed.repeated('less')]).toEqual([false, false])
    clock.pass(1)
    expect(confirmed.repeated('less')).toBe(true)
  })
})
