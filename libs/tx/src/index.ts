export { decodeDeposit, decodeTransaction } from './decodeTransaction.js'
export { encodeDeposit, encodeTransaction, type UnsignedTransaction } from './encodeTransaction.js'
export { attributesSourceHash, depositSourceHash, signingHash, transactionHash } from './hash.js'
export { encodeHeader } from './header.js'
export { intrinsicGas, type IntrinsicFields } from './intrinsicGas.js'
export { recoverSender } from './recoverSender.js'
export {
  bytesToUint,
  rlpDecode,
  rlpEncode,
  RlpError,
  rlpHeaderLength,
  RlpReader,
  uintToBytes,
  writeRlpHeader,
  type RlpItem,
} from './rlp.js'
export { recovery, type Recovery } from './secp256k1.js'
export { senderRecovery, type SenderRecovery, type SenderRecoveryOptions } from './senderRecovery.js'
export * from './transaction.js'
