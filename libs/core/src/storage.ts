import type { Lifecycle } from './lifecycle.js'
import type { ThreadModule } from './thread.js'

/** One write of an atomic batch. */
export type KeyValueOperation =
  { type: 'put'; key: Uint8Array; value: Uint8Array } | { type: 'delete'; key: Uint8Array }

/** A range of keys in byte order: from `gte` to before `lt`. */
export interface KeyRange {
  gte?: Uint8Array
  lt?: Uint8Array
  reverse?: boolean
  limit?: number
}

/**
 * An ordered key-value store of bytes.
 *
 * - `get` is synchronous: engines read state in the middle of an instruction. It returns undefined for a missing key. The caller Must not
 *   modify what it gets; the store Must not modify what it gave.
 * - `batch` Must be atomic: after a crash all of it is there or nothing. When it resolves, later reads see it; when `durable` is set it is on disk.
 *   Keys and values are the caller's again then, and may be views of large buffers: the store Must have copied what it keeps.
 * - `iterate` Must see a consistent snapshot or the store's state at the time of each step, never a torn batch.
 */
export interface KeyValueStore extends Lifecycle {
  readonly id: string
  get(key: Uint8Array): Uint8Array | undefined
  batch(operations: readonly KeyValueOperation[], options?: { durable?: boolean }): Promise<void>
  iterate(range?: KeyRange): Iterable<readonly [key: Uint8Array, value: Uint8Array]>
  /** How another thread opens the same data to read it: the module gives a {@link StoreView}. Absent where only this thread can. */
  readonly view?: ThreadModule
}

/** A store as another thread reads it, opened. */
export interface StoreView {
  get(key: Uint8Array): Uint8Array | undefined
  /** From now on reads see what was committed before. */
  refresh(): void
  close(): Promise<void>
}
