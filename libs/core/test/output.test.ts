import { describe, expect, test } from '@jest/globals'
import { keccak256Hex, outputRoot, predeploys, systemClock } from '../src/index.js'

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
