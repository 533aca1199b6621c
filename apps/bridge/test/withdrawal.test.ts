import { expect, test } from '@jest/globals'
import { complete } from '../src/withdrawal.js'

type State = 'none' | 'young' | 'mature' | 'finalised'

/** Takes a withdrawal through what is seen of it, look by look; answers what was done. */
async function through(...looks: State[]): Promise<string[]> {
  const done: string[] = []
  let look = 0
  const step = (name: string) => async () => void done.push(name)
  await complete({
    prove: step('prove'),
    finalize: step('finalize'),
    pause: step('pause'),
    isFinalized: async () => looks[look] === 'finalised',
    proof: async () => {
      const state = looks[look++]
      if (state === undefined || state === 'finalised') throw new Error('nothing is left to see')
      return state
    },
    say: (line) => {
      if (line.includes('lost')) done.push('lost')
    },
  })
  return done
}

test('a withdrawal is proven, waited for and finalised', async () => {
  expect(await through('none', 'young', 'young', 'mature')).toEqual(['prove', 'pause', 'pause', 'finalize'])
})

test('it is proven again, as often as the assertion behind the proof loses', async () => {
  expect(await through('none', 'young', 'none', 'young', 'none', 'mature')).toEqual([
    'prove',
    'pause',
    'lost',
    'prove',
    'pause',
    'lost',
    'prove',
    'finalize',
  ])
})

test('a proof that was made before is used, and what somebody else finalises is done', async () => {
  expect(await through('young', 'mature')).toEqual(['pause', 'finalize'])
  expect(await through('none', 'young', 'finalised')).toEqual(['prove', 'pause'])
})
