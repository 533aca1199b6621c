import type { ChainConfig, SealedHeader } from '@animechain/core'

export { nextBaseFee } from '@animechain/core'

/** What the sequencer earns per gas, wei; below zero where the fee cap does not reach the base fee. */
export function effectiveTip(tx: { maxFee: bigint; maxTip: bigint }, baseFee: bigint): bigint {
  const room = tx.maxFee - baseFee
  return room < tx.maxTip ? room : tx.maxTip
}

/**
 * Lowest base fee that a chain can ever have, wei per gas. A block lowers it by at most one part in `denominator`, rounded down: a fee below the
 * denominator never falls (Ethereum's 8 gives 7 wei), so it ends there, or at the genesis where that began lower.
 */
export function leastBaseFee({ eip1559 }: ChainConfig, genesis: Pick<SealedHeader, 'baseFeePerGas'>): bigint {
  const least = eip1559.baseFeeMaxChangeDenominator - 1n
  return genesis.baseFeePerGas < least ? genesis.baseFeePerGas : least
}
