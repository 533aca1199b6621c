import {
  carryOrPut,
  CompositionError,
  InvalidInputError,
  prefixesOf,
  silentLogger,
  type Commitment,
  type DaCapabilities,
  type DaPutOptions,
  type DaPutResult,
  type DataAvailability,
  type Logger,
} from '@animechain/core'
import { orAborted } from '@animechain/l1'
import { choose, type Offer } from './choose.js'

/** What is chosen from, and who is told. */
export interface CheapestOptions {
  /** Two or more, each with kinds of its own. Between equal prices, and where none tells one, the first is taken. */
  of: readonly DataAvailability[]
  /** What the composed backend is called; default `auto`. */
  id?: string
  /** Told of every choice, and of prices that are not to be had. */
  logger?: Logger
  /** milliseconds for the parts to tell their prices; default 10,000 */
  quoteTimeoutMs?: number
}

/** Puts whose part is remembered by their key, so that it is one put wherever the price went. */
const MAX_KNOWN = 1_000

/** Exposures, the most open first. */
const exposures: DaCapabilities['exposure'][] = ['plaintext-public', 'ciphertext-public', 'private']

/** @throws {InvalidInputError | CompositionError} */
function expectComposable(parts: readonly DataAvailability[]): void {
  if (parts.length < 2) throw new InvalidInputError('of', 'two backends or more', parts.length)
  const owners = new Map<number, string>()
  for (const { capabilities } of parts)
    for (const prefix of prefixesOf(capabilities)) {
      const owner = owners.get(prefix)
      if (owner !== undefined)
        throw new CompositionError(
          'a choice by price',
          'parts with kinds of their own, because a commitment names who reads it',
          `${owner} and ${capabilities.id}`,
          `both kind ${prefix}`,
        )
      owners.set(prefix, capabilities.id)
    }
  // The price must not decide who can read a batch.
  const open = new Set(parts.map(({ capabilities }) => capabilities.exposure))
  if (open.size > 1)
    throw new CompositionError(
      'a choice by price',
      'parts that show what is put to the same people',
      parts.map(({ capabilities }) => capabilities.id).join(' and '),
      [...open].join(' and '),
    )
}

const least = (values: readonly bigint[]) => values.reduce((a, b) => (b < a ? b : a))

function capabilitiesOf(id: string, parts: readonly DataAvailability[]): DaCapabilities {
  const all = parts.map(({ capabilities }) => capabilities)
  const retention = all.flatMap(({ retentionSeconds }) => retentionSeconds ?? [])
  return {
    id,
    prefix: all[0]!.prefix,
    prefixes: all.flatMap((each) => [...prefixesOf(each)]),
    // The price may be another one at the next put of the same bytes.
    addressing: 'assigned',
    exposure: exposures.find((exposure) => all.some((each) => each.exposure === exposure))!,
    // Each batch fits every part, so that the price alone decides.
    maxBytes: least(all.map(({ maxBytes }) => maxBytes)),
    minBilled: least(all.map(({ minBilled }) => minBilled)),
    ranged: all.every(({ ranged }) => ranged),
    ...(retention.length > 0 ? { retentionSeconds: Math.min(...retention) } : {}),
    erasable: false,
    proof: all.every(({ proof }) => proof === all[0]!.proof) ? all[0]!.proof : 'full',
    challenge: all.find(({ challenge }) => challenge !== 'none')?.challenge ?? 'none',
  }
}

/** A part's price for so many bytes; undefined where it tells none in time. */
async function offerOf(part: DataAvailability, bytes: number, timeoutMs: number): Promise<Offer> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), timeoutMs)
  })
  try {
    const quote = await Promise.race([part.quote(bytes), late])
    return { id: part.capabilities.id, feeWei: quote?.feeWei }
  } catch {
    return { id: part.capabilities.id, feeWei: undefined }
  } finally {
    clearTimeout(timer)
  }
}

/** Puts with a key are one put for each. */
function oncePerKey(put: (data: Uint8Array, given: DaPutOptions) => Promise<DaPutResult>) {
  const known = new Map<string, Promise<DaPutResult>>()
  return async (data: Uint8Array, given: DaPutOptions): Promise<DaPutResult> => {
    const key = given.idempotencyKey
    if (key === undefined) return put(data, given)
    const before = known.get(key)
    if (before) return before
    const made = put(data, given)
    known.set(key, made)
    if (known.size > MAX_KNOWN) known.delete(known.keys().next().value!)
    const result = await made
    if (result.status !== 'ok') known.delete(key)
    return result
  }
}

/**
 * Data availability that puts every batch where it costs least at the moment, by the parts' own quotes, and reads each by the kind in its commitment. Only prices that are known are compared: a part whose
 * price is not to be had is not taken while another tells one, and the log says so; where none tells one, nothing is put and the result says so.
 * @throws {InvalidInputError} for fewer than two parts
 * @throws {CompositionError} for parts that share a kind, or of which one is readable by more people than another
 */
export function cheapest(options: CheapestOptions): DataAvailability {
  const { of: parts, id = 'auto', logger = silentLogger, quoteTimeoutMs = 10_000 } = options
  expectComposable(parts)
  const capabilities = capabilitiesOf(id, parts)
  const { maxBytes } = capabilities
  const offers = (bytes: number) => Promise.all(parts.map((part) => offerOf(part, bytes, quoteTimeoutMs)))
  const readerOf = (commitment: Commitment) =>
    parts.find((part) => prefixesOf(part.capabilities).includes(commitment[0]!))

  async function putAtBest(data: Uint8Array, given: DaPutOptions): Promise<DaPutResult> {
    const offered = await orAborted('The put', offers(data.length), given.signal).catch(
      (error: Error) => error,
    )
    if (offered instanceof Error) return { status: 'error', error: offered, retryable: true }
    const { chosen, unpriced } = choose(offered)
    if (unpriced.length > 0) logger.warn('prices of data availability are not to be had', { of: unpriced })
    if (!chosen)
      return {
        status: 'error',
        error: new Error(`expected a price from one of ${unpriced.join(', ')}, got none`),
        retryable: true,
      }
    const { id: name, feeWei } = chosen
    logger.debug('data availability chosen by price', { da: name, feeWei: `${feeWei}`, bytes: data.length })
    return carryOrPut(
      parts.find((part) => part.capabilities.id === name)!,
      data,
      given,
    )
  }

  const put = oncePerKey(putAtBest)

  return {
    capabilities,
    async start() {
      for (const part of parts) await part.start()
    },
    async stop() {
      for (const part of parts) await part.stop()
    },

    async put(data, given = {}) {
      if (data.length > maxBytes) return { status: 'tooLarge', maxBytes }
      if (given.signal?.aborted) return { status: 'error', error: new Error('aborted'), retryable: true }
      return put(data, given)
    },

    async get(commitment, given) {
      const part = readerOf(commitment)
      return part
        ? part.get(commitment, given)
        : { status: 'invalid', reason: 'no commitment of this backend' }
    },

    async getBlobs(commitment, given) {
      const part = readerOf(commitment)
      if (!part) return { status: 'invalid', reason: 'no commitment of this backend' }
      return part.getBlobs ? part.getBlobs(commitment, given) : part.get(commitment, given)
    },

    async verify(commitment, data) {
      const part = readerOf(commitment)
      return part ? part.verify(commitment, data) : { valid: false, reason: 'no commitment of this backend' }
    },

    status: async (commitment, location) =>
      (await readerOf(commitment)?.status(commitment, location)) ?? { status: 'unknown' },

    async quote(bytes) {
      const { chosen } = choose(await offers(bytes))
      const part = parts.find(({ capabilities: each }) => each.id === chosen?.id) ?? parts[0]!
      return part.quote(bytes)
    },

    async health() {
      const all = await Promise.all(parts.map((part) => part.health()))
      const details = all.flatMap(({ ok, detail }, i) =>
        ok ? [] : [`${parts[i]!.capabilities.id}: ${detail ?? 'not well'}`],
      )
      return details.length === 0 ? { ok: true } : { ok: false, detail: details.join('; ') }
    },
  }
}
