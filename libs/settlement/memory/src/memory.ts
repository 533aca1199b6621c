import {
  bytesToHex,
  commitmentPrefixes,
  type AssertionReadOptions,
  type AssertionRules,
  type BatchRecord,
  type L1BlockRef,
  type Settlement,
} from '@animechain/core'
import {
  asAssertion,
  assertionsAt,
  claimRefusal,
  find,
  newAssertion,
  outcomeOf,
  rivalsOf,
  statusOf,
  type NewClaim,
  type StoredAssertion,
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
    sequencer: async () => world.sequencer,
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

/** 2^13 blocks, as many as a batch has, and room for the interval. */
const rulesOf = ({ settings }: World): AssertionRules => ({
  interval: settings.interval,
  historyHeight: 13 + (settings.interval - 1n).toString(2).length,
})

const isSettled = (stored: StoredAssertion): boolean => ['accepted', 'rejected'].includes(statusOf(stored))

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
    assertionRules: async () => rulesOf(world),
    async decision(id) {
      const ended = outcomeOf(world.assertions, id, headOf(world.blocks).timestamp)
      return 'outcome' in ended ? ended.outcome : undefined
    },
    // There are no bonds here.
    owed: async () => 0n,
  }) satisfies Partial<Settlement>

/** An assertion enters, and disputes those about the same batch on the same parent. */
function addAssertion(world: World, claim: NewClaim, block: L1BlockRef): StoredAssertion {
  const { assertions, settings } = world
  const stored = newAssertion(claim, {
    index: BigInt(assertions.length),
    asserter: settings.asserter,
    createdAt: block.timestamp,
    challengePeriodSeconds: settings.challengePeriodSeconds,
    l1Block: block.number,
  })
  assertions.push(stored)
  const open = rivalsOf(assertions, stored).filter((rival) => !isSettled(rival))
  for (const each of open.length > 0 ? [stored, ...open] : [])
    if (statusOf(each) === 'pending') each.history.push({ l1Block: block.number, status: 'disputed' })
  return stored
}

/** Transactions to assertions. */
const assertionCalls = (world: World) => {
  const { assertions, inbox } = world
  return {
    assert: async (claim, options) =>
      submit(
        world,
        {
          refusal: () =>
            claimRefusal(assertions, inbox.batches[Number(claim.batchIndex)], claim, rulesOf(world)),
          run: (block) => ({ id: addAssertion(world, claim, block).assertion.id }),
        },
        options,
      ),
    resolve: async (id, options) =>
      submit(
        world,
        {
          refusal: (timestamp) => {
            const ended = outcomeOf(assertions, id, timestamp)
            return 'refusal' in ended ? ended.refusal : undefined
          },
          run: (block) => {
            const ended = outcomeOf(assertions, id, block.timestamp)
            if ('outcome' in ended)
              find(assertions, id)!.history.push({ l1Block: block.number, status: ended.outcome })
            return {}
          },
        },
        options,
      ),
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
