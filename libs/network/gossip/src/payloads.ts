import { keccak256Hex, type Hash } from '@animechain/core'
import { GossipError } from './errors.js'
import type { GossipMetrics } from './metrics.js'

/** Somebody who may have a payload. */
export interface PayloadSource {
  name: string
  ask(signal: AbortSignal): Promise<Uint8Array | undefined>
}

/** How a payload is fetched. */
export interface FetchPayloadOptions {
  /** Identity of the peer to ask first, such as the one that announced it. */
  first?: string
  /** longest payload, bytes; default and most: `maxPayloadBytes` of the node's bounds */
  maxBytes?: number
  signal?: AbortSignal
}

/** Peers that are asked for one payload. */
const MAX_ASKED = 8

/**
 * Asks one source after the other until one gives the bytes with this hash.
 * @param onWrong told of a source that gave other bytes
 * @throws {GossipError} `GOSSIP_PAYLOAD_MISSING`
 */
export async function fetchPayload(
  hash: Hash,
  sources: readonly PayloadSource[],
  maxBytes: number,
  parts: { signal: AbortSignal; metrics: GossipMetrics; onWrong(name: string): void },
): Promise<Uint8Array> {
  const { signal, metrics, onWrong } = parts
  const reasons: string[] = []
  for (const { name, ask } of sources.slice(0, MAX_ASKED)) {
    if (signal.aborted) break
    let bytes: Uint8Array | undefined
    try {
      bytes = await ask(signal)
    } catch (error) {
      reasons.push(`${name}: ${(error as Error).message}`)
      continue
    }
    if (bytes && bytes.length <= maxBytes && keccak256Hex(bytes) === hash) {
      metrics.payloads.inc(1, { outcome: 'fetched' })
      return bytes.slice()
    }
    if (bytes) onWrong(name)
    reasons.push(`${name}: ${bytes ? 'gave other bytes' : 'does not have it'}`)
  }
  metrics.payloads.inc(1, { outcome: 'missing' })
  throw new GossipError(`No peer gave the payload ${hash}.`, 'GOSSIP_PAYLOAD_MISSING', {
    cause: signal.reason,
    metaMessages: reasons.length > 0 ? reasons : ['Nobody is connected.'],
  })
}
