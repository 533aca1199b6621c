import { describe, expect, test } from '@jest/globals'
import { batchCodec } from '@animechain/codec'
import {
  batchPreimage,
  bytesToHex,
  concatBytes,
  depositPreimage,
  hexToBytes,
  type BatchBody,
  type BatchHeader,
  type BlockInput,
  type DepositEntry,
  type Hash,
} from '@animechain/core'
import { deriveBatch } from '@animechain/derivation'
import * as fc from 'fast-check'
import { batchBody } from './bodies.js'
import { compilePart } from './parts.js'

const codec = batchCodec()
const guest = compilePart('batch')
const g = guest.exports

const zero: Hash = `0x${'00'.repeat(32)}`
const hash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((b) => bytesToHex(b))
const u64 = fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.bigInt({ min: 0n, max: 300n }))
const u256 = fc.bigInt({ min: 0n, max: 2n ** 256n - 1n })
const u32 = fc.nat(2 ** 32 - 1)
const context = fc.record({
  number: u64,
  timestamp: u64,
  baseFee: u256,
  blobBaseFee: u256,
  parentHash: hash,
  gasLimit: u64,
  baseFeeScalar: u32,
  blobBaseFeeScalar: u32,
})
const address = fc.uint8Array({ minLength: 20, maxLength: 20 }).map((b) => bytesToHex(b))
/** Amounts of all sizes, a gas limit, a flag, data; sometimes cut short. */
const opaqueData = fc
  .tuple(
    fc.array(
      fc.tuple(fc.nat(32), fc.uint8Array({ minLength: 32, maxLength: 32 })).map(([n, b]) => b.fill(0, 0, n)),
      { minLength: 2, maxLength: 2 },
    ),
    fc.uint8Array({ minLength: 8, maxLength: 8 }),
    fc.nat(2),
    fc.uint8Array({ maxLength: 80 }),
    fc.oneof({ weight: 9, arbitrary: fc.constant(1000) }, { weight: 1, arbitrary: fc.nat(80) }),
  )
  .map(([amounts, gas, flag, data, length]) =>
    concatBytes(...amounts, gas, Uint8Array.of(flag), data).subarray(0, length),
  )
const entry = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant(0 as const), from: address, to: address, opaqueData, context }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant(1 as const),
      from: fc.constant(`0x${'00'.repeat(20)}` as const),
      to: fc.constant(`0x${'00'.repeat(20)}` as const),
      opaqueData: fc.constant(new Uint8Array(0)),
      context,
    }),
  },
)

/** The fields of a block that derivation decides. */
const show = ({ timestamp, gasLimit, prevRandao, transactions }: BlockInput) => ({
  timestamp,
  gasLimit,
  prevRandao,
  transactions: transactions.map((raw) => bytesToHex(raw)),
})

interface Batch {
  header: BatchHeader
  bytes: Uint8Array
  entries: DepositEntry[]
  parent: { number: bigint; timestamp: bigint; gasLimit: bigint; prevRandao: Hash }
}

/** What the guest derives. */
function derive({ header, bytes, entries, parent }: Batch) {
  g.reset!()
  const decoded = g.decodeBody!(guest.put(bytes), bytes.length)
  const record = guest.put(
    batchPreimage(zero, {
      index: 0n,
      header,
      depositAcc: zero,
      commitment: Uint8Array.of(1),
      context: entries[0]?.context ?? {
        number: 0n,
        timestamp: 0n,
        baseFee: 0n,
        blobBaseFee: 0n,
        parentHash: zero,
        gasLimit: 0n,
        baseFeeScalar: 0,
        blobBaseFeeScalar: 0,
      },
    }),
  )
  const words = new Uint32Array(
    entries.flatMap((item) => [
      guest.put(depositPreimage(zero, item)),
      guest.put(item.opaqueData),
      item.opaqueData.length,
      item.kind,
    ]),
  )
  const list = guest.put(new Uint8Array(words.buffer))
  const randao = guest.put(hexToBytes(parent.prevRandao))
  const first = entries[0]?.index ?? 0n
  g.begin!(record, list, entries.length, first, decoded, parent.timestamp, parent.gasLimit, randao)
  return {
    fromBody: g.isFromBody!() !== 0,
    blocks: Array.from({ length: header.blockCount }, () => {
      g.next!()
      const items = g.items!()
      return {
        timestamp: BigInt.asUintN(64, BigInt(g.timestamp!())),
        gasLimit: BigInt.asUintN(64, BigInt(g.gasLimit!())),
        prevRandao: bytesToHex(guest.read(g.prevRandao!(), 32)),
        transactions: Array.from({ length: g.itemCount!() }, (_, i) =>
          bytesToHex(guest.read(guest.u32(items + 8 * i), guest.u32(items + 8 * i + 4))),
        ),
      }
    }),
  }
}

/** Both derivations agree; whether the body was of use. */
async function agree(batch: Batch): Promise<boolean> {
  const { header, bytes, entries, parent } = batch
  const expected = deriveBatch({ header, body: await codec.decode(bytes), entries, parent })
  const got = derive(batch)
  expect(got).toEqual({ fromBody: expected.fallback === undefined, blocks: expected.blocks.map(show) })
  return got.fromBody
}

const batches = fc.record({
  body: batchBody,
  entries: fc.array(entry, { maxLength: 6 }),
  first: fc.nat(2 ** 40),
  parent: fc.record({
    number: fc.constant(7n),
    timestamp: fc.bigInt({ min: 1n, max: 2n ** 33n }),
    gasLimit: u64,
    prevRandao: hash,
  }),
  span: fc.oneof(fc.nat(12), fc.nat(2 ** 35 - 1)),
  garbage: fc.oneof(
    { weight: 7, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 60 }) },
  ),
  lie: fc.nat(12),
})

/** The body with what the rules allow for so many entries, so that it is of use. */
function fitted(body: BatchBody, entries: readonly { kind: 0 | 1 }[]): BatchBody {
  let left = entries.length
  return {
    labels: body.labels.slice(0, entries.filter(({ kind }) => kind === 0).length),
    blocks: (body.blocks.length > 0
      ? body.blocks
      : [{ timestampDelta: 0, depositCount: 0, transactions: [] }]
    ).map((block) => {
      const depositCount = block.depositCount % (left + 1)
      left -= depositCount
      return { ...block, depositCount, timestampDelta: 1 + (block.timestampDelta % 3) }
    }),
  }
}

describe('the guest derives a batch as the host does', () => {
  test('whatever the header, the body and the queue are', async () => {
    let fromBody = 0
    let fallback = 0
    await fc.assert(
      fc.asyncProperty(batches, async ({ body: any, entries, first, parent, span, garbage, lie }) => {
        const body = lie > 3 ? fitted(any, entries) : any
        const blockCount = lie === 0 ? body.blocks.length + 1 : Math.max(1, body.blocks.length)
        const header: BatchHeader = {
          firstBlock: 8n,
          blockCount,
          depositsReadAfter: BigInt(first + entries.length),
          // What the inbox asks for: at least a second for each block.
          lastTimestamp: parent.timestamp + BigInt(blockCount + (lie > 6 ? 20 : 0) + span),
        }
        const queue = entries.map((item, i) => ({ ...item, index: BigInt(first + i), acc: zero }))
        const bytes = garbage ?? (await codec.encode(body))
        if (await agree({ header, bytes, entries: queue, parent })) fromBody++
        else fallback++
      }),
      { numRuns: 1_500 },
    )
    expect(fromBody).toBeGreaterThan(100)
    expect(fallback).toBeGreaterThan(100)
  }, 200_000)

  test('at every rule that a body can break by one', async () => {
    const block = (timestampDelta: number, depositCount: number) => ({
      timestampDelta,
      depositCount,
      transactions: [Uint8Array.of(0x7e), Uint8Array.of(5), new Uint8Array(0)],
    })
    const label = { l1BlockHash: `0x${'44'.repeat(32)}` as Hash, logIndex: 3 }
    const queue = fc
      .sample(entry, { numRuns: 3, seed: 3 })
      .map((item, i) => ({ ...item, index: BigInt(i), acc: zero }))
    const users = queue.filter(({ kind }) => kind === 0).length
    const good: BatchBody = {
      blocks: [block(1, 0), block(2, 3), block(9, 77)],
      labels: Array(users).fill(label),
    }
    const cases: [BatchBody, bigint, boolean][] = [
      [good, 104n, true],
      [good, 103n, false],
      [{ ...good, labels: [...good.labels, label] }, 104n, false],
      [{ ...good, labels: good.labels.slice(1) }, 104n, true],
      [{ ...good, blocks: [block(0, 0), ...good.blocks.slice(1)] }, 104n, false],
      [{ ...good, blocks: [block(1, 1), ...good.blocks.slice(1)] }, 104n, false],
      [{ ...good, blocks: [...good.blocks.slice(0, 2), block(0, 0)] }, 104n, true],
      [{ ...good, blocks: good.blocks.slice(1) }, 104n, false],
      [{ ...good, blocks: [...good.blocks, block(1, 0)] }, 104n, false],
    ]
    for (const [body, lastTimestamp, ok] of cases)
      expect(
        await agree({
          header: { firstBlock: 8n, blockCount: 3, depositsReadAfter: 3n, lastTimestamp },
          bytes: await codec.encode(body),
          entries: queue,
          parent: { number: 7n, timestamp: 100n, gasLimit: 5n, prevRandao: zero },
        }),
      ).toBe(ok)
  })
})
