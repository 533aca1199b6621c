import { join } from 'node:path'
import {
  bytesToHex,
  silentLogger,
  silentMetrics,
  systemClock,
  type Address,
  type Clock,
  type Hash,
  type Lifecycle,
  type Logger,
  type Metrics,
} from '@animechain/core'
import type { ObjectStore } from '@animechain/objects'
import { loop, type Loop, type LoopDefinition } from '@animechain/runtime'
import type { KeyPair } from '@animechain/vault-format'
import {
  routes,
  type CertificateDomain,
  type MessageSigner,
  type NodeInfo,
  type Signed,
  type Upload,
  type VaultDomain,
} from '@animechain/vault-protocol'
import type { FastifyInstance } from 'fastify'
import { challengeAnswerer, type ChallengeOptions } from './challenges/answerer.js'
import type { Committees } from './committees.js'
import { byteDeleter, erasures } from './erasures.js'
import { forbidden, malformed, unavailable } from './http/refusal.js'
import { httpServer, jsonOf, sendJson, type HttpOptions } from './http/server.js'
import type { AnchorSender } from './keys/anchor.js'
import { powers, UnseenError, type ChainView } from './keys/chainView.js'
import { fileMark } from './keys/mark.js'
import { receiptLog } from './keys/receipts.js'
import { keyRoutes } from './keys/routes.js'
import type { KeyLimits } from './keys/limits.js'
import type { MoveSettings } from './keys/mover.js'
import { keyService, type KeyService } from './keys/service.js'
import { shreds } from './keys/shreds.js'
import { signers, type Signers } from './keys/signers.js'
import type { MetadataStore } from './metadata/store.js'
import { heldPage, heldRoute, repairer, type RepairReport } from './repair.js'
import type { StorageLimits } from './storage/room.js'
import { storageRoutes } from './storage/routes.js'
import { storageService } from './storage/service.js'
import type { StorageService } from './storage/types.js'

/** What a node does. */
export type NodeRole = 'storage' | 'keys'

/** What a node is made of. */
export interface VaultNodeOptions {
  roles: readonly NodeRole[]
  domain: VaultDomain
  /** signs acknowledgements and receipts; its address is the node's */
  signer: MessageSigner
  /** X25519 key that shares are sealed to; of key nodes */
  shareKey?: KeyPair
  view: ChainView
  committees: Committees
  /** the chain's own policies; what owners signed acts at once through them alone */
  policies: readonly Address[]
  metadata: MetadataStore
  /** bytes of shards; of storage nodes */
  objects?: ObjectStore
  /** folder of this machine: unfinished shards, keys of shares, the mark of the log */
  folder: string
  /** where the log's mark is; default in `folder`. Where it is kept apart, a copy of the folder that is put back is noticed */
  markFile?: string
  /** where the node certifies batches */
  certificates?: CertificateDomain
  /** accounts that may have batches (project zero) stored; default none */
  batchers?: () => Promise<readonly Address[]>
  http: Omit<HttpOptions, 'logger'>
  /** requests for shares of one client a minute; default 1,200 */
  releasesPerMinute?: number
  storageLimits?: Partial<StorageLimits>
  keyLimits?: Partial<KeyLimits>
  /** how a key node moves what it holds when L1 shows another committee; `ms` zero: not by itself */
  moves?: MoveSettings
  /** how often, and by whom, receipts are anchored on L2; absent: they are not */
  anchors?: { ms: number; send: AnchorSender }
  /** milliseconds between two looks at what was erased on L2; default 4,000 */
  tombstoneMs?: number
  /** how a storage node is challenged on L1, and answers; absent: it does not look */
  challenges?: ChallengeOptions
  /** milliseconds between two rounds of scrubbing and repair; default an hour */
  repairMs?: number
  clock?: Clock
  logger?: Logger
  metrics?: Metrics
}

/** A node of the private store. */
export interface VaultNode extends Lifecycle {
  readonly url: string
  readonly address: Address
  info(): Promise<NodeInfo>
  /** absent: it is no storage node */
  readonly storage?: StorageService
  /** absent: it is no key node */
  readonly keys?: KeyService
  /** Scrubs and repairs now. */
  repair(): Promise<RepairReport>
  /** Takes nothing new from now on; what it has it serves. */
  drain(on: boolean): void
  readonly isDraining: boolean
}

/** Milliseconds between two rounds of housekeeping. */
const HOUSEKEEPING_MS = 10_000
/** Milliseconds after which an anchor that failed is tried again the first time. */
const RETRY_MS = 10_000
const zeroHash: Hash = `0x${'00'.repeat(32)}`
const zeroAddress: Address = `0x${'00'.repeat(20)}`

/** Who may have a blob stored. */
function uploadLeave(options: VaultNodeOptions, who: Signers) {
  const { view, batchers = async () => [] } = options
  return async (upload: Signed<Upload>): Promise<Address> => {
    const { project } = upload.message
    if (project === zeroHash) {
      const signer = await who.key('Upload', upload)
      const allowed = await batchers().catch((error: unknown) => {
        throw unavailable('It cannot be told at the moment who the batcher is.', error)
      })
      if (signer === undefined || !allowed.includes(signer))
        throw forbidden('Expected the signature of a batcher.')
      return zeroAddress
    }
    const head = await view.head()
    if (head === undefined) throw unavailable('The node sees no block of L2 yet.')
    try {
      const found = await view.project(project, head.hash)
      if (found === undefined) throw forbidden(`Nobody has registered the project ${project}.`)
      if (!(await who.actsFor('Upload', upload, project, powers.manifest, head.hash)))
        throw forbidden(
          'Expected the signature of the project’s owner, or of a delegate that may sign manifests.',
        )
      return found.owner
    } catch (error) {
      throw error instanceof UnseenError ? unavailable('L2 does not answer.', error) : error
    }
  }
}

/** What a node is made of, with defaults. */
type Parts = VaultNodeOptions & Required<Pick<VaultNodeOptions, 'clock' | 'logger' | 'metrics'>>

/** The services of a node's roles. @throws {Refusal} where a part that a role needs is missing */
function servicesOf(parts: Parts, who: Signers): Pick<VaultNode, 'storage' | 'keys'> {
  const { roles, metadata, objects, shareKey, signer, domain, folder, committees } = parts
  if (roles.includes('storage') && !objects) throw malformed('A storage node needs a store of objects.')
  if (roles.includes('keys') && !shareKey)
    throw malformed('A key node needs a key that shares are sealed to.')
  const makeStorage = () =>
    storageService({
      ...parts,
      objects: objects!,
      uploadFolder: join(folder, 'uploads'),
      committee: () => committees.current(),
      mayUpload: uploadLeave(parts, who),
      ...(parts.storageLimits && { limits: parts.storageLimits }),
    })
  const mark = fileMark(parts.markFile ?? join(folder, 'receipts.mark'))
  const storage = roles.includes('storage') ? makeStorage() : undefined
  const self = signer.address.toLowerCase() as Address
  const keys = () =>
    keyService({
      ...parts,
      deleteBytes: byteDeleter({ ...parts, storage, self }),
      shareKey: shareKey!,
      secrets: shreds(join(folder, 'secrets')),
      log: receiptLog({ metadata, signer, domain, mark }),
      ...(parts.keyLimits && { limits: parts.keyLimits }),
    })
  return {
    ...(storage && { storage }),
    ...(roles.includes('keys') && { keys: keys() }),
  }
}

/** What a node says of itself. */
async function infoOf(parts: Parts): Promise<NodeInfo> {
  const { roles, shareKey, view, domain, signer, clock } = parts
  const head = await view.head()
  const age = head && Math.max(0, Math.floor(clock.now() / 1_000 - Number(head.timestamp)))
  return {
    version: 1,
    address: signer.address.toLowerCase() as Address,
    roles,
    ...(shareKey && roles.includes('keys') && { shareKey: bytesToHex(shareKey.publicKey) }),
    chainId: domain.chainId,
    registry: domain.registry,
    ...(head && { head: { number: head.number, hash: head.hash, age: age! } }),
  }
}

/** What a node does by itself. */
function loopsOf(
  parts: Parts,
  { keys, storage }: Pick<VaultNode, 'keys' | 'storage'>,
  round?: ReturnType<typeof repairer>,
): Loop[] {
  const { anchors, challenges, repairMs = 3_600_000, tombstoneMs = 4_000 } = parts
  const { ms: moveMs = 15_000 } = parts.moves ?? {}
  const definitions: LoopDefinition[] = []
  if (keys)
    definitions.push({ name: 'vault housekeeping', pollMs: HOUSEKEEPING_MS, step: () => keys.prune() })
  if (keys)
    definitions.push({
      name: 'vault tombstones',
      pollMs: tombstoneMs,
      step: (signal) => keys.tombstones.look(signal),
    })
  if (keys && anchors) {
    const { ms, send } = anchors
    const step = async (signal: AbortSignal) => {
      await keys.anchors.anchor(send, signal)
      return ms
    }
    // After failures it is tried again sooner, at last as often as it is due.
    definitions.push({ name: 'vault anchor', pollMs: Math.min(ms, RETRY_MS), maxBackoffMs: ms, step })
  }
  if (keys && moveMs > 0)
    definitions.push({
      name: 'vault moves',
      pollMs: moveMs,
      maxBackoffMs: Math.max(moveMs, 60_000),
      step: async (signal) => keys.mover.run(signal),
    })
  const loops = definitions.map((each) => loop(each, parts))
  const repair =
    round &&
    loop(
      { name: 'vault repair', pollMs: repairMs, step: async (signal) => void (await round(signal)) },
      parts,
    )
  if (repair) loops.push(repair)
  if (storage && challenges) {
    const node = parts.signer.address
    const step = challengeAnswerer({
      ...{ ...parts, ...challenges, storage, node },
      repair: () => repair?.wake(),
    })
    loops.push(loop({ name: 'vault challenges', pollMs: challenges.pollMs, step }, parts))
  }
  return loops
}

/** Composes a node: storage, keys or both, served over HTTP. */
export function vaultNode(options: VaultNodeOptions): VaultNode {
  const { clock = systemClock, logger = silentLogger, metrics = silentMetrics } = options
  const parts: Parts = { ...options, clock, logger, metrics }
  const { domain, signer, view, committees, metadata, objects } = parts
  const who = signers(domain, view)
  const services = servicesOf(parts, who)
  const { storage, keys } = services
  const now = () => clock.now() / 1_000
  const repair = storage && { service: storage, committees, signer, domain, logger, metrics, now }
  const round = repair && repairer(repair)
  const loops = loopsOf(parts, services, round)
  let isDraining = false

  function addRoutes(app: FastifyInstance): void {
    app.addHook('preHandler', async (request) => {
      if (request.method === 'PUT' && isDraining)
        throw unavailable('The node is being drained: it takes nothing new.')
    })
    app.get(routes.info, async (_request, reply) => sendJson(reply, await infoOf(parts)))
    const orders = erasures({ view, who, domain, ...services })
    app.post(routes.erase, async (request, reply) => {
      await orders.erase(jsonOf(request))
      return reply.code(204).send()
    })
    if (storage) {
      storageRoutes(app, storage)
      app.post(routes.supersede, async (request, reply) => {
        await orders.supersede(storage, jsonOf(request))
        return reply.code(204).send()
      })
    }
    if (repair)
      app.post(heldRoute, async (request, reply) =>
        sendJson(reply, await heldPage(repair, (read) => who.key('ProjectRead', read), jsonOf(request))),
      )
    if (keys) keyRoutes(app, keys, parts.releasesPerMinute ?? 1_200)
  }
  const server = httpServer({ ...parts.http, logger }, addRoutes)

  return {
    ...services,
    address: signer.address.toLowerCase() as Address,
    get url() {
      return server.url
    },
    get isDraining() {
      return isDraining
    },
    info: () => infoOf(parts),
    drain(on) {
      isDraining = on
    },
    repair: async () => round?.(new AbortController().signal) ?? { repaired: 0, failed: 0 },
    async start() {
      await metadata.start()
      await objects?.start()
      await view.start()
      await storage?.start()
      await keys?.start()
      await server.start()
      for (const each of loops) await each.start()
    },
    async stop() {
      for (const each of loops) await each.stop()
      await server.stop()
      await view.stop()
      await objects?.stop()
      await metadata.stop()
    },
  }
}
