import { bytesToBigInt, bytesToHex, concatBytes, keccak256, type Hash } from '@animechain/core'
import { tag, word } from './state.js'
import { hashNode } from './tree.js'

/** bytes of a chunk of data of kind 2 */
export const CHUNK_BYTES = 4_096
const CHUNKED = tag('animechain chunked 1')

/** Depth of the tree over data of a length: ceil(log2(number of chunks)). */
export function chunkDepth(length: bigint): number {
  let depth = 0
  while (BigInt(CHUNK_BYTES) << BigInt(depth) < length) depth++
  return depth
}

function chunkAt(data: Uint8Array, index: number): Uint8Array {
  const chunk = new Uint8Array(CHUNK_BYTES)
  chunk.set(data.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES))
  return chunk
}

/** Levels of the tree, from the chunks' hashes up to the root. */
function levelsOf(data: Uint8Array): Uint8Array[][] {
  const depth = chunkDepth(BigInt(data.length))
  const chunks = Math.ceil(data.length / CHUNK_BYTES)
  let level = Array.from({ length: 2 ** depth }, (_, i) =>
    i < chunks ? keccak256(chunkAt(data, i)) : new Uint8Array(32),
  )
  const levels = [level]
  while (level.length > 1) {
    const below = level
    level = Array.from({ length: below.length / 2 }, (_, i) => hashNode(below[2 * i]!, below[2 * i + 1]!))
    levels.push(level)
  }
  return levels
}

const keyOf = (length: Uint8Array, root: Uint8Array): Hash =>
  bytesToHex(keccak256(concatBytes(CHUNKED, length, root)))

/** Key of data of kind 2 (docs/spec/machine.md, section 6). */
export function chunkedKey(data: Uint8Array): Hash {
  return keyOf(word(data.length), levelsOf(data).at(-1)![0]!)
}

/** Witness of a read at an offset: length, root and, where there is data, the chunk and its path. */
export function chunkedWitness(data: Uint8Array, offset: number): Uint8Array {
  const levels = levelsOf(data)
  const head = [word(data.length), levels.at(-1)![0]!]
  if (offset >= data.length) return concatBytes(...head)
  const index = Math.floor(offset / CHUNK_BYTES)
  const path = levels.slice(0, -1).map((level, height) => level[Math.floor(index / 2 ** height) ^ 1]!)
  return concatBytes(...head, chunkAt(data, index), ...path)
}

/** Length, root and what follows them, if they are what the key names; undefined else. The length may be any word. */
export function openChunked(
  key: Hash,
  witness: Uint8Array,
): { length: bigint; root: Uint8Array; rest: Uint8Array } | undefined {
  if (witness.length < 64) return undefined
  const [length, root] = [witness.subarray(0, 32), witness.subarray(32, 64)]
  if (keyOf(length, root) !== key) return undefined
  return { length: bytesToBigInt(length), root, rest: witness.subarray(64) }
}
