import type { Address, Hash, Hex } from '@animechain/core'
import {
  messageHash,
  type Erase,
  type Receipt,
  type ReceiptEntry,
  type RevokeNow,
  type Signed,
} from '@animechain/vault-protocol'
import { concatHex, keccak256 } from 'viem'
import { receiptChain, type ReceiptChain } from './chain.js'
import { genesisContracts } from '../chain.js'
import { releaseFault, type Orders, type ReleaseRules, type Wrong } from './release.js'
import { safeFault } from './safe.js'
import type {
  AnchorProof,
  AuditInput,
  AuditReport,
  Finding,
  NodeReceipts,
  NodeSummary,
  Opened,
} from './types.js'

/** Receipts that are looked at together. */
const BATCH = 32

const earliest = (map: Map<Hash, bigint>, id: Hash, at: bigint) => {
  const known = map.get(id)
  if (known === undefined || at < known) map.set(id, at)
}

function ordersOf(
  project: Hash,
  revocations: readonly Signed<RevokeNow>[],
  erasures: readonly Signed<Erase>[],
): Orders {
  const revoked = new Map<Hash, bigint>()
  const erased = new Map<Hash, bigint>()
  for (const { message } of revocations)
    if (message.project === project) earliest(revoked, message.grant, message.issuedAt)
  for (const { message } of erasures)
    if (message.project === project) earliest(erased, message.object, message.issuedAt)
  return { revoked, erased }
}

/** Collects what is found, and who opened what. */
function notes(limit: number) {
  const findings: Finding[] = []
  const perNode = new Map<Address, number>()
  const opened = new Map<string, Opened & { seen: Set<Hash> }>()
  let count = 0
  return {
    add(finding: Finding) {
      count++
      perNode.set(finding.node, (perNode.get(finding.node) ?? 0) + 1)
      if (findings.length < limit) findings.push(finding)
    },
    open({ receipt, body }: ReceiptEntry) {
      if (!body || !receipt.message.released) return
      const { object, rendition, purpose } = body.request.message
      const { subject } = body.session.message
      const { timestamp, request } = receipt.message
      const id = [subject, object, rendition, purpose].join()
      const known = opened.get(id)
      if (!known) {
        opened.set(id, {
          ...{ subject, object, rendition, purpose, requests: 1, first: timestamp, last: timestamp },
          seen: new Set([request]),
        })
        return
      }
      known.seen.add(request)
      known.requests = known.seen.size
      if (timestamp < known.first) known.first = timestamp
      if (timestamp > known.last) known.last = timestamp
    },
    countOf: (node: Address) => perNode.get(node) ?? 0,
    result: () => ({
      findings,
      findingCount: count,
      opened: [...opened.values()].map(({ seen: _, ...each }) => each),
    }),
  }
}

type Notes = ReturnType<typeof notes>

async function* batches<T>(items: Iterable<T> | AsyncIterable<T>): AsyncGenerator<T[]> {
  let batch: T[] = []
  for await (const item of items) {
    batch.push(item)
    if (batch.length < BATCH) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

/** Root that the path from a project's leaf leads to. docs/spec/vault.md, section 4 */
function anchorRoot(project: Hash, { salt, receipt, proof }: AnchorProof): Hash {
  const leaf = keccak256(keccak256(concatHex([project, salt, receipt])))
  return proof.reduce<Hash>(
    (node, other) => keccak256(concatHex(BigInt(node) < BigInt(other) ? [node, other] : [other, node])),
    leaf,
  )
}

/** Says what is hidden of what somebody else has seen. */
function hider(
  { from = 0n }: NodeReceipts,
  chain: ReceiptChain,
  add: (finding: Omit<Finding, 'node'>) => void,
) {
  const missing = new Set<Hash>()
  return (sequence: bigint | undefined, receipt: Hash, who: string) => {
    if (chain.has(receipt) || missing.has(receipt)) return
    const at = sequence ?? chain.newest().next
    const shown = chain.at(at)
    // What is before was not asked for, and a gap is reported as such.
    if (at < from || (shown.length === 0 && at < chain.newest().next)) return
    missing.add(receipt)
    const detail = shown.length
      ? `the node shows ${shown.join(', ')} with this sequence`
      : 'the node does not show it'
    add({ kind: 'hidden', sequence: at, count: 1n, receipt, detail: `${who}: ${detail}` })
  }
}

/** Anchors and receipts that clients hold: what the node does not show, it hides. */
async function compareOutside(
  input: AuditInput,
  shown: NodeReceipts,
  chain: ReceiptChain,
  add: (finding: Omit<Finding, 'node'>) => void,
) {
  const { node, anchors: proofs } = shown
  const hide = hider(shown, chain, add)
  for (const { message } of input.held ?? [])
    if (message.node.toLowerCase() === node.toLowerCase())
      hide(message.sequence, messageHash(input.domain, 'Receipt', message), 'a client holds it')
  if (!proofs) return
  const anchors = new Map((await input.state.anchors(node)).map((anchor) => [anchor.sequence, anchor]))
  let last = 0n
  for (const proof of proofs) {
    const anchor = anchors.get(proof.sequence)
    if (!anchor || anchorRoot(input.project, proof) !== anchor.root.toLowerCase()) {
      const detail = `what the node shows of its anchor ${proof.sequence} does not lead to the root on chain`
      add({ kind: 'badAnchor', sequence: proof.sequence, count: 1n, receipt: proof.receipt, detail })
      continue
    }
    if (anchor.timestamp > last) last = anchor.timestamp
    hide(undefined, proof.receipt, 'it is anchored on chain')
  }
  const { next, timestamp } = chain.newest()
  if (next > 0n && last > 0n && timestamp > last + BigInt(input.anchorSeconds ?? 7_200))
    add({
      ...{ kind: 'unanchored', sequence: next - 1n, count: 1n },
      detail: `the newest anchor is of ${last}, the newest receipt of ${timestamp}`,
    })
}

/** What is wrong with a release: by the newest block first, then by the safe one. */
async function faultOf(
  rules: ReleaseRules,
  receipt: Receipt,
  body: ReceiptEntry['body'],
  bound: ReceiptEntry['bound'],
): Promise<Wrong> {
  return (await releaseFault(rules, receipt, body)) ?? safeFault(rules, receipt, body!, bound)
}

async function auditNode(
  input: AuditInput,
  rules: ReleaseRules,
  node: NodeReceipts,
  taken: Notes,
): Promise<NodeSummary> {
  const add = (finding: Omit<Finding, 'node'>) => taken.add({ ...finding, node: node.node })
  const chain = receiptChain({
    domain: input.domain,
    project: input.project,
    node: node.node,
    from: node.from ?? 0n,
    report: add,
  })
  const answered = new Set<Hash>()
  const counts = { receipts: 0, released: 0, denied: 0 }
  for await (const batch of batches(node.entries)) {
    input.signal?.throwIfAborted()
    const hashes: Hash[] = []
    for (const { receipt } of batch) hashes.push(await chain.take(receipt))
    const faults = await Promise.all(
      batch.map(({ receipt, body, bound }) =>
        receipt.message.released ? faultOf(rules, receipt.message, body, bound) : undefined,
      ),
    )
    for (const [i, entry] of batch.entries()) {
      const { message } = entry.receipt
      const at = { sequence: message.sequence, count: 1n, receipt: hashes[i]! }
      counts.receipts++
      if (!message.released) {
        counts.denied++
        continue
      }
      counts.released++
      taken.open(entry)
      const fault = faults[i]
      if (fault) add({ ...at, ...fault })
      else if (answered.has(message.request) && chain.at(message.sequence).length === 1)
        add({ ...at, kind: 'replayed', detail: `the request ${message.request} was answered before` })
      answered.add(message.request)
    }
    input.progress?.(batch.length)
  }
  if (node.next !== undefined) chain.end(node.next)
  await compareOutside(input, node, chain, add)
  return { node: node.node, ...counts, findings: taken.countOf(node.node) }
}

/**
 * Reads receipts and says what is wrong with them: signatures, gaps, doubles, the chain of hashes, anchors, and whether each release was allowed
 * by the rules of docs/spec/vault.md, section 5, and by the policy at the block that its receipt names. Asks nobody but `state`; with {@link recordedState}
 * it needs no network. Memory grows with the number of receipts, some 300 bytes each. What it cannot see: a release
 * without a receipt that no client shows.
 */
export async function auditReceipts(input: AuditInput): Promise<AuditReport> {
  const { domain, project, state } = input
  const taken = notes(input.limit ?? 10_000)
  const rules: ReleaseRules = {
    ...{ domain, project, state },
    policies: input.policies ?? [genesisContracts.grants, genesisContracts.blindGrants],
    orders: ordersOf(project, input.revocations ?? [], input.erasures ?? []),
    orderSeconds: BigInt(input.orderSeconds ?? 2),
    viewSeconds: BigInt(input.viewSeconds ?? 5),
    signers: new Map<Hex, Promise<boolean>>(),
  }
  const nodes: NodeSummary[] = []
  for (const node of input.nodes) nodes.push(await auditNode(input, rules, node, taken))
  const result = taken.result()
  return { ok: result.findingCount === 0, nodes, ...result }
}
