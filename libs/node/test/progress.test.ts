import { afterEach, describe, expect, test } from '@jest/globals'
import { nextBlockTime, type BlockTimeFacts } from '../src/sequencing/timestamp.js'
import { stalls, warnings, type ProgressFacts } from '../src/progress.js'
import { addressOf, block, hashes, world, wrap, type World } from './kit.js'

describe('the time of the next block', () => {
  const t = 1_700_000_000
  const calm: BlockTimeFacts = {
    wallMs: t * 1000,
    l1HeadMs: (t - 8) * 1000,
    l1NowMs: (t - 2) * 1000,
    last: { nowMs: (t - 1) * 1000, agoMs: 1_000 },
    sinceBlockMs: 1_000,
    parent: BigInt(t - 1),
    maxDriftSeconds: 10,
  }
  const cases: [string, Partial<BlockTimeFacts>, number | undefined][] = [
    ['is the clock’s', {}, t],
    ['is later than its parent’s', { parent: BigInt(t + 3) }, t + 4],
    ['does not leap with a clock that jumps ahead', { wallMs: (t + 3_600) * 1000 }, t],
    [
      'catches up at once with what L1 says',
      { wallMs: (t + 3_600) * 1000, l1HeadMs: (t + 3_595) * 1000, l1NowMs: (t + 3_599) * 1000 },
      t + 3_599,
    ],
    [
      'is that of L1’s newest block where the clock is behind it',
      { wallMs: (t - 3_600) * 1000, parent: BigInt(t - 20) },
      t - 8,
    ],
    ['goes on while the clock is behind', { wallMs: (t - 3_600) * 1000 }, t],
    [
      'at the start is not far ahead of L1 either',
      { wallMs: (t + 3_600) * 1000, last: undefined },
      t - 2 + 300,
    ],
    ['waits while the newest block is far ahead', { parent: BigInt(t + 20) }, undefined],
    ['does not wait for long', { parent: BigInt(t + 20), sinceBlockMs: 2_000 }, t + 21],
    ['is never more than the inbox takes', { parent: BigInt(t + 400), sinceBlockMs: 60_000 }, undefined],
    ['follows the clock while L1 is silent', { l1HeadMs: (t - 7_200) * 1000, l1NowMs: (t - 3) * 1000 }, t],
  ]
  test.each(cases)('%s', (_name, over, expected) => {
    const { timestamp } = nextBlockTime({ ...calm, ...over })
    expect(timestamp).toBe(expected === undefined ? undefined : BigInt(expected))
  })
})

describe('what stalls', () => {
  const build = {
    idleMs: 900,
    stop: undefined,
    leadSeconds: 1,
    skewSeconds: 3,
    blockTimeMs: 1_000,
    maxDriftSeconds: 10,
    unsafeBlocks: 12n,
  }
  const well: ProgressFacts = {
    failures: [],
    sinceLookMs: 900,
    sinceBatchMs: 3_000_000,
    batchesApplied: 7n,
    build,
    unposted: { block: 31n, ageMs: 9_000, allowedMs: 15_000 },
    assertionDueMs: 2_000,
  }
  const cases: [string, Partial<ProgressFacts>, string[]][] = [
    ['nothing', {}, []],
    ['L1', { sinceLookMs: 61_000 }, ['L1 was not read for 61 s; 7 batches are applied']],
    [
      'nothing, but there is much to apply',
      { sinceLookMs: 400_000, sinceBatchMs: 1_000 },
      ['catching up with L1: 7 batches are applied'],
    ],
    ['blocks', { build: { ...build, idleMs: 11_000 } }, ['no block for 11 s']],
    ['nothing, where blocks are slow', { build: { ...build, idleMs: 55_000, blockTimeMs: 12_000 } }, []],
    [
      'blocks, for the clock',
      { build: { ...build, idleMs: 20_000, stop: 'clock', leadSeconds: 299 } },
      ['no block for 20 s: the newest is 299 s ahead of the clock'],
    ],
    [
      'blocks, for those before them',
      { build: { ...build, idleMs: 20_000, stop: 'tooManyUnsafe', unsafeBlocks: 4_096n } },
      ['no block for 20 s: 4096 blocks wait for L1'],
    ],
    [
      'blocks, for what L1 has',
      { build: { ...build, idleMs: 20_000, stop: 'notCaughtUp' } },
      ['no block for 20 s: not every batch on L1 is applied'],
    ],
    [
      'time',
      { build: { ...build, leadSeconds: 120 } },
      ['blocks are 120 s ahead of the clock, and come slowly until it has caught up'],
    ],
    [
      'batches',
      { unposted: { block: 31n, ageMs: 76_000, allowedMs: 15_000 } },
      ['block 31 has waited for L1 for 76 s'],
    ],
    ['assertions', { assertionDueMs: 301_000 }, ['an output has waited for its assertion for 301 s']],
    [
      'several things',
      { sinceLookMs: 61_000, failures: [{ service: 'batcher', message: 'insufficient funds' }] },
      ['L1 was not read for 61 s; 7 batches are applied', 'batcher: insufficient funds'],
    ],
  ]
  test.each(cases)('%s', (_name, over, expected) => {
    expect(stalls({ ...well, ...over })).toEqual(expected)
  })

  test('a clock that differs from L1’s is told, and is no stall', () => {
    const facts = { ...well, build: { ...build, skewSeconds: -3_600 } }
    expect(stalls(facts)).toEqual([])
    expect(warnings(facts)).toEqual(["this machine's clock is 3600 s behind L1's"])
    expect(warnings(well)).toEqual([])
  })

  test('announcements that do not come, or lead nowhere, are told, and are no stall', () => {
    const following = { heardMs: 900, takenMs: 900, announced: 40n, waiting: 'why', latest: 38n }
    const told = (over: Partial<typeof following>, failures: ProgressFacts['failures'] = []) => {
      const facts = { ...well, failures, following: { ...following, ...over } }
      expect(stalls(facts)).toEqual([])
      return warnings(facts)
    }
    expect(told({})).toEqual([])
    expect(told({ heardMs: 121_000 })).toEqual(['no block was announced for 121 s'])
    expect(told({ takenMs: 121_000 })).toEqual([
      'block 40 was announced, 38 is the newest that was taken: why',
    ])
    expect(told({ takenMs: 121_000, latest: 40n })).toEqual([])
    expect(told({}, [{ service: 'follower', message: 'no L1' }])).toEqual(['follower: no L1'])
  })
})

describe('a node whose clock is set', () => {
  let w: World
  afterEach(() => w.stop())

  /** A node whose clock can be set, and whose time goes on with L1's all the same. */
  async function node() {
    w = world()
    let offset = 0
    const clock = { ...w.clock, now: () => w.clock.now() + offset, elapsed: () => w.clock.now() }
    const rollup = await w.sequencer({ clock, batcher: { maxAgeSeconds: 5 }, proposer: false })
    const second = async () => {
      w.settlement.l1.mine()
      await rollup.services.derivation.tick()
      await block(w, rollup)
    }
    return {
      rollup,
      second,
      set: (seconds: number) => {
        offset = seconds * 1000
      },
      lead: () => Number(rollup.chain.head('latest').timestamp) - w.clock.now() / 1000,
    }
  }

  test.each([3_600, -3_600])('by %i s for 20 s: blocks go on, in time, and are posted', async (offset) => {
    const { rollup, second, set, lead } = await node()
    for (let i = 0; i < 5; i++) await second()
    set(offset)
    for (let i = 0; i < 20; i++) await second()
    expect(rollup.chain.head('latest').number).toBe(25n)
    expect(lead()).toBeLessThanOrEqual(5)
    expect(rollup.health().detail).toMatch(/clock is 36\d\d s/)
    set(0)
    for (let i = 0; i < 20; i++) await second()
    expect(rollup.chain.head('latest').number).toBe(45n)
    expect(Math.abs(lead())).toBeLessThanOrEqual(5)
    await rollup.services.batcher!.tick()
    expect(rollup.chain.head('safe').number).toBe(45n)
    expect(rollup.health()).toEqual({ ok: true })
    expect(hashes(await w.verifier())).toEqual(hashes(rollup))
  })

  test('at its start: blocks come more slowly until time has caught up, and health says so', async () => {
    const { rollup, second, set, lead } = await node()
    set(3_600)
    await second()
    expect(lead()).toBeGreaterThan(290)
    set(0)
    for (let i = 0; i < 100; i++) await second()
    expect(rollup.chain.head('latest').number).toBeGreaterThan(45n)
    expect(rollup.health()).toMatchObject({ ok: false, detail: expect.stringMatching(/ahead of the clock/) })
    for (let i = 0; i < 600; i++) await second()
    expect(lead()).toBeLessThanOrEqual(12)
    await rollup.services.batcher!.tick()
    expect(rollup.health()).toEqual({ ok: true })
  })
})

describe('L1 that hangs', () => {
  let w: World
  afterEach(() => w.stop())

  test('while a deposit is in view: blocks go on, and the deposit arrives when L1 answers again', async () => {
    w = world()
    let hangs = false
    let letGo = () => {}
    const answers = new Promise<void>((resolve) => (letGo = resolve))
    const settlement = wrap(w.settlement, {
      getDeposits: async (from, to) => {
        if (hangs) await answers
        return w.settlement.getDeposits(from, to)
      },
    })
    const rollup = await w.sequencer({ settlement })
    hangs = true
    w.settlement.l1.deposit({ from: addressOf(0), mint: 1n })
    const looking = rollup.services.derivation.tick()
    await new Promise((resolve) => setImmediate(resolve))
    await block(w, rollup, 5)
    expect(rollup.chain.head('latest').number).toBe(5n)
    w.clock.advance(60_000)
    expect(rollup.health()).toMatchObject({ ok: false, detail: expect.stringContaining('L1 was not read') })
    hangs = false
    letGo()
    await looking
    await block(w, rollup)
    expect(rollup.chain.blockByNumber(6n)!.transactions).toHaveLength(2)
    expect(rollup.health().ok).toBe(true)
  })

  test('deposits that a reorg replaced while they were held are fetched anew', async () => {
    w = world()
    const rollup = await w.sequencer({ sequencer: { l1Confirmations: 3 } })
    w.settlement.l1.deposit({ from: addressOf(0), mint: 1n })
    w.settlement.l1.deposit({ from: addressOf(1), mint: 2n })
    await rollup.services.derivation.tick()
    await block(w, rollup)
    w.settlement.l1.reorg(1)
    w.settlement.l1.deposit({ from: addressOf(2), mint: 3n })
    w.settlement.l1.mine(3)
    await rollup.services.derivation.tick()
    await block(w, rollup)
    await rollup.services.batcher!.tick()
    expect(rollup.chain.head('safe').number).toBe(2n)
    expect(hashes(await w.verifier())).toEqual(hashes(rollup))
  })
})

test('more deposits than are held at once arrive in order', async () => {
  const w = world()
  try {
    const rollup = await w.sequencer({ sequencer: { maxDepositsPerBlock: 500 } })
    for (let i = 0; i < 2_300; i++)
      w.settlement.l1.deposit({ from: addressOf(0), mint: 1n, gasLimit: 21_000n })
    for (let i = 0; i < 6; i++) {
      await rollup.services.derivation.tick()
      await block(w, rollup)
    }
    const counts = [1n, 2n, 3n, 4n, 5n, 6n].map(
      (number) => rollup.chain.blockByNumber(number)!.transactions.length,
    )
    expect(counts.reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(2_300)
  } finally {
    await w.stop()
  }
})
