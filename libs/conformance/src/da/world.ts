import {
  equalBytes,
  type Commitment,
  type DaGetResult,
  type DaKind,
  type DaLocation,
  type DataAvailability,
} from '@animechain/core'
import { equal, ok } from '../assert.js'
import type { FaultProxy } from '../faults/proxy.js'

/** What a test of the suite of `DataAvailability` runs on. */
export interface DaWorld {
  /** started */
  da: DataAvailability
  /** bytes of the data to put, none above `maxBytes` */
  sizes: readonly number[]
  /** Every reader of the place, started: the backend itself, and another where there can be one. */
  readers(): Promise<DataAvailability[]>
  /** A backend whose place is out of reach. */
  unreachable(): Promise<DataAvailability>
  /** A backend, started, that reaches the same place through a proxy which breaks things. */
  faulty(): Promise<{ da: DataAvailability; proxy: FaultProxy }>
  /** What the backend left in logs and metrics. */
  records(): Promise<unknown>
  /** Kind whose commitments it makes, where it is one of several ways to them. */
  kind: DaKind | undefined
}

/** Different for every call, so that suites that share a place do not meet. */
let salt = Date.now() % 1_000_000

export function sample(length: number): Uint8Array {
  salt++
  let state = 2 * salt + 1
  return Uint8Array.from({ length }, () => {
    state = Math.imul(state, 1_664_525) + 1_013_904_223
    return state >>> 24
  })
}

export interface Put {
  commitment: Commitment
  location: DaLocation | undefined
}

export async function put(da: DataAvailability, data: Uint8Array): Promise<Put> {
  const result = await da.put(data)
  if (result.status !== 'ok')
    throw result.status === 'error' ? result.error : new Error(`expected put to be ok, got ${result.status}`)
  return { commitment: result.commitment, location: result.location }
}

export function isData(result: DaGetResult, expected: Uint8Array): void {
  if (result.status === 'unavailable') throw result.error
  equal(result.status, 'data')
  if (result.status === 'data') ok(equalBytes(result.data, expected), 'other bytes than were put')
}

export const at = (location: DaLocation | undefined) => (location ? { location } : {})

/** Bytes by chance, the same for the same seed. */
export function byChance(seed: number, length: number): Uint8Array {
  let state = 2 * seed + 1
  return Uint8Array.from({ length }, () => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x297a2d39
    return state >>> 24
  })
}

/** Nothing, another prefix, one byte less, one byte more, the prefix alone, and another value. */
export function badCommitments(commitment: Commitment): Commitment[] {
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
