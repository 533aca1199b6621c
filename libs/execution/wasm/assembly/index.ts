// Entry of the guest.

import { BLOCK } from './evm/context'
import { returnDataLen, returnDataPtr } from './evm/interpreter'
import { RESULT } from './evm/process'
import * as batches from './proof/batches'
import * as block from './proof/block'
import { refund } from './state'
import * as preimages from './preimages'

export { alloc, mark, release, reset } from './memory'
// A block from raw bytes
export {
  accountAt,
  addTransaction,
  blockHeader,
  changedAccounts,
  codeAt,
  existsAt,
  lastBloom,
  lastTransaction,
  openBlock,
  openState,
  sealBlock,
  sealState,
  setAccount,
  setBalanceAndNonce,
  setCode,
  setStorage,
  storageAt,
  wipeStorage,
  withdraw,
  writtenNodes,
} from './build'
// Its parts, for calls and state tests
export { addWithdrawal, beginBlock, endBlock, executeTransaction, prepareBlock } from './evm/block'
export { account, accounts, codes } from './state'
export { decode, recover } from './transaction'
export { requiredGas } from './evm/process'
export { keccak256 } from './crypto/keccak'
export { rootOfWrites } from './trie'

/** The block context (evm/context.ts), to be filled before a block begins. */
export function blockContext(): usize {
  return BLOCK
}

/** What the last transaction did (evm/process.ts). */
export function transactionResult(): usize {
  return RESULT
}

/** For tracers, while a frame runs: the refund counter and what RETURNDATACOPY sees. */
export function refundCounter(): i64 {
  return refund
}
export function returnData(): usize {
  return returnDataPtr
}
export function returnDataSize(): usize {
  return returnDataLen
}

/**
 * For whoever records what the proof build reads, while it reads the result of a precompile: the number as a word and the input behind it,
 * whose hash is the key.
 */
export function precompileCall(): usize {
  // @ts-ignore: set by the build
  return BUILD_PROOF ? preimages.precompileCall : 0
}
export function precompileCallSize(): usize {
  // @ts-ignore: set by the build
  return BUILD_PROOF ? preimages.precompileCallSize : 0
}

/** Entry of the proof build, the program itself; does nothing in the others. */
export function run(): void {
  // @ts-ignore: set by the build
  if (BUILD_PROOF) batches.run()
}

/** Entry of the proof build for a block that is given whole. */
export function runBlock(): void {
  // @ts-ignore: set by the build
  if (BUILD_PROOF) block.run()
}
