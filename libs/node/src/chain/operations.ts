import {
  depositTransactionType,
  hexToBytes,
  type ChainBlock,
  type ExecutedTransaction,
  type Hash,
  type KeyValueOperation,
  type SealedHeader,
} from '@animechain/core'
import { encodeApplied, type AppliedBatch } from './batchCodec.js'
import { encodeHeader, type BlockMeta } from './blockCodec.js'
import type { Heads } from './heads.js'
import { encodeEntry, type JournalEntry } from './journalEntry.js'
import type { JournalKeys } from './journalKeys.js'
import { encodeNumber, encodePlace, keys } from './keys.js'

const put = (key: Uint8Array, value: Uint8Array): KeyValueOperation => ({ type: 'put', key, value })
const del = (key: Uint8Array): KeyValueOperation => ({ type: 'delete', key })

/** What comes to the pool's journal and leaves it with a change of the chain. */
type Journal = Pick<JournalKeys, 'put' | 'remove'>

/** Transactions that waited in a pool before they were in a block. */
const pooled = (transactions: readonly ExecutedTransaction[]) =>
  transactions.filter(({ receipt }) => receipt.type !== depositTransactionType)

export const headAt = (number: bigint): KeyValueOperation => put(keys.head, encodeNumber(number))

export const finalizedAt = (number: bigint): KeyValueOperation => put(keys.finalized, encodeNumber(number))

/** The block itself, without what leads to its transactions. @param body as `encodeBody` gives it */
export const blockPut = (header: SealedHeader, meta: BlockMeta, body: Uint8Array): KeyValueOperation[] => [
  put(keys.header(header.hash), encodeHeader(header, meta)),
  put(keys.body(header.hash), body),
  put(keys.number(header.number), hexToBytes(header.hash)),
]

export const placePut = (hash: Hash, number: bigint, index: number): KeyValueOperation =>
  put(keys.transaction(hash), encodePlace(number, index))

/** What is in a block waits no longer. */
export const leaveJournal = (
  transactions: readonly ExecutedTransaction[],
  journal: Pick<Journal, 'remove'>,
): KeyValueOperation[] => pooled(transactions).flatMap(({ hash }) => journal.remove(hash))

/** Takes a block out. What was acknowledged is not lost: its transactions wait again, also across a crash. */
export const blockRemoval = (
  { header, transactions }: Pick<ChainBlock, 'header' | 'transactions'>,
  journal: Pick<Journal, 'put'>,
): KeyValueOperation[] => [
  del(keys.header(header.hash)),
  del(keys.body(header.hash)),
  del(keys.number(header.number)),
  ...transactions.map(({ hash }) => del(keys.transaction(hash))),
  ...pooled(transactions).flatMap(({ hash, raw }) => journal.put(hash, raw)),
]

/** Records a batch as the newest one that is applied. */
export const batchPut = (batch: AppliedBatch): KeyValueOperation[] => [
  put(keys.applied(batch.index), encodeApplied(batch)),
  put(keys.batches, encodeNumber(batch.index + 1n)),
]

/** Only so many batches count. What is recorded of the others is overwritten by those that come instead. */
export const batchesAt = ({
  batchCount,
  finalized,
}: Pick<Heads, 'batchCount' | 'finalized'>): KeyValueOperation[] => [
  put(keys.batches, encodeNumber(batchCount)),
  finalizedAt(finalized.number),
]

/** A change of the pool's journal: what goes, then what comes. */
export interface JournalChange {
  put?: JournalEntry
  delete: readonly Hash[]
}

export const journalChanges = (changes: readonly JournalChange[], journal: Journal): KeyValueOperation[] =>
  changes.flatMap((change) => [
    ...change.delete.flatMap((hash) => journal.remove(hash)),
    ...(change.put ? journal.put(change.put.hash, encodeEntry(change.put)) : []),
  ])
