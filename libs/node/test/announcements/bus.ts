import { keccak256Hex, silentMetrics, type Address, type Hash, type Metrics } from '@animechain/core'
import type { BlockAnnouncement, BlockGossip, Rollup, SignedAnnouncement } from '@animechain/node'

type Listener = (announcement: SignedAnnouncement) => Promise<void>

/** The port of announcements within a process: what is published reaches every listener before `publish` ends. */
export function bus() {
  const listeners = new Set<Listener>()
  const payloads = new Map<Hash, Uint8Array>()
  const nodes: Pick<Rollup, 'announcements'>[] = []
  /** All that was published, in order. */
  const published: SignedAnnouncement[] = []
  let fetches = 0

  async function send(announcement: SignedAnnouncement): Promise<void> {
    published.push(announcement)
    for (const listener of listeners) await listener(announcement)
  }
  return {
    published,
    get fetches() {
      return fetches
    },
    send,
    /** Nodes that give payloads. */
    give: (...givers: Pick<Rollup, 'announcements'>[]) => nodes.push(...givers),
    /** Nobody gives payloads any more. */
    fallSilent: () => nodes.splice(0),
    /** Puts bytes where payloads are fetched from. */
    payload(bytes: Uint8Array): Hash {
      const hash = keccak256Hex(bytes)
      payloads.set(hash, bytes)
      return hash
    },
    /** What a node is given. @param signer who signs what it announces */
    port: (signer?: Address): BlockGossip => ({
      signer,
      publish: (announcement: BlockAnnouncement) =>
        send({ ...announcement, signer: signer!.toLowerCase() as Address, from: 'sequencer' }),
      subscribe(listener) {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
      async fetchPayload(hash, { maxBytes }) {
        fetches++
        const found =
          payloads.get(hash) ?? nodes.map((node) => node.announcements?.payload(hash)).find(Boolean)
        if (!found || found.length > maxBytes) throw new Error(`nobody has ${hash}`)
        return found
      },
    }),
  }
}

/** Metrics of which counters with one label can be read. */
export function countedMetrics(): Metrics & { count(name: string, label: string): number } {
  const counts = new Map<string, number>()
  return {
    ...silentMetrics,
    counter: ({ name }) => ({
      inc(by = 1, labels = {}) {
        const key = [name, ...Object.values(labels)].join(' ')
        counts.set(key, (counts.get(key) ?? 0) + by)
      },
    }),
    count: (name, label) => counts.get(`${name} ${label}`) ?? 0,
  }
}
