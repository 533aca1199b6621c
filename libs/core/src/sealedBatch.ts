/** What a sealed batch consists of (kind 4). docs/spec/vault.md, sections 2 and 6 */
export interface SealedBatch {
  /** what the blob's id is the SHA-256 hash of */
  descriptor: Uint8Array
  /** ciphertext, all chunks one after the other; empty where the descriptor is of no use */
  body: Uint8Array
  /** the batch's key, which the commitment has the keccak256 hash of */
  key: Uint8Array
}
