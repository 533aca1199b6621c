import type { Address, Hash, Hex } from '@animechain/core'
import type { Erase, Receipt, ReceiptEntry, RevokeNow, Signed, VaultDomain } from '@animechain/vault-protocol'

/** What a policy was asked. */
export interface PolicyQuestion {
  project: Hash
  object: Hash
  rendition: number
  /** ERC-7930 account */
  subject: Hex
  purpose: number
  evidence: Hex
}

/** What a policy answered. `until` in seconds; zero is a denial. */
export interface PolicyAnswer {
  until: bigint
  reason: Hex
}

/** A node has put a root over the newest receipt of each project on chain. */
export interface Anchor {
  node: Address
  /** which of its anchors it is */
  sequence: bigint
  /** over leaves `keccak256(keccak256(project ‖ salt ‖ hash of the receipt))`, sorted pairs */
  root: Hash
  /** seconds, of the block that has it */
  timestamp: bigint
}

/** What a node shows of an anchor to a project's owner: which receipt of the project it is about. */
export interface AnchorProof {
  /** of the anchor */
  sequence: bigint
  salt: Hash
  /** EIP-712 hash of the receipt that was the newest of the project */
  receipt: Hash
  /** from the project's leaf to the root */
  proof: readonly Hash[]
}

/** What an audit must know of the chain: asked there ({@link chainState}), or read from a file ({@link recordedState}). */
export interface AuditState {
  /** A block of the chain by its hash; undefined where the chain has none of this hash. Timestamps are seconds. */
  block(hash: Hash): Promise<{ number: bigint; timestamp: bigint } | undefined>
  /** What the project's policy says at a block. */
  policy(question: PolicyQuestion, blockHash: Hash): Promise<PolicyAnswer>
  /** Owner and policy of a project at a block; undefined where nobody had registered it. */
  project(project: Hash, blockHash: Hash): Promise<{ owner: Address; policy: Address } | undefined>
  /** Whether a signature was that of the project's owner, or of a delegate with a power, at a block. */
  signedFor(project: Hash, power: number, digest: Hash, signature: Hex, blockHash: Hash): Promise<boolean>
  /** Whether a contract says by ERC-1271 that a signature is its own, at a block. */
  contractSignature(account: Address, hash: Hash, signature: Hex, blockHash: Hash): Promise<boolean>
  /** What a node has anchored. */
  anchors(node: Address): Promise<readonly Anchor[]>
}

/** What is wrong with a node's receipts. */
export type FindingKind =
  /** a receipt that the node did not sign, or that names another node or project */
  | 'badSignature'
  /** sequence numbers that the node does not show */
  | 'dropped'
  /** two receipts with one sequence number: where their hashes differ, the node loses its stake */
  | 'doubled'
  /** a receipt that does not name the one before */
  | 'brokenChain'
  /** time that goes backwards */
  | 'backwards'
  /** a receipt that is anchored, or that a client holds, and that the node does not show */
  | 'hidden'
  /** what a node shows of an anchor does not lead to the root on chain */
  | 'badAnchor'
  /** nothing anchored for longer than the interval */
  | 'unanchored'
  /** a release for a request that is not shown */
  | 'noRequest'
  /** a release for another request than the one that is shown */
  | 'otherRequest'
  /** a release that the rules or the policy did not allow */
  | 'unauthorised'
  /** a release after the owner took the grant back, or had the object destroyed */
  | 'afterRevocation'
  /** a release for a request that was answered before */
  | 'replayed'
  /** a release at a block that the chain does not have */
  | 'unknownBlock'
  /** a release with a view of the chain that was too old */
  | 'staleView'
  /** a release that does not show the safe block that its receipt binds it to */
  | 'noSafeBlock'
  /** a release that neither the policy at that block nor what the owner signed allowed: rule 6 of docs/spec/vault.md, section 5 */
  | 'notSafe'

/** One thing that is wrong. */
export interface Finding {
  kind: FindingKind
  node: Address
  sequence: bigint
  /** how many sequence numbers in a row, for `dropped`; else 1 */
  count: bigint
  /** EIP-712 hash of the receipt, where there is one */
  receipt?: Hash
  /** a sentence: what was expected and what came */
  detail: string
}

/** Who opened what: one for each subject, object, rendition and purpose. */
export interface Opened {
  subject: Hex
  object: Hash
  rendition: number
  purpose: number
  /** requests that at least one node released for */
  requests: number
  /** seconds */
  first: bigint
  last: bigint
}

/** Receipts of one node as they were read. */
export interface NodeReceipts {
  node: Address
  /** in the order of their sequence, from `from` */
  entries: Iterable<ReceiptEntry> | AsyncIterable<ReceiptEntry>
  /** first sequence number that must be there; default 0 */
  from?: bigint
  /** sequence after the newest, as the node told; what is missing up to it was dropped */
  next?: bigint
  /** what the node shows of its anchors; absent: anchors are not looked at */
  anchors?: readonly AnchorProof[]
}

/** What an audit looks at. */
export interface AuditInput {
  domain: VaultDomain
  project: Hash
  nodes: readonly NodeReceipts[]
  state: AuditState
  /** the chain's own policies, through which what owners signed acts at once; default those in the genesis of this stack's chains */
  policies?: readonly Address[]
  /** receipts that clients got and kept: a node that does not show one of them hides it */
  held?: readonly Signed<Receipt>[]
  /** what the owner sent to the nodes */
  revocations?: readonly Signed<RevokeNow>[]
  erasures?: readonly Signed<Erase>[]
  /** seconds after which an order of the owner must have acted; default 2 */
  orderSeconds?: number
  /** longest age of a node's view, seconds; default 5 */
  viewSeconds?: number
  /** longest time between two anchors, seconds; default 7,200: an hour, and one in which a transaction may be late */
  anchorSeconds?: number
  /** findings that are kept, default 10,000; more are counted only */
  limit?: number
  signal?: AbortSignal
  progress?: (receipts: number) => void
}

/** What came out of the receipts of a node. */
export interface NodeSummary {
  node: Address
  receipts: number
  released: number
  denied: number
  findings: number
}

/** What an audit found. `ok` where it found nothing. */
export interface AuditReport {
  ok: boolean
  nodes: readonly NodeSummary[]
  findings: readonly Finding[]
  /** how many there are, also those above the limit */
  findingCount: number
  opened: readonly Opened[]
}
