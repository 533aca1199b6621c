import { createHmac, hkdfSync } from 'node:crypto'
import { InvalidInputError, bytesToHex, concatBytes, keccak256, type Hash } from '@animechain/core'
import { batchKeyDepth, type BatchKeyPlace } from '@animechain/vault-protocol'

/** Bytes of a view key. */
export const VIEW_KEY_BYTES = 32
/** Keys of a chain's batches. */
const COUNT = 2 ** batchKeyDepth
/** Keys that are derived before others have their turn. */
const SLICE = 2_048

const text = (value: string): Uint8Array => new TextEncoder().encode(value)
const KEY_INFO = text('animechain/vault/batch/1')
const SEAL_INFO = text('animechain/vault/batch-seal/1')

/** All keys that a view key gives, and the tree over their hashes. docs/spec/vault.md, section 6 */
export interface BatchKeys {
  /** what the adapter on L1 must have */
  readonly root: Hash
  key(index: number): Uint8Array
  keyHash(index: number): Hash
  /** undefined where it is of no key of these */
  indexOf(keyHash: Hash): number | undefined
  place(index: number): BatchKeyPlace
  /** How bytes are sealed: another way for other bytes, the same for the same. */
  sealing(data: Uint8Array): { index: number; salt: Uint8Array; prefix: Uint8Array }
}

const hkdf = (key: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', key, salt, info, length))

/** What all keys come from: HKDF's first half, which is the same for all of them. */
const pseudorandomKey = (viewKey: Uint8Array): Uint8Array =>
  createHmac('sha256', new Uint8Array(32)).update(viewKey).digest()

/** HKDF's second half, for 32 bytes. */
function expanded(pseudorandom: Uint8Array, index: number): Uint8Array {
  const info = concatBytes(KEY_INFO, new Uint8Array(5))
  new DataView(info.buffer).setUint32(KEY_INFO.length, index)
  info[info.length - 1] = 1
  return new Uint8Array(createHmac('sha256', pseudorandom).update(info).digest())
}

/** The key of batches with an index, 32 bytes. */
export const batchKey = (viewKey: Uint8Array, index: number): Uint8Array =>
  expanded(pseudorandomKey(viewKey), index)

/**
 * Derives all keys: some tenths of a second of work, in pieces. They take 4 MiB, and the place of each hash a map of as many entries.
 * @throws {InvalidInputError} when the view key does not have 32 bytes
 */
export async function batchKeys(viewKey: Uint8Array): Promise<BatchKeys> {
  if (viewKey.length !== VIEW_KEY_BYTES)
    // The key itself is told to nobody.
    throw new InvalidInputError('view key', `${VIEW_KEY_BYTES} bytes`, `${viewKey.length} bytes`)
  const kept = Uint8Array.from(viewKey)
  const pseudorandom = pseudorandomKey(kept)
  /** Nodes by generalised index, 1 the root. */
  const nodes = new Uint8Array(2 * COUNT * 32)
  const node = (at: number): Uint8Array => nodes.subarray(32 * at, 32 * at + 32)
  const places = new Map<Hash, number>()
  for (let index = 0; index < COUNT; index++) {
    const hash = keccak256(expanded(pseudorandom, index))
    nodes.set(hash, 32 * (COUNT + index))
    places.set(bytesToHex(hash), index)
    if (index % SLICE === SLICE - 1) await new Promise(setImmediate)
  }
  for (let at = COUNT - 1; at > 0; at--) nodes.set(keccak256(nodes.subarray(64 * at, 64 * at + 64)), 32 * at)
  return {
    root: bytesToHex(node(1)),
    key: (index) => expanded(pseudorandom, index),
    keyHash: (index) => bytesToHex(node(COUNT + index)),
    indexOf: (keyHash) => places.get(keyHash),
    place: (index) => ({
      index,
      path: Array.from({ length: batchKeyDepth }, (_, level) =>
        bytesToHex(node(((COUNT + index) >> level) ^ 1)),
      ),
    }),
    sealing(data) {
      const bytes = hkdf(kept, keccak256(data), SEAL_INFO, 41)
      return { salt: bytes.slice(0, 32), prefix: bytes.slice(32, 39), index: (bytes[39]! << 8) | bytes[40]! }
    },
  }
}
