import { explore, smallSetting } from '../src/exhaustive.js'
import { Game } from '@animechain/proving-game'
test('try', () => {
  for (const h of [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
    [1, 1, 0],
  ] as any) {
    const t = Date.now()
    try {
      const r = explore(
        smallSetting(h, 1),
        { claims: 1, refinements: [1, 1], lastClaimAt: 30, copied: false, quickToo: false },
        Game,
        30000,
      )
      console.log(h, r, Date.now() - t)
    } catch (e) {
      console.log(h, String((e as Error).stack))
    }
  }
})
