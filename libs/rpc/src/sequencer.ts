import { redactUrls, type Hash, type Logger } from '@animechain/core'
import { RpcError, rpcErrorCodes, serverError } from './errors.js'
import { hex } from './encode.js'

/** Another node that takes transactions. */
export interface Sequencer {
  /** @throws RpcError what it answered, or that it cannot be reached. */
  send(raw: Uint8Array): Promise<Hash>
}

/** Milliseconds for one answer of the sequencer. */
const TIMEOUT_MS = 10_000
/** Transactions on their way at once. */
const MAX_PENDING = 1_000

/** Forwards transactions as `eth_sendRawTransaction`. */
export function forwardTo(url: string, logger: Logger): Sequencer {
  let pending = 0
  return {
    async send(raw) {
      if (pending >= MAX_PENDING)
        throw new RpcError(rpcErrorCodes.limitExceeded, 'too many transactions wait for the sequencer')
      pending++
      try {
        const response = await fetch(url, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({
            jsonrpc: '2.0',
            id: 1,
            method: 'eth_sendRawTransaction',
            params: [hex(raw)],
          }),
          signal: AbortSignal.timeout(TIMEOUT_MS),
        })
        const answer = (await response.json()) as {
          result?: Hash
          error?: { code?: number; message?: string; data?: unknown }
        }
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
