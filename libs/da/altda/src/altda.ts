import {
  bytesToHex,
  InvalidInputError,
  type Commitment,
  type DaCapabilities,
  type DaGetResult,
  type DaPutOptions,
  type DaPutResult,
  type DataAvailability,
} from '@animechain/core'
import { putOnce } from '@animechain/l1'
import { maxAltDaBytes } from './announcing.js'
import {
  commitmentOf,
  decodeOpCommitment,
  encodedOf,
  keccakEncoded,
  MAX_ENCODED_BYTES,
  prefix,
  unverifiable,
  verdictOf,
  wellFormed,
  type LayerVerifiers,
} from './commitment.js'
import { ask, rawOrHex, said, type Answer } from './http.js'

/** Which servers, and what kind of commitments. */
export interface AltDaOptions {
  /** The server that is written to, and read first. */
  url: string
  /** Further servers to read from. */
  mirrors?: readonly string[]
  /** Sent to `url` with what is put, as a bearer token. */
  token?: string
  /** `keccak`: the hash of the bytes. `generic`: what the server's DA layer commits with. Default `keccak`. */
  commitments?: 'keccak' | 'generic'
  /** For generic commitments: how those of a layer are verified, by the layer's byte. Without one nothing of that layer is believed. */
  verifiers?: LayerVerifiers
  /** Who can read at the servers; default `plaintext-public` */
  exposure?: DaCapabilities['exposure']
  /** seconds for which the servers promise to keep; default: they say nothing */
  retentionSeconds?: number
  /** Longest body, bytes; default 120,000, what a challenge on L1 can be answered with */
  maxBytes?: number
  /** milliseconds for one server to answer a `get`; default 15,000 */
  timeoutMs?: number
  /** milliseconds for the server to store, which on a chain for data may be minutes; default 300,000 */
  putTimeoutMs?: number
}

type Settings = Required<Pick<AltDaOptions, 'verifiers' | 'maxBytes' | 'timeoutMs' | 'putTimeoutMs'>> &
  AltDaOptions

/** @throws {InvalidInputError} for what cannot work */
function settingsOf(options: AltDaOptions): Settings {
  const { commitments = 'keccak', verifiers = {}, maxBytes = maxAltDaBytes } = options
  if (commitments === 'generic' && Object.keys(verifiers).length === 0)
    throw new InvalidInputError(
      'verifiers',
      'one for each DA layer with generic commitments: the commitment alone does not bind the data',
      verifiers,
    )
  return {
    ...options,
    verifiers,
    maxBytes,
    timeoutMs: options.timeoutMs ?? 15_000,
    putTimeoutMs: options.putTimeoutMs ?? 300_000,
  }
}

const capabilitiesOf = ({ commitments, exposure, retentionSeconds, maxBytes }: Settings): DaCapabilities => ({
  id: 'altda',
  prefix,
  addressing: commitments === 'generic' ? 'assigned' : 'precomputed',
  exposure: exposure ?? 'plaintext-public',
  maxBytes: BigInt(maxBytes),
  minBilled: 0n,
  ranged: true,
  ...(retentionSeconds === undefined ? {} : { retentionSeconds }),
  erasable: false,
  proof: 'full',
  challenge: 'none',
})

const errorResult = (error: unknown, retryable = true): DaPutResult => ({
  status: 'error',
  error: error instanceof Error ? error : new Error(String(error)),
  retryable,
})

/** What a server's answer to a put means, where it is no success. */
function refused(answer: Answer, maxBytes: number): DaPutResult {
  const { status, retryAfterMs = 1_000 } = answer
  switch (status) {
    case 429:
      return { status: 'rateLimited', retryAfterMs }
    case 503:
      // Proxies of DA chains say so when theirs is down.
      return { status: 'failover', reason: said(answer) }
    case 413:
      return errorResult(new Error(`the server takes less than ${maxBytes} bytes: ${said(answer)}`), false)
    default:
      return errorResult(new Error(said(answer)), status >= 500 || status === 408)
  }
}

/** Stores at the server; gives the encoded commitment. */
async function store(
  { url, token, commitments, verifiers, maxBytes, putTimeoutMs }: Settings,
  data: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<DaPutResult | Uint8Array> {
  const isGeneric = commitments === 'generic'
  const own = keccakEncoded(data)
  const answer = await ask(url, {
    method: 'POST',
    path: isGeneric ? '/put' : `/put/${bytesToHex(own)}`,
    body: data,
    token,
    // As hex, if it is what the specification says.
    maxBytes: 2 * MAX_ENCODED_BYTES + 8,
    timeoutMs: putTimeoutMs,
    signal,
  })
  if (answer.status !== 200) return refused(answer, maxBytes)
  if (!isGeneric) return own
  const encoded = rawOrHex(answer.body)
  const verdict = await verdictOf(encoded, data, verifiers)
  return verdict.valid
    ? encoded
    : errorResult(new Error(`the server answered a commitment that does not hold: ${verdict.reason}`), false)
}

async function put(settings: Settings, data: Uint8Array, signal?: AbortSignal): Promise<DaPutResult> {
  try {
    const stored = await store(settings, data, signal)
    if (!(stored instanceof Uint8Array)) return stored
    return {
      status: 'ok',
      commitment: commitmentOf(stored),
      attachment: { type: 'evidence', evidence: stored },
    }
  } catch (error) {
    return errorResult(error)
  }
}

/** Results are kept by their key where another put would change the commitment. Of keccak256 it does not, and the server may have lost what it had: it is put again. */
function putting(settings: Settings) {
  const { maxBytes, commitments } = settings
  const run = (data: Uint8Array, signal?: AbortSignal) => put(settings, data, signal)
  if (commitments === 'generic') return putOnce(maxBytes, run)
  const running = new Map<string, Promise<DaPutResult>>()
  return async (data: Uint8Array, { idempotencyKey, signal }: DaPutOptions = {}): Promise<DaPutResult> => {
    if (data.length > maxBytes) return { status: 'tooLarge', maxBytes: BigInt(maxBytes) }
    if (signal?.aborted) return errorResult(new Error('aborted'))
    const key = idempotencyKey ?? bytesToHex(keccakEncoded(data))
    const before = running.get(key)
    if (before) return before
    const result = run(data, signal)
    running.set(key, result)
    try {
      return await result
    } finally {
      running.delete(key)
    }
  }
}

/** What one server has; an error where it did not say. */
async function from(
  url: string,
  encoded: Uint8Array,
  { verifiers, maxBytes, timeoutMs, token, url: own }: Settings,
  signal: AbortSignal | undefined,
): Promise<Uint8Array | Error | undefined> {
  try {
    const answer = await ask(url, {
      method: 'GET',
      path: `/get/${bytesToHex(encoded)}`,
      token: url === own ? token : undefined,
      maxBytes,
      timeoutMs,
      signal,
    })
    if (answer.status === 404 && !answer.isPage) return undefined
    if (answer.status !== 200) return new Error(`${url}: ${said(answer)}`)
    const verdict = await verdictOf(encoded, answer.body, verifiers)
    return verdict.valid ? answer.body : new Error(`${url} gave other bytes: ${verdict.reason}`)
  } catch (error) {
    return new Error(`${url}: ${(error as Error).message}`, { cause: error })
  }
}

async function get(settings: Settings, commitment: Commitment, signal?: AbortSignal): Promise<DaGetResult> {
  const { url, mirrors = [], verifiers } = settings
  const encoded = encodedOf(commitment)
  const decoded = encoded && decodeOpCommitment(encoded)
  if (!encoded || !decoded || !wellFormed(decoded, verifiers))
    return { status: 'invalid', reason: 'no commitment of this backend' }
  const unknown = unverifiable(decoded, verifiers)
  if (unknown) return { status: 'unavailable', error: new Error(unknown) }
  let failure: Error | undefined
  for (const server of [url, ...mirrors]) {
    if (signal?.aborted) return { status: 'unavailable', error: new Error('aborted') }
    const found = await from(server, encoded, settings, signal)
    if (found instanceof Uint8Array) return { status: 'data', data: found }
    failure ??= found
  }
  // A server's 404 proves nothing: some say it whatever went wrong.
  return failure ? { status: 'unavailable', error: failure } : { status: 'missing', authoritative: false }
}

/**
 * Data availability behind any server of the OP alt-DA protocol. The commitment is `0x03` and the server's: `0x00 ‖ keccak256(data)`, or with generic ones
 * `0x01 ‖ DA layer ‖ payload`. An inbox on L1 takes the former alone, and only with {@link announcing}.
 * @throws {InvalidInputError} for generic commitments without a verifier
 */
export function altda(options: AltDaOptions): DataAvailability {
  const settings = settingsOf(options)
  const { url, timeoutMs, verifiers } = settings
  return {
    capabilities: capabilitiesOf(settings),
    async start() {},
    async stop() {},
    put: putting(settings),

    async get(commitment, { range, signal } = {}) {
      const found = await get(settings, commitment, signal)
      if (found.status !== 'data' || !range) return found
      return { status: 'data', data: found.data.slice(range.offset, range.offset + range.length) }
    },

    async verify(commitment, data) {
      if (commitment[0] !== prefix)
        return { valid: false, reason: `expected prefix ${prefix}, got ${commitment[0]}` }
      return verdictOf(commitment.slice(1), data, verifiers)
    },

    async status(commitment) {
      return { status: (await get(settings, commitment)).status === 'data' ? 'included' : 'unknown' }
    },

    quote: async (length) => ({ billedBytes: BigInt(length) }),

    async health() {
      try {
        // Every server answers this, and none has it.
        const zero = bytesToHex(new Uint8Array(33))
        const answer = await ask(url, { method: 'GET', path: `/get/${zero}`, maxBytes: 4_096, timeoutMs })
        return answer.status < 500 && !answer.isPage ? { ok: true } : { ok: false, detail: said(answer) }
      } catch (error) {
        return { ok: false, detail: (error as Error).message }
      }
    },
  }
}
