import { expect, test } from '@jest/globals'
import type { Hash } from '@animechain/core'
import fc from 'fast-check'
import { candidates } from '../../src/announcements/candidates.js'
import { decodePayload, maxPayloadBytes } from '../../src/announcements/payload.js'
import { payloadCache } from '../../src/announcements/payloadCache.js'
import type { SignedAnnouncement } from '../../src/announcements/port.js'
import { codec, transfer } from '../kit.js'

const payloadOf = async (count: number) =>
  codec.encode({
    blocks: [
      {
        timestampDelta: 1,
        depositCount: 2,
        transactions: await Promise.all(Array.from({ length: count }, (_, nonce) => transfer(0, nonce))),
      },
    ],
    labels: [{ l1BlockHash: `0x${'11'.repeat(32)}`, logIndex: 3 }],
  })

test('a payload says what its block has, and bytes that were changed never throw', async () => {
  const bytes = await payloadOf(3)
  const decoded = await decodePayload(codec, bytes)
  expect(decoded).toMatchObject({ ok: true, payload: { block: { depositCount: 2, timestampDelta: 1 } } })

  const change = fc.tuple(fc.nat({ max: bytes.length - 1 }), fc.integer({ min: 1, max: 255 }))
  const changed = fc.array(change, { minLength: 1, maxLength: 4 }).map((changes) => {
    const out = bytes.slice()
    for (const [at, by] of changes) out[at]! ^= by
    return out
  })
  const cut = fc.nat({ max: bytes.length }).map((length) => bytes.slice(0, length))
  const any = fc.oneof(fc.uint8Array({ maxLength: 300 }), changed, cut)
  await fc.assert(
    fc.asyncProperty(any, async (given) => {
      const result = await decodePayload(codec, given)
      if (!result.ok) return expect(typeof result.reason).toBe('string')
      // What is taken is one block, which encodes again.
      const { block, labels } = result.payload
      const again = await decodePayload(codec, await codec.encode({ blocks: [block], labels }))
      expect(again).toEqual(result)
    }),
    { numRuns: 2_000 },
  )
})

test('what announces more than it may is refused before it is decompressed', async () => {
  const bytes = await payloadOf(1)
  // The frame begins behind the version and its length; its content size is in the header (docs/spec/codec.md 2).
  const bomb = Uint8Array.from([1, 0, 0, 0, 13, 0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0, 0, 0, 0xff, 1, 0, 0])
  expect(await decodePayload(codec, bomb)).toMatchObject({ ok: false })
  expect(await decodePayload(codec, new Uint8Array(maxPayloadBytes(codec) + 1))).toEqual({
    ok: false,
    reason: `expected at most ${maxPayloadBytes(codec)} bytes, got ${maxPayloadBytes(codec) + 1}`,
  })
  expect((await decodePayload(codec, bytes)).ok).toBe(true)
})

test('a cache of payloads keeps the newest within its bytes', () => {
  const cache = payloadCache(3_000)
  const hash = (n: number): Hash => `0x${n.toString(16).padStart(64, '0')}`
  for (let n = 0; n < 5; n++) cache.put(hash(n), new Uint8Array(1_000))
  expect([0, 1, 2, 3, 4].filter((n) => cache.get(hash(n)))).toEqual([3, 4])
  cache.put(hash(9), new Uint8Array(3_001))
  expect([3, 4, 9].filter((n) => cache.get(hash(n)))).toEqual([])
  cache.put(hash(5), new Uint8Array(10))
  cache.put(hash(5), new Uint8Array(10))
  expect(cache.get(hash(5))).toHaveLength(10)
})

test('announcements are kept in bounds: two of a number, the highest numbers', () => {
  const table = candidates(3)
  const hash = (n: bigint, branch = 0): Hash =>
    `0x${(n * 16n + BigInt(branch)).toString(16).padStart(64, '0')}`
  const at = (number: bigint, branch = 0): SignedAnnouncement => ({
    number,
    hash: hash(number, branch),
    parentHash: hash(number - 1n),
    payloadHash: hash(0n),
    timestamp: number,
    signer: '0x00000000000000000000000000000000000000aa',
  })
  const moment = (l1Head: Hash, now = 0) => ({ l1Head, now })
  expect(table.add(at(5n), 5n)).toBe('old')
  expect([table.add(at(6n), 5n), table.add(at(6n), 5n)]).toEqual(['new', 'known'])
  expect([table.add(at(6n, 1), 5n), table.add(at(6n, 2), 5n)]).toEqual(['equivocation', 'full'])
  const parent = { number: 5n, hash: hash(5n) }
  const first = table.next(parent, moment(hash(1n)))!
  expect(first.hash).toBe(hash(6n))
  first.failedAt.add(hash(1n))
  expect(table.next(parent, moment(hash(1n)))!.hash).toBe(hash(6n, 1))
  expect(table.next(parent, moment(hash(2n)))!.hash).toBe(hash(6n))
  first.waitedAt = hash(2n)
  expect(table.next(parent, moment(hash(2n)))!.hash).toBe(hash(6n, 1))
  first.retryAt = 10
  expect(table.next(parent, moment(hash(3n)))!.hash).toBe(hash(6n, 1))
  expect(table.next(parent, moment(hash(3n), 10))!.hash).toBe(hash(6n))
  table.drop(first)
  expect(table.next({ number: 5n, hash: hash(4n) }, moment(hash(2n)))).toBeUndefined()

  for (const number of [7n, 8n, 9n]) table.add(at(number), 5n)
  expect([table.size, table.highest]).toEqual([3, 9n])
  expect(table.next(parent, moment(hash(3n)))).toBeUndefined()
  table.prune(8n)
  expect([table.size, table.highest]).toEqual([1, 9n])
})
