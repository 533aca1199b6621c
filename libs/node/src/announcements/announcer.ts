import {
  BaseError,
  keccak256Hex,
  type BatchCodec,
  type Logger,
  type Metrics,
  type SealedHeader,
} from '@animechain/core'
import type { ChainStore } from '../chain/store.js'
import type { ServiceDefinition } from '../service.js'
import type { NamedKey } from './namedKey.js'
import { encodePayload, maxPayloadBytes } from './payload.js'
import type { PayloadCache } from './payloadCache.js'
import type { BlockGossip } from './port.js'

/** milliseconds between looks when no block wakes it */
const POLL_MS = 1_000
/** The newest blocks that are announced after a start or a standstill; those before them come by L1. */
const MAX_BEHIND = 512n

/** What blocks are announced with. */
export interface AnnouncerParts {
  store: ChainStore
  codec: BatchCodec
  gossip: BlockGossip
  named: NamedKey
  payloads: PayloadCache
  logger: Logger
  metrics: Metrics
}

/** The service, and what wakes it. */
export interface Announcer {
  definition: ServiceDefinition
  /** Follows the chain from now on. @param wake called when there is a block to announce @returns ends it */
  open(wake: () => void): () => void
}

/** @throws {BaseError} `ANNOUNCER_WRONG_KEY` */
async function expectNamed(named: NamedKey, signer: NonNullable<BlockGossip['signer']>): Promise<void> {
  if ((await named.is(signer)) !== false) return
  throw new BaseError('Blocks are not announced: nobody would believe the key.', {
    code: 'ANNOUNCER_WRONG_KEY',
    metaMessages: [`Expected the sequencer that SystemConfig names, ${named.key}, got ${signer}.`],
  })
}

/**
 * Announces each block once it is in the chain, with its payload kept for those who ask. After a start the newest blocks that L1 does not have are announced
 * again, the same bytes.
 */
export function announcer({
  store,
  codec,
  gossip,
  named,
  payloads,
  logger,
  metrics,
}: AnnouncerParts): Announcer {
  const announced = metrics.counter({ name: 'rollup_blocks_announced_total', help: 'Blocks announced.' })
  /** number of the newest block that was announced; undefined: none since the start */
  let last: bigint | undefined

  async function announce(header: SealedHeader): Promise<void> {
    const { number, hash, parentHash, timestamp } = header
    const payload = await encodePayload(store, codec, header)
    if (store.headerByNumber(number)?.hash !== hash) return
    if (payload.length > maxPayloadBytes(codec)) {
      logger.warn('a block is too large to be announced', { number, bytes: payload.length })
      return
    }
    const payloadHash = keccak256Hex(payload)
    payloads.put(payloadHash, payload)
    await gossip.publish({ number, hash, parentHash, payloadHash, timestamp })
    announced.inc()
  }

  /** The next block to announce. */
  function next(): SealedHeader | undefined {
    const head = store.head('latest').number
    const safe = store.head('safe').number
    const oldest = head - MAX_BEHIND > safe ? head - MAX_BEHIND : safe
    const after = last !== undefined && last > oldest ? last : oldest
    return after < head ? store.headerByNumber(after + 1n) : undefined
  }

  return {
    definition: {
      name: 'announcer',
      pollMs: POLL_MS,
      async step(signal) {
        for (let header = next(); header && !signal.aborted; header = next()) {
          await expectNamed(named, gossip.signer!)
          await announce(header)
          // A reorg may have taken it away meanwhile.
          if (store.headerByNumber(header.number)?.hash === header.hash) last = header.number
        }
      },
    },
    open(wake) {
      last = undefined
      return store.subscribe(({ removed }) => {
        const lowest = removed.at(-1)?.header.number
        if (lowest !== undefined && last !== undefined && last >= lowest) last = lowest - 1n
        wake()
      })
    },
  }
}
