import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { eventually, lies } from '@animechain/testing'
import { firstDifference, trial } from '../src/trial.js'
import { world, type World } from '../src/world.js'

// A few of what `npm run liar` runs: one of each kind.
const names = [
  'logs-block-missing',
  'logs-doubled',
  'call-zeros',
  'zeros-without-proof',
  'head-older',
  'reorg-pretended',
  'answers-swapped',
  'status-429',
]

let w: World
beforeAll(async () => {
  w = await world({ role: 'verifier', da: 'calldata' })
  await eventually('final blocks', () => w.lied.chain.head('finalized').number > 3n, { timeoutMs: 120_000 })
}, 240_000)
afterAll(() => w?.stop(), 60_000)

test.each(names)(
  '%s: no wrong block, nothing final lost, no silence, and back with the truth',
  async (name) => {
    const lie = lies.find((one) => one.name === name)!
    const verdict = await trial(w, lie, { lieMs: 2_000, recoveryMs: 60_000 })
    expect({ name, faults: verdict.faults.filter((fault) => !/without a word/.test(fault)) }).toEqual({
      name,
      faults: [],
    })
    // How soon a lie is met is a matter of time; what a node says of it is not.
    for (const code of verdict.codes) expect(code).toMatch(/^[A-Z0-9_]+$/)
  },
  120_000,
)

test('every block of the node that was lied to is the honest one', async () => {
  expect(w.lied.chain.head('safe').number).toBeGreaterThan(5n)
  expect(firstDifference(w.lied, w.honest)).toBeUndefined()
})
