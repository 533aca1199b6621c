/**
 * Reads sealed files by docs/spec/vault.md alone: nothing here is of this package, and nothing of it was looked at. Whole files in memory,
 * recursion where the specification has it.
 */
import {
  createDecipheriv,
  createHash,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  hkdfSync,
} from 'node:crypto'

const sha256 = (...parts: Uint8Array[]): Buffer => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

const u32 = (value: number): Buffer => {
  const out = Buffer.alloc(4)
  out.writeUInt32BE(value)
  return out
}

const u64 = (value: bigint): Buffer => {
  const out = Buffer.alloc(8)
  out.writeBigUInt64BE(value)
  return out
}

const CHUNK = 2 ** 18

/** Section 2.1 */
export function padmeBySpec(n: bigint): bigint {
  if (n < 2n) return n
  const e = n.toString(2).length - 1
  const s = e.toString(2).length
  const step = 2n ** BigInt(e - s)
  return ((n + step - 1n) / step) * step
}

/** Sections 2.2 and 2.3: the padded content, chunk by chunk. */
function openChunks(header: Uint8Array, body: Uint8Array, dataKey: Uint8Array): Buffer {
  const bytes = Buffer.from(header)
  if (bytes.length !== 80 || bytes.toString('hex', 0, 8) !== '41564c5401011200' || bytes[47] !== 0)
    throw new Error('not a header')
  const info = Buffer.concat([Buffer.from('animechain/vault/1'), Buffer.of(1)])
  const keys = Buffer.from(hkdfSync('sha256', dataKey, bytes.subarray(8, 40), info, 64))
  if (!keys.subarray(32).equals(bytes.subarray(48))) throw new Error('another key')
  const chunks: Buffer[] = []
  const count = Math.ceil(body.length / (CHUNK + 16))
  for (let i = 0; i < count; i++) {
    const sealed = Buffer.from(body.subarray(i * (CHUNK + 16), (i + 1) * (CHUNK + 16)))
    const nonce = Buffer.concat([bytes.subarray(40, 47), u32(i), Buffer.of(i === count - 1 ? 1 : 0)])
    const decipher = createDecipheriv('aes-256-gcm', keys.subarray(0, 32), nonce)
    decipher.setAAD(bytes)
    decipher.setAuthTag(sealed.subarray(sealed.length - 16))
    chunks.push(Buffer.concat([decipher.update(sealed.subarray(0, sealed.length - 16)), decipher.final()]))
  }
  return Buffer.concat(chunks)
}

/** The content of a sealed file. Throws where the specification says that it is none. */
export function openBySpec(header: Uint8Array, body: Uint8Array, dataKey: Uint8Array): Buffer {
  const padded = openChunks(header, body, dataKey)
  const length = padded.readBigUInt64BE(padded.length - 8)
  if (padmeBySpec(length + 8n) !== BigInt(padded.length)) throw new Error('another padding')
  const content = padded.subarray(0, Number(length))
  if (padded.subarray(content.length, padded.length - 8).some((byte) => byte !== 0))
    throw new Error('not zeros')
  return content
}

/** Section 2.4 */
export function treeBySpec(leaves: readonly Uint8Array[]): Buffer {
  if (leaves.length === 0) return sha256()
  if (leaves.length === 1) return sha256(Buffer.of(0), leaves[0]!)
  let left = 1
  while (left * 2 < leaves.length) left *= 2
  return sha256(Buffer.of(1), treeBySpec(leaves.slice(0, left)), treeBySpec(leaves.slice(left)))
}

/** RFC 9162 2.1.3.1 */
export function pathBySpec(leaves: readonly Uint8Array[], index: number): Buffer[] {
  if (leaves.length === 1) return []
  let left = 1
  while (left * 2 < leaves.length) left *= 2
  return index < left
    ? [...pathBySpec(leaves.slice(0, left), index), treeBySpec(leaves.slice(left))]
    : [...pathBySpec(leaves.slice(left), index - left), treeBySpec(leaves.slice(0, left))]
}

const pieces = (bytes: Uint8Array, size: number): Uint8Array[] =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size))

export const unitRootBySpec = (unit: Uint8Array): Buffer => treeBySpec(pieces(unit, 4096))

const times = (a: number, b: number, polynomial: number): number => {
  let out = 0
  for (let x = a, y = b; y > 0; y >>= 1) {
    if (y & 1) out ^= x
    x <<= 1
    if (x & 0x100) x ^= polynomial
  }
  return out
}

/** Section 2.5: the rows of parity are those of the Vandermonde matrix times the inverse of its upper square, written out. */
const parityRows = [
  [1, 1, 1],
  [15, 8, 6],
]

/** The five shards of a body. */
export function shardsBySpec(body: Uint8Array): Uint8Array[][] {
  const chunks = pieces(body, CHUNK + 16)
  const shards: Uint8Array[][] = [[], [], [], [], []]
  for (let stripe = 0; stripe * 3 < chunks.length; stripe++) {
    const data = [0, 1, 2].map((i) => chunks[stripe * 3 + i] ?? new Uint8Array(0))
    const parity = parityRows.map((row) =>
      Uint8Array.from(data[0]!, (_, i) =>
        row.reduce((sum, factor, d) => sum ^ times(factor, data[d]![i] ?? 0, 0x11d), 0),
      ),
    )
    for (const [u, unit] of [...data, ...parity].entries()) shards[(u + stripe) % 5]!.push(unit)
  }
  return shards
}

/** Section 2.6: roots and id of a sealed file. */
export function blobBySpec(header: Uint8Array, body: Uint8Array, project: Uint8Array) {
  const dataRoot = treeBySpec(pieces(body, CHUNK + 16).map(unitRootBySpec))
  const shardRoots = shardsBySpec(body).map((units) => treeBySpec(units.map(unitRootBySpec)))
  const blob = sha256(
    Buffer.from('animechain/vault/blob/1'),
    header,
    u64(BigInt(body.length)),
    dataRoot,
    ...shardRoots,
    project,
  )
  return { dataRoot, shardRoots, blob }
}

/** Section 3.1: the secret of shares, by Lagrange's formula at 0. */
export function combineBySpec(shares: readonly Uint8Array[]): Buffer {
  const inverse = (a: number) => {
    for (let x = 1; x < 256; x++) if (times(a, x, 0x11b) === 1) return x
    throw new Error('no inverse of 0')
  }
  return Buffer.from(
    Array.from({ length: 32 }, (_, byte) =>
      shares.reduce((sum, share) => {
        const basis = shares.reduce(
          (product, other) =>
            other === share
              ? product
              : times(product, times(other[32]!, inverse(other[32]! ^ share[32]!), 0x11b), 0x11b),
          1,
        )
        return sum ^ times(share[byte]!, basis, 0x11b)
      }, 0),
    ),
  )
}

export const commitmentBySpec = (
  object: Uint8Array,
  rendition: number,
  epoch: number,
  index: number,
  opening: Uint8Array,
): Buffer =>
  sha256(
    Buffer.from('animechain/vault/share/1'),
    object,
    Buffer.of(rendition),
    u32(epoch),
    Buffer.of(index),
    opening,
  )

const extract = (salt: Uint8Array, key: Uint8Array) => {
  // HKDF-Extract is HMAC.
  const block = Buffer.alloc(64)
  block.set(salt)
  const inner = sha256(
    block.map((byte) => byte ^ 0x36),
    key,
  )
  return sha256(
    block.map((byte) => byte ^ 0x5c),
    inner,
  )
}

const expand = (key: Buffer, info: Uint8Array, length: number) => {
  const hmac = (data: Uint8Array) => extract(key, data)
  let block: Buffer = Buffer.alloc(0)
  let out = Buffer.alloc(0)
  for (let i = 1; out.length < length; i++) {
    block = hmac(Buffer.concat([block, info, Buffer.of(i)]))
    out = Buffer.concat([out, block])
  }
  return out.subarray(0, length)
}

const x25519 = (privateKey: Uint8Array, publicKey: Uint8Array) =>
  diffieHellman({
    privateKey: createPrivateKey({
      key: Buffer.concat([Buffer.from('302e020100300506032b656e04220420', 'hex'), privateKey]),
      format: 'der',
      type: 'pkcs8',
    }),
    publicKey: createPublicKey({
      key: Buffer.concat([Buffer.from('302a300506032b656e032100', 'hex'), publicKey]),
      format: 'der',
      type: 'spki',
    }),
  })

/** Section 3.2, by RFC 9180 4.1, 5.1 and 6.1: opens `enc ‖ ciphertext`. */
export function hpkeOpenBySpec(
  { privateKey, publicKey }: { privateKey: Uint8Array; publicKey: Uint8Array },
  info: Uint8Array,
  sealed: Uint8Array,
): Buffer {
  const enc = sealed.subarray(0, 32)
  const kem = Buffer.concat([Buffer.from('KEM'), Buffer.from([0, 0x20])])
  const suite = Buffer.concat([Buffer.from('HPKE'), Buffer.from([0, 0x20, 0, 1, 0, 2])])
  const version = Buffer.from('HPKE-v1')
  const labeledExtract = (id: Buffer, salt: Uint8Array, label: string, key: Uint8Array) =>
    extract(salt, Buffer.concat([version, id, Buffer.from(label), key]))
  const labeledExpand = (id: Buffer, key: Buffer, label: string, context: Uint8Array, length: number) =>
    expand(
      key,
      Buffer.concat([Buffer.from([length >> 8, length & 255]), version, id, Buffer.from(label), context]),
      length,
    )
  const none = Buffer.alloc(0)
  const eaePrk = labeledExtract(kem, none, 'eae_prk', x25519(privateKey, enc))
  const shared = labeledExpand(kem, eaePrk, 'shared_secret', Buffer.concat([enc, publicKey]), 32)
  const context = Buffer.concat([
    Buffer.of(0),
    labeledExtract(suite, none, 'psk_id_hash', none),
    labeledExtract(suite, none, 'info_hash', info),
  ])
  const secret = labeledExtract(suite, shared, 'secret', none)
  const key = labeledExpand(suite, secret, 'key', context, 32)
  const nonce = labeledExpand(suite, secret, 'base_nonce', context, 12)
  const decipher = createDecipheriv('aes-256-gcm', key, nonce)
  decipher.setAuthTag(sealed.subarray(sealed.length - 16))
  return Buffer.concat([decipher.update(sealed.subarray(32, sealed.length - 16)), decipher.final()])
}
