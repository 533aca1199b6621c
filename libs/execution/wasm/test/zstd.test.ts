import { createRequire } from 'node:module'
import { describe, expect, test } from '@jest/globals'
import { bytesToHex, hexToBytes } from '@animechain/core'
import { compilePart, randomBytes } from './parts.js'

interface Simple {
  compress(content: Uint8Array, level: number): Uint8Array
  decompress(frame: Uint8Array): Uint8Array | null
}
const codec = await new Promise<Simple>((resolve) => {
  const { ZstdCodec } = createRequire(import.meta.url)('zstd-codec') as {
    ZstdCodec: { run(ready: (binding: { Simple: new () => Simple }) => void): void }
  }
  ZstdCodec.run((binding) => resolve(new binding.Simple()))
})
const guest = compilePart('zstd')
const g = guest.exports

const decompress = (frame: Uint8Array): Uint8Array | undefined => {
  g.reset!()
  const at = g.decompress!(guest.put(frame), frame.length) >>> 0
  return at === 0 ? undefined : guest.read(at, g.decompressedLength!())
}

const random = randomBytes(5)
/** Content of many characters: noise, runs, repetition at all distances, skewed symbols. */
const samples = (): Uint8Array[] => {
  const text = new TextEncoder().encode(
    'the inbox holds batches, the batches hold blocks, and blocks hold transactions. ',
  )
  const skewed = (length: number, spread: number) =>
    Uint8Array.from(random(length), (b) => ((b * b * b) >>> 8) % spread)
  const repeated = (length: number) => {
    const out = new Uint8Array(length)
    let at = 0
    while (at < length) {
      const size = 1 + (random(1)[0]! % 90)
      const back = at === 0 ? 0 : 1 + (((random(1)[0]! << 16) | (random(1)[0]! << 8) | random(1)[0]!) % at)
      for (let i = 0; i < size && at < length; i++, at++)
        out[at] = back === 0 || i % 17 === 16 ? random(1)[0]! : out[at - back]!
    }
    return out
  }
  return [
    new Uint8Array(1),
    new Uint8Array(100_000),
    random(1),
    random(300),
    random(200_000),
    text,
    Uint8Array.from({ length: 300_000 }, (_, i) => text[i % text.length]!),
    ...[2, 3, 5, 17, 60, 129, 200, 256].flatMap((spread) =>
      [50, 700, 5_000, 140_000].map((length) => skewed(length, spread)),
    ),
    ...[100, 3_000, 66_000, 300_000, 2_000_000].map(repeated),
    Uint8Array.from({ length: 4_194_304 }, (_, i) => (i >> 9) & 255),
  ]
}

describe('zstd', () => {
  test('restores what zstd-codec compressed, at every level that it can', () => {
    for (const content of samples())
      for (const level of content.length > 400_000 ? [1, 3] : [1, 3, 6, 9]) {
        const frame = codec.compress(content, level)
        const got = decompress(frame)
        expect([content.length, level, got && Buffer.compare(got, content)]).toEqual([
          content.length,
          level,
          0,
        ])
      }
  }, 120_000)

  test('gives for damaged frames nothing or what zstd-codec gives', () => {
    const frames = samples()
      .filter((content) => content.length < 6_000)
      .map((content) => codec.compress(content, 3))
    let restored = 0
    let refused = 0
    let stricter = 0
    for (let i = 0; i < 6_000; i++) {
      const frame = frames[i % frames.length]!.slice()
      for (let n = 1 + (i % 3); n > 0; n--)
        frame[5 + (((random(1)[0]! << 8) | random(1)[0]!) % (frame.length - 5))] = random(1)[0]!
      g.reset!()
      const size = g.inspect!(guest.put(frame), frame.length)
      const ours = decompress(frame)
      if (ours === undefined) refused++
      else restored++
      if (size === 0) {
        expect(ours).toBeUndefined()
        continue
      }
      let theirs: Uint8Array | null = null
      try {
        theirs = codec.decompress(frame)
      } catch {}
      if (theirs?.length !== size) theirs = null
      if (ours !== undefined) expect(theirs && bytesToHex(theirs)).toBe(bytesToHex(ours))
      else if (theirs !== null) stricter++
    }
    expect(refused).toBeGreaterThan(500)
    expect(restored).toBeGreaterThan(500)
    // Where RFC 8878 speaks of corruption and old versions of libzstd go on: reserved bits, offsets of zero.
    expect(stricter).toBeLessThan(60)
  }, 60_000)

  test('refuses frames that codec.md does not allow', () => {
    const frame = codec.compress(new TextEncoder().encode('batch '.repeat(40)), 3)
    expect(decompress(frame)).toBeDefined()
    const changed = (at: number, value: number) => {
      const out = frame.slice()
      out[at] = value
      return out
    }
    const refused = [
      new Uint8Array(0),
      frame.subarray(0, frame.length - 1),
      Uint8Array.of(...frame, 0),
      Uint8Array.of(...frame, ...frame),
      changed(0, 0x29),
      changed(4, frame[4]! | 4),
      changed(4, frame[4]! | 1),
      changed(4, frame[4]! | 8),
      hexToBytes('0x184d2a5000000000'),
      // no content size; content of 0 bytes; of 4 MiB and one
      hexToBytes('0x28b52ffd0058010000'),
      hexToBytes('0x28b52ffd2000010000'),
      hexToBytes('0x28b52ffda0010040000b000041'),
    ]
    for (const bytes of refused) expect(decompress(bytes)).toBeUndefined()
  })

  test('is total on noise', () => {
    for (let i = 0; i < 5_000; i++) {
      const noise = random(random(1)[0]!)
      decompress(noise)
      // A header that is accepted, then a compressed block of noise.
      const size = noise.length
      decompress(
        Uint8Array.of(
          0x28,
          0xb5,
          0x2f,
          0xfd,
          0x60,
          0,
          8,
          ((size << 3) | 5) & 255,
          (size << 3) >> 8,
          0,
          ...noise,
        ),
      )
    }
    expect(decompress(Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x20, 2, 0x13, 0, 0, 7))).toEqual(
      Uint8Array.of(7, 7),
    )
  }, 60_000)
})

describe('MessagePack', () => {
  const read = (bytes: Uint8Array, count: number) => {
    g.reset!()
    const out = guest.reserve(8 * count)
    if (!g.readByteStrings!(guest.put(bytes), bytes.length, count, out)) return undefined
    return Array.from({ length: count }, (_, i) =>
      guest.read(guest.u32(out + 8 * i), guest.u32(out + 8 * i + 4)),
    )
  }
  const bin = (data: Uint8Array) => {
    const n = data.length
    const head =
      n < 0x100
        ? [0xc4, n]
        : n < 0x10000
          ? [0xc5, n >> 8, n & 255]
          : [0xc6, n >>> 24, (n >> 16) & 255, (n >> 8) & 255, n & 255]
    return Uint8Array.of(...head, ...data)
  }
  const array = (items: Uint8Array[]) =>
    Uint8Array.from([0xdc, items.length >> 8, items.length & 255, ...items.flatMap((item) => [...bin(item)])])

  test('reads an array of byte strings of every length of header', () => {
    const items = [0, 1, 255, 256, 65_535, 65_536].map((length) => random(length))
    expect(read(array(items), 6)).toEqual(items)
    expect(read(Uint8Array.of(0xdc, 0, 0), 0)).toEqual([])
  })

  test('refuses every other form', () => {
    const good = array([random(3), random(0)])
    expect(read(good, 2)).toBeDefined()
    expect(read(good, 3)).toBeUndefined()
    for (let end = 0; end < good.length; end++) expect(read(good.subarray(0, end), 2)).toBeUndefined()
    expect(read(Uint8Array.of(...good, 0), 2)).toBeUndefined()
    // fixarray, array 32; string, fixstr, nil, number; headers longer than needed
    for (const hex of [
      '91c400',
      'dd00000001c400',
      'dc0001d900',
      'dc0001a0',
      'dc0001c0',
      'dc000100',
      'dc0001c50000',
      'dc0001c600000000',
      'dc0001c50001ff',
    ])
      expect(read(hexToBytes(`0x${hex}`), 1)).toBeUndefined()
  })
})
