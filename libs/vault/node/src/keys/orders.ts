import type { Hash } from '@animechain/core'
import { mutex } from '@animechain/runtime'
import {
  messageHash,
  signedFromJson,
  toJson,
  type Grant,
  type RevokeNow,
  type Signed,
  type VaultDomain,
} from '@animechain/vault-protocol'
import { entriesOf, type MetadataStore } from '../metadata/store.js'

/** Grants that one project has taken back here, at most: each is an order that its owner signed. */
export const mostRevocations = 100_000

/**
 * Grants that owners took back without waiting for the chain. An order is kept for good: once the chain shows the revocation, both say the same.
 */
export interface Revocations {
  start(): Promise<void>
  /** Acts from the moment of the call on; it is on disk when this resolves. */
  add(order: Signed<RevokeNow>): Promise<void>
  /** Whether an order covers a grant of the chain that is shown, or all grants of the project that had begun by then. */
  covers(project: Hash, chain: readonly Grant[]): boolean
  countOf(project: Hash): number
}

const zeroHash: Hash = `0x${'00'.repeat(32)}`
const readOrder = (value: Uint8Array): RevokeNow =>
  signedFromJson('RevokeNow', JSON.parse(Buffer.from(value).toString())).message
const keyOf = ({ project, grant }: RevokeNow) => `revoked/${project}/${grant}`

/** Opens the revocations in the metadata of a node. */
export function revocations(metadata: MetadataStore, domain: VaultDomain): Revocations {
  const writing = mutex()
  const projects = new Map<Hash, { grants: Set<Hash>; allUntil: bigint }>()
  const ofProject = (project: Hash) => {
    const found = projects.get(project) ?? { grants: new Set<Hash>(), allUntil: 0n }
    projects.set(project, found)
    return found
  }
  const apply = ({ project, grant, issuedAt }: RevokeNow) => {
    const known = ofProject(project)
    if (grant !== zeroHash) known.grants.add(grant)
    else if (issuedAt > known.allUntil) known.allUntil = issuedAt
  }

  return {
    async start() {
      projects.clear()
      for await (const [, value] of entriesOf(metadata, 'revoked/')) apply(readOrder(value))
    },
    async add(order) {
      apply(order.message)
      // One after the other, each until it is on disk: what acts already may still be on its way there, or have failed on it.
      await writing.run(async () => {
        const key = keyOf(order.message)
        const stored = await metadata.get(key)
        // An older order for everything does not take back the newer one.
        if (stored && readOrder(stored).issuedAt >= order.message.issuedAt) return
        await metadata.batch([{ type: 'put', key, value: Buffer.from(toJson(order)) }])
      })
    },
    covers(project, chain) {
      const known = projects.get(project)
      if (known === undefined) return false
      // Evidence of a policy of somebody else names no grants: what is taken back with all of them is taken back there, too.
      if (chain.length === 0) return known.allUntil > 0n
      return chain.some(
        (grant) => grant.notBefore <= known.allUntil || known.grants.has(messageHash(domain, 'Grant', grant)),
      )
    },
    countOf: (project) => projects.get(project)?.grants.size ?? 0,
  }
}
