import { InvalidInputError, concatBytes, equalBytes } from '@animechain/core'
import { defaultCrypto, type VaultCrypto } from './crypto.js'
import { badHeader, wrongKey } from './errors.js'

/** Bytes of a header. docs/spec/vault.md 2.2 */
export const HEADER_BYTES = 80
/** Bytes of a data key. */
export const KEY_BYTES = 32

const SALT_BYTES = 32
const PREFIX_BYTES = 7
/** `"AVLT"`, version 1, suite 1, chunks of 2^18 bytes, 0 */
const start = Uint8Array.of(0x41, 0x56, 0x4c, 0x54, 1, 1, 18, 0)
/** `"animechain/vault/1" ‖ suite` */
const info = concatBytes(new TextEncoder().encode('animechain/vault/1'), Uint8Array.of(1))

/** What a header holds. */
export interface HeaderFields {
  /** 32 bytes */
  salt: Uint8Array
  /** first 7 bytes of each chunk's nonce */
  prefix: Uint8Array
  /** 32 bytes, a commitment to the data key */
  keyTag: Uint8Array
}

/** The keys that a data key gives for one file. */
export interface FileKeys {
  chunkKey: Uint8Array
  keyTag: Uint8Array
}

/** A new random data key. */
export const newDataKey = (crypto: VaultCrypto = defaultCrypto): Uint8Array => crypto.randomBytes(KEY_BYTES)

/**
 * Chunk key and key tag of a file.
 * @throws {InvalidInputError} where a length is not 32
 */
export async function deriveFileKeys(
  dataKey: Uint8Array,
  salt: Uint8Array,
  crypto: VaultCrypto = defaultCrypto,
): Promise<FileKeys> {
  if (dataKey.length !== KEY_BYTES) throw new InvalidInputError('data key', '32 bytes', dataKey.length)
  if (salt.length !== SALT_BYTES) throw new InvalidInputError('salt', '32 bytes', salt.length)
  const bytes = await crypto.hkdf(dataKey, salt, info, 64)
  return { chunkKey: bytes.subarray(0, 32), keyTag: bytes.subarray(32) }
}

/** The bytes of a header. */
export function encodeHeader({ salt, prefix, keyTag }: HeaderFields): Uint8Array {
  if (salt.length !== SALT_BYTES || prefix.length !== PREFIX_BYTES || keyTag.length !== 32)
    throw new InvalidInputError('header', 'a salt of 32 bytes, a prefix of 7 and a tag of 32', {
      salt: salt.length,
      prefix: prefix.length,
      keyTag: keyTag.length,
    })
  return concatBytes(start, salt, prefix, Uint8Array.of(0), keyTag)
}

/**
 * What a header holds, as copies.
 * @throws {BaseError} `VAULT_BAD_HEADER`
 */
export function decodeHeader(header: Uint8Array): HeaderFields {
  if (header.length !== HEADER_BYTES) throw badHeader(`expected ${HEADER_BYTES} bytes, got ${header.length}`)
  const got = header.subarray(0, start.length)
  if (!equalBytes(got.subarray(0, 4), start.subarray(0, 4))) throw badHeader('it does not begin with AVLT')
  if (!equalBytes(got, start))
    throw badHeader(`expected version 1, suite 1 and chunks of 2^18 bytes, got ${got.subarray(4).join(', ')}`)
  if (header[47] !== 0) throw badHeader(`expected 0 behind the prefix, got ${header[47]}`)
  return { salt: header.slice(8, 40), prefix: header.slice(40, 47), keyTag: header.slice(48) }
}

/**
 * The header of a new file. Salt and prefix are random; give them only for test vectors: a second content under the same key, salt and
 * prefix gives both away.
 */
export async function newHeader(
  dataKey: Uint8Array,
  {
    salt,
    prefix,
    crypto = defaultCrypto,
  }: { salt?: Uint8Array; prefix?: Uint8Array; crypto?: VaultCrypto } = {},
): Promise<Uint8Array> {
  const used = salt ?? crypto.randomBytes(SALT_BYTES)
  const { keyTag } = await deriveFileKeys(dataKey, used, crypto)
  return encodeHeader({ salt: used, prefix: prefix ?? crypto.randomBytes(PREFIX_BYTES), keyTag })
}

/**
 * Keys of a file, after the header's commitment was compared with the data key.
 * @throws {BaseError} `VAULT_BAD_HEADER`, `VAULT_WRONG_KEY`
 */
export async function keysOf(
  header: Uint8Array,
  dataKey: Uint8Array,
  crypto: VaultCrypto = defaultCrypto,
): Promise<FileKeys & HeaderFields> {
  const fields = decodeHeader(header)
  const keys = await deriveFileKeys(dataKey, fields.salt, crypto)
  // Both are derived by whoever holds the key; nothing is learned by the time that it takes.
  if (!equalBytes(keys.keyTag, fields.keyTag)) throw wrongKey()
  return { ...fields, ...keys }
}

/** Nonce of a chunk: `prefix ‖ u32 index ‖ u8 last`. */
export function chunkNonce(prefix: Uint8Array, index: number, last: boolean): Uint8Array {
  const nonce = new Uint8Array(12)
  nonce.set(prefix)
  new DataView(nonce.buffer).setUint32(PREFIX_BYTES, index)
  nonce[11] = last ? 1 : 0
  return nonce
}
