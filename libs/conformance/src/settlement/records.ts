import {
  batchAccumulator,
  bytesToHex,
  depositAccumulator,
  emptyAccumulator,
  type BaseError,
} from '@animechain/core'
import { deepEqual, equal, ok, rejects } from '../assert.js'
import type { Promises } from '../runner.js'
import { appended, calldata, recipient, type SettlementWorld } from './world.js'

/** What the inbox and the deposit queue keep. */
export const records: Promises<SettlementWorld> = {
  'an empty inbox says so': async ({ settlement, genesisTimestamp }) => {
    const view = await settlement.view()
    equal(view.batchCount, 0n)
    // A deployment may append a first context, but no deposit.
    const entries = await settlement.getDeposits(0n, view.depositCount)
    ok(entries.every((entry) => entry.kind === 1))
    equal(view.finalizedBatchCount, 0n)
    equal(view.lastBlock, 0n)
    equal(view.depositsRead, 0n)
    equal(view.lastTimestamp, genesisTimestamp)
    ok(view.head.number >= view.safe.number && view.safe.number >= view.finalized.number)
    deepEqual(await settlement.getBatches(0n, 0n), [])
    deepEqual(await settlement.getDeposits(0n, 0n), [])
    equal(await settlement.assertionCount(), 0n)
    deepEqual(await settlement.getAssertions(0n, 10), [])
  },

  'start and stop are idempotent': async ({ settlement }) => {
    await settlement.start()
    await settlement.stop()
    await settlement.stop()
    await settlement.start()
    equal((await settlement.view()).batchCount, 0n)
  },

  'batches come back as they were appended, and their accumulators chain': async ({
    settlement,
    deposit,
  }) => {
    await deposit(5n, recipient)
    for (const [i, text] of ['a', 'b', 'c'].entries()) await appended(settlement, { blockCount: i + 1 }, text)
    const { batchCount, depositCount, lastBlock } = await settlement.view()
    equal(batchCount, 3n)
    equal(lastBlock, 6n)
    const batches = await settlement.getBatches(0n, 3n)
    const deposits = await settlement.getDeposits(0n, depositCount)
    let acc = emptyAccumulator
    for (const [i, batch] of batches.entries()) {
      equal(batch.index, BigInt(i))
      equal(bytesToHex(batch.commitment), bytesToHex(calldata('abc'[i]!).commitment))
      const depositAcc = deposits[Number(batch.header.depositsReadAfter) - 1]!.acc
      acc = batchAccumulator(acc, { ...batch, depositAcc })
      equal(batch.acc, acc)
    }
    deepEqual(await settlement.getBatches(1n, 2n), [batches[1]])
  },

  'deposits come back in order with labels, and their accumulators chain': async ({
    settlement,
    deposit,
  }) => {
    const before = (await settlement.view()).depositCount
    await deposit(1n, recipient)
    equal((await settlement.appendContext()).status, 'ok')
    await deposit(2n, recipient)
    const { depositCount } = await settlement.view()
    equal(depositCount, before + 3n)
    const entries = await settlement.getDeposits(0n, depositCount)
    deepEqual(
      entries.slice(Number(before)).map((entry) => entry.kind),
      [0, 1, 0],
    )
    let acc = emptyAccumulator
    for (const [i, entry] of entries.entries()) {
      equal(entry.index, BigInt(i))
      acc = depositAccumulator(acc, entry)
      equal(entry.acc, acc)
      if (entry.kind === 0) {
        ok(entry.label, 'a user deposit has a label')
        equal(entry.to, recipient)
        ok(entry.opaqueData.length >= 73)
      } else equal(entry.opaqueData.length, 0)
    }
    deepEqual(await settlement.getDeposits(before + 1n, before + 2n), [entries[Number(before) + 1]])
  },

  'a context can be appended once in an L1 block': async ({ settlement }) => {
    const results = await Promise.all([settlement.appendContext(), settlement.appendContext()])
    ok(results.some((result) => result.status === 'ok'))
    const { depositCount } = await settlement.view()
    const entries = await settlement.getDeposits(0n, depositCount)
    equal(new Set(entries.map((entry) => entry.context.number)).size, entries.length)
  },

  'records that L1 does not have are an error with a code, not a short answer': async ({ settlement }) => {
    await appended(settlement)
    const reorged = (error: unknown) => (error as BaseError).code === 'SETTLEMENT_REORGED'
    const { batchCount, depositCount } = await settlement.view()
    await rejects(settlement.getBatches(0n, batchCount + 1n), reorged)
    await rejects(settlement.getDeposits(depositCount, depositCount + 1n), reorged)
  },
}

/** Of settlements whose L1 can be made to reorganize. */
export const reorgs: Promises<SettlementWorld> = {
  'after a reorg the view is that of the new chain': async (world) => {
    const { settlement } = world
    ok(world.reorg)
    await appended(settlement, {}, 'kept')
    const [kept] = await settlement.getBatches(0n, 1n)
    // The blocks between make sure that the first batch stays.
    for (let i = 0; i < 6; i++) await settlement.appendContext()
    await appended(settlement, {}, 'dropped')
    const before = await settlement.view()
    equal(before.batchCount, 2n)
    await world.reorg(3)
    const after = await settlement.view()
    equal(after.batchCount, 1n)
    ok(after.head.hash !== before.head.hash)
    await rejects(settlement.getBatches(0n, before.batchCount))
    const [again] = await settlement.getBatches(0n, 1n)
    equal(again!.acc, kept!.acc)
    await appended(settlement, {}, 'instead')
    const [, other] = await settlement.getBatches(0n, 2n)
    equal(bytesToHex(other!.commitment), bytesToHex(calldata('instead').commitment))
  },
}
