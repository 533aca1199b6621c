import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { silentLogger, silentMetrics } from '@animechain/core'
import { defaultBounds } from '../src/bounds.js'
import { gossip, peerIdOf } from '../src/index.js'
import { intake } from '../src/intake.js'
import { gossipMetrics } from '../src/metrics.js'
import { addressBook } from '../src/p2p/addressBook.js'
import { decodeRecentRequest, encodeRecentRequest } from '../src/p2p/exchange.js'
import { framed, frameParser, MalformedFrame } from '../src/p2p/frames.js'
import { guardRouter } from '../src/p2p/guard.js'
import { quietYamux } from '../src/p2p/libp2p.js'
import { penalties } from '../src/penalties.js'
import { rateLimit } from '../src/rate.js'
import { recent } from '../src/recent.js'
import { seen } from '../src/seen.js'
import { subscription } from '../src/subscription.js'
import type { GossipMessage, Verdict } from '../src/topic.js'
import { bytes, heard, randomBytes, start, text, until, words } from './world.js'

const message = (said: string, receivedAt = 0): GossipMessage => ({
  topic: 'words',
  bytes: bytes(said),
  key: said,
  group: undefined,
  rank: 0,
  source: { kind: 'self' },
  receivedAt,
})

describe('frames', () => {
  it('come out as they went in, however they are cut', () => {
    const random = randomBytes(1)
    const sent = [1, 2, 127, 128, 129, 16_383, 16_384, 40_000].map((length) => random(length))
    const wire = Buffer.concat(sent.map(framed))
    for (const size of [1, 7, 1_000, wire.length]) {
      const parser = frameParser(65_536)
      const got: Uint8Array[] = []
      for (let at = 0; at < wire.length; at += size) got.push(...parser.push(wire.subarray(at, at + size)))
      expect(got.map((frame) => Buffer.from(frame).toString('hex'))).toEqual(
        sent.map((frame) => Buffer.from(frame).toString('hex')),
      )
      expect(parser.pending).toBe(0)
    }
  })

  it('never hold more than was sent, and are refused where they are empty, too long or endless', () => {
    for (const wire of [[0], [0x81, 0x80, 0x80, 0x80], [0x81, 0x80, 0x04], [0xff, 0xff, 0xff, 0x7f]])
      expect(() => frameParser(65_536).push(Uint8Array.from(wire))).toThrow(MalformedFrame)
    const random = randomBytes(2)
    for (let n = 0; n < 500; n++) {
      const parser = frameParser(4_096)
      const wire = random(1 + (n % 300))
      try {
        const out = parser.push(wire)
        expect(out.reduce((sum, frame) => sum + frame.length, 0) + parser.pending).toBeLessThanOrEqual(
          wire.length,
        )
      } catch (error) {
        expect(error).toBeInstanceOf(MalformedFrame)
      }
    }
  })
})

describe('requests for what was missed', () => {
  it('are decoded as they were encoded, and nothing else is', () => {
    const digests = ['aa'.repeat(20), 'bb'.repeat(20)]
    expect(decodeRecentRequest(encodeRecentRequest('words', digests))).toEqual({
      topic: 'words',
      known: new Set(['aa'.repeat(8), 'bb'.repeat(8)]),
    })
    for (const wire of [[], [0], [5, 1], [65, ...new Array(65).fill(1)], [1, 97, 1]])
      expect(() => decodeRecentRequest(Uint8Array.from(wire))).toThrow(MalformedFrame)
  })
})

describe('tables', () => {
  it('remember so many for so long', () => {
    const table = seen(3, 100)
    for (const id of ['a', 'b', 'c', 'd']) table.add(id, 0)
    expect([table.has('a', 1), table.has('d', 1), table.size]).toEqual([false, true, 3])
    expect(table.has('d', 100)).toBe(false)
    table.add('e', 200)
    expect(table.size).toBe(1)
    table.add('f', 200, 10)
    expect([table.has('f', 209), table.has('f', 210)]).toEqual([true, false])
  })

  it('keep the newest messages by count, bytes and age', () => {
    const kept = recent({ count: 3, bytes: 10, forMs: 100 })
    for (const [index, said] of ['aaa', 'bbb', 'ccc', 'ddd'].entries()) kept.add(message(said, index), said)
    const list = (now: number) => kept.list({ limit: 10, now }).map(({ digest }) => digest)
    expect([list(4), kept.bytes]).toEqual([['bbb', 'ccc', 'ddd'], 9])
    kept.add(message('eeeeeeee', 5), 'e')
    expect([list(6), kept.bytes, kept.size]).toEqual([['e'], 8, 1])
    expect(list(105)).toEqual([])
    expect([kept.last, kept.bytes]).toEqual([5, 0])
  })

  it('give tokens in time', () => {
    const limit = rateLimit({ perSecond: 10, burst: 5 })
    expect([limit.take('a', 3, 0), limit.take('a', 3, 0), limit.take('b', 9, 0)]).toEqual([3, 2, 5])
    expect([limit.waitMs('a', 0), limit.waitMs('c', 0)]).toEqual([100, 0])
    expect([limit.take('a', 9, 250), limit.take('a', 9, 10_000)]).toEqual([2, 5])
    for (let n = 0; n < 10_000; n++) limit.take(`peer ${n}`, 5, 10_000)
    expect(limit.take('b', 5, 10_000)).toBe(5)
  })

  it('forget blame by halves, and keep the graylisted for their time', () => {
    const blamed = penalties({ halfLifeMs: 1_000, graylistMs: 5_000, most: 2 })
    for (let n = 0; n < 8; n++) expect(blamed.add('a', 'rejected', 0)).toBe(false)
    expect(Math.round(blamed.points('a', 1_000))).toBe(48)
    expect([blamed.add('a', 'rejected', 0), blamed.add('a', 'rejected', 0)]).toEqual([true, false])
    expect([blamed.isGraylisted('a', 4_999), blamed.isGraylisted('a', 5_000)]).toEqual([true, false])
    expect([blamed.count(1), blamed.count(5_000)]).toEqual([1, 0])
    blamed.add('b', 'malformed', 0)
    blamed.add('c', 'malformed', 0)
    expect([blamed.size, blamed.isGraylisted('a', 1)]).toEqual([2, false])
  })

  it('dial again after a pause that grows', () => {
    const book = addressBook(1)
    expect([book.add('a', '/a'), book.add('a', '/b'), book.add('b', '/c')]).toEqual([true, true, false])
    expect(book.due(0)).toEqual([{ peer: 'a', address: '/b' }])
    for (let n = 0; n < 30; n++) book.failed('a', 0)
    expect([book.due(4_999), book.due(5_000)]).toEqual([[], [{ peer: 'a', address: '/b' }]])
    book.succeeded('a')
    expect(book.due(0)).toHaveLength(1)
  })
})

describe('a subscription', () => {
  it('drops the oldest and counts it, and ends', async () => {
    const ended: string[] = []
    const queue = subscription(2, () => ended.push('closed'))
    expect(['a', 'b', 'c', 'd'].map((said) => queue.push(message(said)))).toEqual([true, true, false, false])
    expect([queue.waiting, queue.dropped]).toEqual([2, 2])
    const got: string[] = []
    for await (const each of queue) {
      got.push(text(each.bytes))
      if (got.length === 2) setTimeout(() => queue.push(message('late')), 1)
      if (got.length === 3) setTimeout(() => queue.close(), 1)
    }
    expect([got, ended]).toEqual([['c', 'd', 'late'], ['closed']])
  })

  it('is bounded in number, and ends with its node', async () => {
    const node = await start({ p2p: false, bounds: { maxSubscriptions: 1 } })
    const one = node.subscribe('words')
    expect(() => node.subscribe('words')).toThrow(/at most 1/)
    setTimeout(() => void node.stop(), 1)
    for await (const each of one) expect(each).toBeUndefined()
    expect(one.waiting).toBe(0)
  })
})

describe('the intake', () => {
  const made = (judge: (said: string) => Verdict | Promise<Verdict>, bounds = {}) => {
    const accepted: string[] = []
    const door = intake({
      topics: { words: { ...words, judge: (given) => judge(text(given)) } },
      bounds: { ...defaultBounds, ...bounds },
      clock: { now: () => now, elapsed: () => now, sleep: async () => {} },
      logger: silentLogger,
      metrics: gossipMetrics(silentMetrics),
      onAccepted: (given) => accepted.push(text(given.bytes)),
    })
    const take = async (said: string) => (await door.take('words', bytes(said), { kind: 'self' })).outcome
    return { door, take, accepted }
  }
  let now = 0
  const accept = (said: string): Verdict => ({ verdict: 'accept', key: said.split('/')[0]! })

  it('judges the same bytes once, and keeps so many of one key', async () => {
    let judged = 0
    const { take, accepted } = made((said) => {
      judged++
      return accept(said)
    })
    expect(await Promise.all([take('k/1'), take('k/1')])).toEqual(['accepted', 'duplicate'])
    expect(await take('k/2')).toBe('accepted')
    expect(await take('k/3')).toBe('duplicate')
    expect([judged, accepted]).toEqual([3, ['k/1', 'k/2']])
  })

  it('knows a message by its key when its digest is forgotten, so that it takes no place of another', async () => {
    const { take } = made(accept, { seenMs: 1_000 })
    now = 0
    expect(await take('k/1')).toBe('accepted')
    now = 5_000
    expect(await take('k/1')).toBe('duplicate')
    expect(await take('k/2')).toBe('accepted')
    expect(await take('k/3')).toBe('duplicate')
  })

  it('judges again later what could not be judged', async () => {
    let isKnown = false
    const { take } = made((said) => (isKnown ? accept(said) : { verdict: 'ignore', reason: 'not yet' }))
    now = 0
    expect(await take('member')).toBe('ignored')
    isKnown = true
    // Not judged yet, though it would be accepted now.
    expect(await take('member')).toBe('ignored')
    now = 2_000
    expect(await take('member')).toBe('accepted')
  })

  it('ignores what takes too long or throws, and takes no more at once than it may', async () => {
    let go = () => {}
    const { take, door } = made(
      (said) => {
        if (said === 'throws') throw new Error('broken rules')
        return new Promise<Verdict>((resolve) => (go = () => resolve(accept(said))))
      },
      { judgeTimeoutMs: 100, maxJudging: 2 },
    )
    expect(await take('throws')).toBe('ignored')
    const slow = [take('one'), take('two')]
    expect(door.sizes().judging).toBe(2)
    expect(await take('three')).toBe('ignored')
    expect(await Promise.all(slow)).toEqual(['ignored', 'ignored'])
    expect(door.sizes().judging).toBe(0)
    go()
  })

  it('stays within its bounds, whatever comes', async () => {
    const { take, door } = made(accept, {
      maxSeen: 50,
      maxKeys: 20,
      recent: { count: 10, bytes: 60, forMs: 1e9 },
    })
    for (let n = 0; n < 500; n++) await take(`word ${n}`)
    expect(door.sizes()).toEqual({ seen: 50, keys: 20, recent: 7, recentBytes: 56, judging: 0 })
  })
})

describe('an identity', () => {
  it('stays the same in its file, which is for its owner only', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'gossip-'))
    try {
      const identityFile = join(folder, 'keys', 'peer')
      const ids = [await peerIdOf(identityFile)]
      for (let n = 0; n < 2; n++) {
        const node = await start({ p2p: { identityFile, listen: [] } })
        ids.push(node.peerId!)
        await node.stop()
      }
      expect(new Set(ids).size).toBe(1)
      expect((await stat(identityFile)).mode & 0o777).toBe(0o600)
      const key = (await readFile(identityFile, 'utf8')).trim()
      await writeFile(identityFile, key.slice(0, -8))
      const failed = await start({ p2p: { identityFile } }).catch((error: unknown) => error)
      expect(failed).toMatchObject({ code: 'GOSSIP_IDENTITY' })
      expect(String(failed)).not.toContain(key.slice(20, 60))
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('is found again by its peers after a restart', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'gossip-'))
    try {
      const identityFile = join(folder, 'peer')
      const first = await start({ p2p: { identityFile } })
      const [address] = first.addresses
      const peer = await start({ p2p: { peers: [address!] } })
      await until(() => peer.peers().length === 1, 'the two to be connected')
      await first.stop()
      await until(() => peer.peers().length === 0, 'the first to be missed')
      await peer.publish('words', bytes('meanwhile'))
      const again = await start({ p2p: { identityFile, listen: [address!.replace(/\/p2p\/.*$/, '')] } })
      await until(() => heard(again).has('meanwhile'), 'what was said meanwhile')
      expect(again.addresses).toEqual([address])
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('must be in the address of a peer', async () => {
    await expect(start({ p2p: { peers: ['/ip4/127.0.0.1/tcp/1'] } })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
    })
  })

  it('is taken by one at a time: a port that is taken is said', async () => {
    const one = await start()
    const listen = [one.addresses[0]!.replace(/\/p2p\/.*$/, '')]
    await expect(start({ p2p: { listen } })).rejects.toMatchObject({ code: 'GOSSIP_LISTEN' })
  })
})

it('refuses names of topics that are none, and a gossipsub that cannot be bounded', () => {
  expect(() => gossip({ chainId: 1n, topics: {} })).toThrow(/topics/)
  expect(() => gossip({ chainId: 1n, topics: { 'a/b': words } })).toThrow(/topics/)
  expect(() => guardRouter({}, {} as never)).toThrow(/cannot be bounded/)
})

it('does not throw where a stream sends on a connection that has ended, and does for any other reason', () => {
  let status = 'open'
  const send = () => {
    throw new Error(`cannot write: ${status}`)
  }
  const made = quietYamux((() => () => ({ createStreamMuxer: () => ({ send }) })) as never)
  const muxer = made().createStreamMuxer({
    get status() {
      return status
    },
    addEventListener(_: string, closed: () => void) {
      closed()
    },
  } as never) as unknown as { send(data: Uint8Array): boolean }
  expect(() => muxer.send(new Uint8Array())).toThrow('cannot write: open')
  for (status of ['closing', 'closed', 'aborted']) expect(muxer.send(new Uint8Array())).toBe(false)
})

it('ends a connection whose peer answers no ping, and pings none that has ended', async () => {
  let pings = 0
  const ping = ({ signal }: { signal: AbortSignal }) => {
    pings++
    if (pings < 3) return Promise.resolve(1)
    return new Promise<number>((_, reject) =>
      signal.addEventListener('abort', () => reject(new Error('late'))),
    )
  }
  const yamux = (() => () => ({ createStreamMuxer: () => ({ ping, send: () => true }) })) as never
  const make = (below: unknown) =>
    quietYamux(yamux, {}, { everyMs: 5, patienceMs: 20 })().createStreamMuxer(below as never)
  const ended = new Promise<string>((resolve) => {
    make(
      Object.assign(new EventTarget(), { status: 'open', abort: (error: Error) => resolve(error.message) }),
    )
  })
  expect(await ended).toBe('The peer does not answer.')
  const other = Object.assign(new EventTarget(), { status: 'open' })
  make(other)
  other.dispatchEvent(new Event('close'))
  const before = pings
  await new Promise((resolve) => setTimeout(resolve, 30))
  expect(pings).toBe(before)
})
