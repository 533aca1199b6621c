import type { Hash } from '@animechain/core'
import type { Assertion, Edge, GameParameters, GameView, Mutual, Tournament } from '@animechain/proving-game'
import type { RecordedTournament, TreeRecord } from './treeRecord.js'

/** What of a tournament is asked of L1 besides the events, once its decision is final. */
export interface Settled {
  /** wei that rewards are paid from */
  pot: bigint
  /** Rewards that were paid, by edge. */
  paid: ReadonlyMap<Hash, Edge['paid']>
}

/** The game at one block of L1, as the decider looks at it. */
export function treeView(
  record: TreeRecord,
  {
    now,
    parameters,
    settled,
    credit,
    account,
  }: {
    now: number
    parameters: GameParameters
    settled: ReadonlyMap<Hash, Settled>
    /** wei */
    credit: bigint
    account: string
  },
): GameView {
  const paidOf = new Map<Hash, Edge['paid']>()
  for (const { paid } of settled.values()) for (const [id, what] of paid) paidOf.set(id, what)
  return {
    now,
    parameters,
    edge(id): Edge | undefined {
      const edge = record.edges.get(id)
      const paid = paidOf.get(id)
      return edge && paid ? { ...edge, paid } : edge
    },
    mutual: (id): Mutual | undefined => record.mutuals.get(id),
    refinements: (id) => record.refining.get(id) ?? [],
    tournament(id): Tournament | undefined {
      const tournament = record.tournaments.get(id)
      return tournament && tournamentOf(record, tournament, settled.get(id))
    },
    assertions: (id): Assertion[] =>
      (record.tournaments.get(id)?.claims ?? []).map((claim) => {
        const { output, lastBlock, asserter, status, barred } = record.claims.get(claim)!
        return {
          ...{ id: claim, tournament: id, output, asserter },
          ...{ block: lastBlock, status: barred && status === 'accepted' ? 'rejected' : status },
        }
      }),
    roots: (id) => record.tournaments.get(id)?.roots ?? [],
    credit: (of) => (of === account ? credit : 0n),
  }
}

function tournamentOf(
  record: TreeRecord,
  { id, claims, decidedAt, accepted, closed }: RecordedTournament,
  settled: Settled | undefined,
): Tournament {
  const { batchIndex, batchAcc, parent, parentBlock, parentOutput } = record.claims.get(claims[0]!)!
  return {
    ...{ id, batchIndex, batchAcc, parentBlock, parentOutput, decidedAt, closed },
    // Before it is final the owner may still bar it: nobody loses by it yet, and nothing is paid.
    accepted: settled && accepted,
    // A parent of another type of game was accepted before: it stands as genesis does.
    parent: record.claimOf.get(parent),
    pot: settled?.pot ?? 0n,
  }
}

/**
 * Tournaments in which something may still be to do, or be to do again, each after the one it continues; and those that are over for good: nothing is to do, and
 * nothing has happened in them that L1 could still take back.
 */
export function standing(
  record: TreeRecord,
  { now, period, final }: { now: number; period: number; final: bigint },
): { live: Hash[]; finished: Hash[] } {
  const live: Hash[] = []
  const finished: Hash[] = []
  for (const tournament of record.tournaments.values())
    (tournament.changedAt <= final && isFinished(record, tournament, now, period) ? finished : live).push(
      tournament.id,
    )
  return { live, finished }
}

/** Pots are closed four periods after a decision, and everything else is done before. Without a rival there was nothing to do but to accept. */
function isFinished(
  record: TreeRecord,
  { claims, roots, decidedAt }: RecordedTournament,
  now: number,
  period: number,
): boolean {
  if (decidedAt === undefined) return false
  const all = claims.map((id) => record.claims.get(id)!)
  const isSettled =
    all.every(({ status }) => status !== 'open') &&
    [...claims, ...roots].every((id) => record.edges.get(id)!.stake !== 'held')
  return isSettled && (claims.length === 1 || now > decidedAt + 4 * period)
}
