import { AbortedError, type Clock, type Hash, type Logger } from '@animechain/core'
import type { Emitter } from '@animechain/runtime'
import type { VaultCrypto } from '@animechain/vault-format'
import type { VaultDomain } from '@animechain/vault-protocol'
import type { Health } from './health.js'
import type { NodeClient, StorageNode } from './nodeClient.js'

/** What a node did wrong, as far as a client can tell. */
export interface Fault {
  node: StorageNode
  blob: Hash
  shard: number
  /** absent where it is not about one unit */
  stripe?: number
  /**
   * `corrupt`: its bytes are not those that the blob's roots name. `missing`: it says that it has not what it should have. `unreachable`: no
   * answer. `slow`: others had answered before.
   */
  kind: 'corrupt' | 'missing' | 'unreachable' | 'slow'
  why: string
}

/** What happens at the nodes while a client works. */
export interface CommitteeEvents {
  fault: Fault
}

/** A node, and how it does. Member j has shard j. */
export interface Member {
  readonly client: NodeClient
  readonly health: Health
}

/** What the parts of a committee's client share. */
export interface Shared {
  readonly members: readonly Member[]
  readonly domain: VaultDomain
  readonly crypto: VaultCrypto
  readonly clock: Clock
  readonly logger: Logger
  readonly events: Emitter<CommitteeEvents>
  /** milliseconds after which another node is asked as well */
  readonly hedgeDelay: number
}

/** @throws {AbortedError} */
export function checkSignal(signal: AbortSignal | undefined, what: string): void {
  if (signal?.aborted) throw new AbortedError(what, signal.reason)
}

/** What `work` gives, or the abortion that comes first. */
export async function orAborted<value>(
  work: Promise<value>,
  signal: AbortSignal | undefined,
  what: string,
): Promise<value> {
  if (!signal) return work
  checkSignal(signal, what)
  let stop = () => {}
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(new AbortedError(what, signal.reason))
    signal.addEventListener('abort', stop)
  })
  try {
    return await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

/** Waits for the first of these, at most so long; undefined: none came. */
export async function within<value>(
  clock: Clock,
  ms: number,
  work: readonly Promise<value>[],
): Promise<value | undefined> {
  const enough = new AbortController()
  try {
    return await Promise.race([...work, clock.sleep(ms, enough.signal).then(() => undefined)])
  } finally {
    enough.abort()
  }
}

/** A signal that aborts with another one, or when the work that it was made for is over. */
export function linkedSignal(signal: AbortSignal | undefined): { signal: AbortSignal; end(): void } {
  const controller = new AbortController()
  manyListeners(controller.signal)
  const stop = () => controller.abort(signal?.reason)
  signal?.addEventListener('abort', stop)
  if (signal?.aborted) stop()
  return {
    signal: controller.signal,
    end() {
      signal?.removeEventListener('abort', stop)
      controller.abort()
    },
  }
}

/** Node warns of more than ten listeners; here each chunk that is fetched ahead is one. */
function manyListeners(signal: AbortSignal): void {
  const host = (globalThis as { process?: { getBuiltinModule?: (id: string) => unknown } }).process
  const events = host?.getBuiltinModule?.('node:events') as typeof import('node:events') | undefined
  events?.setMaxListeners(0, signal)
}
