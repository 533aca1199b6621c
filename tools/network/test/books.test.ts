import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'
import { decodeTrace, encodeTrace, kinds } from '../src/books/actions.js'
import { playModel } from '../src/books/digest.js'
import { Books, sumNames, sumsOf } from '../src/books/model.js'
import { playContracts, traceBySeed } from '../src/books/run.js'
import { traceFile } from '../src/books.js'

const fixture = fileURLToPath(
  new URL('../../../libs/contracts/test-sol/fixtures/books.json', import.meta.url),
)

test('the contracts on anvil have the books of the model after each of 150 actions, to the wei', async () => {
  const actions = traceBySeed(150, 19)
  const expected = playModel(actions)
  const { digest, values } = await playContracts(actions)
  expect(digest).toBe(expected.digest)
  expect(values).toBeGreaterThan(150 * 80)
}, 300_000)

test('a wei that the model has too much is found', async () => {
  const books = new Books()
  books.insurance[0]! += 1n
  await expect(playContracts(traceBySeed(3, 2), () => {}, books)).rejects.toThrow(
    /After action 0, join .*: expected insurance in ETH to be 1 as in the model, got 0/,
  )
}, 300_000)

test('the trace that forge plays is that of the model', () => {
  const actions = traceBySeed(300, 1)
  expect(traceFile(actions, playModel(actions))).toBe(readFileSync(fixture, 'utf8'))
  expect(decodeTrace(encodeTrace(actions))).toEqual(actions)
  expect(() => decodeTrace('0x0011')).toThrow('Expected a multiple of 20 bytes as a trace, got 2.')
})

test('every kind of action is allowed in 10,000, and nothing is ever owed', () => {
  const { counts, sums } = playModel(traceBySeed(10_000, 1))
  for (const kind of kinds) expect([kind, counts[kind][0]]).not.toEqual([kind, 0])
  expect(sums[sumNames.indexOf('owed')]).toBe(0n)
})

/** Where the contracts keep ETH, and tokens. */
const kept = [
  [
    ...['registry ETH', 'exits ETH', 'portal', 'burned', 'other slasher'],
    ...['diligence ETH', 'splitter ETH', 'fee recipient', 'drills ETH'],
  ],
  ['registry tokens', 'exits tokens', 'deposits'],
]

const keptIn = (books: Books): bigint[] => {
  const sums = sumsOf(books)
  return kept.map((names) => names.reduce((sum, name) => sum + sums[sumNames.indexOf(name)]!, 0n))
}

test('after every action the bridge is whole, and what came in is held, burned or paid, to the wei', () => {
  for (const seed of [3, 4, 5]) {
    const books = new Books()
    const whole = books.portal
    const start = keptIn(books)
    for (const action of traceBySeed(2_000, seed)) {
      books.act(action)
      const paid = books.claims
        .filter(({ end }) => end === 'right')
        .flatMap(({ amounts, paid }) => [...paid].filter((i) => i !== 3).map((i) => amounts[i]!))
        .reduce((sum, each) => sum + each, 0n)
      const open = books.certificates
        .filter(({ claim, status }) => claim.end === 'right' && status === 'open')
        .reduce((sum, { reserved }) => sum + reserved[0], 0n)
      expect(books.portal + books.reserved[0]! - open).toBe(whole - paid)
      expect(books.owed).toBe(0n)
      const held = keptIn(books)
      expect(held[0]! + books.gone[0]).toBe(start[0]! + books.came[0])
      expect(held[1]! + books.gone[1]).toBe(start[1]! + books.came[1])
    }
    expect(books.came[0]).toBeGreaterThan(10n ** 21n)
    expect(books.gone[0]).toBeGreaterThan(0n)
  }
})
