import type { Address } from '@animechain/core'

/** What of a transaction its intrinsic gas depends on. */
export interface IntrinsicFields {
  /** undefined creates a contract */
  to?: Address | undefined
  data: Uint8Array
  accessList?: readonly { storageKeys: readonly unknown[] }[] | undefined
  authorizationList?: readonly unknown[] | undefined
}

/**
 * Gas that a transaction needs before its first instruction (EIP-2028, -2930, -3860, -7702), and the floor by its data (EIP-7623, from Prague on).
 * A gas limit Must reach the larger of both.
 */
export function intrinsicGas(tx: IntrinsicFields): { gas: bigint; floor: bigint } {
  let zeros = 0
  for (let i = 0; i < tx.data.length; i++) if (tx.data[i] === 0) zeros++
  const tokens = zeros + 4 * (tx.data.length - zeros)
  let gas = 21_000 + 4 * tokens
  if (tx.to === undefined) gas += 32_000 + 2 * Math.ceil(tx.data.length / 32)
  for (const { storageKeys } of tx.accessList ?? []) gas += 2_400 + 1_900 * storageKeys.length
  gas += 25_000 * (tx.authorizationList?.length ?? 0)
  return { gas: BigInt(gas), floor: BigInt(21_000 + 10 * tokens) }
}
