import type { Address, Hash, Hex } from '@animechain/core'
import { recoverAddress, type TypedDataDefinition } from 'viem'
import { vaultDomain, vaultTypes, type VaultDomain } from './typedData.js'
import { isKeySignature, vaultMessageHash } from './typedHash.js'

/** Who a grant is for. */
export const subjectKinds = {
  /** `subject` is an account, ERC-7930 bytes; of this chain or of another */
  account: 0,
  /** `subject` is `abi.encode(address collection, uint256 tokenId)`: whoever `ownerOf` names */
  tokenHolder: 1,
  /** `subject` is `abi.encode(address collection)`: whoever holds at least one (`balanceOf`) */
  collection: 2,
  /** `subject` is `abi.encode(address registry, uint256 licence)`: whoever `userOf` (ERC-4907) names until it expires, else `ownerOf` */
  licence: 3,
} as const

/** What an owner, or who may pass on, allows. Times are seconds since 1970; `renditions` has bit r for rendition r. */
export interface Grant {
  project: Hash
  /** The object that it covers, and everything below it; the project itself covers all. */
  scope: Hash
  /** {@link subjectKinds} */
  subjectKind: number
  subject: Hex
  renditions: bigint
  purposes: number
  notBefore: bigint
  expiry: bigint
  /** How many times it may be passed on, 0 to 2. */
  delegation: number
  /** The grant that it passes on; zero: it is the owner's. */
  parent: Hash
  nonce: Hash
}

/** A wallet lets a key ask for it, for a day's work: at most eight hours. */
export interface Session {
  /** ERC-7930 account of the wallet */
  subject: Hex
  /** the key that signs requests */
  key: Address
  project: Hash
  purposes: number
  notBefore: bigint
  expiry: bigint
}

/** A key asks a node for its share. */
export interface Request {
  /** the key node that is asked: nobody else can use the request up */
  node: Address
  /** EIP-712 hash of the session */
  session: Hash
  project: Hash
  object: Hash
  rendition: number
  epoch: number
  /** one purpose */
  purpose: number
  /** X25519 key that the share is sealed to, new for every request */
  ephemeralKey: Hash
  /** keccak256 of the evidence that goes to the policy */
  evidence: Hash
  nonce: Hash
  /** seconds; at most 60 ahead */
  notAfter: bigint
}

/** What a key node decided, in its chain of decisions. */
export interface Receipt {
  node: Address
  /** whose object was asked for; zero where the body did not say */
  project: Hash
  /** counts from 0 without a gap, for each node and project */
  sequence: bigint
  /** EIP-712 hash of the receipt before; zero for the first */
  previous: Hash
  /** EIP-712 hash of the request; keccak256 of the body where it held none */
  request: Hash
  released: boolean
  /**
   * `releaseHash`: keccak256 of `keccak256(u8 index ‖ sealed share) ‖ hash of the safe block`, which the answer carries. Nobody else can put another share into
   * it, and the node cannot name another safe block later. Zero where it denied.
   */
  share: Hash
  /** a code of `denials`; zero where it released */
  reason: Hex
  /** L2 block that the policy was asked at, its timestamp in the past by at most the node's greatest age */
  blockNumber: bigint
  blockHash: Hash
  until: bigint
  timestamp: bigint
}

/** The owner, or a delegate, takes a grant back at once, whatever the chain shows. `grant` zero: every grant of the project that begins up to `issuedAt`. */
export interface RevokeNow {
  project: Hash
  grant: Hash
  issuedAt: bigint
}

/** The owner has an object destroyed: shares, wraps, ciphertext. */
export interface Erase {
  project: Hash
  object: Hash
  issuedAt: bigint
}

/** Root of a project's blind grants, signed for `BlindGrants` so that somebody else may send it. */
export interface GrantsRoot {
  project: Hash
  /** over `blindLeaf`s; zero for none */
  root: Hash
  /** one more than that of the root before, from 1 */
  version: bigint
}

/** The owner, or a delegate, reads what a node has of a project: receipts, manifests. */
export interface ProjectRead {
  project: Hash
  node: Address
  notAfter: bigint
}

/** What a rendition of an object is, signed by the project's owner or a delegate. */
export interface Manifest {
  project: Hash
  object: Hash
  /** salts from the project to the object */
  path: readonly Hash[]
  rendition: number
  /** of the content, counts from 1 */
  version: number
  /** of the key, counts from 1 and never back: a new content and a new key both take the next */
  epoch: number
  /** id of the sealed bytes */
  blob: Hash
  /** epoch of the committee that got the shares */
  committee: bigint
  threshold: number
  /** of share 1, 2, … in the order of the committee's key nodes */
  shareCommitments: readonly Hash[]
  /** the data key sealed to the owner */
  ownerWrap: Hex
  createdAt: bigint
}

/** The owner, or a delegate, lets a storage node take a blob: nobody else fills its disk. For batches (project zero) it is the batcher's. */
export interface Upload {
  project: Hash
  blob: Hash
  /** bytes of all chunks */
  length: bigint
  notAfter: bigint
}

/** A key node shares its share out among the key nodes of another committee. docs/spec/vault.md, section 3.3 */
export interface Dealing {
  /** EIP-712 hash of the manifest */
  manifest: Hash
  /** EIP-712 hash of the share set that the dealer's share is of; zero: the manifest's own */
  set: Hash
  /** epoch of the committee that the dealer is of */
  from: bigint
  /** epoch of the committee that it deals to */
  to: bigint
  threshold: number
  /** index of the dealer's share, which is its x, from 1 */
  index: number
  /** of each sub-share, in the order of the new committee's key nodes */
  commitments: readonly Hash[]
}

/** Key nodes of another committee have shares of the same key; signed by as many as the threshold of those who dealt them. */
export interface ShareSet {
  /** EIP-712 hash of the manifest */
  manifest: Hash
  /** epoch of the committee that dealt it */
  from: bigint
  committee: bigint
  threshold: number
  /** EIP-712 hashes of the dealings that it comes of: exactly the threshold of the old committee, by index */
  dealings: readonly Hash[]
  shareCommitments: readonly Hash[]
}

/** A new key node looked at the dealings that it got, and says what its share will be. docs/spec/vault.md, section 3.3 */
export interface Combined {
  /** EIP-712 hash of the manifest */
  manifest: Hash
  /** epoch of the node's committee */
  committee: bigint
  /** of the node, from 1 */
  index: number
  /** EIP-712 hashes of all dealings that it looked at, by index; the first of them, as many as the threshold, make its share */
  dealings: readonly Hash[]
  /** to its share */
  commitment: Hash
  /** its values of polynomials that are zero at 0 where nobody dealt anything but its share */
  zeros: readonly Hash[]
}

/** A new key node has its share of a share set on disk, synced. */
export interface ShareHeld {
  /** EIP-712 hash of the share set */
  shareSet: Hash
  /** of the node, from 1 */
  index: number
}

/** A storage node has a shard on disk, synced. */
export interface Acknowledgement {
  node: Address
  blob: Hash
  shard: number
  /** whose signature of an `Erase` frees the node of it: the project's owner when it came; zero for batches */
  eraser: Address
  /** bytes of the shard */
  length: bigint
  committee: bigint
  /** kept until, seconds */
  until: bigint
}

interface Messages {
  Grant: Grant
  Session: Session
  Request: Request
  Receipt: Receipt
  RevokeNow: RevokeNow
  Erase: Erase
  GrantsRoot: GrantsRoot
  ProjectRead: ProjectRead
  Manifest: Manifest
  Upload: Upload
  Dealing: Dealing
  ShareSet: ShareSet
  Combined: Combined
  ShareHeld: ShareHeld
  Acknowledgement: Acknowledgement
}

/** Name of a message that is signed. */
export type MessageName = keyof Messages
/** A message by its name. */
export type MessageOf<name extends MessageName> = Messages[name]

/** A message with the signature of whoever says it. */
export interface Signed<message> {
  message: message
  signature: Hex
}

/** EIP-712 typed data of a message, as wallets sign it. */
export const typedDataOf = <name extends MessageName>(
  domain: VaultDomain,
  name: name,
  message: MessageOf<name>,
) =>
  ({
    domain: vaultDomain(domain),
    types: { [name]: vaultTypes[name] },
    primaryType: name,
    message,
  }) as unknown as TypedDataDefinition

/** EIP-712 hash of a message: its id. @throws {InvalidInputError} for a value that is none of its field's type */
export const messageHash = <name extends MessageName>(
  domain: VaultDomain,
  name: name,
  message: MessageOf<name>,
): Hash => vaultMessageHash(domain, name, message)

/** What signs typed data: a local account of viem, a wallet, a remote signer. */
export interface MessageSigner {
  address: Address
  signTypedData(data: TypedDataDefinition): Promise<Hex>
}

/** A message with its signature. */
export async function signMessage<name extends MessageName>(
  signer: MessageSigner,
  domain: VaultDomain,
  name: name,
  message: MessageOf<name>,
): Promise<Signed<MessageOf<name>>> {
  return { message, signature: await signer.signTypedData(typedDataOf(domain, name, message)) }
}

/**
 * Who signed a message with a key (not a contract). Undefined where the signature is none, not 65 bytes, or in its malleable form (high s):
 * one message then has one signature of a signer.
 */
export async function signerOf<name extends MessageName>(
  domain: VaultDomain,
  name: name,
  { message, signature }: Signed<MessageOf<name>>,
): Promise<Address | undefined> {
  if (!isKeySignature(signature)) return undefined
  try {
    return await recoverAddress({ hash: messageHash(domain, name, message), signature })
  } catch {
    return undefined
  }
}
