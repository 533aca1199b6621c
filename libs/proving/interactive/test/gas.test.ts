import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { gasCosts } from '../src/index.js'

const snapshot = (name: string): Record<string, number> =>
  Object.fromEntries(
    Object.entries(
      JSON.parse(
        readFileSync(new URL(`../../../contracts/snapshots/${name}.json`, import.meta.url), 'utf8'),
      ) as Record<string, string | number>,
    ).map(([key, value]) => [key, Number(value)]),
  )

/** The base cost of a transaction, and 16 gas a byte of calldata (EIP-2028), as if none was zero. What the moves execute is more than the floor of EIP-7623. */
const whole = (executed: number, calldata: number): number => executed + 21_000 + 16 * calldata
/** Bytes of calldata of the moves at the heights 13, 20 and 20 (docs/spec/game.md, 10). */
const bytes = { assert: 708, bisect: 100, refine: 1_988, leaf: 928, update: 128 }
/** What `npm run steps:gas` allows a step, its calldata and transaction included. */
const DEAREST_STEP = 11_700_000

// Who budgets with less than a move takes begins disputes that it cannot end.
describe('the budget of a dispute covers what the contracts take', () => {
  const moves = snapshot('gas')
  const steps = snapshot('steps')
  /** The dearest of the snapshots whose name begins so. @throws when there is none: it was renamed */
  const dearest = (start: string): number => {
    const found = Object.entries(moves).filter(([name]) => name.startsWith(start))
    if (found.length === 0) throw new Error(`expected a snapshot that begins with ${start}`)
    return Math.max(...found.map(([, gas]) => gas))
  }

  test.each([
    ['assert', dearest('assertion, create'), bytes.assert],
    ['bisect', dearest('bisection'), bytes.bisect],
    ['refine', dearest('refinement'), bytes.refine],
    ['update', dearest('update of a level of 20') / 20, bytes.update],
    ['resolve', Math.max(dearest('assertion, resolve'), dearest('assertion with rivals, resolve')), 4],
    ['resolve', dearest('rejected assertion, resolve'), 4],
    // Credit and stakes are collected at the price of a bisection, rewards at that of an update for each edge of the path.
    ['bisect', dearest('credit, claim'), 36],
    ['update', dearest('rewards of a whole path') / (13 + 20 + 20 + 3), 96],
  ] as const)('%s: %d gas and %d bytes', (move, executed, calldata) => {
    expect(whole(executed, calldata)).toBeLessThanOrEqual(Number(gasCosts[move]))
  })

  test('prove, by the dearest step of the corpus and by the dearest that it allows', () => {
    const step = Math.max(...Object.values(steps))
    expect(step).toBeLessThanOrEqual(DEAREST_STEP)
    // The step's own transaction and calldata are in it.
    const besides = dearest('proof, besides the step') + 16 * bytes.leaf
    expect(DEAREST_STEP + besides).toBeLessThanOrEqual(Number(gasCosts.prove))
    expect(DEAREST_STEP + besides).toBeLessThan(2 ** 24)
  })
})
