import { describe, expect, test } from '@jest/globals'
import type { DaPutResult, DaQuote, DataAvailability, Logger } from '@animechain/core'
import { cheapest } from '../src/index.js'
import { choose } from '../src/choose.js'

/** A part that says what it is asked for. */
function part(id: string, prefix: number, feeWei: bigint | undefined, more: Partial<DataAvailability> = {}) {
  const asked: string[] = []
  const da = {
    capabilities: {
      ...{
        id,
        prefix,
        addressing: 'precomputed',
        exposure: 'plaintext-public',
        maxBytes: BigInt(100 * prefix),
      },
      ...{ minBilled: 0n, ranged: true, erasable: false, proof: 'full', challenge: 'none' },
    },
    start: async () => void asked.push('start'),
    stop: async () => void asked.push('stop'),
    put: async (): Promise<DaPutResult> => {
      asked.push('put')
      return { status: 'ok', commitment: Uint8Array.of(prefix, 7) }
    },
    get: async () => ({ status: 'data', data: Uint8Array.of(prefix) }),
    verify: async () => ({ valid: true }),
    status: async () => ({ status: 'final' }),
    quote: async (bytes: number): Promise<DaQuote> => ({ billedBytes: BigInt(bytes), feeWei }),
    health: async () => ({ ok: true }),
    ...more,
  } as unknown as DataAvailability
  return { da, asked }
}

const data = Uint8Array.of(1, 2, 3)
const kindOf = async (da: DataAvailability, options = {}) => {
  const put = await da.put(data, options)
  return put.status === 'ok' ? put.commitment[0] : put.status
}

describe('which part is taken', () => {
  test.each<[string, [string, bigint | undefined][], string | undefined, string[]]>([
    ['the cheaper one', [['a', 2n], ['b', 1n]], 'b', []], // prettier-ignore
    ['the first of equal ones', [['a', 1n], ['b', 1n]], 'a', []], // prettier-ignore
    ['one that is free', [['a', 1n], ['b', 0n]], 'b', []], // prettier-ignore
    ['the one with a price', [['a', undefined], ['b', 9n]], 'b', ['a']], // prettier-ignore
    ['none without any price', [['a', undefined], ['b', undefined]], undefined, ['a', 'b']], // prettier-ignore
  ])('%s', (_what, offers, chosen, unpriced) => {
    const made = choose(offers.map(([id, feeWei]) => ({ id, feeWei })))
    expect([made.chosen?.id, made.unpriced]).toEqual([chosen, unpriced])
  })
})

describe('a backend that goes by price', () => {
  test('puts where it is cheap now, and reads by the kind', async () => {
    let blobs = 5n
    const one = part('calldata', 1, 3n)
    const two = part('blob', 2, undefined, {
      quote: async (bytes) => ({ billedBytes: BigInt(bytes), feeWei: blobs }),
    })
    const da = cheapest({ of: [one.da, two.da] })
    expect(await kindOf(da)).toBe(1)
    blobs = 2n
    expect(await kindOf(da)).toBe(2)
    expect(await da.quote(10)).toEqual({ billedBytes: 10n, feeWei: 2n })
    for (const kind of [1, 2])
      expect(await da.get(Uint8Array.of(kind, 7))).toEqual({ status: 'data', data: Uint8Array.of(kind) })
    expect((await da.get(Uint8Array.of(3, 7))).status).toBe('invalid')
    expect((await da.get(new Uint8Array(0))).status).toBe('invalid')
    expect(await da.status(Uint8Array.of(3))).toEqual({ status: 'unknown' })
  })

  test('gives what the settlement carries, and sends nothing then', async () => {
    const attachment = { type: 'calldata', evidence: data } as const
    const one = part('calldata', 1, 1n, {
      prepare: async () => ({ commitment: Uint8Array.of(1, 7), attachment }),
    })
    const da = cheapest({ of: [one.da, part('blob', 2, 2n).da] })
    expect(da.prepare).toBeUndefined()
    expect(await da.put(data, { attachments: ['calldata'] })).toMatchObject({ status: 'ok', attachment })
    expect(one.asked).toEqual([])
    await da.put(data)
    expect(one.asked).toEqual(['put'])
  })

  test('says which prices it does not have, and puts nothing without any', async () => {
    const told: unknown[] = []
    const logger = { debug: () => {}, warn: (...what: unknown[]) => told.push(what) } as unknown as Logger
    const throwing = part('blob', 2, 1n, { quote: () => Promise.reject(new Error('no L1')) })
    const silent = part('other', 4, 1n, { quote: () => new Promise(() => {}) })
    const da = cheapest({
      of: [throwing.da, part('calldata', 1, 9n).da, silent.da],
      logger,
      quoteTimeoutMs: 20,
    })
    expect(await kindOf(da)).toBe(1)
    expect(told).toEqual([['prices of data availability are not to be had', { of: ['blob', 'other'] }]])
    const blind = cheapest({ of: [throwing.da, silent.da], quoteTimeoutMs: 20 })
    const put = await blind.put(data)
    expect(put).toMatchObject({ status: 'error', retryable: true })
    expect(put.status === 'error' && put.error.message).toMatch(/price from one of blob, other/)
    expect([...throwing.asked, ...silent.asked]).toEqual([])
  })

  test('is one put for one key, wherever the price went meanwhile', async () => {
    let fee = 1n
    const two = part('blob', 2, 0n, { quote: async () => ({ billedBytes: 0n, feeWei: fee }) })
    const da = cheapest({ of: [part('calldata', 1, 5n).da, two.da] })
    expect(await kindOf(da, { idempotencyKey: 'k' })).toBe(2)
    fee = 9n
    expect(await kindOf(da, { idempotencyKey: 'k' })).toBe(2)
    expect(await kindOf(da, { idempotencyKey: 'other' })).toBe(1)
  })

  test('takes no more than each part takes, and is well when all are', async () => {
    const ill = part('blob', 2, 1n, { health: async () => ({ ok: false, detail: 'no L1' }) })
    const da = cheapest({ of: [part('calldata', 1, 1n).da, ill.da] })
    expect(da.capabilities).toMatchObject({ id: 'auto', prefix: 1, prefixes: [1, 2], maxBytes: 100n })
    expect(await da.put(new Uint8Array(101))).toEqual({ status: 'tooLarge', maxBytes: 100n })
    expect(await da.health()).toEqual({ ok: false, detail: 'blob: no L1' })
    await da.start()
    await da.stop()
    expect(ill.asked).toEqual(['start', 'stop'])
  })

  test('refuses what cannot be told apart, or is not as secret as the rest', () => {
    const one = part('calldata', 1, 1n).da
    const secret = part('private', 4, 1n).da
    secret.capabilities.exposure = 'private'
    expect(() => cheapest({ of: [one] })).toThrow('two backends or more')
    expect(() => cheapest({ of: [one, part('other', 1, 1n).da] })).toThrow('both kind 1')
    expect(() => cheapest({ of: [one, secret] })).toThrow(
      /calldata and private provides plaintext-public and private/,
    )
  })
})
