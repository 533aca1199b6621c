import type { Header, SealedHeader } from './block.js'
import type { Hash } from './bytes.js'
import type { BlobSchedule, ChainConfig, Genesis, Hardfork } from './chain.js'
import { ExecutionError, InvalidInputError } from './errors.js'
import type { BlockAttributes } from './execution.js'
import { emptyBloom, emptyRequestsHash, emptyRootHash, gasPerBlob, zeroHash } from './protocol.js'

/** EIP-7918, gas. */
const BLOB_BASE_COST = 8_192n
const MAX_EXTRA_DATA_BYTES = 32
/** yellow paper, 4.4.4 */
const MAX_GAS_LIMIT = (1n << 63n) - 1n
const WORD = /^0x[0-9a-f]{64}$/i

/** Mainnet's, for chains that name none (EIP-4844, EIP-7691). */
const cancunBlobs: BlobSchedule = { target: 3, max: 6, baseFeeUpdateFraction: 3_338_477n }
const pragueBlobs: BlobSchedule = { target: 6, max: 9, baseFeeUpdateFraction: 5_007_716n }

/** The rules in force at one time. */
export interface ForkRules {
  fork: Hardfork
  isPrague: boolean
  isOsaka: boolean
  blobs: BlobSchedule
}

/**
 * The rules of a chain at a timestamp (seconds).
 * @throws {InvalidInputError} when no fork is in force by then
 */
export function rulesAt(chain: ChainConfig, timestamp: bigint): ForkRules {
  const active = chain.hardforks.findLast((fork) => fork.timestamp <= timestamp)
  if (active === undefined)
    throw new InvalidInputError(
      'hardforks',
      `one in force at timestamp ${timestamp}`,
      chain.hardforks.map((f) => f.name),
    )
  const isPrague = active.name !== 'cancun'
  return {
    fork: active.name,
    isPrague,
    isOsaka: active.name === 'osaka',
    blobs: active.blobSchedule ?? (isPrague ? pragueBlobs : cancunBlobs),
  }
}

/** EIP-1559 with the chain's parameters: base fee of a parent's child, wei per gas. */
export function nextBaseFee(
  { eip1559 }: Pick<ChainConfig, 'eip1559'>,
  { gasLimit, gasUsed, baseFeePerGas }: Pick<Header, 'gasLimit' | 'gasUsed' | 'baseFeePerGas'>,
): bigint {
  const { elasticityMultiplier, baseFeeMaxChangeDenominator } = eip1559
  const target = gasLimit / elasticityMultiplier
  if (target === 0n || gasUsed === target) return baseFeePerGas
  if (gasUsed < target)
    return baseFeePerGas - (baseFeePerGas * (target - gasUsed)) / target / baseFeeMaxChangeDenominator
  const rise = (baseFeePerGas * (gasUsed - target)) / target / baseFeeMaxChangeDenominator
  return baseFeePerGas + (rise > 1n ? rise : 1n)
}

/** EIP-4844: wei per blob gas, the EIP's `fake_exponential` with factor 1. */
export function blobBaseFee({ blobs }: Pick<ForkRules, 'blobs'>, excessBlobGas: bigint): bigint {
  const fraction = blobs.baseFeeUpdateFraction
  let sum = 0n
  let term = fraction
  for (let i = 1n; term > 0n; i++) {
    sum += term
    term = (term * excessBlobGas) / (fraction * i)
  }
  return sum / fraction
}

/** EIP-4844 with EIP-7691 and EIP-7918: excess blob gas of a parent's child, by the child's rules. */
export function nextExcessBlobGas(rules: ForkRules, parent: Header): bigint {
  const { target, max } = rules.blobs
  const sum = parent.excessBlobGas + parent.blobGasUsed
  const goal = BigInt(target) * gasPerBlob
  if (sum < goal) return 0n
  const reserve = BLOB_BASE_COST * parent.baseFeePerGas
  if (rules.isOsaka && reserve > gasPerBlob * blobBaseFee(rules, parent.excessBlobGas))
    return parent.excessBlobGas + (parent.blobGasUsed * BigInt(max - target)) / BigInt(max)
  return sum - goal
}

/**
 * What {@link ExecutionEngine.openBlock} accepts of a parent's child.
 * @throws {ExecutionError} `EXECUTION_INVALID_ATTRIBUTES`
 */
export function assertBlockAttributes(
  chain: ChainConfig,
  parent: SealedHeader,
  attributes: BlockAttributes,
): void {
  const check = (holds: boolean, what: string, expected: string, got: unknown) => {
    if (!holds)
      throw new ExecutionError(
        `Invalid ${what} of a block: expected ${expected}, got ${got}.`,
        'EXECUTION_INVALID_ATTRIBUTES',
      )
  }
  const { number, timestamp, gasLimit, extraData, beneficiary, prevRandao, parentBeaconBlockRoot } =
    attributes
  check(number === parent.number + 1n, 'number', `${parent.number + 1n}`, number)
  check(
    timestamp > parent.timestamp && timestamp >> 64n === 0n,
    'timestamp',
    `more than the parent's ${parent.timestamp}`,
    timestamp,
  )
  check(gasLimit >= 1n && gasLimit <= MAX_GAS_LIMIT, 'gas limit', '1 to 2^63 - 1', gasLimit)
  check(
    /^0x([0-9a-f]{2})*$/i.test(extraData) && extraData.length <= 2 + 2 * MAX_EXTRA_DATA_BYTES,
    'extra data',
    `at most ${MAX_EXTRA_DATA_BYTES} bytes`,
    extraData,
  )
  check(/^0x[0-9a-f]{40}$/i.test(beneficiary), 'beneficiary', 'an address', beneficiary)
  check(WORD.test(prevRandao), 'prevRandao', '32 bytes', prevRandao)
  check(WORD.test(parentBeaconBlockRoot), 'parentBeaconBlockRoot', '32 bytes', parentBeaconBlockRoot)
  const fee = attributes.baseFeePerGas ?? 0n
  check(fee >> 256n === 0n, 'base fee', '0 to 2^256 - 1', fee)
  const withdrawals = attributes.withdrawals?.length ?? 0
  check(!chain.rollup || withdrawals === 0, 'withdrawals', 'none on a rollup', withdrawals)
}

/** Header of block 0 (docs/spec/protocol.md 3.1). */
export function genesisHeader(chain: ChainConfig, genesis: Genesis, stateRoot: Hash): Header {
  const { timestamp, gasLimit, baseFeePerGas, prevRandao, extraData, beneficiary, number = 0n } = genesis
  return {
    parentHash: zeroHash,
    beneficiary,
    stateRoot,
    transactionsRoot: emptyRootHash,
    receiptsRoot: emptyRootHash,
    logsBloom: emptyBloom,
    number,
    gasLimit,
    gasUsed: 0n,
    timestamp,
    extraData,
    prevRandao,
    baseFeePerGas,
    withdrawalsRoot: emptyRootHash,
    blobGasUsed: 0n,
    excessBlobGas: 0n,
    parentBeaconBlockRoot: zeroHash,
    ...(rulesAt(chain, timestamp).isPrague && { requestsHash: emptyRequestsHash }),
  }
}

/** Whether code is a delegation designator: `0xef0100 ‖ address` (EIP-7702). */
export function isDelegation(code: Uint8Array): boolean {
  return code.length === 23 && code[0] === 0xef && code[1] === 0x01 && code[2] === 0x00
}
