import { deepEqual, equal, notEqual, ok } from 'node:assert/strict'
import {
  bytesToHex,
  commitmentPrefixes,
  equalBytes,
  type Commitment,
  type DaGetResult,
  type DaKind,
  type DaLocation,
  type DataAvailability,
} from '@animechain/core'

/** What a suite needs of a test runner: jest's, mocha's, vitest's or node:test's own functions fit. */
export interface DaTestRunner {
  describe(name: string, body: () => void): void
  test(name: string, body: () => Promise<void>, timeoutMs?: number): void
}

export interface DaSuiteOptions extends DaTestRunner {
  name: string
  /** A backend that can put and get. Called for every test; all of them may share one place. */
  create(): Promise<DataAvailability>
  /** Another reader of the same place with nothing but its address; absent where the object itself is the place. */
  reader?(): Promise<DataAvailability>
  /** A backend whose place is out of reach; absent where there is no way between. */
  unreachable?(): Promise<DataAvailability>
  /** Sizes of data to put, bytes; default 0, 1, 31, 32, 1,000 and 70,000. Those above `maxBytes` are left out. */
  sizes?: readonly number[]
  /** milliseconds for one test; default 90,000 */
  timeoutMs?: number
}

/** Different for every call, so that suites that share a place do not meet. */
let salt = Date.now() % 1_000_000

function sample(length: number): Uint8Array {
  salt++
  let state = 2 * salt + 1
  return Uint8Array.from({ length }, () => {
    state = Math.imul(state, 1_664_525) + 1_013_904_223
    return state >>> 24
  })
}

interface Put {
  commitment: Commitment
  location: DaLocation | undefined
}

async function put(da: DataAvailability, data: Uint8Array): Promise<Put> {
  const result = await da.put(data)
  if (result.status !== 'ok')
    throw result.status === 'error' ? result.error : new Error(`expected put to be ok, got ${result.status}`)
  return { commitment: result.commitment, location: result.location }
}

function isData(result: DaGetResult, expected: Uint8Array): void {
  if (result.status === 'unavailable') throw result.error
  equal(result.status, 'data')
  if (result.status === 'data') ok(equalBytes(result.data, expected), 'other bytes than were put')
}

const at = (location: DaLocation | undefined) => (location ? { location } : {})

/** What every implementation of core's `DataAvailability` promises. */
export function daSuite(options: DaSuiteOptions): void {
  const { describe } = options
  const timeout = options.timeoutMs ?? 90_000
  const test = (name: string, body: (da: DataAvailability) => Promise<void>) =>
    options.test(
      name,
      async () => {
        const da = await options.create()
        try {
          await da.start()
          await body(da)
        } finally {
          await da.stop()
        }
      },
      timeout,
    )

  describe(`DataAvailability: ${options.name}`, () => {
    test('has the prefix that is registered for it, or one that is free, and puts it in front of its commitments', async (da) => {
      const { id, prefix } = da.capabilities
      const registered = Object.entries(commitmentPrefixes).find(([, known]) => known === prefix)?.[0]
      ok(
        prefix === commitmentPrefixes[id as DaKind] ||
          (registered === undefined && prefix >= 0 && prefix < 256),
      )
      equal((await put(da, sample(10))).commitment[0], prefix)
    })

    test('gives back what was put, at every size, to any reader', async (da) => {
      const sizes = options.sizes ?? [0, 1, 31, 32, 1_000, 70_000]
      for (const size of sizes.filter((n) => BigInt(n) <= da.capabilities.maxBytes)) {
        const data = sample(size)
        const { commitment, location } = await put(da, data)
        isData(await da.get(commitment, at(location)), data)
        deepEqual(await da.verify(commitment, data), { valid: true })
        if (!options.reader) continue
        const reader = await options.reader()
        await reader.start()
        isData(await reader.get(commitment, at(location)), data)
        await reader.stop()
      }
    })

    test('puts of the same data have the same commitment, and stay readable', async (da) => {
      const data = sample(100)
      const first = await put(da, data)
      const second = await put(da, data)
      if (da.capabilities.addressing === 'precomputed')
        equal(bytesToHex(first.commitment), bytesToHex(second.commitment))
      isData(await da.get(first.commitment, at(first.location)), data)
      isData(await da.get(second.commitment, at(second.location)), data)
      const other = await put(da, sample(100))
      notEqual(bytesToHex(other.commitment), bytesToHex(first.commitment))
    })

    test('puts at the same time do not lose one another', async (da) => {
      const all = Array.from({ length: 4 }, (_, i) => sample(50 + i))
      const done = await Promise.all(all.map((data) => put(da, data)))
      for (const [i, { commitment, location }] of done.entries())
        isData(await da.get(commitment, at(location)), all[i]!)
    })

    test('two puts with one idempotency key are one put', async (da) => {
      const data = sample(60)
      const key = { idempotencyKey: `suite-${salt}` }
      const [a, b] = await Promise.all([da.put(data, key), da.put(data, key)])
      const c = await da.put(data, key)
      equal(a.status, 'ok')
      deepEqual(b, a)
      deepEqual(c, a)
    })

    test('prepare is pure and agrees with put', async (da) => {
      if (!da.prepare) return
      const data = sample(500)
      const kept = data.slice()
      const [first, second] = [await da.prepare(data), await da.prepare(data)]
      deepEqual(second, first)
      ok(equalBytes(data, kept), 'prepare changed the data')
      ok('commitment' in first)
      if ('commitment' in first)
        equal(bytesToHex(first.commitment), bytesToHex((await put(da, data)).commitment))
    })

    test('verify refuses data that is corrupt, truncated, extended or other, and never throws', async (da) => {
      const data = sample(200)
      const { commitment } = await put(da, data)
      const corrupt = data.slice()
      corrupt[100]! ^= 1
      const changed = [
        corrupt,
        data.slice(0, 199),
        data.slice(1),
        Uint8Array.of(...data, 0),
        new Uint8Array(0),
      ]
      for (const bad of changed) equal((await da.verify(commitment, bad)).valid, false)
      for (const bad of badCommitments(commitment)) equal((await da.verify(bad, data)).valid, false)
      deepEqual(await da.verify(commitment, data), { valid: true })
    })

    test('a commitment that is none is invalid, one that was never put has no data', async (da) => {
      const { commitment, location } = await put(da, sample(200))
      for (const bad of badCommitments(commitment).slice(0, 4))
        equal((await da.get(bad, at(location))).status, 'invalid')
      const unknown = commitment.slice()
      unknown[unknown.length - 1]! ^= 1
      for (const result of [await da.get(unknown), await da.get(unknown, at(location))])
        ok(['missing', 'unavailable'].includes(result.status), `expected no data, got ${result.status}`)
    })

    test('a location that is wrong never leads to other data', async (da) => {
      const [one, two] = [sample(80), sample(90)]
      const first = await put(da, one)
      const second = await put(da, two)
      const result = await da.get(first.commitment, at(second.location))
      if (result.status === 'data') isData(result, one)
      else ok(['missing', 'unavailable'].includes(result.status))
    })

    test('a reader may change what it got', async (da) => {
      const data = sample(300)
      const { commitment, location } = await put(da, data)
      const first = await da.get(commitment, at(location))
      isData(first, data)
      if (first.status === 'data') first.data.fill(0)
      isData(await da.get(commitment, at(location)), data)
    })

    test('ranges are slices of the whole', async (da) => {
      if (!da.capabilities.ranged) return
      const data = sample(1_000)
      const { commitment, location } = await put(da, data)
      for (const [offset, length] of [
        [0, 1],
        [10, 100],
        [990, 10],
        [0, 1_000],
      ] as const)
        isData(
          await da.get(commitment, { ...at(location), range: { offset, length } }),
          data.slice(offset, offset + length),
        )
    })

    test('too much data is refused with the bound, by put and by prepare', async (da) => {
      const { maxBytes } = da.capabilities
      if (maxBytes > 16n * 2n ** 20n) return
      const data = new Uint8Array(Number(maxBytes) + 1)
      deepEqual(await da.put(data), { status: 'tooLarge', maxBytes })
      if (da.prepare) deepEqual(await da.prepare(data), { status: 'tooLarge', maxBytes })
    })

    test('what was aborted before it began does nothing', async (da) => {
      const signal = AbortSignal.abort()
      const aborted = await da.put(sample(40), { signal })
      equal(aborted.status, 'error')
      const { commitment, location } = await put(da, sample(40))
      equal((await da.get(commitment, { ...at(location), signal })).status, 'unavailable')
    })

    test('status knows what was put, and nothing of what was not', async (da) => {
      const { commitment, location } = await put(da, sample(40))
      ok(['pending', 'included', 'final'].includes((await da.status(commitment, location)).status))
      const unknown = commitment.slice()
      unknown[unknown.length - 1]! ^= 1
      ok(['unknown', 'lost'].includes((await da.status(unknown)).status))
    })

    test('a quote bills at least the data and the least billed size', async (da) => {
      for (const size of [1, 10_000]) {
        const { billedBytes, feeWei } = await da.quote(size)
        ok(billedBytes >= BigInt(size) && billedBytes >= da.capabilities.minBilled)
        ok(feeWei === undefined || feeWei > 0n)
      }
      deepEqual(await da.health(), { ok: true })
    })

    test('what was erased is gone', async (da) => {
      if (!da.capabilities.erasable || !da.erase) return
      const { commitment, location } = await put(da, sample(40))
      deepEqual(await da.erase(commitment), { status: 'erased' })
      equal((await da.get(commitment, at(location))).status, 'missing')
      equal((await da.erase(commitment)).status, 'unknown')
    })

    test('start and stop may be called twice', async (da) => {
      await da.start()
      await da.stop()
      await da.stop()
    })

    const { unreachable } = options
    if (!unreachable) return
    test('a place out of reach is unavailable, never missing, and nothing throws', async (da) => {
      const { commitment, location } = await put(da, sample(40))
      const away = await unreachable()
      const got = await away.get(commitment, at(location))
      equal(got.status, 'unavailable')
      const result = await away.put(sample(40))
      equal(result.status, 'error')
      ok(result.status === 'error' && result.retryable)
      equal((await away.status(commitment, location)).status, 'unknown')
      equal((await away.health()).ok, false)
      ok((await away.quote(10)).billedBytes >= 10n)
    })
  })
}

/** Nothing, another prefix, one byte less, one byte more, the prefix alone, and another value. */
function badCommitments(commitment: Commitment): Commitment[] {
  const prefixed = commitment.slice()
  prefixed[0]! ^= 0x40
  const other = commitment.slice()
  other[other.length - 1]! ^= 1
  return [
    new Uint8Array(0),
    prefixed,
    commitment.slice(0, -1),
    Uint8Array.of(...commitment, 0),
    commitment.slice(0, 1),
    other,
  ]
}
