import type { Hash, HaltedState, Program } from './hashing.js'

/** Level of an edge: 0 blocks, 1 spans of steps, 2 steps. */
export type Level = 0 | 1 | 2

/** What is immutable on L1. Amounts in wei, times in seconds. */
export interface GameParameters {
  readonly gameType: number
  /** The challenge period P. */
  readonly period: number
  /** h0, h1, h2: depth of the commitments of each level. */
  readonly heights: readonly [number, number, number]
  /** b0, b1, b2: the bond of an assertion, the stakes of refinements to level 1 and 2. */
  readonly bonds: readonly [bigint, bigint, bigint]
  readonly rewards: {
    readonly assert: bigint
    readonly bisect: bigint
    readonly refine: bigint
    readonly prove: bigint
  }
  readonly interval: number
  readonly program: Program
  readonly rules: Hash
  readonly genesis: Hash
}

/** What the game is told by the inbox and by the prover. */
export interface GameWorld {
  /** The batches up to `index`: their accumulator and last block. Undefined while the inbox lacks it. */
  batch(index: number): { readonly acc: Hash; readonly lastBlock: number } | undefined
  /** The hash of the state after the one step from `before`. */
  step(before: Hash, place: StepPlace): Hash
}

/** Where a step stands: the number of the block, and the positions at the level of spans and of steps. */
export interface StepPlace {
  readonly block: number
  readonly span: number
  readonly step: number
}

/** Where the bond or stake of a root edge is; `none` is a free refinement, and every edge that is no root edge. */
export type Stake = 'none' | 'held' | 'returned' | 'slashed'

/** A claim that from an agreed state the states at a level run to the leaves under `root`. */
export interface Edge {
  readonly id: Hash
  readonly level: Level
  readonly height: number
  readonly position: number
  readonly root: Hash
  readonly mutual: Hash
  /** Root of the nearest left sibling on the way from the level's root edge, and its height. */
  readonly left: Hash | undefined
  readonly leftHeight: number
  /** The root edge of its level that it was first made under. */
  readonly top: Hash
  readonly tournament: Hash
  /** The edge of the level above that a root edge of level 1 or 2 refines. */
  readonly refines: Hash | undefined
  readonly lower: Hash | undefined
  readonly upper: Hash | undefined
  readonly proven: boolean
  /** T as it was last refreshed, seconds. */
  readonly time: number
  /** The greatest T that a refinement told. */
  readonly best: number
  readonly stake: Stake
  /** Whether its `top`'s maker has refined it without a stake. */
  readonly freeUsed: boolean
  /** Root edges without a stake that its own stake backs and that have not won. */
  readonly unconfirmed: number
  /** Who asserted or refined (root edges), bisected, proved. */
  readonly maker: string | undefined
  readonly bisector: string | undefined
  readonly prover: string | undefined
  readonly paid: { readonly made: boolean; readonly bisected: boolean; readonly proven: boolean }
}

/** What rivals share. */
export interface Mutual {
  readonly first: Hash
  readonly firstAt: number
  /** When the second edge with it was made; from then on all of them have rivals. */
  readonly secondAt: number | undefined
  /** The first root edge of it that was confirmed. */
  readonly winner: Hash | undefined
}

/** Rival assertions: the same parent and batch. */
export interface Tournament {
  readonly id: Hash
  /** The parent's root edge; undefined for genesis, and for a parent that was accepted in another type's game. */
  readonly parent: Hash | undefined
  readonly batchIndex: number
  readonly batchAcc: Hash
  readonly parentBlock: number
  readonly parentOutput: Hash
  /** The accepted assertion, for good: a snapshot of L1 shows it once it is final. */
  readonly accepted: Hash | undefined
  /** When an assertion was accepted, or the parent found rejected. */
  readonly decidedAt: number | undefined
  readonly pot: bigint
  readonly closed: boolean
}

/** An assertion. */
export interface Assertion {
  /** The id of its root edge. On L1 it is a contract; a snapshot names it by its root edge too. */
  readonly id: Hash
  readonly tournament: Hash
  readonly output: Hash
  readonly block: number
  readonly asserter: string
  readonly status: 'open' | 'accepted' | 'rejected'
}

/** The state before an edge: the last leaf of its nearest left sibling, and the siblings of that leaf. */
export interface Before {
  readonly leaf: Hash
  readonly siblings: readonly Hash[]
}

/** What can be done. `from` is `msg.sender`, `value` is in wei. */
export type Action =
  | {
      readonly type: 'assert'
      readonly from: string
      readonly parent: Hash | undefined
      readonly root: Hash
      readonly output: Hash
      readonly siblings: readonly Hash[]
      readonly value: bigint
    }
  | {
      readonly type: 'bisect'
      readonly from: string
      readonly edge: Hash
      readonly left: Hash
      readonly right: Hash
    }
  | {
      readonly type: 'refine'
      readonly from: string
      readonly edge: Hash
      readonly root: Hash
      readonly siblings: readonly Hash[]
      /** Level 1: opens the last leaf. */
      readonly halted: HaltedState | undefined
      readonly before: Before | undefined
      /** Added to the sender's credit, from which the stake is taken. */
      readonly value: bigint
    }
  | {
      readonly type: 'prove'
      readonly from: string
      readonly edge: Hash
      readonly before: Before | undefined
    }
  | { readonly type: 'update'; readonly from: string; readonly edges: readonly Hash[] }
  | { readonly type: 'resolve'; readonly from: string; readonly assertion: Hash }
  | { readonly type: 'slash'; readonly from: string; readonly edge: Hash }
  | { readonly type: 'claimStake'; readonly from: string; readonly edge: Hash }
  | { readonly type: 'reward'; readonly from: string; readonly path: readonly Hash[] }
  | { readonly type: 'claimCredit'; readonly from: string; readonly account: string }
  | { readonly type: 'close'; readonly from: string; readonly tournament: Hash }

/** Why an action was refused: on L1 it reverts. */
export type Refusal =
  | 'value'
  | 'no such edge'
  | 'no such assertion'
  | 'no such tournament'
  | 'parent rejected'
  | 'no such batch'
  | 'claimed'
  | 'last leaf'
  | 'closed'
  | 'height'
  | 'no rival'
  | 'halves'
  | 'state before'
  | 'step'
  | 'parent undecided'
  | 'undecided'
  | 'resolved'
  | 'no stake'
  | 'not refuted'
  | 'stake in play'
  | 'path'
  | 'no credit'
  | 'too early'

/** `nothing`: it was done before, or its level is closed; nothing changed but the credit for what was sent along. */
export type Outcome =
  | { readonly status: 'done' }
  | { readonly status: 'nothing' }
  | { readonly status: 'refused'; readonly reason: Refusal }

/** What decisions are made from. The model offers it, and so does a snapshot read from L1. */
export interface GameView {
  readonly now: number
  readonly parameters: GameParameters
  edge(id: Hash): Edge | undefined
  mutual(id: Hash): Mutual | undefined
  /** Root edges of the next level that refine an edge. */
  refinements(id: Hash): readonly Hash[]
  tournament(id: Hash): Tournament | undefined
  /** All assertions of a tournament, in the order of their making. */
  assertions(tournament: Hash): readonly Assertion[]
  /** The root edges of level 1 and 2 of a tournament. */
  roots(tournament: Hash): readonly Hash[]
  credit(account: string): bigint
}
