import type { Hash } from '@animechain/core'

/** What was sent with one nonce, oldest first. */
interface Sent {
  hashes: Hash[]
  /** place of the last one that was acknowledged; -1: none */
  acknowledged: number
  /** milliseconds since the Unix epoch */
  at: number
}

/**
 * What was promised. A nonce belongs to the transaction that was acknowledged last, or to one that was sent after it and whose answer was lost: it
 * may have arrived. An older one in the chain is a promise that was broken.
 */
export interface Ledger {
  readonly nonces: readonly Sent[]
  sent(nonce: number, hash: Hash): void
  acknowledged(nonce: number, hash: Hash, at: number): void
  /** Compares with the transactions of the chain, by nonce. */
  check(mined: readonly (Hash | undefined)[]): string[]
}

export function ledger(who: string): Ledger {
  const nonces: Sent[] = []
  return {
    nonces,
    sent(nonce, hash) {
      const entry = (nonces[nonce] ??= { hashes: [], acknowledged: -1, at: 0 })
      if (!entry.hashes.includes(hash)) entry.hashes.push(hash)
    },
    acknowledged(nonce, hash, at) {
      const entry = nonces[nonce]!
      entry.acknowledged = Math.max(entry.acknowledged, entry.hashes.indexOf(hash))
      entry.at = at
    },
    check(mined) {
      return nonces.flatMap(({ hashes, acknowledged }, nonce) => {
        const hash = mined[nonce]
        if (hash === undefined)
          return acknowledged >= 0
            ? [`${who} nonce ${nonce}: ${hashes[acknowledged]} was acknowledged and is lost`]
            : []
        const place = hashes.indexOf(hash)
        if (place < 0) return [`${who} nonce ${nonce}: ${hash} is in the chain and was never sent`]
        if (place >= acknowledged) return []
        return [
          `${who} nonce ${nonce}: ${hashes[acknowledged]} was acknowledged, but the older ${hash} is in the chain`,
        ]
      })
    },
  }
}
