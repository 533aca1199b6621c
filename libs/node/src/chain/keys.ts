import { bigIntToBytes, bytesToBigInt, concatBytes, hexToBytes, type Hash } from '@animechain/core'

/** In front of each key of the chain. The journal and the index of logs have letters of their own behind it. */
const PREFIX = 'node/'
const encoder = new TextEncoder()
const key = (kind: string, ...parts: Uint8Array[]) => concatBytes(encoder.encode(PREFIX + kind), ...parts)
const byHash = (kind: string) => {
  const prefix = key(kind)
  return (hash: Hash) => concatBytes(prefix, hexToBytes(hash))
}
const byNumber = (kind: string) => {
  const prefix = key(kind)
  return (number: bigint) => concatBytes(prefix, encodeNumber(number))
}

/** A number as keys and values hold it: eight bytes, so that keys sort as numbers do. */
export const encodeNumber = (number: bigint): Uint8Array => bigIntToBytes(number, 8)

/** Where the chain is in the store. */
export const keys = {
  /** number of the newest block */
  head: key('m/head'),
  /** number of the newest final block */
  finalized: key('m/finalized'),
  /** how many batches are applied */
  batches: key('m/batches'),
  /** a header and what is remembered of its block */
  header: byHash('h/'),
  /** transactions and receipts of a block */
  body: byHash('b/'),
  /** hash of the canonical block of a number */
  number: byNumber('n/'),
  /** where a transaction is: {@link encodePlace} */
  transaction: byHash('t/'),
  /** a batch that was applied */
  applied: byNumber('a/'),
}

/** Where a transaction is: number of its block and index in it. */
export const encodePlace = (number: bigint, index: number): Uint8Array =>
  concatBytes(encodeNumber(number), bigIntToBytes(BigInt(index), 4))

export const decodePlace = (place: Uint8Array): { number: bigint; index: number } => ({
  number: bytesToBigInt(place.subarray(0, 8)),
  index: Number(bytesToBigInt(place.subarray(8, 12))),
})
