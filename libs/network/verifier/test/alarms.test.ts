import { afterEach, describe, expect, test } from '@jest/globals'
import {
  silentLogger,
  silentMetrics,
  systemClock,
  type Address,
  type Assertion,
  type Metrics,
} from '@animechain/core'
import { alarmTopic, gossip } from '@animechain/network-gossip'
import { decodeList, type Alarm } from '@animechain/network-protocol'
import { privateKeyToAccount } from 'viem/accounts'
import {
  alarmAbout,
  alarmDesk,
  alarmPoster,
  assertionIndex,
  judgeAlarm,
  signAlarm,
  type AlarmAnswer,
  type AlarmDeskOptions,
} from '../src/index.js'
import { account, domain, hash, other } from './world.js'

const game = (n: number): Address => `0x${n.toString(16).padStart(40, '0')}`
const right = hash('what this node derived')
const acc = (batchIndex: bigint) => hash(`inbox after ${batchIndex}`)
/** A lie about batch `n`, of the game with this number. */
const lie = (n: number, changes: Partial<Assertion> = {}): Assertion => ({
  ...{ id: game(n), index: BigInt(n), batchIndex: BigInt(n), batchAcc: acc(BigInt(n)) },
  ...{ blockNumber: BigInt(10 * n), outputRoot: hash(`lie ${n}`), parent: undefined, history: hash('any') },
  ...{ asserter: game(77), bond: 1n, status: 'pending', createdAt: 1n, challengeDeadline: 2n },
  ...changes,
})
const own = (batchIndex: bigint) =>
  batchIndex < 5n ? { acc: acc(batchIndex), outputRoot: right } : undefined
const alarm = (n: number, changes: Partial<Alarm> = {}): Alarm => ({
  ...alarmAbout(lie(n), right),
  ...changes,
})

describe('the judgement of an alarm', () => {
  test.each<[string, Alarm, Assertion | undefined, string]>([
    ['its assertion is on L1, and wrong by own derivation', alarm(3), lie(3), 'right'],
    [
      'its key writes addresses otherwise',
      alarm(3, { game: game(3).toUpperCase() as Address }),
      lie(3),
      'right',
    ],
    ['L1 has no such assertion', alarm(3), undefined, 'open'],
    ['L1 has another one there', alarm(3), lie(3, { outputRoot: hash('another lie') }), 'open'],
    ['it names another block', alarm(3), lie(3, { blockNumber: 31n }), 'open'],
    ['its batch is not derived yet', alarm(5), lie(5), 'open'],
    ['it is of another history of L1', alarm(3, { batchAcc: hash('a fork') }), lie(3), 'open'],
    ['the assertion is right', alarm(3, { claimed: right, derived: hash('x') }), lie(3), 'false'],
    ['the assertion is wrong, the alarm too', alarm(3, { derived: hash('x') }), lie(3), 'false'],
    ['it contradicts itself', alarm(9, { claimed: right }), undefined, 'false'],
  ])('when %s', (_, given, assertion, expected) => {
    expect(judgeAlarm(given, own(given.batchIndex), assertion).is).toBe(expected)
  })
})

/** A desk, with what it asked for, counted and told. */
function made(changes: Partial<AlarmDeskOptions> = {}) {
  const asked: Address[] = []
  const counts: Record<string, number> = {}
  const metrics: Metrics = {
    ...silentMetrics,
    counter: () => ({
      inc: (by = 1, labels) => (counts[labels!.verdict!] = (counts[labels!.verdict!] ?? 0) + by),
    }),
  }
  const desk = alarmDesk({
    async assertionOf(of) {
      asked.push(of)
      return [1, 2, 3, 4, 7].map((n) => lie(n)).find(({ id }) => id === of)
    },
    own,
    batchCount: () => 6n,
    clock: systemClock,
    logger: silentLogger,
    ...changes,
    metrics,
  })
  return { desk, asked, counts }
}

describe('the alarm desk', () => {
  test('asks L1 only about what own derivation agrees with', async () => {
    const { desk, asked, counts } = made()
    expect(await desk.check(alarm(3), account.address)).toBe(true)
    expect(await desk.check(alarm(9), account.address)).toBe('batch 9 is not on L1, which has 6')
    expect(await desk.check(alarm(5), account.address)).toBe('batch 5 is not derived here yet')
    expect(await desk.check(alarm(2, { derived: hash('x') }), account.address)).toMatch(
      /^a false alarm: expected/,
    )
    expect(await desk.check(alarm(3, { game: game(99) }), account.address)).toBe(
      `no assertion is known at ${game(99)}`,
    )
    expect(asked).toEqual([game(3), game(99)])
    expect(counts).toEqual({ right: 1, open: 3, false: 1 })
    expect(desk.raised()).toMatchObject([{ alarm: alarm(3), by: account.address.toLowerCase() }])
  })

  test('hears a key no more that raised false alarms, for a while, and others all the same', async () => {
    let now = 0
    const clock = { ...systemClock, now: () => now, elapsed: () => now }
    const { desk, asked, counts } = made({ clock, bounds: { maxFalse: 2, mutedMs: 1_000, maxKeys: 8 } })
    const falsely = (n: number) => desk.check(alarm(n, { derived: hash('x') }), account.address)
    await falsely(1)
    await falsely(2)
    const muted = `${account.address.toLowerCase()} raised false alarms`
    expect(await desk.check(alarm(3), account.address)).toBe(muted)
    expect(asked).toEqual([])
    expect(await desk.check(alarm(3), other.address)).toBe(true)
    expect(desk.muted()).toBe(1)
    now = 1_001
    expect(await desk.check(alarm(4), account.address)).toBe(true)
    expect(counts).toEqual({ false: 2, muted: 1, right: 2 })
    // Whoever makes up keys gets no more memory than there is.
    for (let n = 0; n < 40; n++) await desk.check(alarm(1, { derived: hash('x') }), game(1_000 + n))
    for (let n = 0; n < 40; n++) await desk.check(alarm(1, { derived: hash('x') }), game(1_000 + n))
    expect(desk.muted()).toBeLessThanOrEqual(8)
  })

  test('tells three right alarms of a game, and lists so many at most', async () => {
    const told: string[] = []
    const { desk } = made({ bounds: { maxListed: 4 }, onRight: ({ alarm: { game: of } }) => told.push(of) })
    for (const n of [1, 2])
      for (let key = 0; key < 5; key++) expect(await desk.check(alarm(n), game(1_000 + key))).toBe(true)
    expect(told).toEqual([1, 1, 1, 2, 2, 2].map((n) => game(n)))
    expect(desk.raised().map(({ alarm: { batchIndex } }) => batchIndex)).toEqual([1n, 2n, 2n, 2n])
  })
})

describe('the index of assertions', () => {
  /** A list on L1 whose last two entries can be reorganised. */
  function list(count: number) {
    const assertions = Array.from({ length: count }, (_, n) => lie(n))
    const reads: number[] = []
    const settlement = {
      assertionCount: async (options?: { at?: string }) =>
        BigInt(Math.max(0, assertions.length - (options?.at === 'finalized' ? 2 : 0))),
      async getAssertions(from: bigint, limit: number) {
        reads.push(Number(from))
        return assertions.slice(Number(from), Number(from) + limit)
      },
    }
    return { assertions, reads, settlement }
  }

  test('looks at L1 once in a while, however often strangers ask', async () => {
    let now = 0
    const clock = { ...systemClock, now: () => now, elapsed: () => now }
    const { assertions, reads, settlement } = list(250)
    const find = assertionIndex({ settlement, clock, most: 120 })
    const found = await Promise.all([...Array(50).keys()].map((n) => find(game(5_000 + n))))
    expect(found.every((each) => each === undefined)).toBe(true)
    expect(reads).toEqual([130, 230])
    expect((await find(game(140)))?.index).toBe(140n)
    // Too old, and not asked for.
    expect(await find(game(100))).toBeUndefined()
    assertions.push(lie(250))
    expect(await find(game(250))).toBeUndefined()
    now = 1_000
    expect((await find(game(250)))?.index).toBe(250n)
    expect(reads).toEqual([130, 230, 248])
  })

  test('forgets what a reorg of L1 took away', async () => {
    let now = 0
    const clock = { ...systemClock, now: () => now, elapsed: () => now }
    const { assertions, settlement } = list(4)
    const find = assertionIndex({ settlement, clock })
    expect((await find(game(3)))?.outputRoot).toBe(hash('lie 3'))
    assertions[3] = lie(3, { outputRoot: right })
    now = 2_000
    expect((await find(game(3)))?.outputRoot).toBe(right)
    assertions.pop()
    now = 4_000
    expect(await find(game(3))).toBeUndefined()
    expect((await find(game(1)))?.index).toBe(1n)
  })
})

describe('an alarm over HTTP', () => {
  const started: { stop(): unknown }[] = []
  afterEach(async () => {
    await Promise.all(started.splice(0).map((each) => each.stop()))
  })
  async function verifier(desk: ReturnType<typeof made>['desk']) {
    const node = gossip({
      ...{ chainId: 9n, topics: { alarm: alarmTopic({ domain, isAboutGame: desk.check }) } },
      ...{ p2p: false, http: { port: 0 } },
    })
    started.push(node)
    await node.start()
    return node
  }
  const signed = (given: Alarm, by = account) => signAlarm(by, domain, given)

  test('is taken by who derived the same, later by who had not yet, and a false one by nobody', async () => {
    let batches = 6n
    const node = await verifier(made().desk)
    const late = await verifier(made({ batchCount: () => batches }).desk)
    const away = 'http://127.0.0.1:1'
    const answers: [AlarmAnswer, boolean][] = []
    const poster = alarmPoster({
      ...{ urls: [node.httpUrl!, `${late.httpUrl}/`], clock: systemClock, retryMs: 2_100 },
      onAnswer: (_bytes, answer, last) => {
        answers.push([answer, last])
        // Its derivation comes that far only now.
        if (answer.url.startsWith(late.httpUrl!)) batches = 6n
      },
    })
    started.push(poster)
    batches = 3n
    const taken = await poster.post(await signed(alarm(3)))
    expect(taken.map(({ outcome }) => outcome)).toEqual(['taken', 'taken'])
    expect(
      answers.filter(([{ url }]) => url.startsWith(late.httpUrl!)).map(([{ said }, last]) => [said, last]),
    ).toEqual([
      ['batch 3 is not on L1, which has 3', false],
      ['accepted', true],
    ])
    const [falsely, nobody] = await alarmPoster({
      ...{ urls: [node.httpUrl!, away], clock: systemClock, giveUpMs: 0 },
    }).post(await signed(alarm(2, { derived: hash('x') }), other))
    expect(falsely).toMatchObject({ outcome: 'later', status: 422 })
    expect(falsely!.said).toMatch(/^a false alarm: expected the root/)
    expect(nobody).toMatchObject({ url: away, outcome: 'later', status: undefined })
    const refused = await alarmPoster({ urls: [node.httpUrl!], clock: systemClock }).post(new Uint8Array(352))
    expect(refused).toMatchObject([{ outcome: 'refused', status: 400 }])

    const listed = await (await fetch(`${node.httpUrl}/v1/alarms`)).arrayBuffer()
    const decoded = decodeList('alarm', new Uint8Array(listed))
    expect(decoded.ok && decoded.value.map(({ message }) => message)).toEqual([alarm(3)])
  })

  test('false ones of many keys take no place of a right one', async () => {
    const { desk } = made()
    const node = await verifier(desk)
    for (let n = 1; n <= 6; n++)
      await expect(
        node.publish(
          'alarm',
          await signed(alarm(3, { derived: hash(`x${n}`) }), privateKeyToAccount(hash(`key ${n}`))),
        ),
      ).rejects.toMatchObject({ code: 'GOSSIP_REFUSED' })
    expect(await node.publish('alarm', await signed(alarm(3)))).toMatchObject({ isNew: true })
    expect(node.recent('alarm')).toHaveLength(1)
  })
})
