import type {
  BatchBody,
  BatchDecodeResult,
  BatchHeader,
  BlockInput,
  DepositEntry,
  DepositLabel,
} from '@animechain/core'
import { buildBlockInput, type ParentBlock } from './block.js'
import { fallbackLabel } from './deposits.js'

/** Everything that the blocks of a batch follow from: derivation is a function of it and reads nothing else. */
export interface DeriveParameters {
  header: BatchHeader
  /** what the codec made of the bytes; `ok: false` too when the bytes are known to be invalid or gone */
  body: BatchDecodeResult
  /** the entries that the batch reads: from the previous batch's `depositsReadAfter` up to this one's */
  entries: readonly DepositEntry[]
  /** the last block of the previous batch, or of genesis */
  parent: ParentBlock
}

/** What a block reads of the deposit queue. */
export interface BlockReading {
  entries: readonly DepositEntry[]
  /** one for each entry of kind 0, in order */
  labels: readonly DepositLabel[]
}

/** The blocks of one batch, ready to be executed. */
export interface Derived {
  blocks: BlockInput[]
  /** One for each block. */
  reads: BlockReading[]
  /** Labels used, one for each user deposit: verifiers compare them with L1. */
  labels: DepositLabel[]
  /** Set when the body was of no use: why (docs/spec/protocol.md 3, "Fallback"). */
  fallback?: string
}

/**
 * The blocks of a batch. Total and pure: whatever stands in the body, the answer is `header.blockCount` blocks.
 * The header's own bounds are the inbox's work and are taken for granted.
 */
export function deriveBatch({ header, body, entries, parent }: DeriveParameters): Derived {
  const fault = body.ok ? bodyFault(body.body, header, entries, parent) : body.reason
  if (fault === undefined && body.ok) return fromBody(body.body, header, entries, parent)

  const labels = entries.filter((entry) => entry.kind === 0).map(fallbackLabel)
  const blocks: BlockInput[] = []
  const reads: BlockReading[] = []
  let before = parent
  for (let i = 1; i <= header.blockCount; i++) {
    const read = i === 1 ? { entries, labels } : { entries: [], labels: [] }
    const block = buildBlockInput({
      parent: before,
      timestamp: i === header.blockCount ? header.lastTimestamp : parent.timestamp + BigInt(i),
      ...read,
      transactions: [],
    })
    blocks.push(block)
    reads.push(read)
    before = block
  }
  return { blocks, reads, labels, fallback: fault ?? 'the body is of no use' }
}

function fromBody(
  body: BatchBody,
  header: BatchHeader,
  entries: readonly DepositEntry[],
  parent: ParentBlock,
): Derived {
  const users = entries.filter(({ kind }) => kind === 0)
  const labels = users.map((entry, i) => body.labels[i] ?? fallbackLabel(entry))
  const blocks: BlockInput[] = []
  const reads: BlockReading[] = []
  let before = parent
  let entry = 0
  let label = 0
  for (const [i, { timestampDelta, depositCount, transactions }] of body.blocks.entries()) {
    const last = i === body.blocks.length - 1
    const from = entries.slice(entry, last ? undefined : entry + depositCount)
    const count = from.filter(({ kind }) => kind === 0).length
    const read = { entries: from, labels: labels.slice(label, label + count) }
    const block = buildBlockInput({
      parent: before,
      timestamp: last ? header.lastTimestamp : before.timestamp + BigInt(timestampDelta),
      ...read,
      transactions,
    })
    blocks.push(block)
    reads.push(read)
    before = block
    entry += from.length
    label += count
  }
  return { blocks, reads, labels }
}

/** Why a body does not make exactly the blocks that the header announces. */
function bodyFault(
  body: BatchBody,
  header: BatchHeader,
  entries: readonly DepositEntry[],
  parent: ParentBlock,
): string | undefined {
  if (body.blocks.length !== header.blockCount)
    return `the header announces ${header.blockCount} blocks, the body has ${body.blocks.length}`
  let timestamp = parent.timestamp
  let read = 0
  // The header alone speaks for the last block.
  for (const [i, block] of body.blocks.slice(0, -1).entries()) {
    if (!Number.isSafeInteger(block.timestampDelta) || block.timestampDelta < 1)
      return `block ${i} of the body advances the time by ${block.timestampDelta}`
    if (!Number.isSafeInteger(block.depositCount) || block.depositCount < 0)
      return `block ${i} of the body reads ${block.depositCount} entries`
    timestamp += BigInt(block.timestampDelta)
    read += block.depositCount
  }
  if (timestamp >= header.lastTimestamp)
    return `the header's last timestamp is ${header.lastTimestamp}, the body is at ${timestamp} before its last block`
  if (read > entries.length)
    return `the header reads ${entries.length} entries, the body ${read} before its last block`
  const users = entries.filter(({ kind }) => kind === 0).length
  if (body.labels.length > users)
    return `${users} user deposits are read, the body labels ${body.labels.length}`
  return undefined
}
