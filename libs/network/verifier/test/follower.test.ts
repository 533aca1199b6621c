import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { silentLogger, type Assertion, type Hash, type Hex } from '@animechain/core'
import { memoryStorage } from '@animechain/storage-memory'
import { finalAssertions } from '../src/service/follower.js'
import { journalIn } from '../src/service/journal.js'
import { hash } from './world.js'

interface Block {
  hash: Hash
  timestamp: bigint
  ids: readonly Hex[]
}

/** An L1 of which all is final, as far as it can be read: blocks, and the assertions that were made in each. */
function finalL1() {
  const blocks: Block[] = []
  let made = 0
  const push = (count: number): void => {
    const name = `${made++} on ${blocks.at(-1)?.hash}`
    const ids = Array.from({ length: count }, (_, i) => hash(`${name}, ${i}`).slice(0, 42) as Hex)
    blocks.push({ hash: hash(name), timestamp: BigInt(blocks.length), ids })
  }
  push(0)
  const list = (): Assertion[] =>
    blocks
      .flatMap(({ ids, timestamp: createdAt }) => ids.map((id) => ({ id, createdAt })))
      .map(({ id, createdAt }, index) => ({
        ...{ id, index: BigInt(index), batchIndex: BigInt(index), batchAcc: hash('acc'), blockNumber: 1n },
        ...{ outputRoot: hash('root'), parent: undefined, history: hash('history'), asserter: id, bond: 1n },
        ...{ status: 'pending' as const, createdAt, challengeDeadline: createdAt },
      }))
  const reads = { questions: 0 }
  return {
    push,
    /** The newest blocks give way to as many others, with so many assertions. */
    replace(depth: number, count: number): void {
      const gone = blocks.splice(Math.max(1, blocks.length - depth))
      for (const [i] of gone.entries()) push(i === 0 ? count : 0)
    },
    list,
    reads,
    settlement: {
      assertionCount: async () => BigInt(list().length),
      getAssertions: async (from: bigint, limit: number) => {
        reads.questions++
        return list().slice(Number(from), Number(from) + limit)
      },
    },
    block: {
      finalBlock: async () => ({ number: BigInt(blocks.length - 1), ...blocks.at(-1)! }),
      hashOf: async (number: bigint) => blocks[Number(number)]?.hash,
    },
  }
}

async function following(l1 = finalL1()) {
  const store = memoryStorage()
  await store.start()
  const journal = journalIn(store)
  const open = () =>
    finalAssertions({ settlement: l1.settlement, reads: l1.block, journal, logger: silentLogger })
  return { l1, journal, open, follower: open() }
}
const ids = (of: readonly Assertion[]) => of.map(({ id }) => id)
const judged = (of: readonly Assertion[]) => new Map(of.map(({ id }) => [id, 'right' as const]))

test('what has the place of a concluded assertion is opened, though there are as many as before; also after a restart', async () => {
  const { l1, journal, open, follower } = await following()
  for (const count of [2, 1, 1]) l1.push(count)
  expect(await follower.look()).toBe(0n)
  const before = l1.list()
  expect(ids(follower.open())).toEqual(ids(before))
  await follower.conclude(before, judged(before))
  expect(journal.cursor()).toBe(4n)
  await follower.look()
  expect(follower.open()).toEqual([])

  l1.replace(1, 1)
  const restarted = open()
  for (const each of [follower, restarted]) {
    await each.look()
    expect(ids(each.open())).toEqual([l1.list()[3]!.id])
  }
  // It waits; then L1 has a third in its place, and the one below it is another too.
  l1.replace(2, 2)
  await follower.look()
  expect(ids(follower.open())).toEqual(ids(l1.list().slice(2)))
  await follower.conclude(follower.open(), judged(follower.open()))
  expect(journal.cursor()).toBe(4n)
  await follower.look()
  expect(follower.open()).toEqual([])
})

test('nothing is asked twice of an L1 that keeps what it finalised', async () => {
  const { l1, follower } = await following()
  l1.push(3)
  await follower.look()
  await follower.conclude(l1.list(), judged(l1.list()))
  const { questions } = l1.reads
  await follower.look()
  l1.push(0)
  await follower.look()
  expect(l1.reads.questions).toBe(questions)
  l1.push(1)
  await follower.look()
  expect(l1.reads.questions).toBe(questions + 1)
})

test.each(Array.from({ length: 14 }, (_, i) => i))(
  'what L1 makes and changes while it is read is seen at the next look, after %i steps of this one',
  async (steps) => {
    const { l1, follower } = await following()
    const during = async (happens: () => void) => {
      const looking = follower.look()
      for (let n = 0; n < steps; n++) await Promise.resolve()
      happens()
      await looking
    }
    l1.push(2)
    await during(() => l1.push(1))
    // It may have been read, and is not of the block by which the look began.
    l1.replace(1, 1)
    await follower.look()
    expect(ids(follower.open())).toEqual(ids(l1.list()))
    l1.push(1)
    await during(() => l1.replace(2, 2))
    await follower.look()
    expect(ids(follower.open())).toEqual(ids(l1.list()))
  },
)

test('whatever L1 does, all that it has is open or concluded after the next look, and nothing else is open', async () => {
  const step = fc.oneof(
    fc.record({ is: fc.constant('push' as const), count: fc.nat(3) }),
    fc.record({
      is: fc.constant('replace' as const),
      depth: fc.integer({ min: 1, max: 4 }),
      count: fc.nat(3),
    }),
    fc.record({ is: fc.constant('conclude' as const), every: fc.integer({ min: 1, max: 3 }) }),
    fc.record({ is: fc.constant('restart' as const) }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const { l1, journal, open, follower: first } = await following()
      let follower = first
      for (const each of steps) {
        if (each.is === 'push') l1.push(each.count)
        if (each.is === 'replace') l1.replace(each.depth, each.count)
        if (each.is === 'restart') follower = open()
        if (each.is === 'conclude') {
          const done = follower.open().filter((_, i) => i % each.every === 0)
          await follower.conclude(done, judged(done))
        }
        await follower.look()
        const now = l1.list()
        const waiting = ids(follower.open())
        expect(waiting).toEqual(ids(now).filter((id) => waiting.includes(id)))
        for (const { id } of now) expect(waiting.includes(id) || journal.judged(id) === 'right').toBe(true)
      }
    }),
    { numRuns: 100 },
  )
})
