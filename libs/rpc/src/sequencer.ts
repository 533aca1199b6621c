import { redactUrls, type Address, type Hash, type Hex, type Logger } from '@animechain/core'
import { RpcError, rpcErrorCodes, serverError } from './errors.js'
import { hex } from './encode.js'

/** Another node that takes transactions. */
export interface Sequencer {
  /** @throws RpcError what it answered, or that it cannot be reached. */
  send(raw: Uint8Array): Promise<Hash>
  /** Nonce of an account's next transaction, those that wait counted; undefined when it does not say in time. */
  pendingNonce(address: Address): Promise<bigint | undefined>
}

/** Milliseconds for one answer of the sequencer. */
const TIMEOUT_MS = 10_000
/** The same for what this node can answer less well by itself. */
const READ_TIMEOUT_MS = 2_000
/** Transactions, and reads, on their way at once. */
const MAX_PENDING = 1_000

interface Answer<T> {
  result?: T
  error?: { code?: number; message?: string; data?: unknown }
}

/** Forwards transactions as `eth_sendRawTransaction`, and asks for nonces. */
export function forwardTo(url: string, logger: Logger): Sequencer {
  let pending = 0
  let reads = 0

  async function ask<T>(method: string, params: readonly unknown[], timeoutMs: number): Promise<Answer<T>> {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
      signal: AbortSignal.timeout(timeoutMs),
    })
    return (await response.json()) as Answer<T>
  }

  return {
    async pendingNonce(address) {
      if (reads >= MAX_PENDING) return undefined
      reads++
      try {
        const { result } = await ask<Hex>('eth_getTransactionCount', [address, 'pending'], READ_TIMEOUT_MS)
        return typeof result === 'string' && /^0x[0-9a-f]{1,16}$/i.test(result) ? BigInt(result) : undefined
      } catch (error) {
        logger.debug('cannot ask the sequencer for a nonce', { url: redactUrls(url), error: String(error) })
        return undefined
      } finally {
        reads--
      }
    },
    async send(raw) {
      if (pending >= MAX_PENDING)
        throw new RpcError(rpcErrorCodes.limitExceeded, 'too many transactions wait for the sequencer')
      pending++
      try {
        const answer = await ask<Hash>('eth_sendRawTransaction', [hex(raw)], TIMEOUT_MS)
        if (typeof answer.result === 'string') return answer.result
        if (answer.error)
          throw new RpcError(
            answer.error.code ?? rpcErrorCodes.server,
            String(answer.error.message ?? 'the sequencer refused it'),
            answer.error.data,
          )
        throw new Error('an answer without result or error')
      } catch (error) {
        if (error instanceof RpcError) throw error
        logger.warn('cannot forward a transaction', { url: redactUrls(url), error: String(error) })
        throw serverError('the sequencer cannot be reached: the transaction was not sent')
      } finally {
        pending--
      }
    },
  }
}
