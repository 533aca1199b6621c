import {
  bytesToHex,
  concatBytes,
  hexToBytes,
  keccak256,
  keccak256Hex,
  type DepositLabel,
  type Hash,
} from '@animechain/core'
import { signingPayload, type UnsignedTransaction } from './encodeTransaction.js'
import { splitSigned } from './recoverSender.js'

/** Hash of a transaction: Keccak-256 of its bytes as broadcast (EIP-2718). */
export function transactionHash(raw: Uint8Array): Hash {
  return keccak256Hex(raw)
}

/**
 * What the sender signs, hashed. Takes a transaction, signed or not, or its bytes.
 * @throws TransactionError `TX_UNDECODABLE`, `TX_UNSUPPORTED_TYPE` (deposits have no signature)
 */
export function signingHash(tx: UnsignedTransaction | Uint8Array): Hash {
  return keccak256Hex(tx instanceof Uint8Array ? splitSigned(tx).payload : signingPayload(tx))
}

/**
 * Source hash of a user deposit: `keccak256(bytes32(0) ‖ keccak256(l1BlockHash ‖ uint256(logIndex)))`
 * (OP Stack specification, "Source hash computation", domain 0).
 */
export function depositSourceHash(label: DepositLabel): Hash {
  return sourceHash(0, label.l1BlockHash, BigInt(label.logIndex))
}

/** Source hash of an L1 attributes deposit: `keccak256(bytes32(1) ‖ keccak256(context.parentHash ‖ uint256(queue index)))`. */
export function attributesSourceHash(entry: { parentHash: Hash; index: bigint }): Hash {
  return sourceHash(1, entry.parentHash, entry.index)
}

function sourceHash(domain: number, hash: Hash, number: bigint): Hash {
  const inner = new Uint8Array(64)
  inner.set(hexToBytes(hash))
  new DataView(inner.buffer).setBigUint64(56, number)
  const prefix = new Uint8Array(32)
  prefix[31] = domain
  return bytesToHex(keccak256(concatBytes(prefix, keccak256(inner))))
}
