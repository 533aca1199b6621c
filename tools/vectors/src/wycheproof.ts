import { createCipheriv, createHash, createHmac, createPrivateKey, createPublicKey } from 'node:crypto'
import { concatBytes, equalBytes, hexToBytes, secp256k1Order } from '@animechain/core'
import { recovery } from '@animechain/tx'
import { hpkeOpen, hpkeSeal, type VaultCrypto } from '@animechain/vault-format'
import { Mismatch, same, type TestFile } from './outcome.js'

/** Fields that the tests here read; the others say what a test is about. */
interface Test {
  tcId: number
  result: 'valid' | 'invalid' | 'acceptable'
  flags: readonly string[]
  [field: string]: unknown
}

interface Group {
  keySize?: number
  ivSize?: number
  tagSize?: number
  publicKey?: { uncompressed: string }
  tests: readonly Test[]
}

/** A file of Wycheproof. */
export interface Wycheproof {
  algorithm: string
  schema: string
  testGroups: readonly Group[]
}

const bytes = (test: Test, field: string) => hexToBytes(`0x${test[field] as string}`)

function sameBytes(what: string, got: Uint8Array | undefined, expected: Uint8Array): void {
  if (!got || !equalBytes(got, expected))
    throw new Mismatch(what, Buffer.from(expected).toString('hex'), got && Buffer.from(got).toString('hex'))
}

/** Why a file is not run: what of it stands nowhere in this project. */
const leftOut: Record<string, string> = {
  'CHACHA20-POLY1305': 'the sealed format has AES-GCM alone',
  'XCHACHA20-POLY1305': 'the sealed format has AES-GCM alone',
  ECDH: 'nothing here agrees on keys on secp256k1',
  EDDSA: 'nothing here signs with Ed25519',
  HMACSHA256: 'used within HKDF alone',
  'HMACSHA3-256': 'nothing here uses SHA-3',
}

async function aesGcm(test: Test, crypto: VaultCrypto): Promise<void> {
  const cipher = await crypto.cipher(bytes(test, 'key'))
  const [nonce, header, plain] = [bytes(test, 'iv'), bytes(test, 'aad'), bytes(test, 'msg')]
  const sealed = concatBytes(bytes(test, 'ct'), bytes(test, 'tag'))
  const opened = await cipher.open(nonce, header, sealed)
  if (test.result === 'invalid') return same('opened', opened, undefined)
  sameBytes('opened', opened, plain)
  const out = new Uint8Array(plain.length + 16)
  await cipher.seal(nonce, header, plain, out)
  sameBytes('sealed', out, sealed)
}

async function hkdf(test: Test, crypto: VaultCrypto): Promise<void> {
  const derive = async () =>
    crypto.hkdf(bytes(test, 'ikm'), bytes(test, 'salt'), bytes(test, 'info'), test.size as number)
  if (test.result === 'invalid') {
    const got = await derive().catch(() => undefined)
    return same('derived', got, undefined)
  }
  sameBytes('derived', await derive(), bytes(test, 'okm'))
}

const hmac = (key: Uint8Array, ...parts: Uint8Array[]) => {
  const made = createHmac('sha256', key)
  for (const part of parts) made.update(part)
  return made.digest()
}
const text = (label: string) => Buffer.from(label)
const kem = Buffer.from('4b454d0020', 'hex')
const suite = Buffer.from('48504b45002000010002', 'hex')

/** RFC 9180 by hand, from the shared secret of X25519 on: what a message is that was sealed with it. */
function sealedWith(
  shared: Uint8Array,
  enc: Uint8Array,
  recipient: Uint8Array,
  plaintext: Uint8Array,
): Uint8Array {
  const extract = (id: Uint8Array, salt: Uint8Array, label: string, key: Uint8Array) =>
    hmac(salt.length ? salt : Buffer.alloc(32), text('HPKE-v1'), id, text(label), key)
  const expand = (id: Uint8Array, key: Uint8Array, label: string, context: Uint8Array, length: number) =>
    hmac(key, Buffer.of(0, length), text('HPKE-v1'), id, text(label), context, Buffer.of(1)).subarray(
      0,
      length,
    )
  const none = Buffer.alloc(0)
  const secret = expand(
    kem,
    extract(kem, none, 'eae_prk', shared),
    'shared_secret',
    concatBytes(enc, recipient),
    32,
  )
  const context = concatBytes(
    Buffer.of(0),
    extract(suite, none, 'psk_id_hash', none),
    extract(suite, none, 'info_hash', none),
  )
  const schedule = extract(suite, secret, 'secret', none)
  const cipher = createCipheriv(
    'aes-256-gcm',
    expand(suite, schedule, 'key', context, 32),
    expand(suite, schedule, 'base_nonce', context, 12),
  )
  return concatBytes(enc, cipher.update(plaintext), cipher.final(), cipher.getAuthTag())
}

const pkcs8 = Buffer.from('302e020100300506032b656e04220420', 'hex')

/** The public key of an X25519 private key. */
const publicKeyOf = (privateKey: Uint8Array): Uint8Array => {
  const key = createPrivateKey({ key: Buffer.concat([pkcs8, privateKey]), format: 'der', type: 'pkcs8' })
  return new Uint8Array(createPublicKey(key).export({ format: 'der', type: 'spki' })).subarray(-32)
}

/** X25519 as it is used here: what was sealed with the shared secret of the vector must open, and a shared secret of zeros never. */
async function x25519Test(test: Test): Promise<void> {
  const [publicKey, privateKey, shared] = [
    bytes(test, 'public'),
    bytes(test, 'private'),
    bytes(test, 'shared'),
  ]
  const plaintext = text('a message')
  const info = new Uint8Array(0)
  const sealed = sealedWith(shared, publicKey, publicKeyOf(privateKey), plaintext)
  if (shared.every((byte) => byte === 0)) {
    const opened = await hpkeOpen({ privateKey, info, sealed }).catch(() => undefined)
    same('opened with a shared secret of zeros', opened, undefined)
    const made = await hpkeSeal({ to: publicKey, info, plaintext }).catch(() => undefined)
    return same('sealed to a point of small order', made, undefined)
  }
  sameBytes('opened', await hpkeOpen({ privateKey, info, sealed }), plaintext)
}

/** A signature r ‖ s counts where the key is recovered from it: the way of transactions and messages. */
async function ecdsa(test: Test, publicKey: Uint8Array): Promise<void> {
  const signature = bytes(test, 'sig')
  const hash = createHash('sha256').update(bytes(test, 'msg')).digest()
  const number = (part: Uint8Array) => BigInt(`0x${Buffer.from(part).toString('hex') || '0'}`)
  const isInRange = (value: bigint) => value > 0n && value < secp256k1Order
  const isSignature =
    signature.length === 64 &&
    isInRange(number(signature.subarray(0, 32))) &&
    isInRange(number(signature.subarray(32)))
  const found =
    isSignature &&
    [0, 1].some((parity) => {
      const point = recovery().recover(new Uint8Array(hash), signature, parity)
      return point !== undefined && equalBytes(point, publicKey.subarray(1))
    })
  same('the signature counts', found, test.result === 'valid')
}

/** Two of some 2^128 signatures: recovery ids 2 and 3, which Ethereum has not. */
const isAboveOrder = ({ result, comment }: Test): boolean =>
  result === 'valid' && /large x-coordinate|x = n \+ 2/.test(String(comment))

type Run = (test: Test, group: Group) => Promise<void>

/** What runs the tests of a file: by backend, as Node's and the browsers' cryptography are both ours. */
function runsOf(file: Wycheproof, backends: readonly VaultCrypto[]): Record<string, Run> | string {
  const each = (run: (test: Test, crypto: VaultCrypto) => Promise<void>): Record<string, Run> =>
    Object.fromEntries(backends.map((crypto) => [crypto.id, (test) => run(test, crypto)]))
  if (file.algorithm === 'AES-GCM') return each(aesGcm)
  if (file.algorithm === 'HKDF-SHA-256') return each(hkdf)
  if (file.algorithm === 'XDH') return { hpke: (test) => x25519Test(test) }
  if (file.algorithm !== 'ECDSA') return leftOut[file.algorithm] ?? `nothing here uses ${file.algorithm}`
  if (!file.schema.startsWith('ecdsa_p1363')) return 'signatures here are r ‖ s, not DER'
  return { [recovery().id]: (test, group) => ecdsa(test, hexToBytes(`0x${group.publicKey!.uncompressed}`)) }
}

function whyNot(
  { keySize, ivSize, publicKey }: Group & { publicKey?: { curve?: string } },
  file: Wycheproof,
) {
  if (file.algorithm === 'ECDSA' && publicKey?.curve !== 'secp256k1')
    return 'signatures here are on secp256k1'
  if (file.algorithm !== 'AES-GCM') return undefined
  if (keySize !== 256) return 'keys of the sealed format have 256 bits'
  return ivSize === 96 ? undefined : 'nonces of the sealed format have 96 bits'
}

/** The cases of a file of Wycheproof. */
export function wycheproofCases(path: string, file: Wycheproof, backends: readonly VaultCrypto[]): TestFile {
  const out: TestFile = { cases: [], skipped: {} }
  const skip = (why: string, count: number) => (out.skipped[why] = (out.skipped[why] ?? 0) + count)
  const runs = runsOf(file, backends)
  for (const group of file.testGroups) {
    const why = typeof runs === 'string' ? runs : whyNot(group, file)
    if (why !== undefined || typeof runs === 'string') skip(why!, group.tests.length)
    else
      for (const test of group.tests) {
        if (isAboveOrder(test)) {
          skip('the point of the nonce has an x above the order: a signature of Ethereum cannot say so', 1)
          continue
        }
        for (const [name, run] of Object.entries(runs))
          out.cases.push({ id: `${path}::${test.tcId}::${name}`, run: () => run(test, group) })
      }
  }
  return out
}
