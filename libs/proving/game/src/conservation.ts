import type { Game } from './game.js'

/**
 * What is wrong with the books of a game, or nothing: wei that came in = bonds and stakes held + pots + credits + burned + paid out, each counted from the
 * edges, assertions and tournaments themselves.
 */
export function bookkeepingProblem(game: Game): string | undefined {
  const { bonds } = game.parameters
  const { received, paidOut, burned, held, pots } = game.ledger
  let inPlay = 0n
  for (const edge of game.edges.values()) if (edge.stake === 'held') inPlay += bonds[edge.level]
  let inPots = 0n
  for (const { pot } of game.tournaments.values()) {
    if (pot < 0n) return `a pot holds ${pot} wei`
    inPots += pot
  }
  if (inPlay !== held) return `expected ${inPlay} wei of bonds and stakes, got ${held}`
  if (inPots !== pots) return `expected ${inPots} wei in pots, got ${pots}`
  const accounted = held + pots + game.ledger.credited() + burned + paidOut
  return accounted === received ? undefined : `expected ${received} wei, got ${accounted}`
}

/** Which of the rules for amounts (docs/spec/game.md, 6) the parameters break. */
export function parameterProblems({
  heights: [h0, h1, h2],
  bonds,
  rewards,
}: Game['parameters']): readonly string[] {
  const { assert, bisect, refine, prove } = rewards
  // At the place where a wrong commitment parts from the right one two edges can be refined free: the wrong one, and the right one with junk.
  const ofSteps = BigInt(h2) * bisect + prove
  const ofSpans = BigInt(h1) * bisect + refine + 2n * ofSteps
  const needed = [assert + BigInt(h0) * bisect + refine + 2n * ofSpans, ofSpans, ofSteps]
  return needed.flatMap((least, level) => {
    const bond = bonds[level]!
    const left = bond - (bond + 4n) / 5n
    return left >= least
      ? []
      : [`b${level}: expected at least ${least} wei after the fifth that is burned, got ${left}`]
  })
}
