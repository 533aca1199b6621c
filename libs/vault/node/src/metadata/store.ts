import type { Lifecycle } from '@animechain/core'

/** One write of an atomic batch. */
export type MetadataOperation =
  { type: 'put'; key: string; value: Uint8Array } | { type: 'delete'; key: string }

/** A range of keys in the order of their characters: from `gte` to before `lt`. */
export interface MetadataRange {
  gte: string
  lt: string
  /** Entries at most, 1 to 1,000. */
  limit: number
  reverse?: boolean
}

/**
 * What a node knows beside the bytes of shards: small entries by key, ordered.
 *
 * - Keys are 1 to 200 printable ASCII characters without spaces, and compare by their characters. They hold no secrets; values hold secrets only sealed.
 * - `batch` is atomic and durable: when it resolves all of it is on disk, and later reads see it; after a crash all of it is there or nothing.
 * - A store belongs to one node at a time: `start` fails where another one has it.
 * - Methods reject when the place does not answer; they never say that an entry is absent unless it is.
 */
export interface MetadataStore extends Lifecycle {
  readonly id: string
  get(key: string): Promise<Uint8Array | undefined>
  batch(operations: readonly MetadataOperation[]): Promise<void>
  list(range: MetadataRange): Promise<readonly (readonly [key: string, value: Uint8Array])[]>
}

/** Most entries of a page of `list`. */
export const maxPage = 1_000

/** All keys with a prefix, as a range. */
export const withPrefix = (prefix: string): Pick<MetadataRange, 'gte' | 'lt'> => ({
  gte: prefix,
  // The next prefix in the order of characters.
  lt: `${prefix.slice(0, -1)}${String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1)}`,
})

/** A number in a key so that keys are in the order of numbers: 20 digits hold a u64. */
export const ordinal = (value: bigint | number): string => value.toString().padStart(20, '0')

/** Every entry with a prefix, page by page. */
export async function* entriesOf(
  store: MetadataStore,
  prefix: string,
): AsyncIterable<readonly [key: string, value: Uint8Array]> {
  const { lt } = withPrefix(prefix)
  for (let gte = prefix; ;) {
    const page = await store.list({ gte, lt, limit: maxPage })
    yield* page
    if (page.length < maxPage) return
    // The least key after the last one, whose characters are all at or above `!`.
    gte = `${page.at(-1)![0]}!`
  }
}
