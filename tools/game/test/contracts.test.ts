import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { arena, type Arena } from '../src/l1/arena.js'
import { duel, duelRules } from '../src/l1/duel.js'
import type { Compared } from '../src/l1/replay.js'
import type { Rules } from '../src/match.js'
import { planted } from '../src/planted.js'

describe('the contracts do what the model does', () => {
  let on: Arena
  beforeAll(async () => {
    on = await arena(duelRules())
  }, 240_000)
  afterAll(() => on?.stop())

  /** A match on contracts that nobody has touched. */
  async function fresh(seed: number, rules?: Rules): Promise<Compared> {
    const snapshot = await on.l1.request<string>('evm_snapshot')
    try {
      return await duel(on, seed, rules)
    } finally {
      await on.l1.request('evm_revert', [snapshot])
    }
  }

  test('matches down to the last step and their end, with actions that both refuse, and claims that continue claims', async () => {
    const outcomes = new Map<string, number>()
    for (const seed of [38, 41, 42]) {
      const compared = await fresh(seed)
      expect(compared.values).toBeGreaterThan(300)
      for (const [what, times] of compared.outcomes) outcomes.set(what, (outcomes.get(what) ?? 0) + times)
    }
    const done = ['assert', 'bisect', 'refine', 'prove', 'update', 'resolve', 'slash', 'claimStake', 'reward']
    const refused = ['bisect', 'prove', 'resolve', 'reward', 'claimStake', 'slash', 'close', 'claimCredit']
    const expected = [...done.map((type) => `${type} done`), ...refused.map((type) => `${type} refused`)]
    expect([...outcomes.keys()]).toEqual(expect.arrayContaining(expected))
  }, 240_000)

  // Each of the planted bugs is told by some match; these by an early one.
  test.each([
    'a refinement tells its timer to the rivals of what it refines',
    'the second edge is no rival yet',
    'a later edge has time of its own',
    'a rival does not stop the clock',
    'the greater timer of two children counts',
    'any path is rewarded',
    'whoever is not refuted can be slashed',
    'a lost bond goes to the pot whole',
    'a stake for a move that was made is kept',
  ])(
    'a model with a bug is told: %s',
    async (name) => {
      await expect(fresh(42, planted[name])).rejects.toThrow(/the model says/)
    },
    240_000,
  )
})
