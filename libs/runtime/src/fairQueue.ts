import { boundedMap } from './boundedMap.js'

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

/** What those have been served of whom nothing waits; it fades. */
function memory(now: () => number) {
  const away = boundedMap<string, { served: number; at: number }>(REMEMBERED)
  const remember = (name: string, served: number) => away.set(name, { served, at: now() })
  return {
    remember,
    /** What somebody comes back with, among those that wait. */
    recall(name: string, others: Iterable<[string, Share<unknown>]>): number {
      const known = away.get(name)
      away.delete(name)
      const before = known === undefined ? 0 : known.served * 0.5 ** ((now() - known.at) / HALF_LIFE)
      return Math.max(before, least(others)?.[1].served ?? 0)
    },
  }
}

/** The share of a name, made when there is none. */
function shareOf<V>(shares: Map<string, Share<V>>, name: string, made: () => Share<V>): Share<V> {
  let share = shares.get(name)
  if (share === undefined) shares.set(name, (share = made()))
  return share
}

const lineOf = ({ client, connection }: From) => `${client}\n${connection}`
const jobsOf = <T>({ value }: Share<Connections<T>>): T[] =>
  [...value.values()].flatMap((connection) => connection.value)

/**
 * A queue that is empty yet, in which everybody has been served nothing.
 * @param now milliseconds of a clock that never goes back
 */
export function fairQueue<T>(now: () => number): FairQueue<T> {
  const waiting = new Map<string, Share<Connections<T>>>()
  const { remember, recall } = memory(now)
  let size = 0

  const taken = (client: string, connection: string, share: Share<Connections<T>>, jobs: T[]) => {
    size--
    if (jobs.length > 0) return
    remember(lineOf({ client, connection }), share.value.get(connection)!.served)
    share.value.delete(connection)
    if (share.value.size > 0) return
    waiting.delete(client)
    remember(client, share.served)
  }
  const charged = (
    name: string,
    share: Share<unknown> | undefined,
    others: Iterable<[string, Share<unknown>]>,
    ms: number,
  ) => {
    if (share === undefined) remember(name, recall(name, others) + ms)
    else share.served += ms
  }

  return {
    get size() {
      return size
    },
    waitingOf(client) {
      const share = waiting.get(client)
      return share === undefined ? 0 : jobsOf(share).length
    },
    push(from, job, again = false) {
      const { client, connection } = from
      const share = shareOf(waiting, client, () => ({ served: recall(client, waiting), value: new Map() }))
      const jobs = shareOf(share.value, connection, (): Share<T[]> => ({
        served: recall(lineOf(from), share.value),
        value: [],
      }))
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
    charge(from, ms) {
      const share = waiting.get(from.client)
      charged(from.client, share, waiting, ms)
      charged(lineOf(from), share?.value.get(from.connection), share?.value ?? [], ms)
    },
    drain() {
      const jobs = [...waiting.values()].flatMap(jobsOf)
      waiting.clear()
      size = 0
      return jobs
    },
  }
}
