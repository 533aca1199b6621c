import { BaseError, bytesToHex, type Hash } from '@animechain/core'
import {
  checkStep,
  opNames,
  stateHash,
  type Commitment,
  type L1Checks,
  type Program,
  type StepWitness,
} from '@animechain/proving-machine'
import type { Heights, Player } from './player.js'

export type Log = (line: string) => void

/** One player's last word: the step that is in dispute. */
export interface LastMove {
  witness: StepWitness
  /** hash of the state after the step that the player committed to */
  claimed: Hash
  /** that which L1 computes from the witness; undefined when it refuses it */
  checked: Hash | undefined
}

/** Where a dispute ended. */
export interface Verdict {
  /** number of the block, and how many steps of its run both agree on */
  block: number
  step: number
  honest: LastMove
  liar: LastMove
}

const short = (hash: Hash) => `${hash.slice(0, 10)}…`

/** Bisects two commitments of which the last leaves differ, down to the first leaf at which they do. */
function bisect([right, wrong]: readonly [Commitment, Commitment], log: Log): number {
  let index = 0
  for (let height = right.height; height > 0; height--) {
    const [ours, theirs] = [right, wrong].map((tree) => bytesToHex(tree.node(height - 1, 2 * index))) as [
      Hash,
      Hash,
    ]
    const same = ours === theirs
    index = 2 * index + (same ? 1 : 0)
    const halves = same ? `${short(ours)} both` : `${short(ours)} and ${short(theirs)}`
    log(`  bisect at height ${height}: lower half ${halves}; on with the ${same ? 'upper' : 'lower'}`)
  }
  return index
}

/** Has L1 check a step: what it says comes next, or nothing when the witness does not fit. */
function check(witness: StepWitness, l1: L1Checks): Hash | undefined {
  try {
    return stateHash(checkStep(witness, l1))
  } catch (error) {
    if (error instanceof BaseError && error.code === 'PROVING_INVALID_WITNESS') return undefined
    throw error
  }
}

/**
 * Plays a dispute to its end: bisects the blocks, refines the first one that differs to the spans of its run and the first span that differs to its steps, and checks the
 * step that is left. These are the moves of the contracts; clocks, stakes and rivals beyond the two are theirs alone.
 * @param l1 what L1 computes by itself
 * @throws {RangeError} when both claim the same
 */
export async function dispute(
  players: readonly [honest: Player, liar: Player],
  { program, heights, l1 }: { program: Program; heights: Heights; l1: L1Checks },
  log: Log,
): Promise<Verdict> {
  const [honest, liar] = players
  /** Plays a level: shows both commitments and finds the first leaf at which they part. */
  const level = (commitments: readonly [Commitment, Commitment]): number => {
    players.forEach(({ name }, i) => log(`  ${name}: ${commitments[i]!.root}`))
    return bisect(commitments, log)
  }
  if (honest.history.root === liar.history.root) throw new RangeError('expected two claims, got one twice')

  log('Assertions of the batch, by commitments to its blocks:')
  const block = honest.firstBlock + level([honest.history, liar.history])

  log(
    `Block ${block}, refined to the spans of its run, which must end halted with the output that was claimed:`,
  )
  const runs = [await honest.spans(block), await liar.spans(block)] as const
  players.forEach(({ name }, i) => log(`  ${name}: output ${runs[i]!.end.output}`))
  const span = level([runs[0].commitment, runs[1].commitment])

  const first = span * 2 ** heights.steps
  log(`Span ${span}, refined to its steps, ${first} to ${first + 2 ** heights.steps - 1}:`)
  const steps = [await honest.steps(block, span), await liar.steps(block, span)] as const
  const place = level(steps)

  const step = first + place
  const moves = await Promise.all(
    players.map(async (player, i): Promise<LastMove> => {
      const witness = await player.witness(block, step)
      return { witness, claimed: steps[i]!.leaf(place), checked: check(witness, l1) }
    }),
  )
  const { state } = moves[0]!.witness
  const name = opNames[program.code[16 * state.pc]!]
  log(`Step ${step}: ${name} at ${state.pc}, from the state ${stateHash(state)}. The state after it:`)
  moves.forEach(({ claimed, checked }, i) =>
    log(`  ${players[i]!.name}: ${claimed}; by checkStep: ${checked ?? 'the witness is refused'}`),
  )
  return { block, step, honest: moves[0]!, liar: moves[1]! }
}
