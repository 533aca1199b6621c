import type { Address, Clock, Hash, Logger, Metrics } from '@animechain/core'
import type { KeyPair } from '@animechain/vault-format'
import {
  fieldsOf,
  hexOf,
  integerOf,
  signedFromJson,
  uintOf,
  type Erase,
  type Manifest,
  type MessageName,
  type MessageOf,
  type MessageSigner,
  type Signed,
  type VaultDomain,
} from '@animechain/vault-protocol'
import type { Committees } from '../committees.js'
import { conflict, erased, forbidden, malformed, unavailable, unknown } from '../http/refusal.js'
import type { MetadataStore } from '../metadata/store.js'
import { anchors, type Anchors } from './anchor.js'
import { powers, UnseenError, type ChainView } from './chainView.js'
import { keyLimits, type KeyLimits } from './limits.js'
import { LATE, manifestTaker } from './manifests.js'
import { mover, type Mover, type MoveSettings } from './mover.js'
import { nonces } from './nonces.js'
import { mostRevocations, revocations } from './orders.js'
import type { ReceiptLog } from './receipts.js'
import { releaser, type Released } from './releaser.js'
import { resharer, type Resharer } from './reshare.js'
import { shareStore, type ShareStore } from './shareStore.js'
import type { Shreds } from './shreds.js'
import { signers, type Signers } from './signers.js'
import { tombstones, type SeenErasure, type Tombstones } from './tombstones.js'

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
  /** Its part in a change of members without the owner. */
  readonly reshare: Resharer
  /** Moves what it holds to the committee in force. */
  readonly mover: Mover
  /** Housekeeping: forgets nonces that are over. */
  prune(): Promise<void>
  readonly shares: ShareStore
  readonly log: ReceiptLog
  readonly anchors: Anchors
  /** What was erased on chain. */
  readonly tombstones: Tombstones
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
  /** has the bytes of what was erased on chain deleted */
  deleteBytes: (seen: SeenErasure) => Promise<void>
  limits?: Partial<KeyLimits>
  moves?: MoveSettings | undefined
  clock: Clock
  logger: Logger
  metrics: Metrics
}

/** Seconds that a `ProjectRead` may be valid for. */
const READ_SECONDS = 86_400n

/** Throws a `Refusal` unless the owner of a project, or a delegate with a power, signed. */
export function signatureCheck(view: ChainView, who: Signers) {
  return async <name extends MessageName>(
    name: name,
    signed: Signed<MessageOf<name>>,
    project: Hash,
    power: number,
  ): Promise<void> => {
    const head = await view.head()
    if (head === undefined) throw unavailable('The node sees no block of L2 yet.')
    const acts = await who.actsFor(name, signed, project, power, head.hash).catch((error: unknown) => {
      throw error instanceof UnseenError ? unavailable('L2 does not answer.', error) : error
    })
    if (!acts)
      throw forbidden('Expected the signature of the project’s owner or of a delegate with this power.')
  }
}

/** What the chain has a tombstone of is not taken: nobody would tell the node once more. @throws {Refusal} */
async function expectNotErased(view: ChainView, { project, path }: Manifest): Promise<void> {
  const head = await view.head()
  const isErased = await view.isErased(project, path, head!.hash).catch((error: unknown) => {
    throw unavailable('L2 does not answer.', error)
  })
  if (isErased) throw erased('The object was erased.')
}

/** What owners and their auditors read. */
function receiptsReader(parts: {
  log: ReceiptLog
  anchored: Anchors
  node: Address
  seconds: () => bigint
  expectSigned: ReturnType<typeof signatureCheck>
}) {
  const { log, anchored, node, seconds, expectSigned } = parts
  return async (json: unknown): Promise<unknown> => {
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
    const entries = await log.page(project, from, limit)
    return { entries, next: (await log.newest(project)).next, ...(anchor && { anchor }) }
  }
}

/** The parts that a key node's service stands on. */
function servicesOf(parts: KeyParts) {
  const { metadata, secrets, view, log, signer, domain, clock, metrics, policies } = parts
  const limits: KeyLimits = { ...keyLimits, ...parts.limits }
  const node = signer.address.toLowerCase() as Address
  const shares = shareStore(metadata, secrets)
  const used = nonces(metadata)
  const taken = revocations(metadata, domain)
  const who = signers(domain, view)
  const anchored = anchors({ metadata, log, view, node })
  const seconds = () => BigInt(Math.floor(clock.now() / 1_000))
  const reshare = resharer({ ...parts, shares, node, who, seconds })
  const sources = { view, shares, used, taken, who, policies, maxAge: limits.maxAge, clock }
  return {
    ...{ node, shares, used, taken, anchored, expectSigned: signatureCheck(view, who) },
    manifests: manifestTaker({ ...parts, shares, node }),
    release: releaser({ sources, log, anchors: anchored, node, domain, limits, metrics }),
    held: metrics.gauge({ name: 'vault_shares', help: 'Shares of keys that the node holds.' }),
    tombstones: tombstones({ ...parts, shares, who }),
    reshare,
    mover: mover({ ...parts, shares, node, reshare, settings: parts.moves }),
    seconds,
  }
}

/** The key part of a node. */
export function keyService(parts: KeyParts): KeyService {
  const { secrets, log, logger } = parts
  const services = servicesOf(parts)
  const { shares, used, taken, anchored, expectSigned, held, seconds } = services

  return {
    shares,
    log,
    anchors: anchored,
    reshare: services.reshare,
    tombstones: services.tombstones,
    mover: services.mover,
    release: services.release,
    receipts: receiptsReader({ ...services, log }),
    async start() {
      await secrets.start()
      await log.start()
      await used.start()
      await taken.start()
      await shares.start()
      held.set(shares.count)
    },
    async putManifest(object, rendition, json) {
      const fields = fieldsOf(json, 'body', ['manifest', 'index', 'sealedShare'])
      const manifest = signedFromJson('Manifest', fields.manifest, 'body.manifest')
      const index = integerOf(fields.index, 'body.index', 255)
      const sealedShare = hexOf(fields.sealedShare, 'body.sealedShare')
      const { message } = manifest
      if (message.object !== object || message.rendition !== rendition)
        throw malformed('The manifest is of another object or rendition.')
      await services.manifests.take({ manifest, index, sealedShare }, seconds(), async () => {
        await expectSigned('Manifest', manifest, message.project, powers.manifest)
        await expectNotErased(parts.view, message)
      })
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
    async prune() {
      held.set(shares.count)
      await used.prune(seconds() - LATE)
    },
  }
}
