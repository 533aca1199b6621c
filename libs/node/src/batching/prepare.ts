import { BaseError, carryOrPut, type DaAttachment, type DaLocation } from '@animechain/core'
import type { BatcherParts } from './context.js'

/** Longest wait that the data availability can ask for, milliseconds */
const MAX_WAIT_MS = 60_000

export interface Prepared {
  commitment: Uint8Array
  attachment?: DaAttachment
  location?: DaLocation
}

const tooLarge = (maxBytes: bigint, bytes: number): BaseError =>
  new BaseError('The data availability refused the size of a batch.', {
    code: 'BATCHER_BLOCK_TOO_LARGE',
    metaMessages: [`Expected at most ${maxBytes} bytes, got ${bytes}.`],
  })

/** Puts the bytes where readers find them, or makes what goes with the batch. undefined: the data availability asked to wait, which was done. */
export async function prepare(
  { da, settlement, clock, logger }: Pick<BatcherParts, 'da' | 'settlement' | 'clock' | 'logger'>,
  bytes: Uint8Array,
  signal: AbortSignal,
): Promise<Prepared | undefined> {
  const { attachments } = settlement.capabilities
  const put = await carryOrPut(da, bytes, { attachments, signal })
  switch (put.status) {
    case 'ok':
      return put
    case 'rateLimited':
      logger.info('the data availability asks to wait', { retryAfterMs: put.retryAfterMs })
      await clock.sleep(Math.min(put.retryAfterMs, MAX_WAIT_MS), signal)
      return undefined
    case 'tooLarge':
      throw tooLarge(put.maxBytes, bytes.length)
    case 'failover':
      throw new BaseError('The data availability asks to use another one.', {
        code: 'BATCHER_DA_FAILOVER',
        metaMessages: [put.reason],
      })
    case 'error':
      throw put.error
  }
}
