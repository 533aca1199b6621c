import { concatBytes } from '@animechain/core'
import { defaultCrypto, type VaultCrypto } from './crypto.js'
import { badChunk, truncated } from './errors.js'
import { chunkNonce, keysOf } from './header.js'
import { CHUNK_BYTES, MAX_CHUNKS, SEALED_CHUNK_BYTES, TAG_BYTES, layoutOf } from './layout.js'
import { Unpadder } from './padding.js'
import { blocksOf, piecesOf, type ByteSource } from './source.js'

/** Opens single chunks of one file. */
export interface ChunkOpener {
  /**
   * The padded content of a chunk.
   * @param last whether it is the file's last chunk
   * @throws {BaseError} `VAULT_BAD_CHUNK`
   */
  open(index: number, last: boolean, sealed: Uint8Array): Promise<Uint8Array>
}

/**
 * An opener for the chunks of a file, after the header's commitment was compared with the key.
 * @throws {BaseError} `VAULT_BAD_HEADER`, `VAULT_WRONG_KEY`
 */
export async function chunkOpener(
  header: Uint8Array,
  dataKey: Uint8Array,
  crypto: VaultCrypto = defaultCrypto,
): Promise<ChunkOpener> {
  const { chunkKey, prefix } = await keysOf(header, dataKey, crypto)
  // A copy: what the caller does with its bytes later changes nothing.
  const bound = header.slice()
  const cipher = await crypto.cipher(chunkKey)
  return {
    async open(index, last, sealed) {
      const length = sealed.length - TAG_BYTES
      const possible = length > 0 && (last ? length <= CHUNK_BYTES : length === CHUNK_BYTES)
      if (!possible || !Number.isInteger(index) || index < 0 || index >= MAX_CHUNKS) throw badChunk(index)
      const plain = await cipher.open(chunkNonce(prefix, index, last), bound, sealed)
      if (plain === undefined) throw badChunk(index)
      return plain
    },
  }
}

/** A sealed file, and the key to it. */
export interface OpenOptions {
  header: Uint8Array
  /** all chunks, one after the other, in pieces of any size */
  body: ByteSource
  dataKey: Uint8Array
  /** bytes of all chunks, where it is known: less or more is then told as such */
  length?: bigint | number
  signal?: AbortSignal
  crypto?: VaultCrypto
}

/**
 * The content of a sealed file, in pieces; its return value is the content's length. Every piece is verified, and right; whether the file
 * was whole is known at the end: use what came before an error only where a beginning is of use.
 * @throws {BaseError} `VAULT_BAD_HEADER`, `VAULT_WRONG_KEY`, `VAULT_BAD_CHUNK`, `VAULT_TRUNCATED`, `VAULT_BAD_PADDING`
 * @throws {AbortedError} once the signal is aborted
 */
export async function* openStream({
  header,
  body,
  dataKey,
  length,
  signal,
  crypto = defaultCrypto,
}: OpenOptions): AsyncGenerator<Uint8Array, number> {
  const opener = await chunkOpener(header, dataKey, crypto)
  const expected = length === undefined ? undefined : layoutOf(length)
  const unpadder = new Unpadder()
  let index = 0
  let got = 0
  for await (const { block, last } of blocksOf(piecesOf(body, 'Opening', signal), SEALED_CHUNK_BYTES)) {
    got += block.length
    const wrong = expected && (got > expected.length || (last && got < expected.length))
    if (wrong) throw truncated(`${expected.length} bytes`, got)
    const plain = await opener.open(index, last, block)
    if (last) return yield* unpadder.finish(plain)
    yield* unpadder.push(plain)
    index++
  }
  throw truncated('at least one chunk', got)
}

/** Opens a small sealed file at once. Throws what {@link openStream} throws. */
export async function openBytes(
  options: Omit<OpenOptions, 'body'> & { body: Uint8Array },
): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  for await (const piece of openStream(options)) pieces.push(piece)
  return pieces.length === 1 ? pieces[0]! : concatBytes(...pieces)
}
