import { concatHex, hexToBigInt, numberToHex, size, slice, type Hex } from 'viem'

/** Verifiers of a trace; the account after them settles and slashes. */
export const ACTORS = 10
export const FINDER = ACTORS

/** Nothing for each account. */
export const accounts = (): bigint[] => Array.from({ length: ACTORS + 1 }, () => 0n)

/** Most that who finds something gets, wei. */
export const MAX_REWARD = 5n * 10n ** 18n

/** What can happen, in the order of its numbers in a trace. */
export const kinds = [
  'pass',
  'join',
  'stake',
  'stakeToken',
  'leave',
  'withdraw',
  'withdrawToken',
  'takePlace',
  'claim',
  'certify',
  'exit',
  'decide',
  'settle',
  'refillToken',
  'shareFees',
  'slashWrong',
  'equivocate',
  'take',
  'claimCredit',
  'give',
  'checkIn',
  'draw',
  'reveal',
  'missed',
  'absent',
  'disprove',
  'contradict',
  'close',
  'insure',
  'nameExits',
  'claimReward',
  'fees',
  'split',
  'rival',
  'commitDrill',
  'revealDrill',
  'commitAlarm',
  'revealAlarm',
  'decideDrill',
  'closeDrill',
  'expireDrill',
  'claimBounty',
] as const

export type Kind = (typeof kinds)[number]

/**
 * An action on the contracts. `a` is a verifier, but: of an exit one of the claim's four withdrawals; of a rival 0 where it wins, and 1 where it loses; of shared fees and as `b` of a
 * credit 0 for ETH and 1 for the token. `b` is a certificate, in the order in which they were posted; of a certificate to be posted the set of
 * its signers, a bit for each; of what is about diligence an epoch, of two trees, alarms and the end of a drill a claim, of a drill that is revealed or expires its number. `amount` is wei, units of the token, seconds, of
 * a check-in how many batches it says that it is of, or of an alarm 0 for the root of the rival and 1 for a wrong one. A drill is the next claim, if that has the
 * amount of the bounty. The portal is told to name the fast exits (`a` = 1) or none, and of fees the recipient takes its part (0) or refuses it.
 */
export interface Action {
  kind: Kind
  a: number
  b: number
  amount: bigint
}

/** How long an action takes, seconds; what counts happens a second after its beginning. */
export const durationOf = ({ kind, amount }: Action): bigint =>
  kind === 'pass' ? amount : kind === 'decide' ? 150n : kind === 'claim' ? 30n : 8n

/** The four withdrawals of a claim: ETH, ETH, ETH through the bridge, tokens. */
export const withdrawalsOf = (amount: bigint, claim: number): [bigint, bigint, bigint, bigint] => [
  amount,
  amount / 2n + BigInt(claim),
  amount / 3n,
  1n + (amount % 600n),
]

/** Bytes of an action in a trace: kind, a, b (two bytes), amount (sixteen). */
const ACTION_BYTES = 20

export const encodeTrace = (actions: readonly Action[]): Hex =>
  concatHex(
    actions.map(({ kind, a, b, amount }) =>
      concatHex([
        ...[numberToHex(kinds.indexOf(kind), { size: 1 }), numberToHex(a, { size: 1 })],
        ...[numberToHex(b, { size: 2 }), numberToHex(amount, { size: 16 })],
      ]),
    ),
  )

/** @throws {Error} for a length that is no whole number of actions, and a kind that is none */
export function decodeTrace(trace: Hex): Action[] {
  const bytes = size(trace)
  if (bytes % ACTION_BYTES !== 0)
    throw new Error(`Expected a multiple of ${ACTION_BYTES} bytes as a trace, got ${bytes}.`)
  return Array.from({ length: bytes / ACTION_BYTES }, (_, i) => {
    const word = slice(trace, i * ACTION_BYTES, (i + 1) * ACTION_BYTES)
    const at = (from: number, to: number) => hexToBigInt(slice(word, from, to))
    const kind = kinds[Number(at(0, 1))]
    if (kind === undefined) throw new Error(`Expected a kind below ${kinds.length}, got ${at(0, 1)}.`)
    return { kind, a: Number(at(1, 2)), b: Number(at(2, 4)), amount: at(4, 20) }
  })
}
