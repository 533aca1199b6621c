import { sha256 } from '@noble/hashes/sha2.js'
import type { VaultCrypto } from './cryptoPort.js'
import { TAG_BYTES } from './layout.js'

/**
 * WebCrypto, and SHA-256 in JavaScript: a tree has 65 hashes for each chunk, and a call of `digest` costs more than a hash of that size.
 * Takes the host's WebCrypto where none is given.
 */
export function webCrypto(crypto = globalThis.crypto): VaultCrypto {
  const { subtle } = crypto
  return {
    id: 'web',
    sha256,
    buffer: (length) => new Uint8Array(length),
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
    async hkdf(key, salt, info, length) {
      const base = await subtle.importKey('raw', key, 'HKDF', false, ['deriveBits'])
      return new Uint8Array(
        await subtle.deriveBits({ name: 'HKDF', hash: 'SHA-256', salt, info }, base, 8 * length),
      )
    },
    async cipher(bytes) {
      const key = await subtle.importKey('raw', bytes, 'AES-GCM', false, ['encrypt', 'decrypt'])
      const parameters = (nonce: Uint8Array, header: Uint8Array) => ({
        name: 'AES-GCM',
        iv: nonce,
        additionalData: header,
        tagLength: 8 * TAG_BYTES,
      })
      return {
        async seal(nonce, header, plain, out) {
          out.set(new Uint8Array(await subtle.encrypt(parameters(nonce, header), key, plain)))
        },
        async open(nonce, header, sealed) {
          if (sealed.length < TAG_BYTES) return undefined
          try {
            return new Uint8Array(await subtle.decrypt(parameters(nonce, header), key, sealed))
          } catch {
            return undefined
          }
        },
      }
    },
  }
}
