import type { Hash } from '@animechain/core'
import { full } from '../http/refusal.js'

/** Bounds of a storage node. */
export interface StorageLimits {
  /** bytes of all shards, also of unfinished ones; default 1 TiB */
  capacity: number
  /** bytes of the shards of one project; default: all of them */
  projectCapacity: number
  /** bytes of the chunks of a blob; default 64 GiB */
  blobBytes: number
  /** shards that are unfinished at once; default 10,000 */
  unfinished: number
  /** seconds after the last byte of an unfinished shard, after which it is removed; default 86,400 */
  uploadExpiry: number
  /** seconds for which a shard is kept and acknowledged; default ten years */
  retention: number
}

/** Defaults of {@link StorageLimits}. */
export const storageLimits: StorageLimits = {
  capacity: 2 ** 40,
  projectCapacity: 2 ** 40,
  blobBytes: 64 * 2 ** 30,
  unfinished: 10_000,
  uploadExpiry: 86_400,
  retention: 10 * 365 * 86_400,
}

/** What is stored and reserved, by project. */
export interface Room {
  readonly bytes: number
  readonly shards: number
  readonly unfinished: number
  /** Takes room for a shard that begins. Idempotent by name. @throws {Refusal} `VAULT_FULL` */
  reserve(name: string, project: Hash, size: number): void
  /** Gives back what was reserved. */
  free(name: string): void
  /** Counts a shard that is kept. @throws {Refusal} `VAULT_FULL`, where `expect` is set */
  keep(project: Hash, size: number, options?: { expect?: boolean }): void
  /** Counts a shard that is gone. */
  drop(project: Hash, size: number): void
}

/** Keeps account of the room of a storage node. @param changed told of all bytes, after each change */
export function room(limits: StorageLimits, changed: (bytes: number) => void): Room {
  const byProject = new Map<Hash, number>()
  const reserved = new Map<string, { project: Hash; size: number }>()
  let bytes = 0
  let count = 0

  const add = (project: Hash, size: number) => {
    bytes += size
    const left = (byProject.get(project) ?? 0) + size
    if (left === 0) byProject.delete(project)
    else byProject.set(project, left)
    changed(bytes)
  }
  const expectRoom = (project: Hash, size: number) => {
    if (bytes + size > limits.capacity)
      throw full(`Expected ${size} bytes of room, there are ${limits.capacity - bytes}.`)
    const used = byProject.get(project) ?? 0
    if (used + size > limits.projectCapacity)
      throw full(
        `Expected ${size} bytes of room for the project, there are ${limits.projectCapacity - used}.`,
      )
  }

  return {
    get bytes() {
      return bytes
    },
    get shards() {
      return count
    },
    get unfinished() {
      return reserved.size
    },
    reserve(name, project, size) {
      if (reserved.has(name)) return
      if (reserved.size >= limits.unfinished)
        throw full(`Expected at most ${limits.unfinished} unfinished shards.`)
      expectRoom(project, size)
      reserved.set(name, { project, size })
      add(project, size)
    },
    free(name) {
      const held = reserved.get(name)
      if (!held) return
      reserved.delete(name)
      add(held.project, -held.size)
    },
    keep(project, size, { expect = false } = {}) {
      if (expect) expectRoom(project, size)
      count++
      add(project, size)
    },
    drop(project, size) {
      count--
      add(project, -size)
    },
  }
}
