import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { daSuite } from '@animechain/conformance'
import {
  bytesToHex,
  isBaseError,
  type Clock,
  type DaCapabilities,
  type DaGetResult,
  type DaPutResult,
  type DataAvailability,
} from '@animechain/core'
import { altda, altDaServer, memoryStore, type AltDaServer } from '@animechain/da-altda'
import { memoryDa } from '@animechain/da-memory'
import { failover } from '../src/index.js'

const started: { stop(): Promise<void> }[] = []
afterEach(async () => {
  for (const each of started.splice(0).reverse()) await each.stop()
})

const server = async (port = 0, store = memoryStore()): Promise<AltDaServer> => {
  const made = altDaServer({ store, port, rate: { perSecond: 10_000, burst: 10_000 } })
  await made.start()
  started.push(made)
  return made
}
const away = 'http://127.0.0.1:1'
const bytes = (length: number) => Uint8Array.from({ length }, (_, i) => (i * 31 + length) & 0xff)
const isOk = (result: DaPutResult) => {
  if (result.status !== 'ok') throw result.status === 'error' ? result.error : new Error(result.status)
  return result
}
const dataOf = (result: DaGetResult) => (result.status === 'data' ? bytesToHex(result.data) : result.status)

/** A clock that is moved by hand. */
function manualClock(): Clock & { pass(ms: number): void } {
  let now = 0
  return {
    now: () => now,
    elapsed: () => now,
    sleep: async (ms) => void (now += ms),
    pass: (ms) => void (now += ms),
  }
}

/** A backend in memory that says of itself what it is told, and answers puts with what it is given. */
function scripted(
  capabilities: Partial<DaCapabilities>,
  answers: (DaPutResult | undefined)[] = [],
): DataAvailability & { puts: number } {
  const inner = memoryDa()
  const made = {
    ...inner,
    capabilities: { ...inner.capabilities, ...capabilities },
    puts: 0,
    async put(...args: Parameters<DataAvailability['put']>): Promise<DaPutResult> {
      made.puts++
      const next = answers.shift()
      if (next) return next
      const put = isOk(await inner.put(...args))
      return { ...put, commitment: Uint8Array.of(made.capabilities.prefix, ...put.commitment.slice(1)) }
    },
    get: (...[commitment, options]: Parameters<DataAvailability['get']>) =>
      inner.get(Uint8Array.of(0, ...commitment.slice(1)), options),
    verify: (...[commitment, data]: Parameters<DataAvailability['verify']>) =>
      inner.verify(Uint8Array.of(0, ...commitment.slice(1)), data),
  }
  return made
}
const publicly = { exposure: 'plaintext-public' } as const
const failing: DaPutResult = { status: 'error', error: new Error('it is down'), retryable: true }

let shared: string | undefined
let lasting: AltDaServer
beforeAll(async () => {
  lasting = altDaServer({ store: memoryStore(), port: 0, rate: { perSecond: 10_000, burst: 10_000 } })
  await lasting.start()
  shared = lasting.url
})
const inMemory = memoryDa()

daSuite({
  name: 'failover, the first works',
  describe,
  test,
  create: async () => failover({ backends: [altda({ url: shared! }), inMemory], tries: 1 }),
  features: { ranges: true },
  reader: async () => failover({ backends: [altda({ url: shared! }), inMemory], tries: 1 }),
  unreachable: async () => failover({ backends: [altda({ url: away }), altda({ url: away })], tries: 1 }),
  through: {
    url: () => shared!,
    create: async (url) =>
      failover({ backends: [altda({ url, timeoutMs: 1_000 }), altda({ url, timeoutMs: 1_000 })], tries: 1 }),
  },
})
daSuite({
  name: 'failover, the first is away',
  describe,
  test,
  create: async () =>
    failover({
      backends: [altda({ url: away, mirrors: [shared!] }), altda({ url: shared! }), inMemory],
      tries: 1,
    }),
  features: { ranges: true },
})
afterAll(() => lasting?.stop())

describe('another place', () => {
  test('is taken after so many failures, at once where the first asks for it or cannot work, and left when the first is back', async () => {
    const clock = manualClock()
    const switches: string[] = []
    const first = await server()
    const { port } = first
    const options = { clock, tries: 3, retryMs: 10, recoverAfterMs: 1_000 }
    const second = scripted(publicly)
    const da = failover({
      ...options,
      backends: [altda({ url: first.url }), second],
      onSwitch: ({ from, to }) => switches.push(`${from} > ${to}`),
    })
    const one = isOk(await da.put(bytes(10)))
    expect(one.commitment[0]).toBe(3)
    await first.stop()
    const two = isOk(await da.put(bytes(20)))
    expect(two.commitment[0]).toBe(0)
    expect(switches).toEqual(['altda > memory'])
    // It is away still, and nobody asks before the time.
    clock.pass(1_000)
    expect(isOk(await da.put(bytes(30))).commitment[0]).toBe(0)
    const again = await server(port)
    expect(isOk(await da.put(bytes(40))).commitment[0]).toBe(0)
    clock.pass(1_000)
    expect(isOk(await da.put(bytes(50))).commitment[0]).toBe(3)
    expect(switches).toEqual(['altda > memory', 'memory > altda'])
    // Read by the prefix; what a server lost with its memory is missing, not invalid.
    expect(dataOf(await da.get(two.commitment))).toBe(bytesToHex(bytes(20)))
    expect(dataOf(await da.get(one.commitment))).toBe('missing')
    await again.stop()
    expect(dataOf(await da.get(one.commitment))).toBe('unavailable')

    for (const answer of [
      { status: 'failover', reason: 'the chain for data is down' },
      { status: 'error', error: new Error('no account'), retryable: false },
    ] as const) {
      const asking = scripted({ ...publicly, prefix: 9 }, [answer])
      const composed = failover({ ...options, backends: [asking, scripted(publicly)] })
      expect(isOk(await composed.put(bytes(5))).commitment[0]).toBe(0)
      expect(asking.puts).toBe(1)
    }
    const trying = scripted({ ...publicly, prefix: 9 }, [failing, failing])
    const composed = failover({ ...options, backends: [trying, scripted(publicly)] })
    expect(isOk(await composed.put(bytes(5))).commitment[0]).toBe(9)
    expect(trying.puts).toBe(3)
  })

  test('is not taken because the first asks to wait, or was aborted', async () => {
    const stop = new AbortController()
    const waiting: DaPutResult = { status: 'rateLimited', retryAfterMs: 5 }
    const second = scripted(publicly)
    const first = scripted({ ...publicly, prefix: 9 }, [waiting])
    expect(await failover({ backends: [first, second] }).put(bytes(1))).toEqual(waiting)
    const aborting = scripted({ ...publicly, prefix: 9 })
    aborting.put = async () => {
      stop.abort()
      return failing
    }
    const da = failover({ backends: [aborting, second] })
    expect((await da.put(bytes(1), { signal: stop.signal })).status).toBe('error')
    expect(second.puts).toBe(0)
  })

  test('there is none: the bytes wait, and the next put begins where it can', async () => {
    const clock = manualClock()
    const first = scripted({ ...publicly, prefix: 9 }, [failing, failing])
    const second = scripted(publicly, [{ status: 'failover', reason: 'full' }])
    const da = failover({ clock, tries: 2, backends: [first, second] })
    expect(await da.put(bytes(1))).toMatchObject({ status: 'error', retryable: true })
    expect((await da.put(bytes(1))).status).toBe('ok')
  })

  test('two puts with one key are one put, also when the place changed between them', async () => {
    const first = scripted({ ...publicly, prefix: 9 }, [undefined, failing])
    const second = scripted(publicly)
    const da = failover({ backends: [first, second], tries: 1 })
    const key = { idempotencyKey: 'batch 7' }
    const before = isOk(await da.put(bytes(7), key))
    expect(isOk(await da.put(bytes(8))).commitment[0]).toBe(0)
    expect(await da.put(bytes(7), key)).toEqual(before)
    expect([first.puts, second.puts]).toEqual([2, 1])
  })

  test('what the settlement carries is prepared, where the part can', async () => {
    const first = scripted({ ...publicly, prefix: 9 }, [failing])
    const second = scripted(publicly)
    const evidence = Uint8Array.of(7)
    second.prepare = async () => ({
      commitment: Uint8Array.of(0, 7),
      attachment: { type: 'calldata', evidence },
    })
    const da = failover({ backends: [first, second], tries: 1 })
    expect(da.prepare).toBeUndefined()
    const put = isOk(await da.put(bytes(1), { attachments: ['calldata'] }))
    expect(put.attachment).toEqual({ type: 'calldata', evidence })
    expect(second.puts).toBe(0)
  })
})

describe('exposure never widens', () => {
  const places = {
    private: scripted({ id: 'committee', exposure: 'private' }),
    'ciphertext-public': scripted({ id: 'sealed blobs', exposure: 'ciphertext-public' }),
    'plaintext-public': scripted({ id: 'calldata', exposure: 'plaintext-public' }),
  }
  const order = ['private', 'ciphertext-public', 'plaintext-public'] as const
  const pairs = order.flatMap((first) => order.map((second) => [first, second] as const))

  test.each(pairs)('from %s to %s', (first, second) => {
    const compose = () => failover({ backends: [places[first], places[second]] })
    if (order.indexOf(second) <= order.indexOf(first)) {
      expect(compose().capabilities.exposure).toBe(first)
      return
    }
    let error: unknown
    try {
      compose()
    } catch (thrown) {
      error = thrown
    }
    expect(isBaseError(error) && error.code).toBe('COMPOSITION')
    for (const { capabilities } of [places[first], places[second]])
      expect((error as Error).message).toContain(capabilities.id)
  })

  test('not by way of a third, and not by a composite inside', () => {
    const [sealed, open] = [places['ciphertext-public'], places['plaintext-public']]
    expect(() => failover({ backends: [sealed, places.private, open] })).toThrow(/sealed blobs.*calldata/)
    const inner = failover({ backends: [open, places.private] })
    expect(() => failover({ backends: [sealed, inner] })).toThrow(
      /sealed blobs.*failover\(calldata, committee\)/,
    )
  })

  test('a confidential rollup takes no place in the clear, even as the first', () => {
    const [sealed, open] = [places['ciphertext-public'], places['plaintext-public']]
    expect(() => failover({ backends: [open, sealed], confidential: true })).toThrow(
      /a confidential rollup requires .*calldata/,
    )
    expect(failover({ backends: [sealed, places.private], confidential: true })).toBeDefined()
  })

  test('one backend is no composite', () => {
    expect(() => failover({ backends: [places.private] })).toThrow(/at least two/)
  })
})

test('a canary put by a confidential composite is in no public place, however its parts fail', async () => {
  const seen: Uint8Array[] = []
  const open = scripted({ ...publicly, id: 'open', prefix: 9 })
  const put = open.put
  open.put = async (data, options) => {
    seen.push(data)
    return put(data, options)
  }
  const committee = () =>
    scripted({ exposure: 'private' }, [failing, { status: 'failover', reason: 'three are gone' }, failing])
  const canary = new TextEncoder().encode('canary')
  expect(() => failover({ backends: [committee(), open], confidential: true })).toThrow()
  const da = failover({
    backends: [committee(), committee()],
    confidential: true,
    tries: 2,
    clock: manualClock(),
  })
  let result = await da.put(canary)
  for (let i = 0; i < 5 && result.status !== 'ok'; i++) result = await da.put(canary)
  expect(result.status).toBe('ok')
  expect(seen).toEqual([])
})

test('as the parts fail at random, every put that was acknowledged is read back', async () => {
  let state = 11
  const random = () => (state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0) / 2 ** 32
  const clock = manualClock()
  const parts = [9, 10, 11].map((prefix) => {
    const part = scripted({ ...publicly, prefix })
    const put = part.put
    part.put = async (...args) => {
      const chance = random()
      if (chance < 0.35) return failing
      if (chance < 0.5) return { status: 'failover', reason: 'busy' }
      return put(...args)
    }
    return part
  })
  const da = failover({ backends: parts, tries: 2, clock, recoverAfterMs: 5_000 })
  const done: [Uint8Array, Uint8Array][] = []
  const prefixes = new Set<number>()
  for (let i = 0; i < 300; i++) {
    clock.pass(Math.floor(random() * 4_000))
    const data = Uint8Array.of(i & 0xff, i >> 8, 1)
    const result = await da.put(data)
    if (result.status !== 'ok') {
      expect(result).toMatchObject({ status: 'error', retryable: true })
      continue
    }
    done.push([result.commitment, data])
    prefixes.add(result.commitment[0]!)
  }
  expect(prefixes).toEqual(new Set([9, 10, 11]))
  expect(done.length).toBeGreaterThan(200)
  for (const [commitment, data] of done) {
    expect(dataOf(await da.get(commitment))).toBe(bytesToHex(data))
    expect(await da.verify(commitment, data)).toEqual({ valid: true })
    expect((await da.verify(commitment, bytes(9))).valid).toBe(false)
  }
  expect((await da.get(Uint8Array.of(77, 1))).status).toBe('invalid')
})
