export {
  batchAccumulator,
  batchPreimage,
  depositAccumulator,
  depositPreimage,
  emptyAccumulator,
  type AccumulatedBatch,
} from './accumulator.js'
export * from './batch.js'
export * from './block.js'
export * from './bytes.js'
export * from './chain.js'
export * from './da.js'
export { carryOrPut, prefixesOf } from './daPut.js'
export type { ErrorCatalogue, ErrorText } from './catalogue.js'
export * from './errors.js'
export * from './execution.js'
export { hostAllowed } from './hosts.js'
export { keccak256, keccak256Hex } from './keccak.js'
export type { SealedBatch } from './sealedBatch.js'
export { sha256 } from './sha256.js'
export { KECCAK_RATE, keccakLayout, keccakModule } from './keccakModule.js'
export * from './lifecycle.js'
export * from './logger.js'
export * from './metrics.js'
export { orderedBytesMap, type OrderedBytesMap } from './orderedMap.js'
export * from './output.js'
export * from './protocol.js'
export type { ProofInputs, WitnessedCall } from './proofInputs.js'
export * from './proving.js'
export * from './reader.js'
export { redactUrls } from './redact.js'
export { revertReason } from './revert.js'
export * from './settlement.js'
export { readBatchBase } from './batchBase.js'
export {
  batchEvidence,
  type BatchEvidence,
  type BatchWitnessParameters,
  type InboxBatch,
} from './batchEvidence.js'
export * from './rules.js'
export { shares, type Holding, type HoldOptions, type Shares } from './shares.js'
export { assertStorageKey, MAX_KEY_BYTES } from './storageKey.js'
export * from './storage.js'
export { packageModule, runInBackground, type ThreadModule } from './thread.js'
