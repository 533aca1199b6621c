import type { SignedTransaction } from '@animechain/tx'

/** Largest gas limit of a transaction (EIP-7825), gas. */
export const MAX_TRANSACTION_GAS = 1n << 24n
/** Longest init code (EIP-3860), bytes. */
export const MAX_INIT_CODE_BYTES = 49_152

/**
 * Gas that a transaction needs before its first instruction (EIP-2028, -2930, -3860, -7702) and the floor by its data (EIP-7623).
 * A gas limit Must reach the larger of both.
 */
export function intrinsicGas(tx: SignedTransaction): { intrinsic: bigint; floor: bigint } {
  let zeros = 0
  for (const byte of tx.data) if (byte === 0) zeros++
  const others = tx.data.length - zeros
  let gas = 21_000 + 4 * zeros + 16 * others
  if (tx.to === undefined) gas += 32_000 + 2 * Math.ceil(tx.data.length / 32)
  if ('accessList' in tx) for (const item of tx.accessList) gas += 2_400 + 1_900 * item.storageKeys.length
  if ('authorizationList' in tx) gas += 25_000 * tx.authorizationList.length
  return { intrinsic: BigInt(gas), floor: BigInt(21_000 + 10 * (zeros + 4 * others)) }
}
