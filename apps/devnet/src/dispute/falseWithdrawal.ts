import { outputRoot, predeploys, type Hash } from '@animechain/core'
import {
  concatHex,
  encodeAbiParameters,
  keccak256,
  parseAbiParameters,
  toRlp,
  zeroHash,
  type Address,
  type Hex,
} from 'viem'

/** A withdrawal that never happened, with an output root of which it can be proven. */
export interface FalseWithdrawal {
  withdrawal: {
    nonce: bigint
    sender: Address
    target: Address
    /** wei */
    value: bigint
    gasLimit: bigint
    data: Hex
  }
  hash: Hash
  /** Root of an output whose message passer holds nothing but this withdrawal. */
  outputRoot: Hash
  outputRootProof: { version: Hash; stateRoot: Hash; messagePasserStorageRoot: Hash; latestBlockhash: Hash }
  withdrawalProof: Hex[]
}

/**
 * Makes up an output after a block in which the message passer has sent `value` wei to `target`: its storage is a trie of one leaf. Everything about it can be shown to
 * the portal but that the chain leads there.
 */
export function falseWithdrawal(target: Address, value: bigint, blockHash: Hash): FalseWithdrawal {
  const withdrawal = {
    // Version 1 in the two highest bytes, as the message passer counts.
    nonce: 2n ** 240n + 2n ** 200n,
    sender: predeploys.l2StandardBridge as Address,
    ...{ target, value, gasLimit: 0n, data: '0x' as Hex },
  }
  const { nonce, sender, gasLimit, data } = withdrawal
  const hash = keccak256(
    encodeAbiParameters(parseAbiParameters('uint256, address, address, uint256, uint256, bytes'), [
      nonce,
      sender,
      target,
      value,
      gasLimit,
      data,
    ]),
  )
  const slot = keccak256(concatHex([hash, zeroHash]))
  // A leaf with the whole path (hex prefix 0x20) and the value 1.
  const leaf = toRlp([concatHex(['0x20', keccak256(slot)]), '0x01'])
  const outputRootProof = {
    version: zeroHash,
    stateRoot: keccak256(hash),
    messagePasserStorageRoot: keccak256(leaf),
    latestBlockhash: blockHash,
  }
  return {
    ...{ withdrawal, hash, outputRootProof, withdrawalProof: [leaf] },
    outputRoot: outputRoot({ ...outputRootProof, blockHash }),
  }
}
