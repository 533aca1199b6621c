import { systemClock, type Address, type Clock } from '@animechain/core'

/** The rules and the fees of an L1 in memory. Periods default to what tests need, not to what is safe. */
export interface MemorySettlementOptions {
  /** timestamp of the L2 genesis, seconds; default 0 */
  genesisTimestamp?: bigint
  clock?: Clock
  /** seconds between L1 blocks that come by themselves; 0: only {@link MemoryL1.mine} and submissions make blocks. Default 0. */
  blockTime?: number
  /** Blocks that `safe` and `finalized` are behind the head; default 1 and 2. */
  safeDistance?: bigint
  finalizedDistance?: bigint
  maxBlocksPerBatch?: number
  maxDriftSeconds?: number
  /** default 43,200 */
  maxLagSeconds?: number
  forceDelaySeconds?: number
  /** seconds after which a batch brings a context entry with it; default 60 */
  contextIntervalSeconds?: number
  /** default 60 */
  challengePeriodSeconds?: number
  /** batches from an assertion's parent to it; default 1 */
  interval?: bigint
  /** L2 gas limit, gas; default 30,000,000 */
  gasLimit?: bigint
  baseFeeScalar?: number
  blobBaseFeeScalar?: number
  /** wei per gas; default 1 Gwei */
  baseFee?: bigint
  /** wei per blob gas; default 1 */
  blobBaseFee?: bigint
  /** Who asserts, as assertions show it. */
  asserter?: Address
  /** The key that announces blocks, until {@link MemoryL1.setSequencer} names another. */
  sequencer?: Address
}

/** The options with their defaults. `gasLimit`, `baseFee` and `blobBaseFee` are those that L1 begins with. */
export type Settings = Required<MemorySettlementOptions>

export const zeroAddress: Address = '0x0000000000000000000000000000000000000000'

export const settingsOf = (options: MemorySettlementOptions): Settings => ({
  genesisTimestamp: options.genesisTimestamp ?? 0n,
  clock: options.clock ?? systemClock,
  blockTime: options.blockTime ?? 0,
  safeDistance: options.safeDistance ?? 1n,
  finalizedDistance: options.finalizedDistance ?? 2n,
  maxBlocksPerBatch: options.maxBlocksPerBatch ?? 8192,
  maxDriftSeconds: options.maxDriftSeconds ?? 600,
  maxLagSeconds: options.maxLagSeconds ?? 43_200,
  forceDelaySeconds: options.forceDelaySeconds ?? 3600,
  contextIntervalSeconds: options.contextIntervalSeconds ?? 60,
  challengePeriodSeconds: options.challengePeriodSeconds ?? 60,
  interval: options.interval ?? 1n,
  gasLimit: options.gasLimit ?? 30_000_000n,
  baseFeeScalar: options.baseFeeScalar ?? 1_000_000,
  blobBaseFeeScalar: options.blobBaseFeeScalar ?? 0,
  baseFee: options.baseFee ?? 1_000_000_000n,
  blobBaseFee: options.blobBaseFee ?? 1n,
  asserter: options.asserter ?? zeroAddress,
  sequencer: options.sequencer ?? zeroAddress,
})
