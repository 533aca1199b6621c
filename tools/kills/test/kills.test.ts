import { describe, expect, test } from '@jest/globals'
import { fileURLToPath } from 'node:url'
import { kills, ledger, randomFrom, roundOf, targets } from '../src/index.js'

const hash = (n: number) => `0x${n.toString(16).padStart(64, '0')}` as const

describe('what was promised', () => {
  const sent = () => {
    const own = ledger('somebody')
    for (const n of [1, 2, 3]) own.sent(0, hash(n))
    return own
  }
  test('is the last that was acknowledged, or one sent after it whose answer was lost', () => {
    const own = sent()
    own.acknowledged(0, hash(1), 0)
    own.acknowledged(0, hash(2), 0)
    expect(own.check([hash(2)])).toEqual([])
    expect(own.check([hash(3)])).toEqual([])
    expect(own.check([hash(1)])).toEqual([expect.stringContaining('the older')])
    expect(own.check([])).toEqual([expect.stringContaining('is lost')])
    expect(own.check([hash(9)])).toEqual([expect.stringContaining('never sent')])
  })
  test('is nothing where no answer came', () => {
    const own = sent()
    expect(own.check([])).toEqual([])
    expect(own.check([hash(1)])).toEqual([])
  })
})

test('a round is the same for the same seed, kills no more than is left, and comes to everybody', () => {
  const draw = (seed: number) => {
    const random = randomFrom(seed)
    return Array.from({ length: 200 }, () => roundOf(targets, 2, random))
  }
  expect(draw(7)).toEqual(draw(7))
  const rounds = draw(7)
  expect(new Set(rounds.flat())).toEqual(new Set(targets))
  for (const round of rounds) {
    expect(round.length).toBeGreaterThan(0)
    expect(round.length).toBeLessThanOrEqual(2)
    if (round.includes('devnet') || round.includes('everything')) expect(round).toHaveLength(1)
  }
})

test('nothing that was promised is gone after a few kills', async () => {
  const report = await kills({
    kills: 4,
    seed: 11,
    targets: ['sequencer', 'verifier', 'bridge', 'devnet'],
    host: fileURLToPath(new URL('../dist/host.js', import.meta.url)),
    timeoutMs: 180_000,
  })
  expect(report.violations).toEqual([])
  expect(Object.values(report.kills).reduce((sum, n) => sum + n, 0)).toBe(4)
  expect(report.acknowledged).toBeGreaterThan(0)
  expect(report.receipts).toBeGreaterThanOrEqual(report.acknowledged)
}, 600_000)
