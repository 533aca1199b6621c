import { describe, expect, test } from '@jest/globals'
import { batchCodec, codecLimits } from '@animechain/codec'
import { bytesToHex, concatBytes, keccak256Hex, type BatchBody } from '@animechain/core'
import * as fc from 'fast-check'
import { batchBody, putTogether, readStrings, takeApart, writeStrings } from './bodies.js'
import { compilePart, randomBytes } from './parts.js'

const codec = batchCodec()
const guest = compilePart('batch')
const g = guest.exports

/** Bytes to compare; of many their hash. */
const text = (raw: Uint8Array): string => (raw.length > 100_000 ? keccak256Hex(raw) : bytesToHex(raw))

/** What the guest makes of bytes, in the words of {@link show}. */
function decode(bytes: Uint8Array): unknown {
  g.reset!()
  if (!g.decodeBody!(guest.put(bytes), bytes.length)) return 'no body'
  const [blocks, transactions, labels] = [g.blocks!(), g.transactions!(), g.labels!()]
  let next = 0
  return {
    blocks: Array.from({ length: g.blockCount!() }, (_, i) => ({
      timestampDelta: guest.u32(blocks + 12 * i),
      depositCount: guest.u32(blocks + 12 * i + 4),
      transactions: Array.from({ length: guest.u32(blocks + 12 * i + 8) }, () => {
        const at = transactions + 8 * next++
        return text(guest.read(guest.u32(at), guest.u32(at + 4)))
      }),
    })),
    labels: Array.from({ length: g.labelCount!() }, (_, i) => ({
      l1BlockHash: bytesToHex(guest.read(guest.u32(labels + 8 * i), 32)),
      logIndex: guest.u32(labels + 8 * i + 4),
    })),
  }
}

const show = (body: BatchBody): unknown => ({
  blocks: body.blocks.map((block) => ({
    timestampDelta: block.timestampDelta,
    depositCount: block.depositCount,
    transactions: block.transactions.map(text),
  })),
  labels: body.labels.map(({ l1BlockHash, logIndex }) => ({ l1BlockHash, logIndex })),
})

/** Whether both decoders made a body of it; they must agree on everything. */
async function agree(bytes: Uint8Array): Promise<boolean> {
  const theirs = await codec.decode(bytes)
  const ours = decode(bytes)
  if (JSON.stringify(ours) !== JSON.stringify(theirs.ok ? show(theirs.body) : 'no body'))
    throw new Error(
      `the guest says ${JSON.stringify(ours).slice(0, 2000)}\nthe codec ${theirs.ok ? JSON.stringify(show(theirs.body)).slice(0, 2000) : theirs.reason}\nof ${bytesToHex(bytes)}`,
    )
  return theirs.ok
}

const samples = fc.sample(batchBody, { numRuns: 120, seed: 11 })
const encoded = await Promise.all(samples.map((body) => codec.encode(body)))
const apart = encoded.map(takeApart)

describe('the guest decodes a batch body as the codec does', () => {
  test('when the codec has made it', async () => {
    for (const [i, bytes] of encoded.entries()) expect(decode(bytes)).toEqual(show(samples[i]!))
    await fc.assert(
      fc.asyncProperty(batchBody, async (body) => {
        expect(await agree(await codec.encode(body))).toBe(true)
      }),
      { numRuns: 300 },
    )
  }, 120_000)

  test('when its bytes were changed', async () => {
    const random = randomBytes(1)
    const index = (n: number) => new DataView(random(4).buffer).getUint32(0) % n
    let bodies = 0
    for (let i = 0; i < 3_000; i++) {
      const bytes = encoded[index(encoded.length)]!.slice()
      for (let n = 1 + (i % 3); n > 0; n--) bytes[index(bytes.length)] = random(1)[0]!
      if (await agree(i % 10 === 0 ? bytes.subarray(0, index(bytes.length)) : bytes)) bodies++
    }
    // Of both kinds there are many.
    expect(bodies).toBeGreaterThan(1_000)
    expect(bodies).toBeLessThan(2_000)
  }, 120_000)

  test('when its columns were changed', async () => {
    const random = randomBytes(2)
    const index = (n: number) => new DataView(random(4).buffer).getUint32(0) % n
    const interesting = [0, 1, 2, 7, 8, 16, 18, 24, 31, 32, 33, 63, 64, 65, 66, 77, 78, 127, 128, 129, 255]
    let bodies = 0
    let none = 0
    for (let i = 0; i < 6_000; i++) {
      const { content, tail } = apart[index(apart.length)]!
      const columns = readStrings(content)
      const changedTail = tail.slice()
      for (let n = 1 + (i % 2); n > 0; n--) {
        let which = index(columns.length)
        // Empty columns are many; what is changed is mostly one with something in it.
        for (let t = 0; t < 4 && columns[which]!.length === 0; t++) which = index(columns.length)
        const column = columns[which]!
        const value = index(2) ? interesting[index(interesting.length)]! : random(1)[0]!
        const at = index(column.length + 1)
        switch (index(7)) {
          case 0:
            columns[which] = concatBytes(column.subarray(0, at), Uint8Array.of(value), column.subarray(at))
            break
          case 1:
            columns[which] = concatBytes(column.subarray(0, at), column.subarray(at + 1))
            break
          case 2:
            columns[which] = random(index(20))
            break
          case 3:
            if (changedTail.length > 0) changedTail[index(changedTail.length)] = value
            break
          case 4:
            // The greatest numbers that LEB128 writes in some width, and one more.
            columns[which] = concatBytes(
              column.subarray(0, at),
              new Uint8Array(index(37)).fill(255),
              Uint8Array.of(value & 31),
              column.subarray(at),
            )
            break
          default:
            if (column.length > 0) {
              column[at % column.length] = value
              columns[which] = column
            }
        }
      }
      if (await agree(putTogether({ content: writeStrings(columns), tail: changedTail }))) bodies++
      else none++
    }
    // Both sides of the border are visited.
    expect(bodies).toBeGreaterThan(500)
    expect(none).toBeGreaterThan(1_500)
  }, 300_000)

  test('when it is noise, empty or too long', async () => {
    const random = randomBytes(3)
    for (let i = 0; i < 1_000; i++) {
      const noise = random(random(1)[0]!)
      if (i % 2 && noise.length > 0) noise[0] = 1
      await agree(noise)
    }
    for (let i = 0; i < 150; i++) {
      const columns = Array.from({ length: 67 }, () => random(random(1)[0]! & 7))
      await agree(putTogether({ content: writeStrings(columns), tail: random(90) }))
    }
    await agree(new Uint8Array(0))
    expect(await agree(new Uint8Array(codecLimits.compressedBytes + 1))).toBe(false)
  }, 60_000)

  test('at every bound', async () => {
    const columns = (): Uint8Array[] => Array.from({ length: 67 }, () => new Uint8Array(0))
    const both = (changed: [number, Uint8Array][], tail: Uint8Array = new Uint8Array(0)) => {
      const all = columns()
      for (const [i, column] of changed) all[i] = column
      return agree(putTogether({ content: writeStrings(all), tail }))
    }
    const ones = (n: number) => new Uint8Array(n).fill(1)
    for (const [n, ok] of [
      [8_192, true],
      [8_193, false],
    ] as const)
      expect(await both([[0, ones(n)], [1, ones(n)], [2, new Uint8Array(n)]])).toBe(ok) // prettier-ignore
    for (const [n, ok] of [
      [16_384, true],
      [16_385, false],
    ] as const)
      expect(await both([[3, ones(32)], [4, Uint8Array.from({ length: n }, (_, i) => (i === 0 ? 1 : 2))]])).toBe(ok) // prettier-ignore
    const leb = (value: number): number[] =>
      value < 128 ? [value] : [(value % 128) + 128, ...leb(value >> 7)]
    for (const [n, ok] of [
      [32_768, true],
      [32_769, false],
    ] as const)
      expect(
        await both([
          [0, ones(1)],
          [1, ones(1)],
          [2, Uint8Array.from(leb(n))],
          [6, new Uint8Array(n).fill(7)],
          [65, new Uint8Array(n)],
        ]),
      ).toBe(ok)
    // One transaction of zero words that costs all there is, and one that costs more.
    for (const [words, ok] of [
      [524_287, true],
      [524_288, false],
    ] as const) {
      const length = 4 + 32 * words
      const refs = Uint8Array.of(0, 0)
      expect(
        await both(
          [
            [0, ones(1)],
            [1, ones(1)],
            [2, ones(1)],
            [5, ones(1)],
            [6, Uint8Array.of(2)],
            [7, new Uint8Array(1)],
            [8, refs],
            ...[10, 13, 16, 19].flatMap((i): [number, Uint8Array][] => [
              [i, refs],
              [i + 1, new Uint8Array(1)],
              [i + 2, refs],
            ]),
            [22, refs],
            [23, Uint8Array.from(leb(length))],
            [24, refs],
            [25, ones(4)],
            [26, new Uint8Array(words)],
          ],
          ones(64 + 20),
        ),
      ).toBe(ok)
    }
  }, 120_000)
})
