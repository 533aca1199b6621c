import { bytesToHex, isBaseError, type BatchBody, type BatchCodec } from '@animechain/core'
import { encodeTransaction } from '@animechain/tx'
import fc from 'fast-check'
import { counted, deepEqual, equal, ok, rejects } from './assert.js'
import type { TestRunner } from './runner.js'

/** The functions of a test runner; the same for every suite. */
export type CodecTestRunner = TestRunner

/** A codec to be held to the suite, and the test runner that does it. */
export interface CodecSuiteOptions extends CodecTestRunner {
  name: string
  create(): BatchCodec
  /** Cases of each property; default 200 */
  runs?: number
}

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const hex = (length: number) => bytes(length).map((value) => bytesToHex(value))
const uint = (bits: number) =>
  fc.oneof(
    fc.bigInt({ min: 0n, max: 2n ** BigInt(bits) - 1n }),
    fc.bigInt({ min: 0n, max: 2n ** BigInt(Math.min(bits, 20)) - 1n }),
  )

const transfer = fc
  .record({
    nonce: uint(64),
    maxPriorityFeePerGas: uint(64),
    maxFeePerGas: uint(256),
    gasLimit: uint(64),
    to: hex(20),
    value: uint(256),
    data: fc.oneof(fc.constant(new Uint8Array(0)), fc.uint8Array({ maxLength: 150 })),
    r: uint(256),
    s: uint(255),
    yParity: fc.constantFrom(0 as const, 1 as const),
  })
  .map((fields) => encodeTransaction({ type: 2, chainId: 901n, accessList: [], ...fields }))

const body: fc.Arbitrary<BatchBody> = fc.record({
  blocks: fc.array(
    fc.record({
      timestampDelta: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
      depositCount: fc.nat(5_000),
      transactions: fc.array(fc.oneof(transfer, transfer, fc.uint8Array({ maxLength: 80 })), {
        maxLength: 10,
      }),
    }),
    { maxLength: 6 },
  ),
  labels: fc.array(fc.record({ l1BlockHash: hex(32), logIndex: fc.nat(2 ** 31 - 1) }), { maxLength: 5 }),
})

const show = ({ blocks, labels }: BatchBody) => ({
  labels: labels.map((label) => ({ ...label })),
  blocks: blocks.map((block) => ({
    ...block,
    transactions: block.transactions.map((raw) => bytesToHex(raw)),
  })),
})

/** What every implementation of core's `BatchCodec` promises. */
export function codecSuite(options: CodecSuiteOptions): void {
  const test = (name: string, body: () => Promise<void>, timeoutMs?: number) =>
    options.test(name, () => counted(body), timeoutMs)
  const codec = options.create()
  const numRuns = options.runs ?? 200

  async function roundTrip(value: BatchBody): Promise<void> {
    const result = await codec.decode(await codec.encode(value))
    if (!result.ok) throw new Error(result.reason)
    deepEqual(show(result.body), show(value))
  }

  options.describe(`BatchCodec: ${options.name}`, () => {
    test('decodes what it encoded, byte for byte', async () => {
      await fc.assert(fc.asyncProperty(body, roundTrip), { numRuns })
    }, 60_000)

    test('carries an empty batch and an empty block', async () => {
      await roundTrip({ blocks: [], labels: [] })
      await roundTrip({ blocks: [{ timestampDelta: 1, depositCount: 0, transactions: [] }], labels: [] })
    })

    test('encodes the same body to the same bytes', async () => {
      await fc.assert(
        fc.asyncProperty(body, async (value) => {
          equal(bytesToHex(await codec.encode(value)), bytesToHex(await options.create().encode(value)))
        }),
        { numRuns: 20 },
      )
    }, 60_000)

    test('answers to any bytes, and changes none of them', async () => {
      await fc.assert(
        fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (noise) => {
          const kept = bytesToHex(noise)
          const result = await codec.decode(noise)
          ok(result.ok || result.reason.length > 0)
          equal(bytesToHex(noise), kept)
        }),
        { numRuns },
      )
    }, 60_000)

    test('answers to mutated bodies; what still decodes is a body', async () => {
      await fc.assert(
        fc.asyncProperty(body, fc.nat(), fc.integer({ min: 1, max: 255 }), async (value, place, flip) => {
          const encoded = await codec.encode(value)
          encoded[place % encoded.length]! ^= flip
          const first = await codec.decode(encoded)
          deepEqual(await codec.decode(encoded.slice()), first)
          if (first.ok) await roundTrip(first.body)
        }),
        { numRuns },
      )
    }, 60_000)

    test('refuses truncated and extended bodies', async () => {
      await fc.assert(
        fc.asyncProperty(body, fc.nat(), async (value, cut) => {
          const encoded = await codec.encode(value)
          equal((await codec.decode(encoded.subarray(0, cut % encoded.length))).ok, false)
          equal((await codec.decode(Uint8Array.of(...encoded, 0))).ok, false)
        }),
        { numRuns },
      )
    }, 60_000)

    test('refuses what is above its limits, when decoding and when encoding', async () => {
      const { limits } = codec
      equal((await codec.decode(new Uint8Array(limits.compressedBytes + 1))).ok, false)
      const block = { timestampDelta: 1, depositCount: 0, transactions: [] }
      const blocks = Array.from({ length: limits.blocks + 1 }, () => block)
      await rejects(codec.encode({ blocks, labels: [] }), isBaseError)
      const transactions = Array.from({ length: limits.transactions + 1 }, () => Uint8Array.of(1))
      await rejects(codec.encode({ blocks: [{ ...block, transactions }], labels: [] }), isBaseError)
      await roundTrip({ blocks: blocks.slice(1), labels: [] })
    }, 60_000)
  })
}
