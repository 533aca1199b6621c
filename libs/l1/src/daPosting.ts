import {
  silentLogger,
  systemClock,
  type Commitment,
  type DaLocation,
  type DaPutOptions,
  type DaPutResult,
  type DaStatus,
} from '@animechain/core'
import { boundedMap } from '@animechain/runtime'
import { createPublicClient, type Account, type Kzg, type PublicClient, type Transport } from 'viem'
import { orAborted } from './orAborted.js'
import { l1Sender, type L1Call, type L1Outcome } from './sender.js'
import { l1Transport } from './transport.js'

/** For a look at L1, milliseconds. */
const READ_TIMEOUT_MS = 8_000
/** For a request that sends, which is worth waiting for. milliseconds */
const SEND_TIMEOUT_MS = 20_000
/** Times that a transaction is sent, with rising fees, within `timeoutMs`. */
const ATTEMPTS = 4
/** Puts whose result is remembered by their key. */
const MAX_KNOWN = 1_000

/** How a backend that posts to L1 reaches it, and with which key. */
export interface DaPostingOptions {
  /** id of the backend, for its errors */
  id: string
  /** JSON-RPC of L1: one URL, or several of which `quorum` must agree (default: more than half) */
  rpcUrl: string | readonly string[]
  quorum?: number | undefined
  /** Pays for what is sent; reading needs none. */
  account?: Account | undefined
  /** Needed to send blobs. */
  kzg?: (blobs: readonly Uint8Array[]) => Promise<Kzg>
  /** milliseconds to wait for a transaction */
  timeoutMs: number
}

/** What a DA backend whose bytes are in L1 transactions has besides its encoding. */
export interface DaPosting {
  /** For reading. */
  readonly client: PublicClient<Transport>
  /** Sends a transaction of the account's to itself. What is sent is made only where there is an account. */
  send(
    make: () => Promise<{ call: Omit<L1Call, 'to'>; commitment: Commitment }>,
    signal: AbortSignal | undefined,
  ): Promise<DaPutResult>
  /** Where the transaction of a location stands; undefined where L1 does not say. */
  status(location: DaLocation): Promise<DaStatus | undefined>
  health(): Promise<{ ok: boolean; detail?: string }>
}

/** What a DA backend answers to `put` when its own transaction came to this. */
export function putResult(outcome: L1Outcome, commitment: Commitment): DaPutResult {
  switch (outcome.status) {
    case 'ok':
      return {
        status: 'ok',
        commitment,
        location: { l1TransactionHash: outcome.hash, l1BlockNumber: outcome.blockNumber },
      }
    case 'error':
      return { status: 'error', error: outcome.error, retryable: outcome.retryable }
    case 'rejected':
      return { status: 'error', error: new Error(outcome.reason), retryable: true }
    case 'feeTooHigh':
      return { status: 'error', error: new Error(`the base fee is ${outcome.baseFee} wei`), retryable: true }
  }
}

/** What backends that post to L1 share: clients, a sender, puts that are idempotent by their key, status and health. */
export function daPosting({ id, rpcUrl, quorum, account, kzg, timeoutMs }: DaPostingOptions): DaPosting {
  const many = quorum === undefined ? {} : { quorum }
  const transport = l1Transport(rpcUrl, { ...many, timeoutMs: SEND_TIMEOUT_MS })
  const client = createPublicClient({
    transport: l1Transport(rpcUrl, { ...many, timeoutMs: READ_TIMEOUT_MS }),
    pollingInterval: 250,
  })
  const sender =
    account &&
    l1Sender({
      client: createPublicClient({ transport, pollingInterval: 250 }),
      transport,
      account,
      ...(kzg ? { kzg } : {}),
      logger: silentLogger,
      clock: systemClock,
      resendAfterMs: timeoutMs / ATTEMPTS,
      attempts: ATTEMPTS,
    })
  return {
    client,
    async send(make, signal) {
      if (!sender)
        return { status: 'error', error: new Error(`${id} has no account to post with`), retryable: false }
      try {
        const { call, commitment } = await make()
        const sent = sender.send({ ...call, to: sender.address }, signal ? { signal } : {})
        return putResult(await orAborted('The put', sent, signal), commitment)
      } catch (error) {
        return { status: 'error', error: error as Error, retryable: true }
      }
    },
    async status(location) {
      if (!location.l1TransactionHash) return undefined
      try {
        const { blockNumber } = await client.getTransaction({ hash: location.l1TransactionHash })
        if (blockNumber === null) return { status: 'pending', location }
        const final = await client.getBlock({ blockTag: 'finalized' })
        return {
          status: blockNumber <= final.number ? 'final' : 'included',
          location: { ...location, l1BlockNumber: blockNumber },
        }
      } catch {
        return undefined
      }
    },
    health: () =>
      client.getBlockNumber().then(
        () => ({ ok: true }),
        (error: Error) => ({ ok: false, detail: error.message.split('\n')[0]! }),
      ),
  }
}

/** A `put` that runs once for each idempotency key, as long as it succeeds. */
export function putOnce(
  maxBytes: number,
  send: (data: Uint8Array, signal?: AbortSignal) => Promise<DaPutResult>,
  /** The key of a put that has none; undefined: each such put is sent. */
  defaultKey: (data: Uint8Array) => string | undefined = () => undefined,
) {
  /** Puts under way and done. */
  const known = boundedMap<string, Promise<DaPutResult>>(MAX_KNOWN)
  return async (data: Uint8Array, { idempotencyKey, signal }: DaPutOptions = {}): Promise<DaPutResult> => {
    if (data.length > maxBytes) return { status: 'tooLarge', maxBytes: BigInt(maxBytes) }
    if (signal?.aborted) return { status: 'error', error: new Error('aborted'), retryable: true }
    const key = idempotencyKey ?? defaultKey(data)
    if (key === undefined) return send(data, signal)
    const before = known.get(key)
    if (before) return before
    const sent = send(data, signal)
    known.set(key, sent)
    const result = await sent
    if (result.status !== 'ok') known.delete(key)
    return result
  }
}
