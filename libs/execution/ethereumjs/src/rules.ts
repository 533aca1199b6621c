import {
  gasPerBlob,
  InvalidInputError,
  type BlobSchedule,
  type ChainConfig,
  type ForkRules,
  type Hardfork,
  type Header,
} from '@animechain/core'

// Everything else takes these rules from core. The reference engine states them itself, so that fuzzing the engines against each other tests them.

const MIN_BLOB_BASE_FEE = 1n
/** EIP-7918. */
const BLOB_BASE_COST = 8_192n
/** EIP-7594: blobs in one transaction. */
export const MAX_BLOBS_PER_TRANSACTION = 6
/** Mainnet's, for chains that name none (EIP-4844, EIP-7691). */
const defaultBlobs: Record<Hardfork, BlobSchedule> = {
  cancun: { target: 3, max: 6, baseFeeUpdateFraction: 3_338_477n },
  prague: { target: 6, max: 9, baseFeeUpdateFraction: 5_007_716n },
  osaka: { target: 6, max: 9, baseFeeUpdateFraction: 5_007_716n },
}

export type Rules = ForkRules

/** The rules of a chain at a timestamp (seconds). */
export function rulesAt(chain: ChainConfig, timestamp: bigint): Rules {
  let active: ChainConfig['hardforks'][number] | undefined
  for (const fork of chain.hardforks) if (fork.timestamp <= timestamp) active = fork
  if (active === undefined)
    throw new InvalidInputError(
      'hardforks',
      `one in force at timestamp ${timestamp}`,
      chain.hardforks.map((f) => f.name),
    )
  return {
    fork: active.name,
    isPrague: active.name !== 'cancun',
    isOsaka: active.name === 'osaka',
    blobs: active.blobSchedule ?? defaultBlobs[active.name],
  }
}

/** EIP-1559: base fee of a parent's child, wei per gas. */
export function nextBaseFee(chain: ChainConfig, parent: Header): bigint {
  const { elasticityMultiplier, baseFeeMaxChangeDenominator } = chain.eip1559
  const target = parent.gasLimit / elasticityMultiplier
  const base = parent.baseFeePerGas
  if (parent.gasUsed === target || target === 0n) return base
  if (parent.gasUsed > target) {
    const delta = (base * (parent.gasUsed - target)) / target / baseFeeMaxChangeDenominator
    return base + (delta > 1n ? delta : 1n)
  }
  return base - (base * (target - parent.gasUsed)) / target / baseFeeMaxChangeDenominator
}

/** EIP-4844: `factor * e ** (numerator / denominator)`, rounded as the EIP does. */
function fakeExponential(factor: bigint, numerator: bigint, denominator: bigint): bigint {
  let output = 0n
  let term = factor * denominator
  for (let i = 1n; term > 0n; i++) {
    output += term
    term = (term * numerator) / (denominator * i)
  }
  return output / denominator
}

/** EIP-4844: wei per blob gas. */
export function blobBaseFee(rules: Rules, excessBlobGas: bigint): bigint {
  return fakeExponential(MIN_BLOB_BASE_FEE, excessBlobGas, rules.blobs.baseFeeUpdateFraction)
}

/** EIP-4844 with EIP-7691 and EIP-7918: excess blob gas of a parent's child, by the child's rules. */
export function nextExcessBlobGas(rules: Rules, parent: Header): bigint {
  const target = BigInt(rules.blobs.target) * gasPerBlob
  const sum = parent.excessBlobGas + parent.blobGasUsed
  if (sum < target) return 0n
  if (rules.isOsaka) {
    const price = blobBaseFee(rules, parent.excessBlobGas)
    if (BLOB_BASE_COST * parent.baseFeePerGas > gasPerBlob * price)
      return (
        parent.excessBlobGas +
        (parent.blobGasUsed * BigInt(rules.blobs.max - rules.blobs.target)) / BigInt(rules.blobs.max)
      )
  }
  return sum - target
}
