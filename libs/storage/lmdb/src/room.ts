import { statfsSync } from 'node:fs'
import { BaseError } from '@animechain/core'

/** A look at the disk's free room serves for so many bytes and so long. */
const ROOM_BYTES = 4 * 2 ** 20
const ROOM_MS = 1_000

/** Bytes that may be written without another look at the disk, and until when, milliseconds since the Unix epoch. */
export interface Allowance {
  bytes: number
  until: number
}

/** What may be written without another look where so much is free. bytes */
export const allowance = (free: number, minFree: number, now: number): Allowance => ({
  bytes: Math.min(ROOM_BYTES, free - minFree),
  until: now + ROOM_MS,
})

/**
 * Watches the free room of a folder's disk: a commit that fails half-way for want of room is more than the addon can tell.
 *
 * @param minFree room below which nothing is written, bytes
 * @returns a function that takes the bytes to be written, and throws `STORAGE_FULL` where there is no room for them
 */
export function diskRoom(folder: string, minFree: number): (bytes: number) => void {
  let room: Allowance = { bytes: 0, until: 0 }
  return (bytes) => {
    room.bytes -= bytes
    if (room.bytes > 0 && Date.now() < room.until) return
    const { bavail, bsize } = statfsSync(folder)
    const free = bavail * bsize
    if (free < minFree + bytes)
      throw new BaseError('There is no room for the store on its disk.', {
        code: 'STORAGE_FULL',
        metaMessages: [
          `Folder: ${folder}`,
          `Expected ${minFree + bytes} free bytes, got ${free}. Free some: the store goes on by itself. The batch was not written.`,
        ],
      })
    room = allowance(free, minFree, Date.now())
  }
}
