import { afterEach, expect, test } from '@jest/globals'
import type { Settlement } from '@animechain/core'
import { eventually } from '@animechain/testing'
import { block, world, wrap, type World } from './kit.js'

let w: World
afterEach(() => w.stop())

const lying = (settlement: Settlement): Settlement =>
  wrap(settlement, {
    assert: (claim, options) =>
      settlement.assert({ ...claim, outputRoot: `0x${'bad0'.repeat(16)}` }, options),
  })

test('lies are named at every look, also while a challenge waits for L1', async () => {
  w = world()
  const sequencer = await w.sequencer({ settlement: lying(w.settlement) })
  const lie = async () => {
    await block(w, sequencer)
    await sequencer.services.batcher!.tick()
    await sequencer.services.proposer!.tick()
  }
  let letThrough = () => {}
  const l1Waits = new Promise<void>((resolve) => (letThrough = resolve))
  const settlement = wrap(w.settlement, {
    challenge: async (id, options) => {
      await l1Waits
      return w.settlement.challenge(id, options)
    },
  })
  const clock = { now: w.clock.now, sleep: () => new Promise<void>((resolve) => setTimeout(resolve, 5)) }
  const verifier = await w.verifier({ settlement, clock, verifier: { challenge: true } })
  const lies: bigint[] = []
  verifier.on('wrongAssertion', ({ batchIndex }) => lies.push(batchIndex))

  await lie()
  await lie()
  const looking = verifier.services.verifier!.tick()
  try {
    await eventually('both that were there', () => lies.length === 2, { timeoutMs: 20_000 })
    await lie()
    await eventually('the one that came meanwhile', () => lies.length === 3, { timeoutMs: 20_000 })
    expect((await w.settlement.getAssertions(0n, 10)).map(({ status }) => status)).toEqual([
      'pending',
      'pending',
      'pending',
    ])
  } finally {
    letThrough()
    await looking
  }
  await verifier.services.verifier!.tick()
  expect((await w.settlement.getAssertions(0n, 10)).map(({ status }) => status)).toEqual([
    'challenged',
    'challenged',
    'challenged',
  ])
  expect(lies).toEqual([0n, 1n, 2n])
})
