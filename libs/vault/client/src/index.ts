export * from './audit/index.js'
export type { Granted, GrantOptions } from './access.js'
export {
  chainState,
  genesisContracts,
  powers,
  vaultChain,
  type PolicyKind,
  type VaultChain,
  type VaultChainOptions,
  type VaultContracts,
} from './chain.js'
export { denialText, NotReleasedError, type LyingNode, type NodeRefusal } from './errors.js'
export { openFile, type StreamOptions, type VaultFile } from './files.js'
export {
  passEvidence,
  passFromJson,
  passGrant,
  passToJson,
  purposeNames,
  purposesOf,
  renditionNumbers,
  renditionsOf,
  type GrantSubject,
  type GrantTerms,
  type Pass,
  type PassObject,
} from './grants.js'
export { releaseKey, type ReleasedKey, type ReleaseOptions } from './keys.js'
export {
  nodeClient,
  type CallOptions,
  type CommitteeNode,
  type KeyCommittee,
  type NodeAnswer,
  type NodeClient,
} from './nodes.js'
export type { OpenOptions, PutObjectOptions, ReadOptions } from './objects.js'
export type { Erased, OrderAnswer, Revoked, RevokeOptions } from './orders.js'
export {
  entriesBelow,
  type IndexEntry,
  type IndexFolder,
  type IndexRendition,
  type Ledger,
  type LedgerGrant,
  type ProjectIndex,
} from './projectIndex.js'
export {
  blobContent,
  bytesContent,
  type Content,
  type PutProgress,
  type PutRenditionOptions,
  type PutResult,
} from './put.js'
export type { ShownReceipts } from './receipts.js'
export {
  isoTime,
  maxSessionSeconds,
  sessions,
  type ActiveSession,
  type SessionOptions,
  type Sessions,
  type SessionStore,
  type StoredSession,
} from './sessions.js'
export type { BlobStorage, StorageNodeAddress, StoragePut, StorageRead, StoredBlob } from './storage.js'
export { acknowledgedBlobs, type AcknowledgedBlob } from './store.js'
export { heldReceipts, memoryStore, sentOrders, sessionStore, type VaultStore } from './store.js'
export type { SupersededBlob } from './superseded.js'
export { createVault, type Vault, type VaultGrant, type VaultOptions } from './vault.js'
export { anchorProofFromJson, receiptEntryFromJson, receiptsPageFromJson, type ReceiptsPage } from './wire.js'
