import { afterEach, describe, expect, test } from '@jest/globals'
import { BaseError, type InboxView, type Settlement } from '@animechain/core'
import { memoryStorage } from '@animechain/storage-memory'
import type { Rollup, RollupEvents, RollupOptions } from '@animechain/node'
import { longestPrefix } from '../src/derivation/l1Watch.js'
import { addressOf, block, hashes, world, wrap, type World } from './kit.js'

let w: World
afterEach(() => w?.stop())

/** A settlement whose answers a test changes. */
function liar(settlement: Settlement) {
  const said: { view?: (now: InboxView) => InboxView; fails?: Error } = {}
  return {
    said,
    settlement: wrap(settlement, {
      view: async () => {
        if (said.fails) throw said.fails
        const now = await settlement.view()
        return said.view?.(now) ?? now
      },
    }),
  }
}
const zeros = (now: InboxView): InboxView => ({
  ...now,
  batchCount: 0n,
  depositCount: 0n,
  finalizedBatchCount: 0n,
  lastBlock: 0n,
  lastTimestamp: 0n,
  depositsRead: 0n,
  proven: false,
})
const step = (node: Rollup) => node.services.derivation.tick()
const failing = (code: string) => expect.objectContaining({ code })

/** A sequencer and a verifier with `count` batches; L1 has a block for each and one on top. */
async function batches(count: number, over: Partial<RollupOptions> = {}) {
  const sequencer = await w.sequencer()
  const { said, settlement } = liar(w.settlement)
  const verifier = await w.verifier({ settlement, ...over })
  for (let i = 0; i < count; i++) {
    w.settlement.l1.deposit({ from: addressOf(0), to: addressOf(1), mint: 1n })
    await step(sequencer)
    await block(w, sequencer)
    await sequencer.services.batcher!.tick()
  }
  await step(verifier)
  const reorgs: RollupEvents['l1Reorg'][] = []
  verifier.on('l1Reorg', (event) => reorgs.push(event))
  return { sequencer, verifier, said, reorgs }
}

describe('an L1 that answers with zeros', () => {
  test('undoes nothing that is final, however often it says so, and is named; then the node goes on', async () => {
    w = world()
    const { verifier, said, reorgs } = await batches(4)
    const before = hashes(verifier)
    const final = verifier.chain.head('finalized')
    expect(final.number).toBeGreaterThan(0n)
    said.view = zeros
    for (let i = 0; i < 10; i++) {
      w.settlement.l1.mine()
      w.clock.advance(10_000)
      await expect(step(verifier)).rejects.toEqual(failing('DERIVATION_FINAL_CONFLICT'))
      expect(hashes(verifier)).toEqual(before)
      expect(verifier.chain.head('finalized').hash).toBe(final.hash)
      expect(verifier.health().ok).toBe(false)
    }
    delete said.view
    await step(verifier)
    expect(verifier.health().ok).toBe(true)
    expect(reorgs).toEqual([])
  })

  test('undoes nothing that is not final on one answer, and only what is repeated for long', async () => {
    w = world({ finalizedDistance: 100n })
    const { verifier, said, reorgs } = await batches(3)
    const before = hashes(verifier)
    said.view = zeros
    for (const advance of [0, 1_000, 5_000]) {
      w.settlement.l1.mine()
      w.clock.advance(advance)
      await expect(step(verifier)).rejects.toEqual(failing('DERIVATION_L1_UNCONFIRMED'))
      expect(hashes(verifier)).toEqual(before)
    }
    // Another answer in between: it begins anew.
    delete said.view
    await step(verifier)
    said.view = zeros
    w.clock.advance(20_000)
    w.settlement.l1.mine()
    await expect(step(verifier)).rejects.toEqual(failing('DERIVATION_L1_UNCONFIRMED'))
    expect(hashes(verifier)).toEqual(before)
    for (let i = 0; i < 2; i++) {
      w.clock.advance(6_000)
      await step(verifier).catch(() => {})
    }
    expect(verifier.chain.head('safe').number).toBe(0n)
    expect(reorgs).toHaveLength(1)
    delete said.view
    w.settlement.l1.mine()
    await step(verifier)
    expect(hashes(verifier)).toEqual(before)
  })
})

describe('an L1 that breaks its own finality', () => {
  test('is not followed, also after a restart, unless that is asked for', async () => {
    w = world()
    const storage = memoryStorage()
    const kept = { ...storage, stop: async () => {} }
    const { sequencer, verifier } = await batches(6, { storage: kept })
    const before = hashes(verifier)
    expect(verifier.chain.head('finalized').number).toBeGreaterThan(2n)
    const dropped = w.settlement.l1.reorg(10)
    expect(dropped.batches.length).toBeGreaterThan(4)
    w.settlement.l1.mine(3)
    await expect(step(verifier)).rejects.toEqual(failing('DERIVATION_FINAL_CONFLICT'))
    expect(hashes(verifier)).toEqual(before)
    await verifier.stop()

    const again = await w.node({ role: 'verifier', storage: kept })
    await again.start()
    for (const service of Object.values(again.services)) await service.stop()
    await expect(step(again)).rejects.toThrow(/Expected batch \d+, which was final in L1 block \d+/)
    expect(hashes(again)).toEqual(before)
    await again.stop()

    const told = await w.verifier({ storage: kept, derivation: { undoFinalized: true } })
    await step(told)
    expect(told.chain.head('safe').number).toBe(6n - BigInt(dropped.batches.length))
    expect(told.chain.head('finalized').number).toBeLessThanOrEqual(told.chain.head('safe').number)
    await expect(step(sequencer)).rejects.toEqual(failing('DERIVATION_FINAL_CONFLICT'))
  })
})

describe('an L1 that contradicts itself', () => {
  test('is asked again at once while it may be a reorg, then is an error with a name', async () => {
    w = world()
    const { verifier, said } = await batches(2)
    said.fails = new BaseError('L1 no longer has batch 7.', { code: 'SETTLEMENT_REORGED' })
    for (let i = 0; i < 5; i++) {
      await step(verifier)
      expect(verifier.health().ok).toBe(true)
    }
    for (let i = 0; i < 3; i++)
      await expect(step(verifier)).rejects.toEqual(failing('DERIVATION_L1_INCONSISTENT'))
    await expect(step(verifier)).rejects.toThrow(/L1 no longer has batch 7/)
    expect(verifier.health().ok).toBe(false)
    delete said.fails
    await step(verifier)
    expect(verifier.health().ok).toBe(true)
  })

  test('and one that stands still is an error after its time, and all there was is derived', async () => {
    w = world()
    const { verifier, sequencer } = await batches(2, { derivation: { staleMs: 30_000 } })
    w.clock.advance(200_000)
    await expect(step(verifier)).rejects.toEqual(failing('DERIVATION_L1_STALE'))
    expect(verifier.chain.head('safe').hash).toBe(sequencer.chain.head('latest').hash)
    w.settlement.l1.mine()
    await step(verifier)
    expect(verifier.health().ok).toBe(true)
  })
})

test('the longest prefix that holds is found from every place, in few questions', async () => {
  for (const top of [1n, 2n, 3n, 7n, 64n, 1_000n])
    for (let at = 0n; at < top; at += top > 64n ? 37n : 1n) {
      let asked = 0
      const found = await longestPrefix(top, async (count) => {
        asked++
        expect(count).toBeGreaterThan(0n)
        return count <= at
      })
      expect(found).toBe(at)
      expect(asked).toBeLessThanOrEqual(2 * Math.ceil(Math.log2(Number(top) + 1)) + 1)
    }
})
