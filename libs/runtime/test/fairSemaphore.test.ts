import { describe, expect, test } from '@jest/globals'
import { fairSemaphore } from '../src/fairSemaphore.js'

const from = (client: string) => ({ client, connection: '1' })
const busy = () => new Error('busy')

/** Jobs that end when they are told to. */
function jobs() {
  const begun: string[] = []
  const ends = new Map<string, () => void>()
  return {
    begun,
    job: (name: string) => () => {
      begun.push(name)
      return new Promise<string>((resolve) => ends.set(name, () => resolve(name)))
    },
    async end(name: string) {
      ends.get(name)!()
      await new Promise((resolve) => setImmediate(resolve))
    },
  }
}

describe('a fair semaphore', () => {
  test('keeps a place for others, and gives the next to who was served least', async () => {
    let time = 0
    const run = fairSemaphore({ places: 2, maxWaiting: 10, maxWaitingPerClient: 5, busy, now: () => time })
    const { begun, job, end } = jobs()
    const all = [0, 1, 2].map((i) => run(from('greedy'), job(`greedy ${i}`)))
    expect(begun).toEqual(['greedy 0'])
    all.push(run(from('modest'), job('modest 0')), run(from('modest'), job('modest 1')))
    expect(begun).toEqual(['greedy 0', 'modest 0'])
    time = 10
    await end('modest 0')
    // Each had ten milliseconds or is having them, and greedy has its place already.
    expect(begun).toEqual(['greedy 0', 'modest 0', 'modest 1'])
    time = 1_000
    await end('greedy 0')
    await end('modest 1')
    await end('greedy 1')
    await end('greedy 2')
    expect(await Promise.all(all)).toHaveLength(5)
  })

  test('lets so many wait, of one client and of all, and goes on after a failure', async () => {
    const run = fairSemaphore({ places: 1, maxWaiting: 2, maxWaitingPerClient: 1, busy })
    const { begun, job, end } = jobs()
    const first = run(from('a'), job('first'))
    const failing = run(from('a'), () => Promise.reject(new Error('of the job')))
    await expect(run(from('a'), job('third'))).rejects.toThrow('busy')
    const other = run(from('b'), job('other'))
    await expect(run(from('c'), job('fifth'))).rejects.toThrow('busy')
    const failed = failing.catch((error: Error) => error.message)
    await end('first')
    await end('other')
    expect(await failed).toBe('of the job')
    expect(begun).toEqual(['first', 'other'])
    await expect(first).resolves.toBe('first')
    await expect(other).resolves.toBe('other')
  })
})
