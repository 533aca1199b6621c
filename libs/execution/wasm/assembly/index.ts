// Entry of the guest.

export { alloc, mark, release, reset } from './memory'
export { addWithdrawal, beginBlock, endBlock, executeTransaction, prepareBlock } from './evm/block'
export { account, accounts, codes } from './state'
export { keccak256 } from './crypto/keccak'
import { BLOCK } from './evm/context'
import { RESULT } from './evm/process'

/** The block context (evm/context.ts), to be filled before beginBlock. */
export function blockContext(): usize {
  return BLOCK
}

/** What the last transaction did (evm/process.ts). */
export function transactionResult(): usize {
  return RESULT
}
