import {
  bytesToHex,
  commitmentPrefixes,
  concatBytes,
  equalBytes,
  hexToBytes,
  keccak256,
  silentLogger,
  systemClock,
  type Commitment,
  type DaPutResult,
  type DataAvailability,
  type DaVerdict,
} from '@animechain/core'
import { l1Sender, l1Transport, putResult } from '@animechain/l1'
import { boundedMap } from '@animechain/runtime'
import { createPublicClient, decodeFunctionData, parseAbi, type Account } from 'viem'

/** Puts whose result is remembered by their key. */
const MAX_KNOWN = 1_000

export interface CalldataOptions {
  /** JSON-RPC of L1: one URL, or several of which `quorum` must agree (default: more than half) */
  rpcUrl: string | readonly string[]
  quorum?: number
  /** Pays for `put`; reading needs none, and neither do settlements that carry the bytes themselves. */
  account?: Account
  /** milliseconds to wait for a transaction of `put`; default 60,000 */
  timeoutMs?: number
}

/**
 * The whole preimage must fit in one L1 transaction beside the call that checks it, and in what nodes relay (128 KiB).
 * docs/spec/protocol.md 1.3.
 */
export const maxCalldataBytes = 120_000

const prefix = commitmentPrefixes.calldata

/** For a look at L1, milliseconds. */
const READ_TIMEOUT_MS = 8_000
/** Times that a transaction is sent, with rising fees, within `timeoutMs`. */
const ATTEMPTS = 4

/** The inbox's functions whose last argument is the data. */
const inboxAbi = parseAbi([
  'struct BatchHeader { uint64 firstBlock; uint32 blockCount; uint64 depositsReadAfter; uint64 lastTimestamp; }',
  'function appendBatch(BatchHeader header, bytes32 parentAcc, bytes32 depositAcc, uint8 daKind, bytes evidence)',
  'function forceBatch(bytes32 parentAcc, uint64 depositsKnown, bytes32 depositAcc, bytes evidence)',
])

function commit(data: Uint8Array): Commitment {
  return concatBytes(Uint8Array.of(prefix), keccak256(data))
}

/** What a transaction's input may hold: itself, or the evidence of a call to the inbox. */
function candidates(input: `0x${string}`): Uint8Array[] {
  const found = [hexToBytes(input)]
  try {
    const { args } = decodeFunctionData({ abi: inboxAbi, data: input })
    const evidence = args.at(-1)
    if (typeof evidence === 'string') found.unshift(hexToBytes(evidence))
  } catch {
    // not a call to the inbox
  }
  return found
}

/**
 * Data availability in the calldata of L1 transactions: kept by every full node for ever, billed by the byte.
 * The commitment is `0x01 ‖ keccak256(data)`.
 */
export function calldata(options: CalldataOptions): DataAvailability {
  const many = options.quorum === undefined ? {} : { quorum: options.quorum }
  const transport = l1Transport(options.rpcUrl, { ...many, timeoutMs: 20_000 })
  // What is sent is worth waiting for; what is read is asked again.
  const sending = createPublicClient({ transport, pollingInterval: 250 })
  const client = createPublicClient({
    transport: l1Transport(options.rpcUrl, { ...many, timeoutMs: READ_TIMEOUT_MS }),
    pollingInterval: 250,
  })
  const timeoutMs = options.timeoutMs ?? 60_000
  /** Puts under way and done, by idempotency key; bounded. */
  const known = boundedMap<string, Promise<DaPutResult>>(MAX_KNOWN)

  const verify = (commitment: Commitment, data: Uint8Array): DaVerdict =>
    commitment.length !== 33 || commitment[0] !== prefix
      ? {
          valid: false,
          reason: `expected 33 bytes with prefix ${prefix}, got ${commitment.length} bytes with prefix ${commitment[0]}`,
        }
      : equalBytes(commit(data), commitment)
        ? { valid: true }
        : { valid: false, reason: 'the hash of the data is not the commitment' }

  const { account } = options
  const sender =
    account &&
    l1Sender({
      client: sending,
      transport,
      account,
      logger: silentLogger,
      clock: systemClock,
      resendAfterMs: timeoutMs / ATTEMPTS,
      attempts: ATTEMPTS,
    })

  async function send(data: Uint8Array, commitment: Commitment, signal?: AbortSignal): Promise<DaPutResult> {
    if (!sender)
      return { status: 'error', error: new Error('calldata has no account to post with'), retryable: false }
    const outcome = await sender.send(
      { what: 'post calldata', to: sender.address, data: bytesToHex(data) },
      signal ? { signal } : {},
    )
    return putResult(outcome, commitment)
  }

  return {
    capabilities: {
      id: 'calldata',
      prefix,
      addressing: 'precomputed',
      exposure: 'plaintext-public',
      maxBytes: BigInt(maxCalldataBytes),
      minBilled: 0n,
      ranged: true,
      erasable: false,
      proof: 'full',
      challenge: 'none',
    },
    async start() {},
    async stop() {},

    async prepare(data) {
      if (data.length > maxCalldataBytes) return { status: 'tooLarge', maxBytes: BigInt(maxCalldataBytes) }
      return { commitment: commit(data), attachment: { type: 'calldata', evidence: data } }
    },

    async put(data, { idempotencyKey, signal } = {}) {
      if (data.length > maxCalldataBytes) return { status: 'tooLarge', maxBytes: BigInt(maxCalldataBytes) }
      if (signal?.aborted) return { status: 'error', error: new Error('aborted'), retryable: true }
      const commitment = commit(data)
      const key = idempotencyKey ?? bytesToHex(commitment)
      const before = known.get(key)
      if (before) return before
      const sent = send(data, commitment, signal)
      known.set(key, sent)
      const result = await sent
      if (result.status !== 'ok') known.delete(key)
      return result
    },

    async get(commitment, { location, range, signal } = {}) {
      if (commitment.length !== 33 || commitment[0] !== prefix)
        return { status: 'invalid', reason: 'no commitment of this backend' }
      if (signal?.aborted) return { status: 'unavailable', error: new Error('aborted') }
      if (!location?.l1TransactionHash) return { status: 'missing', authoritative: false }
      try {
        const transaction = await client.getTransaction({ hash: location.l1TransactionHash })
        const data = candidates(transaction.input).find((candidate) => verify(commitment, candidate).valid)
        if (!data) return { status: 'missing', authoritative: false }
        return { status: 'data', data: range ? data.slice(range.offset, range.offset + range.length) : data }
      } catch (error) {
        if ((error as Error).name === 'TransactionNotFoundError')
          return { status: 'missing', authoritative: false }
        return { status: 'unavailable', error: error as Error }
      }
    },

    verify: async (commitment, data) => verify(commitment, data),

    async status(_commitment, location) {
      if (!location?.l1TransactionHash) return { status: 'unknown' }
      try {
        const { blockNumber } = await client.getTransaction({ hash: location.l1TransactionHash })
        if (blockNumber === null) return { status: 'pending', location }
        const final = await client.getBlock({ blockTag: 'finalized' })
        return {
          status: blockNumber <= final.number ? 'final' : 'included',
          location: { ...location, l1BlockNumber: blockNumber },
        }
      } catch {
        return { status: 'unknown' }
      }
    },

    async quote(length) {
      const fee = await client.getBlock().then(
        (block) => block.baseFeePerGas,
        () => undefined,
      )
      // 16 gas a byte (EIP-2028) and the transaction's own 21,000; EIP-7623's floor of 40 gas a byte applies to nearly pure data.
      const gas = 21_000n + 40n * BigInt(length)
      return { billedBytes: BigInt(length), ...(fee ? { feeWei: fee * gas } : {}) }
    },

    async health() {
      return client.getBlockNumber().then(
        () => ({ ok: true }),
        (error: Error) => ({ ok: false, detail: error.message.split('\n')[0]! }),
      )
    },
  }
}
