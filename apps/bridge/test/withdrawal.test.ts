import { expect, test } from '@jest/globals'
import type { Early } from '../src/fastExit.js'
import { complete } from '../src/withdrawal.js'

type State = 'none' | 'young' | 'mature' | 'finalised'

/** Takes one through with tries to have it paid early, and what becomes of each. */
async function early(tries: Early[], ...looks: State[]): Promise<string[]> {
  const left = [...tries]
  return through(looks, async () => left.shift() ?? 'wait')
}

/** Takes a withdrawal through what is seen of it, look by look; answers what was done. */
async function through(looks: State[], tried?: () => Promise<Early>): Promise<string[]> {
  const done: string[] = []
  let look = 0
  const step = (name: string) => async () => void done.push(name)
  await complete({
    prove: step('prove'),
    finalize: step('finalize'),
    pause: step('pause'),
    ...(tried
      ? {
          finalizeEarly: async () => {
            const became = await tried()
            done.push(`early: ${became}`)
            return became
          },
        }
      : {}),
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
  expect(await through(['none', 'young', 'young', 'mature'])).toEqual(['prove', 'pause', 'pause', 'finalize'])
})

test('it is proven again, as often as the assertion behind the proof loses', async () => {
  expect(await through(['none', 'young', 'none', 'young', 'none', 'mature'])).toEqual([
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
  expect(await through(['young', 'mature'])).toEqual(['pause', 'finalize'])
  expect(await through(['none', 'young', 'finalised'])).toEqual(['prove', 'pause'])
})

test('it is paid early where that is open, and in the ordinary way where it is not', async () => {
  expect(await early(['wait', 'sent'], 'none', 'young', 'young', 'finalised')).toEqual([
    'prove',
    'early: wait',
    'pause',
    'early: sent',
  ])
  // What is never paid early is not tried again.
  expect(await early(['never'], 'young', 'young', 'mature')).toEqual([
    'early: never',
    'pause',
    'pause',
    'finalize',
  ])
})
