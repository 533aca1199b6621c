import { AbortedError, BaseError, systemClock } from '@animechain/core'
import type { Account, Hash, PublicClient, TransactionReceipt, WalletClient } from 'viem'

export interface PosterOptions {
  client: PublicClient
  wallet: WalletClient
  account: Account
  /** milliseconds until a transaction counts as stuck, over all its replacements */
  timeoutMs: number
}

/** Fees of one attempt, wei. */
export interface AttemptFees {
  maxFeePerGas: bigint
  maxPriorityFeePerGas: bigint
  maxFeePerBlobGas: bigint
}

/** Times that a transaction is sent with higher fees before it is given up. */
const REPLACEMENTS = 3
const POLL_MS = 250

/**
 * Sends transactions of one account one after another, so that calls at the same time do not take the same nonce. One that is not mined in its share of
 * the time is sent again under the same nonce at `bump` percent of its fees; whichever of them is mined counts.
 */
export function poster(
  { client, wallet, account, timeoutMs }: PosterOptions,
  bump: bigint,
): (
  request: (fees: AttemptFees) => Record<string, unknown>,
  signal?: AbortSignal,
) => Promise<TransactionReceipt> {
  let queue: Promise<unknown> = Promise.resolve()

  async function firstFees(): Promise<AttemptFees> {
    const block = await client.getBlock()
    const maxPriorityFeePerGas = await client.estimateMaxPriorityFeePerGas().catch(() => 1_000_000_000n)
    const blobFee = await client.getBlobBaseFee().catch(() => 1n)
    return {
      maxPriorityFeePerGas,
      maxFeePerGas: 2n * (block.baseFeePerGas ?? 0n) + maxPriorityFeePerGas,
      maxFeePerBlobGas: 2n * blobFee + 1n,
    }
  }

  async function mined(hashes: readonly Hash[]): Promise<TransactionReceipt | undefined> {
    for (const hash of hashes) {
      try {
        return await client.getTransactionReceipt({ hash })
      } catch (error) {
        if ((error as Error).name !== 'TransactionReceiptNotFoundError') throw error
      }
    }
    return undefined
  }

  async function post(request: (fees: AttemptFees) => Record<string, unknown>, signal?: AbortSignal) {
    if (signal?.aborted) throw new AbortedError('Posting to L1')
    const nonce = await client.getTransactionCount({ address: account.address, blockTag: 'latest' })
    let fees = await firstFees()
    const hashes: Hash[] = []
    let failure: unknown
    for (let attempt = 0; attempt <= REPLACEMENTS; attempt++) {
      try {
        hashes.push(
          await wallet.sendTransaction({
            ...request(fees),
            account,
            nonce,
            chain: wallet.chain ?? null,
          } as never),
        )
      } catch (error) {
        failure = error
        // A replacement that is refused leaves the earlier ones in place. Where there is none, only higher fees may help.
        if (hashes.length === 0) {
          if (attempt === REPLACEMENTS || !/fee|underpriced/i.test((error as Error).message)) throw error
          await systemClock.sleep(POLL_MS, signal)
          const now = await firstFees()
          fees = { ...now, maxFeePerGas: 2n * now.maxFeePerGas, maxFeePerBlobGas: 2n * now.maxFeePerBlobGas }
          continue
        }
      }
      const until = Date.now() + timeoutMs / (REPLACEMENTS + 1)
      do {
        const receipt = await mined(hashes)
        if (receipt) return receipt
        if (signal?.aborted) throw new AbortedError('Waiting for L1')
        await systemClock.sleep(POLL_MS, signal)
      } while (Date.now() < until)
      fees = {
        maxFeePerGas: (fees.maxFeePerGas * bump) / 100n + 1n,
        maxPriorityFeePerGas: (fees.maxPriorityFeePerGas * bump) / 100n + 1n,
        maxFeePerBlobGas: (fees.maxFeePerBlobGas * bump) / 100n + 1n,
      }
    }
    throw new BaseError(`L1 did not take the transaction ${hashes.at(-1)} in ${timeoutMs} ms.`, {
      code: 'DA_NOT_INCLUDED',
      cause: failure,
    })
  }

  return (request, signal) => {
    const result = queue.then(() => post(request, signal))
    queue = result.catch(() => undefined)
    return result
  }
}
