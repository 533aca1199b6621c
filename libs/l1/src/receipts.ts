import { AbortedError, steadyTime, type Address, type Clock, type Hash } from '@animechain/core'
import type { PublicClient, TransactionReceipt, Transport } from 'viem'

/** Between two looks for a receipt, milliseconds; every so many looks nonce and mempool are checked too. */
const LOOK_MS = 150
const LOOKS_PER_CHECK = 10

export type Waited =
  | { status: 'mined'; receipt: TransactionReceipt }
  /** the account's nonce is another one: after a reorg, or because somebody else used it */
  | { status: 'overtaken'; nonce: number }
  /** the time is over, or L1 forgot them all */
  | { status: 'resend'; isForgotten: boolean }

/** The receipt of the first of these that is mined. */
export async function receiptOfAny(
  client: PublicClient<Transport>,
  hashes: readonly Hash[],
): Promise<TransactionReceipt | undefined> {
  for (const hash of hashes) {
    const receipt = await client.getTransactionReceipt({ hash }).catch(() => undefined)
    if (receipt) return receipt
  }
  return undefined
}

/** Whether L1 knows none of these any more. */
async function isForgotten(client: PublicClient<Transport>, hashes: readonly Hash[]): Promise<boolean> {
  const known = await Promise.all(
    hashes.map((hash) =>
      client.getTransaction({ hash }).then(
        () => true,
        (error: Error) => error.name !== 'TransactionNotFoundError',
      ),
    ),
  )
  return hashes.length > 0 && !known.includes(true)
}

/** Waits until one of these transactions, which all have one nonce, is mined, or until waiting makes no sense. @throws {AbortedError} */
export async function waitForAny(
  { client, clock, account }: { client: PublicClient<Transport>; clock: Clock; account: Address },
  { hashes, nonce }: { hashes: readonly Hash[]; nonce: number },
  { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal | undefined },
): Promise<Waited> {
  const end = steadyTime(clock) + timeoutMs
  for (let look = 1; ; look++) {
    const receipt = await receiptOfAny(client, hashes)
    if (receipt) return { status: 'mined', receipt }
    if (signal?.aborted) throw new AbortedError('Waiting for L1')
    // The clock may be set back meanwhile; a look takes its time in any case.
    if (steadyTime(clock) >= end || look * LOOK_MS >= timeoutMs)
      return { status: 'resend', isForgotten: false }
    if (look % LOOKS_PER_CHECK === 0) {
      const now = await client.getTransactionCount({ address: account, blockTag: 'latest' })
      if (now !== nonce) {
        // It may have been mined between the two questions.
        const late = await receiptOfAny(client, hashes)
        return late ? { status: 'mined', receipt: late } : { status: 'overtaken', nonce: now }
      }
      if (await isForgotten(client, hashes)) return { status: 'resend', isForgotten: true }
    }
    await clock.sleep(LOOK_MS, signal)
  }
}
