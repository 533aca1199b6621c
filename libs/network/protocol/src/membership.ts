import type { Address, Hash } from '@animechain/core'
import { hashTypedData, type TypedDataDefinition } from 'viem'
import { networkDomain, type NetworkDomain } from './messages.js'

/**
 * What a hot key signs, once, to belong to a member: `Key(address member)` in the domain of attestations. Not needed where the key is the member's own account.
 * @param member the owner account
 */
export const keyProofTypedData = (domain: NetworkDomain, member: Address) =>
  ({
    domain: networkDomain(domain),
    types: { Key: [{ name: 'member', type: 'address' }] },
    primaryType: 'Key',
    message: { member },
  }) as const satisfies TypedDataDefinition

/** EIP-712 hash of {@link keyProofTypedData}. */
export const keyProofHash = (domain: NetworkDomain, member: Address): Hash =>
  hashTypedData(keyProofTypedData(domain, member))
