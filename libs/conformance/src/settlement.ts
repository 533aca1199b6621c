import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import {
  batchAccumulator,
  bytesToHex,
  concatBytes,
  depositAccumulator,
  emptyAccumulator,
  keccak256,
  readBatchBase,
  type Address,
  type BatchHeader,
  type BaseError,
  type DaAttachment,
  type Settlement,
} from '@animechain/core'

/** What a suite needs of a test runner: jest's, mocha's, vitest's or node:test's own functions fit. */
export interface SettlementTestRunner {
  describe(name: string, body: () => void): void
  test(name: string, body: () => Promise<void>, timeoutMs?: number): void
}

/** A settlement on an L1 of its own that nobody else uses. */
export interface SettlementWorld {
  /** Not started. */
  settlement: Settlement
  /** timestamp of the L2 genesis, seconds */
  genesisTimestamp: bigint
  /** Appends a user deposit on L1 that mints `mint` wei. */
  deposit(mint: bigint, to: Address): Promise<void>
  /** Makes L1's next block come this much later. seconds */
  increaseTime(seconds: number): Promise<void>
  /** seconds */
  challengePeriod: number
  /** Replaces the newest blocks of L1 by empty ones; absent where L1 cannot. */
  reorg?(depth: number): Promise<void>
}

export interface SettlementSuiteOptions extends SettlementTestRunner {
  name: string
  /** Called for every test. */
  create(): Promise<SettlementWorld>
  /** Called after every test, with the settlement stopped. */
  dispose?(): Promise<void>
}

const recipient: Address = '0x00000000000000000000000000000000000000bb'

/** Data of a batch as the calldata backend would prepare it: every inbox takes DA kind 1. */
function calldata(text: string): { commitment: Uint8Array; attachment: DaAttachment; data: Uint8Array } {
  const data = new TextEncoder().encode(text)
  return {
    data,
    commitment: concatBytes(Uint8Array.of(1), keccak256(data)),
    attachment: { type: 'calldata', evidence: data },
  }
}

/** What every implementation of core's `Settlement` promises: the inbox rules of docs/spec/protocol.md 1, assertions, reorgs. */
export function settlementSuite(options: SettlementSuiteOptions): void {
  const { describe, test } = options

  const promise = (name: string, body: (world: SettlementWorld) => Promise<void>) =>
    test(
      name,
      async () => {
        const world = await options.create()
        try {
          await world.settlement.start()
          await body(world)
        } finally {
          await world.settlement.stop()
          await options.dispose?.()
        }
      },
      120_000,
    )

  /** A header that the inbox takes now. */
  async function nextHeader(settlement: Settlement, over: Partial<BatchHeader> = {}): Promise<BatchHeader> {
    const view = await settlement.view()
    const blockCount = over.blockCount ?? 1
    return {
      firstBlock: view.lastBlock + 1n,
      blockCount,
      depositsReadAfter: view.depositCount,
      lastTimestamp: view.lastTimestamp + BigInt(blockCount),
      ...over,
    }
  }
  /** What a header builds on; what it reads beyond the queue has no accumulator. */
  async function baseOf(settlement: Settlement, { depositsReadAfter }: BatchHeader) {
    const { depositCount } = await settlement.view()
    return readBatchBase(settlement, depositsReadAfter < depositCount ? depositsReadAfter : depositCount)
  }
  async function force(settlement: Settlement, body: Uint8Array) {
    return settlement.forceBatch(
      body,
      await readBatchBase(settlement, (await settlement.view()).depositCount),
    )
  }
  async function append(settlement: Settlement, over: Partial<BatchHeader> = {}, text = 'data') {
    const { commitment, attachment } = calldata(text)
    const header = await nextHeader(settlement, over)
    return settlement.appendBatch(header, await baseOf(settlement, header), commitment, attachment, undefined)
  }
  async function appended(settlement: Settlement, over: Partial<BatchHeader> = {}, text = 'data') {
    const result = await append(settlement, over, text)
    equal(
      result.status,
      'ok',
      JSON.stringify(result, (_k, v) => (typeof v === 'bigint' ? `${v}` : v)),
    )
  }
  const claimOf = async (settlement: Settlement, index: bigint, outputRoot: `0x${string}`) => {
    const [batch] = await settlement.getBatches(index, index + 1n)
    return {
      batchIndex: index,
      batchAcc: batch!.acc,
      blockNumber: batch!.header.firstBlock + BigInt(batch!.header.blockCount) - 1n,
      outputRoot,
    }
  }
  const root = (digit: string) => `0x${digit.repeat(64)}` as const

  describe(`Settlement: ${options.name}`, () => {
    promise('an empty inbox says so', async ({ settlement, genesisTimestamp }) => {
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
    })

    promise('start and stop are idempotent', async ({ settlement }) => {
      await settlement.start()
      await settlement.stop()
      await settlement.stop()
      await settlement.start()
      equal((await settlement.view()).batchCount, 0n)
    })

    promise(
      'batches come back as they were appended, and their accumulators chain',
      async ({ settlement, deposit }) => {
        await deposit(5n, recipient)
        for (const [i, text] of ['a', 'b', 'c'].entries())
          await appended(settlement, { blockCount: i + 1 }, text)
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
    )

    promise(
      'deposits come back in order with labels, and their accumulators chain',
      async ({ settlement, deposit }) => {
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
    )

    promise('a context can be appended once in an L1 block', async ({ settlement }) => {
      const results = await Promise.all([settlement.appendContext(), settlement.appendContext()])
      ok(results.some((result) => result.status === 'ok'))
      const { depositCount } = await settlement.view()
      const entries = await settlement.getDeposits(0n, depositCount)
      equal(new Set(entries.map((entry) => entry.context.number)).size, entries.length)
    })

    promise(
      'headers outside the rules are refused and nothing is appended',
      async ({ settlement, deposit }) => {
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
    )

    promise(
      'the same batch is appended once, however often and however concurrently',
      async ({ settlement }) => {
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
    )

    promise('fees above the limit are told and nothing is sent', async ({ settlement }) => {
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
    })

    promise('an aborted submission appends nothing', async ({ settlement }) => {
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
    })

    promise(
      'records that L1 does not have are an error with a code, not a short answer',
      async ({ settlement }) => {
        await appended(settlement)
        const reorged = (error: unknown) => (error as BaseError).code === 'SETTLEMENT_REORGED'
        const { batchCount, depositCount } = await settlement.view()
        await rejects(settlement.getBatches(0n, batchCount + 1n), reorged)
        await rejects(settlement.getDeposits(depositCount, depositCount + 1n), reorged)
      },
    )

    promise('a deposit that waited too long can be forced by anyone, and not before', async (world) => {
      const { settlement } = world
      const body = new TextEncoder().encode('labels')
      equal((await force(settlement, body)).status, 'rejected')
      const waiting = (await settlement.view()).depositCount + 1n
      await world.deposit(3n, recipient)
      equal((await force(settlement, body)).status, 'rejected')
      const { forceDelaySeconds } = await settlement.rules()
      await world.increaseTime(forceDelaySeconds + 2)
      equal(
        (await append(settlement, { depositsReadAfter: 0n })).status,
        'rejected',
        'it must be read by now',
      )
      equal((await force(settlement, body)).status, 'ok')
      const view = await settlement.view()
      equal(view.batchCount, 1n)
      equal(view.depositsRead, waiting)
      const [record] = await settlement.getBatches(0n, 1n)
      equal(record!.header.blockCount, 1)
      equal(record!.commitment[0], 1)
      if (settlement.getBody) {
        const got = await settlement.getBody(record!)
        ok(got.status === 'data' && bytesToHex(got.data) === bytesToHex(body))
      }
      equal((await force(settlement, body)).status, 'rejected')
    })

    promise('a batch that was made for another chain is refused', async ({ settlement, deposit }) => {
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
    })

    promise(
      'the clock of L2 stays near that of L1: who posts, and whoever forces, sets it',
      async (world) => {
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
    )

    promise('a forced batch that was made for another chain is refused', async (world) => {
      const { settlement } = world
      await world.deposit(3n, recipient)
      await world.increaseTime((await settlement.rules()).forceDelaySeconds + 2)
      const base = await readBatchBase(settlement, (await settlement.view()).depositCount)
      const body = new Uint8Array()
      for (const wrong of [{ parentAcc: root('9') }, { depositAcc: root('9') }])
        equal((await settlement.forceBatch(body, { ...base, ...wrong })).status, 'rejected')
      // Deposits that come in between change nothing: who makes them cannot keep a batch from being forced.
      await world.deposit(4n, recipient)
      equal((await settlement.forceBatch(body, base)).status, 'ok')
    })

    promise('an assertion names a batch that is there, once', async ({ settlement }) => {
      await appended(settlement, { blockCount: 3 })
      const claim = await claimOf(settlement, 0n, root('a'))
      equal((await settlement.assert({ ...claim, batchAcc: root('9') })).status, 'rejected')
      equal((await settlement.assert({ ...claim, blockNumber: 2n })).status, 'rejected')
      equal((await settlement.assert({ ...claim, batchIndex: 7n })).status, 'rejected')
      equal(await settlement.assertionCount(), 0n)
      const made = await settlement.assert(claim)
      equal(made.status, 'ok')
      ok(made.id)
      equal((await settlement.assert(claim)).status, 'rejected')
      equal((await settlement.assert({ ...claim, outputRoot: root('b') })).status, 'ok')
      const assertions = await settlement.getAssertions(0n, 10)
      deepEqual(
        assertions.map(({ outputRoot, status, batchIndex, blockNumber }) => ({
          outputRoot,
          status,
          batchIndex,
          blockNumber,
        })),
        ['a', 'b'].map((digit) => ({
          outputRoot: root(digit),
          status: 'pending',
          batchIndex: 0n,
          blockNumber: 3n,
        })),
      )
      equal(assertions[0]!.id, made.id)
      ok(assertions[0]!.challengeDeadline > assertions[0]!.createdAt)
      deepEqual(await settlement.getAssertions(1n, 10), [assertions[1]])
    })

    promise('an unchallenged assertion is accepted when its time is over, and not before', async (world) => {
      const { settlement } = world
      await appended(settlement)
      const { id } = await settlement.assert(await claimOf(settlement, 0n, root('a')))
      equal(await settlement.decision(id!), undefined)
      equal((await settlement.resolve(id!)).status, 'rejected')
      await world.increaseTime(world.challengePeriod + 2)
      equal((await settlement.challenge(id!)).status, 'rejected')
      equal((await settlement.resolve(id!)).status, 'ok')
      equal((await settlement.getAssertions(0n, 1))[0]!.status, 'accepted')
      equal(await settlement.decision(id!), undefined)
      // Whatever the bonds are, they are paid out once.
      if ((await settlement.owed(id!)) > 0n) equal((await settlement.claim(id!)).status, 'ok')
      equal(await settlement.owed(id!), 0n)
      equal((await settlement.claim(id!)).status, 'rejected')
      equal((await settlement.resolve(id!)).status, 'rejected')
    })

    promise('a challenged assertion is not accepted by time alone', async (world) => {
      const { settlement } = world
      await appended(settlement)
      const { id } = await settlement.assert(await claimOf(settlement, 0n, root('a')))
      equal((await settlement.challenge(id!)).status, 'ok')
      equal((await settlement.getAssertions(0n, 1))[0]!.status, 'challenged')
      equal((await settlement.challenge(id!)).status, 'rejected')
      await world.increaseTime(world.challengePeriod + 2)
      await settlement.resolve(id!)
      ok((await settlement.getAssertions(0n, 1))[0]!.status !== 'accepted')
    })

    promise('after a reorg the view is that of the new chain', async (world) => {
      const { settlement } = world
      if (!world.reorg) return
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
    })
  })
}
