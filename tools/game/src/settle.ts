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

/** What liars can fetch: stakes, credits and rewards, in the order that suits them. */
export function takeAll(match: Match): void {
  const { game } = match
  for (const { id, stake, maker } of game.edges.values())
    if (stake === 'held' && maker !== HONEST) match.act({ type: 'claimStake', from: maker!, edge: id })
  for (const account of [...game.ledger.credits.keys()])
    if (account !== HONEST) match.act({ type: 'claimCredit', from: account, account })
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
  const balance = match.balances.get(HONEST) ?? 0n
  if (balance !== due) throw new Violation(`the honest player has ${balance} wei, expected ${due}`)
}
