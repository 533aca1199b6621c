import { randomBytes } from 'node:crypto'
import { BaseError, bytesToHex, type Address, type Hash } from '@animechain/core'
import { toJson, type ReceiptsAnchor } from '@animechain/vault-protocol'
import { concatHex, keccak256 } from 'viem'
import type { MetadataOperation, MetadataStore } from '../metadata/store.js'
import { UnseenError, type ChainView } from './chainView.js'
import type { ReceiptLog } from './receipts.js'

/** Sends an anchor to L2 and waits until it is in a block. Rejects where it is not. */
export type AnchorSender = (sequence: bigint, root: Hash) => Promise<void>

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
  /** Anchors the newest receipts, if there are new ones. */
  anchor(send: AnchorSender): Promise<boolean>
  /** The anchor that a project's receipts are in, with what shows it; undefined before the first. */
  of(project: Hash): Promise<ReceiptsAnchor | undefined>
  /**
   * Holds the log against what the chain has. Once it held, it is not asked again.
   * @returns false where L2 does not say
   * @throws {BaseError} `VAULT_RECEIPTS_LOST` where the log lacks receipts that were anchored
   */
  check(): Promise<boolean>
}

const anchoredKey = (project: Hash) => `anchored/${project}`

/** Anchors of a node's log. */
export function anchors(parts: {
  metadata: MetadataStore
  log: ReceiptLog
  view: ChainView
  node: Address
}): Anchors {
  const { metadata, log, view, node } = parts
  let isChecked = false
  let anchored = 0n

  return {
    async anchor(send) {
      const sequence = log.count
      if (sequence === anchored || sequence === 0n) return false
      const chains = []
      for await (const each of log.chains()) chains.push({ ...each, salt: bytesToHex(randomBytes(32)) })
      const { root, proofs } = anchorTree(
        chains.map(({ project, salt, newest }) => anchorLeaf(project, salt, newest.hash)),
      )
      const operations = chains.map(({ project, salt, newest }, i): MetadataOperation => {
        const shown: ReceiptsAnchor = {
          ...{ sequence, root, salt, proof: proofs[i]! },
          ...{ next: newest.next, receipt: newest.hash },
        }
        return { type: 'put', key: anchoredKey(project), value: Buffer.from(toJson(shown)) }
      })
      // First on disk: an anchor that nobody can show the leaves of binds the node to nothing.
      await metadata.batch(operations)
      await send(sequence, root)
      anchored = sequence
      return true
    },
    async of(project) {
      const found = await metadata.get(anchoredKey(project))
      return found && (JSON.parse(Buffer.from(found).toString()) as ReceiptsAnchor)
    },
    async check() {
      if (isChecked) return true
      const head = await view.head()
      if (head === undefined) return false
      let on: Awaited<ReturnType<ChainView['anchor']>>
      try {
        on = await view.anchor(node, head.hash)
      } catch (error) {
        if (error instanceof UnseenError) return false
        throw error
      }
      if (on !== undefined && on.sequence > log.count)
        throw new BaseError('The log of receipts lacks some that were anchored on L2: it was set back.', {
          code: 'VAULT_RECEIPTS_LOST',
          metaMessages: [`Expected at least ${on.sequence} receipts, got ${log.count}.`],
        })
      anchored = on?.sequence ?? 0n
      isChecked = true
      return true
    },
  }
}
