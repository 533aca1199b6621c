import { hexToBytes, keccak256Hex } from '@animechain/core'

/** A word of 32 bytes, or under {@link symbolicHashing} a short name for one. */
export type Hash = `0x${string}`

/**
 * The hashes of the game. Its rules need nothing of them but that different content has different hashes, so that checks may use names in place of keccak256.
 */
export interface Hashing {
  /** `H` of words, joined. */
  hash(...words: (Hash | number | string)[]): Hash
}

const word = (value: Hash | number | string): string => {
  if (typeof value === 'number') return value.toString(16).padStart(64, '0')
  if (value.startsWith('0x')) return value.slice(2).padStart(64, '0')
  return [...value]
    .map((character) => character.charCodeAt(0).toString(16).padStart(2, '0'))
    .join('')
    .padEnd(64, '0')
}

/** keccak256 as L1 does it: a number or an address is padded on the left, a tag (ASCII, at most 32 characters) on the right. */
export const keccakHashing = (): Hashing => ({
  hash: (...words) => keccak256Hex(hexToBytes(`0x${words.map(word).join('')}`)),
})

/** Numbers in the order of first use. Equal runs give equal names. */
export function symbolicHashing(): Hashing {
  const names = new Map<string, Hash>()
  return {
    hash: (...words) => {
      const content = words.join(' ')
      let name = names.get(content)
      if (name === undefined) {
        name = `0x${(names.size + 1).toString(16)}`
        names.set(content, name)
      }
      return name
    },
  }
}

/** The node above two. */
export const pair = (hashing: Hashing, left: Hash, right: Hash): Hash => hashing.hash(left, right)

/** Identifier of an edge. */
export const edgeId = (hashing: Hashing, mutual: Hash, root: Hash): Hash => hashing.hash(mutual, root)

/**
 * What rivals of a first claim have in common: the tournament. `parent` is the address of the parent's game, zero for genesis; `retirement` the time before which
 * games are retired, so that what was retired can be claimed anew.
 */
export const tournamentId = (
  hashing: Hashing,
  gameType: number,
  parent: Hash,
  batchIndex: number,
  retirement = 0,
): Hash => hashing.hash('animechain tournament 1', gameType, parent, batchIndex, retirement)

/** `mutual` of the lower child of an edge. */
export const lowerMutual = (hashing: Hashing, mutual: Hash): Hash => hashing.hash(mutual, 1)

/** `mutual` of the upper child of an edge; it binds what is to its left. */
export const upperMutual = (hashing: Hashing, mutual: Hash, left: Hash): Hash => hashing.hash(mutual, 2, left)

/** `mutual` of the root edges of the level below an edge of height 0. */
export const refinedMutual = (hashing: Hashing, mutual: Hash): Hash => hashing.hash(mutual, 3)

/** Root of a tree whose last leaf is `leaf`, with the siblings on the way up from it. */
export const rootFromLast = (hashing: Hashing, leaf: Hash, siblings: readonly Hash[]): Hash =>
  siblings.reduce((node, sibling) => pair(hashing, sibling, node), leaf)

/** The fields of a machine's state that a refinement of level 1 opens; status is halted, the rest follows from the place. */
export interface HaltedState {
  readonly pc: number
  readonly sp: number
  readonly fp: number
  readonly pages: number
  readonly ramRoot: Hash
}

/** The program that is proven. */
export interface Program {
  readonly codeRoot: Hash
  readonly ramRoot: Hash
  readonly pages: number
}

const STATE_TAG = 'animechain state 1'
const NO_OUTPUT: Hash = `0x${'0'.repeat(64)}`

/** Hash of the program's inputs: the output root before the block, the accumulator of the batches, the block's number, the hash of the rules. */
export const inputsHash = (
  hashing: Hashing,
  before: Hash,
  batchAcc: Hash,
  block: number,
  rules: Hash,
): Hash => hashing.hash(before, batchAcc, block, rules)

/** Hash of the machine's state before its first step. */
export const firstState = (hashing: Hashing, program: Program, inputs: Hash): Hash =>
  hashing.hash(STATE_TAG, 0, 0, 0, 0, program.pages, program.codeRoot, program.ramRoot, inputs, NO_OUTPUT)

/** Hash of a halted state with the given output. */
export const haltedState = (
  hashing: Hashing,
  program: Program,
  inputs: Hash,
  output: Hash,
  { pc, sp, fp, pages, ramRoot }: HaltedState,
): Hash => hashing.hash(STATE_TAG, 1, pc, sp, fp, pages, program.codeRoot, ramRoot, inputs, output)
