import type { Hash } from '@animechain/core'

/** Payloads for those who ask. What was put in longest ago goes first. */
export interface PayloadCache {
  get(hash: Hash): Uint8Array | undefined
  put(hash: Hash, bytes: Uint8Array): void
}

/** What an entry takes besides its bytes. */
const ENTRY_BYTES = 256

/** @param maxBytes of all payloads together, with what each takes besides */
export function payloadCache(maxBytes: number): PayloadCache {
  const payloads = new Map<Hash, Uint8Array>()
  const sizeOf = (bytes: Uint8Array | undefined) => (bytes ? bytes.length + ENTRY_BYTES : 0)
  let size = 0
  const drop = (hash: Hash) => {
    size -= sizeOf(payloads.get(hash))
    payloads.delete(hash)
  }
  return {
    get: (hash) => payloads.get(hash),
    put(hash, bytes) {
      drop(hash)
      payloads.set(hash, bytes)
      size += sizeOf(bytes)
      while (size > maxBytes) drop(payloads.keys().next().value!)
    },
  }
}
