import {
  bigIntToBytes,
  bytesToBigInt,
  bytesToHex,
  concatBytes,
  depositorAccount,
  hexToBytes,
  keccak256,
  predeploys,
  type DepositEntry,
  type DepositLabel,
} from '@animechain/core'
import { attributesSourceHash, depositSourceHash, encodeDeposit } from '@animechain/tx'

/** Gas of an L1 attributes deposit (docs/spec/protocol.md 3.2). */
export const attributesGas = 1_000_000n

const attributesSelector = keccak256(
  new TextEncoder().encode('setL1BlockValues(uint64,uint64,uint256,uint256,bytes32,uint64,uint32,uint32)'),
).slice(0, 4)

const word = (value: bigint | number) => bigIntToBytes(BigInt(value), 32)

/** The deposit transaction that tells L2 the context of a queue entry, as broadcast bytes. */
export function attributesDeposit(entry: Pick<DepositEntry, 'index' | 'context'>): Uint8Array {
  const { context, index } = entry
  return encodeDeposit({
    sourceHash: attributesSourceHash({ parentHash: context.parentHash, index }),
    from: depositorAccount,
    to: predeploys.l1Block,
    mint: 0n,
    value: 0n,
    gasLimit: attributesGas,
    isSystemTx: false,
    data: concatBytes(
      attributesSelector,
      word(context.number),
      word(context.timestamp),
      word(context.baseFee),
      word(context.blobBaseFee),
      hexToBytes(context.parentHash),
      word(index),
      word(context.baseFeeScalar),
      word(context.blobBaseFeeScalar),
    ),
  })
}

/** `mint(32) ‖ value(32) ‖ gasLimit(8) ‖ isCreation(1)` */
const OPAQUE_HEAD = 73

/**
 * The deposit transaction of a user deposit, as broadcast bytes. The portal writes no opaque data shorter than its head; total all the
 * same: missing bytes read as zero.
 */
export function userDeposit(
  entry: Pick<DepositEntry, 'from' | 'to' | 'opaqueData'>,
  label: DepositLabel,
): Uint8Array {
  const head = new Uint8Array(OPAQUE_HEAD)
  head.set(entry.opaqueData.subarray(0, OPAQUE_HEAD))
  return encodeDeposit({
    sourceHash: depositSourceHash(label),
    from: entry.from,
    ...(head[72] === 0 ? { to: entry.to } : { to: undefined }),
    mint: bytesToBigInt(head.subarray(0, 32)),
    value: bytesToBigInt(head.subarray(32, 64)),
    gasLimit: bytesToBigInt(head.subarray(64, 72)),
    isSystemTx: false,
    data: entry.opaqueData.slice(OPAQUE_HEAD),
  })
}

/** The label that derivation gives a deposit when the batch's body is of no use. */
export function fallbackLabel(entry: Pick<DepositEntry, 'index' | 'context'>): DepositLabel {
  return { l1BlockHash: entry.context.parentHash, logIndex: Number(entry.index) }
}

/** A label in words, for reports. */
export function describeLabel(label: DepositLabel): string {
  return `${bytesToHex(hexToBytes(label.l1BlockHash))}#${label.logIndex}`
}
