import type { KeyObject } from 'node:crypto'
import { concatBytes } from '@animechain/core'
import { TAG_BYTES } from './layout.js'

type NodeCrypto = typeof import('node:crypto')

/** What of HPKE there are two implementations of: Node's cryptography is several times as fast as a curve in JavaScript. Methods throw whatever the host throws. */
export interface HpkeBackend {
  newKeyPair(): Promise<{ publicKey: Uint8Array; privateKey: Uint8Array }>
  /** @param ephemeral the secret that the ephemeral key follows from; undefined: a new key */
  seal(
    to: Uint8Array,
    info: Uint8Array,
    plaintext: Uint8Array,
    aad: Uint8Array,
    ephemeral: Uint8Array | undefined,
  ): Promise<Uint8Array>
  open(privateKey: Uint8Array, info: Uint8Array, sealed: Uint8Array, aad: Uint8Array): Promise<Uint8Array>
}

const KEY_BYTES = 32
const utf8 = (label: string): Uint8Array => new TextEncoder().encode(label)
const none = new Uint8Array(0)
const version = utf8('HPKE-v1')
/** DHKEM(X25519, HKDF-SHA256); with it HKDF-SHA256 and AES-256-GCM. RFC 9180, section 7 */
const kemSuite = concatBytes(utf8('KEM'), Uint8Array.of(0x00, 0x20))
const suite = concatBytes(utf8('HPKE'), Uint8Array.of(0x00, 0x20, 0x00, 0x01, 0x00, 0x02))
/** What stands before the 32 bytes of a key in its DER form. RFC 8410 */
const pkcs8 = Uint8Array.from([
  ...[0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x6e, 0x04, 0x22, 0x04, 0x20],
])
const spki = Uint8Array.from([0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x6e, 0x03, 0x21, 0x00])

/** A private key of Node, and the bytes of its public key. */
interface Pair {
  own: KeyObject
  publicKey: Uint8Array
}

/** X25519 keys of Node, from and to bytes. */
function keysOf(crypto: NodeCrypto) {
  const bytesOf = (publicKey: KeyObject): Uint8Array =>
    Uint8Array.from(publicKey.export({ format: 'der', type: 'spki' }).subarray(spki.length))
  /** A node opens with one key all its life, and reading a key takes as long as opening. Kept for as long as the bytes that the caller has. */
  const known = new WeakMap<Uint8Array, Pair & { digest: Buffer }>()
  return {
    newPair(): Pair & { bytes: () => Uint8Array } {
      const made = crypto.generateKeyPairSync('x25519')
      return {
        own: made.privateKey,
        publicKey: bytesOf(made.publicKey),
        bytes() {
          const der = made.privateKey.export({ format: 'der', type: 'pkcs8' })
          const bytes = Uint8Array.from(der.subarray(pkcs8.length))
          der.fill(0)
          return bytes
        },
      }
    },
    pair(bytes: Uint8Array): Pair {
      // The caller may have written another key over it.
      const digest = crypto.createHash('sha256').update(bytes).digest()
      const found = known.get(bytes)
      if (found?.digest.equals(digest)) return found
      const der = Buffer.concat([pkcs8, bytes])
      const own = crypto.createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
      der.fill(0)
      const made = { own, publicKey: bytesOf(crypto.createPublicKey(own)), digest }
      known.set(bytes, made)
      return made
    },
    publicKey: (bytes: Uint8Array): KeyObject =>
      crypto.createPublicKey({ key: Buffer.concat([spki, bytes]), format: 'der', type: 'spki' }),
  }
}

/** HPKE in base mode for one message, on Node's cryptography; undefined where the program does not run on Node. RFC 9180, sections 4 to 6 */
export function nodeHpke(): HpkeBackend | undefined {
  const host = (globalThis as { process?: { getBuiltinModule?: (id: string) => unknown } }).process
  const crypto = host?.getBuiltinModule?.('node:crypto') as NodeCrypto | undefined
  if (typeof crypto?.diffieHellman !== 'function') return undefined
  const keys = keysOf(crypto)
  const hmac = (key: Uint8Array, parts: readonly Uint8Array[]): Buffer => {
    const made = crypto.createHmac('sha256', key)
    for (const part of parts) made.update(part)
    return made.digest()
  }
  const extract = (id: Uint8Array, salt: Uint8Array, label: string, ikm: Uint8Array): Buffer =>
    hmac(salt, [version, id, utf8(label), ikm])
  /** At most 32 bytes, so one block of HKDF. */
  const expand = (id: Uint8Array, prk: Uint8Array, label: string, info: Uint8Array, length: number): Buffer =>
    hmac(prk, [Uint8Array.of(0, length), version, id, utf8(label), info, Uint8Array.of(1)]).subarray(
      0,
      length,
    )
  const pskHash = extract(suite, none, 'psk_id_hash', none)

  /** Key and nonce of the message. */
  function scheduleOf(own: KeyObject, other: KeyObject, enc: Uint8Array, to: Uint8Array, info: Uint8Array) {
    const dh = crypto!.diffieHellman({ privateKey: own, publicKey: other })
    if (dh.every((byte) => byte === 0)) throw new Error('the public key is a point of small order')
    const shared = expand(
      kemSuite,
      extract(kemSuite, none, 'eae_prk', dh),
      'shared_secret',
      concatBytes(enc, to),
      32,
    )
    dh.fill(0)
    const context = concatBytes(Uint8Array.of(0), pskHash, extract(suite, none, 'info_hash', info))
    const secret = extract(suite, shared, 'secret', none)
    return {
      key: expand(suite, secret, 'key', context, 32),
      nonce: expand(suite, secret, 'base_nonce', context, 12),
    }
  }

  /** DeriveKeyPair of RFC 9180, 7.1.3. */
  const derived = (secret: Uint8Array): Uint8Array =>
    expand(kemSuite, extract(kemSuite, none, 'dkp_prk', secret), 'sk', none, KEY_BYTES)

  return {
    async newKeyPair() {
      const { publicKey, bytes } = keys.newPair()
      return { publicKey, privateKey: bytes() }
    },
    async seal(to, info, plaintext, aad, ephemeral) {
      const { own, publicKey: enc } = ephemeral ? keys.pair(derived(ephemeral)) : keys.newPair()
      const { key, nonce } = scheduleOf(own, keys.publicKey(to), enc, to, info)
      const cipher = crypto.createCipheriv('aes-256-gcm', key, nonce)
      cipher.setAAD(aad)
      const sealed = [enc, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]
      key.fill(0)
      return concatBytes(...sealed)
    },
    async open(privateKey, info, sealed, aad) {
      const end = sealed.length - TAG_BYTES
      if (end < KEY_BYTES) throw new Error('the message is too short')
      const { own, publicKey: to } = keys.pair(privateKey)
      const enc = sealed.subarray(0, KEY_BYTES)
      const { key, nonce } = scheduleOf(own, keys.publicKey(enc), enc, to, info)
      const decipher = crypto.createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
      decipher.setAAD(aad)
      decipher.setAuthTag(sealed.subarray(end))
      key.fill(0)
      return concatBytes(decipher.update(sealed.subarray(KEY_BYTES, end)), decipher.final())
    },
  }
}
