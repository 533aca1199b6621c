// Entry of the guest.

import { BLOCK } from './evm/context'
import { RESULT } from './evm/process'

export { alloc, mark, release, reset } from './memory'
// A block from raw bytes
export {
  addTransaction,
  blockHeader,
  lastBloom,
  lastTransaction,
  openBlock,
  sealBlock,
  withdraw,
  writtenNodes,
} from './build'
// Its parts, for calls and state tests
export { addWithdrawal, beginBlock, endBlock, executeTransaction, prepareBlock } from './evm/block'
export { account, accounts, codes } from './state'
export { decode, recover } from './transaction'
export {
  addTransaction,
  blockHeader,
  changedAccounts,
  lastBloom,
  lastTransaction,
  openBlock,
  sealBlock,
  withdraw,
  writtenNodes,
} from './build'
export { keccak256 } from './crypto/keccak'

/** The block context (evm/context.ts), to be filled before a block begins. */
export function blockContext(): usize {
  return BLOCK
}

/** What the last transaction did (evm/process.ts). */
export function transactionResult(): usize {
  return RESULT
}
