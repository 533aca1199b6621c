/**
 * Why the inbox contract refuses a call, in the names of its errors; undefined: it does not. docs/spec/protocol.md 1.
 */
import {
  commitmentPrefixes,
  concatBytes,
  equalBytes,
  keccak256,
  type BatchBase,
  type BatchHeader,
  type Commitment,
  type DaAttachment,
  type DepositEntry,
  type ForcedBatchBase,
} from '@animechain/core'
import { checkpointAt, depositAccAt, nextUserDeposit, tipOf, type Inbox } from './inbox.js'
import type { Settings } from './settings.js'

/** As the calldata adapter on L1. bytes */
const MAX_FORCED_BYTES = 120_000

/** `undefined`: it is not refused. */
export type Refusal = string | undefined

const larger = (a: bigint, b: bigint): bigint => (a > b ? a : b)

/** The commitment of bytes that a transaction carries in its calldata. */
export const calldataCommitment = (data: Uint8Array): Commitment =>
  concatBytes(Uint8Array.of(commitmentPrefixes.calldata), keccak256(data))

/** Whether a user deposit has waited so long that the next batch must read it. */
const isForceable = (
  { context }: DepositEntry,
  timestamp: bigint,
  { forceDelaySeconds }: Settings,
): boolean => timestamp > context.timestamp + BigInt(forceDelaySeconds)

/** Whether L2 is so far behind L1's time that anybody may force a batch. */
const isBehind = (lastTimestamp: bigint, timestamp: bigint, { maxLagSeconds }: Settings): boolean =>
  lastTimestamp + BigInt(maxLagSeconds) < timestamp

/** L2 gas limit of the block that reads entry `count - 1`. */
const gasLimitAt = (inbox: Inbox, count: bigint, { gasLimit }: Settings): bigint =>
  count === 0n ? gasLimit : inbox.deposits[Number(count) - 1]!.context.gasLimit

export function baseRefusal(
  inbox: Inbox,
  settings: Settings,
  { parentAcc, depositAcc }: BatchBase,
  count: bigint,
): Refusal {
  const parent = tipOf(inbox, settings.genesisTimestamp).acc
  if (parentAcc !== parent) return `WrongParent: expected ${parent}, got ${parentAcc}`
  const { length } = inbox.deposits
  if (count > BigInt(length)) return `OutOfRange: expected at most ${length} deposits, got ${count}`
  const expected = depositAccAt(inbox, count)
  if (depositAcc !== expected)
    return `WrongDeposits: expected ${expected} after ${count} entries, got ${depositAcc}`
  return undefined
}

/** Place and time of a batch. */
function rangeRefusal(inbox: Inbox, settings: Settings, header: BatchHeader, timestamp: bigint): Refusal {
  const { maxBlocksPerBatch, maxDriftSeconds, maxLagSeconds } = settings
  const { firstBlock, blockCount, lastTimestamp } = header
  const tip = tipOf(inbox, settings.genesisTimestamp)
  if (firstBlock !== tip.lastBlock + 1n)
    return `NotContiguous: expected first block ${tip.lastBlock + 1n}, got ${firstBlock}`
  if (blockCount < 1 || blockCount > maxBlocksPerBatch)
    return `BadBlockCount: expected 1 to ${maxBlocksPerBatch}, got ${blockCount}`
  const earliest = tip.lastTimestamp + BigInt(blockCount)
  if (lastTimestamp < earliest)
    return `TimestampTooEarly: expected at least ${earliest}, got ${lastTimestamp}`
  const latest = timestamp + BigInt(maxDriftSeconds)
  if (lastTimestamp > latest) return `TimestampTooLate: expected at most ${latest}, got ${lastTimestamp}`
  if (isBehind(lastTimestamp, timestamp, settings))
    return `TimestampTooOld: expected at least ${timestamp - BigInt(maxLagSeconds)}, got ${lastTimestamp}`
  return undefined
}

/** What a batch reads of the deposit queue: not more than a block holds, and what waited too long. */
function depositsRefusal(inbox: Inbox, settings: Settings, read: bigint, timestamp: bigint): Refusal {
  const { depositsRead } = tipOf(inbox, settings.genesisTimestamp)
  const { length } = inbox.deposits
  if (read < depositsRead || read > BigInt(length))
    return `BadDepositsRead: expected ${depositsRead} to ${length}, got ${read}`
  const before = checkpointAt(inbox, depositsRead).cumulativeGas
  const gasUpTo = (count: bigint) => checkpointAt(inbox, count).cumulativeGas - before
  const ownLimit = gasLimitAt(inbox, depositsRead, settings)
  const most = larger(ownLimit, gasLimitAt(inbox, read, settings))
  if (gasUpTo(read) > most) return `TooMuchDepositGas: expected at most ${most}, got ${gasUpTo(read)}`
  const oldest = nextUserDeposit(inbox, read)
  if (
    oldest &&
    isForceable(oldest, timestamp, settings) &&
    gasUpTo(oldest.index + 1n) <= larger(ownLimit, oldest.context.gasLimit)
  )
    return `MustReadDeposit: deposit ${oldest.index} waited too long`
  return undefined
}

/** @param timestamp of the L1 block that the batch would be in */
export const headerRefusal = (
  inbox: Inbox,
  settings: Settings,
  header: BatchHeader,
  timestamp: bigint,
): Refusal =>
  rangeRefusal(inbox, settings, header, timestamp) ??
  depositsRefusal(inbox, settings, header.depositsReadAfter, timestamp)

const sizeRefusal = ({ length }: Uint8Array): Refusal =>
  length > MAX_FORCED_BYTES ? `TooLarge: ${length} bytes` : undefined

/** What the adapters of data availability refuse. */
export function evidenceRefusal(commitment: Commitment, attachment: DaAttachment | undefined): Refusal {
  if (commitment.length === 0) return 'BadCommitment: empty'
  if (attachment?.type !== 'calldata') return undefined
  if (!equalBytes(calldataCommitment(attachment.evidence), commitment))
    return 'BadCommitment: not that of the data'
  return sizeRefusal(attachment.evidence)
}

export function forceRefusal(
  inbox: Inbox,
  settings: Settings,
  { body, base, timestamp }: { body: Uint8Array; base: ForcedBatchBase; timestamp: bigint },
): Refusal {
  const tip = tipOf(inbox, settings.genesisTimestamp)
  const oldest = nextUserDeposit(inbox, tip.depositsRead)
  const isOverdue = oldest !== undefined && isForceable(oldest, timestamp, settings)
  if (!isOverdue && !isBehind(tip.lastTimestamp, timestamp, settings))
    return 'NothingToForce: no user deposit has waited long enough, and L2 is not behind'
  return baseRefusal(inbox, settings, base, base.depositsKnown) ?? sizeRefusal(body)
}

/** The header that the inbox gives to a forced batch: one block that reads as many deposits as fit into it. */
export function forcedHeader(inbox: Inbox, settings: Settings, timestamp: bigint): BatchHeader {
  const tip = tipOf(inbox, settings.genesisTimestamp)
  const most =
    checkpointAt(inbox, tip.depositsRead).cumulativeGas + gasLimitAt(inbox, tip.depositsRead, settings)
  let read = tip.depositsRead
  while (read < BigInt(inbox.deposits.length) && checkpointAt(inbox, read + 1n).cumulativeGas <= most) read++
  return {
    firstBlock: tip.lastBlock + 1n,
    blockCount: 1,
    depositsReadAfter: read,
    lastTimestamp: larger(timestamp, tip.lastTimestamp + 1n),
  }
}

/** @param number of the L1 block that the call would be in */
export const contextRefusal = ({ lastContextBlock }: Inbox, number: bigint): Refusal =>
  lastContextBlock === number ? 'ContextAlreadyAppended' : undefined
