import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { BaseError, KeyValueStore, Logger } from '@animechain/core'
import { file, lockFolder } from '@animechain/storage-file'
import { lmdb } from '@animechain/storage-lmdb'
import { memory } from '@animechain/storage-memory'
import type { StorageWord } from './words.js'

/**
 * Opens the store named by a word in a folder. `auto` takes LMDB where its native addon loads and the pure JavaScript file otherwise;
 * a folder that one of them has begun stays with it, because the other would begin anew.
 * @throws when the store cannot be opened
 */
export async function openStorage(word: StorageWord, folder: string, logger: Logger): Promise<KeyValueStore> {
  if (word === 'memory') return started(memory())
  mkdirSync(folder, { recursive: true })
  const lmdbPath = join(folder, 'lmdb')
  const filePath = join(folder, 'store.log')
  if (word === 'file' || (word === 'auto' && existsSync(filePath))) return started(file({ path: filePath }))
  if (word === 'lmdb' || existsSync(lmdbPath)) return started(exclusive(folder, lmdb({ path: lmdbPath })))
  try {
    return await started(exclusive(folder, lmdb({ path: lmdbPath })))
  } catch (error) {
    if ((error as BaseError).code === 'STORAGE_LOCKED') throw error
    logger.warn('LMDB cannot be used here; the state is kept in a plain file', {
      error: error instanceof Error ? error.message.split('\n')[0] : String(error),
    })
    return started(file({ path: filePath }))
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
