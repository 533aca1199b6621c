import { describe, expect, test } from '@jest/globals'
import { counted, equal, ok } from '../src/assert.js'
import {
  codecSuite,
  daSuite,
  executionSuite,
  settlementSuite,
  storageSuite,
  type TestRunner,
} from '../src/index.js'

const never = () => Promise.reject(new Error('nothing is made here'))

/** The names of the tests that a suite registers. */
function registered(suite: (runner: TestRunner & { name: string }) => void): string[] {
  const names: string[] = []
  suite({ name: 'listed', describe: (_name, body) => body(), test: (name) => void names.push(name) })
  expect(new Set(names).size).toBe(names.length)
  return names
}

/** Which tests a declaration adds to those of a suite, and which it takes away. */
function difference(without: string[], withIt: string[]) {
  return {
    added: withIt.filter((name) => !without.includes(name)),
    gone: without.filter((name) => !withIt.includes(name)),
  }
}

describe('a suite registers what applies to the implementation, and nothing else', () => {
  test.each([
    [{ prepare: true }, ['prepare is pure and agrees with put'], []],
    [{ ranges: true }, ['ranges are slices of the whole, at its edges and beyond'], []],
    [{ erase: true }, ['what was erased is gone'], []],
    [{ unbounded: true }, [], ['too much data is refused with the bound, by put and by prepare']],
  ])('data availability that declares %j', (features, added, gone) => {
    const without = registered((runner) => daSuite({ ...runner, create: never }))
    const withIt = registered((runner) => daSuite({ ...runner, create: never, features }))
    expect(difference(without, withIt)).toEqual({ added, gone })
  })

  test('data availability with a way between it and its place', () => {
    const without = registered((runner) => daSuite({ ...runner, create: never }))
    const withIt = registered((runner) => daSuite({ ...runner, create: never, unreachable: never }))
    const added = ['a place out of reach is unavailable, never missing, and nothing throws']
    expect(difference(without, withIt)).toEqual({ added, gone: [] })
  })

  test('data availability with an HTTP server on the way', () => {
    const through = { url: () => '', create: never }
    const without = registered((runner) => daSuite({ ...runner, create: never }))
    const withIt = registered((runner) => daSuite({ ...runner, create: never, through }))
    const added = [
      'whatever breaks on the way is unavailable, never missing, and heals',
      'a slow answer is an answer',
      'a call that is aborted in flight ends, and says so',
      'a put whose answer was lost is one put when it is repeated',
      'what is put is in no address, header, error or line of a log',
    ]
    expect(difference(without, withIt)).toEqual({ added, gone: [] })
  })

  test.each([
    [{ getBody: true }, ['the body of a forced batch comes back']],
    [{ reorg: true }, ['after a reorg the view is that of the new chain']],
  ])('settlement that declares %j', (features, added) => {
    const without = registered((runner) => settlementSuite({ ...runner, create: never }))
    const withIt = registered((runner) => settlementSuite({ ...runner, create: never, features }))
    expect(difference(without, withIt)).toEqual({ added, gone: [] })
  })

  test('a store whose data another handle finds', () => {
    const without = registered((runner) => storageSuite({ ...runner, create: never }))
    const withIt = registered((runner) => storageSuite({ ...runner, create: never, reopen: never }))
    const added = ['another handle finds every batch that resolved before the stop']
    expect(difference(without, withIt)).toEqual({ added, gone: [] })
  })

  test('codecs and engines, of which every one can do everything', () => {
    const create = () => {
      throw new Error('nothing is made here')
    }
    const codec = { encode: never, decode: never, limits: {} } as never
    expect(registered((runner) => codecSuite({ ...runner, create: () => codec })).length).toBeGreaterThan(5)
    expect(registered((runner) => executionSuite({ ...runner, create })).length).toBeGreaterThan(70)
  })
})

describe('a test of a suite', () => {
  test('that asserts nothing fails', async () => {
    await expect(counted(async () => {})).rejects.toThrow('expected the test to assert something')
    await expect(counted(async () => ok(true))).resolves.toBeUndefined()
  })

  test('is not helped by the assertions of another that runs at the same time', async () => {
    const asserts = async () => {
      for (let turn = 0; turn < 10; turn++) {
        await new Promise((resolve) => setImmediate(resolve))
        equal(turn, turn)
      }
    }
    const idle = async () => {
      for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve))
    }
    const [first, second] = await Promise.allSettled([counted(idle), counted(asserts)])
    expect([first.status, second.status]).toEqual(['rejected', 'fulfilled'])
  })

  test('fails as its assertion does', async () => {
    await expect(counted(async () => equal(1, 2))).rejects.toMatchObject({ code: 'ERR_ASSERTION' })
  })

  test('of an implementation with a feature that was not declared fails, and says what to do', async () => {
    const bodies: (() => Promise<void>)[] = []
    daSuite({
      name: 'erasing',
      describe: (_name, body) => body(),
      test: (name, body) => void (name.startsWith('has the features') && bodies.push(body)),
      create: async () =>
        ({
          capabilities: { ranged: false, erasable: true, maxBytes: 1_000n },
          start: async () => {},
          stop: async () => {},
        }) as never,
    })
    expect(bodies).toHaveLength(1)
    await expect(bodies[0]!()).rejects.toThrow('expected the backend to have the `features`')
  })
})
