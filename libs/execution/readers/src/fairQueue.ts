import { boundedMap } from '@animechain/runtime'

/** Where a job comes from. */
export interface From {
  client: string
  connection: string
}

interface Share<V> {
  /** milliseconds of thread time, of late */
  served: number
  value: V
}

type Connections<T> = Map<string, Share<T[]>>

/**
 * Jobs that wait, by client and by connection: next is the oldest of the connection that was served least, of the client that was served
 * least. Who was away counts as served like the least served of those that wait, so that nobody saves up turns.
 */
export interface FairQueue<T> {
  readonly size: number
  waitingOf(client: string): number
  /** `again`: before the others of its connection. */
  push(from: From, job: T, again?: boolean): void
  /** Takes the next of a client that may come now. */
  shift(mayCome?: (client: string) => boolean): T | undefined
  /** Whether something of a client waits that may come now. */
  has(mayCome: (client: string) => boolean): boolean
  /** Takes a job out, wherever it waits. */
  remove(from: From, job: T): boolean
  /** Charges time to a client that waits or has waited. milliseconds */
  charge(from: From, ms: number): void
  drain(): T[]
}

/** Clients whose shares are remembered while nothing of theirs waits. */
const REMEMBERED = 1_024
/** Half of what a client was served is forgotten after so long. milliseconds */
const HALF_LIFE = 10_000

const least = <K, V>(shares: Iterable<[K, Share<V>]>): [K, Share<V>] | undefined => {
  let found: [K, Share<V>] | undefined
  for (const entry of shares) if (found === undefined || entry[1].served < found[1].served) found = entry
  return found
}

export function fairQueue<T>(now: () => number): FairQueue<T> {
  const waiting = new Map<string, Share<Connections<T>>>()
  /** What those have been served of whom nothing waits, oldest first: clients, and connections by {@link lineOf}. */
  const away = boundedMap<string, { served: number; at: number }>(REMEMBERED)
  let size = 0

  const lineOf = ({ client, connection }: From) => `${client}\n${connection}`
  const recall = (name: string, others: Iterable<[string, Share<unknown>]>): number => {
    const known = away.get(name)
    away.delete(name)
    const before = known === undefined ? 0 : known.served * 0.5 ** ((now() - known.at) / HALF_LIFE)
    return Math.max(before, least(others)?.[1].served ?? 0)
  }
  const remember = (client: string, served: number) => away.set(client, { served, at: now() })
  const count = (connections: Connections<T>) => {
    let jobs = 0
    for (const { value } of connections.values()) jobs += value.length
    return jobs
  }
  const taken = (client: string, connection: string, share: Share<Connections<T>>, jobs: T[]) => {
    size--
    if (jobs.length > 0) return
    remember(lineOf({ client, connection }), share.value.get(connection)!.served)
    share.value.delete(connection)
    if (share.value.size > 0) return
    waiting.delete(client)
    remember(client, share.served)
  }

  return {
    get size() {
      return size
    },
    waitingOf: (client) => {
      const share = waiting.get(client)
      return share === undefined ? 0 : count(share.value)
    },
    push({ client, connection }, job, again = false) {
      let share = waiting.get(client)
      if (share === undefined) {
        share = { served: recall(client, waiting), value: new Map() }
        waiting.set(client, share)
      }
      let jobs = share.value.get(connection)
      if (jobs === undefined) {
        jobs = { served: recall(lineOf({ client, connection }), share.value), value: [] }
        share.value.set(connection, jobs)
      }
      if (again) jobs.value.unshift(job)
      else jobs.value.push(job)
      size++
    },
    shift(mayCome = () => true) {
      const found = least([...waiting].filter(([client]) => mayCome(client)))
      if (found === undefined) return undefined
      const [client, share] = found
      const [connection, jobs] = least(share.value)!
      const job = jobs.value.shift()
      taken(client, connection, share, jobs.value)
      return job
    },
    has: (mayCome) => [...waiting.keys()].some(mayCome),
    remove({ client, connection }, job) {
      const share = waiting.get(client)
      const jobs = share?.value.get(connection)?.value
      const at = jobs?.indexOf(job) ?? -1
      if (share === undefined || jobs === undefined || at < 0) return false
      jobs.splice(at, 1)
      taken(client, connection, share, jobs)
      return true
    },
    charge({ client, connection }, ms) {
      const share = waiting.get(client)
      if (share === undefined) remember(client, recall(client, waiting) + ms)
      else share.served += ms
      const line = lineOf({ client, connection })
      const jobs = share?.value.get(connection)
      if (jobs === undefined) remember(line, recall(line, share?.value ?? []) + ms)
      else jobs.served += ms
    },
    drain() {
      const jobs = [...waiting.values()].flatMap(({ value }) => [...value.values()].flatMap((j) => j.value))
      waiting.clear()
      size = 0
      return jobs
    },
  }
}
