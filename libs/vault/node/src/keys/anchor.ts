import { randomBytes } from 'node:crypto'
import { BaseError, bytesToHex, type Address, type Hash } from '@animechain/core'
import { toJson, type ReceiptsAnchor } from '@animechain/vault-protocol'
import { concatHex, keccak256 } from 'viem'
import {
  entriesOf,
  ordinal,
  withPrefix,
  type MetadataOperation,
  type MetadataStore,
} from '../metadata/store.js'
import { UnseenError, type ChainView } from './chainView.js'
import type { ReceiptLog } from './receipts.js'

/**
 * Sends an anchor to L2 and waits until it is in a block. Rejects where it is not, or not within bounded time; what it sent may be in a block later all the same.
 */
export type AnchorSender = (sequence: bigint, root: Hash, signal?: AbortSignal) => Promise<void>

/** Leaf of a project's newest receipt: the salt keeps from others whether a node has anything of a project. docs/spec/vault.md, section 4 */
export const anchorLeaf = (project: Hash, salt: Hash, receipt: Hash): Hash =>
  keccak256(keccak256(concatHex([project, salt, receipt])))

const pair = (a: Hash, b: Hash): Hash => keccak256(a < b ? concatHex([a, b]) : concatHex([b, a]))

/** Root and proofs of a tree of sorted pairs, as OpenZeppelin's `MerkleProof` checks them. A node without a neighbour moves up as it is. */
export function anchorTree(leaves: readonly Hash[]): { root: Hash; proofs: readonly (readonly Hash[])[] } {
  const proofs: Hash[][] = leaves.map(() => [])
  let level = leaves.map((hash, i) => ({ hash, of: [i] }))
  while (level.length > 1) {
    const next: typeof level = []
    for (let i = 0; i < level.length; i += 2) {
      const [left, right] = [level[i]!, level[i + 1]]
      if (!right) next.push(left)
      else {
        for (const leaf of left.of) proofs[leaf]!.push(right.hash)
        for (const leaf of right.of) proofs[leaf]!.push(left.hash)
        next.push({ hash: pair(left.hash, right.hash), of: [...left.of, ...right.of] })
      }
    }
    level = next
  }
  return { root: level[0]!.hash, proofs }
}

/** Binds a node to its receipts on L2. */
export interface Anchors {
  /**
   * Anchors the newest receipts, if there are new ones. One that was begun before, also by a process that was killed, is ended first: the same receipts never
   * have two roots.
   * @returns whether it sent something
   * @throws {BaseError} `VAULT_L2_UNSEEN`, `VAULT_RECEIPTS_LOST`, and what `send` rejects with
   */
  anchor(send: AnchorSender, signal?: AbortSignal): Promise<boolean>
  /** The newest anchor on chain that a project's receipts are in, with what shows it; undefined before the first. */
  of(project: Hash): Promise<ReceiptsAnchor | undefined>
  /**
   * Holds the log against what the chain has. Once it held, it is not asked again.
   * @returns false where L2 does not say
   * @throws {BaseError} `VAULT_RECEIPTS_LOST` where the log lacks receipts that were anchored
   */
  check(): Promise<boolean>
}

/** What shows a project's part in one anchor. */
const shownPrefix = (project: Hash) => `anchored/${project}/`
const shownKey = (project: Hash, sequence: bigint) => `${shownPrefix(project)}${ordinal(sequence)}`
const stateKey = 'anchors'

/** How far anchoring is. */
interface AnchorState {
  /** sequence of the one on chain, as far as is known; 0: none */
  landed: bigint
  /** The newest that was begun: on chain, on its way, never sent, or gone with a block of L2. */
  begun?: { sequence: bigint; root: Hash }
}

function stateOf(value: Uint8Array | undefined): AnchorState {
  if (value === undefined) return { landed: 0n }
  const { landed, begun } = JSON.parse(Buffer.from(value).toString()) as {
    landed: string
    begun?: { sequence: string; root: Hash }
  }
  return {
    landed: BigInt(landed),
    ...(begun && { begun: { sequence: BigInt(begun.sequence), root: begun.root } }),
  }
}

const stateEntry = (state: AnchorState): MetadataOperation => ({
  type: 'put',
  key: stateKey,
  value: Buffer.from(toJson(state)),
})

function shownOf(value: Uint8Array): ReceiptsAnchor {
  const shown = JSON.parse(Buffer.from(value).toString()) as ReceiptsAnchor
  return { ...shown, sequence: BigInt(shown.sequence), next: BigInt(shown.next) }
}

interface AnchorParts {
  metadata: MetadataStore
  log: ReceiptLog
  view: ChainView
  node: Address
}

/** Receipts that the node's anchor on chain counts; 0 without one. @throws {BaseError} `VAULT_L2_UNSEEN`, `VAULT_RECEIPTS_LOST` */
async function countOnChain({ view, node, log }: AnchorParts): Promise<bigint> {
  const head = await view.head({ now: true })
  if (head === undefined) throw new UnseenError()
  const { sequence } = (await view.anchor(node, head.hash)) ?? { sequence: 0n }
  if (sequence > log.count)
    throw new BaseError('The log of receipts lacks some that were anchored on L2: it was set back.', {
      code: 'VAULT_RECEIPTS_LOST',
      metaMessages: [`Expected at least ${sequence} receipts, got ${log.count}.`],
    })
  return sequence
}

/** Writes down a new anchor: what shows each project's part in it stays beside that of the one on chain until it is there itself. */
async function begin({ metadata, log }: AnchorParts, landed: bigint): Promise<Required<AnchorState>> {
  const sequence = log.count
  const chains = []
  const old: MetadataOperation[] = []
  for await (const each of log.chains()) {
    chains.push({ ...each, salt: bytesToHex(randomBytes(32)) })
    for await (const [key] of entriesOf(metadata, shownPrefix(each.project)))
      if (key !== shownKey(each.project, landed)) old.push({ type: 'delete', key })
  }
  const { root, proofs } = anchorTree(
    chains.map(({ project, salt, newest }) => anchorLeaf(project, salt, newest.hash)),
  )
  const shown = chains.map(({ project, salt, newest }, i): MetadataOperation => {
    const anchor: ReceiptsAnchor = {
      ...{ sequence, root, salt, proof: proofs[i]! },
      ...{ next: newest.next, receipt: newest.hash },
    }
    return { type: 'put', key: shownKey(project, sequence), value: Buffer.from(toJson(anchor)) }
  })
  const state = { landed, begun: { sequence, root } }
  // First on disk: an anchor that nobody can show the leaves of binds the node to nothing.
  await metadata.batch([...old, ...shown, stateEntry(state)])
  return state
}

/** Anchors of a node's log. */
export function anchors(parts: AnchorParts): Anchors {
  const { metadata, log } = parts
  let isChecked = false
  const load = async () => stateOf(await metadata.get(stateKey))
  const save = async (state: AnchorState) => {
    await metadata.batch([stateEntry(state)])
    return state
  }

  return {
    async anchor(send, signal) {
      const onChain = await countOnChain(parts)
      isChecked = true
      let state = await load()
      if (state.landed !== onChain) state = await save({ ...state, landed: onChain })
      const { begun } = state
      const isOpen = begun !== undefined && begun.sequence > onChain
      if (isOpen) {
        await send(begun.sequence, begun.root, signal)
        state = await save({ begun, landed: begun.sequence })
      }
      if (log.count === state.landed) return isOpen
      const { begun: next } = await begin(parts, state.landed)
      await send(next.sequence, next.root, signal)
      await save({ begun: next, landed: next.sequence })
      return true
    },
    async of(project) {
      const { landed: newest } = await load()
      const { gte } = withPrefix(shownPrefix(project))
      const lt = shownKey(project, newest + 1n)
      const [found] = await metadata.list({ gte, lt, limit: 1, reverse: true })
      return found && shownOf(found[1])
    },
    async check() {
      if (isChecked) return true
      try {
        await countOnChain(parts)
      } catch (error) {
        if (error instanceof UnseenError) return false
        throw error
      }
      isChecked = true
      return true
    },
  }
}
