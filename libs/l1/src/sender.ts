import {
  AbortedError,
  BaseError,
  steadyTime,
  type Address,
  type Clock,
  type Commitment,
  type DaPutResult,
  type Hash,
  type Hex,
  type Logger,
  type SubmitOptions,
} from '@animechain/core'
import { mutex } from '@animechain/runtime'
import {
  BaseError as ViemError,
  ContractFunctionRevertedError,
  createWalletClient,
  decodeErrorResult,
  HttpRequestError,
  parseGwei,
  TimeoutError,
  type Abi,
  type Account,
  type Kzg,
  type PublicClient,
  type TransactionReceipt,
  type Transport,
} from 'viem'

/** What is to be sent. */
export interface L1Call {
  /** for logs */
  what: string
  to: Address
  data: Hex
  /** wei */
  value?: bigint
  /** Carried by the transaction, with their versioned hashes. */
  blobs?: { blobs: readonly Uint8Array[]; versionedHashes: readonly Hash[] }
  /** For the names of a contract's errors. */
  abi?: Abi
  /** Told each time that it went to L1, the first time and with higher fees. */
  onSent?: (hash: Hash) => void
}

/** `rejected` and `feeTooHigh` have cost nothing, but for a transaction that reverted when mined, which has cost its gas. */
export type L1Outcome =
  | {
      status: 'ok'
      hash: Hash
      blockNumber: bigint
      logs: readonly { address: Address; topics: readonly Hex[]; data: Hex }[]
    }
  | { status: 'rejected'; reason: string }
  | { status: 'feeTooHigh'; baseFee: bigint; blobBaseFee: bigint }
  | { status: 'error'; error: Error; retryable: boolean }

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

export interface L1SenderOptions {
  client: PublicClient<Transport>
  transport: Transport
  account: Account
  /** Needed to send blobs. */
  kzg?: (blobs: readonly Uint8Array[]) => Promise<Kzg>
  logger: Logger
  clock: Clock
  /** milliseconds to wait for a transaction before it is sent again with higher fees */
  resendAfterMs: number
  /** Times that it is sent before it is given up. */
  attempts: number
}

/**
 * Gas above the estimate, for state that changes in between: a share, and two new storage slots with what goes with them. The inbox writes
 * those when the time has come to record L1's context again, which an estimate in the block before does not see.
 */
const GAS_MARGIN_PERCENT = 20n
const GAS_MARGIN = 60_000n
/** Nodes ask for at least 10% more to replace a transaction, for blob transactions for twice as much. */
const BUMP_PERCENT = 125n
const BLOB_BUMP_PERCENT = 200n
/** Least priority fee that is offered, wei per gas. */
export const MIN_TIP = parseGwei('1')
/**
 * Raising ends at so many times what L1 asks now, or at 100 gwei where that is more: an L1 that stands still for an hour must not make the next transaction
 * cost all that the account has.
 */
const FEE_LIMIT_FACTOR = 5n
const FEE_LIMIT_FLOOR = parseGwei('100')
/** The nonce is taken by what waits in the mempool: geth's and anvil's words. */
const IN_MEMPOOL = /underpriced|already (known|imported)/i
/** Between two looks for a receipt, milliseconds; every so many looks nonce and mempool are checked too. */
const LOOK_MS = 150
const LOOKS_PER_CHECK = 10

const larger = (a: bigint, b: bigint): bigint => (a > b ? a : b)

/**
 * Sends transactions of one account, one after the other, and waits for each: with one under way at a time, a nonce is never left behind.
 * One that is not mined in time is sent again under the same nonce with higher fees. `error` carries `L1_NOT_MINED`, `L1_NONCE_OVERTAKEN` or `L1_KZG`.
 */
export function l1Sender(options: L1SenderOptions) {
  const { client, account, logger, clock } = options
  const wallet = createWalletClient({ account, transport: options.transport })
  /** One at a time; a failure of one does not stop the next. */
  const line = mutex()
  /** A transaction that may still lie in the mempool although nobody waits for it: whatever takes its nonce must outbid it. */
  let abandoned: { nonce: number; tip: bigint; fee: bigint; blobFee: bigint } | undefined
  /** The nonce behind the last transaction that was mined. */
  let next: number | undefined

  const send = (call: L1Call, submit: SubmitOptions = {}): Promise<L1Outcome> =>
    line.run(() => attempt(call, submit))

  async function attempt(call: L1Call, submit: SubmitOptions): Promise<L1Outcome> {
    try {
      return await run(call, submit)
    } catch (error) {
      const reason = revertReason(error, call.abi)
      if (reason) return { status: 'rejected', reason }
      return { status: 'error', error: error as Error, retryable: !(error instanceof AbortedError) }
    }
  }

  async function run(
    call: L1Call,
    { signal, maxFeePerGas, maxFeePerBlobGas }: SubmitOptions,
  ): Promise<L1Outcome> {
    if (signal?.aborted) throw new AbortedError(call.what)
    const blobFields = call.blobs
      ? { blobVersionedHashes: call.blobs.versionedHashes, maxFeePerBlobGas: parseGwei('1000') }
      : {}
    const request = { account, to: call.to, data: call.data, value: call.value ?? 0n }
    const [block, blobBaseFee] = await Promise.all([
      client.getBlock(),
      client.getBlobBaseFee().catch(() => 1n),
    ])
    const baseFee = block.baseFeePerGas ?? 0n
    if (
      (maxFeePerGas !== undefined && baseFee > maxFeePerGas) ||
      (call.blobs && maxFeePerBlobGas !== undefined && blobBaseFee > maxFeePerBlobGas)
    )
      return { status: 'feeTooHigh', baseFee, blobBaseFee }
    // The estimate is the simulation too: a revert ends here, before anything is paid.
    const estimate = await client.estimateGas({ ...request, ...blobFields } as never)
    const gas = (estimate * (100n + GAS_MARGIN_PERCENT)) / 100n + GAS_MARGIN
    const nonce = await client.getTransactionCount({ address: account.address, blockTag: 'latest' })
    // What is sent with a nonce that is too high is never mined, and nothing else would say why.
    if (next !== undefined && nonce > next)
      logger.warn('the nonce is ahead of what was sent from here', {
        account: account.address,
        expected: next,
        got: nonce,
        hint: 'Does another process use the same key? Otherwise the L1 endpoint is wrong.',
      })
    const kzg = call.blobs ? await options.kzg?.(call.blobs.blobs) : undefined
    if (call.blobs && !kzg)
      throw new BaseError('Blobs cannot be sent without KZG.', {
        code: 'L1_KZG',
        metaMessages: ['Expected the option `kzg`.'],
      })

    const atMost = (value: bigint, most: bigint | undefined) =>
      most !== undefined && value > most ? most : value
    const bump = call.blobs ? BLOB_BUMP_PERCENT : BUMP_PERCENT
    const raised = (value: bigint) => (value * bump) / 100n + 1n
    const limited = (value: bigint, market: bigint) =>
      atMost(value, larger(FEE_LIMIT_FACTOR * market, FEE_LIMIT_FLOOR))
    const offer = (base: bigint, blobBase: bigint, least = { tip: 0n, fee: 0n, blobFee: 0n }) => {
      const market = 2n * base + MIN_TIP
      const blobMarket = 2n * blobBase + parseGwei('1')
      const tip = limited(larger(MIN_TIP, least.tip), market)
      const fee = atMost(limited(larger(2n * base + tip, least.fee), market), maxFeePerGas)
      return {
        tip: atMost(tip, fee),
        fee,
        blobFee: atMost(limited(larger(blobMarket, least.blobFee), blobMarket), maxFeePerBlobGas),
      }
    }
    const over = (than: { tip: bigint; fee: bigint; blobFee: bigint }) => ({
      tip: raised(than.tip),
      fee: raised(than.fee),
      blobFee: raised(than.blobFee),
    })
    let fees = offer(baseFee, blobBaseFee, abandoned?.nonce === nonce ? over(abandoned) : undefined)
    const done = (receipt: TransactionReceipt) => {
      next = nonce + 1
      return mined(receipt)
    }
    const sent: Hash[] = []
    for (let i = 0; i < options.attempts; i++) {
      if (signal?.aborted) throw new AbortedError(call.what)
      try {
        const hash = await wallet.sendTransaction({
          chain: null,
          to: call.to,
          data: call.data,
          value: call.value ?? 0n,
          gas,
          nonce,
          maxFeePerGas: fees.fee,
          maxPriorityFeePerGas: fees.tip,
          ...(call.blobs
            ? { type: 'eip4844', blobs: call.blobs.blobs, kzg, maxFeePerBlobGas: fees.blobFee }
            : { type: 'eip1559' }),
        } as never)
        sent.push(hash)
        abandoned = { nonce, ...fees }
        call.onSent?.(hash)
        logger.debug('sent to L1', { what: call.what, hash, nonce, fee: fees.fee })
      } catch (error) {
        // Without an answer it may lie in the mempool all the same.
        if (isUnanswered(error)) abandoned = { nonce, ...fees }
        // Already mined, or a transaction of an earlier life has the nonce and is to be outbid.
        if (sent.length === 0 && !IN_MEMPOOL.test((error as Error).message)) throw error
        logger.debug('could not replace a transaction', {
          what: call.what,
          error: (error as Error).message.split('\n')[0],
        })
      }
      const outcome = await waitForAny(sent, nonce, signal)
      if (outcome.status === 'mined') return done(outcome.receipt)
      if (outcome.status === 'overtaken')
        throw new BaseError(`The nonce of the transaction for ${call.what} is no longer the next one.`, {
          code: 'L1_NONCE_OVERTAKEN',
          metaMessages: [
            `Expected nonce ${nonce}, got ${outcome.nonce}.`,
            'Did L1 reorganise, or does another process use the same key?',
          ],
        })
      // Still worth it? Another transaction may have made it pointless; then it is refused here, before more is paid.
      try {
        await client.estimateGas({ ...request, ...blobFields } as never)
      } catch (error) {
        // Or it was this very one, mined since the last look.
        const late = await receiptOfAny(sent)
        if (late) return done(late)
        throw error
      }
      const [now, blobNow] = await Promise.all([client.getBlock(), client.getBlobBaseFee().catch(() => 1n)])
      // What L1 forgot has no fees to outbid.
      fees = offer(now.baseFeePerGas ?? baseFee, blobNow, outcome.isForgotten ? fees : over(fees))
      logger.warn('a transaction is not mined, sending it again', {
        what: call.what,
        nonce,
        fee: fees.fee,
      })
    }
    throw new BaseError(
      `The transaction for ${call.what} was not mined after ${options.attempts} attempts.`,
      { code: 'L1_NOT_MINED' },
    )
  }

  function mined(receipt: TransactionReceipt): L1Outcome {
    abandoned = undefined
    if (receipt.status === 'success')
      return {
        status: 'ok',
        hash: receipt.transactionHash,
        blockNumber: receipt.blockNumber,
        logs: receipt.logs as never,
      }
    return { status: 'rejected', reason: `the transaction ${receipt.transactionHash} reverted` }
  }

  async function receiptOfAny(hashes: readonly Hash[]): Promise<TransactionReceipt | undefined> {
    for (const hash of hashes) {
      const receipt = await client.getTransactionReceipt({ hash }).catch(() => undefined)
      if (receipt) return receipt
    }
    return undefined
  }

  /**
   * Waits until one of these is mined, or until waiting makes no sense: the time is over, L1 forgot them all, or the account's nonce is another one (after a
   * reorg, or because somebody else used it).
   */
  async function waitForAny(
    hashes: readonly Hash[],
    nonce: number,
    signal: AbortSignal | undefined,
  ): Promise<
    | { status: 'mined'; receipt: TransactionReceipt }
    | { status: 'overtaken'; nonce: number }
    | { status: 'resend'; isForgotten: boolean }
  > {
    const end = steadyTime(clock) + options.resendAfterMs
    for (let look = 1; ; look++) {
      const receipt = await receiptOfAny(hashes)
      if (receipt) return { status: 'mined', receipt }
      if (signal?.aborted) throw new AbortedError('Waiting for L1')
      // The clock may be set back meanwhile; a look takes its time in any case.
      if (steadyTime(clock) >= end || look * LOOK_MS >= options.resendAfterMs)
        return { status: 'resend', isForgotten: false }
      if (look % LOOKS_PER_CHECK === 0) {
        const now = await client.getTransactionCount({ address: account.address, blockTag: 'latest' })
        if (now !== nonce) {
          // It may have been mined between the two questions.
          const late = await receiptOfAny(hashes)
          return late ? { status: 'mined', receipt: late } : { status: 'overtaken', nonce: now }
        }
        const known = await Promise.all(
          hashes.map((hash) =>
            client.getTransaction({ hash }).then(
              () => true,
              (error: Error) => error.name !== 'TransactionNotFoundError',
            ),
          ),
        )
        if (hashes.length > 0 && !known.includes(true)) return { status: 'resend', isForgotten: true }
      }
      await clock.sleep(LOOK_MS, signal)
    }
  }

  return { address: account.address as Address, send }
}

export type L1Sender = ReturnType<typeof l1Sender>

/** Whether the server may have done what it was asked although its answer did not come. */
const isUnanswered = (error: unknown): boolean =>
  error instanceof ViemError &&
  error.walk((e) => e instanceof TimeoutError || e instanceof HttpRequestError) !== null

/** The name and arguments of a contract's error, or undefined when the failure was no revert. */
function revertReason(error: unknown, abi: Abi = []): string | undefined {
  if (!(error instanceof ViemError)) return undefined
  const reverted = error.walk((e) => e instanceof ContractFunctionRevertedError)
  if (reverted instanceof ContractFunctionRevertedError && reverted.data)
    return `${reverted.data.errorName}(${(reverted.data.args ?? []).join(', ')})`
  const withData = error.walk(
    (e) => typeof (e as { data?: unknown }).data === 'string' && (e as { data: string }).data.length >= 10,
  ) as { data: Hex } | null
  if (withData) {
    try {
      const { errorName, args } = decodeErrorResult({ abi, data: withData.data })
      return `${errorName}(${(args ?? []).join(', ')})`
    } catch {
      return `reverted with ${withData.data.slice(0, 138)}`
    }
  }
  return /revert/i.test(error.message) ? error.shortMessage : undefined
}
