import {
  InvalidInputError,
  type BlobSchedule,
  type ChainConfig,
  type Hardfork,
  type Header,
} from '@animechain/core'

/** EIP-4844. */
const GAS_PER_BLOB = 131_072n
/** EIP-7918. */
const BLOB_BASE_COST = 8_192n
/** EIP-7825. */
export const TRANSACTION_GAS_CAP = 16_777_216n
/** EIP-3860. */
export const MAX_INIT_CODE_BYTES = 49_152

/** Forks as the guest numbers them. */
export const forkNumbers: Record<Hardfork, number> = { cancun: 0, prague: 1, osaka: 2 }

/** Mainnet's, for chains that name none (EIP-4844, EIP-7691). */
const mainnetBlobs: Record<Hardfork, BlobSchedule> = {
  cancun: { target: 3, max: 6, baseFeeUpdateFraction: 3_338_477n },
  prague: { target: 6, max: 9, baseFeeUpdateFraction: 5_007_716n },
  osaka: { target: 6, max: 9, baseFeeUpdateFraction: 5_007_716n },
}

/** The rules in force at one time. */
export interface Rules {
  fork: Hardfork
  isPrague: boolean
  isOsaka: boolean
  blobs: BlobSchedule
}

/** The rules of a chain at a timestamp (seconds). */
export function rulesAt(chain: ChainConfig, timestamp: bigint): Rules {
  const active = chain.hardforks.findLast((fork) => fork.timestamp <= timestamp)
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
    blobs: active.blobSchedule ?? mainnetBlobs[active.name],
  }
}

/** EIP-1559: base fee of a parent's child, wei per gas. */
export function nextBaseFee(chain: ChainConfig, parent: Header): bigint {
  const { elasticityMultiplier, baseFeeMaxChangeDenominator } = chain.eip1559
  const target = parent.gasLimit / elasticityMultiplier
  const fee = parent.baseFeePerGas
  if (target === 0n || parent.gasUsed === target) return fee
  if (parent.gasUsed < target)
    return fee - (fee * (target - parent.gasUsed)) / target / baseFeeMaxChangeDenominator
  const rise = (fee * (parent.gasUsed - target)) / target / baseFeeMaxChangeDenominator
  return fee + (rise > 1n ? rise : 1n)
}

/** EIP-4844's fake_exponential with factor 1: wei per blob gas. */
export function blobBaseFee(rules: Rules, excessBlobGas: bigint): bigint {
  const fraction = rules.blobs.baseFeeUpdateFraction
  let sum = 0n
  let term = fraction
  for (let i = 1n; term > 0n; i++) {
    sum += term
    term = (term * excessBlobGas) / (fraction * i)
  }
  return sum / fraction
}

/** EIP-4844 with EIP-7691 and EIP-7918: excess blob gas of a parent's child, by the child's rules. */
export function nextExcessBlobGas(rules: Rules, parent: Header): bigint {
  const { target, max } = rules.blobs
  const sum = parent.excessBlobGas + parent.blobGasUsed
  const goal = BigInt(target) * GAS_PER_BLOB
  if (sum < goal) return 0n
  const reserve = BLOB_BASE_COST * parent.baseFeePerGas
  if (rules.isOsaka && reserve > GAS_PER_BLOB * blobBaseFee(rules, parent.excessBlobGas))
    return parent.excessBlobGas + (parent.blobGasUsed * BigInt(max - target)) / BigInt(max)
  return sum - goal
}
