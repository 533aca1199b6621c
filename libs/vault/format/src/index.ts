export {
  blobId,
  unitRootAt,
  verifyUnit,
  verifyUnitRoots,
  type GivenUnit,
  type SealedDescriptor,
} from './blob.js'
export { defaultCrypto, type Awaitable, type ChunkCipher, type VaultCrypto } from './crypto.js'
export { nodeCrypto } from './cryptoNode.js'
export { webCrypto } from './cryptoWeb.js'
export {
  HEADER_BYTES,
  KEY_BYTES,
  chunkNonce,
  decodeHeader,
  deriveFileKeys,
  encodeHeader,
  keysOf,
  newDataKey,
  newHeader,
  type FileKeys,
  type HeaderFields,
} from './header.js'
export {
  X25519_BYTES,
  deriveKeyPair,
  hpkeOpen,
  hpkeSeal,
  newKeyPair,
  type HpkeOpen,
  type HpkeSeal,
  type KeyPair,
} from './hpke.js'
export {
  CHUNK_BYTES,
  DATA_UNITS,
  MAX_CHUNKS,
  PIECE_BYTES,
  SEALED_CHUNK_BYTES,
  TAG_BYTES,
  UNITS,
  chunksOfRange,
  isBodyLength,
  layoutOf,
  shardOf,
  unitOf,
  type ChunkPlace,
  type ChunkRange,
  type Layout,
} from './layout.js'
export { chunkOpener, openBytes, openStream, type ChunkOpener, type OpenOptions } from './open.js'
export { MAX_CONTENT_BYTES, contentLengthOf, paddedLength, padme } from './padding.js'
export { reedSolomon, type ReedSolomon } from './reedSolomon.js'
export {
  sealBytes,
  sealChunks,
  sealStripes,
  type SealOptions,
  type SealedBytes,
  type SealedFile,
  type SealedStripe,
} from './seal.js'
export {
  OPENING_BYTES,
  SHARE_BYTES,
  combineReshare,
  combineShares,
  dealReshare,
  isZeroSharing,
  reshareZeros,
  defaultThreshold,
  isOpening,
  openingOf,
  shareCommitment,
  shareOfOpening,
  splitKey,
  type KeyId,
  type Subshare,
  type Threshold,
} from './shares.js'
export type { ByteSource, ByteStream } from './source.js'
export { reconstructStripe, stripeUnits } from './stripes.js'
export {
  HASH_BYTES,
  TreeBuilder,
  hashTree,
  rootsTree,
  treeHash,
  unitRoot,
  unitTree,
  verifyInclusion,
  type HashTree,
  type Inclusion,
  type TreeHash,
} from './tree.js'
export {
  dealKey,
  openDeal,
  openRelease,
  openReshare,
  sealDeal,
  sealRelease,
  sealReshare,
  unwrapKey,
  wrapKey,
  type Deal,
  type DealtShare,
  type ReleasedShare,
  type ResharedShare,
} from './wraps.js'
