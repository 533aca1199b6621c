import { BaseError, type Hash, type Hex } from '@animechain/core'
import { decodeAbiParameters, encodeAbiParameters, keccak256 } from 'viem'
import type { Grant } from './messages.js'

const grantComponents = [
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
] as const

/** Shape of `evidence` for the policies `Grants` and `BlindGrants`: docs/spec/vault.md, section 5. */
const evidenceParameters = [
  {
    type: 'tuple',
    components: [
      {
        name: 'chain',
        type: 'tuple[]',
        components: [
          { name: 'grant', type: 'tuple', components: grantComponents },
          { name: 'signature', type: 'bytes' },
          { name: 'proof', type: 'bytes32[]' },
        ],
      },
      { name: 'path', type: 'bytes32[]' },
    ],
  },
] as const

/** One grant of the chain that leads to the requester, with what shows that it was given. */
export interface GrantEvidence {
  grant: Grant
  /** Signature of who gave it (EIP-712); empty where it is on chain only. */
  signature: Hex
  /** `BlindGrants`: path from its leaf to the project's root. Empty for `Grants`. */
  proof: readonly Hash[]
}

/** What a requester shows the policy: the owner's grant, then those that pass it on; and where the object is. */
export interface Evidence {
  /** one to three, the owner's first */
  chain: readonly GrantEvidence[]
  /** salts from the project down to the object: the scope of every grant is on the way, each at or below that of the grant above */
  path: readonly Hash[]
}

/** ABI bytes of evidence. */
export const encodeEvidence = (evidence: Evidence): Hex =>
  encodeAbiParameters(evidenceParameters, [evidence as never])

/**
 * Evidence from its ABI bytes, strict: what encodes again to the same bytes.
 * @throws {BaseError} `VAULT_BAD_EVIDENCE`
 */
export function decodeEvidence(bytes: Hex): Evidence {
  try {
    const [evidence] = decodeAbiParameters(evidenceParameters, bytes)
    if (encodeEvidence(evidence) !== bytes.toLowerCase()) throw new Error('it is not in its only form')
    return evidence
  } catch (cause) {
    throw new BaseError('Expected ABI bytes of grants and a path.', { code: 'VAULT_BAD_EVIDENCE', cause })
  }
}

/** Leaf of a blind grant in its project's tree: the hash of a hash, so that no node of the tree is a leaf; `nonce` of the grant blinds it. */
export const blindLeaf = (grantHash: Hash): Hash => keccak256(keccak256(grantHash))
