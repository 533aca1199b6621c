import type { Metrics } from '@animechain/core'
import type { Move } from '@animechain/proving-game'
import type { MoveResult } from './access.js'

const MOVES = Object.keys({
  assert: true,
  bisect: true,
  refine: true,
  prove: true,
  update: true,
  resolve: true,
  slash: true,
  claimStake: true,
  reward: true,
  claimCredit: true,
} satisfies Record<Move['type'], true>)
const RESULTS = Object.keys({
  made: true,
  refused: true,
  feeTooHigh: true,
  failed: true,
} satisfies Record<MoveResult['status'], true>)

/** What the player measures. */
export function meters(metrics: Metrics) {
  const moves = metrics.counter({
    name: 'dispute_moves_total',
    help: 'Moves sent to the dispute game, by kind and by what became of them.',
    labels: ['move', 'result'],
  })
  // From zero: most programs never make most moves, and a rate needs a first value.
  for (const move of MOVES) for (const result of RESULTS) moves.inc(0, { move, result })
  return {
    moves,
    disputed: metrics.gauge({
      name: 'dispute_tournaments',
      help: 'Undecided tournaments in which wrong claims stand.',
    }),
    wrong: metrics.gauge({
      name: 'dispute_wrong_claims',
      help: 'Undecided claims that own execution contradicts.',
    }),
    slack: metrics.gauge({
      name: 'dispute_slack_seconds',
      help: 'Time until the first wrong claim would be confirmed if nobody moved; the challenge period where none would be.',
    }),
    purse: metrics.gauge({
      name: 'dispute_purse_ether',
      help: 'Ether of the account that plays.',
    }),
    needed: metrics.gauge({
      name: 'dispute_purse_needed_ether',
      help: 'Ether that the disputes under way may still ask for, at the dearest fee. Above the purse: act.',
    }),
    computing: metrics.histogram({
      name: 'dispute_compute_seconds',
      help: 'Time to run a disputed block and commit to its states, by level.',
      labels: ['level'],
      buckets: [0.1, 0.5, 1, 5, 15, 60, 300, 1_800],
    }),
  }
}

export type Meters = ReturnType<typeof meters>
