import type { Hash, Hex } from '@animechain/core'
import { testAccount, testPrivateKey } from '@animechain/testing'
import {
  accountSubject,
  childId,
  denials,
  encodeEvidence,
  messageHash,
  projectId,
  purposes,
  releaseHash,
  signMessage,
  type Grant,
  type MessageSigner,
  type Receipt,
  type ReceiptEntry,
  type ReleaseBody,
  type Request,
  type Signed,
  type VaultDomain,
} from '@animechain/vault-protocol'
import { keccak256, recoverAddress, stringToHex } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { genesisContracts, type AuditState } from '../src/index.js'

/** Numbers that look random and are the same in every run. */
export function numbers(seed: number): (below: number) => number {
  let state = seed >>> 0
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

const word = (text: string): Hash => keccak256(stringToHex(text))
const zero: Hash = `0x${'0'.repeat(64)}`
const start = 1_800_000_000n

/** Key nodes with receipts of many requests: each released where the policy of {@link auditWorld} allows it, else denied. */
export interface AuditWorld {
  domain: VaultDomain
  project: Hash
  owner: MessageSigner
  nodes: MessageSigner[]
  logs: { entries: ReceiptEntry[] }[]
  state: AuditState
  hashOf(receipt: Signed<Receipt>): Hash
}

const blockAt = (number: bigint) => ({ number, hash: word(`block ${number}`), timestamp: start + number })

/** The policy: purpose view, renditions 1 and 2, the subjects with an even number. */
const allows = (subject: number, rendition: number, purpose: number) =>
  subject % 2 === 0 && rendition > 0 && purpose === purposes.view

/** Makes a project, three subjects with sessions, and nodes that all answer the same requests. */
export async function auditWorld(options: { nodes: number; requests: number }): Promise<AuditWorld> {
  const domain: VaultDomain = { chainId: 901, registry: `0x${'11'.repeat(20)}` }
  const owner = testAccount(0)
  const project = projectId({ ...domain, owner: owner.address, salt: word('salt') })
  const nodes = Array.from({ length: options.nodes }, (_, i) => testAccount(i + 1))
  const subjects = await Promise.all([4, 5, 6].map((i) => subjectOf(domain, project, i)))
  const pick = numbers(1)
  const bodies: Asked[] = []
  for (let i = 0; i < options.requests; i++) {
    const subject = pick(3)
    const at = BigInt(i + 1)
    const asked = {
      rendition: pick(3),
      purpose: pick(4) === 0 ? purposes.edit : purposes.view,
      object: childId(project, word(`asset ${pick(20)}`)),
    }
    const body = (node: MessageSigner) =>
      request(domain, project, node, subjects[subject]!, { ...asked, i, at })
    bodies.push({ body, at, released: allows(subject, asked.rendition, asked.purpose) })
  }
  const logs = await Promise.all(nodes.map((node) => receiptsOf(domain, project, node, bodies)))
  const bySubject = new Map(subjects.map(({ subject }, i) => [subject, i]))
  const state: AuditState = {
    async block(hash) {
      for (let n = 1n; n <= BigInt(options.requests); n++) if (blockAt(n).hash === hash) return blockAt(n)
      return undefined
    },
    async policy({ subject, rendition, purpose }) {
      return allows(bySubject.get(subject) ?? 1, rendition, purpose)
        ? { until: start + 1_000_000n, reason: '0x00000000' }
        : { until: 0n, reason: denials.noGrant }
    },
    project: async () => ({ owner: owner.address, policy: genesisContracts.grants }),
    signedFor: async (_project, _power, digest, signature) =>
      (await recoverAddress({ hash: digest, signature }).catch(() => undefined)) === owner.address,
    contractSignature: async () => false,
    anchors: async () => [],
  }
  const known = new Map(
    Array.from({ length: options.requests }, (_, i) => [blockAt(BigInt(i + 1)).hash, i + 1]),
  )
  state.block = async (hash) => {
    const number = known.get(hash)
    return number === undefined ? undefined : blockAt(BigInt(number))
  }
  const hashOf = (receipt: Signed<Receipt>) => messageHash(domain, 'Receipt', receipt.message)
  return { domain, project, owner, nodes, logs, state, hashOf }
}

async function subjectOf(domain: VaultDomain, project: Hash, index: number) {
  const wallet = testAccount(index)
  const key = privateKeyToAccount(keccak256(testPrivateKey(index)))
  const subject = accountSubject({ chainId: domain.chainId, address: wallet.address })
  const session = await signMessage(wallet, domain, 'Session', {
    ...{ subject, key: key.address, project, purposes: 63 },
    ...{ notBefore: start, expiry: start + 28_800n },
  })
  const grant: Grant = {
    ...{ project, scope: project, subjectKind: 0, subject, renditions: 6n, purposes: 1 },
    ...{
      notBefore: start,
      expiry: start + 1_000_000n,
      delegation: 0,
      parent: zero,
      nonce: word(`grant ${index}`),
    },
  }
  const { signature } = await signMessage(testAccount(0), domain, 'Grant', grant)
  const evidence = encodeEvidence({ chain: [{ grant, signature, proof: [] }], path: [] })
  return { subject, key, session, evidence }
}

type Subject = Awaited<ReturnType<typeof subjectOf>>

async function request(
  domain: VaultDomain,
  project: Hash,
  node: MessageSigner,
  { key, session, evidence }: Subject,
  asked: { object: Hash; rendition: number; purpose: number; i: number; at: bigint },
): Promise<ReleaseBody> {
  const message: Request = {
    ...{
      node: node.address,
      session: messageHash(domain, 'Session', session.message),
      project,
      object: asked.object,
    },
    ...{ rendition: asked.rendition, epoch: 1, purpose: asked.purpose, ephemeralKey: word(`key ${asked.i}`) },
    ...{ evidence: keccak256(evidence), nonce: word(`nonce ${asked.i}`), notAfter: start + asked.at + 40n },
  }
  return { session, request: await signMessage(key, domain, 'Request', message), evidence }
}

interface Asked {
  body(node: MessageSigner): Promise<ReleaseBody>
  released: boolean
  at: bigint
}

async function receiptsOf(domain: VaultDomain, project: Hash, node: MessageSigner, bodies: readonly Asked[]) {
  const entries: ReceiptEntry[] = []
  let previous = zero
  for (const [i, { body: bodyFor, released, at }] of bodies.entries()) {
    const body = await bodyFor(node)
    // What is safe is ten blocks behind.
    const bound = { sealed: word(`share ${i}`), safe: blockAt(at > 10n ? at - 10n : 1n).hash }
    const message: Receipt = {
      ...{ node: node.address, project, sequence: BigInt(i), previous, released },
      share: released ? releaseHash(bound) : zero,
      request: messageHash(domain, 'Request', body.request.message),
      reason: (released ? '0x00000000' : denials.noGrant) as Hex,
      ...{ blockNumber: at, blockHash: blockAt(at).hash, timestamp: start + at },
      until: released ? start + 1_000_000n : 0n,
    }
    const receipt = await signMessage(node, domain, 'Receipt', message)
    entries.push({ receipt, body, ...(released && { bound }) })
    previous = messageHash(domain, 'Receipt', message)
  }
  return { entries }
}

/** Signs receipts anew from `from` on, each naming the one before: as a node does that lies from the start. */
async function chained(
  world: Pick<AuditWorld, 'domain' | 'nodes' | 'hashOf'>,
  node: number,
  entries: ReceiptEntry[],
  from: number,
) {
  let previous = from === 0 ? zero : world.hashOf(entries[from - 1]!.receipt)
  for (let i = from; i < entries.length; i++) {
    const message = { ...entries[i]!.receipt.message, previous }
    entries[i] = {
      ...entries[i]!,
      receipt: await signMessage(world.nodes[node]!, world.domain, 'Receipt', message),
    }
    previous = world.hashOf(entries[i]!.receipt)
  }
}

/** What the policy denied, and nothing else: a release of it is wrong for that alone. */
const byPolicy = ({ receipt, body }: ReceiptEntry): boolean =>
  body !== undefined &&
  !receipt.message.released &&
  [denials.noGrant, denials.wrongSubject, denials.wrongPurpose, denials.wrongRendition].includes(
    receipt.message.reason,
  )

/**
 * Copies of a world's receipts with wrongs in them: releases that the policy did not allow (in a proper chain), receipts that are left out, and second
 * receipts of a sequence. `planted` says which: kind, node, sequence.
 */
export async function plant(
  world: Pick<AuditWorld, 'domain' | 'nodes' | 'logs' | 'hashOf'>,
  wrongs: { releases: number; dropped: number; doubled: number; seed: number },
): Promise<{ logs: { entries: ReceiptEntry[] }[]; planted: string[] }> {
  const pick = numbers(wrongs.seed)
  const logs = world.logs.map(({ entries }) => ({ entries: [...entries] }))
  const planted: string[] = []
  const used = new Set<string>()
  const place = (fits: (entry: ReceiptEntry) => boolean): [number, number] => {
    for (;;) {
      const node = pick(logs.length)
      // Not the last: what is cut off the end is found by anchors.
      const sequence = pick(world.logs[node]!.entries.length - 2)
      const near = [sequence - 1, sequence, sequence + 1].some((each) => used.has(`${node} ${each}`))
      if (near || !fits(world.logs[node]!.entries[sequence]!)) continue
      used.add(`${node} ${sequence}`)
      return [node, sequence]
    }
  }
  const say = (kind: string, node: number, sequence: number) =>
    planted.push(`${kind} ${world.nodes[node]!.address} ${sequence}`)
  for (let i = 0; i < wrongs.releases; i++) {
    const [node, sequence] = place(byPolicy)
    const { receipt, body } = logs[node]!.entries[sequence]!
    const message = {
      ...receipt.message,
      released: true,
      share: word(`planted ${i}`),
      reason: '0x00000000' as Hex,
      until: receipt.message.timestamp + 5_000n,
    }
    logs[node]!.entries[sequence] = { receipt: { ...receipt, message }, ...(body ? { body } : {}) }
    say('unauthorised', node, sequence)
  }
  for (let node = 0; node < logs.length; node++) await chained(world, node, logs[node]!.entries, 0)
  const additions: [number, number, ReceiptEntry | undefined][] = []
  for (let i = 0; i < wrongs.dropped; i++) {
    const [node, sequence] = place(() => true)
    additions.push([node, sequence, undefined])
    say('dropped', node, sequence)
  }
  for (let i = 0; i < wrongs.doubled; i++) {
    const [node, sequence] = place(({ receipt }) => !receipt.message.released)
    const { receipt, body } = logs[node]!.entries[sequence]!
    const message = { ...receipt.message, reason: denials.rateLimited, request: word(`other ${i}`) }
    const second = await signMessage(world.nodes[node]!, world.domain, 'Receipt', message)
    additions.push([node, sequence, { receipt: second, ...(body && i % 2 ? { body } : {}) }])
    say('doubled', node, sequence)
  }
  additions.sort(([, a], [, b]) => b - a)
  for (const [node, sequence, entry] of additions)
    if (entry) logs[node]!.entries.splice(sequence + 1, 0, entry)
    else logs[node]!.entries.splice(sequence, 1)
  return { logs, planted }
}
