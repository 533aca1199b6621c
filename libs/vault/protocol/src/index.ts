export * from './api.js'
export * from './certificate.js'
export * from './committeeFile.js'
export * from './denials.js'
export * from './evidence.js'
export * from './identity.js'
export * from './messages.js'
export * from './releases.js'
export * from './superseded.js'
export {
  certificateDomain,
  certificateTypes,
  vaultDomain,
  vaultTypes,
  type VaultDomain,
} from './typedData.js'
export { isKeySignature, keyOfSignature, type KeyRecovery } from './typedHash.js'
export * from './wire.js'
