import { describe, expect, test } from '@jest/globals'
import { silentLogger, silentMetrics } from '@animechain/core'
import { longList } from '../src/answer.js'
import { method, type Context } from '../src/context.js'
import { dispatcher } from '../src/dispatch/dispatch.js'
import { defaultLimits } from '../src/limits.js'

const ask = (name: string) => Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: 1, method: name, params: [] }))
const caller = (address: string, isOpen = true) => ({
  client: { address, connection: 1 },
  isOpen,
  answerBytes: { take: () => true, give: () => undefined },
})

/** A list that takes a few slices to be written; counts how many are written at once. */
function lists() {
  const seen = { now: 0, most: 0 }
  const entries = function* () {
    seen.most = Math.max(seen.most, ++seen.now)
    for (let i = 0; i < 40; i++) {
      const until = performance.now() + 1
      while (performance.now() < until);
      yield i
    }
    seen.now--
  }
  return { seen, long: method([], () => longList(entries())) }
}

function dispatch(long: ReturnType<typeof method>, limits: Partial<typeof defaultLimits>) {
  return dispatcher({
    methods: { long, short: method([], () => 'short') },
    context: { limits: { ...defaultLimits, ...limits } } as Context,
    logger: silentLogger,
    metrics: silentMetrics,
  })
}

describe('long answers', () => {
  test('are written in two places at once, of which one client has one', async () => {
    const { seen, long } = lists()
    const run = dispatch(long, {})
    const ends: string[] = []
    const from = async (address: string) => {
      const answer = await run(ask('long'), caller(address))
      expect(answer).toMatch(/"result":\[0,1,.*,39\]/)
      ends.push(address)
    }
    const greedy = Array.from({ length: 6 }, () => from('greedy'))
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(seen.now).toBe(1)
    await from('modest')
    expect(ends.filter((address) => address === 'greedy').length).toBeLessThan(6)
    await Promise.all(greedy)
    expect(seen.most).toBe(2)
  })

  test('of one client wait up to a bound, and short ones do not wait for them', async () => {
    const { long } = lists()
    const run = dispatch(long, { clientHeavyQueue: 1 })
    const all = [1, 2, 3].map(() => run(ask('long'), caller('greedy')))
    expect(await run(ask('short'), caller('greedy'))).toContain('"result":"short"')
    const answers = (await Promise.all(all)).map(String)
    expect(answers.filter((answer) => answer.includes('too many calls wait'))).toHaveLength(1)
    expect(answers.filter((answer) => answer.includes('"result"'))).toHaveLength(2)
  })

  test('are not written any more when their time is over', async () => {
    const { seen, long } = lists()
    const run = dispatch(long, { answerTimeoutMs: 15 })
    expect(await run(ask('long'), caller('slow'))).toContain('timed out')
    await new Promise((resolve) => setTimeout(resolve, 60))
    // The list was left, not read to its end.
    expect(seen.now).toBe(1)
    expect(await run(ask('short'), caller('slow'))).toContain('"result":"short"')
  })
})
