import { deepEqual, equal, ok } from '../assert.js'
import type { Promises } from '../runner.js'
import { at, isData, put, sample, type DaWorld } from './world.js'

/** What a backend says of itself and of its place. */
export const service: Promises<DaWorld> = {
  'status knows what was put, and nothing of what was not': async ({ da }) => {
    const { commitment, location } = await put(da, sample(40))
    ok(['pending', 'included', 'final'].includes((await da.status(commitment, location)).status))
    const unknown = commitment.slice()
    unknown[unknown.length - 1]! ^= 1
    ok(['unknown', 'lost'].includes((await da.status(unknown)).status))
  },

  'a quote bills at least the data and the least billed size': async ({ da }) => {
    for (const size of [1, 10_000]) {
      const { billedBytes, feeWei } = await da.quote(size)
      ok(billedBytes >= BigInt(size) && billedBytes >= da.capabilities.minBilled)
      ok(feeWei === undefined || feeWei > 0n)
    }
    deepEqual(await da.health(), { ok: true })
  },

  'start and stop may be called twice': async ({ da }) => {
    await da.start()
    const data = sample(40)
    const { commitment, location } = await put(da, data)
    isData(await da.get(commitment, at(location)), data)
    await da.stop()
    await da.stop()
  },
}

/** Of backends with a way between them and their place. */
export const distance: Promises<DaWorld> = {
  'a place out of reach is unavailable, never missing, and nothing throws': async ({ da, unreachable }) => {
    const { commitment, location } = await put(da, sample(40))
    const away = await unreachable()
    // At once: each may ask more than once. Its health may be what it learnt from them.
    const [got, result, { status }, quote] = await Promise.all([
      away.get(commitment, at(location)),
      away.put(sample(40)),
      away.status(commitment, location),
      away.quote(10),
    ])
    equal(got.status, 'unavailable')
    equal(result.status, 'error')
    ok(result.status === 'error' && result.retryable)
    equal(status, 'unknown')
    equal((await away.health()).ok, false)
    ok(quote.billedBytes >= 10n)
  },
}
