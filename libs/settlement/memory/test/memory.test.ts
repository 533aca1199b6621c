import { describe, expect, test } from '@jest/globals'
import { settlementSuite } from '@animechain/conformance'
import { outputHistory, readBatchBase, type Hash } from '@animechain/core'
import { memorySettlement } from '../src/index.js'

settlementSuite({
  describe,
  test,
  name: 'memory',
  features: { getBody: true, reorg: true },
  async create() {
    const genesisTimestamp = BigInt(Math.floor(Date.now() / 1000))
    // Longer than any test: its time passes when a test says so.
    const challengePeriod = 3_600
    const settlement = memorySettlement({ genesisTimestamp, challengePeriodSeconds: challengePeriod })
    return {
      settlement,
      genesisTimestamp,
      challengePeriod,
      deposit: async (mint, to) => void settlement.l1.deposit({ from: to, to, mint }),
      increaseTime: async (seconds) => settlement.l1.increaseTime(seconds),
      reorg: async (depth) => void settlement.l1.reorg(depth),
    }
  },
})

describe('the L1 that is played', () => {
  const clock = { now: () => 1_700_000_000_000, sleep: async () => {} }

  test('blocks come by time when asked for', async () => {
    let now = 1_700_000_000_000
    const settlement = memorySettlement({ blockTime: 2, clock: { ...clock, now: () => now } })
    const { head } = await settlement.view()
    now += 10_000
    const later = await settlement.view()
    expect(later.head.number).toBe(head.number + 5n)
    now += 10_000_000
    expect((await settlement.view()).head.timestamp).toBe(BigInt(now / 1000))
  })

  test('kept deposits come back in order with new contexts, and assertions of dropped blocks are gone', async () => {
    const settlement = memorySettlement({ clock })
    settlement.l1.mine(5)
    for (const mint of [1n, 2n, 3n])
      settlement.l1.deposit({ from: '0x00000000000000000000000000000000000000bb', mint })
    const before = await settlement.getDeposits(0n, 3n)
    settlement.l1.reorg(4, { keepDeposits: true })
    const after = await settlement.getDeposits(0n, 3n)
    expect(after.map((entry) => entry.opaqueData)).toEqual(before.map((entry) => entry.opaqueData))
    expect(after.map((entry) => entry.acc)).not.toEqual(before.map((entry) => entry.acc))
    expect(after[0]!.label!.l1BlockHash).not.toBe(before[0]!.label!.l1BlockHash)
    expect(() => settlement.l1.reorg(1_000)).toThrow(/depth/)
  })

  test('a record says where the data availability put the bytes, when it says so', async () => {
    const settlement = memorySettlement({ clock, genesisTimestamp: 1_700_000_000n })
    const location = { l1TransactionHash: `0x${'12'.repeat(32)}` as const, l1BlockNumber: 77n }
    const header = (firstBlock: bigint) => ({
      firstBlock,
      blockCount: 1,
      depositsReadAfter: 0n,
      lastTimestamp: 1_700_000_000n + firstBlock,
    })
    const blobs = Uint8Array.of(2, ...new Uint8Array(32))
    const base = () => readBatchBase(settlement)
    await settlement.appendBatch(header(1n), await base(), blobs, undefined, location)
    await settlement.appendBatch(header(2n), await base(), blobs, undefined, undefined)
    const [elsewhere, here] = await settlement.getBatches(0n, 2n)
    expect(elsewhere!.location).toEqual(location)
    expect(here!.location.l1BlockNumber).toBe(here!.l1Block.number)
  })

  test('a dispute ends as it is settled', async () => {
    const settlement = memorySettlement({ clock })
    const data = new Uint8Array(0)
    await settlement.forceBatch(data, await readBatchBase(settlement))
    settlement.l1.deposit({ from: '0x00000000000000000000000000000000000000bb', mint: 1n })
    settlement.l1.increaseTime(4_000)
    await settlement.forceBatch(data, await readBatchBase(settlement))
    const [batch] = await settlement.getBatches(0n, 1n)
    const { historyHeight } = await settlement.assertionRules()
    const claim = (outputRoot: Hash) => ({
      ...{ batchIndex: 0n, batchAcc: batch!.acc, blockNumber: 1n, outputRoot, parent: undefined },
      ...outputHistory([outputRoot], historyHeight),
    })
    const { id } = await settlement.assert(claim(`0x${'ab'.repeat(32)}`))
    expect(() => settlement.l1.settleDispute(id!, 'rejected')).toThrow(/a pending one/)
    const rival = await settlement.assert(claim(`0x${'cd'.repeat(32)}`))
    settlement.l1.settleDispute(id!, 'rejected')
    expect((await settlement.getAssertions(0n, 1))[0]!.status).toBe('rejected')
    settlement.l1.reorg(1)
    expect((await settlement.getAssertions(0n, 1))[0]!.status).toBe('disputed')
    // With its rival gone, time decides.
    settlement.l1.settleDispute(rival.id!, 'rejected')
    settlement.l1.increaseTime(100)
    settlement.l1.mine()
    expect((await settlement.resolve(id!)).status).toBe('ok')
  })
})
