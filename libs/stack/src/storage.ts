import { existsSync, mkdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { BaseError, type KeyValueStore, type Logger } from '@animechain/core'
import { file, lockFolder } from '@animechain/storage-file'
import { lmdb } from '@animechain/storage-lmdb'
import { memoryStorage } from '@animechain/storage-memory'
import type { DamageWord, StorageWord } from './words.js'

/** What is done about damage, and who is told. */
export interface OpenStorageOptions {
  logger: Logger
  /**
   * What to do with a store that is damaged: `refuse` (default), or `rederive`: move it aside to `<folder>.damaged-<time>` and begin an empty
   * one, which the node fills from L1. What was not on L1 yet is then lost.
   */
  onDamage?: DamageWord
  /** Told of every damaged read and of every write that failed for another reason than a full disk, before the caller is. */
  onFailure?: (error: BaseError) => void
}

/**
 * Opens the store named by a word in a folder. `auto` takes LMDB where its native addon loads and the pure JavaScript file otherwise;
 * a folder that one of them has begun stays with it, because the other would begin anew.
 * @throws when the store cannot be opened
 */
export async function openStorage(
  word: StorageWord,
  folder: string,
  options: OpenStorageOptions,
): Promise<KeyValueStore> {
  const { onDamage = 'refuse', logger, onFailure } = options
  const open = () => openChosen(word, folder, logger)
  const store = await open().catch(async (error: BaseError) => {
    if (error.code !== 'STORAGE_DAMAGED') throw error
    if (onDamage === 'refuse')
      throw new BaseError("The node's store is damaged.", {
        code: 'STORAGE_DAMAGED',
        cause: error,
        metaMessages: [
          'Restore the folder from a copy, or start with --on-damage rederive: the damaged store is kept aside and the chain is derived from L1 again.',
          'Blocks that were not on L1 yet, and transactions that waited, are lost by that.',
        ],
      })
    for (const path of [lmdbPath(folder), filePath(folder)]) {
      if (!existsSync(path)) continue
      const aside = `${path}.damaged-${Date.now()}`
      renameSync(path, aside)
      logger.error('the store is damaged: kept it aside and begin to derive from L1 again', {
        aside,
        error: error.message,
      })
    }
    return open()
  })
  return onFailure ? watched(store, onFailure) : store
}

const lmdbPath = (folder: string) => join(folder, 'lmdb')
const filePath = (folder: string) => join(folder, 'store.log')

async function openChosen(word: StorageWord, folder: string, logger: Logger): Promise<KeyValueStore> {
  if (word === 'memory') return started(memoryStorage())
  mkdirSync(folder, { recursive: true })
  const plain = () => started(file({ path: filePath(folder), logger }))
  const mapped = () => started(exclusive(folder, lmdb({ path: lmdbPath(folder) })))
  if (word === 'file' || (word === 'auto' && existsSync(filePath(folder)))) return plain()
  if (word === 'lmdb' || existsSync(lmdbPath(folder))) return mapped()
  try {
    return await mapped()
  } catch (error) {
    if ((error as BaseError).code !== 'STORAGE_UNAVAILABLE') throw error
    logger.warn('LMDB cannot be used here; the state is kept in a plain file', {
      error: error instanceof Error ? error.message.split('\n')[0] : String(error),
    })
    return plain()
  }
}

/** Tells of failures that the store does not get over by itself, whoever meets them. */
export function watched(store: KeyValueStore, onFailure: (error: BaseError) => void): KeyValueStore {
  const tell = (error: unknown): never => {
    const { code } = error as BaseError
    if (code === 'STORAGE_DAMAGED' || code === 'STORAGE_FAILED') onFailure(error as BaseError)
    throw error
  }
  return {
    ...store,
    get(key) {
      try {
        return store.get(key)
      } catch (error) {
        return tell(error)
      }
    },
    batch: (operations, batchOptions) => store.batch(operations, batchOptions).catch(tell),
    *iterate(range) {
      try {
        yield* store.iterate(range)
      } catch (error) {
        tell(error)
      }
    },
  }
}

/** LMDB lets several processes into a folder. Two nodes there would write over each other's chain. */
function exclusive(folder: string, store: KeyValueStore): KeyValueStore {
  let unlock: (() => Promise<void>) | undefined
  const release = async () => {
    const held = unlock
    unlock = undefined
    await held?.()
  }
  return {
    ...store,
    async start() {
      unlock ??= await lockFolder(folder)
      try {
        await store.start()
      } catch (error) {
        await release()
        throw error
      }
    },
    async stop() {
      await store.stop()
      await release()
    },
  }
}

async function started<S extends KeyValueStore>(store: S): Promise<S> {
  await store.start()
  return store
}
