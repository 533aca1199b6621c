import { describe, expect, test } from '@jest/globals'
import { isMostlyGarbage } from '../src/compaction.js'
import { entries, entrySize } from '../src/entries.js'
import { isUnfinished, type Tail } from '../src/opening.js'

describe('the tail of a log', () => {
  const tail: Tail = {
    at: 100,
    size: 150,
    known: 100,
    found: { is: 'short' },
    behind: undefined,
    endsInZeros: false,
  }
  const damaged = { is: 'damaged', why: 'a test' } as const

  test.each<[string, Partial<Tail>, boolean]>([
    ['a record without an end', {}, true],
    ['sectors that were never written', { found: damaged, endsInZeros: true }, true],
    ['a damaged record', { found: damaged }, false],
    ['a whole record behind it', { behind: 120 }, false],
    ['a whole record behind zeros', { found: damaged, endsInZeros: true, behind: 120 }, false],
    ['a log that was longer', { known: 151 }, false],
    ['one that was as long', { known: 150 }, true],
    ['one that was longer, with nothing behind', { found: { is: 'end' }, size: 100, known: 101 }, false],
  ])('%s is the unfinished write of a crash: %s', (_what, change, expected) =>
    expect(isUnfinished({ ...tail, ...change })).toBe(expected),
  )
})

test('what is live is counted as it is put, replaced and deleted', () => {
  const stored = entries()
  const [key, other] = [Uint8Array.of(1), Uint8Array.of(2)]
  const value = new Uint8Array(10)
  stored.apply([{ type: 'put', key, value }])
  expect(stored.live).toBe(entrySize(key, value))
  stored.apply([
    { type: 'put', key, value: new Uint8Array(3) },
    { type: 'put', key: other, value },
    { type: 'delete', key: Uint8Array.of(3) },
  ])
  expect(stored.live).toBe(entrySize(key, new Uint8Array(3)) + entrySize(other, value))
  value[0] = 7
  expect(stored.get(other)![0]).toBe(0)
  stored.apply([{ type: 'delete', key }])
  expect(stored.live).toBe(entrySize(other, value))
  stored.clear()
  expect([stored.live, [...stored.list()]]).toEqual([0, []])
})

test.each([
  [100, 50, false],
  [100, 49, true],
  [0, 0, false],
])('a log of %d bytes with %d live ones is mostly garbage: %s', (end, live, expected) =>
  expect(isMostlyGarbage({ end, live })).toBe(expected),
)
