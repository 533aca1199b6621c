import { bytesToHex } from '@animechain/core'
import { deepEqual, equal, ok } from '../assert.js'
import type { Promises } from '../runner.js'
import { at, isData, put, sample, type DaWorld } from './world.js'

/** What is put can be got, and nothing else. */
export const bytes: Promises<DaWorld> = {
  'gives back what was put, at every size, to any reader': async ({ da, sizes, readers }) => {
    for (const size of sizes) {
      const data = sample(size)
      const { commitment, location } = await put(da, data)
      for (const reader of await readers()) isData(await reader.get(commitment, at(location)), data)
      deepEqual(await da.verify(commitment, data), { valid: true })
    }
  },

  'puts at the same time do not lose one another': async ({ da }) => {
    const all = Array.from({ length: 4 }, (_, i) => sample(50 + i))
    const done = await Promise.all(all.map((data) => put(da, data)))
    for (const [i, { commitment, location }] of done.entries())
      isData(await da.get(commitment, at(location)), all[i]!)
  },

  'two puts with one idempotency key are one put': async ({ da }) => {
    const data = sample(60)
    const key = { idempotencyKey: `suite-${bytesToHex(data)}` }
    const [a, b] = await Promise.all([da.put(data, key), da.put(data, key)])
    const c = await da.put(data, key)
    equal(a.status, 'ok')
    deepEqual(b, a)
    deepEqual(c, a)
  },

  'a location that is wrong never leads to other data': async ({ da }) => {
    const [one, two] = [sample(80), sample(90)]
    const first = await put(da, one)
    const second = await put(da, two)
    const result = await da.get(first.commitment, at(second.location))
    if (result.status === 'data') isData(result, one)
    else ok(['missing', 'unavailable'].includes(result.status))
  },

  'a reader may change what it got': async ({ da }) => {
    const data = sample(300)
    const { commitment, location } = await put(da, data)
    const first = await da.get(commitment, at(location))
    isData(first, data)
    if (first.status === 'data') first.data.fill(0)
    isData(await da.get(commitment, at(location)), data)
  },

  'what was aborted before it began does nothing': async ({ da }) => {
    const signal = AbortSignal.abort()
    const aborted = await da.put(sample(40), { signal })
    equal(aborted.status, 'error')
    const { commitment, location } = await put(da, sample(40))
    equal((await da.get(commitment, { ...at(location), signal })).status, 'unavailable')
  },
}

/** Of backends that take no more than the suite can put. */
export const bounds: Promises<DaWorld> = {
  'too much data is refused with the bound, by put and by prepare': async ({ da }) => {
    const { maxBytes } = da.capabilities
    const data = new Uint8Array(Number(maxBytes) + 1)
    deepEqual(await da.put(data), { status: 'tooLarge', maxBytes })
    if (da.prepare) deepEqual(await da.prepare(data), { status: 'tooLarge', maxBytes })
  },
}

/** Of backends with ranges. */
export const ranges: Promises<DaWorld> = {
  'ranges are slices of the whole, at its edges and beyond': async ({ da }) => {
    const data = sample(1_000)
    const { commitment, location } = await put(da, data)
    for (const [offset, length] of [
      [0, 1],
      [10, 100],
      [990, 10],
      [0, 1_000],
      [0, 0],
      [500, 0],
      [999, 1],
      [999, 5_000],
      [1_000, 1],
      [5_000, 10],
      [0, 5_000],
    ] as const)
      isData(
        await da.get(commitment, { ...at(location), range: { offset, length } }),
        data.slice(offset, offset + length),
      )
    const nothing = await put(da, new Uint8Array(0))
    isData(
      await da.get(nothing.commitment, { ...at(nothing.location), range: { offset: 0, length: 9 } }),
      new Uint8Array(0),
    )
  },
}

/** Of backends that can erase. */
export const erasing: Promises<DaWorld> = {
  'what was erased is gone': async ({ da }) => {
    ok(da.erase)
    const { commitment, location } = await put(da, sample(40))
    deepEqual(await da.erase(commitment), { status: 'erased' })
    equal((await da.get(commitment, at(location))).status, 'missing')
    equal((await da.erase(commitment)).status, 'unknown')
  },
}
