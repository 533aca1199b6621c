import {
  BaseError,
  bytesToHex,
  CompositionError,
  systemClock,
  type Clock,
  type Commitment,
  type DaGetResult,
  type DaPutResult,
  type DataAvailability,
  type Hash,
} from '@animechain/core'
import { encodedOf, prefix } from './commitment.js'
import { altDaContract, type AltDaContract, type AltDaL1Options } from './contract.js'
import { altDaWatch, type AltDaWatchOptions } from './watch.js'

/** Longest body that L1 holds in one transaction, bytes: what a challenge must be answered with. */
export const maxAltDaBytes = 120_000

/** Gas of an announcement: a transaction, and two words of storage. */
const ANNOUNCE_GAS = 60_000n

/** How L1 comes to know of commitments, and who watches over those of others. */
export interface AnnouncingOptions extends AltDaL1Options {
  /** Pays the bonds of challenges to what nobody can read, while the backend runs. Default: it challenges nothing. */
  watcher?: AltDaWatchOptions['account']
  /** Other places of kind 3, which the inbox takes as well: the watcher challenges what none of them has. Default: none. */
  others?: readonly Pick<DataAvailability, 'get'>[]
}

const failed = (hash: Hash, why: string): BaseError =>
  new BaseError(`The commitment ${hash} ${why}.`, { code: 'ALTDA_EXPIRED' })

/**
 * Announces a commitment and waits until the inbox takes it. A challenge is answered at once with the bytes. May be called again, after whatever happened:
 * it goes on where the commitment stands.
 * @throws {BaseError} `ALTDA_EXPIRED`, `ALTDA_L1`; what a look at L1 threw; the reason of the signal
 */
async function announced(
  contract: AltDaContract,
  hash: Hash,
  data: Uint8Array,
  {
    pollMs,
    clock = systemClock,
    signal,
  }: { pollMs: number; clock?: Clock; signal?: AbortSignal | undefined },
): Promise<void> {
  let isKnown = false
  for (;;) {
    signal?.throwIfAborted()
    const { state } = await contract.stateOf(hash)
    if (state === 'available') return
    if (state === 'challenged') await contract.resolve(data, signal)
    else if (state !== 'open') {
      // None, expired or stale. One announcement for each call, lest a fault turn into a loop that pays.
      if (isKnown) throw failed(hash, state === 'none' ? 'is no longer announced' : `is ${state}`)
      await contract.announce(hash, signal)
    }
    isKnown = true
    await clock.sleep(pollMs, signal)
  }
}

/** keccak256 in a commitment; undefined where it has none. */
function hashIn(commitment: Commitment): Hash | undefined {
  const encoded = encodedOf(commitment)
  return encoded?.[0] === 0 ? bytesToHex(encoded.slice(1)) : undefined
}

/** The bytes from the first place that has them; else what the last one said. */
const firstOf =
  (places: readonly Pick<DataAvailability, 'get'>[]): DataAvailability['get'] =>
  async (...asked) => {
    let found: DaGetResult = { status: 'missing', authoritative: false }
    for (const place of places) {
      found = await place.get(...asked)
      if (found.status === 'data') return found
    }
    return found
  }

/** @throws {CompositionError} where L1 could never hold what answers a challenge */
function expectChallengeable({ capabilities }: DataAvailability): void {
  const { id, maxBytes, addressing } = capabilities
  if (capabilities.prefix !== prefix || addressing !== 'precomputed')
    throw new CompositionError(
      'the AltDA contract on L1',
      'keccak commitments of kind 3, which a challenge can be answered for',
      `data availability ${id}`,
      capabilities.prefix === prefix ? 'generic ones' : `kind ${capabilities.prefix}`,
    )
  if (maxBytes > BigInt(maxAltDaBytes))
    throw new CompositionError(
      'the AltDA contract on L1',
      `bodies of at most ${maxAltDaBytes} bytes`,
      `data availability ${id}`,
      `up to ${maxBytes}`,
    )
  if (capabilities.exposure === 'private')
    throw new CompositionError(
      'the AltDA contract on L1',
      'bytes that may be posted to L1 when they are challenged',
      `data availability ${id}`,
      'private ones',
    )
}

/**
 * A backend of kind 3 whose commitments an inbox on L1 takes: a put announces them to the `AltDA` contract, waits until the challenge window has passed, and
 * answers challenges meanwhile (docs/spec/protocol.md 1.3). What answered a challenge is read from L1 where the backend does not have it.
 * @throws {CompositionError} for a backend whose commitments are no hashes, whose bodies L1 cannot hold, or that is private
 */
export function announcing(da: DataAvailability, l1: AnnouncingOptions): DataAvailability {
  expectChallengeable(da)
  const contract = altDaContract(l1)
  const { pollMs = 1_000, clock = systemClock } = l1
  /** Puts under way, so that one challenge is not answered twice. */
  const running = new Map<Hash, Promise<void>>()
  const announceOnce = (hash: Hash, data: Uint8Array, signal: AbortSignal | undefined) => {
    const under = running.get(hash)
    if (under) return under
    const started = announced(contract, hash, data, { pollMs, clock, signal }).finally(() =>
      running.delete(hash),
    )
    running.set(hash, started)
    return started
  }
  const anywhere = { get: firstOf([{ get }, ...(l1.others ?? [])]) }
  const watch = l1.watcher && altDaWatch({ ...l1, account: l1.watcher, da: anywhere })

  async function get(...[commitment, options = {}]: Parameters<DataAvailability['get']>) {
    const found = await da.get(commitment, options)
    const hash = hashIn(commitment)
    if (!hash || (found.status !== 'missing' && found.status !== 'unavailable')) return found
    const { range } = options
    try {
      const data = await contract.posted(hash)
      if (!data) return found
      return {
        status: 'data',
        data: range ? data.slice(range.offset, range.offset + range.length) : data,
      } as const
    } catch (error) {
      return { status: 'unavailable', error: error as Error } as const
    }
  }

  return {
    ...da,
    capabilities: { ...da.capabilities, challenge: 'full' },
    async start() {
      await da.start()
      await watch?.start()
    },
    async stop() {
      await watch?.stop()
      await da.stop()
    },
    async put(data, options = {}): Promise<DaPutResult> {
      const put = await da.put(data, options)
      const hash = put.status === 'ok' ? hashIn(put.commitment) : undefined
      if (put.status !== 'ok' || !hash) return put
      try {
        await announceOnce(hash, data, options.signal)
        return put
      } catch (error) {
        return { status: 'error', error: error as Error, retryable: true }
      }
    },
    get,
    async status(commitment) {
      const hash = hashIn(commitment)
      if (!hash) return { status: 'unknown' }
      try {
        const { state } = await contract.stateOf(hash)
        if (state === 'none') return { status: 'unknown' }
        if (state === 'expired' || state === 'stale') return { status: 'lost' }
        return { status: state === 'available' ? 'included' : 'pending' }
      } catch {
        return { status: 'unknown' }
      }
    },
    async quote(length) {
      const quote = await da.quote(length)
      const block = await contract.client.getBlock().catch(() => undefined)
      const fee = block?.baseFeePerGas
      return fee ? { ...quote, feeWei: (quote.feeWei ?? 0n) + fee * ANNOUNCE_GAS } : quote
    },
  }
}
