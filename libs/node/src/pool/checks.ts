import {
  BaseError,
  depositTransactionType,
  maxInitCodeBytes,
  maxNonce,
  maxTransactionGas,
  type ChainConfig,
  type SealedHeader,
} from '@animechain/core'
import { decodeTransaction, intrinsicGas, type SignedTransaction } from '@animechain/tx'
import type { errorCatalogue } from '../catalogue.js'
import { gapless, transactionAt, type Account, type Pooled } from './account.js'
import { leastBaseFee } from './fees.js'
import type { Limits } from './limits.js'

type PoolErrorCode = keyof typeof errorCatalogue & `POOL_${string}`

export const poolError = (code: PoolErrorCode, message: string, cause?: unknown): BaseError =>
  new BaseError(message, { code, cause })

/** What a transaction is checked against that needs no account. */
export interface Rules {
  chain: ChainConfig
  genesis: SealedHeader
  head: SealedHeader
  limits: Limits
}

/** Decodes what came and checks what needs neither signature nor state. @throws BaseError `POOL_…` with geth's message */
export function checkTransaction(raw: Uint8Array, rules: Rules): SignedTransaction {
  const { maxTransactionBytes } = rules.limits
  if (raw.length > maxTransactionBytes)
    throw poolError(
      'POOL_OVERSIZED',
      `oversized data: transaction size ${raw.length}, limit ${maxTransactionBytes}`,
    )
  const tx = decode(raw)
  checkReplayProtection(tx, rules)
  if (tx.to === undefined && tx.data.length > maxInitCodeBytes)
    throw poolError(
      'POOL_INIT_CODE_TOO_LARGE',
      `max initcode size exceeded: code size ${tx.data.length}, limit ${maxInitCodeBytes}`,
    )
  if (tx.type === 4 && tx.authorizationList.length === 0)
    throw poolError('POOL_EMPTY_AUTHORIZATION_LIST', 'set code tx must have at least one authorization tuple')
  if (tx.nonce >= maxNonce) throw poolError('POOL_NONCE_MAX', 'nonce has max value')
  checkFees(tx, rules)
  checkGas(tx, rules)
  return tx
}

function decode(raw: Uint8Array): SignedTransaction {
  let tx
  try {
    tx = decodeTransaction(raw)
  } catch (error) {
    if ((error as BaseError).code === 'TX_UNSUPPORTED_TYPE')
      throw poolError('POOL_TYPE_NOT_SUPPORTED', 'transaction type not supported')
    throw poolError('POOL_UNDECODABLE', 'rlp: the transaction could not be decoded', error)
  }
  if (tx.type === depositTransactionType || tx.type === 3)
    throw poolError('POOL_TYPE_NOT_SUPPORTED', 'transaction type not supported')
  return tx
}

function checkReplayProtection(tx: SignedTransaction, { chain, limits }: Rules): void {
  if (tx.chainId === undefined) {
    if (limits.allowUnprotected) return
    throw poolError(
      'POOL_NOT_REPLAY_PROTECTED',
      'only replay-protected (EIP-155) transactions allowed over RPC',
    )
  }
  if (tx.chainId !== chain.chainId)
    throw poolError(
      'POOL_WRONG_CHAIN_ID',
      `invalid chain id for signer: have ${tx.chainId} want ${chain.chainId}`,
    )
}

/** wei per gas, whatever the type */
export const feesOf = (tx: SignedTransaction): { maxFee: bigint; maxTip: bigint } =>
  'maxFeePerGas' in tx
    ? { maxFee: tx.maxFeePerGas, maxTip: tx.maxPriorityFeePerGas }
    : { maxFee: tx.gasPrice, maxTip: tx.gasPrice }

function checkFees(tx: SignedTransaction, { chain, genesis, limits }: Rules): void {
  const { maxFee, maxTip } = feesOf(tx)
  if (maxTip > maxFee)
    throw poolError('POOL_TIP_ABOVE_FEE_CAP', 'max priority fee per gas higher than max fee per gas')
  const least = leastBaseFee(chain, genesis)
  if (maxFee < least)
    throw poolError(
      'POOL_FEE_CAP_TOO_LOW',
      `max fee per gas less than block base fee: maxFeePerGas: ${maxFee}, lowest possible baseFee: ${least}`,
    )
  if (maxTip < limits.minTip)
    throw poolError(
      'POOL_UNDERPRICED',
      `transaction underpriced: tip needed ${limits.minTip}, tip permitted ${maxTip}`,
    )
}

function checkGas(tx: SignedTransaction, { chain, head }: Rules): void {
  if (tx.gasLimit > head.gasLimit) throw poolError('POOL_GAS_LIMIT', 'exceeds block gas limit')
  const osaka = chain.hardforks.some((f) => f.name === 'osaka' && f.timestamp <= head.timestamp)
  if (osaka && tx.gasLimit > maxTransactionGas)
    throw poolError(
      'POOL_GAS_LIMIT',
      `transaction gas limit too high (cap: ${maxTransactionGas}, tx: ${tx.gasLimit})`,
    )
  const { gas, floor } = intrinsicGas(tx)
  if (tx.gasLimit < gas)
    throw poolError('POOL_INTRINSIC_GAS', `intrinsic gas too low: gas ${tx.gasLimit}, minimum needed ${gas}`)
  if (tx.gasLimit < floor)
    throw poolError(
      'POOL_FLOOR_GAS',
      `insufficient gas for floor data gas cost: gas ${tx.gasLimit}, minimum needed ${floor}`,
    )
}

/** What needs the sender's account. @throws BaseError `POOL_…` with geth's message */
export function checkAgainst(account: Account, tx: Pooled, limits: Limits): void {
  if (tx.nonce < account.nonce)
    throw poolError('POOL_NONCE_TOO_LOW', `nonce too low: next nonce ${account.nonce}, tx nonce ${tx.nonce}`)
  const replaced = transactionAt(account, tx.nonce)
  if (replaced && !outbids(tx, replaced, limits.priceBumpPercent))
    throw poolError('POOL_REPLACEMENT_UNDERPRICED', 'replacement transaction underpriced')
  checkFunds(account, tx, replaced)
  if (!replaced) checkCount(account, tx, limits)
}

/** Whether both fees rise by enough to replace another transaction. */
export function outbids(tx: Pooled, other: Pooled, priceBumpPercent: number): boolean {
  const bump = BigInt(100 + priceBumpPercent)
  return tx.maxFee * 100n >= other.maxFee * bump && tx.maxTip * 100n >= other.maxTip * bump
}

function checkFunds(account: Account, tx: Pooled, replaced: Pooled | undefined): void {
  const balance = account.balance ?? 0n
  const queued = account.cost - (replaced?.cost ?? 0n)
  if (balance >= tx.cost + queued) return
  const overshot = tx.cost + queued - balance
  throw poolError(
    'POOL_INSUFFICIENT_FUNDS',
    `insufficient funds for gas * price + value: balance ${balance}, ${queued === 0n ? '' : `queued cost ${queued}, `}tx cost ${tx.cost}, overshot ${overshot}`,
  )
}

function checkCount(account: Account, tx: Pooled, limits: Limits): void {
  const count = account.transactions.length
  const runs = gapless(account)
  const behindGap = tx.nonce > account.nonce + BigInt(runs)
  if (account.delegated) {
    if (behindGap)
      throw poolError('POOL_ACCOUNT_LIMIT', 'gapped-nonce tx from delegated accounts: a nonce is missing')
    if (count >= limits.maxPerDelegatedAccount)
      throw poolError(
        'POOL_ACCOUNT_LIMIT',
        `in-flight transaction limit reached for delegated accounts: ${limits.maxPerDelegatedAccount}`,
      )
  }
  if (count >= limits.maxPerAccount)
    throw poolError('POOL_ACCOUNT_LIMIT', 'account limit exceeded: too many transactions wait')
  if (behindGap && count - runs >= limits.maxQueuedPerAccount)
    throw poolError('POOL_ACCOUNT_LIMIT', 'account limit exceeded: too many transactions behind a nonce gap')
}

/** An account's least share of the pool, as a part of it: what can be included, and what cannot. */
const LEAST_SHARE = 1 / 100
const LEAST_UNPAYABLE_SLOTS = 64

/**
 * Bounds what one account holds by what is free (dynamic thresholds, as for shared buffers): alone it may take half of the pool, of a full one a
 * hundredth. Of what the next block cannot include it may hold an eighth of that, of a full pool at most 64 places.
 * `held`: bytes that the account has of the same sort; its first is always judged by its price alone.
 */
export function checkShare(
  held: number,
  tx: Pick<Pooled, 'weight'>,
  includable: boolean,
  pool: { capacity: number; slot: number; weight: number },
): void {
  const free = Math.max(0, pool.capacity - pool.weight)
  const least = Math.max(pool.slot, pool.capacity * LEAST_SHARE)
  const share = includable
    ? Math.max(least, free / 2)
    : Math.max(Math.min(least, LEAST_UNPAYABLE_SLOTS * pool.slot), free / 16)
  if (held === 0 || held + tx.weight <= share) return
  throw poolError(
    'POOL_ACCOUNT_LIMIT',
    `account limit exceeded: the pool is filling, ${Math.floor(share)} bytes for one account`,
  )
}
