import { equalBytes, InvalidInputError } from '@animechain/core'
import { defaultCrypto, type VaultCrypto } from './crypto.js'
import { PIECE_BYTES } from './layout.js'

/** Bytes of a hash. */
export const HASH_BYTES = 32

/**
 * Hashing for the trees of one implementation of cryptography. The prefixes stand in buffers that are used again: nothing but the hashes is
 * allocated.
 */
export interface TreeHash {
  /** `H("")`: the root of a tree without leaves, and of an empty unit */
  readonly empty: Uint8Array
  /** `H(0x00 ‖ data)`; data of at most {@link PIECE_BYTES} */
  leaf(data: Uint8Array): Uint8Array
  /** `H(0x01 ‖ left ‖ right)` */
  node(left: Uint8Array, right: Uint8Array): Uint8Array
}

const hashes = new WeakMap<VaultCrypto, TreeHash>()

/** The hashing of trees. */
export function treeHash(crypto: VaultCrypto = defaultCrypto): TreeHash {
  let hash = hashes.get(crypto)
  if (!hash) hashes.set(crypto, (hash = newTreeHash(crypto)))
  return hash
}

function newTreeHash({ sha256 }: VaultCrypto): TreeHash {
  const leaf = new Uint8Array(1 + PIECE_BYTES)
  const node = new Uint8Array(1 + 2 * HASH_BYTES)
  node[0] = 1
  return {
    empty: sha256(new Uint8Array(0)),
    leaf(data) {
      if (data.length > PIECE_BYTES)
        throw new InvalidInputError('leaf', `at most ${PIECE_BYTES} bytes`, data.length)
      leaf.set(data, 1)
      return sha256(data.length === PIECE_BYTES ? leaf : leaf.subarray(0, 1 + data.length))
    },
    node(left, right) {
      node.set(left, 1)
      node.set(right, 1 + HASH_BYTES)
      return sha256(node)
    },
  }
}

/** Builds a root leaf by leaf, with memory for one hash a level. */
export class TreeBuilder {
  private readonly stack: { hash: Uint8Array; height: number }[] = []
  private leaves = 0

  constructor(private readonly hash: TreeHash = treeHash()) {}

  /** Leaves so far. */
  get count(): number {
    return this.leaves
  }

  /** Adds the next leaf: its bytes. */
  add(data: Uint8Array): void {
    this.addHash(this.hash.leaf(data))
  }

  /** Adds the next leaf: its hash, `H(0x00 ‖ data)`. */
  addHash(leaf: Uint8Array): void {
    let hash = leaf
    let height = 0
    for (let top = this.stack.at(-1); top?.height === height; top = this.stack.at(-1)) {
      this.stack.pop()
      hash = this.hash.node(top.hash, hash)
      height++
    }
    this.stack.push({ hash, height })
    this.leaves++
  }

  /** Root over the leaves so far; more may follow. */
  root(): Uint8Array {
    let root = this.stack.at(-1)?.hash ?? this.hash.empty
    for (let i = this.stack.length - 2; i >= 0; i--) root = this.hash.node(this.stack[i]!.hash, root)
    return root
  }
}

/** Pieces of a unit: the leaves of its tree. */
export function* piecesOfUnit(unit: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < unit.length; at += PIECE_BYTES) yield unit.subarray(at, at + PIECE_BYTES)
}

/** Root of a unit: `T` over its pieces of 4,096 bytes; `H("")` where it is empty. docs/spec/vault.md 2.4 */
export function unitRoot(unit: Uint8Array, crypto: VaultCrypto = defaultCrypto): Uint8Array {
  if (crypto.unitRoot) return crypto.unitRoot(unit)
  const builder = new TreeBuilder(treeHash(crypto))
  for (const piece of piecesOfUnit(unit)) builder.add(piece)
  return builder.root()
}

/** A whole tree in memory: 64 bytes for each leaf. */
export interface HashTree {
  readonly root: Uint8Array
  readonly count: number
  /** Hashes from the leaf up, which with the leaf give the root. */
  path(index: number): Uint8Array[]
}

/**
 * A tree over leaves, given by their hashes (`treeHash().leaf(data)`).
 * For one over the roots of units give `roots.map((root) => treeHash().leaf(root))`.
 */
export function hashTree(leafHashes: readonly Uint8Array[], hash: TreeHash = treeHash()): HashTree {
  const levels: (readonly Uint8Array[])[] = [leafHashes]
  // A node without a neighbour moves up as it is: the same shape as splitting at powers of two.
  for (let level = leafHashes; level.length > 1;) {
    const next: Uint8Array[] = []
    for (let i = 0; i < level.length; i += 2)
      next.push(i + 1 < level.length ? hash.node(level[i]!, level[i + 1]!) : level[i]!)
    levels.push(next)
    level = next
  }
  return {
    root: levels.at(-1)![0] ?? hash.empty,
    count: leafHashes.length,
    path(index) {
      if (!Number.isInteger(index) || index < 0 || index >= leafHashes.length)
        throw new InvalidInputError('leaf', `an index below ${leafHashes.length}`, index)
      const path: Uint8Array[] = []
      for (let level = 0, at = index; level < levels.length - 1; level++, at >>>= 1) {
        const neighbour = levels[level]![at ^ 1]
        if (neighbour) path.push(neighbour)
      }
      return path
    },
  }
}

/** The tree over the roots of units: of a shard, or of all chunks. */
export const rootsTree = (roots: readonly Uint8Array[], crypto: VaultCrypto = defaultCrypto): HashTree => {
  const hash = treeHash(crypto)
  return hashTree(
    roots.map((root) => hash.leaf(root)),
    hash,
  )
}

/** The tree of a unit. */
export const unitTree = (unit: Uint8Array, crypto: VaultCrypto = defaultCrypto): HashTree => {
  const hash = treeHash(crypto)
  return hashTree(
    [...piecesOfUnit(unit)].map((piece) => hash.leaf(piece)),
    hash,
  )
}

/** A leaf that should be in a tree. */
export interface Inclusion {
  root: Uint8Array
  /** the leaf's bytes */
  leaf: Uint8Array
  index: number
  /** leaves of the tree */
  count: number
  path: readonly Uint8Array[]
}

/** Whether a leaf is in a tree. Strict: a path that is longer or shorter than that leaf's is none. Never throws. RFC 9162 2.1.3.2 */
export function verifyInclusion(
  { root, leaf, index, count, path }: Inclusion,
  crypto: VaultCrypto = defaultCrypto,
): boolean {
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(count) || index < 0 || index >= count)
    return false
  if (leaf.length > PIECE_BYTES || path.length > 53 || path.some((each) => each.length !== HASH_BYTES))
    return false
  const hash = treeHash(crypto)
  let node = hash.leaf(leaf)
  let at = 0
  for (let position = index, last = count - 1; last > 0;) {
    if (position % 2 === 1) {
      if (at === path.length) return false
      node = hash.node(path[at++]!, node)
    } else if (position < last) {
      if (at === path.length) return false
      node = hash.node(node, path[at++]!)
    }
    position = Math.floor(position / 2)
    last = Math.floor(last / 2)
  }
  return at === path.length && equalBytes(node, root)
}
