import {
  bytesToHex,
  commitmentPrefixes,
  concatBytes,
  equalBytes,
  keccak256,
  type Commitment,
  type DaCapabilities,
  type DaGetResult,
  type DaPutResult,
  type DataAvailability,
  type DaVerdict,
} from '@animechain/core'
import type { ObjectFailure, ObjectStore } from '@animechain/objects'

/** Where bytes are kept, and what is said of the place. */
export interface ObjectDaOptions {
  /** Started and stopped with the backend. */
  objects: ObjectStore
  /** What the backend is called; default: as the store. */
  id?: string
  /** Who can read in the place; default `plaintext-public`. */
  exposure?: DaCapabilities['exposure']
  /** seconds for which the place promises to keep; default: it says nothing */
  retentionSeconds?: number
  /** longest body, bytes; default 120,000, what a challenge on L1 can be answered with */
  maxBytes?: number
}

/** The whole preimage must fit in one L1 transaction (docs/spec/protocol.md 1.3). bytes */
export const maxObjectDaBytes = 120_000

const prefix = commitmentPrefixes.altda
/** Type byte of a Keccak256Commitment in the OP alt-DA protocol. */
const KECCAK = 0

/** What a server of the OP alt-DA protocol calls the commitment: `0x00 ‖ keccak256(data)`. */
const encodedOf = (data: Uint8Array) => concatBytes(Uint8Array.of(KECCAK), keccak256(data))
const commitmentOf = (data: Uint8Array): Commitment => concatBytes(Uint8Array.of(prefix), encodedOf(data))

const isCommitment = (commitment: Commitment) =>
  commitment.length === 34 && commitment[0] === prefix && commitment[1] === KECCAK

const keyOf = (commitment: Commitment) => `keccak256/${bytesToHex(commitment.slice(2)).slice(2)}`

function verdict(commitment: Commitment, data: Uint8Array): DaVerdict {
  if (!isCommitment(commitment))
    return {
      valid: false,
      reason: `expected 34 bytes that begin with ${prefix}, ${KECCAK}, got ${commitment.length} that begin with ${commitment.slice(0, 2).join(', ')}`,
    }
  return equalBytes(commitmentOf(data), commitment)
    ? { valid: true }
    : { valid: false, reason: 'the hash of the data is not the commitment' }
}

/** As an answer to `get`. The keys and ranges asked for here are well-formed. */
function unread(failure: ObjectFailure): DaGetResult {
  switch (failure.status) {
    case 'unavailable':
      return failure
    case 'forbidden':
      return failure
    case 'invalid':
      return { status: 'unavailable', error: new Error(failure.reason) }
  }
}

async function read(
  { objects, maxBytes = maxObjectDaBytes }: ObjectDaOptions,
  commitment: Commitment,
  signal: AbortSignal | undefined,
): Promise<DaGetResult> {
  if (!isCommitment(commitment)) return { status: 'invalid', reason: 'no commitment of this backend' }
  const found = await objects.get(keyOf(commitment), { maxBytes, signal })
  switch (found.status) {
    case 'missing':
      return { status: 'missing', authoritative: true }
    case 'tooLarge':
      return {
        status: 'unavailable',
        error: new Error(`expected at most ${maxBytes} bytes, got ${found.size}`),
      }
    case 'object':
      // Whoever can write there can put other bytes: the right ones may come back.
      return verdict(commitment, found.body).valid
        ? { status: 'data', data: found.body }
        : { status: 'unavailable', error: new Error('the object has other bytes than the commitment') }
    default:
      return unread(found)
  }
}

async function write(
  { objects, maxBytes = maxObjectDaBytes }: ObjectDaOptions,
  data: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<DaPutResult> {
  if (data.length > maxBytes) return { status: 'tooLarge', maxBytes: BigInt(maxBytes) }
  // A copy, which `slice` of a Buffer is not: the caller may change its bytes meanwhile.
  const body = Uint8Array.from(data)
  const commitment = commitmentOf(body)
  const put = await objects.put(keyOf(commitment), body, { signal })
  switch (put.status) {
    case 'ok':
      return { status: 'ok', commitment, attachment: { type: 'evidence', evidence: commitment.slice(1) } }
    case 'tooLarge':
      return { status: 'tooLarge', maxBytes: BigInt(put.maxBytes) }
    case 'cut':
    case 'unavailable':
      return { status: 'error', error: put.error, retryable: true }
    case 'forbidden':
    case 'invalid':
      return { status: 'error', error: new Error(put.reason), retryable: false }
  }
}

/**
 * Data availability in a store of objects. The commitment is the one that servers of the OP alt-DA protocol make, `0x03 ‖ 0x00 ‖ keccak256(data)`: those read what is
 * written here, and an inbox on L1 takes it once it could be challenged (`announcing` of @animechain/da-altda). Bytes are verified when they are read, so nobody who
 * can write in the place can make a reader believe others.
 */
export function objectDa(options: ObjectDaOptions): DataAvailability {
  const { objects, id = objects.id, exposure = 'plaintext-public', retentionSeconds } = options
  const { maxBytes = maxObjectDaBytes } = options
  return {
    capabilities: {
      id,
      prefix,
      addressing: 'precomputed',
      exposure,
      maxBytes: BigInt(maxBytes),
      minBilled: 0n,
      ranged: true,
      ...(retentionSeconds === undefined ? {} : { retentionSeconds }),
      erasable: true,
      proof: 'full',
      challenge: 'none',
    },
    start: () => objects.start(),
    stop: () => objects.stop(),

    // The same bytes are the same object, so that a key adds nothing; what the place lost is stored again.
    put: (data, { signal } = {}) => write(options, data, signal),

    async get(commitment, { range, signal } = {}) {
      const found = await read(options, commitment, signal)
      if (found.status !== 'data' || !range) return found
      return { status: 'data', data: found.data.slice(range.offset, range.offset + range.length) }
    },

    verify: async (commitment, data) => verdict(commitment, data),

    async status(commitment) {
      if (!isCommitment(commitment)) return { status: 'unknown' }
      const found = await objects.head(keyOf(commitment))
      return { status: found.status === 'object' ? 'final' : 'unknown' }
    },

    quote: async (length) => ({ billedBytes: BigInt(length) }),
    health: () => objects.health(),

    async erase(commitment) {
      if (!isCommitment(commitment)) return { status: 'unknown' }
      const key = keyOf(commitment)
      const found = await objects.head(key)
      if (found.status !== 'object') return { status: 'unknown' }
      const gone = await objects.delete(key)
      return { status: gone.status === 'ok' ? 'erased' : 'unknown' }
    },
  }
}
