import { expect, test } from '@jest/globals'
import type { ChainBlock, Hash } from '@animechain/core'
import { blockCache } from '../../src/chain/blockCache.js'

const hashOf = (name: string): Hash => `0x${name.charCodeAt(0).toString(16).padStart(64, '0')}`
const block = (name: string, transactions: number) =>
  ({ header: { hash: hashOf(name) }, transactions: Array.from({ length: transactions }) }) as ChainBlock

test.each([
  { what: 'so many blocks', added: { a: 1, b: 1, c: 1, d: 1 }, kept: 'bcd' },
  { what: 'so many transactions', added: { a: 4, b: 4, c: 4 }, kept: 'bc' },
  { what: 'the newest one in any case', added: { a: 4, b: 400 }, kept: 'b' },
])('keeps $what', ({ added, kept }) => {
  const cache = blockCache({ blocks: 3, transactions: 10 })
  for (const [name, transactions] of Object.entries(added)) cache.add(block(name, transactions))
  const names = Object.keys(added).filter((name) => cache.get(hashOf(name)))
  expect(names.join('')).toBe(kept)
})

test('a block that leaves makes room', () => {
  const cache = blockCache({ blocks: 3, transactions: 10 })
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
