import { ETHER } from '../simulator/rules.js'
import type { Random } from '../random.js'
import { ACTORS, FINDER, type Action, type Kind } from './actions.js'
import { Books } from './model.js'

/** How often what is tried; nine in ten can be done, the others the contracts must refuse. */
const often: Readonly<Record<Kind, number>> = {
  ...{
    pass: 50,
    join: 120,
    stake: 80,
    stakeToken: 80,
    leave: 8,
    withdraw: 60,
    withdrawToken: 30,
    takePlace: 40,
  },
  ...{ claim: 120, certify: 200, exit: 500, decide: 45, settle: 200, refillToken: 60, shareFees: 60 },
  ...{ slashWrong: 20, equivocate: 4, take: 20, claimCredit: 60 },
}
const bag = (Object.entries(often) as [Kind, number][]).flatMap(([kind, times]) =>
  Array<Kind>(times).fill(kind),
)

const ofCertificate = new Set<Kind>(['exit', 'settle', 'refillToken', 'shareFees', 'slashWrong'])

/** Mostly the newest certificate that it can be done with, at times another one. */
function certificateFor(kind: Kind, i: number, books: Books, random: Random): number {
  const { length } = books.certificates
  const a = kind === 'shareFees' ? 1 : kind === 'exit' ? -1 : i
  const newest = books.certificates.findLastIndex((_, b) => !hopeless(books, { kind, a, b, amount: 0n }))
  if (newest >= 0 && !random.rarely(5)) return newest
  return Math.max(0, length - 1 - random.below(Math.max(1, Math.min(length, 6))))
}

/** Any action, with numbers that make some sense in the books as they are. */
function draw(books: Books, random: Random): Action {
  const kind = bag[random.below(bag.length)]!
  const i = random.below(ACTORS)
  const certificate = ofCertificate.has(kind) ? certificateFor(kind, i, books, random) : 0
  const action = (a: number, b = 0, amount = 0n): Action => ({ kind, a, b, amount })
  switch (kind) {
    case 'pass':
      return action(0, 0, BigInt(1 + random.below(random.rarely(4) ? 2_000 : 300)))
    case 'join':
    case 'stake':
      return action(i, 0, random.rarely(12) ? 0n : random.between(ETHER / 2n, 40n * ETHER))
    case 'stakeToken':
      return action(i, 0, BigInt(random.below(3_000)))
    case 'claim':
      return action(0, 0, random.between(ETHER / 10n, 8n * ETHER))
    case 'certify': {
      // All that are active, at times but one, at times one more.
      const epoch = books.registry.epochAt(books.now)
      const active = Array.from({ length: ACTORS }, (_, at) => books.registry.weightAt(at, epoch) !== 0n)
      const mask = active.reduce((bits, is, at) => (is ? bits | (1 << at) : bits), 0)
      return action(0, random.rarely(4) ? mask ^ (1 << i) : mask)
    }
    case 'exit':
      return action(random.below(4), certificate)
    case 'decide':
      return action(random.below(3) !== 0 ? 1 : random.rarely(3) ? 2 : 0)
    case 'shareFees':
      // Those in ETH were shared when it was released.
      return action(random.rarely(8) ? 0 : 1, certificate)
    case 'take':
      return action(i, 0, random.between(1n, 4n * ETHER))
    case 'claimCredit':
      return action(random.rarely(3) ? FINDER : i, random.below(2))
    default:
      return action(i, certificate)
  }
}

/** Whether the books would allow it, as far as can be told without doing it. */
const hopeless = (books: Books, { kind, a, b }: Action): boolean => {
  const { claim, certificates, registry } = books
  const certificate = certificates[b]
  const stays = registry.members[a]?.leavingAt === 0n
  switch (kind) {
    case 'join':
      return registry.members[a] !== undefined && !stays
    case 'stake':
    case 'stakeToken':
    case 'leave':
      return !stays
    case 'takePlace':
      return !stays || registry.places.includes(a) || registry.memberOf(a).stake < registry.rules.minStake
    case 'claim':
      return claim?.end === 'open'
    case 'certify':
      return claim?.end !== 'open' || registry.places.length < registry.rules.minVerifiers
    case 'decide':
      return claim?.end !== 'open'
    case 'exit':
      return certificate?.claim !== claim || certificate?.status !== 'open' || claim!.paid.has(a)
    case 'settle':
      return certificate?.status !== 'open' || certificate.claim.end === 'open'
    case 'slashWrong':
      return certificate?.claim.end !== 'wrong' || !registry.members[a] || certificate.punished.has(a)
    case 'refillToken':
      return certificate?.status !== 'refilled' || certificate.reserved[1] === 0n
    case 'shareFees':
      return certificate?.status !== 'released' || certificate.fees[a] === 0n
    case 'withdraw':
      return !(registry.members[a] && !stays && registry.members[a].leavingAt <= books.now)
    case 'withdrawToken':
      return registry.tokenStakes[a] === 0n || stays
    case 'claimCredit':
      return books.credit[b]![a] === 0n
    default:
      return false
  }
}

/** The next action: one that comes to something, nine times in ten. */
export function nextAction(books: Books, random: Random): Action {
  const any = random.rarely(10)
  for (let tries = 0; ; tries++) {
    const action = draw(books, random)
    if (any || tries === 50 || !hopeless(books, action)) return action
  }
}

const first = (kind: Kind, a: number, amount = 0n): Action => ({ kind, a, b: 0, amount })

/**
 * With what every trace begins: eight verifiers with ETH and tokens in eight places; one that has too little for a place, one that takes the first one's, and
 * leaves it again.
 */
export const beginning: readonly Action[] = [
  ...Array.from({ length: 8 }, (_, i) => first('join', i, (20n + BigInt(i)) * ETHER + 7n)),
  ...Array.from({ length: 8 }, (_, i) => first('stakeToken', i, 3_000n + BigInt(i))),
  ...[first('join', 8, 5n * ETHER), first('takePlace', 8), first('join', 9, 60n * ETHER)],
  ...[first('takePlace', 0), first('leave', 9), first('takePlace', 0), first('pass', 0, 1_000n)],
]

/** A trace of so many actions. */
export function traceOf(length: number, random: Random): Action[] {
  const books = new Books()
  const actions: Action[] = []
  while (actions.length < length) {
    const action = beginning[actions.length] ?? nextAction(books, random)
    books.act(action)
    actions.push(action)
  }
  return actions
}
