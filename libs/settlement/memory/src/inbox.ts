import {
  batchAccumulator,
  BaseError,
  concatBytes,
  depositAccumulator,
  emptyAccumulator,
  hexToBytes,
  keccak256Hex,
  type BatchHeader,
  type BatchRecord,
  type Commitment,
  type DaLocation,
  type DepositEntry,
  type Hash,
  type L1BlockRef,
  type L1Context,
} from '@animechain/core'
import { cutAbove } from './l1Blocks.js'
import { zeroAddress } from './settings.js'

/** Sums over the first entries of the deposit queue. */
export interface Checkpoint {
  cumulativeGas: bigint
  /** user deposits up to here */
  userDeposits: bigint
}

/** What the inbox contract holds, and the records that its events tell. */
export interface Inbox {
  readonly batches: BatchRecord[]
  readonly deposits: DepositEntry[]
  /** one for each deposit, with it counted in */
  readonly checkpoints: Checkpoint[]
  /** Bodies in calldata, by their commitments as hex. */
  readonly bodies: Map<string, Uint8Array>
  /** L1 block of the newest context entry; 0: unknown */
  lastContextBlock: bigint
}

export const emptyInbox = (): Inbox => ({
  batches: [],
  deposits: [],
  checkpoints: [],
  bodies: new Map(),
  lastContextBlock: 0n,
})

export const checkpointAt = ({ checkpoints }: Inbox, count: bigint): Checkpoint =>
  count === 0n ? { cumulativeGas: 0n, userDeposits: 0n } : checkpoints[Number(count) - 1]!

/** Accumulator of the first `count` deposits. */
export const depositAccAt = ({ deposits }: Inbox, count: bigint): Hash =>
  count === 0n ? emptyAccumulator : deposits[Number(count) - 1]!.acc

/** Where the newest batch left L2. */
export interface Tip {
  acc: Hash
  lastBlock: bigint
  lastTimestamp: bigint
  depositsRead: bigint
}

export const lastBlockOf = ({ firstBlock, blockCount }: BatchHeader): bigint =>
  firstBlock + BigInt(blockCount) - 1n

export function tipOf({ batches }: Inbox, genesisTimestamp: bigint): Tip {
  const last = batches[batches.length - 1]
  if (!last)
    return { acc: emptyAccumulator, lastBlock: 0n, lastTimestamp: genesisTimestamp, depositsRead: 0n }
  const { header, acc } = last
  return {
    acc,
    lastBlock: lastBlockOf(header),
    lastTimestamp: header.lastTimestamp,
    depositsRead: header.depositsReadAfter,
  }
}

/** First user deposit at or after `read`. */
export const nextUserDeposit = ({ deposits }: Inbox, read: bigint): DepositEntry | undefined => {
  for (let i = Number(read); i < deposits.length; i++) if (deposits[i]!.kind === 0) return deposits[i]
  return undefined
}

/** Appends to the deposit queue. @param gas what the entry takes of an L2 block */
export function appendDeposit(
  inbox: Inbox,
  entry: Pick<DepositEntry, 'kind' | 'from' | 'to' | 'opaqueData' | 'context'>,
  gas: bigint,
  block: L1BlockRef,
): DepositEntry {
  const index = BigInt(inbox.deposits.length)
  const before = checkpointAt(inbox, index)
  const stored: DepositEntry = { ...entry, index, acc: depositAccumulator(depositAccAt(inbox, index), entry) }
  if (entry.kind === 0) stored.label = { l1BlockHash: block.hash, logIndex: 0 }
  inbox.checkpoints.push({
    cumulativeGas: before.cumulativeGas + gas,
    userDeposits: before.userDeposits + (entry.kind === 0 ? 1n : 0n),
  })
  inbox.deposits.push(stored)
  return stored
}

export function appendContextEntry(inbox: Inbox, context: L1Context, block: L1BlockRef): void {
  inbox.lastContextBlock = block.number
  const entry = {
    kind: 1,
    from: zeroAddress,
    to: zeroAddress,
    opaqueData: new Uint8Array(),
    context,
  } as const
  appendDeposit(inbox, entry, 0n, block)
}

/** What goes into a batch's record besides what the inbox knows. */
export interface NewBatch {
  header: BatchHeader
  commitment: Commitment
  /** Where the DA put the bytes, on an L1 of its own; default: the transaction that is played here. */
  location?: DaLocation | undefined
  /** The bytes, where the transaction carries them. */
  body?: { key: string; data: Uint8Array } | undefined
}

export function pushBatch(inbox: Inbox, batch: NewBatch, context: L1Context, block: L1BlockRef): BatchRecord {
  const { header, commitment, location, body } = batch
  const index = BigInt(inbox.batches.length)
  const depositAcc = depositAccAt(inbox, header.depositsReadAfter)
  const before = inbox.batches[inbox.batches.length - 1]?.acc ?? emptyAccumulator
  const record: BatchRecord = {
    index,
    header,
    commitment,
    context,
    acc: batchAccumulator(before, { index, header, depositAcc, commitment, context }),
    location: location ?? {
      l1TransactionHash: keccak256Hex(concatBytes(hexToBytes(block.hash), commitment)),
      l1BlockNumber: block.number,
    },
    l1Block: block,
  }
  inbox.batches.push(record)
  if (body) inbox.bodies.set(body.key, body.data)
  return record
}

/** Whether a batch in this block brings a context entry with it: the newest context is too old. */
export function isContextDue({ deposits }: Inbox, block: L1BlockRef, intervalSeconds: number): boolean {
  const newest = deposits[deposits.length - 1]
  return !newest || newest.context.timestamp + BigInt(intervalSeconds) < block.timestamp
}

/** Batches whose L1 block is at or below one. */
export function batchCountAt({ batches }: Inbox, number: bigint): bigint {
  let count = batches.length
  while (count > 0 && batches[count - 1]!.l1Block.number > number) count--
  return BigInt(count)
}

/** Takes back what stands above an L1 block, as a reorg does. */
export function dropAbove(inbox: Inbox, last: bigint): { batches: BatchRecord[]; deposits: DepositEntry[] } {
  const batches = cutAbove(inbox.batches, last, (batch) => batch.l1Block.number)
  const deposits = cutAbove(inbox.deposits, last, (entry) => entry.context.number)
  inbox.checkpoints.length = inbox.deposits.length
  inbox.lastContextBlock = 0n
  return { batches, deposits }
}

/** Records [from, to) of a list. @throws `SETTLEMENT_REORGED` where there are not so many */
export function recordsOf<T>(list: readonly T[], from: bigint, to: bigint): T[] {
  if (to > BigInt(list.length))
    throw new BaseError('L1 no longer has these records.', {
      code: 'SETTLEMENT_REORGED',
      metaMessages: [`Expected records up to ${to}, got ${list.length}.`],
    })
  return from >= to ? [] : list.slice(Number(from), Number(to))
}
