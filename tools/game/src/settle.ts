import type { Edge, Hash } from '@animechain/proving-game'
import { HONEST, Violation, type Match } from './match.js'

/**
 * The end of a match after acceptance: the liars take what they can first, then the honest player what is its own, up to 4P later. Checks that it was paid for
 * each move that counted and has all its stakes back, and that everybody can be paid. @throws Violation
 */
export function settle(match: Match): void {
  const { game } = match
  const { period } = game.parameters
  for (const time of [0, 1, period, 3 * period, 4 * period]) {
    game.now += time
    takeAll(match)
    for (let moves = match.decide(); moves.length > 0; moves = match.decide()) {
      const before = game.ledger.received - game.ledger.paidOut - game.ledger.held - game.ledger.pots
      match.play(moves)
      const after = game.ledger.received - game.ledger.paidOut - game.ledger.held - game.ledger.pots
      if (before === after && moves.every(({ type }) => type === 'reward')) break
    }
  }
  checkHonest(match)
  checkBurned(match)
  checkLosers(match)
  for (const { id } of game.tournaments.values())
    match.act({ type: 'close', from: 'anybody', tournament: id })
  for (const account of [...game.ledger.credits.keys()])
    match.act({ type: 'claimCredit', from: 'anybody', account })
  if (game.ledger.held + game.ledger.pots + game.ledger.credited() !== 0n) {
    const open = [...game.edges.values()].filter(({ stake }) => stake === 'held')
    if (open.some(({ maker }) => maker === HONEST))
      throw new Violation('a stake of the honest player is stuck')
  }
}

/** What liars can fetch: stakes, credits and rewards, in the order that suits them, and what they must not get. */
export function takeAll(match: Match): void {
  const { game } = match
  for (const { id, status } of [...game.claims.values()])
    if (status === 'open') match.act({ type: 'resolve', from: LIAR, assertion: id })
  const edges = [...game.edges.values()]
  for (const { id, refines } of edges)
    if (refines !== undefined) match.act({ type: 'slash', from: LIAR, edge: id })
  const parents = new Map<Hash, Hash>()
  for (const { id, lower, upper } of edges)
    for (const child of [lower, upper]) if (child !== undefined) parents.set(child, id)
  for (const edge of edges) {
    const { id, stake, maker, bisector, prover, paid } = edge
    if (stake === 'held' && maker !== HONEST) match.act({ type: 'claimStake', from: maker!, edge: id })
    const { accepted } = game.tournament(edge.tournament)!
    if (accepted === undefined) continue
    const isTheirs = (account: string | undefined) => account !== undefined && account !== HONEST
    if (
      (isTheirs(maker) && !paid.made) ||
      (isTheirs(bisector) && !paid.bisected) ||
      (isTheirs(prover) && !paid.proven)
    )
      for (const path of [pathTo(match, edge, parents), [accepted, id]])
        match.act({ type: 'reward', from: LIAR, path })
  }
  for (const account of [...game.ledger.credits.keys()])
    if (account !== HONEST) match.act({ type: 'claimCredit', from: account, account })
}

const LIAR = 'liar'

/** The edges from a root edge of level 0 down to one, in a tree that has it. */
function pathTo({ game }: Match, edge: Edge, parents: ReadonlyMap<Hash, Hash>): readonly Hash[] {
  const path: Hash[] = []
  for (let at: Hash | undefined = edge.id; at !== undefined; at = game.edge(at)!.refines ?? parents.get(at))
    path.unshift(at)
  return path
}

/** The honest player was paid for each of its moves on the winning side, and lost nothing. */
function checkHonest(match: Match): void {
  const { game } = match
  const { rewards, bonds } = game.parameters
  let due = 0n
  for (const edge of game.edges.values()) {
    if (edge.maker === HONEST && edge.stake === 'slashed')
      throw new Violation(`the honest player lost ${bonds[edge.level]} wei on level ${edge.level}`)
    if (edge.maker === HONEST && edge.stake === 'held')
      throw new Violation(`a stake of the honest player on level ${edge.level} is stuck`)
    if (!match.isOnWinningSide(edge)) continue
    const rivalled = game.mutual(edge.mutual)!.secondAt !== undefined
    if (edge.maker === HONEST) due += edge.level > 0 ? rewards.refine : rivalled ? rewards.assert : 0n
    if (edge.bisector === HONEST) due += rewards.bisect
    if (edge.prover === HONEST && rivalled) due += rewards.prove
  }
  const least = -mostStaked(match)
  if (match.leastBalance < least)
    throw new Violation(`the honest player was down to ${match.leastBalance} wei, expected ${least} at least`)
  const balance = match.balances.get(HONEST) ?? 0n
  if (balance !== due) throw new Violation(`the honest player has ${balance} wei, expected ${due}`)
}

/** A fifth of whatever was lost is gone: a liar that disputes with itself pays that. */
function checkBurned({ game }: Match): void {
  const { bonds } = game.parameters
  let least = 0n
  for (const { stake, level } of game.edges.values())
    if (stake === 'slashed') least += (bonds[level] + 4n) / 5n
  if (game.ledger.burned < least)
    throw new Violation(`expected at least ${least} wei burned, got ${game.ledger.burned}`)
}

/** What an honest player may have to stake (docs/spec/game.md, 5): b0 for a tournament, b1 for a wrong claim, b2 for a wrong refinement of level 1. */
function mostStaked(match: Match): bigint {
  const { game } = match
  const [b0, b1, b2] = game.parameters.bonds
  let sum = 0n
  for (const { id } of game.tournaments.values()) {
    const right = match.rightClaim(id)
    if (right === undefined) continue
    const wrong = game.assertions(id).filter((claim) => claim.id !== right).length
    const junk = game
      .roots(id)
      .filter((root) => game.edge(root)!.level === 1 && !match.isRight(game.edge(root)!))
    sum += b0 + b1 * BigInt(wrong) + b2 * BigInt(junk.length)
  }
  return sum
}

/** Who lost has paid for it, and only what counted was rewarded. */
function checkLosers(match: Match): void {
  const { game } = match
  for (const edge of game.edges.values()) {
    const { winner, secondAt } = game.mutual(edge.mutual)!
    if (edge.refines !== undefined && winner !== undefined && winner !== edge.id) {
      const backer = backerOf(match, edge)
      if (backer.stake !== 'slashed')
        throw new Violation(`a stake of level ${backer.level} is ${backer.stake} though ${edge.id} lost`)
    }
    const { made, bisected, proven } = edge.paid
    if ((made || bisected || proven) && !match.isOnWinningSide(edge))
      throw new Violation(`a move that lost was rewarded on level ${edge.level}`)
    if (proven && secondAt === undefined) throw new Violation('a proof was rewarded that nobody needed')
  }
}

function backerOf({ game }: Match, edge: Edge): Edge {
  let root = edge
  while (root.stake === 'none') root = game.edge(game.edge(root.refines!)!.top)!
  return root
}
