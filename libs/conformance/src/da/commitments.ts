import { bytesToHex, commitmentPrefixes, equalBytes, type DaKind } from '@animechain/core'
import { deepEqual, equal, notEqual, ok } from '../assert.js'
import type { Promises } from '../runner.js'
import { at, badCommitments, isData, put, sample, type DaWorld } from './world.js'

/** What commitments promise. */
export const commitments: Promises<DaWorld> = {
  'has the prefix that is registered for it, or one that is free, and puts it in front of its commitments':
    async ({ da }) => {
      const { id, prefix } = da.capabilities
      const registered = Object.entries(commitmentPrefixes).find(([, known]) => known === prefix)?.[0]
      ok(
        prefix === commitmentPrefixes[id as DaKind] ||
          (registered === undefined && prefix >= 0 && prefix < 256),
      )
      equal((await put(da, sample(10))).commitment[0], prefix)
    },

  'puts of the same data have the same commitment, and stay readable': async ({ da }) => {
    const data = sample(100)
    const first = await put(da, data)
    const second = await put(da, data)
    if (da.capabilities.addressing === 'precomputed')
      equal(bytesToHex(first.commitment), bytesToHex(second.commitment))
    isData(await da.get(first.commitment, at(first.location)), data)
    isData(await da.get(second.commitment, at(second.location)), data)
    const other = await put(da, sample(100))
    notEqual(bytesToHex(other.commitment), bytesToHex(first.commitment))
  },

  'verify refuses data that is corrupt, truncated, extended or other, and never throws': async ({ da }) => {
    const data = sample(200)
    const { commitment } = await put(da, data)
    const corrupt = data.slice()
    corrupt[100]! ^= 1
    const changed = [corrupt, data.slice(0, 199), data.slice(1), Uint8Array.of(...data, 0), new Uint8Array(0)]
    for (const bad of changed) equal((await da.verify(commitment, bad)).valid, false)
    for (const bad of badCommitments(commitment)) equal((await da.verify(bad, data)).valid, false)
    deepEqual(await da.verify(commitment, data), { valid: true })
  },

  'a commitment that is none is invalid, one that was never put has no data': async ({ da }) => {
    const { commitment, location } = await put(da, sample(200))
    for (const bad of badCommitments(commitment).slice(0, 4))
      equal((await da.get(bad, at(location))).status, 'invalid')
    const unknown = commitment.slice()
    unknown[unknown.length - 1]! ^= 1
    for (const result of [await da.get(unknown), await da.get(unknown, at(location))])
      ok(['missing', 'unavailable'].includes(result.status), `expected no data, got ${result.status}`)
  },
}

/** Of backends with `prepare`. */
export const preparing: Promises<DaWorld> = {
  'prepare is pure and agrees with put': async ({ da }) => {
    ok(da.prepare)
    const data = sample(500)
    const kept = data.slice()
    const [first, second] = [await da.prepare(data), await da.prepare(data)]
    deepEqual(second, first)
    ok(equalBytes(data, kept), 'prepare changed the data')
    ok('commitment' in first)
    if ('commitment' in first)
      equal(bytesToHex(first.commitment), bytesToHex((await put(da, data)).commitment))
  },
}
