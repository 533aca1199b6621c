import type { Hash } from '@animechain/core'
import type { JournalEntry } from '../chain/journalEntry.js'
import type { ChainStore } from '../chain/store.js'

/** What one arrival, or one departure, changes of the journal. */
export interface JournalChange {
  put?: JournalEntry
  delete: Hash[]
}

interface Waiting extends JournalChange {
  resolve: () => void
  reject: (error: unknown) => void
}

/**
 * Writes the pool's journal. A change is written in one piece: a transaction never without the removal of the one that it replaces. What comes while
 * a write is under way shares the next one, so that a flush of the disk is paid once for all of them.
 *
 * What waits is bounded by the pool: each entry is a transaction that is in it, or was.
 */
export interface Journal {
  /** Resolves when the change is written. */
  write(change: JournalChange): Promise<void>
  /** A block has this transaction, and its own write has removed it: if its entry is only being written, it is removed again. */
  included(hash: Hash): void
  /** Resolves when nothing waits. */
  idle(): Promise<void>
}

export function journal(store: Pick<ChainStore, 'writeJournal'>, options: { durable: boolean }): Journal {
  let waiting: Waiting[] = []
  let running: Promise<void> | undefined
  /** Entries that wait or are under way. */
  const putting = new Set<Hash>()

  async function drain(): Promise<void> {
    // Everything that comes in this turn shares the first write.
    await Promise.resolve()
    while (waiting.length > 0) {
      const group = waiting
      waiting = []
      try {
        await store.writeJournal(group, options)
        for (const { resolve } of group) resolve()
      } catch (error) {
        for (const { reject } of group) reject(error)
      }
      for (const { put } of group) if (put) putting.delete(put.hash)
    }
    running = undefined
  }
  const write = (change: JournalChange) =>
    new Promise<void>((resolve, reject) => {
      if (change.put) putting.add(change.put.hash)
      waiting.push({ ...change, resolve, reject })
      running ??= drain()
    })

  return {
    write,
    included(hash) {
      // The entry is gone whatever becomes of this: a start drops what the chain has.
      if (putting.has(hash)) void write({ delete: [hash] }).catch(() => undefined)
    },
    async idle() {
      while (running) await running
    },
  }
}
