export { blob, versionedHash, type BlobOptions } from './blob.js'
export { decodeBlobs, encodeBlobs, maxBlobDataBytes, maxBlobs, type DecodedBlobs } from './encoding.js'
export { loadKzg, type Kzg } from './kzg.js'
export type { BlobSource } from './sources.js'
