import {
  BaseError,
  bytesToHex,
  hexToBytes,
  steadyTime,
  type Address,
  type Clock,
  type Hash,
  type Hex,
  type Logger,
  type Metrics,
} from '@animechain/core'
import { isOpening, openDeal, sealRelease, type KeyPair } from '@animechain/vault-format'
import {
  denialOf,
  denials,
  fieldsOf,
  hexOf,
  integerOf,
  maxPathDepth,
  messageHash,
  objectAt,
  signedFromJson,
  toJson,
  uintOf,
  type Erase,
  type Manifest,
  type MessageName,
  type MessageOf,
  type MessageSigner,
  type ReleaseAnswer,
  type Signed,
  type VaultDomain,
} from '@animechain/vault-protocol'
import type { Committees } from '../committees.js'
import { concatHex, keccak256, numberToHex } from 'viem'
import { locks } from '../locks.js'
import { conflict, erased, forbidden, malformed, unavailable, unknown } from '../http/refusal.js'
import type { MetadataOperation, MetadataStore } from '../metadata/store.js'
import { anchors, type Anchors } from './anchor.js'
import { readQuestion, type Question } from './asked.js'
import { powers, UnseenError, type ChainView, type Head, type Project } from './chainView.js'
import { decide, type Facts, type Needed, type PolicyAnswer, type Verdict } from './decide.js'
import { nonces } from './nonces.js'
import { mostRevocations, revocations } from './orders.js'
import type { DecisionRecord, ReceiptLog } from './receipts.js'
import { shareStore, type HeldShare, type ShareStore } from './shareStore.js'
import type { Shreds } from './shreds.js'
import { grantsOf, signers, type Signers } from './signers.js'

/** Bounds of a key node. */
export interface KeyLimits {
  /** greatest age of the newest block, by its time and by when it came, seconds; default 5 */
  maxAge: number
  /** denials that get a receipt, a second; more are answered with HTTP 429; default 20 */
  denialsPerSecond: number
  /** denials at once that may exceed it; default 2,000 */
  denialBurst: number
  /** bytes of a denied request that auditors are shown; longer ones leave the receipt alone; default 16,384 */
  deniedBodyBytes: number
}

/** Defaults of {@link KeyLimits}. With them the log grows by at most 20 · 18 KB a second while it is attacked, 31 GB a day. */
export const keyLimits: KeyLimits = {
  maxAge: 5,
  denialsPerSecond: 20,
  denialBurst: 2_000,
  deniedBodyBytes: 16_384,
}

/** What is done about a request. */
export interface Released {
  /** HTTP status */
  status: 200 | 403 | 429
  /** absent with 429 */
  answer?: ReleaseAnswer
}

/** What a key node does, apart from HTTP. */
export interface KeyService {
  start(): Promise<void>
  release(bytes: Uint8Array): Promise<Released>
  putManifest(object: Hash, rendition: number, json: unknown): Promise<void>
  manifest(object: Hash, rendition: number): Promise<Signed<Manifest>>
  revokeNow(json: unknown): Promise<void>
  /** Destroys the shares. @returns manifests of what was erased */
  erase(order: Signed<Erase>): Promise<readonly Signed<Manifest>[]>
  receipts(json: unknown): Promise<unknown>
  /** Housekeeping: forgets nonces that are over. */
  prune(): Promise<void>
  readonly shares: ShareStore
  readonly signers: Signers
  readonly log: ReceiptLog
  readonly anchors: Anchors
}

/** What a key node is made of. */
export interface KeyParts {
  metadata: MetadataStore
  secrets: Shreds
  view: ChainView
  log: ReceiptLog
  signer: MessageSigner
  /** X25519 key that shares are sealed to */
  shareKey: KeyPair
  domain: VaultDomain
  /** The chain's own policies, `Grants` and `BlindGrants`: what owners signed acts at once through them alone. */
  policies: readonly Address[]
  committees: Committees
  limits?: Partial<KeyLimits>
  clock: Clock
  logger: Logger
  metrics: Metrics
}

const zeroHash: Hash = `0x${'00'.repeat(32)}`
const zeroReason: Hex = '0x00000000'
/** How far a message's time may be ahead of the node's clock, seconds. */
const LATE = 60n
/** Seconds that a `ProjectRead` may be valid for. */
const READ_SECONDS = 86_400n
const MAX_WRAP_BYTES = 1_024

/** So many at once, refilled with time. */
function bucket(perSecond: number, burst: number, clock: Clock) {
  let left = burst
  let at = steadyTime(clock)
  return () => {
    const now = steadyTime(clock)
    left = Math.min(burst, left + ((now - at) / 1_000) * perSecond)
    at = now
    if (left < 1) return false
    left--
    return true
  }
}

/** What a receipt binds of the share that goes with it. docs/spec/vault.md, section 4 */
export const sealedShareHash = ({ index, sealed }: { index: number; sealed: Hex }): Hash =>
  keccak256(concatHex([numberToHex(index, { size: 1 }), sealed]))

/** A request under decision: what is known of it, and what is written with its receipt. */
interface Case {
  question: Question
  facts: Facts
  head?: Head
  share?: HeldShare
  operations: readonly MetadataOperation[]
}

/** The parts of a manifest that hold whoever signed it. @throws {Refusal} */
function expectSound(manifest: Manifest, index: number, now: bigint): void {
  const { project, object, path, epoch, version, rendition, threshold, shareCommitments, ownerWrap } =
    manifest
  if (path.length > maxPathDepth || objectAt(project, path) !== object)
    throw malformed(`Expected a path of at most ${maxPathDepth} salts from the project to the object.`)
  if (rendition > 255 || epoch < 1 || version < 1)
    throw malformed('Expected epoch and version from 1, rendition to 255.')
  if (threshold < 2 || threshold > shareCommitments.length)
    throw malformed(`Expected a threshold from 2 to ${shareCommitments.length}, got ${threshold}.`)
  if (index < 1 || index > shareCommitments.length)
    throw malformed(`Expected a share from 1 to ${shareCommitments.length}, got ${index}.`)
  if (ownerWrap.length > 2 + 2 * MAX_WRAP_BYTES)
    throw malformed(`Expected a wrap of at most ${MAX_WRAP_BYTES} bytes.`)
  if (manifest.createdAt > now + LATE) throw malformed('The manifest is from the future.')
}

/** Epochs that one manifest may be ahead of the one before it. */
const EPOCHS_AHEAD = 1_024

/** Whoever has seen a manifest must not be able to overwrite a share with it. @throws {Refusal} */
function expectNewer({ epoch, committee }: Manifest, before: Manifest | undefined): void {
  const [from, of] = [before?.epoch ?? 0, before?.committee ?? 0n]
  if (epoch < from || (epoch === from && committee <= of))
    throw conflict(
      `Expected an epoch of the key above ${from}, or this one with a committee above ${of}; got ${epoch} and ${committee}.`,
    )
  if (epoch > from + EPOCHS_AHEAD)
    throw conflict(`Expected an epoch of at most ${from + EPOCHS_AHEAD}, got ${epoch}.`)
}

/** Finds out what a decision needs. */
function inquiry(
  parts: KeyParts,
  shares: ShareStore,
  used: ReturnType<typeof nonces>,
  taken: ReturnType<typeof revocations>,
  who: Signers,
) {
  const { view, limits, clock } = parts
  const maxAge = limits?.maxAge ?? keyLimits.maxAge

  const isFresh = (head: Head | undefined, now: bigint): boolean =>
    head !== undefined &&
    now - head.timestamp <= BigInt(maxAge) &&
    head.timestamp - now <= BigInt(maxAge) &&
    steadyTime(clock) - head.arrivedAt <= maxAge * 1_000

  const ask = async (each: Case, at: Hash): Promise<PolicyAnswer> => {
    const { request, session, evidence } = each.facts.asked!.body
    const { project, object, rendition, purpose } = request.message
    const found = await view.project(project, at)
    if (found?.policy === undefined) return { status: 'answer', until: 0n, reason: denials.noGrant }
    return view.mayRelease(
      found.policy,
      { object, rendition, subject: session.message.subject, purpose, evidence },
      at,
    )
  }
  const unseen = (error: unknown): PolicyAnswer => {
    if (error instanceof UnseenError) return { status: 'unseen' }
    throw error
  }

  const isOwnersWill = async (project: Hash, evidence: Hex, now: Project, at: Hash): Promise<boolean> => {
    if (now.policy === undefined || !parts.policies.includes(now.policy)) return false
    const safe = await view.safe()
    const before = safe && (await view.project(project, safe.hash))
    if (before?.owner !== now.owner || before.policy !== now.policy) return false
    return who.ownersWill(project, grantsOf(evidence), at, safe!.hash)
  }

  const find: Record<Needed, (each: Case) => Promise<void>> = {
    async requestSigned({ facts }) {
      const { request, session } = facts.asked!.body
      facts.requestSigned = (await who.key('Request', request)) === session.message.key
    },
    async stored(each) {
      const { request, session, evidence } = each.facts.asked!.body
      const { project, object, rendition, nonce, notAfter } = request.message
      const replayed = used.has(session.message.key, nonce, notAfter)
      // Taken at once: the same request that comes meanwhile is a replay.
      if (!replayed) each.operations = used.take(session.message.key, nonce, notAfter)
      each.share = await shares.held(object, rendition)
      const manifest = each.share?.manifest.message
      each.facts.stored = {
        replayed,
        erased: await shares.isErased(project, object, manifest?.path),
        ...(manifest && { share: { project: manifest.project, epoch: manifest.epoch } }),
        revokedNow: taken.covers(
          project,
          grantsOf(evidence).map(({ grant }) => grant),
        ),
      }
    },
    async sessionSigned({ facts }) {
      facts.sessionSigned = await who.session(facts.asked!.body.session, facts.asked!.sessionHash)
    },
    async fresh(each) {
      each.head = await view.head()
      each.facts.fresh = isFresh(each.head, each.facts.now)
    },
    async registered(each) {
      const { request, evidence } = each.facts.asked!.body
      const { project } = request.message
      const at = each.head!.hash
      try {
        const found = await view.project(project, at)
        each.facts.registered = {
          ...(found && { owner: found.owner }),
          erased: await view.isErased(project, each.share!.manifest.message.path, at),
          ownersWill: found !== undefined && (await isOwnersWill(project, evidence, found, at)),
        }
      } catch (error) {
        if (!(error instanceof UnseenError)) throw error
        each.facts.fresh = false
      }
    },
    async policy(each) {
      each.facts.policy = await ask(each, each.head!.hash).catch(unseen)
    },
    async policyAtSafe(each) {
      try {
        const safe = await view.safe()
        each.facts.policyAtSafe = safe ? await ask(each, safe.hash) : { status: 'unseen' }
      } catch (error) {
        each.facts.policyAtSafe = unseen(error)
      }
    },
  }

  /** Decides, and once more at the very end: orders and blocks may have come while L2 was asked. */
  return async (each: Case): Promise<Verdict> => {
    const { facts } = each
    const settle = async (): Promise<Verdict> => {
      let verdict = decide(facts)
      while (verdict.status === 'needs') {
        await find[verdict.what](each)
        verdict = decide(facts)
      }
      return verdict
    }
    let verdict = await settle()
    // Whoever was let in a moment ago may be ahead of what the node saw.
    if (verdict.status === 'denied' && facts.policy !== undefined) {
      const newest = await view.head({ now: true })
      if (newest?.hash !== each.head?.hash) {
        for (const known of ['fresh', 'registered', 'policy', 'policyAtSafe'] as const) delete facts[known]
        verdict = await settle()
      }
    }
    return verdict.status === 'released' ? again(each) : verdict
  }

  function again(each: Case): Verdict {
    const { facts } = each
    const { project } = facts.asked!.body.request.message
    facts.now = BigInt(Math.floor(clock.now() / 1_000))
    facts.fresh = isFresh(each.head, facts.now)
    facts.stored!.revokedNow = taken.covers(
      project,
      grantsOf(facts.asked!.body.evidence).map(({ grant }) => grant),
    )
    return decide(facts)
  }
}

/** The key part of a node. */
export function keyService(parts: KeyParts): KeyService {
  const { metadata, secrets, view, log, signer, shareKey, domain, clock, logger, metrics } = parts
  const limits: KeyLimits = { ...keyLimits, ...parts.limits }
  const node = signer.address.toLowerCase() as Address
  const shares = shareStore(metadata, secrets)
  const used = nonces(metadata)
  const taken = revocations(metadata, domain)
  const who = signers(domain, view)
  const anchored = anchors({ metadata, log, view, node })
  const locked = locks()
  const judge = inquiry(parts, shares, used, taken, who)
  const mayDeny = bucket(limits.denialsPerSecond, limits.denialBurst, clock)
  const seconds = () => BigInt(Math.floor(clock.now() / 1_000))
  const decisions = metrics.counter({
    name: 'vault_decisions_total',
    help: 'Requests for shares that were decided, by outcome.',
    labels: ['outcome'],
  })
  const held = metrics.gauge({ name: 'vault_shares', help: 'Shares of keys that the node holds.' })
  const took = metrics.histogram({
    name: 'vault_release_seconds',
    help: 'Time from a request for a share to its answer.',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
  })

  /** The newest block, for orders of owners. @throws {Refusal} */
  async function headHash(): Promise<Hash> {
    const head = await view.head()
    if (head === undefined) throw unavailable('The node sees no block of L2 yet.')
    return head.hash
  }

  /** @throws {Refusal} unless the owner or a delegate with this power signed */
  async function expectSigned<name extends MessageName>(
    name: name,
    signed: Signed<MessageOf<name>>,
    project: Hash,
    power: number,
  ): Promise<void> {
    const acts = await who.actsFor(name, signed, project, power, await headHash()).catch((error: unknown) => {
      throw error instanceof UnseenError ? unavailable('L2 does not answer.', error) : error
    })
    if (!acts)
      throw forbidden('Expected the signature of the project’s owner or of a delegate with this power.')
  }

  /** A share is for the seat that this node has in the manifest's committee. @throws {Refusal} */
  async function expectSeat(
    { committee, threshold, shareCommitments }: Manifest,
    index: number,
  ): Promise<void> {
    const found = await parts.committees.at(committee, 'keys').catch((error: unknown) => {
      throw unavailable('The committees cannot be read at the moment.', error)
    })
    if (found?.members[index - 1]?.key !== node)
      throw malformed(`Expected the index of this node's seat in committee ${committee}, got ${index}.`)
    if (found.threshold !== threshold || found.members.length !== shareCommitments.length)
      throw malformed(
        `Expected ${found.threshold} of ${found.members.length} shares, as the committee has it, got ${threshold} of ${shareCommitments.length}.`,
      )
  }

  /** The share, sealed to who asked. Undefined where it was destroyed meanwhile, or nothing can be sealed to that key. */
  async function sealed({ question, share }: Case): Promise<ReleaseAnswer['share']> {
    const { object, rendition, ephemeralKey } = question.asked!.body.request.message
    const opening = await shares.opening(object, rendition)
    if (opening === undefined) return undefined
    try {
      const bytes = await sealRelease({
        request: question.hash,
        node,
        index: share!.index,
        opening,
        to: hexToBytes(ephemeralKey),
      })
      return {
        index: share!.index,
        sealed: bytesToHex(bytes),
        ...(share!.shareSet && { shareSet: share!.shareSet }),
      }
    } catch (error) {
      if ((error as BaseError).code === 'VAULT_BAD_WRAP') return undefined
      throw error
    } finally {
      opening.fill(0)
    }
  }

  function record(
    each: Case,
    verdict: Verdict,
    bytes: Uint8Array,
    share: ReleaseAnswer['share'],
  ): DecisionRecord {
    const { question, head } = each
    const released = verdict.status === 'released'
    // Whose key signed the request is an auditor's business; what anybody wrote into a body is not.
    const shown = each.facts.requestSigned === true && (released || bytes.length <= limits.deniedBodyBytes)
    return {
      decision: {
        project: question.asked?.body.request.message.project ?? zeroHash,
        request: question.hash,
        released,
        share: share ? sealedShareHash(share) : zeroHash,
        reason: verdict.status === 'denied' ? verdict.reason : zeroReason,
        blockNumber: head?.number ?? 0n,
        blockHash: head?.hash ?? zeroHash,
        until: verdict.status === 'released' ? verdict.until : 0n,
        // When it was decided: what an auditor holds the block's age against. Sealing takes time on a busy machine.
        timestamp: released ? each.facts.now : seconds(),
      },
      ...(shown && { body: toJson(question.asked!.body) }),
      operations: each.operations,
    }
  }

  async function release(bytes: Uint8Array): Promise<Released> {
    const began = steadyTime(clock)
    // A log that was set back must not sign on.
    const isWhole = await anchored.check()
    const question = readQuestion(domain, bytes)
    const each: Case = {
      question,
      facts: { now: seconds(), node, asked: question.asked, ...(!isWhole && { fresh: false }) },
      operations: [],
    }
    let verdict = await judge(each)
    const share = verdict.status === 'released' ? await sealed(each) : undefined
    if (verdict.status === 'released' && share === undefined)
      verdict = { status: 'denied', reason: denials.malformed }
    if (verdict.status === 'denied' && !mayDeny()) {
      decisions.inc(1, { outcome: 'rateLimited' })
      return { status: 429 }
    }
    const receipt = await log.append(record(each, verdict, bytes, share))
    const outcome = verdict.status === 'denied' ? (denialOf(verdict.reason) ?? 'policy') : 'released'
    decisions.inc(1, { outcome })
    took.observe((steadyTime(clock) - began) / 1_000)
    return share ? { status: 200, answer: { receipt, share } } : { status: 403, answer: { receipt } }
  }

  return {
    shares,
    signers: who,
    log,
    anchors: anchored,
    async start() {
      await secrets.start()
      await log.start()
      await used.start()
      await taken.start()
      await shares.start()
      held.set(shares.count)
    },
    release,
    async putManifest(object, rendition, json) {
      const fields = fieldsOf(json, 'body', ['manifest', 'index', 'sealedShare'])
      const manifest = signedFromJson('Manifest', fields.manifest, 'body.manifest')
      const index = integerOf(fields.index, 'body.index', 255)
      const { message } = manifest
      if (message.object !== object || message.rendition !== rendition)
        throw malformed('The manifest is of another object or rendition.')
      expectSound(message, index, seconds())
      if (await shares.isErased(message.project, object, message.path)) throw erased('The object was erased.')
      const manifestHash = messageHash(domain, 'Manifest', message)
      const before = (await shares.manifest(object, rendition))?.message
      if (before && messageHash(domain, 'Manifest', before) === manifestHash) {
        if (await shares.held(object, rendition)) return
        // The share of this manifest was dealt on, or lost: only another manifest brings another.
        throw conflict('The share of this manifest is not here any more.')
      }
      expectNewer(message, before)
      await expectSeat(message, index)
      await expectSigned('Manifest', manifest, message.project, powers.manifest)
      const id = { object, rendition, epoch: message.epoch }
      const opening = await openDeal({
        id,
        committee: message.committee,
        index,
        sealed: hexToBytes(hexOf(fields.sealedShare, 'body.sealedShare')),
        privateKey: shareKey.privateKey,
      }).catch((error: unknown) => {
        throw malformed('The share is not sealed to this node for this committee.', error)
      })
      try {
        if (!isOpening(id, index, opening, message.shareCommitments[index - 1]!))
          throw malformed(`The share is not the one of commitment ${index}.`)
        await locked(`${object}/${rendition}`, async () => {
          // Another one may have come while this one was looked at: of two for one epoch the first stays.
          const now = (await shares.manifest(object, rendition))?.message
          if (now && messageHash(domain, 'Manifest', now) === manifestHash) return
          expectNewer(message, now)
          await shares.put({ manifest, manifestHash, index }, opening)
        })
      } finally {
        opening.fill(0)
      }
      held.set(shares.count)
    },
    async manifest(object, rendition) {
      const found = await shares.manifest(object, rendition)
      if (found === undefined)
        throw unknown(`There is no manifest of rendition ${rendition} of ${object} here.`)
      return found
    },
    async revokeNow(json) {
      const order = signedFromJson('RevokeNow', json)
      const { project, issuedAt } = order.message
      if (issuedAt > seconds() + LATE) throw malformed('The order is from the future.')
      if (taken.countOf(project) >= mostRevocations)
        throw conflict(`Expected at most ${mostRevocations} orders.`)
      await expectSigned('RevokeNow', order, project, powers.revoke)
      await taken.add(order)
      logger.info('a grant was taken back', { project, grant: order.message.grant })
    },
    async erase(order) {
      await expectSigned('Erase', order, order.message.project, powers.erase)
      const gone = await shares.erase(order)
      held.set(shares.count)
      logger.info('an object was erased', { ...order.message, renditions: gone.length })
      return gone
    },
    async receipts(json) {
      const fields = fieldsOf(json, 'body', ['read', 'from', 'limit'])
      const read = signedFromJson('ProjectRead', fields.read, 'body.read')
      const from = uintOf(fields.from, 'body.from', 64)
      const limit = Math.max(1, integerOf(fields.limit, 'body.limit', 1_000))
      const { project, node: named, notAfter } = read.message
      if (named !== node) throw forbidden(`Expected a reading of ${node}, got ${named}.`)
      if (notAfter < seconds() || notAfter > seconds() + READ_SECONDS)
        throw forbidden('The reading is over, or too far ahead.')
      await expectSigned('ProjectRead', read, project, powers.read)
      const anchor = await anchored.of(project)
      return {
        entries: await log.page(project, from, limit),
        next: (await log.newest(project)).next,
        ...(anchor && { anchor }),
      }
    },
    prune: () => used.prune(seconds() - LATE),
  }
}
