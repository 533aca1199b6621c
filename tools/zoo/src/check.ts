import type { Address, Hash } from '@animechain/core'
import { anchorStateRegistryAbi } from '@animechain/contracts/AnchorStateRegistry'
import { assertionGameAbi } from '@animechain/contracts/AssertionGame'
import { challengeTreeAbi } from '@animechain/contracts/ChallengeTree'
import { hexToNumber, type Hex } from 'viem'
import { gasCosts, gasOfDescent } from '../../../libs/proving/interactive/src/index.js'
import { heights, period } from '../../../libs/proving/interactive/test/l1World.js'
import { toyClaim } from '../../../libs/proving/interactive/test/toyChain.js'
import type { Arena, Board } from './arena.js'
import { HONEST_PURSE } from './honest.js'

const BURNED: Address = '0x000000000000000000000000000000000000dead'

/** What a match came to. Amounts in wei, times in seconds of L1. */
export interface Figures {
  /** from the tournament's first claim to the acceptance of the right one */
  afterFirst: number
  /** from the right claim to its acceptance */
  afterClaim: number
  /** transactions of the honest player, those that reverted too */
  transactions: number
  gas: bigint
  /** what the honest player paid for gas */
  paid: bigint
  purse: bigint
  /** bonds and stakes that others lost, less what they were rewarded; negative: they won */
  lost: bigint
  /** edges in the tree */
  edges: number
}

/** What gas cost each account since a block of L1, and what of it was the honest player's. */
export interface Bill {
  paid: Map<Address, bigint>
  transactions: number
  gas: bigint
}

export async function billSince({ w, honest }: Arena, block: bigint): Promise<Bill> {
  const head = await w.client.getBlockNumber()
  const bill: Bill = { paid: new Map(), transactions: 0, gas: 0n }
  for (let number = block + 1n; number <= head; number++) {
    const receipts = await w.l1.request<{ from: Address; gasUsed: Hex; effectiveGasPrice: Hex }[]>(
      'eth_getBlockReceipts',
      [`0x${number.toString(16)}`],
    )
    for (const { from, gasUsed, effectiveGasPrice } of receipts) {
      bill.paid.set(from, (bill.paid.get(from) ?? 0n) + BigInt(gasUsed) * BigInt(effectiveGasPrice))
      if (from !== honest.address) continue
      bill.transactions++
      bill.gas += BigInt(hexToNumber(gasUsed))
    }
  }
  return bill
}

/** How the claims of a tournament ended, as the events of L1 tell it. */
interface Ending {
  opened: { id: Hash; game: Address; at: number }[]
  /** by game */
  concluded: Map<Address, { outcome: number; at: number }>
}

async function endingOf({ w, tree }: Arena, tournament: Hash): Promise<Ending> {
  const from = { address: tree, abi: challengeTreeAbi, fromBlock: w.deployment.startBlock } as const
  const timeOf = async (blockNumber: bigint): Promise<number> =>
    Number((await w.client.getBlock({ blockNumber })).timestamp)
  const opened: Ending['opened'] = []
  for (const { args, blockNumber } of await w.client.getContractEvents({ ...from, eventName: 'Opened' }))
    if (args.tournament === tournament)
      opened.push({ id: args.id!, game: args.game!, at: await timeOf(blockNumber) })
  const concluded: Ending['concluded'] = new Map()
  for (const { args, blockNumber } of await w.client.getContractEvents({ ...from, eventName: 'Concluded' }))
    if (args.tournament === tournament)
      concluded.set(args.game!, { outcome: args.outcome!, at: await timeOf(blockNumber) })
  return { opened, concluded }
}

/** `IChallengeTree.Outcome` */
const outcome = { accepted: 0, lost: 1 } as const

/** What of a tournament is not as it must be, and how long it took. */
async function checkTournament(
  arena: Arena,
  board: Board,
  index: number,
  limits: Limits,
): Promise<{ violations: string[]; afterFirst: number; afterClaim: number }> {
  const { w } = arena
  const tournament = board.tournaments[index]!
  const violations: string[] = []
  const right = await arena.rightEdge(tournament)
  const { opened, concluded } = await endingOf(arena, tournament.id)
  const claim = opened.find(({ id }) => id === right)
  if (claim === undefined)
    return { violations: ['nobody made the right claim'], afterFirst: 0, afterClaim: 0 }
  const end = concluded.get(claim.game)
  if (end?.outcome !== outcome.accepted)
    return { violations: ['the right claim was not accepted'], afterFirst: 0, afterClaim: 0 }
  for (const { id, game } of opened)
    if (id !== right && concluded.get(game)?.outcome !== outcome.lost)
      violations.push(`the wrong claim ${game} ended with outcome ${concluded.get(game)?.outcome}`)
  const [afterFirst, afterClaim] = [end.at - opened[0]!.at, end.at - claim.at]
  if (afterClaim > period + limits.answering)
    violations.push(`accepted after ${afterClaim} s, expected ${period + limits.answering} s at most`)
  if (afterFirst > 2 * period)
    violations.push(`accepted ${afterFirst} s after the first claim, 2P is ${2 * period}`)
  const { output } = await toyClaim(w.chain, heights[0], tournament.batchIndex)
  const claimed = await w.client.readContract({
    ...{ address: claim.game, abi: assertionGameAbi, functionName: 'rootClaim' },
  })
  if (claimed !== output) violations.push(`${claimed} was accepted, expected ${output}`)
  const isValid = await w.client.readContract({
    ...{ address: w.deployment.addresses.anchorStateRegistry, abi: anchorStateRegistryAbi },
    ...{ functionName: 'isGameClaimValid', args: [claim.game] },
  })
  if (!isValid) violations.push('the accepted game is not valid for withdrawals')
  return { violations, afterFirst, afterClaim }
}

/** Every wei: what came in is held, in a pot, somebody's credit, burned, or paid out; and the honest player lost none of its stakes. */
async function checkMoney(
  arena: Arena,
  board: Board,
  bill: Bill,
  burned: bigint,
): Promise<{ violations: string[]; won: bigint }> {
  const { w, tree, honest, purses } = arena
  const violations: string[] = []
  const balanceOf = (address: Address): Promise<bigint> => w.client.getBalance({ address })
  let sum = (await balanceOf(BURNED)) - burned + (await balanceOf(tree))
  let credits = 0n
  let won = 0n
  for (const [address, before] of purses) {
    const change = (await balanceOf(address)) - before + (bill.paid.get(address) ?? 0n)
    sum += change
    credits += await w.client.readContract({
      ...{ address: tree, abi: challengeTreeAbi, functionName: 'credit', args: [address] },
    })
    if (address === honest.address) won = change
  }
  if (sum !== 0n) violations.push(`${sum} wei came from nowhere or are gone`)
  let held = 0n
  for (const { id } of board.tournaments) {
    const { pot } = await w.client.readContract({
      ...{ address: tree, abi: challengeTreeAbi, functionName: 'tournament', args: [id] },
    })
    held += pot
    for (const edge of rootsOf(board, id)) {
      if (edge.stake === 'held') held += board.view.parameters.bonds[edge.level]
      if (edge.maker === honest.address && edge.stake !== 'none' && edge.stake !== 'returned')
        violations.push(`a stake of level ${edge.level} of the honest player is ${edge.stake}`)
    }
  }
  const inTree = await balanceOf(tree)
  if (inTree !== held + credits) violations.push(`the tree has ${inTree} wei, expected ${held + credits}`)
  if (won < 0n) violations.push(`the honest player lost ${-won} wei besides gas`)
  return { violations, won }
}

const rootsOf = ({ view }: Board, tournament: Hash) =>
  [...view.assertions(tournament).map(({ id }) => id), ...view.roots(tournament)].map((id) => view.edge(id)!)

/** What a strategy may do at most. */
export interface Limits {
  /** D: seconds that the honest player needs for all answers on one path */
  answering: number
}

/** Everything that must hold at the end of a match. */
export async function check(
  arena: Arena,
  { from, burned, limits }: { from: bigint; burned: bigint; limits: Limits },
): Promise<{ violations: string[]; figures: Figures }> {
  const { honest, w } = arena
  const board = await arena.board()
  const violations: string[] = []
  let [afterFirst, afterClaim] = [0, 0]
  for (const [i, { parent }] of board.tournaments.entries()) {
    // Nothing that continues a wrong claim is anybody's to save.
    if (parent !== undefined && !(await isRight(arena, board, parent))) continue
    const checked = await checkTournament(arena, board, i, limits)
    violations.push(...checked.violations)
    afterFirst = Math.max(afterFirst, checked.afterFirst)
    afterClaim = Math.max(afterClaim, checked.afterClaim)
  }
  const bill = await billSince(arena, from)
  const money = await checkMoney(arena, board, bill, burned)
  violations.push(...money.violations)
  const roots = board.tournaments.flatMap(({ id }) => rootsOf(board, id))
  const others = BigInt(roots.filter(({ maker }) => maker !== honest.address).length)
  const most = others * gasOfDescent(board.view.parameters, gasCosts) + gasCosts.assert + gasCosts.resolve
  if (bill.gas > most) violations.push(`the honest player used ${bill.gas} gas, expected ${most} at most`)
  const paid = bill.paid.get(honest.address) ?? 0n
  const inTree = await w.client.getBalance({ address: arena.tree })
  const nowBurned = (await w.client.getBalance({ address: BURNED })) - burned
  return {
    violations,
    figures: {
      ...{ afterFirst, afterClaim, transactions: bill.transactions, gas: bill.gas, paid },
      purse: HONEST_PURSE + money.won - paid,
      lost: money.won + inTree + nowBurned,
      edges: await edgesOf(arena),
    },
  }
}

async function isRight(arena: Arena, board: Board, claim: Hash): Promise<boolean> {
  const tournament = board.view.tournament(board.view.edge(claim)!.tournament)!
  return (await arena.rightEdge(tournament)) === claim
}

/** Edges that were made: two by a bisection, unless rivals share them, and one for a root edge. Counted with those that are shared. */
async function edgesOf({ w, tree }: Arena): Promise<number> {
  const from = { address: tree, abi: challengeTreeAbi, fromBlock: w.deployment.startBlock } as const
  let edges = 0
  for (const [eventName, each] of [
    ['Bisected', 2],
    ['Opened', 1],
    ['Refined', 1],
  ] as const)
    edges += each * (await w.client.getContractEvents({ ...from, eventName })).length
  return edges
}

export const burnedSoFar = ({ w }: Arena): Promise<bigint> => w.client.getBalance({ address: BURNED })
