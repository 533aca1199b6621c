import { ETHER } from '../simulator/rules.js'
import type { Random } from '../random.js'
import { ACTORS, FINDER, type Action, type Kind } from './actions.js'
import { diligenceKinds } from './diligence.js'
import { drillKinds } from './drills.js'
import { Books } from './model.js'

/** How often what is tried; nine in ten can be done, the others the contracts must refuse. */
const often: Readonly<Record<Kind, number>> = {
  ...{
    pass: 30,
    join: 120,
    stake: 80,
    stakeToken: 80,
    leave: 8,
    withdraw: 60,
    withdrawToken: 30,
    takePlace: 40,
  },
  ...{ claim: 200, certify: 200, exit: 900, decide: 80, settle: 200, refillToken: 60, shareFees: 60 },
  ...{ slashWrong: 20, equivocate: 4, take: 20, claimCredit: 60 },
  ...{ give: 25, checkIn: 400, draw: 60, reveal: 400, missed: 60, absent: 60, disprove: 60 },
  ...{ contradict: 8, close: 60, insure: 20, nameExits: 4, claimReward: 60, fees: 25, split: 25 },
  ...{ rival: 30, commitDrill: 12, revealDrill: 80, commitAlarm: 60, revealAlarm: 120, decideDrill: 60 },
  ...{ closeDrill: 60, expireDrill: 30, claimBounty: 40 },
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

const ofEpoch = new Set<Kind>(['checkIn', 'draw', 'reveal', 'missed', 'absent', 'disprove', 'close'])
/** For how many epochs anything can be done about one, and some more. */
const EPOCHS = 12

/** Mostly the newest epoch that it can be done with, at times another one. */
function epochFor(kind: Kind, a: number, books: Books, random: Random): number {
  const current = Number(books.registry.epochAt(books.now + 1n))
  if (!random.rarely(12))
    for (let b = current; b > Math.max(0, current - EPOCHS); b--)
      if (books.diligence.allows({ kind, a, b, amount: 0n }, books.now + 1n)) return b
  return Math.max(0, current - random.below(EPOCHS))
}

/** Mostly all batches of an epoch; at times fewer, none, or more than there are. */
function countFor(epoch: number, books: Books, random: Random): bigint {
  const all = books.claims.filter((claim) => claim.epoch === BigInt(epoch)).length
  const which = random.below(10)
  if (which === 0) return 0n
  if (which === 1) return BigInt(all + 1 + random.below(3))
  return BigInt(which < 5 ? Math.min(1, all) : all)
}

/** An action on Diligence. */
function drawDiligence(kind: Kind, i: number, books: Books, random: Random): Action {
  const b = ofEpoch.has(kind) ? epochFor(kind, i, books, random) : 0
  switch (kind) {
    case 'give':
      return { kind, a: 0, b, amount: random.between(0n, 3n * ETHER) }
    case 'checkIn':
      return { kind, a: i, b, amount: countFor(b, books, random) }
    case 'contradict':
      return { kind, a: i, b: Math.max(0, books.claims.length - 1 - random.below(3)), amount: 0n }
    case 'claimReward':
      return { kind, a: random.rarely(3) ? FINDER : i, b, amount: 0n }
    default:
      return { kind, a: i, b, amount: 0n }
  }
}

/** Mostly the newest claim or drill that it can be done with, at times another one. */
function drillFor(action: Action, length: number, books: Books, random: Random): Action {
  if (!random.rarely(12))
    for (let b = length - 1; b >= Math.max(0, length - EPOCHS); b--)
      if (books.drills.allows({ ...action, b }, books.now + 1n)) return { ...action, b }
  return { ...action, b: Math.max(0, length - 1 - random.below(6)) }
}

/** An action on Drills. */
function drawDrill(kind: Kind, i: number, books: Books, random: Random): Action {
  const { all } = books.drills
  const { length } = books.claims
  const action = (a: number, b = 0, amount = 0n): Action => ({ kind, a, b, amount })
  switch (kind) {
    case 'commitDrill':
      return action(i, 0, random.rarely(10) ? ETHER / 20n : random.between(ETHER / 10n, 2n * ETHER))
    case 'revealDrill': {
      const which = all.findLastIndex((drill) => drill.revealedAt === 0n && books.drills.isMeant(drill.claim))
      return random.rarely(8) || which < 0
        ? drillFor(action(i), all.length, books, random)
        : action(all[which]!.maker, which)
    }
    case 'commitAlarm':
      return action(i, Math.max(0, length - 1), random.rarely(5) ? 1n : 0n)
    case 'expireDrill':
      return drillFor(action(0), all.length, books, random)
    case 'claimBounty':
      return action(i)
    default:
      return drillFor(action(i), length, books, random)
  }
}

/** The amount that somebody committed to with a drill, if there is one; at times another one. */
function amountOf(books: Books, random: Random): bigint {
  const drill = books.drills.all.at(-1)
  return drill?.claim === books.claims.length && !random.rarely(5)
    ? drill.amount
    : random.between(ETHER / 10n, 8n * ETHER)
}

/** Any action, with numbers that make some sense in the books as they are. */
function draw(books: Books, random: Random): Action {
  const kind = bag[random.below(bag.length)]!
  const i = random.below(ACTORS)
  const certificate = ofCertificate.has(kind) ? certificateFor(kind, i, books, random) : 0
  const action = (a: number, b = 0, amount = 0n): Action => ({ kind, a, b, amount })
  if (diligenceKinds.has(kind)) return drawDiligence(kind, i, books, random)
  if (drillKinds.has(kind)) return drawDrill(kind, i, books, random)
  switch (kind) {
    case 'nameExits':
      return action(0)
    case 'fees':
      return action(0, 0, random.between(0n, ETHER))
    case 'split':
      return action(random.rarely(3) ? 1 : 0)
    case 'pass':
      return action(0, 0, BigInt(1 + random.below(random.rarely(4) ? 2_000 : 300)))
    case 'join':
    case 'stake':
      return action(i, 0, random.rarely(12) ? 0n : random.between(ETHER / 2n, 40n * ETHER))
    case 'stakeToken':
      return action(i, 0, BigInt(random.below(3_000)))
    case 'claim':
      return action(0, 0, amountOf(books, random))
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
      return action(0)
    case 'rival':
      return action(random.rarely(6) ? 1 : 0)
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

/** Whether an action on Drills comes to nothing, or to nothing that is worth it. */
const isIdle = (books: Books, action: Action): boolean =>
  !books.drills.allows(action, books.now + 1n) ||
  (action.kind === 'commitDrill' && books.drills.all.at(-1)?.claim === books.claims.length) ||
  (action.kind === 'commitAlarm' && !books.drills.isMeant(action.b))

/** Whether the books would allow it, as far as can be told without doing it. */
const hopeless = (books: Books, action: Action): boolean => {
  const { kind, a, b } = action
  const { claim, certificates, registry } = books
  if (diligenceKinds.has(kind)) return !books.diligence.allows(action, books.now + 1n)
  const certificate = certificates[b]
  const stays = registry.members[a]?.leavingAt === 0n
  if (drillKinds.has(kind)) return isIdle(books, action)
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
      return (
        claim?.end !== 'open' ||
        registry.places.length < registry.rules.minVerifiers ||
        (certificates.at(-1)?.claim === claim &&
          certificates.at(-1)?.epoch === registry.epochAt(books.now + 1n))
      )
    case 'decide':
      return claim?.end !== 'open' || (!claim.rival && books.drills.isMeant(claim.number))
    case 'rival':
      return claim?.end !== 'open' || claim.rival !== undefined
    case 'nameExits':
      return !books.isNamed
    case 'split':
      return books.splitter.fresh === 0n && (books.splitter.owed === 0n || a === 1)
    case 'exit':
      return (
        !books.isNamed ||
        claim?.rival !== undefined ||
        certificate?.claim !== claim ||
        certificate?.status !== 'open' ||
        claim!.paid.has(a)
      )
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
  // Without them nothing is paid early, which is most of what there is to do.
  if (!books.isNamed && random.rarely(8)) return { kind: 'nameExits', a: 1, b: 0, amount: 0n }
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
