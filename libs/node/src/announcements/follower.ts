import { steadyTime, type Hash, type InboxView, type SealedHeader } from '@animechain/core'
import type { ServiceDefinition } from '../service.js'
import type { AnnouncementOptions } from '../types.js'
import { adopt, type Adopted } from './adopt.js'
import type { Candidate } from './candidates.js'
import { newContext, type FollowerContext, type FollowerParts } from './context.js'
import { maxPayloadBytes } from './payload.js'
import type { SignedAnnouncement } from './port.js'

/** milliseconds between looks when nothing is announced */
const POLL_MS = 1_000
/** Payloads that are fetched at once: of the next block, and of those after it. */
const FETCHES = 2
/** Longest wait for one payload, from all who may have it. milliseconds */
const FETCH_MS = 15_000
/** Pause after a payload that nobody had: it doubles up to this. milliseconds */
const FIRST_PAUSE_MS = 250
const MAX_PAUSE_MS = 5_000
/** Heads of L1 at which a block that reads deposits is tried before it is given up. */
const MAX_TRIES = 3

/** What the announcements are about, for health. */
export interface FollowStatus {
  /** since an announcement came, milliseconds */
  heardMs: number
  /** since a block was taken, or none waited; milliseconds */
  takenMs: number
  /** the highest number that was announced */
  announced: bigint | undefined
  waiting: string | undefined
}

/** The service, and where announcements come in. */
export interface Follower {
  definition: ServiceDefinition
  /** Takes announcements from now on. @param wake called when there is something to do @returns ends it */
  open(wake: () => void): () => void
  status(): FollowStatus
}

/** Looks at an announcement, and keeps it for the next step. */
async function hear(context: FollowerContext, announcement: SignedAnnouncement): Promise<boolean> {
  const { store, named, table, meters, sinceHeard, logger } = context
  const { number, hash, signer } = announcement
  if (!(await named.is(signer))) {
    meters.announcements.inc(1, { kind: 'unsigned' })
    logger.debug('a block was announced with another key than L1 names', { number, signer })
    return false
  }
  sinceHeard.restart()
  const taken = table.add(announcement, store.head('safe').number)
  const own = store.headerByNumber(number)
  const isOther =
    taken === 'equivocation' || taken === 'full' || (taken === 'new' && own && own.hash !== hash)
  meters.announcements.inc(1, { kind: isOther ? 'equivocation' : taken })
  if (isOther)
    logger.warn('the sequencer announced another block of the same number: the first one counts', {
      number,
      hash,
    })
  return taken === 'new' || taken === 'equivocation'
}

/** By which it is decided what may be tried. */
interface Moment {
  /** hash of L1's head */
  l1Head: Hash
  now: number
}

/** The payload of a candidate; undefined: nobody had it in time. */
function payloadOf(
  { gossip, codec, payloads, fetching, logger }: FollowerContext,
  { number, payloadHash, from }: Candidate,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  const known = payloads.get(payloadHash)
  if (known) return Promise.resolve(known)
  const running = fetching.get(payloadHash)
  if (running) return running
  const limit = AbortSignal.any([signal, AbortSignal.timeout(FETCH_MS)])
  const options = { ...(from === undefined ? {} : { from }), maxBytes: maxPayloadBytes(codec), signal: limit }
  const fetched = gossip
    .fetchPayload(payloadHash, options)
    .then(
      (bytes) => {
        payloads.put(payloadHash, bytes)
        return bytes
      },
      (error: unknown) => {
        logger.debug('the payload of a block is not to be had now', { number, error: String(error) })
        return undefined
      },
    )
    .finally(() => fetching.delete(payloadHash))
  fetching.set(payloadHash, fetched)
  return fetched
}

/** Asks for the payloads of the blocks after a candidate, as many as may be fetched at once. */
function fetchAhead(context: FollowerContext, first: Candidate, at: Moment, signal: AbortSignal): void {
  let after: Candidate | undefined = first
  for (let i = 1; i < FETCHES && after; i++) {
    after = context.table.next(after, at)
    if (after && context.fetching.size < FETCHES) void payloadOf(context, after, signal)
  }
}

/** Why no announced block may be put on this one now; undefined: one may. */
function obstacle(
  { derivation, store, options }: FollowerContext,
  { number }: SealedHeader,
): string | undefined {
  if (!derivation.caughtUp) return 'not every batch on L1 is applied'
  const ahead = number - store.head('safe').number
  return ahead >= options.maxUnsafeBlocks ? `${ahead} blocks wait for L1` : undefined
}

/** Counts what came of a candidate, and says so. */
function settle(context: FollowerContext, candidate: Candidate, view: InboxView, result: Adopted): void {
  const { table, meters, logger, sinceTaken } = context
  const { number, hash } = candidate
  if (result.outcome === 'moved') return
  if (result.outcome === 'wait') {
    // Another of its number may be the one to take.
    candidate.waitedAt = view.head.hash
    context.lacking = { number, reason: result.reason }
    return
  }
  meters.blocks.inc(1, { outcome: result.outcome })
  if (result.outcome === 'adopted') {
    meters.unsafe.set(Number(number))
    sinceTaken.restart()
    logger.debug('announced block', { number, hash })
    return
  }
  candidate.failedAt.add(view.head.hash)
  if (result.outcome === 'refused' || candidate.failedAt.size >= MAX_TRIES) table.drop(candidate)
  logger.warn('an announced block is not taken', { number, hash, reason: result.reason })
}

/** Nobody had the payload of a candidate: another of its number may be the one to take meanwhile. */
function miss(context: FollowerContext, candidate: Candidate): void {
  const { meters, clock } = context
  meters.blocks.inc(1, { outcome: 'missing' })
  const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** Math.min(candidate.misses++, 8), MAX_PAUSE_MS)
  candidate.retryAt = steadyTime(clock) + pauseMs
  context.lacking = { number: candidate.number, reason: 'nobody has its payload' }
}

/** Why none of the blocks that were announced comes next. */
const whyNone = ({ lacking }: FollowerContext, { number }: SealedHeader): string =>
  lacking?.number === number + 1n ? lacking.reason : `none of those announced stands on block ${number}`

/** Takes one announced block. Answers the milliseconds until the next, or that there is none. */
async function takeNext(context: FollowerContext, signal: AbortSignal): Promise<number | undefined> {
  const { store, derivation, table, named, clock, sinceTaken } = context
  const head = store.head('latest')
  const { view } = derivation
  table.prune(store.head('safe').number)
  context.waiting = obstacle(context, head)
  if (context.waiting !== undefined || !view) return undefined
  const at = { l1Head: view.head.hash, now: steadyTime(clock) }
  const next = table.next(head, at)
  if (!next) {
    const { highest } = table
    if (highest === undefined || highest <= head.number) sinceTaken.restart()
    else context.waiting = whyNone(context, head)
    return undefined
  }
  // L1 may have named another since it came.
  if (!(await named.is(next.signer))) {
    table.drop(next)
    return 0
  }
  const fetched = payloadOf(context, next, signal)
  fetchAhead(context, next, at, signal)
  const bytes = await fetched
  if (signal.aborted) return undefined
  if (!bytes) {
    miss(context, next)
    return 0
  }
  const result = await adopt(context, next, head, { bytes, view })
  settle(context, next, view, result)
  return 0
}

/**
 * Puts announced blocks on the chain, above the safe ones: each executed here on top of the block before it. Derivation does not know of them: where L1 has
 * other blocks, they give way to it.
 */
export function follower(options: AnnouncementOptions, parts: FollowerParts): Follower {
  const context = newContext(options, parts)
  const { gossip, table, sinceHeard, sinceTaken } = context
  return {
    definition: {
      name: 'follower',
      pollMs: POLL_MS,
      async step(signal) {
        while (!signal.aborted) {
          const delay = await takeNext(context, signal)
          if (delay !== 0) return delay
        }
      },
    },
    open(wake) {
      table.clear()
      sinceHeard.restart()
      sinceTaken.restart()
      return gossip.subscribe(async (announcement) => {
        if (await hear(context, announcement)) wake()
      })
    },
    status: () => ({
      heardMs: sinceHeard.elapsed(),
      takenMs: sinceTaken.elapsed(),
      announced: table.highest,
      waiting: context.waiting,
    }),
  }
}
