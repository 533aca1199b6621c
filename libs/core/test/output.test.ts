import { describe, expect, test } from '@jest/globals'
import {
  concatBytes,
  hexToBytes,
  keccak256Hex,
  outputHistory,
  outputRoot,
  predeploys,
  systemClock,
  type Hash,
} from '../src/index.js'

const word = (digit: string) => `0x${digit.repeat(64)}` as const

describe('output root', () => {
  test('is the hash of version zero and the three words', () => {
    const expected = keccak256Hex(
      Uint8Array.from([
        ...new Uint8Array(32),
        ...new Uint8Array(32).fill(0x11),
        ...new Uint8Array(32).fill(0x22),
        ...new Uint8Array(32).fill(0x33),
      ]),
    )
    expect(
      outputRoot({ stateRoot: word('1'), messagePasserStorageRoot: word('2'), blockHash: word('3') }),
    ).toBe(expected)
  })

  test('every part counts', () => {
    const base = { stateRoot: word('1'), messagePasserStorageRoot: word('1'), blockHash: word('1') }
    const roots = [
      base,
      { ...base, stateRoot: word('2') },
      { ...base, messagePasserStorageRoot: word('2') },
      { ...base, blockHash: word('2') },
    ].map(outputRoot)
    expect(new Set(roots).size).toBe(4)
  })
})

describe('history of output roots', () => {
  const node = (left: Hash, right: Hash): Hash =>
    keccak256Hex(concatBytes(hexToBytes(left), hexToBytes(right)))
  /** The same by definition: all leaves. */
  function whole(roots: Hash[], height: number): Hash {
    let nodes = Array.from({ length: 2 ** height }, (_, i) => roots[i] ?? roots.at(-1)!)
    while (nodes.length > 1) nodes = nodes.flatMap((left, i) => (i % 2 ? [] : [node(left, nodes[i + 1]!)]))
    return nodes[0]!
  }

  test.each([
    { count: 1, height: 0 },
    { count: 1, height: 3 },
    { count: 3, height: 2 },
    { count: 4, height: 2 },
    { count: 5, height: 4 },
    { count: 16, height: 4 },
  ])('$count roots in a tree of depth $height, the last one repeated', ({ count, height }) => {
    const roots = Array.from({ length: count }, (_, i) => word((i % 16).toString(16)))
    const { history, proof } = outputHistory(roots, height)
    expect(history).toBe(whole(roots, height))
    expect(proof).toHaveLength(height)
    expect(proof.reduce<Hash>((right, left) => node(left, right), roots.at(-1)!)).toBe(history)
  })

  test('a deep tree costs no more than its roots', () => {
    const { history, proof } = outputHistory([word('1')], 40)
    expect(proof.reduce<Hash>((right, left) => node(left, right), word('1'))).toBe(history)
  })

  test.each([{ count: 0 }, { count: 5 }])('refuses $count roots in a tree of depth 2', ({ count }) => {
    expect(() => outputHistory(Array<Hash>(count).fill(word('1')), 2)).toThrow(
      `expected 1 to 4 output roots, got ${count}`,
    )
  })
})

test('keccak256 of nothing is the known constant', () => {
  expect(keccak256Hex(new Uint8Array())).toBe(
    '0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470',
  )
})

test('predeploys are distinct lower-case addresses', () => {
  const all = Object.values(predeploys)
  expect(new Set(all).size).toBe(all.length)
  for (const address of all) expect(address).toMatch(/^0x[0-9a-f]{40}$/)
})

test('a sleep ends at once when its signal aborts', async () => {
  const controller = new AbortController()
  const slept = systemClock.sleep(60_000, controller.signal)
  controller.abort()
  await expect(slept).resolves.toBeUndefined()
  await expect(systemClock.sleep(60_000, controller.signal)).resolves.toBeUndefined()
})
