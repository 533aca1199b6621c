import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { KeyValueStore, Logger } from '@animechain/core'
import { file } from '@animechain/storage-file'
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
  if (word === 'lmdb' || existsSync(lmdbPath)) return started(lmdb({ path: lmdbPath }))
  try {
    return await started(lmdb({ path: lmdbPath }))
  } catch (error) {
    logger.warn('LMDB cannot be used here; the state is kept in a plain file', {
      error: error instanceof Error ? error.message.split('\n')[0] : String(error),
    })
    return started(file({ path: filePath }))
  }
}

async function started<S extends KeyValueStore>(store: S): Promise<S> {
  await store.start()
  return store
}
