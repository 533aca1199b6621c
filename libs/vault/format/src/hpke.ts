import { Aes256Gcm, CipherSuite, HkdfSha256 } from '@hpke/core'
import { DhkemX25519HkdfSha256 } from '@hpke/dhkem-x25519'
import { InvalidInputError, concatBytes } from '@animechain/core'
import { badWrap } from './errors.js'
import { nodeHpke, type HpkeBackend } from './hpkeNode.js'

/** Bytes of an X25519 key, public or private, and of an encapsulated one. */
export const X25519_BYTES = 32

/** An X25519 key pair, as bytes. */
export interface KeyPair {
  /** 32 bytes */
  publicKey: Uint8Array
  /** 32 bytes */
  privateKey: Uint8Array
}

const suite = new CipherSuite({
  kem: new DhkemX25519HkdfSha256(),
  kdf: new HkdfSha256(),
  aead: new Aes256Gcm(),
})

/** Bytes in a buffer of their own: the library would take a view's whole buffer. Not by `slice`, which for Node's Buffer is a view again. */
const own = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer

function expectKey(what: string, key: Uint8Array): void {
  if (key.length !== X25519_BYTES) throw new InvalidInputError(what, '32 bytes', key.length)
}

type CryptoKey = Parameters<typeof suite.kem.serializePublicKey>[0]

async function keyPairOf(privateKey: CryptoKey, publicKey: CryptoKey): Promise<KeyPair> {
  return {
    publicKey: new Uint8Array(await suite.kem.serializePublicKey(publicKey)),
    privateKey: new Uint8Array(await suite.kem.serializePrivateKey(privateKey)),
  }
}

/** HPKE where there is no Node: a curve in JavaScript, and WebCrypto. */
export const webHpke: HpkeBackend = {
  async newKeyPair() {
    const { privateKey, publicKey } = await suite.kem.generateKeyPair()
    return keyPairOf(privateKey, publicKey)
  },
  async seal(to, info, plaintext, aad, ephemeral) {
    const sender = await suite.createSenderContext({
      recipientPublicKey: await suite.kem.deserializePublicKey(own(to)),
      info: own(info),
      ...(ephemeral && { ekm: await suite.kem.deriveKeyPair(own(ephemeral)) }),
    })
    const sealed = await sender.seal(own(plaintext), own(aad))
    return concatBytes(new Uint8Array(sender.enc), new Uint8Array(sealed))
  },
  async open(privateKey, info, sealed, aad) {
    const recipient = await suite.createRecipientContext({
      recipientKey: await suite.kem.deserializePrivateKey(own(privateKey)),
      enc: own(sealed.subarray(0, X25519_BYTES)),
      info: own(info),
    })
    return new Uint8Array(await recipient.open(own(sealed.subarray(X25519_BYTES)), own(aad)))
  },
}

const backend = nodeHpke() ?? webHpke
const none = new Uint8Array(0)

/** A new X25519 key pair: an owner's, a key node's, or one for a single request. */
export const newKeyPair = (): Promise<KeyPair> => backend.newKeyPair()

/**
 * The key pair that follows from a secret: DeriveKeyPair of RFC 9180.
 * @param secret at least 32 bytes
 */
export async function deriveKeyPair(secret: Uint8Array): Promise<KeyPair> {
  if (secret.length < 32) throw new InvalidInputError('secret', 'at least 32 bytes', secret.length)
  const { privateKey, publicKey } = await suite.kem.deriveKeyPair(own(secret))
  return keyPairOf(privateKey, publicKey)
}

/** One message to the holder of a key. docs/spec/vault.md 3.2 */
export interface HpkeSeal {
  /** X25519 public key, 32 bytes */
  to: Uint8Array
  info: Uint8Array
  plaintext: Uint8Array
  aad?: Uint8Array
  /** 32 bytes that the ephemeral key follows from; for test vectors alone: each message needs an ephemeral key of its own */
  ephemeral?: Uint8Array
}

/**
 * Seals one message: `enc(32) ‖ ciphertext`.
 * @throws {BaseError} `VAULT_BAD_WRAP` where `to` is no key that anything can be sealed to (a point of small order)
 */
export async function hpkeSeal({ to, info, plaintext, aad, ephemeral }: HpkeSeal): Promise<Uint8Array> {
  expectKey('public key', to)
  try {
    return await backend.seal(to, info, plaintext, aad ?? none, ephemeral)
  } catch (error) {
    throw badWrap('What is sealed to such a public key', error)
  }
}

/** What was sealed, and the key to it. */
export interface HpkeOpen {
  /** X25519 private key, 32 bytes */
  privateKey: Uint8Array
  info: Uint8Array
  /** `enc(32) ‖ ciphertext` */
  sealed: Uint8Array
  aad?: Uint8Array
}

/**
 * Opens one message.
 * @throws {BaseError} `VAULT_BAD_WRAP`
 */
export async function hpkeOpen({ privateKey, info, sealed, aad }: HpkeOpen): Promise<Uint8Array> {
  expectKey('private key', privateKey)
  try {
    return await backend.open(privateKey, info, sealed, aad ?? none)
  } catch (error) {
    throw badWrap('What was sealed', error)
  }
}
