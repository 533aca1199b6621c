import { concatBytes, hexToBytes, type Hash } from './bytes.js'
import { keccak256Hex } from './keccak.js'

/** Output root version 0 (OP Stack specification, "L2 output commitment construction"). */
export function outputRoot(parts: {
  stateRoot: Hash
  messagePasserStorageRoot: Hash
  blockHash: Hash
}): Hash {
  return keccak256Hex(
    concatBytes(
      new Uint8Array(32),
      hexToBytes(parts.stateRoot),
      hexToBytes(parts.messagePasserStorageRoot),
      hexToBytes(parts.blockHash),
    ),
  )
}
