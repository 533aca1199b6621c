import {
  bytesToHex,
  commitmentPrefixes,
  concatBytes,
  equalBytes,
  keccak256,
  prefixesOf,
  type Commitment,
  type DaKind,
} from '@animechain/core'
import { deepEqual, equal, notEqual, ok } from '../assert.js'
import type { Promises } from '../runner.js'
import { at, badCommitments, byChance, isData, put, sample, type DaWorld } from './world.js'

/** What commitments promise. */
export const commitments: Promises<DaWorld> = {
  'has the prefix that is registered for it, or one that is free, and puts it in front of its commitments':
    async ({ da, kind }) => {
      const { id, prefix } = da.capabilities
      const prefixes = prefixesOf(da.capabilities)
      ok(prefixes.includes(prefix))
      equal(new Set(prefixes).size, prefixes.length)
      for (const each of prefixes) {
        const registered = Object.entries(commitmentPrefixes).find(([, known]) => known === each)?.[0]
        const isComposed = prefixes.length > 1
        ok(
          isComposed ||
            each === commitmentPrefixes[kind ?? (id as DaKind)] ||
            (registered === undefined && each >= 0 && each < 256),
        )
      }
      ok(prefixes.includes((await put(da, sample(10))).commitment[0]!))
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

/** Commitments of the kinds that are registered, by their shapes, to the hash of the data. */
function commitmentsOfKinds(data: Uint8Array): Commitment[] {
  const hash = keccak256(data)
  const blob = Uint8Array.of(1, ...hash.slice(1))
  return [
    ...[commitmentPrefixes.memory, commitmentPrefixes.calldata].map((kind) => Uint8Array.of(kind, ...hash)),
    concatBytes(Uint8Array.of(commitmentPrefixes.blob), blob),
    concatBytes(Uint8Array.of(commitmentPrefixes.blob), blob, blob),
    concatBytes(Uint8Array.of(commitmentPrefixes.altda, 0), hash),
    concatBytes(Uint8Array.of(commitmentPrefixes.altda, 1, 0), hash),
    concatBytes(Uint8Array.of(commitmentPrefixes.private, 1), hash, hash, new Uint8Array(16)),
  ]
}

/** Longest commitment that is made by chance, bytes. */
const MAX_CHANCE = 260
const CHANCES = 80

/** What commitments of others, and of nobody, are to a backend. */
export const confused: Promises<DaWorld> = {
  'commitments of other kinds are invalid, and no data fits them': async ({ da }) => {
    const data = sample(64)
    const { commitment } = await put(da, data)
    const own = prefixesOf(da.capabilities)
    const foreign = [
      ...commitmentsOfKinds(data),
      ...Object.values(commitmentPrefixes).map((kind) => Uint8Array.of(kind, ...commitment.slice(1))),
    ]
    for (const other of foreign.filter((each) => !own.includes(each[0]!))) {
      equal((await da.get(other)).status, 'invalid', `expected ${bytesToHex(other)} to be invalid`)
      equal((await da.verify(other, data)).valid, false)
    }
    // Of its own kind but not what it makes: whatever else it is, it is not this data.
    for (const other of commitmentsOfKinds(data).filter((each) => own.includes(each[0]!))) {
      const got = await da.get(other)
      if (got.status === 'data') isData(got, data)
    }
  },

  'bytes by chance are never data, and nothing throws': async ({ da }) => {
    const data = sample(100)
    const { commitment, location } = await put(da, data)
    for (let seed = 0; seed < CHANCES; seed++) {
      const chance = byChance(seed, 1 + MAX_CHANCE)
      const length = seed % 4 === 0 ? commitment.length : (chance[0]! * MAX_CHANCE) >> 8
      const bad = chance.slice(1, 1 + length)
      // Half of them begin as its own do.
      if (seed % 2 === 0 && bad.length > 0) bad.set(commitment.slice(0, Math.min(2, bad.length)))
      const { status } = await da.get(bad, seed % 8 === 0 ? at(location) : {})
      ok(['invalid', 'missing', 'unavailable'].includes(status), `${bytesToHex(bad)} is ${status}`)
      equal((await da.verify(bad, data)).valid, false)
      if (seed % 8 === 0) ok(['unknown', 'lost'].includes((await da.status(bad)).status))
    }
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
