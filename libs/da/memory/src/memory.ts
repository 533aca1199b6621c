import {
  bytesToHex,
  commitmentPrefixes,
  concatBytes,
  equalBytes,
  keccak256,
  type Commitment,
  type DataAvailability,
  type DaVerdict,
  type Hex,
} from '@animechain/core'

/** Bounds of the memory. */
export interface MemoryDaOptions {
  /** bytes of one put; default 4 MiB */
  maxBytes?: number
  /** bytes kept in all; the oldest go first and are then missing. Default 256 MiB. */
  capacity?: number
}

const prefix = commitmentPrefixes.memory

function commit(data: Uint8Array): Commitment {
  return concatBytes(Uint8Array.of(prefix), keccak256(data))
}

/**
 * Data availability in this process: what is put is there for everyone who holds the same object, until it stops.
 * The commitment is `0x00 ‖ keccak256(data)`; a settlement on L1 is handed the hash (docs/spec/protocol.md 1.3) and has to believe it.
 */
export function memoryDa(options: MemoryDaOptions = {}): DataAvailability {
  const maxBytes = options.maxBytes ?? 4 * 2 ** 20
  const capacity = options.capacity ?? 256 * 2 ** 20
  const kept = new Map<Hex, Uint8Array>()
  let bytes = 0

  const verify = (commitment: Commitment, data: Uint8Array): DaVerdict =>
    commitment.length !== 33 || commitment[0] !== prefix
      ? {
          valid: false,
          reason: `expected 33 bytes with prefix ${prefix}, got ${commitment.length} bytes with prefix ${commitment[0]}`,
        }
      : equalBytes(commit(data), commitment)
        ? { valid: true }
        : { valid: false, reason: 'the hash of the data is not the commitment' }

  return {
    capabilities: {
      id: 'memory',
      prefix,
      addressing: 'precomputed',
      exposure: 'private',
      maxBytes: BigInt(maxBytes),
      minBilled: 0n,
      ranged: true,
      erasable: true,
      proof: 'full',
      challenge: 'none',
    },
    async start() {},
    async stop() {},

    async put(data, { signal } = {}) {
      if (signal?.aborted) return { status: 'error', error: new Error('aborted'), retryable: true }
      if (data.length > maxBytes) return { status: 'tooLarge', maxBytes: BigInt(maxBytes) }
      const commitment = commit(data)
      const key = bytesToHex(commitment)
      if (!kept.has(key)) {
        kept.set(key, data.slice())
        bytes += data.length
        for (const [oldest, value] of kept) {
          if (bytes <= capacity || oldest === key) break
          kept.delete(oldest)
          bytes -= value.length
        }
      }
      return { status: 'ok', commitment, attachment: { type: 'evidence', evidence: commitment.slice(1) } }
    },

    async get(commitment, { range, signal } = {}) {
      if (signal?.aborted) return { status: 'unavailable', error: new Error('aborted') }
      if (commitment.length !== 33 || commitment[0] !== prefix)
        return { status: 'invalid', reason: 'no commitment of this backend' }
      const data = kept.get(bytesToHex(commitment))
      if (!data) return { status: 'missing', authoritative: false }
      return {
        status: 'data',
        data: range ? data.slice(range.offset, range.offset + range.length) : data.slice(),
      }
    },

    verify: async (commitment, data) => verify(commitment, data),
    status: async (commitment) => ({ status: kept.has(bytesToHex(commitment)) ? 'final' : 'unknown' }),
    quote: async (length) => ({ billedBytes: BigInt(length) }),
    health: async () => ({ ok: true }),
    async erase(commitment) {
      const key = bytesToHex(commitment)
      bytes -= kept.get(key)?.length ?? 0
      return { status: kept.delete(key) ? 'erased' : 'unknown' }
    },
  }
}
