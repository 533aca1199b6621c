import {
  hasRival,
  ownTime,
  timers,
  type Assertion,
  type Edge,
  type GameParameters,
  type GameView,
  type Hash,
  type Tournament,
} from '@animechain/proving-game'

/** Gas of each kind of move, at most, its transaction's part included. */
export interface GasCosts {
  assert: bigint
  bisect: bigint
  refine: bigint
  prove: bigint
  /** of one edge */
  update: bigint
  resolve: bigint
}

/** Upper bounds by the contracts' gas snapshot, at the heights 13, 20 and 20; the dearest step there is. */
export const gasCosts: GasCosts = {
  assert: 500_000n,
  bisect: 160_000n,
  refine: 450_000n,
  prove: 12_500_000n,
  update: 60_000n,
  resolve: 200_000n,
}

/** What may be paid for gas, wei. */
export interface FeeLimits {
  /** while there is time */
  normal: bigint
  /** when a wrong claim would be confirmed soon, or the right one be late */
  urgent: bigint
}

/** Gas that one wrong claim can make its opponent spend: down all levels, a proof, and the updates on the way back. */
export function gasOfDescent({ heights }: Pick<GameParameters, 'heights'>, costs: GasCosts): bigint {
  const edges = BigInt(heights[0] + heights[1] + heights[2])
  return edges * costs.bisect + 2n * costs.refine + costs.prove + (2n * edges + 3n) * costs.update
}

/**
 * What gas is reckoned at when it is decided whether a purse carries a dispute, wei: twice what L1 asks now, within the limits. To stay out is to leave the chain to
 * whoever lies, so a purse need not carry a whole dispute at the dearest fee: liars could keep it out with bonds that are a fraction of it.
 */
export function entryFee({ normal, urgent }: FeeLimits, feePerGas: bigint): bigint {
  const expected = 2n * feePerGas > normal ? 2n * feePerGas : normal
  return expected < urgent || urgent < normal ? expected : urgent
}

/**
 * What a tournament whose right claim is known may still cost, wei: for each wrong claim gas at a fee down to a proof, and a stake on both levels, and the
 * bond where nobody made the right claim yet. Own refinements are mostly free, but somebody else may have made the edge first that they are under.
 */
export function exposure(
  view: GameView,
  tournament: Tournament,
  right: Hash,
  { costs, fee }: { costs: GasCosts; fee: bigint },
): bigint {
  const isRival = ({ id, status }: Assertion): boolean => id !== right && status === 'open'
  const rivals = BigInt(view.assertions(tournament.id).filter(isRival).length)
  if (rivals === 0n || view.mutual(tournament.id)?.winner !== undefined) return 0n
  const [bond, ...stakes] = view.parameters.bonds
  const gas = rivals * gasOfDescent(view.parameters, costs) + costs.assert + costs.resolve
  return gas * fee + rivals * (stakes[0] + stakes[1]) + (view.edge(right) === undefined ? bond : 0n)
}

/** Whether the account has something at stake in a tournament already: it must be able to finish what it has begun. */
export function isEngaged(view: GameView, tournament: Tournament, account: string): boolean {
  return (
    view.assertions(tournament.id).some(({ asserter }) => asserter === account) ||
    view.roots(tournament.id).some((id) => view.edge(id)!.maker === account)
  )
}

/** Seconds until the timer of an edge reaches `target` if nobody moves; Infinity: it never would. */
export function timeUntil(
  view: Pick<GameView, 'now' | 'edge' | 'mutual' | 'refinements'>,
  edge: Edge,
  target: number,
): number {
  const own = ownTime(view, edge)
  if (edge.proven || own >= target) return 0
  const below = (id: Hash): number => timeUntil(view, view.edge(id)!, target - own)
  if (!hasRival(view, edge)) return target - own
  if (edge.lower !== undefined) return Math.max(below(edge.lower), below(edge.upper!))
  return Math.min(Infinity, ...view.refinements(edge.id).map(below))
}

/**
 * Seconds until the first wrong claim of the tournaments would be confirmed if nobody moved; Infinity: none would ever be.
 * @param right ids of the root edges of the right claims, by tournament
 */
export function slack(view: GameView, right: ReadonlyMap<Hash, Hash>): number {
  let least = Infinity
  for (const [tournament, own] of right) {
    if (view.mutual(tournament)?.winner !== undefined) continue
    for (const { id, status } of view.assertions(tournament))
      if (id !== own && status === 'open')
        least = Math.min(least, timeUntil(view, view.edge(id)!, view.parameters.period))
  }
  return least
}

/**
 * Seconds until a tournament has lost a whole period: time in which the right claim was not made yet, or in which its timer did not grow because its edges waited for
 * answers. No wrong claim and no wrong refinement has a longer timer than what was lost, and what was lost is how much later than a period after the tournament's
 * beginning the right claim is confirmed. Liars who do not move may hold it up as long as answers wait for cheaper gas. Infinity: nothing is played.
 * @param right ids of the root edges of the right claims, by tournament
 */
export function reserve(view: GameView, right: ReadonlyMap<Hash, Hash>): number {
  const timer = timers(view)
  let least = Infinity
  for (const [tournament, own] of right) {
    const mutual = view.mutual(tournament)
    if (mutual === undefined || mutual.winner !== undefined) continue
    const gained = view.edge(own) === undefined ? 0 : timer(own)
    least = Math.min(least, view.parameters.period - (view.now - mutual.firstAt - gained))
  }
  return least
}

/** What may be paid for gas with so much time left: the normal limit down to half a period, then more and more up to the urgent one at an eighth. */
export function feeCeiling({ normal, urgent }: FeeLimits, period: number, left: number): bigint {
  const [calm, late] = [period / 2, period / 8]
  if (left >= calm || urgent <= normal) return normal
  if (left <= late) return urgent
  const parts = 1_000n
  const share = BigInt(Math.round((Number(parts) * (calm - left)) / (calm - late)))
  return normal + ((urgent - normal) * share) / parts
}
