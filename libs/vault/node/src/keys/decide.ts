import type { Address, Hash, Hex } from '@animechain/core'
import {
  allPurposes,
  denials,
  subjectAccount,
  type Denial,
  type ReleaseBody,
} from '@animechain/vault-protocol'

/** Longest session, seconds. */
export const maxSessionSeconds = 8n * 3_600n
/** How far ahead a request's end may be, seconds. */
export const maxRequestSeconds = 60n

/** What a policy said, or that it could not. */
export type PolicyAnswer =
  { status: 'answer'; until: bigint; reason: Hex } | { status: 'failed' } | { status: 'unseen' }

/** What a request says by itself, decoded. */
export interface Asked {
  body: ReleaseBody
  sessionHash: Hash
  evidenceHash: Hash
}

/** Of whom a session's signature is. `otherChain`: of no key, and the account is on a chain where no contract can be asked. */
export type SessionSignature = 'account' | 'otherChain' | 'nobody' | 'unseen'

/** What the node has of the object, of the request, and of orders. */
export interface Stored {
  replayed: boolean
  erased: boolean
  /** of the newest epoch that it knows; absent: it has no share */
  share?: { project: Hash; epoch: number }
  /** a `RevokeNow` covers a grant of the evidence, or all of the project */
  revokedNow: boolean
}

/** What the registry says of the project at the newest block. */
export interface Registered {
  /** absent: nobody has registered it */
  owner?: Address
  /** the object, or what it is part of, was erased on chain */
  erased: boolean
  /**
   * The policy is one of the chain's own, every grant of the evidence is for an account and signed by whoever may, which the node checked itself, and
   * owner, delegates and policy are the same at the safe block: nothing that a reorg or a lying sequencer could forge lets anybody in.
   */
  ownersWill: boolean
}

/** All that decides about a request. What is undefined is not known yet; {@link decide} says what it needs. */
export interface Facts {
  /** the node's clock, seconds */
  now: bigint
  /** the node that decides */
  node: Address
  /** null: the body is not well formed */
  asked: Asked | null
  /** whether the session's key signed the request */
  requestSigned?: boolean
  sessionSigned?: SessionSignature
  stored?: Stored
  /** Whether the newest block of L2 is young enough, by its time and by when it came. */
  fresh?: boolean
  registered?: Registered
  /** at the newest block */
  policy?: PolicyAnswer
  /** at the safe block */
  policyAtSafe?: PolicyAnswer
}

/** What has to be found out before a decision. */
export type Needed = Exclude<keyof Facts, 'now' | 'node' | 'asked'>

/** What is to be done about a request. */
export type Verdict =
  | { status: 'needs'; what: Needed }
  | { status: 'denied'; reason: Hex }
  | { status: 'released'; until: bigint }

type Known = Facts & { asked: Asked }

/** A ground to deny. Rules are tried in their order; the first that holds is the reason. */
interface Rule {
  needs?: Needed
  /** Needed only where this holds. */
  where?: (facts: Known) => boolean
  denial: Denial | ((facts: Known) => Hex)
  holds: (facts: Known) => boolean
}

const onePurpose = (purpose: number) =>
  purpose > 0 && (purpose & (purpose - 1)) === 0 && (purpose & allPurposes) === purpose

function isAccount(subject: Hex): boolean {
  try {
    subjectAccount(subject)
    return true
  } catch {
    return false
  }
}

const session = ({ asked }: Known) => asked.body.session.message
const request = ({ asked }: Known) => asked.body.request.message

/** An answer that lets nobody in, at a block that the node sees. */
const refuses = (answer: PolicyAnswer | undefined, now: bigint): boolean =>
  answer?.status !== 'answer' || answer.until <= now

function policyReason({ policy, now }: Known): Hex {
  if (policy?.status === 'unseen') return denials.staleView
  if (policy?.status !== 'answer') return denials.policyFailed
  if (policy.until !== 0n && policy.until <= now) return denials.expired
  // A policy may deny without a reason; a receipt always has one.
  return BigInt(policy.reason) === 0n ? denials.noGrant : policy.reason
}

const rules: readonly Rule[] = [
  {
    denial: 'malformed',
    holds: (facts) => !onePurpose(request(facts).purpose) || !isAccount(session(facts).subject),
  },
  { denial: 'malformed', holds: (facts) => request(facts).evidence !== facts.asked.evidenceHash },
  // It was for somebody else, who answers it.
  { denial: 'malformed', holds: (facts) => request(facts).node !== facts.node },
  { needs: 'requestSigned', denial: 'badSignature', holds: (facts) => facts.requestSigned !== true },
  { denial: 'badSession', holds: (facts) => request(facts).session !== facts.asked.sessionHash },
  { denial: 'otherProject', holds: (facts) => request(facts).project !== session(facts).project },
  {
    denial: 'badSession',
    holds: (facts) =>
      (session(facts).purposes & request(facts).purpose) === 0 ||
      session(facts).expiry <= session(facts).notBefore ||
      session(facts).expiry - session(facts).notBefore > maxSessionSeconds,
  },
  {
    denial: 'sessionExpired',
    holds: (facts) => facts.now < session(facts).notBefore || facts.now >= session(facts).expiry,
  },
  {
    denial: 'requestExpired',
    holds: (facts) =>
      request(facts).notAfter < facts.now || request(facts).notAfter > facts.now + maxRequestSeconds,
  },
  { needs: 'stored', denial: 'replayed', holds: (facts) => facts.stored!.replayed },
  { needs: 'sessionSigned', denial: 'otherChain', holds: (facts) => facts.sessionSigned === 'otherChain' },
  { denial: 'staleView', holds: (facts) => facts.sessionSigned === 'unseen' },
  { denial: 'badSignature', holds: (facts) => facts.sessionSigned !== 'account' },
  { denial: 'erased', holds: (facts) => facts.stored!.erased },
  { denial: 'unknownObject', holds: (facts) => facts.stored!.share === undefined },
  { denial: 'otherProject', holds: (facts) => facts.stored!.share!.project !== request(facts).project },
  { denial: 'staleEpoch', holds: (facts) => facts.stored!.share!.epoch !== request(facts).epoch },
  { denial: 'revoked', holds: (facts) => facts.stored!.revokedNow },
  { needs: 'fresh', denial: 'staleView', holds: (facts) => facts.fresh !== true },
  { needs: 'registered', denial: 'unknownProject', holds: (facts) => facts.registered!.owner === undefined },
  { denial: 'erased', holds: (facts) => facts.registered!.erased },
  { needs: 'policy', denial: policyReason, holds: (facts) => refuses(facts.policy, facts.now) },
  {
    needs: 'policyAtSafe',
    where: (facts) => !facts.registered!.ownersWill,
    denial: 'notSafe',
    holds: (facts) => !facts.registered!.ownersWill && refuses(facts.policyAtSafe, facts.now),
  },
]

/**
 * What a key node does about a request: pure. docs/spec/vault.md, section 5
 *
 * Asked again with what it needs until it says something else; it needs the cheap things first, and a decision that is a denial whatever the rest is
 * needs nothing more.
 */
export function decide(facts: Facts): Verdict {
  if (facts.asked === null) return { status: 'denied', reason: denials.malformed }
  const known = facts as Known
  for (const { needs, where, denial, holds } of rules) {
    if (needs !== undefined && facts[needs] === undefined && (where?.(known) ?? true))
      return { status: 'needs', what: needs }
    if (holds(known))
      return { status: 'denied', reason: typeof denial === 'function' ? denial(known) : denials[denial] }
  }
  return { status: 'released', until: (facts.policy as { until: bigint }).until }
}
