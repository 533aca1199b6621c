import { emptyAccumulator, readBatchBase, type BatchHeader } from '@animechain/core'
import { equal, ok } from '../assert.js'
import type { Promises } from '../runner.js'
import {
  append,
  appended,
  baseOf,
  calldata,
  force,
  nextHeader,
  recipient,
  root,
  type SettlementWorld,
} from './world.js'

/** Which batches are appended, and which are refused. */
export const batches: Promises<SettlementWorld> = {
  'headers outside the rules are refused and nothing is appended': async ({ settlement, deposit }) => {
    await deposit(1n, recipient)
    await appended(settlement, { blockCount: 2 })
    const rules = await settlement.rules()
    const view = await settlement.view()
    const wrong: Partial<BatchHeader>[] = [
      { firstBlock: view.lastBlock },
      { firstBlock: view.lastBlock + 2n },
      { blockCount: 0 },
      { blockCount: rules.maxBlocksPerBatch + 1, lastTimestamp: view.lastTimestamp + 10_000n },
      { blockCount: 3, lastTimestamp: view.lastTimestamp + 2n },
      { lastTimestamp: view.head.timestamp + BigInt(rules.maxDriftSeconds) + 3600n },
      { depositsReadAfter: view.depositsRead - 1n },
      { depositsReadAfter: view.depositCount + 1n },
    ]
    for (const over of wrong) {
      const result = await append(settlement, over)
      equal(result.status, 'rejected', `${Object.keys(over).join()} must be refused`)
      ok(result.status === 'rejected' && result.reason.length > 0)
    }
    equal((await settlement.view()).batchCount, 1n)
  },

  'the same batch is appended once, however often and however concurrently': async ({ settlement }) => {
    const header = await nextHeader(settlement)
    const base = await baseOf(settlement, header)
    const { commitment, attachment } = calldata('once')
    const results = await Promise.all(
      [0, 1, 2].map(() => settlement.appendBatch(header, base, commitment, attachment, undefined)),
    )
    results.push(await settlement.appendBatch(header, base, commitment, attachment, undefined))
    equal(results.filter((result) => result.status === 'ok').length, 1)
    equal(results.filter((result) => result.status === 'rejected').length, 3)
    equal((await settlement.view()).batchCount, 1n)
  },

  'fees above the limit are told and nothing is sent': async ({ settlement }) => {
    const { commitment, attachment } = calldata('dear')
    const result = await settlement.appendBatch(
      await nextHeader(settlement),
      await readBatchBase(settlement, (await settlement.view()).depositCount),
      commitment,
      attachment,
      undefined,
      {
        maxFeePerGas: 0n,
      },
    )
    equal(result.status, 'feeTooHigh')
    ok(result.status === 'feeTooHigh' && result.baseFee > 0n)
    equal((await settlement.view()).batchCount, 0n)
  },

  'an aborted submission appends nothing': async ({ settlement }) => {
    const { commitment, attachment } = calldata('aborted')
    const result = await settlement.appendBatch(
      await nextHeader(settlement),
      await readBatchBase(settlement, (await settlement.view()).depositCount),
      commitment,
      attachment,
      undefined,
      {
        signal: AbortSignal.abort(),
      },
    )
    equal(result.status, 'error')
    equal((await settlement.view()).batchCount, 0n)
  },

  'a batch that was made for another chain is refused': async ({ settlement, deposit }) => {
    await deposit(1n, recipient)
    const header = await nextHeader(settlement)
    const base = await baseOf(settlement, header)
    const { commitment, attachment } = calldata('replayed')
    const other = root('9')
    for (const wrong of [{ parentAcc: other }, { depositAcc: other }, { depositAcc: emptyAccumulator }])
      equal(
        (await settlement.appendBatch(header, { ...base, ...wrong }, commitment, attachment, undefined))
          .status,
        'rejected',
        `another ${Object.keys(wrong).join()} must be refused`,
      )
    equal((await settlement.view()).batchCount, 0n)
    equal((await settlement.appendBatch(header, base, commitment, attachment, undefined)).status, 'ok')
  },

  'the clock of L2 stays near that of L1: who posts, and whoever forces, sets it': async (world) => {
    const { settlement } = world
    await appended(settlement)
    const { maxLagSeconds, maxDriftSeconds } = await settlement.rules()
    ok(maxLagSeconds > maxDriftSeconds)
    equal((await force(settlement, new Uint8Array())).status, 'rejected')
    await world.increaseTime(maxLagSeconds + 60)
    equal((await append(settlement)).status, 'rejected', 'its last block is too old')
    // No deposit waits, and yet anybody may set the clock.
    equal((await force(settlement, new Uint8Array())).status, 'ok')
    const { head, lastTimestamp } = await settlement.view()
    ok(lastTimestamp + 60n > head.timestamp)
    equal((await force(settlement, new Uint8Array())).status, 'rejected')
    // A batch that begins long ago is taken when it ends in the present.
    await world.increaseTime(7 * 86_400)
    const jumped = await settlement.view()
    await appended(settlement, {
      blockCount: 3,
      lastTimestamp: jumped.lastTimestamp + 7n * 86_400n - BigInt(maxLagSeconds) + 300n,
    })
  },
}
