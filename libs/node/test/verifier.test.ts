import { afterEach, expect, test } from '@jest/globals'
import type { DataAvailability, Settlement } from '@animechain/core'
import type { Rollup } from '@animechain/node'
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
  const verifier = await w.verifier({ settlement, clock, challenger: { challenge: true } })
  const lies: bigint[] = []
  verifier.on('wrongAssertion', ({ batchIndex }) => lies.push(batchIndex))

  await lie()
  await lie()
  const looking = verifier.services.challenger!.tick()
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
  await verifier.services.challenger!.tick()
  expect((await w.settlement.getAssertions(0n, 10)).map(({ status }) => status)).toEqual([
    'challenged',
    'challenged',
    'challenged',
  ])
  expect(lies).toEqual([0n, 1n, 2n])
})

/** A batch with an assertion about it, which `from` makes. */
async function asserted(w: World, sequencer: Rollup): Promise<void> {
  await block(w, sequencer)
  await sequencer.services.batcher!.tick()
  await sequencer.services.proposer!.tick()
}
const statuses = async (w: World) => (await w.settlement.getAssertions(0n, 10)).map(({ status }) => status)

test('a challenge that an L1 reorg drops is made again, also one that somebody else had made', async () => {
  w = world({ finalizedDistance: 10n })
  const sequencer = await w.sequencer({ settlement: lying(w.settlement) })
  await asserted(w, sequencer)
  await asserted(w, sequencer)
  const [first] = await w.settlement.getAssertions(0n, 1)
  await w.settlement.challenge(first!.id)
  const verifier = await w.verifier({ challenger: { challenge: true } })
  await verifier.services.challenger!.tick()
  expect(await statuses(w)).toEqual(['challenged', 'challenged'])
  for (let i = 0; i < 3; i++) {
    w.settlement.l1.reorg(2)
    expect((await statuses(w)).filter((status) => status === 'pending').length).toBeGreaterThan(0)
    await verifier.services.challenger!.tick()
    expect(await statuses(w)).toEqual(['challenged', 'challenged'])
    await verifier.services.challenger!.tick()
  }
})

test('an assertion that a reorg replaced by a wrong one under the same index is noticed', async () => {
  w = world({ finalizedDistance: 10n })
  let lies = false
  const sequencer = await w.sequencer({
    settlement: wrap(w.settlement, {
      assert: (claim, options) => (lies ? lying(w.settlement) : w.settlement).assert(claim, options),
    }),
  })
  await asserted(w, sequencer)
  const verifier = await w.verifier()
  const named: bigint[] = []
  verifier.on('wrongAssertion', ({ batchIndex }) => named.push(batchIndex))
  await verifier.services.challenger!.tick()
  expect(named).toEqual([])
  lies = true
  w.settlement.l1.reorg(1)
  await sequencer.services.derivation.tick()
  await sequencer.services.proposer!.tick()
  await verifier.services.challenger!.tick()
  expect(named).toEqual([0n])
})

test('a wrong assertion that L1 accepts is told each time it does, also to a verifier that comes later', async () => {
  w = world({ challengePeriodSeconds: 10, finalizedDistance: 4n })
  const sequencer = await w.sequencer({ settlement: lying(w.settlement) })
  await asserted(w, sequencer)
  const verifier = await w.verifier()
  const accepted: bigint[] = []
  verifier.on('wrongAssertionAccepted', ({ batchIndex }) => accepted.push(batchIndex))
  await verifier.services.challenger!.tick()
  w.clock.advance(11_000)
  w.settlement.l1.mine()
  const [wrong] = await w.settlement.getAssertions(0n, 1)
  await w.settlement.resolve(wrong!.id)
  for (let i = 0; i < 2; i++) await verifier.services.challenger!.tick()
  expect(accepted).toEqual([0n])
  w.settlement.l1.reorg(1)
  await verifier.services.challenger!.tick()
  await w.settlement.resolve(wrong!.id)
  await verifier.services.challenger!.tick()
  expect(accepted).toEqual([0n, 0n])
  w.settlement.l1.mine(10)
  for (let i = 0; i < 2; i++) await verifier.services.challenger!.tick()
  expect(accepted).toEqual([0n, 0n])
  const late = await w.verifier()
  late.on('wrongAssertionAccepted', ({ batchIndex }) => accepted.push(batchIndex))
  await late.services.challenger!.tick()
  expect(accepted).toEqual([0n, 0n, 0n])
})

test('what is final and settled, or right, is not read again with every block', async () => {
  w = world({ finalizedDistance: 1n })
  const sequencer = await w.sequencer()
  for (let i = 0; i < 3; i++) await asserted(w, sequencer)
  w.settlement.l1.mine(3)
  let read = 0
  const settlement = wrap(w.settlement, {
    getAssertions: async (...args) => {
      const page = await w.settlement.getAssertions(...args)
      read += page.length
      return page
    },
  })
  const verifier = await w.verifier({ settlement })
  await verifier.services.challenger!.tick()
  expect(read).toBe(3)
  for (let i = 0; i < 5; i++) {
    w.settlement.l1.mine()
    await verifier.services.challenger!.tick()
  }
  expect(read).toBe(3)
})

test('a batch whose data is withheld does not hide a lie about an earlier one', async () => {
  w = world()
  const sequencer = await w.sequencer({ settlement: lying(w.settlement) })
  await asserted(w, sequencer)
  let withheld = false
  const da: DataAvailability = {
    ...w.da,
    get: async (...args) => (withheld ? { status: 'missing', authoritative: false } : w.da.get(...args)),
  }
  const verifier = await w.verifier({ da, challenger: { challenge: true } })
  withheld = true
  await block(w, sequencer)
  await sequencer.services.batcher!.tick()
  await expect(verifier.services.challenger!.tick()).rejects.toThrow(/not to be had/)
  expect(await statuses(w)).toEqual(['challenged'])
})
