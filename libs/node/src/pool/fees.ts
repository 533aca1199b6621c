import type { ChainConfig, SealedHeader } from '@animechain/core'

/** What the sequencer earns per gas, wei; below zero where the fee cap does not reach the base fee. */
export function effectiveTip(tx: { maxFee: bigint; maxTip: bigint }, baseFee: bigint): bigint {
  const room = tx.maxFee - baseFee
  return room < tx.maxTip ? room : tx.maxTip
}

/** Base fee of the block after this one, wei per gas (EIP-1559 with the chain's parameters). */
export function nextBaseFee({ eip1559 }: ChainConfig, header: SealedHeader): bigint {
  const { baseFeePerGas: base, gasUsed, gasLimit } = header
  const { elasticityMultiplier, baseFeeMaxChangeDenominator } = eip1559
  const target = gasLimit / elasticityMultiplier
  if (target === 0n || gasUsed === target) return base
  if (gasUsed < target) return base - (base * (target - gasUsed)) / target / baseFeeMaxChangeDenominator
  const rise = (base * (gasUsed - target)) / target / baseFeeMaxChangeDenominator
  return base + (rise > 1n ? rise : 1n)
}

/**
 * Lowest base fee that a chain can ever have, wei per gas. A block lowers it by at most one part in `denominator`, rounded down: a fee below the
 * denominator never falls (Ethereum's 8 gives 7 wei), so it ends there, or at the genesis where that began lower.
 */
export function leastBaseFee({ eip1559 }: ChainConfig, genesis: SealedHeader): bigint {
  const least = eip1559.baseFeeMaxChangeDenominator - 1n
  return genesis.baseFeePerGas < least ? genesis.baseFeePerGas : least
}
