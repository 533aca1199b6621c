import { bytesToHex, InvalidInputError, type Hash } from '@animechain/core'
import { hashNode } from '../tree.js'

const WORD = 32
/** Nodes of this height and above are kept, so that any other takes at most 2^8 hashes. */
const KEPT = 8
/** 2^28 leaves are 8 GiB, more than anybody keeps. */
const MAX_HEIGHT = 28

/**
 * A Merkle tree over hashes of which all from some place on are one value: what runs of the machine come to after each of their strides
 * (docs/spec/machine.md, section 8), or any other history that ends. Memory and time go with the leaves before the tail, not with the tree.
 */
export class Commitment {
  /** The tree has 2^height leaves. */
  readonly height: number
  readonly #leaves: Uint8Array
  /** leaves in #leaves */
  readonly #count: number
  /** roots of trees of nothing but the tail, by height */
  readonly #tails: Uint8Array[]
  /** nodes by height, from KEPT on, as far as leaves of #leaves are below */
  readonly #kept: Uint8Array[][] = []

  /**
   * @param height 0 to 28
   * @param leaves hashes of 32 bytes, joined: at least one, at most 2^height. The last one stands for all that follow.
   */
  constructor(height: number, leaves: Uint8Array) {
    const count = leaves.length / WORD
    if (!Number.isInteger(height) || height < 0 || height > MAX_HEIGHT)
      throw new InvalidInputError('height of a commitment', `an integer from 0 to ${MAX_HEIGHT}`, height)
    if (!Number.isInteger(count) || count < 1 || count > 2 ** height)
      throw new InvalidInputError(
        'leaves of a commitment',
        `1 to ${2 ** height} hashes of ${WORD} bytes`,
        `${leaves.length} bytes`,
      )
    this.height = height
    this.#leaves = leaves
    this.#count = count
    this.#tails = [leaves.slice(-WORD)]
    for (let h = 1; h <= height; h++) this.#tails.push(hashNode(this.#tails[h - 1]!, this.#tails[h - 1]!))
    for (let h = KEPT; h <= height; h++) {
      const nodes = Math.ceil(count / 2 ** h)
      this.#kept[h] = Array.from({ length: nodes }, (_, i) => this.#compute(h, i))
    }
  }

  /** Leaves that are held: all others are as the last of them. */
  get distinct(): number {
    return this.#count
  }

  /** The leaves that are held, joined, as the constructor takes them: to keep or to hand them over. Not to be changed. */
  get leaves(): Uint8Array {
    return this.#leaves
  }

  get root(): Hash {
    return bytesToHex(this.node(this.height, 0))
  }

  leaf(index: number): Hash {
    return bytesToHex(this.node(0, index))
  }

  /** Root of the 2^height leaves from `index` · 2^height on, 32 bytes; not to be changed. */
  node(height: number, index: number): Uint8Array {
    this.#check(height, index)
    return this.#node(height, index)
  }

  /**
   * Siblings of a node, from its own up to the child of the root of the 2^`top` leaves around it. `top`: by default the whole tree.
   */
  siblings(height: number, index: number, { top = this.height }: { top?: number } = {}): Uint8Array[] {
    this.#check(height, index)
    if (!Number.isInteger(top) || top < height || top > this.height)
      throw new InvalidInputError('top of a path', `an integer from ${height} to ${this.height}`, top)
    return Array.from({ length: top - height }, (_, i) =>
      this.#node(height + i, Math.floor(index / 2 ** i) ^ 1),
    )
  }

  #check(height: number, index: number): void {
    if (!Number.isInteger(height) || height < 0 || height > this.height)
      throw new InvalidInputError('height of a node', `an integer from 0 to ${this.height}`, height)
    const nodes = 2 ** (this.height - height)
    if (!Number.isInteger(index) || index < 0 || index >= nodes)
      throw new InvalidInputError('index of a node', `an integer from 0 to ${nodes - 1}`, index)
  }

  #node(height: number, index: number): Uint8Array {
    return this.#kept[height]?.[index] ?? this.#compute(height, index)
  }

  #compute(height: number, index: number): Uint8Array {
    // The last of the leaves that are held is the tail itself.
    if (index * 2 ** height >= this.#count - 1) return this.#tails[height]!
    if (height === 0) return this.#leaves.subarray(index * WORD, (index + 1) * WORD)
    return hashNode(this.#node(height - 1, 2 * index), this.#node(height - 1, 2 * index + 1))
  }
}
