import { combine } from 'shamir-secret-sharing'
import { InvalidInputError, bytesToHex, concatBytes, hexToBytes, type Hash } from '@animechain/core'
import { defaultCrypto, type VaultCrypto } from './crypto.js'
import { badShare } from './errors.js'
import { KEY_BYTES } from './header.js'

/** Bytes of a share: y(32) ‖ x(1). docs/spec/vault.md 3.1 */
export const SHARE_BYTES = KEY_BYTES + 1
/** Bytes of an opening: share ‖ r(32). */
export const OPENING_BYTES = SHARE_BYTES + 32

/** Which key the shares are of. */
export interface KeyId {
  object: Hash
  rendition: number
  epoch: number
}

/** `object ‖ u8 rendition ‖ u32 epoch`, as commitments and HPKE bind it. */
export function keyIdBytes({ object, rendition, epoch }: KeyId): Uint8Array {
  const id = hexToBytes(object)
  if (id.length !== 32) throw new InvalidInputError('object', '32 bytes', object)
  if (!Number.isInteger(rendition) || rendition < 0 || rendition > 255)
    throw new InvalidInputError('rendition', '0 to 255', rendition)
  if (!Number.isInteger(epoch) || epoch < 1 || epoch > 0xffffffff)
    throw new InvalidInputError('epoch', '1 to 2^32 - 1', epoch)
  const out = new Uint8Array(37)
  out.set(id)
  out[32] = rendition
  new DataView(out.buffer).setUint32(33, epoch)
  return out
}

/** The byte of a share's index, from 1. */
export function indexByte(index: number): Uint8Array {
  if (!Number.isInteger(index) || index < 1 || index > 255)
    throw new InvalidInputError('index of a share', '1 to 255', index)
  return Uint8Array.of(index)
}

const domain = new TextEncoder().encode('animechain/vault/share/1')

/** Commitment to share `index` of a key, by its opening. docs/spec/vault.md 3.1 */
export function shareCommitment(
  id: KeyId,
  index: number,
  opening: Uint8Array,
  crypto: VaultCrypto = defaultCrypto,
): Hash {
  if (opening.length !== OPENING_BYTES) throw new InvalidInputError('opening', '65 bytes', opening.length)
  return bytesToHex(crypto.sha256(concatBytes(domain, keyIdBytes(id), indexByte(index), opening)))
}

/** Whether an opening is the one that a manifest commits to. Never throws for an opening: whoever gave another one lied. */
export const isOpening = (
  id: KeyId,
  index: number,
  opening: Uint8Array,
  commitment: Hash,
  crypto: VaultCrypto = defaultCrypto,
): boolean =>
  opening.length === OPENING_BYTES && shareCommitment(id, index, opening, crypto) === commitment.toLowerCase()

/** The share of an opening, a copy. */
export const shareOfOpening = (opening: Uint8Array): Uint8Array => opening.slice(0, SHARE_BYTES)

/** A share with fresh random bytes, as it is sealed to who gets it. */
export const openingOf = (share: Uint8Array, crypto: VaultCrypto = defaultCrypto): Uint8Array =>
  concatBytes(share, crypto.randomBytes(32))

/** How many shares there are, and how many open. */
export interface Threshold {
  /** shares, at most 255 */
  shares: number
  /** of which so many give the key, at least 2 */
  threshold: number
}

/** Three of five. */
export const defaultThreshold: Threshold = { shares: 5, threshold: 3 }

function checkThreshold({ shares, threshold }: Threshold): void {
  if (
    !Number.isInteger(shares) ||
    !Number.isInteger(threshold) ||
    threshold < 2 ||
    shares < threshold ||
    shares > 255
  )
    throw new InvalidInputError('threshold', '2 to 255, and as many shares at least', { threshold, shares })
}

/** Splits a data key: share j (from 1) is element j - 1, and j is its x, so that nobody can say that it has another one. */
export async function splitKey(
  dataKey: Uint8Array,
  numbers: Threshold = defaultThreshold,
  crypto: VaultCrypto = defaultCrypto,
): Promise<Uint8Array[]> {
  if (dataKey.length !== KEY_BYTES) throw new InvalidInputError('data key', '32 bytes', dataKey.length)
  checkThreshold(numbers)
  // The polynomial is given by its value at 0 and random values at t - 1 other places.
  const points = [{ x: 0, y: dataKey }]
  for (let x = 1; x < numbers.threshold; x++) points.push({ x, y: crypto.randomBytes(KEY_BYTES) })
  const out: Uint8Array[] = []
  for (let x = 1; x <= numbers.shares; x++) {
    const y = points[x]?.y ?? (await valueAt(points, x))
    out.push(concatBytes(y, Uint8Array.of(x)))
  }
  return out
}

/**
 * The secret that shares were made of. With fewer than the threshold it is another one, and nothing tells: compare commitments before, or
 * the header's key tag after.
 * @throws {BaseError} `VAULT_BAD_SHARE`
 */
export async function combineShares(shares: readonly Uint8Array[]): Promise<Uint8Array> {
  for (const share of shares) {
    if (share.length !== SHARE_BYTES) throw badShare(`each of ${SHARE_BYTES} bytes, got ${share.length}`)
    if (share[KEY_BYTES] === 0) throw badShare('x is not 0')
  }
  if (shares.length < 2) throw badShare(`at least 2, got ${shares.length}`)
  if (new Set(shares.map((share) => share[KEY_BYTES])).size !== shares.length)
    throw badShare('each with an x of its own')
  return combine(shares.map((share) => Uint8Array.from(share)))
}

/**
 * Value of the polynomial through shares at `x`, 1 to 255. Moving every x by what is wanted, which in this field is XOR, moves the
 * wanted point to 0.
 */
async function valueAt(points: readonly { x: number; y: Uint8Array }[], x: number): Promise<Uint8Array> {
  return combine(points.map((point) => Uint8Array.from(concatBytes(point.y, Uint8Array.of(point.x ^ x)))))
}

/**
 * An old key node deals its share to another committee: share k of its y, for new node k, has x = k. docs/spec/vault.md 3.3
 */
export async function dealReshare(
  share: Uint8Array,
  numbers: Threshold,
  crypto: VaultCrypto = defaultCrypto,
): Promise<Uint8Array[]> {
  if (share.length !== SHARE_BYTES) throw badShare(`one of ${SHARE_BYTES} bytes, got ${share.length}`)
  return splitKey(share.subarray(0, KEY_BYTES), numbers, crypto)
}

/** A share of a share, and the x of the old share that it is of. */
export interface Subshare {
  /** x of the dealer's own share */
  dealerX: number
  /** y(32) ‖ x(1) with the x of the new share */
  subshare: Uint8Array
}

/**
 * A new key node makes its share of what `threshold` old ones dealt to it. Every new node must take the same dealers.
 * @throws {BaseError} `VAULT_BAD_SHARE`
 */
export async function combineReshare(subshares: readonly Subshare[]): Promise<Uint8Array> {
  const x = subshares[0]?.subshare[KEY_BYTES]
  if (
    x === undefined ||
    subshares.some(({ subshare }) => subshare.length !== SHARE_BYTES || subshare[KEY_BYTES] !== x)
  )
    throw badShare(`subshares of ${SHARE_BYTES} bytes with one x`)
  const y = await combineShares(
    subshares.map(({ dealerX, subshare }) =>
      concatBytes(subshare.subarray(0, KEY_BYTES), Uint8Array.of(dealerX)),
    ),
  )
  return concatBytes(y, Uint8Array.of(x))
}

const isZero = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0)

/**
 * Values at one new key node of polynomials that are zero at 0 where each dealer dealt its own share: what `threshold` dealers after one another make, less what
 * those make that begin one later. They are independent of the new share, so they may be shown. docs/spec/vault.md 3.3
 * @param subshares by index of the dealer
 * @returns y(32) each, one for every subshare beyond `threshold`
 */
export async function reshareZeros(subshares: readonly Subshare[], threshold: number): Promise<Uint8Array[]> {
  const made: Uint8Array[] = []
  for (let first = 0; first + threshold <= subshares.length; first++)
    made.push(await combineReshare(subshares.slice(first, first + threshold)))
  return made.slice(1).map((each, i) => each.subarray(0, KEY_BYTES).map((byte, at) => byte ^ made[i]![at]!))
}

/**
 * Whether values at x are those of one polynomial of a degree below `threshold` that is zero at 0: any `threshold` of them after one another say so.
 * @param values y(32) ‖ x(1), as many as `threshold` at least
 */
export async function isZeroSharing(values: readonly Uint8Array[], threshold: number): Promise<boolean> {
  if (values.length < threshold) throw badShare(`at least ${threshold}, got ${values.length}`)
  for (let first = 0; first + threshold <= values.length; first++)
    if (!isZero(await combineShares(values.slice(first, first + threshold)))) return false
  return true
}
