import { describe, expect, test } from '@jest/globals'
import { bytesToHex } from '@animechain/core'
import fc from 'fast-check'
import {
  decodeCertificate,
  decodeList,
  decodeMessage,
  decodeUnsigned,
  encodeCertificate,
  encodeList,
  encodeMessage,
  encodeUnsigned,
  fromCompact,
  maxCertificateBytes,
  maxMessageBytes,
  messageBytes,
  messageKinds,
  pathOf,
  routeOf,
  toCompact,
  unsignedAttestationBytes,
  verifyProof,
  type Certificate,
  type Decoded,
  type Hash,
  type Hex,
  type MessageKind,
  type Route,
} from './arbitraries.js'
import { hashes, signatures, signed, votes, bodies } from './arbitraries.js'

/** Decoders of bytes, each with its encoder and the lengths it takes. */
const codecs: readonly {
  name: string
  length: (n: number) => number
  decode: (bytes: Uint8Array) => Decoded<unknown>
  encode: (value: never) => Uint8Array
}[] = [
  ...messageKinds.map((kind) => ({
    name: kind,
    length: () => messageBytes[kind],
    decode: (bytes: Uint8Array) => decodeMessage(kind, bytes),
    encode: (value: never) => encodeMessage(kind, value),
  })),
  ...messageKinds.map((kind) => ({
    name: `list of ${kind}s`,
    length: (n: number) => (n % 4) * messageBytes[kind],
    decode: (bytes: Uint8Array) => decodeList(kind, bytes),
    encode: (value: never) => encodeList(kind, value),
  })),
  {
    name: 'unsigned attestation',
    length: () => unsignedAttestationBytes,
    decode: decodeUnsigned,
    encode: encodeUnsigned,
  },
  {
    name: 'certificate',
    length: (n: number) => 32 * (8 + 3 * (n % 4)),
    decode: decodeCertificate,
    encode: encodeCertificate,
  },
]

/** Bytes of which many words are small: what random bytes hardly ever are. */
const wordy = (length: number) =>
  fc
    .array(
      fc.oneof(
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.integer({ min: 0, max: 1_024 }).map((value) => {
          const word = new Uint8Array(32)
          new DataView(word.buffer).setUint32(28, value)
          return word
        }),
      ),
      { minLength: Math.ceil(length / 32), maxLength: Math.ceil(length / 32) },
    )
    .map((words) => Uint8Array.from(words.flatMap((word) => [...word])).subarray(0, length))

describe.each(codecs.map((codec) => [codec.name, codec] as const))('%s', (_name, codec) => {
  test('whatever is taken encodes again to the same bytes, and nothing throws', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 2_000 }),
      fc.nat(100).chain((n) => fc.uint8Array({ minLength: codec.length(n), maxLength: codec.length(n) })),
      fc.nat(100).chain((n) => wordy(codec.length(n))),
    )
    fc.assert(
      fc.property(bytes, (given) => {
        const decoded = codec.decode(given)
        if (decoded.ok) expect(codec.encode(decoded.value as never)).toEqual(given)
        else expect(decoded.why).toMatch(/./)
      }),
      { numRuns: 300 },
    )
  })
})

const samples: fc.Arbitrary<{ name: string; bytes: Uint8Array }> = fc.oneof(
  ...messageKinds.map((kind) =>
    signed(kind).map((value) => ({ name: kind as string, bytes: encodeMessage(kind, value as never) })),
  ),
  ...messageKinds.map((kind) =>
    fc
      .array(signed(kind), { maxLength: 3 })
      .map((list) => ({ name: `list of ${kind}s`, bytes: encodeList(kind, list as never) })),
  ),
  signed('attestation').map(({ message }) => ({
    name: 'unsigned attestation',
    bytes: encodeUnsigned(message as never),
  })),
  fc.record({ body: bodies, votes: fc.array(votes, { maxLength: 5 }) }).map((certificate) => ({
    name: 'certificate',
    bytes: encodeCertificate(certificate as Certificate),
  })),
)
const decoderOf = (name: string) => codecs.find((codec) => codec.name === name)!

test('what was encoded decodes, and after any change of a byte decodes to something else or not at all', () => {
  fc.assert(
    fc.property(samples, fc.nat(), fc.integer({ min: 1, max: 255 }), ({ name, bytes }, at, flip) => {
      const { decode, encode } = decoderOf(name)
      const decoded = decode(bytes)
      expect(decoded.ok).toBe(true)
      expect(decoded.ok && encode(decoded.value as never)).toEqual(bytes)
      if (bytes.length === 0) return
      const changed = bytes.slice()
      changed[at % bytes.length]! ^= flip
      const other = decode(changed)
      if (other.ok) expect(encode(other.value as never)).toEqual(changed)
      // Neither with more nor with fewer bytes.
      expect(decode(bytes.subarray(0, bytes.length - 1)).ok).toBe(false)
      expect(decode(Uint8Array.from([...bytes, 0])).ok).toBe(false)
    }),
    { numRuns: 700 },
  )
})

test('messages stay below the bound of gossip, and bytes may be part of a larger buffer', () => {
  for (const kind of messageKinds) expect(messageBytes[kind]).toBeLessThan(maxMessageBytes)
  expect(messageBytes).toEqual({ attestation: 384, alarm: 352, block: 320 })
  expect(maxCertificateBytes).toBe(6_400)
  fc.assert(
    fc.property(samples, ({ name, bytes }) => {
      const buffer = new Uint8Array(bytes.length + 20).fill(0xee)
      buffer.set(bytes, 7)
      expect(decoderOf(name).decode(buffer.subarray(7, 7 + bytes.length)).ok).toBe(true)
    }),
    { numRuns: 200 },
  )
})

test('signatures have one compact form, and compact ones one long form', () => {
  fc.assert(
    fc.property(signatures, hashes, hashes, (signature, r, vs) => {
      expect(fromCompact(toCompact(signature))).toBe(signature)
      const long = fromCompact({ r, vs })
      if (long !== undefined) expect(toCompact(long)).toEqual({ r, vs })
    }),
  )
  for (const [r, vs] of [
    ['0x', '0x'],
    [`0x${'g'.repeat(64)}`, `0x${'1'.repeat(64)}`],
  ] as [Hash, Hash][])
    expect(fromCompact({ r, vs })).toBeUndefined()
})

test('every route has one path, and other paths none', () => {
  const routes: fc.Arbitrary<Route> = fc.oneof(
    fc.constantFrom(...messageKinds).map((kind: MessageKind) => ({ name: 'gossip' as const, kind })),
    fc
      .bigInt({ min: 0n, max: 2n ** 256n - 1n })
      .map((batchIndex) => ({ name: 'attestations' as const, batchIndex })),
    hashes.map((hash) => ({ name: 'payload' as const, hash })),
    fc.constantFrom<Route>({ name: 'alarms' }, { name: 'latestBlock' }),
  )
  fc.assert(
    fc.property(routes, fc.string(), (route, more) => {
      const { method, path } = pathOf(route)
      expect(routeOf(method, path)).toEqual(route)
      expect(routeOf(method === 'GET' ? 'POST' : 'GET', path)).toBeUndefined()
      const found = routeOf(method, `${path}${more}`)
      if (found !== undefined) expect(pathOf(found)).toEqual({ method, path: `${path}${more}` })
    }),
  )
  for (const path of ['/v1/attestations/01', `/v1/attestations/${2n ** 256n}`, '/v1/gossip/other', '/', ''])
    expect(routeOf(path.includes('gossip') ? 'POST' : 'GET', path)).toBeUndefined()
})

test('a proof of anything is only false', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.array(fc.string(), { maxLength: 80 }), (root, leaf, proof) => {
      expect(verifyProof(root as Hex, leaf as Hex, proof as Hex[])).toBe(false)
    }),
  )
  const leaf = bytesToHex(new Uint8Array(32).fill(1))
  expect(
    verifyProof(
      leaf,
      leaf,
      Array.from({ length: 65 }, () => leaf),
    ),
  ).toBe(false)
})
