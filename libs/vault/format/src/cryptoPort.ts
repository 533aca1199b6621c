/** What is ready at once or later. */
export type Awaitable<value> = value | Promise<value>

/** AES-256-GCM under one key. */
export interface ChunkCipher {
  /** Writes ciphertext and tag to `out`, which has 16 bytes more than `plain`. */
  seal(nonce: Uint8Array, header: Uint8Array, plain: Uint8Array, out: Uint8Array): Awaitable<void>
  /** The plaintext; undefined where the tag does not fit, or there is none. */
  open(nonce: Uint8Array, header: Uint8Array, sealed: Uint8Array): Awaitable<Uint8Array | undefined>
}

/** The cryptography that the format stands on. Two implementations, which tests compare: Node's and the browsers'. */
export interface VaultCrypto {
  readonly id: 'node' | 'web'
  sha256(bytes: Uint8Array): Uint8Array
  /** Root of a unit, where there is a faster way than hash by hash. docs/spec/vault.md 2.4 */
  unitRoot?(unit: Uint8Array): Uint8Array
  /** Bytes that are all written to next: whatever is in them. */
  buffer(length: number): Uint8Array
  randomBytes(length: number): Uint8Array
  /** HKDF-SHA256, RFC 5869 */
  hkdf(key: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number): Awaitable<Uint8Array>
  cipher(key: Uint8Array): Awaitable<ChunkCipher>
}
