import { afterEach, expect, test } from '@jest/globals'
import type { BatchBlock, Hash, SealedHeader } from '@animechain/core'
import type { Rollup, RollupOptions, SignedAnnouncement } from '@animechain/node'
import { memoryStorage } from '@animechain/storage-memory'
import { addressOf, block, claimOf, codec, hashes, transfer, world, wrap, type World } from '../kit.js'
import { bus, countedMetrics } from './bus.js'

const KEY = 0
const OTHER_KEY = 1
let w: World
afterEach(() => w.stop())

type Bus = ReturnType<typeof bus>
const announcing = (b: Bus, key = KEY): Partial<RollupOptions> => ({
  announcements: { gossip: b.port(addressOf(key)) },
})
const follow = (b: Bus, maxUnsafeBlocks = 100): Partial<RollupOptions> => ({
  announcements: { gossip: b.port(), maxUnsafeBlocks },
})

/** A world whose L1 names a key, a sequencer that announces with it, and who follows. */
async function pair(over: { follower?: Partial<RollupOptions> } = {}) {
  w = world({ sequencer: addressOf(KEY) })
  const b = bus()
  const sequencer = await w.sequencer({ ...announcing(b), proposer: false })
  const follower = await w.verifier({ ...follow(b), ...over.follower })
  b.give(sequencer)
  return { b, sequencer, follower }
}

/** Builds blocks, announces them and has them followed. */
async function step(sequencer: Rollup, followers: Rollup[], count = 1): Promise<void> {
  await block(w, sequencer, count)
  await sequencer.services.announcer!.tick()
  for (const follower of followers) await follower.services.follower!.tick()
}

async function post(sequencer: Rollup, ...followers: Rollup[]): Promise<void> {
  await sequencer.services.batcher!.tick()
  for (const follower of followers) await follower.services.derivation.tick()
}

const latest = (rollup: Rollup) => rollup.chain.head('latest')
const announcementOf = (
  { number, hash, parentHash, timestamp }: SealedHeader,
  payloadHash: Hash,
  key = KEY,
): SignedAnnouncement => ({ number, hash, parentHash, timestamp, payloadHash, signer: addressOf(key) })

test('latest of a follower is what the sequencer announced, and safe what L1 has', async () => {
  const { b, sequencer, follower } = await pair()
  await sequencer.pool!.add(await transfer(2, 0))
  const news: Hash[] = []
  follower.chain.subscribe(({ added }) => news.push(...added.map(({ header }) => header.hash)))
  await step(sequencer, [follower], 3)

  expect(hashes(follower)).toEqual(hashes(sequencer))
  expect(news).toEqual(hashes(sequencer).slice(1))
  expect(follower.chain.blockByNumber(1n)!.transactions).toHaveLength(1)
  const { l2 } = follower.syncStatus()
  expect([l2.unsafe.number, l2.safe.number]).toEqual([3n, 0n])

  await post(sequencer, follower)
  expect(follower.chain.head('safe').hash).toBe(latest(sequencer).hash)
  await step(sequencer, [follower], 2)
  // What derivation took was there already.
  expect(news).toEqual(hashes(sequencer).slice(1))
  expect([latest(follower).number, follower.chain.head('safe').number]).toEqual([5n, 3n])
  // Two empty blocks have one payload.
  expect(b.fetches).toBe(3)
})

test('deposits come from L1: a block that reads one waits until this node sees it there', async () => {
  const { sequencer, follower } = await pair()
  w.settlement.l1.deposit({ from: addressOf(3), to: addressOf(3), mint: 5n })
  await sequencer.services.derivation.tick()
  await step(sequencer, [follower])
  expect(latest(sequencer).number).toBe(1n)
  expect(latest(follower).number).toBe(0n)

  await follower.services.derivation.tick()
  await follower.services.follower!.tick()
  expect(hashes(follower)).toEqual(hashes(sequencer))
  await step(sequencer, [follower], 2)
  await post(sequencer, follower)
  expect(follower.chain.head('safe').hash).toBe(latest(sequencer).hash)
})

test('only the key that L1 names is believed, and only as long as it is named', async () => {
  const metrics = countedMetrics()
  const { b, sequencer, follower } = await pair({ follower: { metrics } })
  await block(w, sequencer)
  const bytes = await codec.encode({
    blocks: [{ timestampDelta: 1, depositCount: 0, transactions: [] }],
    labels: [],
  })
  const announcement = announcementOf(latest(sequencer), b.payload(bytes), OTHER_KEY)
  await b.send(announcement)
  await follower.services.follower!.tick()
  expect(latest(follower).number).toBe(0n)
  expect(metrics.count('rollup_announcements_total', 'unsigned')).toBe(1)

  w.settlement.l1.setSequencer(addressOf(OTHER_KEY))
  w.clock.advance(20_000)
  await b.send(announcement)
  await follower.services.follower!.tick()
  expect(latest(follower).hash).toBe(latest(sequencer).hash)

  await expect(sequencer.services.announcer!.tick()).rejects.toMatchObject({ code: 'ANNOUNCER_WRONG_KEY' })
  await block(w, sequencer)
  // Blocks are built and posted all the same.
  expect(sequencer.health()).toMatchObject({ ok: true, detail: expect.stringContaining('announcer: ') })

  // What a key announced before another was named is not executed after.
  await b.send(announcementOf(latest(sequencer), announcement.payloadHash, OTHER_KEY))
  w.settlement.l1.setSequencer(addressOf(KEY))
  w.clock.advance(20_000)
  await follower.services.follower!.tick()
  expect(latest(follower).number).toBe(1n)
  await sequencer.services.announcer!.tick()
  await follower.services.follower!.tick()
  expect(hashes(follower)).toEqual(hashes(sequencer))
})

test('two blocks of one number: the first counts, until L1 has the other', async () => {
  const metrics = countedMetrics()
  const { b, sequencer, follower } = await pair({ follower: { metrics } })
  const twin = await w.sequencer({ ...announcing(b), proposer: false })
  b.give(twin)
  await twin.pool!.add(await transfer(2, 0))
  await step(sequencer, [follower], 2)
  w.clock.advance(-2_000)
  await step(twin, [follower], 3)

  expect(latest(twin).number).toBe(3n)
  expect(hashes(follower)).toEqual(hashes(sequencer))
  expect(metrics.count('rollup_announcements_total', 'equivocation')).toBe(2)
  expect(follower.health().ok).toBe(true)

  await post(twin, follower)
  expect(hashes(follower)).toEqual(hashes(twin))
  expect(follower.chain.head('safe').hash).toBe(latest(twin).hash)
  await step(twin, [follower])
  expect(hashes(follower)).toEqual(hashes(twin))
})

/** A block of the sequencer's with a payload of our own. */
const claims: { what: string; body: (own: BatchBlock) => Promise<Uint8Array>; outcome: string }[] = [
  {
    what: 'comes to another block',
    body: (own) => codec.encode({ blocks: [{ ...own, transactions: [] }], labels: [] }),
    outcome: 'refused',
  },
  {
    what: 'has two blocks',
    body: (own) => codec.encode({ blocks: [own, own], labels: [] }),
    outcome: 'refused',
  },
  {
    what: 'labels deposits that it does not read',
    body: (own) =>
      codec.encode({ blocks: [own], labels: [{ l1BlockHash: `0x${'11'.repeat(32)}`, logIndex: 0 }] }),
    outcome: 'refused',
  },
  { what: 'is no payload', body: async () => Uint8Array.of(1, 2, 3), outcome: 'refused' },
  {
    what: 'is too large',
    body: async () => new Uint8Array(codec.limits.compressedBytes + 1),
    outcome: 'missing',
  },
]
test.each(claims)('a payload that $what is not taken, and the next announcement is', async (claim) => {
  const metrics = countedMetrics()
  const { b, sequencer, follower } = await pair({ follower: { metrics } })
  const raw = await transfer(2, 0)
  await sequencer.pool!.add(raw)
  await block(w, sequencer)
  const header = latest(sequencer)
  const bytes = await claim.body({ timestampDelta: 1, depositCount: 0, transactions: [raw] })
  await b.send({ ...announcementOf(header, b.payload(bytes)), hash: `0x${'ba'.repeat(32)}` })
  await follower.services.follower!.tick()
  expect(latest(follower).number).toBe(0n)
  expect(metrics.count('rollup_announced_blocks_total', claim.outcome)).toBe(1)

  await sequencer.services.announcer!.tick()
  await follower.services.follower!.tick()
  expect(hashes(follower)).toEqual(hashes(sequencer))
  await post(sequencer, follower)
  expect(hashes(follower)).toEqual(hashes(sequencer))
})

test('blocks whose deposits L1 gave up are given up too, and those that come instead are taken', async () => {
  const { sequencer, follower } = await pair()
  await step(sequencer, [follower])
  w.settlement.l1.deposit({ from: addressOf(3), to: addressOf(3), mint: 5n })
  for (const node of [sequencer, follower]) await node.services.derivation.tick()
  await step(sequencer, [follower], 2)
  const before = hashes(follower)
  expect(before).toHaveLength(4)

  w.settlement.l1.reorg(1)
  for (const node of [follower, sequencer]) await node.services.derivation.tick()
  expect(latest(follower).number).toBe(1n)
  await step(sequencer, [follower], 3)
  expect(hashes(follower)).toEqual(hashes(sequencer))
  expect(hashes(follower)[2]).not.toBe(before[2])
  await post(sequencer, follower)
  expect(follower.chain.head('safe').hash).toBe(latest(sequencer).hash)
})

test('a gap is waited for: what was missed comes later or with L1', async () => {
  const { b, sequencer, follower } = await pair()
  await step(sequencer, [])
  const missed = b.published.splice(0)
  const late = await w.verifier(follow(b))
  await step(sequencer, [follower, late], 2)
  expect([latest(follower).number, latest(late).number]).toEqual([3n, 0n])
  w.clock.advance(130_000)
  w.settlement.l1.mine()
  await late.services.derivation.tick()
  for (const each of b.published.slice()) await b.send(each)
  expect(late.health()).toEqual({
    ok: true,
    detail:
      'block 3 was announced, 0 is the newest that was taken: none of those announced stands on block 0',
  })

  await b.send(missed[0]!)
  await late.services.follower!.tick()
  expect(hashes(late)).toEqual(hashes(sequencer))
})

test('without payloads a follower waits for L1, and goes on after it', async () => {
  const { b, sequencer, follower } = await pair()
  b.fallSilent()
  await step(sequencer, [follower], 2)
  expect(latest(follower).number).toBe(0n)
  await post(sequencer, follower)
  expect(hashes(follower)).toEqual(hashes(sequencer))
  b.give(sequencer)
  await step(sequencer, [follower])
  expect(hashes(follower)).toEqual(hashes(sequencer))
})

test('no more blocks are taken ahead of L1 than the bound says', async () => {
  w = world({ sequencer: addressOf(KEY) })
  const b = bus()
  const sequencer = await w.sequencer({ ...announcing(b), proposer: false })
  b.give(sequencer)
  const follower = await w.verifier(follow(b, 2))
  await step(sequencer, [follower], 5)
  expect(latest(follower).number).toBe(2n)
  await post(sequencer, follower)
  await step(sequencer, [follower])
  expect([follower.chain.head('safe').number, latest(follower).number]).toEqual([5n, 6n])
})

test('both sides can be killed: a follower keeps what it has, a sequencer announces again', async () => {
  w = world({ sequencer: addressOf(KEY) })
  const b = bus()
  const [ofSequencer, ofFollower] = [memoryStorage(), memoryStorage()]
  /** The disk outlives the process. */
  const disk = (storage: typeof ofSequencer) => ({ ...storage, stop: async () => {} })
  const begin = () =>
    Promise.all([
      w.sequencer({ ...announcing(b), proposer: false, storage: disk(ofSequencer) }),
      w.verifier({ ...follow(b), storage: disk(ofFollower) }),
    ])
  const [first, follower] = await begin()
  b.give(first)
  await step(first, [follower], 2)
  const said = b.published.splice(0)
  await first.stop()
  await follower.stop()

  b.fallSilent()
  const [second, again] = await begin()
  b.give(second)
  expect(latest(again).number).toBe(2n)
  await second.services.announcer!.tick()
  expect(b.published).toEqual(said)
  const fresh = await w.verifier(follow(b))
  await step(second, [again])
  expect(hashes(again)).toEqual(hashes(second))
  for (const each of said.slice()) await b.send(each)
  await fresh.services.follower!.tick()
  expect(hashes(fresh)).toEqual(hashes(second))
  await again.stop()

  // Without announcements a chain ends where L1's does.
  const plain = await w.verifier({ storage: disk(ofFollower) })
  expect(plain.services.follower).toBeUndefined()
  expect(latest(plain).number).toBe(0n)
})

test('verdicts rest on what L1 gave: announced blocks neither make an assertion right nor wrong', async () => {
  w = world({ sequencer: addressOf(KEY) })
  const b = bus()
  const announced = await w.sequencer({ ...announcing(b), proposer: false })
  const posted = await w.sequencer({ proposer: false })
  b.give(announced)
  await posted.pool!.add(await transfer(2, 0))
  let isShown = false
  const settlement = wrap(w.settlement, {
    view: async () => ({ ...(await w.settlement.view()), ...(isShown ? {} : { batchCount: 0n }) }),
  })
  const follower = await w.verifier({ ...follow(b), settlement, challenger: { challenge: true } })
  const wrong: Hash[] = []
  follower.on('wrongAssertion', ({ claimed }) => wrong.push(claimed))
  await step(announced, [follower])
  w.clock.advance(-1_000)
  await block(w, posted)
  await posted.services.batcher!.tick()
  const ofAnnounced = (await announced.outputAt(1n)).outputRoot
  const ofPosted = (await posted.outputAt(1n)).outputRoot
  for (const root of [ofAnnounced, ofPosted]) await w.settlement.assert(await claimOf(w.settlement, 0n, root))

  expect((await follower.outputAt(1n)).outputRoot).toBe(ofAnnounced)
  await follower.services.challenger!.tick()
  expect(wrong).toEqual([])
  isShown = true
  w.settlement.l1.mine()
  await follower.services.challenger!.tick()
  expect(wrong).toEqual([ofAnnounced])
  expect((await follower.outputAt(1n)).outputRoot).toBe(ofPosted)
})
