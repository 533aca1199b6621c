import { describe, expect, test } from '@jest/globals'
import { blake2b } from '@noble/hashes/blake2.js'
import { ripemd160 } from '@noble/hashes/legacy.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { bytesToHex, concatBytes, hexToBytes } from '@animechain/core'
import { createCipheriv, hkdfSync } from 'node:crypto'
import { compilePart, randomBytes } from './parts.js'

const guest = compilePart('crypto')
const random = randomBytes(1)
const lengths = [...Array.from({ length: 300 }, (_, i) => i), 511, 512, 1000, 4096, 65_537]

describe.each([
  ['keccak256', keccak_256, 32],
  ['sha256', sha256, 32],
  ['ripemd160', ripemd160, 20],
] as const)('%s', (name, reference, size) => {
  test('agrees with @noble/hashes for every length to 300 and some longer ones', () => {
    for (const length of lengths) {
      guest.exports.reset!()
      const input = random(length)
      const at = guest.put(input)
      const out = guest.reserve(size)
      guest.exports[name]!(at, length, out)
      expect(bytesToHex(guest.read(out, size))).toBe(bytesToHex(reference(input)))
    }
  })
})

describe('blake2f', () => {
  const call = (input: Uint8Array) => {
    guest.exports.reset!()
    const at = guest.put(input)
    const out = guest.reserve(64)
    return guest.exports.blake2f!(at, out) ? bytesToHex(guest.read(out, 64)) : undefined
  }
  // BLAKE2b of a message of one block, unkeyed: the parameter block xor IV, twelve rounds.
  const iv =
    '6a09e667f3bcc908bb67ae8584caa73b3c6ef372fe94f82ba54ff53a5f1d36f1510e527fade682d19b05688c2b3e6c1f1f83d9abfb41bd6b5be0cd19137e2179'
  const little = hexToBytes(`0x${iv}`)
  for (let i = 0; i < 64; i += 8) little.subarray(i, i + 8).reverse()
  const inputFor = (message: Uint8Array, final = 1) => {
    const input = new Uint8Array(213)
    input[3] = 12
    input.set(little, 4)
    input[4] = input[4]! ^ 64
    input[6] = input[6]! ^ 1
    input[7] = input[7]! ^ 1
    input.set(message, 68)
    input[196] = message.length
    input[212] = final
    return input
  }

  test('gives BLAKE2b of messages of one block', () => {
    for (let length = 0; length <= 128; length++) {
      const message = random(length)
      expect(call(inputFor(message))).toBe(bytesToHex(blake2b(message)))
    }
  })

  test('refuses a final flag that is neither 0 nor 1', () => {
    expect(call(inputFor(new Uint8Array(3), 2))).toBeUndefined()
    expect(call(inputFor(new Uint8Array(3), 0))).not.toBe(call(inputFor(new Uint8Array(3), 1)))
  })

  test('runs zero rounds', () => {
    // EIP-152, test vector 4.
    const input = inputFor(new Uint8Array([0x61, 0x62, 0x63]))
    input[3] = 0
    expect(call(input)).toBe(
      '0x08c9bcf367e6096a3ba7ca8485ae67bb2bf894fe72f36e3cf1361d5f3af54fa5d282e6ad7f520e511f6c3e2b8c68059b9442be0454267ce079217e1319cde05b',
    )
  })
})

describe('AES-256-GCM', () => {
  const seal = (key: Uint8Array, nonce: Uint8Array, data: Uint8Array, text: Uint8Array) => {
    const cipher = createCipheriv('aes-256-gcm', key, nonce)
    cipher.setAAD(data)
    return concatBytes(cipher.update(text), cipher.final(), cipher.getAuthTag())
  }
  const open = (key: Uint8Array, nonce: Uint8Array, data: Uint8Array, sealed: Uint8Array) => {
    guest.exports.reset!()
    const [at, length] = [guest.put(sealed), sealed.length - 16]
    guest.exports.setKey!(guest.put(key))
    const isRight = guest.exports.open!(guest.put(nonce), guest.put(data), data.length, at, length, at)
    return isRight ? bytesToHex(guest.read(at, length)) : undefined
  }

  test('opens what node:crypto seals, of every length to 100 and some longer ones', () => {
    for (const length of lengths.filter((each) => each <= 100 || each > 300)) {
      const [key, nonce, data, text] = [random(32), random(12), random(length % 90), random(length)]
      expect(open(key, nonce, data, seal(key, nonce, data, text))).toBe(bytesToHex(text))
    }
  })

  test('opens nothing that one bit was changed in', () => {
    const [key, nonce, data, text] = [random(32), random(12), random(33), random(47)]
    const parts = [key, nonce, data, seal(key, nonce, data, text)] as const
    for (const [which, part] of parts.entries())
      for (let bit = 0; bit < 8 * part.length; bit += 7) {
        const changed = part.slice()
        changed[bit >> 3]! ^= 1 << (bit & 7)
        const [k, n, d, s] = parts.map((each, i) => (i === which ? changed : each)) as [...typeof parts]
        expect(open(k, n, d, s)).toBeUndefined()
      }
  })

  test('gives what the authors of GCM state', () => {
    // McGrew and Viega, "The Galois/Counter Mode of Operation", test cases 13 and 14
    const zeros = (length: number) => new Uint8Array(length)
    const hex = (text: string) => hexToBytes(`0x${text}`)
    expect(open(zeros(32), zeros(12), zeros(0), hex('530f8afbc74536b9a963b4f1c4cb738b'))).toBe('0x')
    expect(
      open(
        zeros(32),
        zeros(12),
        zeros(0),
        hex('cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919'),
      ),
    ).toBe(`0x${'00'.repeat(16)}`)
  })
})

describe('HKDF-SHA256', () => {
  test('agrees with node:crypto', () => {
    for (let length = 0; length <= 64; length++) {
      const [key, salt, info] = [random(32), random(32), random(length)]
      guest.exports.reset!()
      const out = guest.reserve(64)
      guest.exports.hkdf!(guest.put(key), guest.put(salt), guest.put(info), length, out)
      const expected = new Uint8Array(hkdfSync('sha256', key, salt, info, 64))
      expect(bytesToHex(guest.read(out, 64))).toBe(bytesToHex(expected))
    }
  })
})
