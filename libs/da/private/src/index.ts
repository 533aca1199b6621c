export { VIEW_KEY_BYTES, batchKey, batchKeys, type BatchKeys } from './batchKeys.js'
export type { BatchStore, Found, MemberSignature } from './batchStore.js'
export { committeeStore, type CommitteeStoreOptions } from './committeeStore.js'
export { privateDa, type PrivateDaOptions } from './fromFiles.js'
export { referenceOf, type SealedReference } from './commitment.js'
export { privateDaOf, type PrivateCommittee, type PrivateDaParts } from './privateDa.js'
export {
  MAX_DATA_BYTES,
  MAX_SEALED_BYTES,
  NO_PROJECT,
  descriptorBytes,
  openData,
  sealData,
  uselessDescriptor,
  type SealedData,
} from './sealing.js'
