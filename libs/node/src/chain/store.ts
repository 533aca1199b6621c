import type { ChainBlock, ChainReader, ExecutedBlock, Hash, SealedHeader } from '@animechain/core'
import type { AppliedBatch } from './batchCodec.js'
import type { BlockMeta } from './blockCodec.js'
import { headsOf, newContext, type ChainParts } from './context.js'
import { batchesUpTo, headOf } from './heads.js'
import { decodeEntry } from './journalEntry.js'
import { journalRange } from './journalKeys.js'
import { open } from './opening.js'
import { journalChanges, type JournalChange } from './operations.js'
import * as read from './reading.js'
import * as write from './writing.js'

/** The canonical chain on a key-value store. Every change is one atomic batch: after a crash the last complete block is the head. */
export interface ChainStore extends ChainReader {
  /** Reads the heads, or writes the genesis into an empty store. Blocks above a missing state are cut off. */
  open(genesis: SealedHeader, hasState: (header: SealedHeader) => Promise<boolean>): Promise<void>
  meta(hash: Hash): BlockMeta
  /** Puts a block on top of the head. */
  append(block: ExecutedBlock, meta: BlockMeta): Promise<void>
  /**
   * Makes an ancestor of the head the head. Returns what left, newest first.
   * @throws {BaseError} `NODE_FINALIZED` for an ancestor of the final block
   */
  rollback(to: bigint): Promise<ChainBlock[]>
  /** Number of batches applied. */
  readonly batchCount: bigint
  appliedBatch(index: bigint): AppliedBatch | undefined
  /** Records a batch whose blocks are in the chain, and moves the safe head to its end. */
  applyBatch(batch: AppliedBatch): Promise<void>
  /** Number of applied batches whose blocks are final. */
  readonly finalBatchCount: bigint
  /**
   * Forgets applied batches from `count` on, and moves the safe head back. Blocks stay.
   * @throws {BaseError} `NODE_FINALIZED` where a final block would be among what is forgotten, unless `undoFinalized`
   */
  dropBatches(count: bigint, options?: { undoFinalized?: boolean }): Promise<void>
  setFinalized(header: SealedHeader): Promise<void>
  /** Transactions of the pool's journal. `since` is undefined for what came back with a block that left the chain. */
  journal(): Iterable<{ raw: Uint8Array; since: number | undefined }>
  /** Writes changes of the journal in one atomic batch, in their order. `durable`: it is on disk, not only with the operating system. */
  writeJournal(changes: readonly JournalChange[], options?: { durable?: boolean }): Promise<void>
}

export function chainStore(parts: ChainParts): ChainStore {
  const context = newContext(parts)
  const { storage, journal, events } = context
  return {
    open: (genesis, hasState) => open(context, genesis, hasState),

    head: (tag) => headOf(headsOf(context), tag),
    headerByNumber: (number) => read.headerByNumber(context, number),
    headerByHash: (hash) => read.headerByHash(context, hash),
    blockByHash: (hash) => read.blockByHash(context, hash),
    blockByNumber: (number) => read.blockByNumber(context, number),
    transaction: (hash) => read.findTransaction(context, hash),
    blockInput: (hash) => read.blockInput(context, hash),
    meta: (hash) => read.metaOf(context, hash),
    subscribe: (listener) => events.on('change', listener),

    append: (block, meta) => write.append(context, block, meta),
    rollback: (to) => write.rollback(context, to),

    get batchCount() {
      return context.heads?.batchCount ?? 0n
    },
    appliedBatch: (index) => read.appliedBatch(context, index),
    applyBatch: (batch) => write.applyBatch(context, batch),
    get finalBatchCount() {
      const { finalized, batchCount } = headsOf(context)
      return batchesUpTo(finalized, batchCount, (index) => read.recordedBatch(context, index)!)
    },
    dropBatches: (count, { undoFinalized = false } = {}) =>
      write.dropBatches(context, count, { undoFinalized }),
    setFinalized: (header) => write.setFinalized(context, header),

    *journal() {
      for (const [, value] of storage.iterate(journalRange())) yield decodeEntry(value)
    },
    writeJournal: (changes, options) =>
      journal.during((entries) => storage.batch(journalChanges(changes, entries), options)),
  }
}
