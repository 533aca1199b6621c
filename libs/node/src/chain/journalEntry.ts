import { bigIntToBytes, bytesToBigInt, concatBytes, type Hash } from '@animechain/core'

/** A transaction that the pool took. */
export interface JournalEntry {
  hash: Hash
  raw: Uint8Array
  /** milliseconds since the Unix epoch */
  since: number
}

/** 0 ‖ milliseconds (u48) ‖ transaction. No transaction begins with 0: a value that does not is one alone, written as its block left the chain. */
export const encodeEntry = ({ raw, since }: JournalEntry): Uint8Array =>
  concatBytes(Uint8Array.of(0), bigIntToBytes(BigInt(Math.max(0, since)), 6), raw)

export function decodeEntry(value: Uint8Array): { raw: Uint8Array; since: number | undefined } {
  if (value[0] !== 0) return { raw: value, since: undefined }
  return { raw: value.subarray(7), since: Number(bytesToBigInt(value.subarray(1, 7))) }
}
