import { expect, test } from '@jest/globals'
import { accuracy, distinguishers, trials } from './distinguish.js'

test('what the chain shows of a blind grant has one shape, and distinguishers find what is blinded badly', async () => {
  const { all, domain } = await trials({ count: 60, seed: 1 })
  const { all: relayed } = await trials({ count: 10, seed: 2, relayed: true })
  const shapes = new Set(
    [...all, ...relayed].map(({ seen }) =>
      [
        ...seen.calldata.map((data) => data.length),
        ...seen.logs.map((log) => log.map((word) => word.length)),
      ].join(),
    ),
  )
  // One for owners' transactions, one for relayed ones.
  expect(shapes.size).toBe(2)
  // Too few to say 51%: npm run vault:blind has 10,000.
  const scores = distinguishers(all.slice(0, 30), domain).map((each) => accuracy(each, all.slice(30)))
  expect(Math.max(...scores)).toBeLessThan(0.85)

  const bad = await trials({ count: 20, seed: 1, nonces: () => `0x${'0'.repeat(64)}` })
  const found = distinguishers(bad.all, bad.domain).find(({ name }) => name.startsWith('nonces'))!
  expect(accuracy(found, bad.all)).toBe(1)
}, 120_000)
