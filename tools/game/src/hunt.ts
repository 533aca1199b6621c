import { explore, smallSetting, type Budget } from './exhaustive.js'
import { Violation, type Rules, type Setting } from './match.js'
import { largeSetting, play } from './play.js'

/** How a planted bug was found. */
export interface Find {
  readonly by: string
  readonly violation: string
}

const BUDGET: Budget = {
  claims: 1,
  refinements: [1, 1],
  copied: false,
  quickToo: false,
}
const HEIGHTS = [
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 1],
] as const

/** Looks for what is wrong with rules: a little of every play at small sizes, then random matches. Undefined: nothing was found. */
export function hunt(
  rules: Rules,
  { states, seeds }: { states: number; seeds: number },
  adapt: (setting: Setting) => Setting = (setting) => setting,
): Find | undefined {
  const attempt = (by: string, run: () => unknown): Find | undefined => {
    try {
      run()
      return undefined
    } catch (error) {
      if (!(error instanceof Violation)) throw error
      return { by, violation: error.message }
    }
  }
  for (const heights of HEIGHTS) {
    const found = attempt(`every play at ${heights.join('/')}`, () =>
      explore(adapt(smallSetting(heights, 1)), BUDGET, rules, states),
    )
    if (found) return found
  }
  for (let seed = 1; seed <= seeds; seed++) {
    const found = attempt(`random play, seed ${seed}`, () =>
      play(seed, adapt(largeSetting()), rules, undefined, 4),
    )
    if (found) return found
  }
  return undefined
}
