import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { accessRegistryAbi, accessRegistryBytecode, grantsAbi, grantsBytecode } from '@animechain/contracts'
import { bytesToHex, hexToBytes, type Address, type Hash, type Hex } from '@animechain/core'
import { memoryObjects } from '@animechain/objects'
import { memoryStorage } from '@animechain/storage-memory'
import { anvil, eventually, patient, testAccount, type Anvil } from '@animechain/testing'
import {
  combineShares,
  dealKey,
  deriveKeyPair,
  newDataKey,
  newKeyPair,
  openRelease,
  sealBytes,
  shareOfOpening,
  wrapKey,
  type KeyPair,
  type SealedBytes,
} from '@animechain/vault-format'
import {
  accountSubject,
  childId,
  encodeEvidence,
  messageHash,
  objectAt,
  projectId,
  routes,
  signMessage,
  toJson,
  type Evidence,
  type Grant,
  type Manifest,
  type MessageSigner,
  type ReleaseAnswer,
  type ReleaseBody,
  type Request,
  type Session,
  type Signed,
  type VaultDomain,
} from '@animechain/vault-protocol'
import {
  createWalletClient,
  encodeDeployData,
  http,
  keccak256,
  numberToHex,
  padHex,
  publicActions,
} from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { foundry } from 'viem/chains'
import {
  chainView,
  embeddedMetadata,
  fixedCommittees,
  vaultNode,
  type Committee,
  type CommitteeRole,
  type L2Rpc,
  type VaultNode,
  type VaultNodeOptions,
} from '../src/index.ts'

export const zeroHash: Hash = `0x${'00'.repeat(32)}`
export const random = (): Hash => bytesToHex(randomBytes(32))
export const seconds = () => BigInt(Math.floor(Date.now() / 1_000))

/**
 * A real EVM with the contracts of the store, as L2; a project of account 0 on it. With `mineAtOnce` nobody waits for a block: a node that looked a moment ago
 * may not have seen what was mined, and the test must wait for its view.
 */
export async function store(options: { blockTime?: number; mineAtOnce?: boolean } = {}) {
  const chain = await anvil({ blockTime: 1, ...options })
  const owner = testAccount(0)
  const wallet = createWalletClient({
    chain: foundry,
    account: owner,
    transport: http(chain.url, patient),
  }).extend(publicActions)
  const mined = async (hash: Hash) => {
    const receipt = await wallet.waitForTransactionReceipt({ hash, pollingInterval: 100, timeout: 60_000 })
    if (receipt.status !== 'success') throw new Error(`the transaction ${hash} reverted`)
    return receipt
  }
  const create = async (data: Hex): Promise<Address> => {
    const receipt = await mined(await wallet.sendTransaction({ data } as never))
    return receipt.contractAddress!.toLowerCase() as Address
  }
  const deploy = (abi: unknown, bytecode: Hex, args: readonly unknown[] = []) =>
    create(encodeDeployData({ abi, bytecode, args } as never))
  const registry = await deploy(accessRegistryAbi, accessRegistryBytecode)
  const grants = await deploy(grantsAbi, grantsBytecode, [registry])
  const domain: VaultDomain = { chainId: foundry.id, registry }
  const salt = random()
  const { blockNumber } = await mined(
    await wallet.writeContract({
      address: registry,
      abi: accessRegistryAbi,
      functionName: 'createProject',
      args: [salt, grants],
    }),
  )
  // Owner and policy must be the same at the safe block.
  await eventually(
    'the project to be safe',
    async () => (await wallet.getBlock({ blockTag: 'safe' })).number >= blockNumber,
  )
  const project = projectId({ chainId: foundry.id, registry, owner: owner.address, salt })
  return {
    chain,
    owner,
    wallet,
    mined,
    create,
    deploy,
    registry,
    grants,
    domain,
    project,
    stop: () => chain.stop(),
  }
}
export type Store = Awaited<ReturnType<typeof store>>

/** JSON-RPC of a chain, without retries. */
export const rpcOf = (url: string): L2Rpc => {
  const transport = http(url, { retryCount: 0, timeout: 20_000 })({})
  return { request: (call) => transport.request(call as never) }
}

/** Nodes in one process, on loopback. */
export interface Members {
  nodes: VaultNode[]
  shareKeys: KeyPair[]
  signers: MessageSigner[]
  folders: string[]
  committee: () => Readonly<Record<CommitteeRole, Omit<Committee, 'epoch'>>>
  stop(): Promise<void>
}

/** Starts a committee whose members have both roles. */
export async function members(
  { domain, grants, chain }: Pick<Store, 'domain' | 'grants' | 'chain'>,
  count = 5,
  options: Partial<VaultNodeOptions> & { rpc?: L2Rpc; threshold?: number; ports?: readonly number[] } = {},
): Promise<Members> {
  const signers = Array.from({ length: count }, () => privateKeyToAccount(random()))
  const shareKeys = await Promise.all(signers.map(() => newKeyPair()))
  const folders = signers.map(() => mkdtempSync(join(tmpdir(), 'vault-node-')))
  const nodes: VaultNode[] = []
  const seats = () =>
    signers.map(({ address }, i) => ({
      key: address.toLowerCase() as Address,
      shareKey: bytesToHex(shareKeys[i]!.publicKey),
      url: nodes[i]!.url,
    }))
  const threshold = options.threshold ?? 3
  const committee = () => ({
    storage: { threshold: 4, members: seats() },
    keys: { threshold, members: seats() },
  })
  const { systemClock, silentLogger } = await import('@animechain/core')
  for (const [i, signer] of signers.entries())
    nodes.push(
      vaultNode({
        roles: ['storage', 'keys'],
        domain,
        signer: signer as unknown as MessageSigner,
        shareKey: shareKeys[i]!,
        view: chainView({
          rpc: options.rpc ?? rpcOf(chain.url),
          registry: domain.registry,
          clock: systemClock,
          logger: silentLogger,
          pollMs: 200,
        }),
        committees: fixedCommittees(() => [committee()]),
        policies: [grants],
        metadata: embeddedMetadata(memoryStorage()),
        objects: memoryObjects(),
        folder: folders[i]!,
        http: { port: options.ports?.[i] ?? 0 },
        ...options,
      }),
    )
  for (const node of nodes) await node.start()
  return {
    nodes,
    shareKeys,
    signers: signers as unknown as MessageSigner[],
    folders,
    committee,
    async stop() {
      await Promise.all(nodes.map((node) => node.stop()))
      for (const folder of folders) rmSync(folder, { recursive: true, force: true })
    },
  }
}

export const send = (url: string, body: unknown, method = 'POST') =>
  fetch(url, { method, headers: { 'content-type': 'application/json' }, body: toJson(body) })

export const octets = (url: string, body: Uint8Array, headers: Record<string, string> = {}) =>
  fetch(url, {
    method: 'PUT',
    headers: { 'content-type': 'application/octet-stream', ...headers },
    body: body as never,
  })

const signer = (account: unknown) => account as MessageSigner

/** Stores sealed bytes in a whole committee: shard j at node j. */
export async function putBlob(
  store: Store,
  { nodes }: Pick<Members, 'nodes'>,
  sealed: SealedBytes,
): Promise<void> {
  const { blob, descriptor } = sealed
  const upload = await signMessage(signer(store.owner), store.domain, 'Upload', {
    project: store.project,
    blob,
    length: descriptor.length,
    notAfter: seconds() + 600n,
  })
  for (const [shard, node] of nodes.entries()) {
    const base = `${node.url}`
    const put = await send(`${base}${routes.blob(blob)}`, { descriptor, upload }, 'PUT')
    if (put.status !== 204) throw new Error(await put.text())
    const roots = await octets(`${base}${routes.units(blob)}`, sealed.unitRoots)
    if (roots.status !== 204) throw new Error(await roots.text())
    const bytes = sealed.shards[shard]!
    const range = bytes.length ? `bytes 0-${bytes.length - 1}/${bytes.length}` : 'bytes */0'
    const answer = await octets(`${base}${routes.shard(blob, shard)}`, bytes, { 'content-range': range })
    if (answer.status !== 201) throw new Error(await answer.text())
  }
}

/** Deals a key to a committee, and gives each member its manifest. */
export async function putManifest(
  store: Store,
  { nodes, shareKeys }: Pick<Members, 'nodes' | 'shareKeys'>,
  parameters: {
    path: readonly Hash[]
    rendition?: number
    epoch?: number
    blob?: Hash
    dataKey?: Uint8Array
    committee?: bigint
    threshold?: number
    /** nodes that do not hear of it, from 0 */
    missing?: readonly number[]
  },
): Promise<{ manifest: Signed<Manifest>; dataKey: Uint8Array; object: Hash }> {
  const { path, rendition = 0, epoch = 1, blob = zeroHash, committee = 1n, threshold = 3 } = parameters
  const dataKey = parameters.dataKey ?? newDataKey()
  const object = objectAt(store.project, path)
  const id = { object, rendition, epoch }
  const deal = await dealKey({
    id,
    dataKey,
    committee,
    to: shareKeys.map(({ publicKey }) => publicKey),
    threshold,
  })
  const ownerKey = await deriveKeyPair(hexToBytes(keccak256('0x01')))
  const manifest = await signMessage(signer(store.owner), store.domain, 'Manifest', {
    project: store.project,
    object,
    path,
    rendition,
    version: 1,
    epoch,
    blob,
    committee,
    threshold,
    shareCommitments: deal.commitments,
    ownerWrap: bytesToHex(await wrapKey({ id, dataKey, to: ownerKey.publicKey })),
    createdAt: seconds(),
  })
  for (const [i, node] of nodes.entries()) {
    if (parameters.missing?.includes(i)) continue
    const body = { manifest, index: i + 1, sealedShare: bytesToHex(deal.sealedShares[i]!) }
    const answer = await send(`${node.url}${routes.manifest(object, rendition)}`, body, 'PUT')
    if (answer.status !== 204) throw new Error(await answer.text())
  }
  return { manifest, dataKey, object }
}

/** A grant of the owner's to an account, on everything, from now on. */
export const grantTo = (store: Store, account: Address, change: Partial<Grant> = {}): Grant => ({
  project: store.project,
  scope: store.project,
  subjectKind: 0,
  subject: accountSubject({ chainId: store.domain.chainId, address: account }),
  renditions: 7n,
  purposes: 63,
  notBefore: seconds() - 60n,
  expiry: seconds() + 86_400n,
  delegation: 0,
  parent: zeroHash,
  nonce: random(),
  ...change,
})

export const signGrant = (store: Store, grant: Grant, by: unknown = store.owner) =>
  signMessage(signer(by), store.domain, 'Grant', grant)

/** Puts a grant on chain, as the owner. */
export async function announce(store: Store, grant: Grant): Promise<Signed<Grant>> {
  const signed = await signGrant(store, grant)
  const { wallet, grants } = store
  await store.mined(
    await wallet.writeContract({
      address: grants,
      abi: grantsAbi,
      functionName: 'grant',
      args: [grant, signed.signature],
    }),
  )
  return signed
}

/** Evidence of one grant of the owner's. */
export const evidenceOf = ({ message: grant, signature }: Signed<Grant>, path: readonly Hash[]): Hex =>
  encodeEvidence({ chain: [{ grant, signature, proof: [] }], path } satisfies Evidence)

/** A session and what it is asked with. */
export interface Asker {
  session: Signed<Session>
  key: ReturnType<typeof privateKeyToAccount>
}

export async function sessionOf(
  store: Store,
  account: unknown,
  change: Partial<Session> = {},
): Promise<Asker> {
  const key = privateKeyToAccount(random())
  const by = signer(account)
  const session = await signMessage(by, store.domain, 'Session', {
    subject: accountSubject({ chainId: store.domain.chainId, address: by.address }),
    key: key.address,
    project: store.project,
    purposes: 63,
    notBefore: seconds() - 10n,
    expiry: seconds() + 3_600n,
    ...change,
  })
  return { session, key }
}

/** A request's body, with the key that opens the answer. */
export async function bodyOf(
  store: Store,
  { session, key }: Asker,
  node: Address,
  evidence: Hex,
  asked: Partial<Request> & Pick<Request, 'object'>,
): Promise<{ body: ReleaseBody; ephemeral: KeyPair }> {
  const ephemeral = await newKeyPair()
  const request = await signMessage(signer(key), store.domain, 'Request', {
    node,
    session: messageHash(store.domain, 'Session', session.message),
    project: store.project,
    rendition: 0,
    epoch: 1,
    purpose: 1,
    ephemeralKey: bytesToHex(ephemeral.publicKey),
    evidence: keccak256(evidence),
    nonce: random(),
    notAfter: seconds() + 50n,
    ...asked,
  })
  return { body: { session, request, evidence }, ephemeral }
}

export async function release(
  node: VaultNode,
  body: unknown,
): Promise<{ status: number; answer: ReleaseAnswer }> {
  const response = await send(`${node.url}${routes.release}`, body)
  return { status: response.status, answer: (await response.json()) as ReleaseAnswer }
}

/** A contract that answers every call with the same bytes: the first `size` of a word, or that does not end. */
export function answering(word: Hex, size = 32): Hex {
  const runtime = `7f${word.slice(2).padEnd(64, '0')}5f5260${size.toString(16).padStart(2, '0')}5ff3`
  return creation(runtime)
}
/** A contract that takes all gas. */
export const endless = () => creation('5b5f56')
/** Creation code of some runtime code, of fewer than 256 bytes. */
const creation = (runtime: string): Hex =>
  `0x60${(runtime.length / 2).toString(16).padStart(2, '0')}8060095f395ff3${runtime}`

/** An address as a word. */
export const wordOf = (value: Hex | bigint): Hex =>
  typeof value === 'bigint' ? numberToHex(value, { size: 32 }) : padHex(value, { size: 32 })

/** Asks nodes until three shares are there, and makes the key of them. */
export async function keyFrom(
  store: Store,
  nodes: readonly VaultNode[],
  asker: Asker,
  evidence: Hex,
  asked: Partial<Request> & Pick<Request, 'object'>,
  threshold = 3,
): Promise<Uint8Array> {
  const shares: Uint8Array[] = []
  for (const node of nodes.slice(0, threshold)) {
    const { body, ephemeral } = await bodyOf(store, asker, node.address, evidence, asked)
    const { status, answer } = await release(node, body)
    if (status !== 200) throw new Error(JSON.stringify(answer))
    const opening = await openRelease({
      request: messageHash(store.domain, 'Request', body.request.message),
      node: node.address,
      index: answer.share!.index,
      sealed: hexToBytes(answer.share!.sealed),
      privateKey: ephemeral.privateKey,
    })
    shares.push(shareOfOpening(opening))
  }
  return combineShares(shares)
}

export { childId, sealBytes, type Anvil }
