import { InvalidInputError, concatBytes, hexToBytes, type Address, type Hash } from '@animechain/core'
import { badWrap } from './errors.js'
import { KEY_BYTES } from './header.js'
import { hpkeOpen, hpkeSeal } from './hpke.js'
import {
  OPENING_BYTES,
  defaultThreshold,
  indexByte,
  keyIdBytes,
  openingOf,
  shareCommitment,
  splitKey,
  type KeyId,
} from './shares.js'

const text = (label: string): Uint8Array => new TextEncoder().encode(label)
const labels = {
  deal: text('animechain/vault/deal/1'),
  release: text('animechain/vault/release/1'),
  wrap: text('animechain/vault/wrap/1'),
  reshare: text('animechain/vault/reshare/1'),
}

function u64(value: bigint): Uint8Array {
  const out = new Uint8Array(8)
  if (value < 0n || value >> 64n !== 0n) throw new InvalidInputError('epoch of a committee', 'a u64', value)
  new DataView(out.buffer).setBigUint64(0, value)
  return out
}

const sized = (bytes: Uint8Array, length: number, what: string): Uint8Array => {
  if (bytes.length !== length) throw badWrap(what)
  return bytes
}

/** The data key, sealed to its owner. docs/spec/vault.md 3.2 */
export function wrapKey(parameters: {
  id: KeyId
  dataKey: Uint8Array
  /** the owner's X25519 public key */
  to: Uint8Array
  /** for test vectors alone */
  ephemeral?: Uint8Array
}): Promise<Uint8Array> {
  const { id, dataKey, to, ephemeral } = parameters
  return hpkeSeal({ to, info: concatBytes(labels.wrap, keyIdBytes(id)), plaintext: dataKey, ephemeral })
}

/**
 * The data key of an owner's wrap.
 * @throws {BaseError} `VAULT_BAD_WRAP`
 */
export async function unwrapKey(parameters: {
  id: KeyId
  sealed: Uint8Array
  privateKey: Uint8Array
}): Promise<Uint8Array> {
  const { id, sealed, privateKey } = parameters
  const info = concatBytes(labels.wrap, keyIdBytes(id))
  return sized(await hpkeOpen({ privateKey, info, sealed }), KEY_BYTES, 'The wrap')
}

/** A share that is dealt: to which key node of which committee. */
export interface DealtShare {
  id: KeyId
  /** epoch of the committee */
  committee: bigint
  /** from 1 */
  index: number
}

const dealInfo = ({ id, committee, index }: DealtShare) =>
  concatBytes(labels.deal, keyIdBytes(id), u64(committee), indexByte(index))

/** A share's opening, sealed to its key node. */
export const sealDeal = (
  share: DealtShare & { opening: Uint8Array; to: Uint8Array; ephemeral?: Uint8Array },
): Promise<Uint8Array> =>
  hpkeSeal({ to: share.to, info: dealInfo(share), plaintext: share.opening, ephemeral: share.ephemeral })

/**
 * A share's opening, by its key node.
 * @throws {BaseError} `VAULT_BAD_WRAP`
 */
export const openDeal = async (
  share: DealtShare & { sealed: Uint8Array; privateKey: Uint8Array },
): Promise<Uint8Array> =>
  sized(
    await hpkeOpen({ privateKey: share.privateKey, info: dealInfo(share), sealed: share.sealed }),
    OPENING_BYTES,
    'The dealt share',
  )

/** A share that is released: for which request, by which node. */
export interface ReleasedShare {
  /** EIP-712 hash of the request */
  request: Hash
  node: Address
  /** from 1 */
  index: number
}

function releaseInfo({ request, node, index }: ReleasedShare): Uint8Array {
  const [hash, address] = [hexToBytes(request), hexToBytes(node)]
  if (hash.length !== 32 || address.length !== 20)
    throw new InvalidInputError('release', 'a hash of 32 bytes and an address', { request, node })
  return concatBytes(labels.release, hash, address, indexByte(index))
}

/** A share's opening, sealed to the key of a request. */
export const sealRelease = (
  share: ReleasedShare & { opening: Uint8Array; to: Uint8Array; ephemeral?: Uint8Array },
): Promise<Uint8Array> =>
  hpkeSeal({ to: share.to, info: releaseInfo(share), plaintext: share.opening, ephemeral: share.ephemeral })

/**
 * A share's opening, by who asked for it. Compare it with its commitment next (`isOpening`).
 * @throws {BaseError} `VAULT_BAD_WRAP`
 */
export const openRelease = async (
  share: ReleasedShare & { sealed: Uint8Array; privateKey: Uint8Array },
): Promise<Uint8Array> =>
  sized(
    await hpkeOpen({ privateKey: share.privateKey, info: releaseInfo(share), sealed: share.sealed }),
    OPENING_BYTES,
    'The released share',
  )

/** A sub-share: of which dealing, for which new key node. docs/spec/vault.md 3.3 */
export interface ResharedShare {
  /** EIP-712 hash of the `Dealing` */
  dealing: Hash
  /** of the new key node, from 1 */
  index: number
}

function reshareInfo({ dealing, index }: ResharedShare): Uint8Array {
  const hash = hexToBytes(dealing)
  if (hash.length !== 32) throw new InvalidInputError('dealing', 'a hash of 32 bytes', dealing)
  return concatBytes(labels.reshare, hash, indexByte(index))
}

/** A sub-share's opening, sealed to a new key node. */
export const sealReshare = (
  share: ResharedShare & { opening: Uint8Array; to: Uint8Array; ephemeral?: Uint8Array },
): Promise<Uint8Array> =>
  hpkeSeal({ to: share.to, info: reshareInfo(share), plaintext: share.opening, ephemeral: share.ephemeral })

/**
 * A sub-share's opening, by its new key node.
 * @throws {BaseError} `VAULT_BAD_WRAP`
 */
export const openReshare = async (
  share: ResharedShare & { sealed: Uint8Array; privateKey: Uint8Array },
): Promise<Uint8Array> =>
  sized(
    await hpkeOpen({ privateKey: share.privateKey, info: reshareInfo(share), sealed: share.sealed }),
    OPENING_BYTES,
    'The dealt sub-share',
  )

/** What an owner makes of a data key for a committee. */
export interface Deal {
  /** for the manifest: of share 1, 2, … */
  commitments: Hash[]
  /** for the key nodes, in their order */
  sealedShares: Uint8Array[]
}

/** Splits a data key, commits to the shares and seals each to its key node: share j to element j - 1 of `to`. */
export async function dealKey(parameters: {
  id: KeyId
  dataKey: Uint8Array
  committee: bigint
  /** X25519 public keys of the committee's key nodes, in their order */
  to: readonly Uint8Array[]
  threshold?: number
}): Promise<Deal> {
  const { id, dataKey, committee, to, threshold = defaultThreshold.threshold } = parameters
  const shares = await splitKey(dataKey, { shares: to.length, threshold })
  const openings = shares.map((share) => openingOf(share))
  return {
    commitments: openings.map((opening, i) => shareCommitment(id, i + 1, opening)),
    sealedShares: await Promise.all(
      openings.map((opening, i) => sealDeal({ id, committee, index: i + 1, opening, to: to[i]! })),
    ),
  }
}
