import type { Metrics } from '@animechain/core'

/** What the player measures. */
export function meters(metrics: Metrics) {
  return {
    moves: metrics.counter({
      name: 'dispute_moves_total',
      help: 'Moves sent to the dispute game, by kind and by what became of them.',
      labels: ['move', 'result'],
    }),
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
