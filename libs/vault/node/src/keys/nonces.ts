import { BaseError, type Address, type Hash } from '@animechain/core'
import { ordinal, withPrefix, type MetadataOperation, type MetadataStore } from '../metadata/store.js'

/** Requests whose time is not over yet that are remembered, at most. At 60 s a request that is 1,600 a second. */
const mostNonces = 100_000
const prefix = 'nonce/'
const floorKey = 'nonces-until'

/**
 * Nonces that were used, until the requests that they were in are over: a nonce counts once. They are written with the receipt of the decision, so a
 * node that was killed still knows them.
 */
export interface Nonces {
  start(): Promise<void>
  /** Whether a request may not be answered again: its nonce was used, or it is older than what is remembered. */
  has(key: Address, nonce: Hash, notAfter: bigint): boolean
  /**
   * Takes a nonce, at once for every request that comes now.
   * @returns what has to be written with the receipt
   * @throws {BaseError} `VAULT_BUSY` where too many are remembered
   */
  take(key: Address, nonce: Hash, notAfter: bigint): readonly MetadataOperation[]
  /** Forgets those whose requests are over. @param now seconds */
  prune(now: bigint): Promise<void>
}

/** Opens the nonces in the metadata of a node. */
export function nonces(metadata: MetadataStore): Nonces {
  const used = new Map<string, bigint>()
  /** Requests that end before were forgotten: they stay too old, also where the clock was set back. */
  let floor = 0n
  const id = (key: Address, nonce: Hash) => `${key}${nonce}`

  return {
    async start() {
      const stored = await metadata.get(floorKey)
      floor = stored ? BigInt(Buffer.from(stored).toString()) : 0n
      used.clear()
      for (;;) {
        const last = [...used].at(-1)
        const gte = last ? `${prefix}${ordinal(last[1])}/${last[0]}!` : prefix
        const page = await metadata.list({ gte, lt: withPrefix(prefix).lt, limit: 1_000 })
        for (const [key] of page) {
          const [, notAfter, nonce] = key.split('/')
          used.set(nonce!, BigInt(notAfter!))
        }
        if (page.length < 1_000) return
      }
    },
    has: (key, nonce, notAfter) => notAfter < floor || used.has(id(key, nonce)),
    take(key, nonce, notAfter) {
      if (used.size >= mostNonces) throw new BaseError('There are too many requests.', { code: 'VAULT_BUSY' })
      used.set(id(key, nonce), notAfter)
      return [
        { type: 'put', key: `${prefix}${ordinal(notAfter)}/${id(key, nonce)}`, value: new Uint8Array(0) },
      ]
    },
    async prune(now) {
      const page = await metadata.list({ gte: prefix, lt: `${prefix}${ordinal(now)}`, limit: 1_000 })
      if (page.length === 0) return
      await metadata.batch([
        { type: 'put', key: floorKey, value: Buffer.from(now.toString()) },
        ...page.map(([key]) => ({ type: 'delete', key }) as const),
      ])
      if (now > floor) floor = now
      for (const [key] of page) used.delete(key.split('/')[2]!)
    },
  }
}
