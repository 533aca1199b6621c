export { errorCatalogue } from './catalogue.js'
export { SALT_BYTES, manifestCommitment, newSalt } from './commitment.js'
export { developmentCertificate, type DevelopmentCertificate } from './developmentCertificate.js'
export { startC2pa } from './library.js'
export { limits } from './limits.js'
export type { MediaFormat, MediaParts, Piece } from './media/parts.js'
export { contentHash, splitMedia } from './media/split.js'
export { OUTPUT_LABEL, OUTPUT_VERSION, type OutputClaim } from './output.js'
export {
  readManifest,
  type ManifestFailure,
  type ManifestReport,
  type ManifestSignerInfo,
  type TrustList,
} from './read.js'
export { signManifest, type DigitalSource, type ManifestRequest, type SignedMedia } from './sign.js'
export { pemSigner, type ManifestSigner } from './signer.js'
export { restoreManifest } from './store/restore.js'
export {
  findManifests,
  memoryManifestStore,
  recordManifest,
  type ManifestRecord,
  type ManifestStore,
} from './store/store.js'
export { TRAINING_LABEL, type TrainingMining, type TrainingPermission, type TrainingUse } from './training.js'
export { verifyManifest, type Refusal, type VerifyOptions, type Verdict } from './verify.js'
