import { sha256 as hash } from '@noble/hashes/sha2.js'

/** SHA-256 of bytes, 32 bytes. */
export const sha256 = (data: Uint8Array): Uint8Array => hash(data)
