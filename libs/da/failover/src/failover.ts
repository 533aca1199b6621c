import {
  carryOrPut,
  prefixesOf,
  silentLogger,
  silentMetrics,
  steadyTime,
  systemClock,
  type Clock,
  type Commitment,
  type DaCapabilities,
  type DaPutOptions,
  type DaPutResult,
  type DataAvailability,
  type DaVerdict,
  type Logger,
  type Metrics,
} from '@animechain/core'
import { boundedMap } from '@animechain/runtime'
import { expectNoWiderExposure, widestExposure } from './exposure.js'
import { firstAnswer, ofPrefix } from './reading.js'

/** Where batches go, in which order, and when another place is taken. */
export interface FailoverOptions {
  /** The one that is wanted first, then those that stand in for it, in this order. At least two. */
  backends: readonly DataAvailability[]
  /** The bytes are a confidential rollup's: a place in the clear is refused, and when no place takes them they wait. */
  confidential?: boolean
  /** Failures in a row after which a backend is left; default 3. One that asks for another, or cannot work, is left at once. */
  tries?: number
  /** milliseconds between two tries; default 1,000 */
  retryMs?: number
  /** milliseconds after which the backends before the present one are asked for their health again; default 60,000 */
  recoverAfterMs?: number
  /** Told when another backend is taken. */
  onSwitch?: (change: { from: string; to: string; reason: string }) => void
  logger?: Logger
  metrics?: Metrics
  clock?: Clock
}

/** Puts whose result is remembered by their key. */
const MAX_KNOWN = 1_000

const least = (values: readonly bigint[]): bigint => values.reduce((a, b) => (b < a ? b : a))

function capabilitiesOf(backends: readonly DataAvailability[]): DaCapabilities {
  const all = backends.map(({ capabilities }) => capabilities)
  const retention = all.flatMap(({ retentionSeconds }) => retentionSeconds ?? [])
  const primary = all[0]!
  return {
    id: `failover(${all.map(({ id }) => id).join(', ')})`,
    prefix: primary.prefix,
    prefixes: [...new Set(all.flatMap((one) => [...prefixesOf(one)]))],
    // Whoever asks before the put cannot know which of them it will be.
    addressing: 'assigned',
    exposure: widestExposure(backends),
    // A batch must fit wherever it has to go.
    maxBytes: least(all.map(({ maxBytes }) => maxBytes)),
    minBilled: least(all.map(({ minBilled }) => minBilled)),
    ranged: all.every(({ ranged }) => ranged),
    ...(retention.length > 0 ? { retentionSeconds: Math.min(...retention) } : {}),
    erasable: false,
    proof: primary.proof,
    challenge: primary.challenge,
  }
}

interface Parts extends Required<Pick<FailoverOptions, 'backends' | 'tries' | 'retryMs' | 'clock'>> {
  onSwitch(from: number, to: number, reason: string): void
}

/** One backend, as often as it may be tried. `reason`: why another one should be taken. */
async function tryOne(
  { backends, tries, retryMs, clock }: Parts,
  index: number,
  data: Uint8Array,
  options: DaPutOptions,
): Promise<{ result: DaPutResult; reason?: string }> {
  for (let attempt = 1; ; attempt++) {
    const result = await carryOrPut(backends[index]!, data, options)
    if (result.status === 'failover') return { result, reason: result.reason }
    if (result.status !== 'error') return { result }
    if (options.signal?.aborted) return { result }
    if (!result.retryable || attempt >= tries) return { result, reason: result.error.message }
    await clock.sleep(retryMs, options.signal)
  }
}

/** From the present backend on, each in turn, until one has the bytes. */
async function putFrom(
  parts: Parts,
  present: number,
  data: Uint8Array,
  options: DaPutOptions,
): Promise<DaPutResult> {
  const count = parts.backends.length
  let last: DaPutResult | undefined
  for (let step = 0; step < count; step++) {
    const index = (present + step) % count
    const { result, reason } = await tryOne(parts, index, data, options)
    if (reason === undefined) return result
    last = result
    if (step + 1 < count) parts.onSwitch(index, (index + 1) % count, reason)
  }
  // All have failed: whoever put waits and comes again.
  if (last?.status === 'failover') return { status: 'error', error: new Error(last.reason), retryable: true }
  return last!.status === 'error' ? { ...last!, retryable: true } : last!
}

/** The backend that is written to, and when it goes back to an earlier one. */
function presentBackend(options: FailoverOptions) {
  const { backends, recoverAfterMs = 60_000, onSwitch } = options
  const { logger = silentLogger, metrics = silentMetrics, clock = systemClock } = options
  const active = metrics.gauge({
    name: 'da_failover_backend',
    help: 'Place of the data availability that is written to, 0 for the first.',
  })
  active.set(0)
  let index = 0
  let lookedAt = 0
  const change = (to: number, reason: string) => {
    const [before, after] = [backends[index]!.capabilities.id, backends[to]!.capabilities.id]
    index = to
    lookedAt = steadyTime(clock)
    active.set(to)
    logger.warn('another data availability is written to', { from: before, to: after, reason })
    onSwitch?.({ from: before, to: after, reason })
  }
  return {
    get index() {
      return index
    },
    leave(from: number, to: number, reason: string) {
      // Another put may have left it before.
      if (from === index) change(to, reason)
    },
    async recover() {
      if (index === 0 || steadyTime(clock) - lookedAt < recoverAfterMs) return
      lookedAt = steadyTime(clock)
      for (const [at, backend] of backends.slice(0, index).entries())
        if ((await backend.health()).ok) {
          change(at, 'it is healthy again')
          return
        }
    },
  }
}

/** Whether bytes are those of a commitment, by whichever backend makes such. */
async function verdict(
  backends: readonly DataAvailability[],
  commitment: Commitment,
  data: Uint8Array,
): Promise<DaVerdict> {
  let refused: DaVerdict | undefined
  for (const backend of ofPrefix(backends, commitment)) {
    const answer = await backend.verify(commitment, data)
    if (answer.valid) return answer
    refused ??= answer
  }
  return refused ?? { valid: false, reason: `no backend has prefix ${commitment[0]}` }
}

/** Puts are shared by their key while they run, and their results kept: another put could go to another place. */
function putting(options: FailoverOptions) {
  const { backends, tries = 3, retryMs = 1_000, clock = systemClock } = options
  const present = presentBackend(options)
  const parts: Parts = { backends, tries, retryMs, clock, onSwitch: (...change) => present.leave(...change) }
  const known = boundedMap<string, Promise<DaPutResult>>(MAX_KNOWN)
  const maxBytes = least(backends.map(({ capabilities }) => capabilities.maxBytes))
  const run = async (data: Uint8Array, put: DaPutOptions): Promise<DaPutResult> => {
    await present.recover()
    return putFrom(parts, present.index, data, put)
  }
  return async (data: Uint8Array, put: DaPutOptions = {}): Promise<DaPutResult> => {
    if (BigInt(data.length) > maxBytes) return { status: 'tooLarge', maxBytes }
    if (put.signal?.aborted) return { status: 'error', error: new Error('aborted'), retryable: true }
    const key = put.idempotencyKey
    if (key === undefined) return run(data, put)
    const before = known.get(key)
    if (before) return before
    const started = run(data, put)
    known.set(key, started)
    const result = await started
    if (result.status !== 'ok') known.delete(key)
    return result
  }
}

/**
 * Several data availabilities as one: it writes to the first that works, goes back when an earlier one is healthy again, and reads by the prefix of a commitment
 * from whichever made it. A node needs the parts as readers in no other way.
 * @throws {CompositionError} where bytes could go to a place that more can read than the first, or in the clear although they are confidential
 * @throws {InvalidInputError} for fewer than two backends
 */
export function failover(options: FailoverOptions): DataAvailability {
  const { backends, confidential = false } = options
  expectNoWiderExposure(backends, confidential)
  const each = async (act: (da: DataAvailability) => Promise<unknown>) => {
    for (const backend of backends) await act(backend)
  }
  const blobs = backends.filter(({ getBlobs }) => getBlobs)
  const sealed = backends.filter(({ getSealed }) => getSealed)
  return {
    capabilities: capabilitiesOf(backends),
    start: () => each((da) => da.start()),
    stop: () => each((da) => da.stop()),
    put: putting(options),
    get: (commitment, get) => firstAnswer(ofPrefix(backends, commitment), (da) => da.get(commitment, get)),
    ...(blobs.length > 0 && {
      getBlobs: (commitment, get) =>
        firstAnswer(ofPrefix(blobs, commitment), (da) => da.getBlobs?.(commitment, get)),
    }),
    ...(sealed.length > 0 && {
      getSealed: (commitment, get) =>
        firstAnswer(ofPrefix(sealed, commitment), (da) => da.getSealed?.(commitment, get)),
    }),
    verify: (commitment, data) => verdict(backends, commitment, data),
    async status(commitment, location) {
      for (const backend of ofPrefix(backends, commitment)) {
        const found = await backend.status(commitment, location)
        if (found.status !== 'unknown') return found
      }
      return { status: 'unknown' }
    },
    quote: (bytes) => backends[0]!.quote(bytes),
    async health() {
      const details: string[] = []
      for (const backend of backends) {
        const { ok, detail } = await backend.health()
        if (ok) return { ok: true }
        details.push(`${backend.capabilities.id}: ${detail ?? 'no answer'}`)
      }
      return { ok: false, detail: details.join('; ') }
    },
  }
}
