import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { l1World, type L1World } from '../../../libs/proving/interactive/test/l1World.js'
import { match } from '../src/match.js'
import { strategies } from '../src/strategies/index.js'

const named = (name: string) => strategies.find((strategy) => strategy.name === name)!

describe('the zoo', () => {
  let w: L1World
  beforeAll(async () => {
    w = await l1World({ batches: 2 })
  }, 240_000)
  afterAll(() => w?.stop())

  // All of them: npm run zoo.
  test.each(['three-levels', 'front-running-parts', 'reorgs', 'step-copy'])(
    '%s beats no bound',
    async (name) => {
      const { violations, afterClaim } = await match(w, named(name))
      expect(violations).toEqual([])
      expect(afterClaim).toBeGreaterThan(0)
    },
    240_000,
  )

  test('says so when a strategy wins', async () => {
    const { violations } = await match(w, {
      ...{ name: 'nobody-there', what: 'the honest player never looks' },
      async begin(arena) {
        arena.honest.awayUntil = Infinity
        return named('wrong-root').begin(arena)
      },
    })
    expect(violations).toContain('nobody made the right claim')
  }, 240_000)

  test('has thirty strategies and more, each with a name of its own', () => {
    expect(strategies.length).toBeGreaterThanOrEqual(30)
    expect(new Set(strategies.map(({ name }) => name)).size).toBe(strategies.length)
  })
})
