import { afterEach, expect, test } from '@jest/globals'
import { outputHistory, type DataAvailability, type Hash, type Hex } from '@animechain/core'
import type { Rollup } from '@animechain/node'
import { eventually } from '@animechain/testing'
import { block, claimOf, lying, world, wrap, type World } from './kit.js'

let w: World
afterEach(() => w.stop())

test('lies are named at every look, also while a rival claim waits for L1', async () => {
  w = world()
  const sequencer = await w.sequencer({ proposer: false })
  await block(w, sequencer)
  await sequencer.services.batcher!.tick()
  const lie = async (digits: string) =>
    w.settlement.assert(await claimOf(w.settlement, 0n, `0x${digits.repeat(16)}`))
  let letThrough = () => {}
  const l1Waits = new Promise<void>((resolve) => (letThrough = resolve))
  const settlement = wrap(w.settlement, {
    assert: async (claim, options) => {
      await l1Waits
      return w.settlement.assert(claim, options)
    },
  })
  const clock = { now: w.clock.now, sleep: () => new Promise<void>((resolve) => setTimeout(resolve, 5)) }
  const verifier = await w.verifier({ settlement, clock, challenger: { challenge: true } })
  const lies: Hash[] = []
  verifier.on('wrongAssertion', ({ claimed }) => lies.push(claimed))

  await lie('bad0')
  await lie('bad1')
  const looking = verifier.services.challenger!.tick()
  try {
    await eventually('both that were there', () => lies.length === 2, { timeoutMs: 20_000 })
    await lie('bad2')
    await eventually('the one that came meanwhile', () => lies.length === 3, { timeoutMs: 20_000 })
    expect(await w.settlement.assertionCount()).toBe(3n)
  } finally {
    letThrough()
    await looking
  }
  await verifier.services.challenger!.tick()
  const assertions = await w.settlement.getAssertions(0n, 10)
  expect(assertions.map(({ status }) => status)).toEqual(Array(4).fill('disputed'))
  expect(assertions[3]!.outputRoot).toBe((await verifier.outputAt(1n)).outputRoot)
  expect(lies.map((root) => root.slice(0, 6))).toEqual(['0xbad0', '0xbad1', '0xbad2'])
})

test('one right claim stands against any number of wrong ones, and none is made below a wrong parent', async () => {
  w = world()
  const sequencer = await w.sequencer({ proposer: false })
  for (let i = 0; i < 2; i++) {
    await block(w, sequencer)
    await sequencer.services.batcher!.tick()
  }
  for (const digits of ['bad0', 'bad1', 'bad2'])
    await w.settlement.assert(await claimOf(w.settlement, 0n, `0x${digits.repeat(16)}`))
  const [wrong] = await w.settlement.getAssertions(0n, 1)
  await w.settlement.assert(await claimOf(w.settlement, 1n, `0x${'bad3'.repeat(16)}`, wrong!.id))
  const verifier = await w.verifier({ challenger: { challenge: true } })
  for (let i = 0; i < 3; i++) {
    w.settlement.l1.mine()
    await verifier.services.challenger!.tick()
  }
  const assertions = await w.settlement.getAssertions(0n, 10)
  expect(assertions).toHaveLength(5)
  expect(assertions[4]).toMatchObject({ batchIndex: 0n, parent: undefined, status: 'disputed' })
  expect(assertions[3]).toMatchObject({ batchIndex: 1n, status: 'pending' })
})

test('the right root with another history is disputed too, and not called wrong', async () => {
  w = world()
  const sequencer = await w.sequencer({ proposer: false })
  await block(w, sequencer, 2)
  await sequencer.services.batcher!.tick()
  const verifier = await w.verifier({ challenger: { challenge: true } })
  const lies: bigint[] = []
  verifier.on('wrongAssertion', ({ batchIndex }) => lies.push(batchIndex))
  const { outputRoot } = await sequencer.outputAt(2n)
  await w.settlement.assert(await claimOf(w.settlement, 0n, outputRoot))
  await verifier.services.challenger!.tick()
  expect(lies).toEqual([])
  const [junk, own] = await w.settlement.getAssertions(0n, 10)
  expect(own).toMatchObject({ outputRoot, status: 'disputed' })
  expect(own!.history).not.toBe(junk!.history)
  await verifier.services.challenger!.tick()
  expect(await w.settlement.assertionCount()).toBe(2n)
})

test('a right claim that somebody else made needs no second one, and the proposer endorses it', async () => {
  w = world()
  const endorsed: Hex[] = []
  const settlement = wrap(w.settlement, {
    endorse: async (id) => {
      endorsed.push(id)
      return { status: 'ok', location: { l1BlockNumber: 1n } }
    },
  })
  const first = await w.sequencer({ proposer: false })
  await block(w, first)
  await first.services.batcher!.tick()
  const { historyHeight } = await w.settlement.assertionRules()
  const { outputRoot } = await first.outputAt(1n)
  const claim = await claimOf(w.settlement, 0n, outputRoot)
  const { id } = await w.settlement.assert({ ...claim, ...outputHistory([outputRoot], historyHeight) })
  const second = await w.sequencer({ settlement })
  for (let i = 0; i < 2; i++) {
    w.settlement.l1.mine()
    await second.services.derivation.tick()
    await second.services.proposer!.tick()
  }
  expect(await w.settlement.assertionCount()).toBe(1n)
  expect(endorsed).toEqual([id])
})

/** A batch with an assertion about it, which `from` makes. */
async function asserted(w: World, sequencer: Rollup): Promise<void> {
  await block(w, sequencer)
  await sequencer.services.batcher!.tick()
  await sequencer.services.proposer!.tick()
}
const statuses = async (w: World) => (await w.settlement.getAssertions(0n, 10)).map(({ status }) => status)

test('a rival claim that an L1 reorg drops is made again', async () => {
  w = world({ finalizedDistance: 10n })
  const sequencer = await w.sequencer({ settlement: lying(w.settlement) })
  await asserted(w, sequencer)
  const verifier = await w.verifier({ challenger: { challenge: true } })
  await verifier.services.challenger!.tick()
  expect(await statuses(w)).toEqual(['disputed', 'disputed'])
  for (let i = 0; i < 3; i++) {
    w.settlement.l1.reorg(1)
    expect(await statuses(w)).toEqual(['pending'])
    await verifier.services.challenger!.tick()
    expect(await statuses(w)).toEqual(['disputed', 'disputed'])
    await verifier.services.challenger!.tick()
    expect(await w.settlement.assertionCount()).toBe(2n)
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
  expect(await statuses(w)).toEqual(['disputed', 'disputed'])
})
