import type { Metrics } from '@animechain/core'

const duties = ['attest', 'alarm', 'observe', 'evidence', 'settle', 'diligence', 'drill', 'claim'] as const

/** What a verifier does, as metrics and the health report name it. */
export type DutyName = (typeof duties)[number]

/** Counts what was done and what failed, of some duties. */
export function dutyMeters(metrics: Metrics, names: readonly DutyName[]) {
  const done = metrics.counter({
    name: 'verifier_duties_total',
    help: 'Duties of the verifier network that were done.',
    labels: ['duty'],
  })
  const failed = metrics.counter({
    name: 'verifier_duty_failures_total',
    help: 'Duties of the verifier network that failed, and are tried again.',
    labels: ['duty'],
  })
  for (const duty of names) {
    done.inc(0, { duty })
    // A series that begins with its first failure would not show it as an increase.
    failed.inc(0, { duty })
  }
  const counts: Partial<Record<DutyName, number>> = {}
  return {
    /** duties that were done in this run */
    counts,
    done(duty: DutyName): void {
      counts[duty] = (counts[duty] ?? 0) + 1
      done.inc(1, { duty })
    },
    failed: (duty: DutyName) => failed.inc(1, { duty }),
  }
}

export type DutyMeters = ReturnType<typeof dutyMeters>

/** What a verifier counts. */
export function verifierMeters(metrics: Metrics) {
  const missedTotal = metrics.counter({
    name: 'verifier_duties_missed_total',
    help: 'Draws that were not answered in time, and epochs without a check-in.',
  })
  const frozen = metrics.gauge({
    name: 'verifier_signing_stopped',
    help: 'Whether nothing new is signed, because the log of signatures is not the newest: 1 or 0.',
  })
  frozen.set(0)
  let missed = 0
  return {
    ...dutyMeters(metrics, duties),
    missed(): void {
      missed++
      missedTotal.inc()
    },
    /** draws and check-ins that were missed in this run */
    missedCount: () => missed,
    stake: metrics.gauge({ name: 'verifier_stake_ether', help: 'Ether that the member has at stake.' }),
    weight: metrics.gauge({
      name: 'verifier_weight_ratio',
      help: "The key's part of all weight in this epoch, 0 to 1.",
    }),
    credit: metrics.gauge({
      name: 'verifier_credit_ether',
      help: 'Ether that waits for the member on L1: fees, rewards.',
    }),
    open: metrics.gauge({
      name: 'verifier_assertions_open',
      help: 'Assertions that L1 has finalised and whose duty is not done.',
    }),
    frozen,
    ballots: metrics.gauge({
      name: 'verifier_ballots',
      help: 'Attestations of all members that are known.',
    }),
  }
}

export type VerifierMeters = ReturnType<typeof verifierMeters>
