import { keccak256 } from '@animechain/core'
import { CODE_DEPTH, LEAF_BYTES, parts } from './opcodes.js'

/** Hash of a node of a tree. */
export function hashNode(left: Uint8Array, right: Uint8Array): Uint8Array {
  const both = new Uint8Array(64)
  both.set(left)
  both.set(right, 32)
  return keccak256(both)
}

/** Roots of trees whose leaves are all zero, by their height. */
export const zeroRoots: readonly Uint8Array[] = (() => {
  const roots = [keccak256(new Uint8Array(LEAF_BYTES))]
  while (roots.length <= parts.memory.depth) roots.push(hashNode(roots.at(-1)!, roots.at(-1)!))
  return roots
})()

const ZERO_LEAF = new Uint8Array(LEAF_BYTES)

/** How far a node of a generalised index is from the root. */
export const depthOf = (index: number): number => 31 - Math.clz32(index)

/** Depth of the leaves of the RAM tree that are below a node, or undefined where they are of several parts. */
function leafDepth(index: number): number | undefined {
  const depth = depthOf(index)
  const prefix = (bits: number) => (depth < bits ? undefined : index >>> (depth - bits))
  if (prefix(1) === 0b10) return parts.memory.depth
  if (prefix(2) === 0b110) return parts.slots.depth
  if (prefix(3) === 0b1110) return parts.globals.depth
  if (prefix(3) === 0b1111) return parts.table.depth
  return undefined
}

/** The part of the RAM tree whose leaf a generalised index is; undefined when it is none. */
export function partOf(index: number): keyof typeof parts | undefined {
  for (const name of ['memory', 'slots', 'globals', 'table'] as const) {
    const { first, leaves } = parts[name]
    if (index >= first && index < first + leaves) return name
  }
  return undefined
}

/** Hash of a node of the RAM tree below which everything is zero. */
export function zeroNode(index: number): Uint8Array {
  const depth = leafDepth(index)
  if (depth !== undefined) return zeroRoots[depth - depthOf(index)]!
  return hashNode(zeroNode(2 * index), zeroNode(2 * index + 1))
}

/**
 * The RAM tree as a plain sparse one: leaves and nodes that were written, in maps, the rest zero. For tests and for single steps; a run of millions of
 * steps is the replayer's work.
 */
export class RamTree {
  readonly #leaves = new Map<number, Uint8Array>()
  readonly #nodes = new Map<number, Uint8Array>()
  #dirty = new Set<number>()

  constructor(leaves: Iterable<readonly [number, Uint8Array]> = []) {
    for (const [index, leaf] of leaves) this.write(index, leaf)
  }

  /** The 32 bytes of a leaf; not to be changed. */
  leaf(index: number): Uint8Array {
    return this.#leaves.get(index) ?? ZERO_LEAF
  }

  /** Puts 32 bytes into a leaf; they are copied. */
  write(index: number, leaf: Uint8Array): void {
    if (partOf(index) === undefined) throw new RangeError(`expected the index of a leaf, got ${index}`)
    this.#leaves.set(index, leaf.slice())
    this.#dirty.add(index)
  }

  /** Replaces a part of a leaf, from the byte `at` on. */
  patch(index: number, at: number, bytes: Uint8Array): void {
    const leaf = this.#leaves.get(index)
    if (!leaf) {
      const made = new Uint8Array(LEAF_BYTES)
      made.set(bytes, at)
      return this.write(index, made)
    }
    leaf.set(bytes, at)
    this.#dirty.add(index)
  }

  root(): Uint8Array {
    this.#hash()
    return this.#node(1)
  }

  /** Siblings of a leaf or node, from its own up to the root's child. */
  siblings(index: number): Uint8Array[] {
    this.#hash()
    const out: Uint8Array[] = []
    for (let at = index; at > 1; at >>>= 1) out.push(this.#node(at ^ 1))
    return out
  }

  /** The leaves that were ever written, by index. */
  leaves(): ReadonlyMap<number, Uint8Array> {
    return this.#leaves
  }

  #node(index: number): Uint8Array {
    return this.#nodes.get(index) ?? zeroNode(index)
  }

  /** Hashes what was written since the last time, from the lowest level up. */
  #hash(): void {
    if (this.#dirty.size === 0) return
    const levels: Set<number>[] = Array.from({ length: parts.memory.depth + 1 }, () => new Set<number>())
    for (const index of this.#dirty) {
      this.#nodes.set(index, keccak256(this.leaf(index)))
      levels[depthOf(index)]!.add(index)
    }
    for (let depth = parts.memory.depth; depth > 0; depth--)
      for (const index of levels[depth]!) levels[depth - 1]!.add(index >>> 1)
    for (let depth = parts.memory.depth - 1; depth >= 0; depth--)
      for (const index of levels[depth]!)
        if (partOf(index) === undefined)
          this.#nodes.set(index, hashNode(this.#node(2 * index), this.#node(2 * index + 1)))
    this.#dirty = new Set()
  }
}

/** The code tree of flat code, whose length is a multiple of 32 bytes. */
export class CodeTree {
  readonly #levels: Uint8Array[][]
  readonly #code: Uint8Array

  constructor(code: Uint8Array) {
    this.#code = code
    const leaves: Uint8Array[] = []
    for (let at = 0; at < code.length; at += LEAF_BYTES)
      leaves.push(keccak256(code.subarray(at, at + LEAF_BYTES)))
    this.#levels = [leaves]
    for (let height = 0; height < CODE_DEPTH; height++) {
      const below = this.#levels[height]!
      const level: Uint8Array[] = []
      for (let i = 0; i < below.length; i += 2)
        level.push(hashNode(below[i]!, below[i + 1] ?? zeroRoots[height]!))
      this.#levels.push(level)
    }
  }

  /** The 32 bytes of a leaf: two instructions. */
  leaf(leaf: number): Uint8Array {
    const at = leaf * LEAF_BYTES
    return at < this.#code.length ? this.#code.subarray(at, at + LEAF_BYTES) : ZERO_LEAF
  }

  root(): Uint8Array {
    return this.#levels[CODE_DEPTH]![0] ?? zeroRoots[CODE_DEPTH]!
  }

  /** Siblings of a leaf, from its own up. */
  siblings(leaf: number): Uint8Array[] {
    return Array.from({ length: CODE_DEPTH }, (_, height) => {
      const at = Math.floor(leaf / 2 ** height) ^ 1
      return this.#levels[height]![at] ?? zeroRoots[height]!
    })
  }
}

/** Root that a leaf or node with its siblings leads to; `index` is generalised. */
export function rootFrom(index: number, node: Uint8Array, siblings: readonly Uint8Array[]): Uint8Array {
  let at = index
  for (const sibling of siblings) {
    node = (at & 1) === 0 ? hashNode(node, sibling) : hashNode(sibling, node)
    at >>>= 1
  }
  return node
}
