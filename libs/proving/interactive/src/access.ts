import type { Address, Hash } from '@animechain/core'
import type { GameView, Tournament } from '@animechain/proving-game'
import type { MachineState } from '@animechain/proving-machine'
import type { LeafEvidence } from './knowledge.js'

/** A move with all that it has to show. */
export type PreparedMove =
  | {
      readonly type: 'assert'
      readonly tournament: Tournament
      readonly root: Hash
      readonly output: Hash
      /** of the last leaf of `root` */
      readonly siblings: readonly Hash[]
      /** the bond, wei */
      readonly value: bigint
    }
  | { readonly type: 'bisect'; readonly edge: Hash; readonly left: Hash; readonly right: Hash }
  | {
      readonly type: 'refine'
      readonly edge: Hash
      readonly leaf: LeafEvidence
      readonly root: Hash
      /** of the last leaf of `root` */
      readonly siblings: readonly Hash[]
      /** Level 1: the last leaf, opened. */
      readonly halted: MachineState | undefined
      /** the stake, wei; 0 in one's own tree */
      readonly value: bigint
    }
  | {
      readonly type: 'prove'
      readonly edge: Hash
      readonly leaf: LeafEvidence
      readonly state: MachineState
      readonly proof: readonly Hash[]
      readonly data: Uint8Array
    }
  | { readonly type: 'update'; readonly edges: readonly Hash[] }
  | { readonly type: 'resolve'; readonly assertion: Hash }
  | { readonly type: 'slash'; readonly edge: Hash }
  | { readonly type: 'claimStake'; readonly edge: Hash }
  | { readonly type: 'reward'; readonly path: readonly Hash[] }
  | { readonly type: 'claimCredit' }

/** What became of a move. `refused` has cost nothing, but for a transaction that reverted when it was mined. */
export type MoveResult =
  | { readonly status: 'made' }
  | { readonly status: 'refused'; readonly reason: string }
  | { readonly status: 'feeTooHigh' }
  | { readonly status: 'failed'; readonly error: Error }

/** The game as one block of L1 has it. */
export interface Sight {
  readonly view: GameView
  /** Tournaments in which something may still be to do, each after the one it continues. */
  readonly tournaments: readonly Hash[]
  /** Tournaments in which nothing can be to do any more, whatever L1 takes back. */
  readonly finished: readonly Hash[]
  /** How often L1 has taken back what was seen before. */
  readonly generation: number
  /** What the account can spend, wei: its ether. */
  readonly purse: bigint
  /** What L1 asks for gas now, wei. */
  readonly feePerGas: bigint
}

/** Where the game is played: L1, or the model of it. */
export interface GameAccess {
  readonly account: Address | string
  /** A consistent view that shows everything that `play` has reported as made. @throws {InteractiveError} `PROVING_L1_REORGED` */
  look(signal?: AbortSignal): Promise<Sight>
  /** Makes moves in their order, several at once where that can be; answers for each. */
  play(
    moves: readonly PreparedMove[],
    options: { maxFeePerGas: bigint; signal?: AbortSignal | undefined },
  ): Promise<readonly MoveResult[]>
}
