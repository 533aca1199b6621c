import {
  AbortedError,
  BaseError,
  type Address,
  type Clock,
  type Hash,
  type Hex,
  type Logger,
  type SubmitOptions,
} from '@animechain/core'
import { mutex } from '@animechain/runtime'
import {
  createWalletClient,
  parseGwei,
  type Abi,
  type Account,
  type Kzg,
  type PublicClient,
  type TransactionReceipt,
  type Transport,
  type WalletClient,
} from 'viem'
import { isInMempool, isUnanswered, revertReason } from './failures.js'
import { gasLimit, isTooHigh, offer, outbidding, type Fees, type Market } from './fees.js'
import { receiptOfAny, waitForAny } from './receipts.js'

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
  /** Gas that it is sent with at least: for what costs more the later it is mined. */
  leastGas?: bigint
  /**
   * Whose state it is simulated on; default what the endpoint takes. Some take what lies in their mempool as mined: a call that may be made once then fails
   * beside its own first transaction, and is not sent with a higher fee.
   */
  simulateAt?: 'latest'
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

/** How an account's transactions reach L1. */
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
  /** Told of every transaction that was mined, also of one that reverted. */
  onMined?: ((receipt: TransactionReceipt) => void) | undefined
}

/**
 * Sends transactions of one account, one after the other, and waits for each: with one under way at a time, a nonce is never left behind.
 * One that is not mined in time is sent again under the same nonce with higher fees. `error` carries `L1_NOT_MINED`, `L1_NONCE_OVERTAKEN` or `L1_KZG`.
 */
export function l1Sender(options: L1SenderOptions) {
  const { account } = options
  const address: Address = account.address
  const line: Line = {
    ...options,
    address,
    wallet: createWalletClient({ account, transport: options.transport }),
  }
  /** One at a time; a failure of one does not stop the next. */
  const turn = mutex()
  const send = (call: L1Call, submit: SubmitOptions = {}): Promise<L1Outcome> =>
    turn.run(async () => {
      try {
        const attempt = await prepare(line, call, submit)
        return 'status' in attempt ? attempt : await untilMined(line, attempt)
      } catch (error) {
        const reason = revertReason(error, call.abi)
        if (reason) return { status: 'rejected', reason }
        return { status: 'error', error: error as Error, retryable: !(error instanceof AbortedError) }
      }
    })
  return { address, send }
}

/** Sends the transactions of one account, one after another, see {@link l1Sender}. */
export type L1Sender = ReturnType<typeof l1Sender>

/** The account with what is known of its transactions. */
interface Line extends L1SenderOptions {
  readonly address: Address
  readonly wallet: WalletClient<Transport, undefined, Account>
  /** A transaction that may still lie in the mempool although nobody waits for it: whatever takes its nonce must outbid it. */
  abandoned?: (Fees & { nonce: number }) | undefined
  /** The nonce behind the last transaction that was mined. */
  next?: number
}

/** A call that has been simulated, with all that its transactions have in common. */
interface Attempt {
  readonly call: L1Call
  readonly submit: SubmitOptions
  readonly nonce: number
  readonly gas: bigint
  readonly market: Market
  readonly kzg: Kzg | undefined
}

/** What of a call an estimate of its gas wants to know. */
const estimated = (account: Account, { to, data, value = 0n, blobs, simulateAt }: L1Call) =>
  ({
    account,
    // viem has the endpoint fill in the rest first, which is a simulation at a block of its choice.
    ...(simulateAt && { blockTag: simulateAt, prepare: false }),
    to,
    data,
    value,
    ...(blobs && { blobVersionedHashes: blobs.versionedHashes, maxFeePerBlobGas: parseGwei('1000') }),
  }) as never

async function marketOf(client: L1SenderOptions['client']): Promise<Market> {
  const [{ baseFeePerGas }, blobBaseFee] = await Promise.all([
    client.getBlock(),
    client.getBlobBaseFee().catch(() => 1n),
  ])
  return { baseFee: baseFeePerGas ?? 0n, blobBaseFee }
}

/** Simulates a call and finds its nonce, or says why it is not sent now. */
async function prepare(
  line: Line,
  call: L1Call,
  submit: SubmitOptions,
): Promise<Attempt | (L1Outcome & { status: 'feeTooHigh' })> {
  const { client, account, logger, next } = line
  if (submit.signal?.aborted) throw new AbortedError(call.what)
  const market = await marketOf(client)
  if (isTooHigh(market, submit, call.blobs !== undefined)) return { status: 'feeTooHigh', ...market }
  // The estimate is the simulation too: a revert ends here, before anything is paid.
  const gas = gasLimit(await client.estimateGas(estimated(account, call)), call.leastGas)
  const nonce = await client.getTransactionCount({ address: line.address, blockTag: 'latest' })
  // What is sent with a nonce that is too high is never mined, and nothing else would say why.
  if (next !== undefined && nonce > next)
    logger.warn('the nonce is ahead of what was sent from here', {
      account: line.address,
      expected: next,
      got: nonce,
      hint: 'Does another process use the same key? Otherwise the L1 endpoint is wrong.',
    })
  const kzg = call.blobs ? await line.kzg?.(call.blobs.blobs) : undefined
  if (call.blobs && !kzg)
    throw new BaseError('Blobs cannot be sent without KZG.', {
      code: 'L1_KZG',
      metaMessages: ['Expected the option `kzg`.'],
    })
  return { call, submit, nonce, gas, market, kzg }
}

/** Sends a transaction under the attempt's nonce, and adds it to those that were sent. Another one may have its place in the mempool, or L1 not answer. */
async function sendOnce(line: Line, attempt: Attempt, fees: Fees, sent: Hash[]): Promise<void> {
  const { logger } = line
  const { call, nonce, gas, kzg } = attempt
  try {
    const hash = await line.wallet.sendTransaction({
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
    line.abandoned = { nonce, ...fees }
    call.onSent?.(hash)
    logger.debug('sent to L1', { what: call.what, hash, nonce, fee: fees.fee })
  } catch (error) {
    // Without an answer it may lie in the mempool all the same.
    if (isUnanswered(error)) line.abandoned = { nonce, ...fees }
    // Already mined, or a transaction of an earlier life has the nonce and is to be outbid.
    if (sent.length === 0 && !isInMempool(error)) throw error
    logger.debug('could not replace a transaction', {
      what: call.what,
      error: (error as Error).message.split('\n')[0],
    })
  }
}

/** The transaction of this hash, or one of those before it, is mined: what came of it. */
function mined(line: Line, { nonce }: Attempt, receipt: TransactionReceipt): L1Outcome {
  line.next = nonce + 1
  line.abandoned = undefined
  line.onMined?.(receipt)
  if (receipt.status !== 'success')
    return { status: 'rejected', reason: `the transaction ${receipt.transactionHash} reverted` }
  return {
    status: 'ok',
    hash: receipt.transactionHash,
    blockNumber: receipt.blockNumber,
    logs: receipt.logs as never,
  }
}

/** Sends with rising fees until one of the transactions is mined. */
async function untilMined(line: Line, attempt: Attempt): Promise<L1Outcome> {
  const { client, abandoned } = line
  const { call, submit, nonce } = attempt
  const hasBlobs = call.blobs !== undefined
  const sent: Hash[] = []
  let fees = offer(
    attempt.market,
    submit,
    abandoned?.nonce === nonce ? outbidding(abandoned, hasBlobs) : undefined,
  )
  for (let i = 0; i < line.attempts; i++) {
    if (submit.signal?.aborted) throw new AbortedError(call.what)
    await sendOnce(line, attempt, fees, sent)
    const outcome = await waitForAny(
      { client, clock: line.clock, account: line.address },
      { hashes: sent, nonce },
      { timeoutMs: line.resendAfterMs, signal: submit.signal },
    )
    if (outcome.status === 'mined') return mined(line, attempt, outcome.receipt)
    if (outcome.status === 'overtaken') throw overtaken(attempt, outcome.nonce)
    // Still worth it? Another transaction may have made it pointless; then it is refused here, before more is paid.
    try {
      await client.estimateGas(estimated(line.account, call))
    } catch (error) {
      // Or it was this very one, mined since the last look.
      const late = await receiptOfAny(client, sent)
      if (late) return mined(line, attempt, late)
      throw error
    }
    // What L1 forgot has no fees to outbid.
    fees = offer(await marketOf(client), submit, outcome.isForgotten ? fees : outbidding(fees, hasBlobs))
    line.logger.warn('a transaction is not mined, sending it again', {
      what: call.what,
      nonce,
      fee: fees.fee,
    })
  }
  throw new BaseError(`The transaction for ${call.what} was not mined after ${line.attempts} attempts.`, {
    code: 'L1_NOT_MINED',
  })
}

const overtaken = ({ call, nonce }: Attempt, got: number): BaseError =>
  new BaseError(`The nonce of the transaction for ${call.what} is no longer the next one.`, {
    code: 'L1_NONCE_OVERTAKEN',
    metaMessages: [
      `Expected nonce ${nonce}, got ${got}.`,
      'Did L1 reorganise, or does another process use the same key?',
    ],
  })
