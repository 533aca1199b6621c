export {
  retryPause,
  type AnswerOutcome,
  type AnswerSender,
  type ChallengeOptions,
} from './challenges/answerer.js'
export {
  fixedCommittees,
  fileCommittees,
  registeredCommittees,
  type Committee,
  type CommitteeMember,
  type CommitteeRole,
  type Committees,
  type L1Rpc,
} from './committees.js'
export { Refusal } from './http/refusal.js'
export type { HttpOptions } from './http/server.js'
export {
  chainView,
  policyGas,
  powers,
  UnseenError,
  walletGas,
  type ChainView,
  type ChainViewOptions,
  type Head,
  type L2Rpc,
  type PolicyQuestion,
  type Project,
  type ViewBlock,
} from './keys/chainView.js'
export {
  decide,
  maxRequestSeconds,
  maxSessionSeconds,
  type Asked,
  type Facts,
  type Needed,
  type PolicyAnswer,
  type Registered,
  type SessionSignature,
  type Stored,
  type Verdict,
} from './keys/decide.js'
export { anchorLeaf, anchorTree, type AnchorSender } from './keys/anchor.js'
export { fileMark, type Mark } from './keys/mark.js'
export { receiptLog, type ReceiptLog, type StoredReceipt } from './keys/receipts.js'
export { keyLimits, type KeyLimits } from './keys/limits.js'
export type { Mover, MoveSettings, MoveStatus } from './keys/mover.js'
export type { KeyService } from './keys/service.js'
export { shareKeyPair } from './keys/shareKey.js'
export { shreds, type Shreds } from './keys/shreds.js'
export { embeddedMetadata } from './metadata/embedded.js'
export { postgresMetadata, type PostgresClient, type PostgresPool } from './metadata/postgres.js'
export { type MetadataOperation, type MetadataRange, type MetadataStore } from './metadata/store.js'
export { moveShares, type MoveOptions, type Moved } from './moveShares.js'
export { vaultNode, type NodeRole, type VaultNode, type VaultNodeOptions } from './node.js'
export type { RepairReport } from './repair.js'
export { storageLimits, type StorageLimits } from './storage/room.js'
export type { HeldShard, StorageService } from './storage/types.js'
