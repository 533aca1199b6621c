import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  silentLogger,
  type BloomQuery,
  type ChainBlock,
  type ChainEvent,
  type ChainReader,
  type Hash,
  type Hex,
  type KeyValueStore,
  type SealedHeader,
} from '@animechain/core'
import { memoryStorage } from '@animechain/storage-memory'
import { logIndex, SECTION_BLOCKS } from '../src/chain/logIndex.js'

/** A bloom with these bits; bit 0 is the lowest of the last byte. */
function bloom(bits: readonly number[]): Hex {
  const value = bits.reduce((all, bit) => all | (1n << BigInt(bit)), 0n)
  return `0x${value.toString(16).padStart(512, '0')}`
}

/** Headers alone, and those who listen. */
function chainOf(blooms: Hex[]) {
  let branch = 0
  const header = (number: number, logsBloom: Hex) =>
    ({
      number: BigInt(number),
      hash: `0x${(branch * 2 ** 32 + number).toString(16).padStart(64, '0')}` as Hash,
      logsBloom,
    }) as SealedHeader
  const headers = blooms.map((each, i) => header(i, each))
  const listeners = new Set<(event: ChainEvent) => void>()
  const blocks = (list: SealedHeader[]) => list.map((each) => ({ header: each }) as ChainBlock)
  const emit = (event: ChainEvent) => {
    for (const listener of listeners) listener(event)
  }
  const chain = {
    head: (tag: string) => (tag === 'earliest' ? headers[0]! : headers[headers.length - 1]!),
    headerByNumber: (number: bigint) => headers[Number(number)],
    subscribe(listener: (event: ChainEvent) => void) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  } as unknown as ChainReader
  return {
    chain,
    listeners,
    append(more: Hex[]) {
      const added = more.map((each, i) => header(headers.length + i, each))
      headers.push(...added)
      emit({ removed: [], added: blocks(added) })
    },
    rollback(to: number) {
      branch++
      emit({ removed: blocks(headers.splice(to + 1).reverse()), added: [] })
    },
  }
}

async function opened(chain: ChainReader, storage: KeyValueStore = memoryStorage()) {
  await storage.start()
  const index = logIndex({ storage, chain, logger: silentLogger })
  index.start()
  await index.idle()
  return { index, storage }
}

/** What headers alone say. */
function expected(blooms: Hex[], query: BloomQuery, from: bigint, to: bigint): bigint[] {
  const found: bigint[] = []
  for (let number = from; number <= to; number++) {
    const value = BigInt(blooms[Number(number)]!)
    const has = (bit: number) => ((value >> BigInt(bit)) & 1n) === 1n
    if (value !== 0n && query.every((group) => group.some((bits) => bits.every(has)))) found.push(number)
  }
  return found
}
const all = (
  index: { candidates: NonNullable<ChainReader['logCandidates']> },
  query: BloomQuery,
  to: bigint,
) => {
  const found: bigint[] = []
  for (let from = 0n; from <= to;) {
    const part = index.candidates(query, from, to)!
    found.push(...part.numbers)
    from = part.to + 1n
  }
  return found
}

describe('the index of blooms', () => {
  const blooms = Array.from({ length: 2 * SECTION_BLOCKS + 5 }, (_, i) =>
    bloom(i % 3 === 0 ? [] : [i % 7, 8 + (i % 11), 2_040 + (i % 8)]),
  )
  const bits = fc.array(fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 2_038, max: 2_047 })), {
    minLength: 1,
    maxLength: 3,
  })
  const queries = fc.array(fc.array(bits, { minLength: 1, maxLength: 3 }), { maxLength: 3 })

  test('finds the blocks that their headers let through, section by section', async () => {
    const { index } = await opened(chainOf(blooms).chain)
    fc.assert(
      fc.property(queries, fc.nat(SECTION_BLOCKS - 1), fc.nat(3 * SECTION_BLOCKS), (query, from, more) => {
        const to = BigInt(from + more)
        const found = index.candidates(query, BigInt(from), to)!
        const end = to < BigInt(SECTION_BLOCKS) ? to : BigInt(SECTION_BLOCKS - 1)
        expect(found).toEqual({ numbers: expected(blooms, query, BigInt(from), end), to: end })
      }),
      { numRuns: 60 },
    )
    const last = BigInt(2 * SECTION_BLOCKS - 1)
    expect(all(index, [[[3]]], last)).toEqual(expected(blooms, [[[3]]], 0n, last))
    // The section that is not complete is for the headers.
    expect(index.candidates([], last + 1n, last + 5n)).toBeUndefined()
    await index.stop()
  })

  test('is kept, grows with the chain, and is built again where a reorg changed it', async () => {
    const net = chainOf(blooms)
    const { index, storage } = await opened(net.chain)
    await index.stop()
    expect(net.listeners.size).toBe(0)

    const again = (await opened(net.chain, storage)).index
    const only = (bit: number) => Array.from({ length: SECTION_BLOCKS }, () => bloom([bit]))
    net.append(only(30))
    await again.idle()
    const second = BigInt(SECTION_BLOCKS)
    const third = 2n * second
    expect(again.candidates([[[30]]], third + 4n, third + 6n)?.numbers).toEqual([third + 5n, third + 6n])

    net.rollback(SECTION_BLOCKS + 9)
    expect(again.candidates([], 0n, 0n)).toBeDefined()
    expect(again.candidates([], second, second)).toBeUndefined()
    expect(again.candidates([], third, third)).toBeUndefined()
    net.append(only(31))
    await again.idle()
    const found = again.candidates([[[31]]], second, third)!
    expect(found.numbers).toHaveLength(SECTION_BLOCKS - 10)
    expect(found.numbers[0]).toBe(second + 10n)
    // What the section held before is not in it any more.
    expect(again.candidates([[[30]]], second, third)?.numbers).toEqual([])
    await again.stop()
  })

  test('a reorg while a section is built is not built into it', async () => {
    const net = chainOf(blooms)
    const storage = memoryStorage()
    await storage.start()
    const index = logIndex({ storage, chain: net.chain, logger: silentLogger })
    index.start()
    await new Promise((resolve) => setImmediate(resolve))
    net.rollback(1_000)
    net.append(Array.from({ length: SECTION_BLOCKS }, () => bloom([40])))
    await index.idle()
    expect(index.candidates([[[40]]], 0n, 5_000n)?.numbers[0]).toBe(1_001n)
    expect(index.candidates([[[3]]], 0n, 5_000n)?.numbers.at(-1)).toBeLessThanOrEqual(1_000n)
    await index.stop()
  })
})
