import {
  BaseError,
  hexToBytes,
  type Address,
  type Clock,
  type Hash,
  type Logger,
  type Metrics,
} from '@animechain/core'
import { boundedMap } from '@animechain/runtime'
import { routes, toJson, type VaultDomain } from '@animechain/vault-protocol'
import type { Committee, CommitteeMember, Committees } from '../committees.js'
import { moveShares } from '../moveShares.js'
import type { Resharer } from './reshare.js'
import { committeeOf, type HeldShare, type ShareStore } from './shareStore.js'

/** How a key node moves what it holds to the committee in force. */
export interface MoveSettings {
  /** milliseconds between two looks at what is to be moved; default 15,000 */
  ms?: number
  /** milliseconds that each old node leaves the one before it in the order of an object; default 60,000 */
  turnMs?: number
  /** renditions that are moved at once; default 4 */
  atOnce?: number
}

/** How far a node is with moving what it holds. */
export interface MoveStatus {
  /** the committee in force, as of a finalized block of L1; absent before it was seen */
  epoch?: bigint
  /** shares of earlier committees that are here */
  toMove: number
  /** renditions that this node has moved since it started */
  moved: number
  /** attempts of it that failed */
  failed: number
  /** new key nodes that cannot be reached: all of them are needed, so nothing is moved meanwhile */
  waitingFor: readonly Address[]
  /** why the newest attempt failed */
  lastError?: string
}

/** Moves what a node holds. */
export interface Mover {
  status(): MoveStatus
  /**
   * Moves what is due. Where two are asked for at a time, the second waits for the first.
   * @param options.all also what is another node's turn, or failed a moment ago
   * @returns milliseconds until it is worth looking again; undefined: as usual
   */
  run(signal: AbortSignal, options?: { all?: boolean }): Promise<number | undefined>
}

/** Everything that moving needs of a node. */
export interface MoverParts {
  shares: ShareStore
  committees: Committees
  reshare: Pick<Resharer, 'handOver'>
  node: Address
  domain: VaultDomain
  settings?: MoveSettings | undefined
  clock: Clock
  logger: Logger
  metrics: Metrics
  fetch?: typeof globalThis.fetch
}

/** Renditions of one round: what they are is in memory. */
const ROUND = 1_000
/** Failures whose next time is remembered; more are tried sooner. */
const REMEMBERED = 10_000
const FIRST_RETRY_MS = 10_000
const LONGEST_RETRY_MS = 600_000
/** Milliseconds for a new node to say that it is there. */
const REACH_MS = 5_000
/** A round is looked through at most for one part in so many of the time. */
const SCAN_SHARE = 20

/**
 * Whose turn it is, counted from 0: the old nodes in the order of their seats, beginning at one that follows from the object, so that each has about as many
 * to begin with. Who is none of them comes last.
 */
export function turnOf(object: Hash, { members }: Committee, node: Address): number {
  const seat = members.findIndex(({ key }) => key === node)
  if (seat < 0) return members.length
  const first = new DataView(hexToBytes(object).buffer).getUint32(0) % members.length
  return (seat - first + members.length) % members.length
}

/** Milliseconds until the next attempt, after so many failures. */
export const retryAfter = (failures: number): number =>
  Math.min(FIRST_RETRY_MS * 2 ** Math.min(failures - 1, 10), LONGEST_RETRY_MS)

/** A rendition whose shares are to be moved, and whose they are. */
interface Due {
  share: HeldShare
  from: Committee
}

const idOf = ({ manifest }: HeldShare): string => `${manifest.message.object} ${manifest.message.rendition}`

/** New nodes that do not answer. */
async function unreachable(
  members: readonly CommitteeMember[],
  fetch: typeof globalThis.fetch,
  signal: AbortSignal,
): Promise<Address[]> {
  const away: Address[] = []
  await Promise.all(
    members.map(async ({ key, url }) => {
      try {
        const timeout = AbortSignal.any([signal, AbortSignal.timeout(REACH_MS)])
        const response = await fetch(`${url}${routes.info}`, { redirect: 'error', signal: timeout })
        await response.body?.cancel()
        if (!response.ok) away.push(key)
      } catch {
        away.push(key)
      }
    }),
  )
  return away
}

/** When each rendition may be tried again. */
function retries(clock: Clock) {
  const known = boundedMap<string, { failures: number; at: number }>(REMEMBERED)
  return {
    isDue: (share: HeldShare) => (known.get(idOf(share))?.at ?? 0) <= clock.now(),
    failed(share: HeldShare) {
      const failures = (known.get(idOf(share))?.failures ?? 0) + 1
      known.set(idOf(share), { failures, at: clock.now() + retryAfter(failures) })
    },
    over: (share: HeldShare) => void known.delete(idOf(share)),
  }
}

/** Works through items, some at once, until there is none or the signal says so. */
async function each<T>(
  items: readonly T[],
  atOnce: number,
  signal: AbortSignal,
  work: (item: T) => Promise<void>,
) {
  let next = 0
  const one = async () => {
    while (next < items.length && !signal.aborted) await work(items[next++]!)
  }
  await Promise.all(Array.from({ length: atOnce }, one))
}

function metricsOf(metrics: Metrics) {
  return {
    toMove: metrics.gauge({
      name: 'vault_shares_to_move',
      help: 'Shares of earlier committees that are here.',
    }),
    moved: metrics.counter({
      name: 'vault_moves_total',
      help: 'Renditions whose shares this node has moved.',
    }),
    failures: metrics.counter({
      name: 'vault_move_failures_total',
      help: 'Attempts to move shares that failed.',
    }),
  }
}

const fromOf = ({ shareSet, manifest, isStaged }: HeldShare & { isStaged: boolean }): bigint =>
  isStaged ? shareSet!.message.from : committeeOf({ manifest, ...(shareSet && { shareSet }) })

/** What may be moved, and by when. */
interface Question {
  to: Committee
  /** how many milliseconds ago the committee was seen first; infinite: whosever turn it is */
  age: number
  signal: AbortSignal
}

/**
 * What is due: of this node's own turn, in the order of objects; where there is none left, of others' from the other end, where they come last.
 * @param onUnknown told of committees that cannot be found
 */
function dueShares(parts: MoverParts, retry: ReturnType<typeof retries>, onUnknown: (epoch: bigint) => void) {
  const { shares, committees, node, settings: { turnMs = 60_000 } = {} } = parts
  return async ({ to, age, signal }: Question): Promise<readonly Due[]> => {
    const own: Due[] = []
    const others: Due[] = []
    const known = new Set<string>()
    for await (const share of shares.heldBefore(to.epoch)) {
      if (own.length >= ROUND || signal.aborted) break
      if (known.has(idOf(share)) || !(age === Infinity || retry.isDue(share))) continue
      const from = await committees.at(fromOf(share), 'keys')
      if (from === undefined) {
        onUnknown(fromOf(share))
        continue
      }
      const turn = turnOf(share.manifest.message.object, from, node)
      if (age < turn * turnMs) continue
      known.add(idOf(share))
      if (turn === 0) own.push({ share, from })
      else others.push({ share, from })
      if (others.length > ROUND) known.delete(idOf(others.shift()!.share))
    }
    return own.length > 0 ? own : others.reverse()
  }
}

/** Moves one rendition. Throws what stands in the way. */
async function moveOne(
  parts: MoverParts,
  { share, from }: Due,
  to: Committee,
  signal: AbortSignal,
): Promise<void> {
  const { shares, domain, reshare, node, logger, fetch } = parts
  const { object, rendition } = share.manifest.message
  const { manifest, shareSet, held, liars, left } = await moveShares({
    ...{ domain, object, rendition, from, to, signal },
    ...(fetch && { fetch }),
  })
  // Where this node is of neither committee, nobody told it: what it has it kept beside, for one that gave way.
  const isTold = [...from.members, ...to.members].some(({ key }) => key === node)
  if (!isTold) await reshare.handOver(JSON.parse(toJson({ object, rendition, manifest, shareSet, held })))
  if (liars.length > 0) logger.warn('key nodes lied when shares were moved', { object, rendition, liars })
  if (left.length > 0)
    logger.warn('old key nodes did not say that their shares are destroyed', { object, rendition, left })
  for (const each of [await shares.held(object, rendition), await shares.staged(object, rendition)])
    if (each && committeeOf(each) < to.epoch)
      throw new BaseError('The share is still here though the key has moved: it is of another manifest.', {
        code: 'VAULT_NOT_MOVED',
      })
}

/**
 * Moves the shares of a node to the committee that L1 shows as the one in force, for good: anybody may drive the rounds, so each old node does, one after the
 * other, and what one has moved is not there any more for the next. A node that was away when others moved is told by the new ones what became of its share.
 */
export function mover(parts: MoverParts): Mover {
  const { shares, committees, settings = {}, clock, logger, fetch = globalThis.fetch } = parts
  const { ms = 15_000, atOnce = 4 } = settings
  const counted = metricsOf(parts.metrics)
  const retry = retries(clock)
  const state: MoveStatus = { toMove: 0, moved: 0, failed: 0, waitingFor: [] }
  const due = dueShares(parts, retry, (epoch) => {
    state.lastError = `The key nodes of committee ${epoch} are not known here.`
  })
  let seen: { epoch: bigint; at: number } | undefined
  let running: Promise<unknown> = Promise.resolve()

  async function move(item: Due, to: Committee, signal: AbortSignal): Promise<void> {
    try {
      await moveOne(parts, item, to, signal)
      retry.over(item.share)
      state.moved++
      counted.moved.inc()
    } catch (error) {
      if (signal.aborted) return
      retry.failed(item.share)
      state.failed++
      counted.failures.inc()
      const { message, metaMessages = [] } = error as Error & { metaMessages?: readonly string[] }
      state.lastError = [message, ...metaMessages].join(' ')
      logger.warn('the shares of a rendition were not moved', { rendition: idOf(item.share), error: message })
    }
  }

  function look(epoch: bigint): number {
    if (seen?.epoch !== epoch) seen = { epoch, at: clock.now() }
    state.epoch = epoch
    state.toMove = shares.before(epoch)
    if (state.toMove === 0) delete state.lastError
    counted.toMove.set(state.toMove)
    return clock.now() - seen.at
  }

  async function round(signal: AbortSignal, all: boolean): Promise<number | undefined> {
    const epoch = await committees.finalized()
    const age = look(epoch)
    state.waitingFor = []
    if (state.toMove === 0) return undefined
    const to = await committees.at(epoch, 'keys')
    if (to === undefined) return undefined
    const [failures, began] = [state.failed, performance.now()]
    const found = await due({ to, age: all ? Infinity : age, signal })
    const pause = Math.max(ms, 1_000, SCAN_SHARE * (performance.now() - began))
    if (found.length === 0) return pause
    state.waitingFor = await unreachable(to.members, fetch, signal)
    if (state.waitingFor.length > 0) {
      logger.warn('shares wait for new key nodes that cannot be reached', { epoch, nodes: state.waitingFor })
      return pause
    }
    logger.info('moving shares to the committee in force', {
      epoch,
      renditions: found.length,
      toMove: state.toMove,
    })
    await each(found, atOnce, signal, (item) => move(item, to, signal))
    look(epoch)
    return signal.aborted || state.failed > failures ? pause : 0
  }

  return {
    status: () => ({ ...state }),
    run(signal, { all = false } = {}) {
      const next = running.then(() => round(signal, all))
      running = next.catch(() => undefined)
      return next
    },
  }
}
