import { describe, expect, test } from '@jest/globals'
import { bugs } from '../src/bugs.js'
import { decodeCase, encodeCase } from '../src/case.js'
import { keptCases } from '../src/fuzz.js'
import { corpus, engines } from '../src/plant.js'
import { replay, type Difference } from '../src/run.js'
import { runSeed } from '../src/seed.js'
import { shrink } from '../src/shrink.js'

test('the engines agree on every outcome, receipt, header and state root of generated blocks', async () => {
  const pair = await engines()
  let transactions = 0
  let included = 0
  for (let seed = 1; seed <= 4; seed++) {
    const outcome = await runSeed(seed, pair)
    expect(outcome.found?.difference).toBeUndefined()
    transactions += outcome.transactions
    included += outcome.included
  }
  expect(transactions).toBeGreaterThan(500)
  // Most of it must really run.
  expect(included).toBeGreaterThan(transactions / 2)
}, 600_000)

test('the engines agree on every case that once told them apart', async () => {
  const pair = await engines()
  for (const { name, text } of await keptCases(corpus))
    expect({ name, difference: await replay(pair, decodeCase(text)) }).toEqual({
      name,
      difference: undefined,
    })
}, 600_000)

// Within a minute on an idle machine: npm run mutants says how soon.
describe('a planted bug is found among the first 50,000 transactions', () => {
  test.each([
    'refund too high',
    'a call keeps a 32nd',
    'EXP too cheap',
    'authority refund',
    'destroyed contract stays',
  ])(
    '%s',
    async (name) => {
      const pair = await engines(bugs.find((bug) => bug.name === name)!)
      let found: Difference | undefined
      let transactions = 0
      for (let seed = 1; !found && transactions < 50_000; seed++) {
        const outcome = await runSeed(seed, pair)
        transactions += outcome.transactions
        found = outcome.found?.difference
        if (outcome.found === undefined) continue
        // What is kept shows it again, also when it has been made smaller.
        const smaller = await shrink(pair, outcome.found.recorded, 1000)
        const count = (recorded: typeof smaller.recorded) =>
          recorded.blocks.reduce((sum, block) => sum + block.transactions.length, 0)
        expect(smaller.difference).toBeDefined()
        expect(count(smaller.recorded)).toBeLessThan(count(outcome.found.recorded) + 1)
        expect(await replay(pair, decodeCase(encodeCase(smaller.recorded)))).toEqual(smaller.difference)
      }
      expect(found).toBeDefined()
    },
    900_000,
  )
})
