import { BaseError, type Hash, type Hex } from '@animechain/core'
import type { KeyPair } from '@animechain/vault-format'
import { messageHash, type Manifest, type MessageSigner, type Signed } from '@animechain/vault-protocol'
import type { VaultChain } from './chain.js'
import type { KeyCache } from './keys.js'
import type { CommitteeNode, KeyCommittee, NodeClient } from './nodes.js'
import type { Sessions } from './sessions.js'
import type { BlobStorage, StorageNodeAddress } from './storage.js'
import type { VaultStore } from './store.js'

/** What the verbs work with. */
export interface VaultContext {
  chain: VaultChain
  signer: MessageSigner
  committee: KeyCommittee
  /** of epochs before, the newest first: what was not moved yet is with them */
  earlier: readonly KeyCommittee[]
  committeeAt(epoch: bigint): Promise<KeyCommittee | undefined>
  storage: BlobStorage
  storageNodes: readonly StorageNodeAddress[]
  clientOf(node: CommitteeNode): NodeClient
  sessions: Sessions
  keys: KeyCache
  store: VaultStore
  /** the owner's X25519 key: opens every wrap */
  ownerKey?: KeyPair | undefined
  timeoutMs: number
  /** milliseconds since 1970 */
  now(): number
}

/** Every key node of these committees, once: the newest first. */
export const everyKeyNode = ({
  committee,
  earlier,
}: Pick<VaultContext, 'committee' | 'earlier'>): readonly CommitteeNode[] => {
  const nodes = [committee, ...earlier].flatMap((each) => each.nodes)
  return [
    ...new Map([...nodes].reverse().map((node) => [node.address.toLowerCase(), node])).values(),
  ].reverse()
}

/** Seconds since 1970. */
export const secondsOf = ({ now }: Pick<VaultContext, 'now'>): bigint => BigInt(Math.floor(now() / 1_000))

/** The project, or an error. @throws {BaseError} `VAULT_UNKNOWN_PROJECT` */
export async function projectOf({ chain }: VaultContext, project: Hash) {
  const found = await chain.project(project)
  if (!found)
    throw new BaseError(`Nobody has registered the project ${project} on chain ${chain.domain.chainId}.`, {
      code: 'VAULT_UNKNOWN_PROJECT',
    })
  return found
}

/** The owner's key pair. @throws {BaseError} `VAULT_NO_OWNER_KEY` */
export function ownerKeyOf({ ownerKey }: VaultContext, what: string): KeyPair {
  if (!ownerKey)
    throw new BaseError(`${what} needs the owner's X25519 key, and there is none.`, {
      code: 'VAULT_NO_OWNER_KEY',
    })
  return ownerKey
}

/** What a data key is found by in the cache. */
export const keyIdOf = ({
  object,
  rendition,
  epoch,
}: Pick<Manifest, 'object' | 'rendition' | 'epoch'>): string => `${object}/${rendition}/${epoch}`

/** EIP-712 hash of a manifest. */
export const manifestHash = ({ chain }: VaultContext, { message }: Signed<Manifest>): Hash =>
  messageHash(chain.domain, 'Manifest', message)

/** Evidence that shows nothing: where the owner's wrap opens. */
export const noEvidence: Hex = '0x'
