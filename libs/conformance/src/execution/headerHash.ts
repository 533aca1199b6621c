import { bytesToHex, hexToBytes, type Hash, type SealedHeader } from '@animechain/core'
import { rlpEncode, transactionHash, uintToBytes } from '@animechain/tx'

export function headerHash(header: SealedHeader): Hash {
  return bytesToHex(
    rlpKeccak([
      hexToBytes(header.parentHash),
      rlpKeccak([]),
      hexToBytes(header.beneficiary),
      hexToBytes(header.stateRoot),
      hexToBytes(header.transactionsRoot),
      hexToBytes(header.receiptsRoot),
      hexToBytes(header.logsBloom),
      uintToBytes(0n),
      uintToBytes(header.number),
      uintToBytes(header.gasLimit),
      uintToBytes(header.gasUsed),
      uintToBytes(header.timestamp),
      hexToBytes(header.extraData),
      hexToBytes(header.prevRandao),
      new Uint8Array(8),
      uintToBytes(header.baseFeePerGas),
      hexToBytes(header.withdrawalsRoot),
      uintToBytes(header.blobGasUsed),
      uintToBytes(header.excessBlobGas),
      hexToBytes(header.parentBeaconBlockRoot),
      hexToBytes(header.requestsHash!),
    ]),
  )
}

/** of the RLP */
export const rlpKeccak = (item: Parameters<typeof rlpEncode>[0]) =>
  hexToBytes(transactionHash(rlpEncode(item)))
