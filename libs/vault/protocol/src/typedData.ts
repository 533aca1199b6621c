import type { Address } from '@animechain/core'

/** Where signatures of the store count: EIP-712 domain of the access registry on L2. */
export interface VaultDomain {
  /** chain id of the L2 that has the registry */
  chainId: number
  /** `AccessRegistry` */
  registry: Address
}

/** EIP-712 domain of everything that is signed about access. */
export const vaultDomain = ({ chainId, registry }: VaultDomain) =>
  ({ name: 'Animechain Vault', version: '1', chainId, verifyingContract: registry }) as const

/** EIP-712 domain of availability certificates: the adapter on L1 that verifies them. */
export const certificateDomain = ({ chainId, adapter }: { chainId: number; adapter: Address }) =>
  ({ name: 'Animechain DA', version: '1', chainId, verifyingContract: adapter }) as const

/** EIP-712 types. docs/spec/vault.md, section 4 */
export const vaultTypes = {
  Grant: [
    { name: 'project', type: 'bytes32' },
    { name: 'scope', type: 'bytes32' },
    { name: 'subjectKind', type: 'uint8' },
    { name: 'subject', type: 'bytes' },
    { name: 'renditions', type: 'uint256' },
    { name: 'purposes', type: 'uint32' },
    { name: 'notBefore', type: 'uint64' },
    { name: 'expiry', type: 'uint64' },
    { name: 'delegation', type: 'uint8' },
    { name: 'parent', type: 'bytes32' },
    { name: 'nonce', type: 'bytes32' },
  ],
  Session: [
    { name: 'subject', type: 'bytes' },
    { name: 'key', type: 'address' },
    { name: 'project', type: 'bytes32' },
    { name: 'purposes', type: 'uint32' },
    { name: 'notBefore', type: 'uint64' },
    { name: 'expiry', type: 'uint64' },
  ],
  Request: [
    { name: 'node', type: 'address' },
    { name: 'session', type: 'bytes32' },
    { name: 'project', type: 'bytes32' },
    { name: 'object', type: 'bytes32' },
    { name: 'rendition', type: 'uint8' },
    { name: 'epoch', type: 'uint32' },
    { name: 'purpose', type: 'uint32' },
    { name: 'ephemeralKey', type: 'bytes32' },
    { name: 'evidence', type: 'bytes32' },
    { name: 'nonce', type: 'bytes32' },
    { name: 'notAfter', type: 'uint64' },
  ],
  Receipt: [
    { name: 'node', type: 'address' },
    { name: 'project', type: 'bytes32' },
    { name: 'sequence', type: 'uint64' },
    { name: 'previous', type: 'bytes32' },
    { name: 'request', type: 'bytes32' },
    { name: 'released', type: 'bool' },
    { name: 'share', type: 'bytes32' },
    { name: 'reason', type: 'bytes4' },
    { name: 'blockNumber', type: 'uint64' },
    { name: 'blockHash', type: 'bytes32' },
    { name: 'until', type: 'uint64' },
    { name: 'timestamp', type: 'uint64' },
  ],
  RevokeNow: [
    { name: 'project', type: 'bytes32' },
    { name: 'grant', type: 'bytes32' },
    { name: 'issuedAt', type: 'uint64' },
  ],
  Erase: [
    { name: 'project', type: 'bytes32' },
    { name: 'object', type: 'bytes32' },
    { name: 'issuedAt', type: 'uint64' },
  ],
  GrantsRoot: [
    { name: 'project', type: 'bytes32' },
    { name: 'root', type: 'bytes32' },
    { name: 'version', type: 'uint64' },
  ],
  ProjectRead: [
    { name: 'project', type: 'bytes32' },
    { name: 'node', type: 'address' },
    { name: 'notAfter', type: 'uint64' },
  ],
  Manifest: [
    { name: 'project', type: 'bytes32' },
    { name: 'object', type: 'bytes32' },
    { name: 'path', type: 'bytes32[]' },
    { name: 'rendition', type: 'uint8' },
    { name: 'version', type: 'uint32' },
    { name: 'epoch', type: 'uint32' },
    { name: 'blob', type: 'bytes32' },
    { name: 'committee', type: 'uint64' },
    { name: 'threshold', type: 'uint8' },
    { name: 'shareCommitments', type: 'bytes32[]' },
    { name: 'ownerWrap', type: 'bytes' },
    { name: 'createdAt', type: 'uint64' },
  ],
  Upload: [
    { name: 'project', type: 'bytes32' },
    { name: 'blob', type: 'bytes32' },
    { name: 'length', type: 'uint64' },
    { name: 'notAfter', type: 'uint64' },
  ],
  Dealing: [
    { name: 'manifest', type: 'bytes32' },
    { name: 'set', type: 'bytes32' },
    { name: 'from', type: 'uint64' },
    { name: 'to', type: 'uint64' },
    { name: 'threshold', type: 'uint8' },
    { name: 'index', type: 'uint8' },
    { name: 'commitments', type: 'bytes32[]' },
  ],
  ShareSet: [
    { name: 'manifest', type: 'bytes32' },
    { name: 'from', type: 'uint64' },
    { name: 'committee', type: 'uint64' },
    { name: 'threshold', type: 'uint8' },
    { name: 'dealings', type: 'bytes32[]' },
    { name: 'shareCommitments', type: 'bytes32[]' },
  ],
  Combined: [
    { name: 'manifest', type: 'bytes32' },
    { name: 'committee', type: 'uint64' },
    { name: 'index', type: 'uint8' },
    { name: 'dealings', type: 'bytes32[]' },
    { name: 'commitment', type: 'bytes32' },
    { name: 'zeros', type: 'bytes32[]' },
  ],
  ShareHeld: [
    { name: 'shareSet', type: 'bytes32' },
    { name: 'index', type: 'uint8' },
  ],
  Acknowledgement: [
    { name: 'node', type: 'address' },
    { name: 'blob', type: 'bytes32' },
    { name: 'shard', type: 'uint8' },
    { name: 'eraser', type: 'address' },
    { name: 'length', type: 'uint64' },
    { name: 'committee', type: 'uint64' },
    { name: 'until', type: 'uint64' },
  ],
} as const

/** EIP-712 type of what members of a committee sign for L1. docs/spec/vault.md, section 6 */
export const certificateTypes = {
  Availability: [
    { name: 'blob', type: 'bytes32' },
    { name: 'keyHash', type: 'bytes32' },
    { name: 'length', type: 'uint64' },
    { name: 'committee', type: 'uint64' },
    { name: 'until', type: 'uint64' },
  ],
} as const
