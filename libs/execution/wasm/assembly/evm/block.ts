// A block under construction: its context is written by the caller (context.ts), then `beginBlock`, transactions one by one,
// withdrawals, and `endBlock`. Roots and header are made from what remains in state.ts.

import * as calls from './calls'
import * as interpreter from './interpreter'
import * as state from '../state'
import * as system from './system'
import { reset } from '../memory'
import { BLOCK, BLOCK_BLOB_GAS_USED, BLOCK_GAS_USED, BLOCK_PARENT_HASH } from './context'
import { INCLUDED, RESULT, RESULT_FIRST_LOG, processTransaction } from './process'

/** Forgets the block before (its arena and its state) and runs the system contracts that come first. BLOCK must be filled. */
export function beginBlock(): void {
  reset()
  prepareBlock()
  system.beforeTransactions()
}

/** As beginBlock without the reset and the system contracts: for callers that keep their inputs in the arena. */
export function prepareBlock(): void {
  state.begin(BLOCK + BLOCK_PARENT_HASH)
  calls.begin()
  interpreter.begin()
  system.begin()
  system.setBlobBaseFee()
  store<u64>(BLOCK, 0, BLOCK_GAS_USED)
  store<u64>(BLOCK, 0, BLOCK_BLOB_GAS_USED)
}

/** Gives 0 and fills RESULT, or the reason why the transaction cannot be included (process.ts, with the modes). */
export function executeTransaction(tx: usize, mode: u32): u32 {
  const reason = processTransaction(tx, mode)
  if (reason == INCLUDED) system.collectDeposits(load<u32>(RESULT, RESULT_FIRST_LOG))
  return reason
}

/** EIP-4895, after the transactions. `amount` in Gwei. */
export function addWithdrawal(address: usize, amount: u64): void {
  system.processWithdrawal(address, amount)
}

/** Writes the requests hash (EIP-7685, 32 bytes). 0 when the block is invalid. Does nothing else before Prague. */
export function endBlock(requestsHash: usize): u32 {
  return u32(system.afterTransactions(requestsHash))
}
