/** An address that is dialled, and how that went. */
interface Entry {
  address: string
  failures: number
  /** not dialled before, milliseconds from some fixed moment */
  notBefore: number
}

/** First pause after a dial that failed, and the longest. milliseconds */
const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 5_000

/** Addresses of peers by their identity. Pure: time is given. */
export interface AddressBook {
  /** @returns false where there is no room. The last address of a peer counts. */
  add(peer: string, address: string): boolean
  /** peers that may be dialled now, with their addresses */
  due(now: number): { peer: string; address: string }[]
  failed(peer: string, now: number): void
  succeeded(peer: string): void
  readonly size: number
}

/** @param most addresses that are kept */
export function addressBook(most: number): AddressBook {
  const entries = new Map<string, Entry>()
  return {
    add(peer, address) {
      if (!entries.has(peer) && entries.size >= most) return false
      entries.set(peer, { address, failures: 0, notBefore: 0 })
      return true
    },
    due: (now) =>
      [...entries]
        .filter(([, { notBefore }]) => notBefore <= now)
        .map(([peer, { address }]) => ({ peer, address })),
    failed(peer, now) {
      const entry = entries.get(peer)
      if (!entry) return
      entry.notBefore = now + Math.min(FIRST_PAUSE_MS * 2 ** Math.min(entry.failures++, 16), LONGEST_PAUSE_MS)
    },
    succeeded(peer) {
      const entry = entries.get(peer)
      if (entry) Object.assign(entry, { failures: 0, notBefore: 0 })
    },
    get size() {
      return entries.size
    },
  }
}
