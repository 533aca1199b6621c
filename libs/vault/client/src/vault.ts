import { bytesToHex, InvalidInputError, type Address, type Hash } from '@animechain/core'
import { defaultCrypto, type KeyPair } from '@animechain/vault-format'
import { projectId, type MessageSigner, type Purpose } from '@animechain/vault-protocol'
import { giveBlind, giveOnChain, passOnGrant, type Granted, type GrantOptions } from './access.js'
import type { VaultChain } from './chain.js'
import { projectOf, type VaultContext } from './context.js'
import type { VaultFile } from './files.js'
import type { Pass } from './grants.js'
import { keyCache } from './keys.js'
import { readLedger } from './ledger.js'
import { objectOf } from './manifests.js'
import { nodeClient, type CommitteeNode, type KeyCommittee, type NodeClient } from './nodes.js'
import {
  openObject,
  putObject,
  readIndex,
  type OpenOptions,
  type PutObjectOptions,
  type ReadOptions,
} from './objects.js'
import {
  dealToCommittee,
  eraseObject,
  revokeGrant,
  type Erased,
  type Revoked,
  type RevokeOptions,
} from './orders.js'
import { entryOf, pathOfName, type Ledger, type ProjectIndex } from './projectIndex.js'
import type { Content, PutResult } from './put.js'
import { collectReceipts, type ShownReceipts } from './receipts.js'
import { sessions, type SessionOptions } from './sessions.js'
import type { BlobStorage, StorageNodeAddress } from './storage.js'
import { memoryStore, sessionStore, type VaultStore } from './store.js'

/** What a vault is made of. */
export interface VaultOptions {
  chain: VaultChain
  /** the account: signs sessions, manifests, grants and orders */
  signer: MessageSigner
  /** the key nodes */
  committee: KeyCommittee
  /** key nodes of earlier epochs: asked for what the newer ones have not (yet), and told every order */
  earlier?: readonly KeyCommittee[]
  /** key nodes of other epochs, by whom shares were dealt on; those of `earlier` need not be told by it */
  committeeAt?: (epoch: bigint) => Promise<KeyCommittee | undefined>
  /** the storage nodes: `storageCommittee` of `@animechain/vault-committee` */
  storage: BlobStorage
  /** addresses of those that are no key nodes too: for orders to erase */
  storageNodes?: readonly StorageNodeAddress[]
  /** the owner's X25519 key: whoever has it opens everything of the owner's, without key nodes */
  ownerKey?: KeyPair
  /** default: in memory */
  store?: VaultStore
  session?: Pick<SessionOptions, 'seconds' | 'renewSeconds' | 'renewAhead' | 'purposes'>
  /** whether sessions are kept in `store`; default false */
  keepSessions?: boolean
  /** longest time that a released key is kept in memory, seconds; default 600 */
  keySeconds?: number
  /** longest time for one request to a node, milliseconds; default 10,000 */
  timeoutMs?: number
  /** milliseconds since 1970 */
  now?: () => number
  /** how a node is spoken with; default HTTP */
  clientOf?: (node: CommitteeNode) => NodeClient
}

/** The private store, for people and programs. Errors are `BaseError` with a code; those of access say who denied and why. */
export interface Vault {
  readonly account: Address
  /** Registers a project of the account's. `blind`: its grants are seen by nobody. */
  createProject(options?: { blind?: boolean; salt?: Hash }): Promise<{ project: Hash; transaction: Hash }>
  /** Puts a rendition under a name. */
  put(project: Hash, name: string, content: Content, options?: PutObjectOptions): Promise<PutResult>
  /** Names of a project. */
  ls(project: Hash, options?: ReadOptions): Promise<ProjectIndex>
  /** Opens an object by name or id, to read ranges of it. */
  open(project: Hash, ref: string, options?: OpenOptions): Promise<VaultFile>
  /** Bytes of an object: all, or a range. */
  get(
    project: Hash,
    ref: string,
    options?: OpenOptions & { offset?: number; length?: number },
  ): Promise<Uint8Array>
  /** Gives a grant on chain (policy `Grants`). */
  grant(project: Hash, terms: VaultGrant): Promise<Granted>
  /** Gives a grant that the chain does not show (policy `BlindGrants`). */
  grantBlind(project: Hash, terms: VaultGrant): Promise<Granted>
  /** Passes a grant on. */
  passOn(pass: Pass, terms: GrantOptions): Promise<Granted>
  /** Grants that the owner remembers. */
  grants(project: Hash): Promise<Ledger>
  /** Takes a grant back, by its id, and seals what it covered anew. */
  revoke(project: Hash, grant: Hash | 'all', options?: RevokeOptions): Promise<Revoked>
  /** Has an object, or a folder, destroyed for good, by name or id. */
  erase(project: Hash, ref: string): Promise<Erased>
  /** Deals all keys to another committee. */
  members(
    project: Hash,
    committee: KeyCommittee,
    options?: { signal?: AbortSignal; progress?: (done: number, total: number) => void },
  ): Promise<number>
  /** What the key nodes did, for `auditReceipts`. */
  receipts(
    project: Hash,
    options?: { signal?: AbortSignal; progress?: (receipts: number) => void },
  ): Promise<ShownReceipts[]>
  /** Overwrites every key in memory and forgets sessions. */
  close(): void
}

/** Terms of a grant by names. */
export interface VaultGrant extends Omit<GrantOptions, 'scope' | 'objects'> {
  /** names or ids of objects or folders; one, or the whole project by default */
  on?: string
  purposes: readonly Purpose[]
}

function contextOf(options: VaultOptions): VaultContext {
  const {
    chain,
    signer,
    committee,
    storage,
    now = Date.now,
    store = memoryStore(),
    timeoutMs = 10_000,
  } = options
  if (committee.threshold < 2 || committee.nodes.length < committee.threshold)
    throw new InvalidInputError('committee', 'a threshold from 2 to its key nodes', committee.threshold)
  const earlier = [...(options.earlier ?? [])].sort((a, b) => Number(b.epoch - a.epoch))
  if (earlier.some(({ epoch }) => epoch >= committee.epoch))
    throw new InvalidInputError('earlier committees', `epochs below ${committee.epoch}`, earlier[0]!.epoch)
  const clients = new Map<string, NodeClient>()
  const clientOf = (node: CommitteeNode): NodeClient => {
    const known = clients.get(node.url)
    if (known) return known
    const client = nodeClient(node)
    clients.set(node.url, client)
    return client
  }
  return {
    ...{ chain, signer, committee, storage, store, timeoutMs, now, ownerKey: options.ownerKey },
    storageNodes: options.storageNodes ?? [],
    earlier,
    committeeAt: async (epoch) =>
      [committee, ...earlier].find((each) => each.epoch === epoch) ?? options.committeeAt?.(epoch),
    clientOf: options.clientOf ?? clientOf,
    sessions: sessions({
      ...{ domain: chain.domain, signer, now, ...options.session },
      ...(options.keepSessions ? { store: sessionStore(store) } : {}),
    }),
    keys: keyCache(options.keySeconds ?? 600, now),
  }
}

/** What is covered by a grant on a name, and what its pass tells. */
async function covered(
  context: VaultContext,
  project: Hash,
  { on = '', ...terms }: VaultGrant,
): Promise<GrantOptions> {
  const index = await readIndex(context, project)
  const entry = entryOf(index, on)
  const scope = entry?.path ?? pathOfName(index, on)
  if (!scope) throw new InvalidInputError('object or folder', 'one that is in the index', on)
  const label = terms.label ?? (on === '' ? 'the whole project' : on)
  if (!entry) return { ...terms, label, scope }
  const { name, path, renditions } = entry
  const shown = terms.renditions.filter((rendition) => renditions[rendition])
  const lengths = Object.fromEntries(shown.map((rendition) => [rendition, renditions[rendition]!.length]))
  const type = shown.map((rendition) => renditions[rendition]!.type).find((each) => each !== undefined)
  return {
    ...terms,
    label,
    scope,
    objects: [{ name, path, lengths, ...(type === undefined ? {} : { type }) }],
  }
}

/** The id of what a name or an id stands for. */
async function objectIdOf(context: VaultContext, project: Hash, ref: string): Promise<Hash> {
  const index = await readIndex(context, project)
  const folder = index.folders.find(({ name }) => name === ref.replace(/\/$/, ''))
  if (/^0x[0-9a-f]{64}$/i.test(ref)) return ref.toLowerCase() as Hash
  const path = entryOf(index, ref)?.path ?? folder?.path
  if (!path) throw new InvalidInputError('object or folder', 'one that is in the index', ref)
  return objectOf({ project, path })
}

/** Opens the private store for an account. */
export function createVault(options: VaultOptions): Vault {
  const context = contextOf(options)
  const { chain, signer } = context
  return {
    account: signer.address,
    async createProject({ blind = false, salt = bytesToHex(defaultCrypto.randomBytes(32)) } = {}) {
      const { grants, blindGrants } = chain.contracts
      const transaction = await chain.createProject(salt, blind ? blindGrants : grants)
      const project = projectId({ ...chain.domain, owner: signer.address, salt })
      await projectOf(context, project)
      return { project, transaction }
    },
    put: (project, name, content, put) => putObject(context, project, name, content, put),
    ls: (project, read) => readIndex(context, project, read),
    open: (project, ref, open) => openObject(context, project, ref, open),
    async get(project, ref, { offset = 0, length, ...open } = {}) {
      const file = await openObject(context, project, ref, open)
      return file.read(offset, length ?? Math.max(0, file.length - offset), open.signal)
    },
    grant: async (project, terms) => giveOnChain(context, project, await covered(context, project, terms)),
    grantBlind: async (project, terms) => giveBlind(context, project, await covered(context, project, terms)),
    passOn: (pass, terms) => passOnGrant(context, pass, terms),
    grants: (project) => readLedger(context, project),
    revoke: (project, grant, revoke) => revokeGrant(context, project, grant, revoke),
    erase: async (project, ref) => eraseObject(context, project, await objectIdOf(context, project, ref)),
    members: (project, committee, deal) => dealToCommittee(context, project, committee, deal),
    receipts: (project, collect) => collectReceipts(context, project, collect),
    close() {
      context.keys.forget()
      context.sessions.forget()
    },
  }
}
