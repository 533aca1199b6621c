import {
  bytesToHex,
  commitmentPrefixes,
  type AssertionReadOptions,
  type BatchRecord,
  type L1BlockRef,
  type Settlement,
} from '@animechain/core'
import {
  asAssertion,
  assertionsAt,
  claimRefusal,
  find,
  moveRefusal,
  newAssertion,
  statusOf,
} from './assertions.js'
import { controls, type MemoryL1 } from './controls.js'
import {
  appendContextEntry,
  batchCountAt,
  isContextDue,
  pushBatch,
  recordsOf,
  tipOf,
  type NewBatch,
} from './inbox.js'
import {
  baseRefusal,
  calldataCommitment,
  contextRefusal,
  evidenceRefusal,
  forcedHeader,
  forceRefusal,
  headerRefusal,
} from './inboxRules.js'
import { blockBehind, headOf } from './l1Blocks.js'
import { settingsOf, type MemorySettlementOptions } from './settings.js'
import { catchUp, contextOf, newWorld, submit, type World } from './world.js'

export interface MemorySettlement extends Settlement {
  readonly l1: MemoryL1
}

const finalizedOf = ({ blocks, settings }: World): L1BlockRef =>
  blockBehind(blocks, settings.finalizedDistance)

/** Reads of the inbox. */
const inboxReads = (world: World) =>
  ({
    async rules() {
      const { maxBlocksPerBatch, maxDriftSeconds, maxLagSeconds, forceDelaySeconds } = world.settings
      return { maxBlocksPerBatch, maxDriftSeconds, maxLagSeconds, forceDelaySeconds }
    },
    async view() {
      catchUp(world)
      const { blocks, inbox, settings } = world
      const { lastBlock, lastTimestamp, depositsRead } = tipOf(inbox, settings.genesisTimestamp)
      const finalized = finalizedOf(world)
      return {
        head: headOf(blocks),
        safe: blockBehind(blocks, settings.safeDistance),
        finalized,
        batchCount: BigInt(inbox.batches.length),
        depositCount: BigInt(inbox.deposits.length),
        proven: true,
        finalizedBatchCount: batchCountAt(inbox, finalized.number),
        lastBlock,
        lastTimestamp,
        depositsRead,
      }
    },
    getBatches: async (from, to) => recordsOf(world.inbox.batches, from, to),
    getDeposits: async (from, to) => recordsOf(world.inbox.deposits, from, to),
    async getBody({ commitment }) {
      const data =
        commitment[0] === commitmentPrefixes.calldata && world.inbox.bodies.get(bytesToHex(commitment))
      return data ? { status: 'data', data } : { status: 'missing', authoritative: false }
    },
  }) satisfies Partial<Settlement>

/** Appends a batch, and a context entry where one is due. */
function append(world: World, batch: NewBatch, block: L1BlockRef): Pick<BatchRecord, 'location'> {
  const { inbox, settings } = world
  const { location } = pushBatch(inbox, batch, contextOf(world, block), block)
  if (isContextDue(inbox, block, settings.contextIntervalSeconds))
    appendContextEntry(inbox, contextOf(world, block), block)
  return { location }
}

/** Transactions to the inbox. */
const inboxCalls = (world: World) => {
  const { inbox, settings } = world
  const bodyOf = (data: Uint8Array) => ({ key: bytesToHex(calldataCommitment(data)), data })
  return {
    appendBatch: async (header, base, commitment, attachment, location, options) =>
      submit(
        world,
        {
          refusal: (timestamp) =>
            headerRefusal(inbox, settings, header, timestamp) ??
            baseRefusal(inbox, settings, base, header.depositsReadAfter) ??
            evidenceRefusal(commitment, attachment),
          run: (block) => {
            const body = attachment?.type === 'calldata' ? bodyOf(attachment.evidence) : undefined
            return append(world, { header, commitment, location, body }, block)
          },
        },
        options,
      ),
    forceBatch: async (data, base, options) =>
      submit(
        world,
        {
          refusal: (timestamp) => forceRefusal(inbox, settings, { body: data, base, timestamp }),
          run: (block) => {
            const header = forcedHeader(inbox, settings, block.timestamp)
            return append(world, { header, commitment: calldataCommitment(data), body: bodyOf(data) }, block)
          },
        },
        options,
      ),
    appendContext: async (options) =>
      submit(
        world,
        {
          refusal: () => contextRefusal(inbox, headOf(world.blocks).number + 1n),
          run: (block) => {
            appendContextEntry(inbox, contextOf(world, block), block)
            return {}
          },
        },
        options,
      ),
  } satisfies Partial<Settlement>
}

const lastL1Block = (world: World, at: AssertionReadOptions['at']): bigint =>
  (at === 'finalized' ? finalizedOf(world) : headOf(world.blocks)).number

/** Reads of assertions. */
const assertionReads = (world: World) =>
  ({
    async getAssertions(from, limit, { at } = {}) {
      const l1Block = lastL1Block(world, at)
      return assertionsAt(world.assertions, l1Block)
        .slice(Number(from), Number(from) + limit)
        .map((stored) => asAssertion(stored, l1Block))
    },
    assertionCount: async ({ at } = {}) =>
      BigInt(assertionsAt(world.assertions, lastL1Block(world, at)).length),
    async decision(id) {
      const stored = find(world.assertions, id)
      if (!stored || statusOf(stored) !== 'pending') return undefined
      return headOf(world.blocks).timestamp >= stored.assertion.challengeDeadline ? 'accepted' : undefined
    },
    // There are no bonds here.
    owed: async () => 0n,
  }) satisfies Partial<Settlement>

/** Transactions to assertions. */
const assertionCalls = (world: World) => {
  const { assertions, inbox, settings } = world
  const move = (id: `0x${string}`, kind: 'challenge' | 'resolve') => ({
    refusal: (timestamp: bigint) => moveRefusal(assertions, id, kind, timestamp),
    run: (block: L1BlockRef) => {
      const status = kind === 'challenge' ? 'challenged' : 'accepted'
      find(assertions, id)!.history.push({ l1Block: block.number, status })
      return {}
    },
  })
  return {
    assert: async (claim, options) =>
      submit(
        world,
        {
          refusal: () => claimRefusal(assertions, inbox.batches[Number(claim.batchIndex)], claim),
          run: (block) => {
            const stored = newAssertion(claim, {
              index: BigInt(assertions.length),
              asserter: settings.asserter,
              createdAt: block.timestamp,
              challengePeriodSeconds: settings.challengePeriodSeconds,
              l1Block: block.number,
            })
            assertions.push(stored)
            return { id: stored.assertion.id }
          },
        },
        options,
      ),
    challenge: async (id, options) => submit(world, move(id, 'challenge'), options),
    resolve: async (id, options) => submit(world, move(id, 'resolve'), options),
    claim: async () => ({ status: 'rejected', reason: 'NoCredit' }),
  } satisfies Partial<Settlement>
}

/**
 * Settlement in memory, with the inbox rules of docs/spec/protocol.md 1. Several nodes may share one object; `start` and `stop` do nothing.
 */
export function memorySettlement(options: MemorySettlementOptions = {}): MemorySettlement {
  const world = newWorld(settingsOf(options))
  return {
    l1: controls(world),
    capabilities: { id: 'memory', attachments: ['calldata'] },
    start: async () => {},
    stop: async () => {},
    ...inboxReads(world),
    ...inboxCalls(world),
    ...assertionReads(world),
    ...assertionCalls(world),
  }
}
