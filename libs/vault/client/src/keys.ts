import { bytesToHex, hexToBytes, type Hash, type Hex } from '@animechain/core'
import {
  combineShares,
  defaultCrypto,
  isOpening,
  newKeyPair,
  openRelease,
  shareOfOpening,
  type KeyPair,
} from '@animechain/vault-format'
import {
  denialOf,
  messageHash,
  releaseHash,
  sealedShareHash,
  signMessage,
  signerOf,
  type Manifest,
  type Receipt,
  type ReleaseAnswer,
  type ReleaseBody,
  type Request,
  type Signed,
  type SignedShareSet,
  type VaultDomain,
} from '@animechain/vault-protocol'
import { keccak256 } from 'viem'
import { denialText, NotReleasedError, type LyingNode, type NodeRefusal } from './errors.js'
import type { CommitteeNode, KeyCommittee, NodeClient } from './nodes.js'
import type { ActiveSession } from './sessions.js'

/** Seconds that a request is for. */
const REQUEST_SECONDS = 50n

/** A data key as key nodes released it. */
export interface ReleasedKey {
  /** 32 bytes */
  dataKey: Uint8Array
  /** seconds: the first of the times until which the nodes released */
  until: bigint
  /** what the nodes signed: kept, they show a node that hides one later */
  receipts: readonly Signed<Receipt>[]
  /** who lied; the key is right all the same */
  liars: readonly LyingNode[]
  refusals: readonly NodeRefusal[]
}

/** What {@link releaseKey} needs. */
export interface ReleaseOptions {
  domain: VaultDomain
  /** its signature was checked */
  manifest: Signed<Manifest>
  /** the committee that has the shares: the manifest's, or one that they were dealt to since */
  committee: KeyCommittee
  /** those before, the newest first: asked one after the other where a later one has no shares (yet) */
  earlier?: readonly KeyCommittee[] | undefined
  /** key nodes of another epoch, whose signatures on share sets count */
  committeeAt?: ((epoch: bigint) => Promise<KeyCommittee | undefined>) | undefined
  clientOf(node: CommitteeNode): NodeClient
  session: ActiveSession
  /** one purpose */
  purpose: number
  evidence: Hex
  signal?: AbortSignal | undefined
  /** milliseconds for each node, default 10,000 */
  timeoutMs?: number | undefined
  now?: (() => number) | undefined
}

/** A share that is what its commitment says. */
interface Share {
  bytes: Uint8Array
  /** shares of one set open the key together: the hash of the share set, or the manifest's */
  set: Hash
  threshold: number
  receipt: Receipt
}

type Outcome =
  | { type: 'share'; share: Share; receipt: Signed<Receipt> }
  | { type: 'refused'; refusal: NodeRefusal; receipt?: Signed<Receipt> }
  | { type: 'lied'; liar: LyingNode; receipt?: Signed<Receipt> }

async function requestOf(
  options: ReleaseOptions,
  node: CommitteeNode,
  ephemeral: KeyPair,
): Promise<ReleaseBody> {
  const { domain, manifest, session, purpose, evidence, now = Date.now } = options
  const { project, object, rendition, epoch } = manifest.message
  const message: Request = {
    ...{ node: node.address, session: session.hash, project, object, rendition, epoch, purpose },
    ephemeralKey: bytesToHex(ephemeral.publicKey),
    evidence: keccak256(evidence),
    nonce: bytesToHex(defaultCrypto.randomBytes(32)),
    notAfter: BigInt(Math.floor(now() / 1_000)) + REQUEST_SECONDS,
  }
  return {
    session: session.signed,
    request: await signMessage(session.key, domain, 'Request', message),
    evidence,
  }
}

/** Whether at least the threshold of those who dealt it signed a share set for this manifest. */
async function isShareSet(
  options: ReleaseOptions,
  { message, signatures }: SignedShareSet,
): Promise<boolean> {
  const { domain, manifest, committee, committeeAt } = options
  if (message.manifest !== messageHash(domain, 'Manifest', manifest.message)) return false
  const { committee: first, threshold } = manifest.message
  if (message.committee !== committee.epoch || message.from < first || message.from >= message.committee)
    return false
  // Shares may have moved more than once: who dealt these is named, and was a committee then.
  const dealers = await committeeAt?.(message.from)
  const left = new Set(dealers?.nodes.map(({ address }) => address.toLowerCase()))
  let signed = 0
  for (const signature of signatures) {
    const signer = await signerOf(domain, 'ShareSet', { message, signature })
    if (signer && left.delete(signer.toLowerCase())) signed++
  }
  return dealers !== undefined && signed >= (message.from === first ? threshold : dealers.threshold)
}

/** The receipt of a node for the request; a sentence where it is none. */
async function receiptFault(
  { domain }: ReleaseOptions,
  node: CommitteeNode,
  { receipt }: ReleaseAnswer,
  request: Hash,
): Promise<string | undefined> {
  const { message } = receipt
  const signer = await signerOf(domain, 'Receipt', receipt)
  const own = node.address.toLowerCase()
  if (signer?.toLowerCase() !== own || message.node.toLowerCase() !== own)
    return `its receipt is signed by ${signer ?? 'nobody'}`
  if (message.request !== request) return 'its receipt is for another request'
  return undefined
}

async function shareOf(
  options: ReleaseOptions,
  { node, index }: { node: CommitteeNode; index: number },
  { receipt, share }: ReleaseAnswer,
  { request, ephemeral }: { request: Hash; ephemeral: KeyPair },
): Promise<Share | string> {
  if (!share) return 'it says that it released and gives no share'
  if (share.index !== index) return `it gives share ${share.index}, expected ${index}`
  const { domain, manifest } = options
  const { object, rendition, epoch, threshold, shareCommitments } = manifest.message
  const { shareSet } = share
  if (shareSet && !(await isShareSet(options, shareSet)))
    return 'its share set is not signed by those who dealt it'
  const committed = (shareSet?.message.shareCommitments ?? shareCommitments)[index - 1]
  let opening: Uint8Array
  try {
    const { privateKey } = ephemeral
    opening = await openRelease({
      request,
      node: node.address,
      index,
      privateKey,
      sealed: hexToBytes(share.sealed),
    })
  } catch {
    return 'its share is not sealed to this request'
  }
  if (!committed || !isOpening({ object, rendition, epoch }, index, opening, committed))
    return 'its share is not the one that the manifest commits to'
  return {
    bytes: shareOfOpening(opening),
    set: shareSet
      ? messageHash(domain, 'ShareSet', shareSet.message)
      : messageHash(domain, 'Manifest', manifest.message),
    threshold: shareSet?.message.threshold ?? threshold,
    receipt: receipt.message,
  }
}

async function askNode(
  options: ReleaseOptions,
  member: { node: CommitteeNode; index: number },
  signal: AbortSignal,
): Promise<Outcome> {
  const { node } = member
  const ephemeral = await newKeyPair()
  const body = await requestOf(options, node, ephemeral)
  const key = { ephemeral, request: messageHash(options.domain, 'Request', body.request.message) }
  const answer = await options.clientOf(node).release(body, { signal, timeoutMs: options.timeoutMs })
  if (answer.status !== 'ok')
    return { type: 'refused', refusal: { node: node.address, message: answer.message } }
  const { receipt } = answer.value
  const fault = await receiptFault(options, node, answer.value, key.request)
  if (fault) return { type: 'lied', liar: { node: node.address, message: fault } }
  if (!receipt.message.released) {
    const { reason } = receipt.message
    const message = denialText(reason)
    return {
      type: 'refused',
      receipt,
      refusal: { node: node.address, reason, message, ...denialName(reason) },
    }
  }
  const { share: given } = answer.value
  const binding = given && { sealed: sealedShareHash(given), safe: given.safe }
  const fits = binding && releaseHash(binding) === receipt.message.share.toLowerCase()
  if (!fits) {
    // The receipt is right and binds another share, or none came: somebody on the way changed the answer.
    const message = 'the share that came is not the one that its receipt binds'
    return { type: 'refused', receipt, refusal: { node: node.address, message } }
  }
  const share = await shareOf(options, member, answer.value, key)
  return typeof share === 'string'
    ? { type: 'lied', receipt, liar: { node: node.address, message: share } }
    : { type: 'share', receipt, share }
}

/** The first shares of one set that are enough. */
function enough(shares: readonly Share[]): readonly Share[] | undefined {
  const sets = new Map<Hash, Share[]>()
  for (const share of shares) {
    const set = sets.get(share.set) ?? []
    set.push(share)
    sets.set(share.set, set)
    if (set.length >= share.threshold) return set
  }
  return undefined
}

/** Whether a committee could not release what it does not have: where its shares are, another one says. */
const isWithoutShares = (error: unknown): error is NotReleasedError =>
  error instanceof NotReleasedError &&
  error.shares === 0 &&
  error.refusals.some(({ denial }) => denial === 'unknownObject' || denial === 'staleEpoch')

/**
 * Asks the key nodes of the committee, and where these have no shares those of earlier ones, back to the one of the manifest: shares that L1 has another
 * committee for are moved one after the other.
 * @throws {NotReleasedError} as of the newest committee: `VAULT_DENIED`, `VAULT_TOO_FEW_SHARES`
 */
export async function releaseKey(options: ReleaseOptions): Promise<ReleasedKey> {
  const { committee, earlier = [], manifest } = options
  const before = earlier.filter(({ epoch }) => epoch >= manifest.message.committee && epoch < committee.epoch)
  let failure: unknown
  for (const each of [committee, ...before])
    try {
      return await releaseBy({ ...options, committee: each })
    } catch (error) {
      // A committee that has them decides: nobody goes on to ask another for a better answer.
      if (!isWithoutShares(error)) throw error
      failure ??= error
    }
  throw failure
}

/**
 * Asks all key nodes of one committee at once, each with a request and an ephemeral key of its own, and opens the key with the first shares that are right and enough. What a
 * node gives is compared with what the manifest commits to: a node that lies is named, and the others go on.
 * @throws {NotReleasedError} `VAULT_DENIED`, `VAULT_TOO_FEW_SHARES`
 */
async function releaseBy(options: ReleaseOptions): Promise<ReleasedKey> {
  const { manifest, committee, signal } = options
  const { object, rendition, threshold } = manifest.message
  const stop = new AbortController()
  const both = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal
  const shares: Share[] = []
  const receipts: Signed<Receipt>[] = []
  const liars: LyingNode[] = []
  const refusals: NodeRefusal[] = []
  let opened: readonly Share[] | undefined
  await Promise.all(
    committee.nodes.map(async (node, i) => {
      const outcome = await askNode(options, { node, index: i + 1 }, both).catch((error: unknown) => {
        if (opened) return undefined
        throw error
      })
      if (!outcome || opened) return
      if (outcome.receipt) receipts.push(outcome.receipt)
      if (outcome.type === 'refused') refusals.push(outcome.refusal)
      else if (outcome.type === 'lied') liars.push(outcome.liar)
      else shares.push(outcome.share)
      opened = enough(shares)
      // The others need not answer any more.
      if (opened) stop.abort()
    }),
  )
  if (!opened)
    throw new NotReleasedError({ object, rendition, threshold, shares: shares.length, refusals, liars })
  const used = opened.slice(0, opened[0]!.threshold)
  const dataKey = await combineShares(used.map(({ bytes }) => bytes))
  for (const { bytes } of shares) bytes.fill(0)
  const until = used.reduce(
    (least, { receipt }) => (receipt.until < least ? receipt.until : least),
    used[0]!.receipt.until,
  )
  return { dataKey, until, receipts, liars, refusals }
}

/** Data keys in memory, each for a bounded time. */
export interface KeyCache {
  /** The key, or what `open` gives, which is asked once at a time. */
  get(id: string, open: () => Promise<{ dataKey: Uint8Array; until: bigint }>): Promise<Uint8Array>
  /** Overwrites and forgets every key, or those whose id begins like this. */
  forget(prefix?: string): void
}

/** @param maxSeconds a key is kept for so long at most, whatever the nodes allow */
export function keyCache(maxSeconds: number, now: () => number = Date.now): KeyCache {
  const keys = new Map<string, { opening: Promise<Uint8Array>; until: number; key?: Uint8Array }>()
  const drop = (id: string) => {
    keys.get(id)?.key?.fill(0)
    keys.delete(id)
  }
  return {
    async get(id, open) {
      const known = keys.get(id)
      if (known && known.until > now()) return (await known.opening).slice()
      drop(id)
      const entry: { opening: Promise<Uint8Array>; until: number; key?: Uint8Array } = {
        until: now() + maxSeconds * 1_000,
        opening: open().then(({ dataKey, until }) => {
          entry.until = Math.min(entry.until, Number(until) * 1_000)
          entry.key = dataKey
          return dataKey
        }),
      }
      keys.set(id, entry)
      try {
        return (await entry.opening).slice()
      } catch (error) {
        if (keys.get(id) === entry) keys.delete(id)
        throw error
      }
    },
    forget(prefix = '') {
      for (const id of [...keys.keys()]) if (id.startsWith(prefix)) drop(id)
    },
  }
}

function denialName(reason: Hex): Pick<NodeRefusal, 'denial'> {
  const denial = denialOf(reason)
  return denial ? { denial } : {}
}
