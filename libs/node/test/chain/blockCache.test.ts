import { expect, test } from '@jest/globals'
import type { ChainBlock, Hash } from '@animechain/core'
import { blockCache } from '../../src/chain/blockCache.js'

const hashOf = (name: string): Hash => `0x${name.charCodeAt(0).toString(16).padStart(64, '0')}`
const block = (name: string, transactions: number, logs = 1) =>
  ({
    header: { hash: hashOf(name) },
    transactions: Array.from({ length: transactions }, () => ({
      receipt: { logs: Array.from({ length: logs }) },
    })),
  }) as unknown as ChainBlock
const bounds = { blocks: 3, transactions: 10, logs: 20 }

test.each([
  { what: 'so many blocks', added: { a: 1, b: 1, c: 1, d: 1 }, kept: 'bcd' },
  { what: 'so many transactions', added: { a: 4, b: 4, c: 4 }, kept: 'bc' },
  { what: 'the newest one in any case', added: { a: 4, b: 400 }, kept: 'b' },
])('keeps $what', ({ added, kept }) => {
  const cache = blockCache(bounds)
  for (const [name, transactions] of Object.entries(added)) cache.add(block(name, transactions))
  const names = Object.keys(added).filter((name) => cache.get(hashOf(name)))
  expect(names.join('')).toBe(kept)
})

test('logs count, however few transactions wrote them', () => {
  const cache = blockCache(bounds)
  for (const name of ['a', 'b', 'c']) cache.add(block(name, 1, 8))
  expect(['a', 'b', 'c'].filter((name) => cache.get(hashOf(name)))).toEqual(['b', 'c'])
  cache.delete(hashOf('b'))
  cache.add(block('d', 1, 12))
  expect(cache.get(hashOf('c'))).toBeDefined()
})

test('a block that leaves makes room', () => {
  const cache = blockCache(bounds)
  for (const [name, transactions] of [['a', 5] as const, ['b', 5] as const])
    cache.add(block(name, transactions))
  cache.delete(hashOf('a'))
  cache.delete(hashOf('a'))
  cache.add(block('c', 5))
  expect(cache.get(hashOf('b'))).toBeDefined()
  expect(cache.get(hashOf('c'))).toBeDefined()
  cache.clear()
  expect(cache.get(hashOf('c'))).toBeUndefined()
})
