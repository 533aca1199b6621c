import { bytesToHex, type DaGetResult, type DataAvailability } from '@animechain/core'
import { deepEqual, equal, ok } from '../assert.js'
import { canary } from '../faults/canary.js'
import type { Fault } from '../faults/proxy.js'
import type { Promises } from '../runner.js'
import { at, isData, put, sample, type DaWorld } from './world.js'

/** Faults by which nothing of the answer can be believed. */
const breaking: Fault[] = ['reset', 'lost', 'cut', 'shortened', 'error', 'busy', 'notFound', 'garbage']

/** Faults that an answer without a body shows as well, of which it is enough to try some with every call. */
const plain: Fault[] = ['reset', 'notFound']

const isUnavailable = (result: DaGetResult, fault: Fault) =>
  equal(result.status, 'unavailable', `expected no answer after the fault ${fault}, got ${result.status}`)

const saysAborted = (error: Error) =>
  ok(
    `${error.name} ${error.message} ${(error as { code?: string }).code}`.toLowerCase().includes('abort'),
    `expected to be told of the abort, got: ${error.message}`,
  )

/** Of backends with an HTTP server between them and their place. */
export const broken: Promises<DaWorld> = {
  'whatever breaks on the way is unavailable, never missing, and heals': async ({ da, faulty }) => {
    const data = sample(2_000)
    const { commitment, location } = await put(da, data)
    const others = async (away: DataAvailability, fault: Fault) => {
      const range = { offset: 3, length: 5 }
      const [ranged, { status }, quote] = await Promise.all([
        da.capabilities.ranged ? away.get(commitment, { ...at(location), range }) : undefined,
        away.status(commitment, location),
        away.quote(10),
      ])
      if (ranged) isUnavailable(ranged, fault)
      ok(['unknown', 'pending'].includes(status))
      ok(quote.billedBytes >= 10n)
      equal((await away.health()).ok, false)
    }
    // Each has a way of its own: a backend that asks again, and again, does so beside the others.
    const ways = []
    for (const fault of breaking) ways.push({ fault, ...(await faulty()) })
    await Promise.all(
      ways.map(async ({ fault, da: away, proxy }) => {
        proxy.break(fault)
        isUnavailable(await away.get(commitment, at(location)), fault)
        if (plain.includes(fault)) await others(away, fault)
        proxy.break(undefined)
        isData(await away.get(commitment, at(location)), data)
        deepEqual(await away.health(), { ok: true })
      }),
    )
  },

  'a slow answer is an answer': async ({ da, faulty }) => {
    const data = sample(3_000)
    const { commitment, location } = await put(da, data)
    const { da: away, proxy } = await faulty()
    proxy.break('slow')
    isData(await away.get(commitment, at(location)), data)
  },

  'a call that is aborted in flight ends, and says so': async ({ da, faulty }) => {
    const { commitment, location } = await put(da, sample(3_000))
    const { da: away, proxy } = await faulty()
    for (const fault of ['stalled', 'halted'] as const) {
      proxy.break(fault)
      const controller = new AbortController()
      const reading = away.get(commitment, { ...at(location), signal: controller.signal })
      await proxy.met()
      controller.abort()
      const read = await reading
      isUnavailable(read, fault)
      if (read.status === 'unavailable') saysAborted(read.error)
    }
    proxy.break('stalled')
    const controller = new AbortController()
    const putting = away.put(sample(3_000), { signal: controller.signal })
    await proxy.met()
    controller.abort()
    const result = await putting
    equal(result.status, 'error')
    if (result.status === 'error') saysAborted(result.error)
  },

  'a put whose answer was lost is one put when it is repeated': async ({ da, faulty }) => {
    const { da: away, proxy } = await faulty()
    for (const fault of ['lost', 'cut', 'error'] as const) {
      const data = sample(500)
      const key = { idempotencyKey: `suite-lost-${fault}-${bytesToHex(data.slice(0, 8))}` }
      proxy.break(fault, { times: 1 })
      const first = await away.put(data, key)
      proxy.break(undefined)
      if (first.status === 'error') ok(first.retryable, `expected that it may be tried again after ${fault}`)
      else equal(first.status, 'ok')
      const again = await away.put(data, key)
      if (again.status !== 'ok') throw again.status === 'error' ? again.error : new Error(again.status)
      if (first.status === 'ok') equal(bytesToHex(again.commitment), bytesToHex(first.commitment))
      isData(await da.get(again.commitment, at(again.location)), data)
    }
  },

  'what is put is in no address, header, error or line of a log': async ({ da, faulty, records }) => {
    const secret = canary()
    const data = Uint8Array.of(...sample(300), ...secret.bytes, ...sample(300))
    const printed = capturing()
    const results: unknown[] = []
    const { da: away, proxy } = await faulty()
    try {
      const { commitment, location } = await put(away, data)
      results.push(await away.status(commitment, location))
      // Those whose answers have something of it, or nothing that was expected.
      for (const fault of ['cut', 'shortened', 'garbage'] as const) {
        proxy.break(fault)
        results.push(await away.get(commitment, at(location)), await away.health())
      }
      proxy.break('error', { times: 1 })
      const refused = await away.put(data.slice(1))
      results.push(refused.status === 'error' ? refused : refused.status)
      results.push(await away.verify(commitment, data.slice(1)), await away.verify(commitment.slice(1), data))
    } finally {
      printed.stop()
    }
    const heads = proxy.seen.map(({ head }) => head).join('\n')
    for (const [place, text] of Object.entries({ heads, printed: printed.text(), records: await records() }))
      ok(!secret.isIn(text), `what was put is in the ${place}`)
    ok(!secret.isIn(results), 'what was put is in a result that is not data')
    // Who carries it sees it, unless that is what the backend promises against.
    if (da.capabilities.exposure !== 'plaintext-public')
      ok(!proxy.seen.some(({ body }) => secret.isIn(body)), 'what was put left in the clear')
  },
}

/** What this process prints, which still is printed. */
function capturing() {
  const streams = [process.stdout, process.stderr]
  const writes = streams.map((stream) => stream.write.bind(stream))
  let text = ''
  for (const [i, stream] of streams.entries())
    stream.write = ((...given: Parameters<typeof stream.write>) => {
      text += typeof given[0] === 'string' ? given[0] : Buffer.from(given[0]).toString('latin1')
      return writes[i]!(...given)
    }) as typeof stream.write
  return {
    text: () => text,
    stop: () => streams.forEach((stream, i) => (stream.write = writes[i]!)),
  }
}
