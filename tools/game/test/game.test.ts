import { describe, expect, test } from '@jest/globals'
import { Game } from '@animechain/proving-game'
import { explore, smallSetting } from '../src/exhaustive.js'
import { figure } from '../src/figures.js'
import { hunt } from '../src/hunt.js'
import { answeringTime } from '../src/match.js'
import { largeSetting, play, trace } from '../src/play.js'
import { planted, underfunded } from '../src/planted.js'

describe('every play at small sizes', () => {
  const budget = { claims: 1, refinements: [1, 1], quickToo: true } as const

  test.each([
    [[1, 0, 0], false],
    [[0, 1, 0], true],
    [[0, 0, 1], false],
    [[1, 1, 1], false],
  ] as const)('heights %j, the right claim made by a liar: %j', (heights, copied) => {
    const setting = smallSetting(heights, 1)
    const { states, settled, latest } = explore(setting, { ...budget, copied }, Game, 800)
    expect(states).toBe(800)
    expect(settled).toBeGreaterThan(30)
    expect(latest).toBeLessThanOrEqual(setting.parameters.period + answeringTime(setting) + 1)
  })
})

describe('random play at real sizes', () => {
  test('the right claim wins in time, paid for, with no wei lost (seeds 1 to 12)', () => {
    const setting = largeSetting()
    const bound = answeringTime(setting) + 2 * setting.delay
    for (let seed = 1; seed <= 12; seed++) {
      const { delay, earned } = play(seed, setting, Game, undefined, 3)
      expect(delay).toBeLessThanOrEqual(bound)
      expect(earned).toBeGreaterThanOrEqual(0n)
    }
  })

  test('one honest stake against one junk claim, and a stake a place where the trees are not its own', () => {
    expect(figure(1, 'by the honest player').stakes).toEqual([1, 0, 0])
    expect(figure(1, 'by liars').stakes).toEqual([0, 1, 1])
  })

  test.each([1, 3, 8])(
    'stakes and moves grow with %d junk claims as section 5 of the rules says',
    (claims) => {
      const { bonds, heights } = largeSetting().parameters
      const [h0, h1, h2] = heights
      for (const made of ['by the honest player', 'by liars'] as const) {
        const { staked, moves } = figure(claims, made)
        expect(staked).toBeLessThanOrEqual(bonds[0] + BigInt(claims) * (bonds[1] + bonds[2]))
        expect(moves['bisect']).toBeLessThanOrEqual(claims * (h0 + 2 * (h1 + 2 * h2)))
        expect(moves['refine']).toBeLessThanOrEqual(claims * 3)
        expect(moves['prove']).toBeLessThanOrEqual(claims * 4)
      }
    },
  )

  test('the same seed gives the same trace, with the proofs that another implementation needs', () => {
    const once = trace(3, largeSetting([2, 2, 2]), 2)
    expect(trace(3, largeSetting([2, 2, 2]), 2)).toBe(once)
    const { steps } = JSON.parse(once) as { steps: { action: { type: string }; proofs: unknown[] }[] }
    expect(new Set(steps.map(({ action }) => action.type))).toContain('prove')
    expect(steps.some(({ proofs }) => proofs.length > 0)).toBe(true)
  })
})

describe('planted bugs', () => {
  const effort = { states: 400, seeds: 8 }

  test.each(Object.entries(planted))('%s: found', (_, rules) => {
    expect(hunt(rules, effort)).toBeDefined()
  })

  test('bonds that pay for a refinement one level too low: found', () => {
    const adapt = (setting: ReturnType<typeof largeSetting>) => ({
      ...setting,
      parameters: underfunded(setting.parameters),
    })
    expect(hunt(Game, effort, adapt)?.violation).toMatch(/expected/)
  })
})
