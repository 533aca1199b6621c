import { keccak_256 } from '@noble/hashes/sha3.js'
import { bytesToHex, type Hash } from './bytes.js'

/** Keccak-256 of bytes, 32 bytes. */
export function keccak256(data: Uint8Array): Uint8Array {
  return keccak_256(data)
}

/** Keccak-256 of bytes as hex. */
export function keccak256Hex(data: Uint8Array): Hash {
  return bytesToHex(keccak_256(data))
}
