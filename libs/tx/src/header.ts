import { emptyOmmersHash, hexToBytes, type Header } from '@animechain/core'
import { rlpEncode, uintToBytes } from './rlp.js'

/** RLP of a header (yellow paper 4.4.3 with EIP-1559, -4895, -4844, -4788, -7685); its keccak256 is the block's hash. */
export function encodeHeader(header: Header): Uint8Array {
  return rlpEncode([
    hexToBytes(header.parentHash),
    hexToBytes(emptyOmmersHash),
    hexToBytes(header.beneficiary),
    hexToBytes(header.stateRoot),
    hexToBytes(header.transactionsRoot),
    hexToBytes(header.receiptsRoot),
    hexToBytes(header.logsBloom),
    new Uint8Array(0),
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
    ...(header.requestsHash === undefined ? [] : [hexToBytes(header.requestsHash)]),
  ])
}
