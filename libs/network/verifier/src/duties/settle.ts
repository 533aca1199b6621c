import { hexToBytes, keccak256Hex, type Address, type Hash } from '@animechain/core'

/** A certificate on L1 that is not settled. */
export interface OpenCertificate {
  id: Hash
  batchIndex: bigint
  batchAcc: Hash
  outputRoot: Hash
}

/** A game that is accepted and final, for a batch. */
export interface DecidedGame {
  game: Address
  outputRoot: Hash
  /** when L1 first showed it so, milliseconds of this verifier's clock */
  since: number
}

/** What to do about a certificate. */
export type Settlement =
  | { is: 'wait'; why: string }
  /** its root is right: reservations end, signers are free */
  | { is: 'release'; game: Address }
  /** its root is wrong: its signers pay */
  | { is: 'refill'; game: Address }

/** Milliseconds that each member leaves to those before it in the order of turns, unless it is told otherwise. */
export const TURN_MS = 20_000

/**
 * How many of the active members come before a key in the order in which they do something that anybody may do. Another order for each thing, the same for
 * all: one does it, the others find it done. A key that is none of them is behind all.
 */
export function turnOf(key: Address, keys: readonly Address[], thing: Hash): number {
  // Hex of one length compares as the numbers do.
  const rank = (each: Address): Hash => keccak256Hex(hexToBytes(`${each}${thing.slice(2)}`))
  const own = rank(key.toLowerCase() as Address)
  return keys.filter((each) => each.toLowerCase() !== key.toLowerCase() && rank(each) < own).length
}

/**
 * What to do about a certificate whose batch is decided or not. A wrong one is settled at once by whoever sees it: the finder is paid, and the bridge is
 * owed. A right one in turns.
 * @param turn members before this one: `turnOf`
 * @param now milliseconds
 */
export function decideSettlement(
  { outputRoot, batchIndex }: OpenCertificate,
  decided: DecidedGame | undefined,
  { turn, now, turnMs = TURN_MS }: { turn: number; now: number; turnMs?: number },
): Settlement {
  if (!decided) return { is: 'wait', why: `no game for batch ${batchIndex} is accepted and final` }
  const { game, since } = decided
  if (decided.outputRoot.toLowerCase() !== outputRoot.toLowerCase()) return { is: 'refill', game }
  return now - since >= turn * turnMs
    ? { is: 'release', game }
    : { is: 'wait', why: `${turn} members come before this one` }
}
