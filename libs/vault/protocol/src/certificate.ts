import {
  InvalidInputError,
  hexToBytes,
  type Address,
  type Commitment,
  type Hash,
  type Hex,
} from '@animechain/core'
import { concatHex, encodeAbiParameters, hashTypedData, numberToHex, recoverTypedDataAddress } from 'viem'
import { certificateDomain, certificateTypes } from './typedData.js'

/** What members of a storage committee certify to L1: they have the shards of these sealed bytes and keep them. */
export interface Availability {
  blob: Hash
  /** keccak256 of the key that opens them */
  keyHash: Hash
  /** bytes of all chunks */
  length: bigint
  /** epoch of the committee */
  committee: bigint
  /** kept until, seconds */
  until: bigint
}

/** Where certificates count. */
export interface CertificateDomain {
  /** chain id of L1 */
  chainId: number
  /** `PrivateDA` */
  adapter: Address
}

const typed = (domain: CertificateDomain, message: Availability) =>
  ({
    domain: certificateDomain(domain),
    types: certificateTypes,
    primaryType: 'Availability',
    message,
  }) as const

/** EIP-712 hash that members sign. */
export const availabilityHash = (domain: CertificateDomain, message: Availability): Hash =>
  hashTypedData(typed(domain, message))

/** Typed data that members sign. */
export const availabilityTypedData = typed

/** Who signed. Throws where the bytes are no signature. */
export const availabilitySigner = (
  domain: CertificateDomain,
  message: Availability,
  signature: Hex,
): Promise<Address> => recoverTypedDataAddress({ ...typed(domain, message), signature })

/** Commitment of kind 4, 82 bytes: `0x04 ‖ 0x01 ‖ blob ‖ keyHash ‖ u64 length ‖ u64 committee`. docs/spec/protocol.md 1.3 */
export const privateCommitment = ({
  blob,
  keyHash,
  length,
  committee,
}: Omit<Availability, 'until'>): Commitment =>
  hexToBytes(
    concatHex([
      '0x0401',
      blob,
      keyHash,
      numberToHex(length, { size: 8 }),
      numberToHex(committee, { size: 8 }),
    ]),
  )

/** Levels of the tree over the hashes of all keys that a chain's batches may have. */
export const batchKeyDepth = 16

/** Where the hash of a batch's key is in the tree of all of them. */
export interface BatchKeyPlace {
  /** counts from 0, below 2^16 */
  index: number
  /** {@link batchKeyDepth} siblings, from the leaf's up */
  path: readonly Hash[]
}

/**
 * Evidence for `PrivateDA.commit`: `abi.encode(Availability, bytes[] signatures, uint256 keyIndex, bytes32[16] keyPath)`, signatures in the order of their signers' addresses.
 */
export async function certificateEvidence(
  domain: CertificateDomain,
  message: Availability,
  signatures: readonly Hex[],
  { index, path }: BatchKeyPlace,
): Promise<Hex> {
  if (path.length !== batchKeyDepth)
    throw new InvalidInputError('key path', `${batchKeyDepth} siblings`, path.length)
  const signed = await Promise.all(
    signatures.map(async (signature) => ({
      signature,
      by: await availabilitySigner(domain, message, signature),
    })),
  )
  signed.sort((a, b) => (BigInt(a.by) < BigInt(b.by) ? -1 : 1))
  for (const [i, { by }] of signed.entries())
    if (signed[i + 1]?.by === by)
      throw new InvalidInputError('certificate', 'one signature of each member', by)
  return encodeAbiParameters(
    [
      { type: 'tuple', components: certificateTypes.Availability },
      { type: 'bytes[]' },
      { type: 'uint256' },
      { type: `bytes32[${batchKeyDepth}]` },
    ] as const,
    [message, signed.map(({ signature }) => signature), BigInt(index), path as never],
  )
}
