import { createReadStream, constants } from 'node:fs'
import { mkdir, open, readdir, stat, truncate, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { Hash } from '@animechain/core'

/** Unfinished shards, a file each: what has come of them outlives the process. */
export interface Uploads {
  /** Makes the folder. */
  start(): Promise<void>
  /** Bytes that are here; 0 where there is nothing. */
  offset(blob: Hash, shard: number): Promise<number>
  /**
   * Adds bytes behind those that are here, as they come. What came before the source failed stays.
   * @returns bytes that are here now
   */
  append(
    blob: Hash,
    shard: number,
    offset: number,
    source: AsyncIterable<Uint8Array>,
    most: number,
  ): Promise<number>
  /** Forgets the bytes from an offset on. */
  cut(blob: Hash, shard: number, offset: number): Promise<void>
  /** Makes what is here durable. */
  sync(blob: Hash, shard: number): Promise<void>
  read(blob: Hash, shard: number): AsyncIterable<Uint8Array>
  remove(blob: Hash, shard: number): Promise<void>
  /** All of them, with the time of the last byte, milliseconds. */
  list(): Promise<readonly { blob: Hash; shard: number; size: number; at: number }[]>
}

const fileName = /^([0-9a-f]{64})-([0-4])$/

/** Unfinished shards in a folder of this machine. */
export function uploads(folder: string): Uploads {
  const pathOf = (blob: Hash, shard: number) => join(folder, `${blob.slice(2)}-${shard}`)
  return {
    async start() {
      await mkdir(folder, { recursive: true, mode: 0o700 })
    },
    async offset(blob, shard) {
      return stat(pathOf(blob, shard)).then(
        ({ size }) => size,
        (error: NodeJS.ErrnoException) => {
          if (error.code === 'ENOENT') return 0
          throw error
        },
      )
    },
    async append(blob, shard, offset, source, most) {
      // Where nothing has come yet there must be no file, and else one of this length: `offset` was asked for under the same lock.
      const handle = await open(pathOf(blob, shard), constants.O_WRONLY | constants.O_CREAT, 0o600)
      let at = offset
      try {
        for await (const bytes of source) {
          const taken = bytes.subarray(0, offset + most - at)
          for (let done = 0; done < taken.length;) {
            const { bytesWritten } = await handle.write(taken, done, taken.length - done, at)
            done += bytesWritten
            at += bytesWritten
          }
          if (taken.length < bytes.length) break
        }
        return at
      } finally {
        await handle.close()
      }
    },
    cut: (blob, shard, offset) => truncate(pathOf(blob, shard), offset),
    async sync(blob, shard) {
      const handle = await open(pathOf(blob, shard), 'r+')
      try {
        await handle.sync()
      } finally {
        await handle.close()
      }
    },
    read: (blob, shard) => createReadStream(pathOf(blob, shard), { highWaterMark: 262_144 }),
    async remove(blob, shard) {
      await unlink(pathOf(blob, shard)).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error
      })
    },
    async list() {
      const found = []
      for (const name of await readdir(folder)) {
        const match = fileName.exec(name)
        if (!match) continue
        const { size, mtimeMs } = await stat(join(folder, name)).catch(() => ({
          size: 0,
          mtimeMs: Date.now(),
        }))
        found.push({ blob: `0x${match[1]!}` as Hash, shard: Number(match[2]), size, at: mtimeMs })
      }
      return found
    },
  }
}
