import { steadyTime, type Address, type Clock, type Hash, type Hex } from '@animechain/core'
import { denials } from '@animechain/vault-protocol'
import type { MetadataOperation } from '../metadata/store.js'
import type { Question } from './asked.js'
import { UnseenError, type ChainView, type Head, type Project, type ViewBlock } from './chainView.js'
import { decide, type Facts, type Needed, type PolicyAnswer, type Verdict } from './decide.js'
import type { Nonces } from './nonces.js'
import type { Revocations } from './orders.js'
import type { HeldShare, ShareStore } from './shareStore.js'
import { grantsOf, type Signers } from './signers.js'

/** A request under decision: what is known of it, and what is written with its receipt. */
export interface Case {
  question: Question
  facts: Facts
  head?: Head
  /** the safe block that rule 6 was held at */
  safe?: ViewBlock
  share?: HeldShare
  operations: readonly MetadataOperation[]
}

/** Where the facts of a decision come from. */
export interface Sources {
  view: ChainView
  shares: ShareStore
  used: Nonces
  taken: Revocations
  who: Signers
  /** the chain's own policies */
  policies: readonly Address[]
  /** greatest age of the newest block, seconds */
  maxAge: number
  clock: Clock
}

const requestOf = ({ facts }: Case) => facts.asked!.body.request.message
const grantsShown = ({ facts }: Case) => grantsOf(facts.asked!.body.evidence).map(({ grant }) => grant)

/** Whether the newest block is young enough: by its time, and by when it came, for whoever serves it may stamp it as it likes. */
export function isFresh(
  { clock, maxAge }: Pick<Sources, 'clock' | 'maxAge'>,
  head: Head | undefined,
  now: bigint,
): boolean {
  if (head === undefined) return false
  const age = now - head.timestamp
  return (
    age <= BigInt(maxAge) && -age <= BigInt(maxAge) && steadyTime(clock) - head.arrivedAt <= maxAge * 1_000
  )
}

async function askPolicy({ view }: Sources, each: Case, at: Hash): Promise<PolicyAnswer> {
  const { session, evidence } = each.facts.asked!.body
  const { project, object, rendition, purpose } = requestOf(each)
  const { subject } = session.message
  try {
    const found = await view.project(project, at)
    if (found?.policy === undefined) return { status: 'answer', until: 0n, reason: denials.noGrant }
    return await view.mayRelease(found.policy, { object, rendition, subject, purpose, evidence }, at)
  } catch (error) {
    if (error instanceof UnseenError) return { status: 'unseen' }
    throw error
  }
}

/** Rule 5.6 of docs/spec/vault.md: nothing but what the owner signed lets the account in. */
async function isOwnersWill(
  sources: Sources,
  project: Hash,
  evidence: Hex,
  now: Project,
  at: Hash,
  safe: ViewBlock | undefined,
): Promise<boolean> {
  const { view, policies, who } = sources
  if (now.policy === undefined || !policies.includes(now.policy)) return false
  const before = safe && (await view.project(project, safe.hash))
  if (before?.owner !== now.owner || before.policy !== now.policy) return false
  return who.ownersWill(project, grantsOf(evidence), at, safe!.hash)
}

/**
 * The safe block, and the newest one again where that is behind it: the look at it was a moment ago, and a decision rests on no block that is older than its
 * safe one. Undefined where there is none, or L2 shows no newest block that goes with it.
 */
async function findSafe({ view }: Sources, each: Case): Promise<ViewBlock | undefined> {
  const safe = await view.safe()
  if (safe === undefined) return undefined
  if (each.head!.number < safe.number) each.head = (await view.head({ now: true })) ?? each.head!
  if (each.head!.number < safe.number) return undefined
  each.safe = safe
  return safe
}

async function findRegistered(sources: Sources, each: Case): Promise<void> {
  const { view } = sources
  const { facts, share } = each
  const { project } = requestOf(each)
  try {
    delete each.safe
    const safe = await findSafe(sources, each)
    const { head } = each
    const found = await view.project(project, head!.hash)
    facts.registered = {
      ...(found && { owner: found.owner }),
      erased: await view.isErased(project, share!.manifest.message.path, head!.hash),
      ownersWill:
        found !== undefined &&
        (await isOwnersWill(sources, project, facts.asked!.body.evidence, found, head!.hash, safe)),
    }
  } catch (error) {
    if (!(error instanceof UnseenError)) throw error
    facts.fresh = false
  }
}

async function findStored({ shares, used, taken }: Sources, each: Case): Promise<void> {
  const { session } = each.facts.asked!.body
  const { project, object, rendition, nonce, notAfter } = requestOf(each)
  const replayed = used.has(session.message.key, nonce, notAfter)
  // Taken at once: the same request that comes meanwhile is a replay.
  if (!replayed) each.operations = used.take(session.message.key, nonce, notAfter)
  const share = await shares.held(object, rendition)
  if (share) each.share = share
  const manifest = share?.manifest.message
  each.facts.stored = {
    replayed,
    erased: await shares.isErased(project, object, manifest?.path),
    ...(manifest && { share: { project: manifest.project, epoch: manifest.epoch } }),
    revokedNow: taken.covers(project, grantsShown(each)),
  }
}

/** Finds out what a decision needs, one thing after the other. */
const finders: Record<Needed, (sources: Sources, each: Case) => Promise<void>> = {
  async requestSigned({ who }, { facts }) {
    const { request, session } = facts.asked!.body
    facts.requestSigned = (await who.key('Request', request)) === session.message.key
  },
  stored: findStored,
  async sessionSigned({ who }, { facts }) {
    facts.sessionSigned = await who.session(facts.asked!.body.session, facts.asked!.sessionHash)
  },
  async fresh(sources, each) {
    const head = await sources.view.head()
    if (head) each.head = head
    each.facts.fresh = isFresh(sources, head, each.facts.now)
  },
  registered: findRegistered,
  async policy(sources, each) {
    each.facts.policy = await askPolicy(sources, each, each.head!.hash)
  },
  async policyAtSafe(sources, each) {
    // Of the same look as what the registry said.
    const { safe } = each
    each.facts.policyAtSafe = safe ? await askPolicy(sources, each, safe.hash) : { status: 'unseen' }
  },
}

async function settle(sources: Sources, each: Case): Promise<Verdict> {
  let verdict = decide(each.facts)
  while (verdict.status === 'needs') {
    await finders[verdict.what](sources, each)
    verdict = decide(each.facts)
  }
  return verdict
}

/** Decides on a request. */
export async function judge(sources: Sources, each: Case): Promise<Verdict> {
  const { facts } = each
  let verdict = await settle(sources, each)
  // Whoever was let in a moment ago may be ahead of what the node saw.
  if (verdict.status === 'denied' && facts.policy !== undefined) {
    const newest = await sources.view.head({ now: true })
    if (newest?.hash !== each.head?.hash) {
      for (const known of ['fresh', 'registered', 'policy', 'policyAtSafe'] as const) delete facts[known]
      verdict = await settle(sources, each)
    }
  }
  if (verdict.status !== 'released') return verdict
  // Once more at the very end: orders may have come, and time has passed, while L2 was asked.
  facts.now = BigInt(Math.floor(sources.clock.now() / 1_000))
  facts.fresh = isFresh(sources, each.head, facts.now)
  facts.stored!.revokedNow = sources.taken.covers(requestOf(each).project, grantsShown(each))
  return decide(facts)
}
