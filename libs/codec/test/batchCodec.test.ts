import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from '@jest/globals'
import {
  bytesToHex,
  concatBytes,
  hexToBytes,
  keccak256Hex,
  type Address,
  type BatchBody,
} from '@animechain/core'
import { encodeDeposit, encodeTransaction, type Transaction } from '@animechain/tx'
import * as fc from 'fast-check'
import { batchCodec, codecLimits } from '../src/index.js'
import { columnNames } from '../src/layout.js'
import { readColumns } from '../src/messagePack.js'
import { compressor } from '../src/compress.js'
import { decompress } from '../src/decompress.js'

const codec = batchCodec()

const show = (body: BatchBody) => ({
  labels: body.labels,
  blocks: body.blocks.map((block) => ({
    ...block,
    transactions: block.transactions.map((raw) => bytesToHex(raw)),
  })),
})
const expectRoundTrip = async (body: BatchBody) => {
  const result = await codec.decode(await codec.encode(body))
  if (!result.ok) throw new Error(result.reason)
  expect(show(result.body)).toEqual(show(body))
}
const oneBlock = (transactions: Uint8Array[]): BatchBody => ({
  blocks: [{ timestampDelta: 1, depositCount: 0, transactions }],
  labels: [],
})

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const address = fc.oneof(
  fc.constantFrom<Address>(
    `0x${'11'.repeat(20)}`,
    `0x${'00'.repeat(20)}`,
    `0x${'00'.repeat(3)}${'22'.repeat(17)}`,
  ),
  bytes(20).map((b) => bytesToHex(b)),
)
const amount = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }),
  fc.tuple(fc.nat(2000), fc.nat(70)).map(([m, e]) => BigInt(m) * 10n ** BigInt(e)),
)
const u64 = fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.bigInt({ min: 0n, max: 300n }))
const word = fc.oneof(
  bytes(32),
  fc.constant(new Uint8Array(32)),
  amount.map((a) => hexToBytes(`0x${a.toString(16).padStart(64, '0')}`)),
  address.map((a) => concatBytes(new Uint8Array(12), hexToBytes(a))),
  fc.uint8Array({ maxLength: 32 }).map((b) => concatBytes(b, new Uint8Array(32 - b.length))),
)
const data = fc.oneof(
  fc.uint8Array({ maxLength: 100 }),
  fc
    .tuple(bytes(4), fc.array(word, { maxLength: 6 }), fc.uint8Array({ maxLength: 3 }))
    .map(([selector, words, rest]) => concatBytes(selector, ...words, rest)),
)
const accessList = fc.array(
  fc.record({
    address,
    storageKeys: fc.array(
      word.map((w) => bytesToHex(w)),
      { maxLength: 3 },
    ),
  }),
  { maxLength: 3 },
)
const chainId = fc.oneof({ weight: 9, arbitrary: fc.constant(901n) }, { weight: 1, arbitrary: amount })
const s = fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 255n - 1n }), amount)
const common = { nonce: u64, gasLimit: u64, value: amount, data, r: amount, s }
const to = fc.option(address, { nil: undefined })
const yParity = fc.constantFrom(0 as const, 1 as const)
const fees = { maxFeePerGas: amount, maxPriorityFeePerGas: amount }
const authorization = fc.record({
  chainId: amount,
  address,
  nonce: u64,
  yParity: fc.nat(255),
  r: amount,
  s: amount,
})

const transaction: fc.Arbitrary<Transaction> = fc.oneof(
  fc
    .record({
      type: fc.constant(0 as const),
      ...common,
      to,
      gasPrice: amount,
      v: fc.oneof(fc.constantFrom(27n, 28n, 1837n, 1838n), u64),
    })
    .map((tx) => ({ ...tx, chainId: undefined })),
  fc.record({ type: fc.constant(1 as const), ...common, to, chainId, gasPrice: amount, accessList, yParity }),
  fc.record({ type: fc.constant(2 as const), ...common, to, chainId, ...fees, accessList, yParity }),
  fc.record({
    type: fc.constant(3 as const),
    ...common,
    to: address,
    chainId,
    ...fees,
    accessList,
    maxFeePerBlobGas: amount,
    blobVersionedHashes: fc.array(
      bytes(32).map((b) => bytesToHex(b)),
      { maxLength: 2 },
    ),
    yParity,
  }),
  fc.record({
    type: fc.constant(4 as const),
    ...common,
    to: address,
    chainId,
    ...fees,
    accessList,
    authorizationList: fc.array(authorization, { maxLength: 2 }),
    yParity,
  }),
)
const raw = fc.oneof(
  { weight: 6, arbitrary: transaction.map(encodeTransaction) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 50 }) },
)
const body: fc.Arbitrary<BatchBody> = fc.record({
  blocks: fc.array(
    fc.record({
      timestampDelta: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      depositCount: fc.nat(300),
      transactions: fc.array(raw, { maxLength: 8 }),
    }),
    { maxLength: 5 },
  ),
  labels: fc.array(
    fc.record({
      l1BlockHash: fc.oneof(
        fc.constant(keccak256Hex(Uint8Array.of(1))),
        bytes(32).map((b) => bytesToHex(b)),
      ),
      logIndex: fc.nat(2 ** 31 - 1),
    }),
    { maxLength: 4 },
  ),
})

describe('batchCodec', () => {
  test('rebuilds every transaction of any type byte for byte', async () => {
    await fc.assert(
      fc.asyncProperty(body, (value) => expectRoundTrip(value)),
      { numRuns: 400 },
    )
  })

  test('carries empty bodies, deposits and bytes that are no transaction', async () => {
    await expectRoundTrip({ blocks: [], labels: [] })
    await expectRoundTrip(oneBlock([]))
    const deposit = encodeDeposit({
      sourceHash: `0x${'01'.repeat(32)}`,
      from: `0x${'02'.repeat(20)}`,
      mint: 0n,
      value: 0n,
      gasLimit: 0n,
      isSystemTx: false,
      data: new Uint8Array(0),
    })
    await expectRoundTrip(oneBlock([deposit, new Uint8Array(0), Uint8Array.of(0xff), new Uint8Array(1000)]))
  })

  test('carries nonces of senders that take turns, jump and run to the last', async () => {
    const base = {
      type: 2 as const,
      chainId: 1n,
      maxFeePerGas: 1n,
      maxPriorityFeePerGas: 1n,
      gasLimit: 21_000n,
      value: 0n,
    }
    const rest = {
      to: `0x${'11'.repeat(20)}` as Address,
      data: new Uint8Array(0),
      accessList: [],
      yParity: 0 as const,
      r: 1n,
      s: 1n,
    }
    const make = (nonce: bigint) => encodeTransaction({ ...base, ...rest, nonce })
    const turns = Array.from({ length: 300 }, (_, i) =>
      make(1000n * BigInt(i % 7) + BigInt(Math.floor(i / 7))),
    )
    await expectRoundTrip(oneBlock(turns))
    await expectRoundTrip(oneBlock([...turns, make(2n ** 64n - 2n), make(2n ** 64n - 1n), make(0n)]))
  })

  test('the same body gives the same bytes', async () => {
    const sample = fc.sample(body, { numRuns: 5, seed: 7 })
    for (const one of sample) expect(await codec.encode(one)).toEqual(await batchCodec().encode(one))
  })

  test('a body beyond the limits is not encoded', async () => {
    const small = batchCodec({ limits: { blocks: 1, transactions: 2, labels: 1, transactionBytes: 100 } })
    const block = { timestampDelta: 1, depositCount: 0, transactions: [] }
    const label = { l1BlockHash: keccak256Hex(new Uint8Array(0)), logIndex: 0 }
    for (const bad of [
      { blocks: [block, block], labels: [] },
      { blocks: [], labels: [label, label] },
      oneBlock([Uint8Array.of(1), Uint8Array.of(1), Uint8Array.of(1)]),
      oneBlock([new Uint8Array(101)]),
    ])
      await expect(small.encode(bad)).rejects.toMatchObject({ code: 'CODEC_TOO_LARGE' })
  })
})

test('the example of the specification decodes to its blocks', async () => {
  const spec = readFileSync(new URL('../../../docs/spec/codec.md', import.meta.url), 'utf8')
  const [first, second, third, encoded] = [
    ...spec.slice(spec.indexOf('## 6.')).matchAll(/^0x[0-9a-f]+$/gm),
  ].map(([hex]) => hex)
  const result = await codec.decode(hexToBytes(encoded!))
  if (!result.ok) throw new Error(result.reason)
  expect(show(result.body)).toEqual({
    blocks: [
      { timestampDelta: 2, depositCount: 1, transactions: [first, second] },
      { timestampDelta: 1, depositCount: 0, transactions: [third] },
    ],
    labels: [{ l1BlockHash: `0x${'44'.repeat(32)}`, logIndex: 3 }],
  })
  expect(bytesToHex(await codec.encode(result.body))).toBe(encoded)
})

describe('decoding hostile bytes', () => {
  let valid: Uint8Array[]
  beforeAll(async () => {
    valid = await Promise.all(fc.sample(body, { numRuns: 20, seed: 42 }).map((one) => codec.encode(one)))
  })

  test('any bytes give a result', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.boolean(), async (noise, versioned) => {
        const result = await codec.decode(versioned ? Uint8Array.of(1, ...noise) : noise)
        expect(result.ok).toBe(false)
      }),
      { numRuns: 500 },
    )
  })

  test('mutated bodies give a result', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(19),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        async (which, changes) => {
          const changed = valid[which]!.slice()
          for (const [place, value] of changes) changed[place % changed.length] = value
          const result = await codec.decode(changed)
          if (result.ok) expect(Array.isArray(result.body.blocks)).toBe(true)
          else expect(result.reason).not.toBe('')
        },
      ),
      { numRuns: 2_000 },
    )
  })

  test('mutated columns in an intact frame give a result', async () => {
    const zstd = await compressor()
    await fc.assert(
      fc.asyncProperty(
        fc.nat(19),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 }),
        async (which, changes) => {
          const one = valid[which]!
          const length = new DataView(one.buffer, one.byteOffset).getUint32(1)
          const content = zstd.decompress(one.slice(5, 5 + length))!.slice()
          for (const [place, value] of changes) content[place % content.length] = value
          const frame = zstd.compress(content, 3)!
          const head = new Uint8Array(5)
          head[0] = 1
          new DataView(head.buffer).setUint32(1, frame.length)
          const result = await codec.decode(concatBytes(head, frame, one.subarray(5 + length)))
          if (result.ok) await expectRoundTrip(result.body)
          else expect(result.reason).not.toBe('')
        },
      ),
      { numRuns: 2_000 },
    )
  })

  test('truncated and extended bodies are refused', async () => {
    for (const one of valid.slice(0, 6)) {
      for (let length = 0; length < one.length; length += Math.max(1, Math.floor(one.length / 60)))
        expect((await codec.decode(one.subarray(0, length))).ok).toBe(false)
      expect((await codec.decode(concatBytes(one, Uint8Array.of(0)))).ok).toBe(false)
      expect((await codec.decode(concatBytes(Uint8Array.of(2), one.subarray(1)))).ok).toBe(false)
    }
  })

  test('a body of more bytes than can be posted is refused unread', async () => {
    const result = await codec.decode(new Uint8Array(codecLimits.compressedBytes + 1))
    expect(result).toEqual({ ok: false, reason: expect.stringContaining('at most 761852 bytes') })
  })

  test('a zip bomb is refused by its announced size, and one that lies by its content', async () => {
    const bomb = (blocks: number, announced: number) => {
      const frame = new Uint8Array(4 + 1 + 1 + 4 + 4 * blocks)
      frame.set([0x28, 0xb5, 0x2f, 0xfd, 0x80, 0x38])
      new DataView(frame.buffer).setUint32(6, announced, true)
      for (let i = 0; i < blocks; i++) {
        const header = (131_072 << 3) | (1 << 1) | (i === blocks - 1 ? 1 : 0)
        frame.set([header & 255, (header >> 8) & 255, (header >> 16) & 255, 0], 10 + 4 * i)
      }
      const head = new Uint8Array(5)
      head[0] = 1
      new DataView(head.buffer).setUint32(1, frame.length)
      return concatBytes(head, frame)
    }
    expect(await codec.decode(bomb(100_000, 2 ** 32 - 1))).toMatchObject({
      ok: false,
    })
    expect(await codec.decode(bomb(100_000, 1_000_000))).toMatchObject({
      ok: false,
      reason: 'corrupt zstd frame',
    })
    expect(await codec.decode(bomb(32, 4_194_304))).toMatchObject({ ok: false })
  })

  test('words that make much out of little stay within the bound', async () => {
    const tx = (length: number) =>
      encodeTransaction({
        type: 2,
        chainId: 1n,
        nonce: 0n,
        maxFeePerGas: 1n,
        maxPriorityFeePerGas: 1n,
        gasLimit: 1n,
        value: 0n,
        data: new Uint8Array(length),
        accessList: [],
        yParity: 0,
        r: 1n,
        s: 1n,
      })
    const encoded = await codec.encode(oneBlock(Array.from({ length: 10 }, () => tx(1_000_004))))
    expect(encoded.length).toBeLessThan(5_000)
    expect((await codec.decode(encoded)).ok).toBe(true)
    expect(await batchCodec({ limits: { transactionBytes: 5_000_000 } }).decode(encoded)).toEqual({
      ok: false,
      reason: 'expected at most 5000000 bytes of transactions',
    })
  })

  test('content up to the limit decompresses', async () => {
    const noise = Uint8Array.from({ length: 700_000 }, (_, i) => (i * 2654435761) >>> 13)
    await expectRoundTrip(oneBlock([noise]))
    const most = new Uint8Array(codecLimits.decompressedBytes - 5_000)
    await expectRoundTrip(oneBlock([most]))
    await expectRoundTrip(oneBlock([most]))
  })
})

describe('frames', () => {
  const frameOf = async (content: Uint8Array) => (await compressor()).compress(content, 3)!

  test('one frame of the accepted kind and nothing else', async () => {
    for (const length of [1, 200, 300, 70_000, 3_000_000]) {
      const frame = await frameOf(new Uint8Array(length).fill(7))
      expect((await decompress(frame, 4_194_304)).every((byte) => byte === 7)).toBe(true)
      await expect(decompress(frame, length - 1)).rejects.toThrow(`got ${length}`)
      await expect(decompress(concatBytes(frame, frame), 4_194_304)).rejects.toThrow('no zstd frame')
      await expect(decompress(frame.subarray(0, frame.length - 1), 4_194_304)).rejects.toThrow(
        'no zstd frame',
      )
      for (const bit of [1, 2, 4, 8, 16]) {
        const changed = frame.slice()
        changed[4]! |= bit
        await expect(decompress(changed, 4_194_304)).rejects.toThrow('no zstd frame')
      }
    }
  })

  test('what libzstd takes and RFC 8878 does not allow is refused', async () => {
    // A sequence section with a reserved bit set in its modes.
    const frame = await frameOf(new TextEncoder().encode('the inbox holds batches '.repeat(20)))
    const zstd = await compressor()
    let stricter = 0
    for (let at = 9; at < frame.length; at++) {
      for (const bit of [1, 2, 3]) {
        const changed = frame.slice()
        changed[at]! |= bit
        const theirs = (() => {
          try {
            return zstd.decompress(changed)
          } catch {
            return null
          }
        })()
        const ours = await decompress(changed, 4_194_304).catch(() => null)
        if (ours) expect(theirs && bytesToHex(theirs)).toBe(bytesToHex(ours))
        else if (theirs?.length === 480) stricter++
      }
    }
    expect(stricter).toBeGreaterThan(0)
  })

  test('the embedded decoder is what its source compiles to', () => {
    const script = fileURLToPath(new URL('../scripts/buildZstd.mjs', import.meta.url))
    expect(execFileSync(process.execPath, [script, '--check'], { encoding: 'utf8' })).toMatch(/^\d+ bytes\n$/)
  }, 60_000)
})

describe('MessagePack subset', () => {
  const pack = (...columns: number[][]) => Uint8Array.of(0xdc, 0, columns.length, ...columns.flat())
  const empty = [0xc4, 0]
  const columns = columnNames.map(() => empty)

  test('one array of byte strings in shortest form', () => {
    expect(readColumns(pack(...columns), columns.length)).toHaveLength(columns.length)
    const refused: [Uint8Array, string][] = [
      [pack(...columns.slice(1)), `expected ${columns.length} columns`],
      [pack(...columns, empty), `expected ${columns.length} columns`],
      [Uint8Array.of(...pack(...columns), 0), 'after the columns'],
      [pack(...columns).subarray(0, 20), 'ends early'],
      [pack([0xc5, 0, 0], ...columns.slice(1)), 'shortest form'],
      [
        pack([0xc6, 0, 0, 0xff, 0xff, ...new Array<number>(65_535).fill(0)], ...columns.slice(1)),
        'shortest form',
      ],
      [pack([0xa0], ...columns.slice(1)), 'expected MessagePack bytes'],
      [pack([0xc4, 200], ...columns.slice(1)), 'expected MessagePack bytes'],
      [Uint8Array.of(0xdd, 0, 0, 0, columns.length, ...columns.flat()), 'array of 16 bits'],
    ]
    for (const [input, reason] of refused)
      expect(() => readColumns(input, columns.length)).toThrow(
        reason === 'expected MessagePack bytes' ? /MessagePack/ : reason,
      )
  })
})
