import type { SubmitOptions } from '@animechain/core'
import { parseGwei } from 'viem'

/** What a transaction offers, wei per gas or blob gas. */
export interface Fees {
  tip: bigint
  /** tip included */
  fee: bigint
  blobFee: bigint
}

/** What L1 asks now, wei per gas or blob gas. */
export interface Market {
  baseFee: bigint
  blobBaseFee: bigint
}

export type FeeCeiling = Pick<SubmitOptions, 'maxFeePerGas' | 'maxFeePerBlobGas'>

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
/** Added to twice the blob base fee, wei per blob gas. */
const BLOB_MARGIN = parseGwei('1')
/**
 * Raising ends at so many times what L1 asks now, or at 100 gwei where that is more: an L1 that stands still for an hour must not make the next transaction
 * cost all that the account has.
 */
const FEE_LIMIT_FACTOR = 5n
const FEE_LIMIT_FLOOR = parseGwei('100')

const larger = (a: bigint, b: bigint): bigint => (a > b ? a : b)
const atMost = (value: bigint, most: bigint | undefined): bigint =>
  most !== undefined && value > most ? most : value
const limited = (value: bigint, market: bigint): bigint =>
  atMost(value, larger(FEE_LIMIT_FACTOR * market, FEE_LIMIT_FLOOR))

/** Gas that a transaction is sent with, `least` or more. */
export const gasLimit = (estimate: bigint, least = 0n): bigint =>
  larger((estimate * (100n + GAS_MARGIN_PERCENT)) / 100n + GAS_MARGIN, least)

/** Whether L1 asks more than may be paid. */
export const isTooHigh = (
  { baseFee, blobBaseFee }: Market,
  { maxFeePerGas, maxFeePerBlobGas }: FeeCeiling,
  hasBlobs: boolean,
): boolean =>
  (maxFeePerGas !== undefined && baseFee > maxFeePerGas) ||
  (hasBlobs && maxFeePerBlobGas !== undefined && blobBaseFee > maxFeePerBlobGas)

/** Twice what L1 asks, but at least `least` and never above the ceiling. */
export function offer({ baseFee, blobBaseFee }: Market, ceiling: FeeCeiling, least?: Fees): Fees {
  const market = 2n * baseFee + MIN_TIP
  const blobMarket = 2n * blobBaseFee + BLOB_MARGIN
  const tip = limited(larger(MIN_TIP, least?.tip ?? 0n), market)
  const fee = atMost(limited(larger(2n * baseFee + tip, least?.fee ?? 0n), market), ceiling.maxFeePerGas)
  const blobFee = limited(larger(blobMarket, least?.blobFee ?? 0n), blobMarket)
  return { tip: atMost(tip, fee), fee, blobFee: atMost(blobFee, ceiling.maxFeePerBlobGas) }
}

/** The least that replaces a transaction in the mempool. */
export function outbidding({ tip, fee, blobFee }: Fees, hasBlobs: boolean): Fees {
  const bump = hasBlobs ? BLOB_BUMP_PERCENT : BUMP_PERCENT
  const raised = (value: bigint) => (value * bump) / 100n + 1n
  return { tip: raised(tip), fee: raised(fee), blobFee: raised(blobFee) }
}
