import { expect, test } from '@jest/globals'
import { accuracy, distinguishers, trials } from './distinguish.js'

/** npm run vault:blind: pairs for training, and as many that are new. */
const PAIRS = Number(process.env.VAULT_PAIRS ?? 10_000)

test('no distinguisher tells two blind grants apart: at most 51% over 10,000 pairs', async () => {
  const { all, domain } = await trials({ count: 2 * PAIRS, seed: 2_026 })
  const [training, tested] = [all.slice(0, PAIRS), all.slice(PAIRS)]
  const scores = distinguishers(training, domain).map((each) => ({
    ...{ name: each.name, trained: accuracy(each, training), tested: accuracy(each, tested) },
  }))
  const percent = (share: number) => `${(100 * share).toFixed(2)}%`
  for (const { name, trained, tested: right } of scores)
    process.stdout.write(
      `${name.padEnd(36)} trained ${percent(trained)}  on ${PAIRS} new pairs ${percent(right)}\n`,
    )
  const best = scores.reduce((a, b) => (a.trained >= b.trained ? a : b))
  process.stdout.write(`the attacker takes the best in training, ${best.name}: ${percent(best.tested)}\n`)
  expect(best.tested).toBeLessThanOrEqual(0.51)
}, 3_600_000)
