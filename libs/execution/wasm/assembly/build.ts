// A block from raw bytes to its header: transactions are decoded, recovered, executed and collected one by one, then the roots and
// the header are made. The caller fills BLOCK (evm/context.ts) and the fields of HEADER that no execution decides: extra data.

import * as l from './layout'
import * as r from './receipt'
import * as rlp from './rlp'
import * as state from './state'
import * as trie from './trie'
import * as u256 from './u256'
import { alloc, mark, release, reset } from './memory'
import { addWithdrawal, endBlock, executeTransaction, prepareBlock } from './evm/block'
import { beforeTransactions } from './evm/system'
import * as c from './evm/context'
import { REVERTED } from './evm/frame'
import {
  AFTER_DEPOSITS,
  INCLUDED,
  RESULT,
  RESULT_FIRST_LOG,
  RESULT_STATUS,
  TRANSACTION,
  UNSUPPORTED_TYPE,
  WRONG_CHAIN_ID,
} from './evm/process'
import { stateRoot } from './root'
import { decode, recover } from './transaction'

/** The header under construction. */
export const HEADER: usize = memory.data(r.HEADER_SIZE, 16)

/** A growing list of pairs [pointer u32, length u32], what an ordered trie is made of: address, count and capacity (u32 each). */
const ITEMS_AT: usize = 0
const ITEMS_COUNT: usize = 4
const ITEMS_CAPACITY: usize = 8
const TRANSACTIONS: usize = memory.data(16, 16)
const RECEIPTS: usize = memory.data(16, 16)
const WITHDRAWALS: usize = memory.data(16, 16)

function push(items: usize, ptr: usize, length: u32): void {
  const count = load<u32>(items, ITEMS_COUNT)
  const capacity = load<u32>(items, ITEMS_CAPACITY)
  if (count == capacity) {
    const more = capacity ? capacity << 1 : 256
    const bigger = alloc((<usize>more) << 3)
    memory.copy(bigger, load<u32>(items, ITEMS_AT), (<usize>count) << 3)
    store<u32>(items, <u32>bigger, ITEMS_AT)
    store<u32>(items, more, ITEMS_CAPACITY)
  }
  const at = <usize>load<u32>(items, ITEMS_AT) + ((<usize>count) << 3)
  store<u32>(at, <u32>ptr)
  store<u32>(at, length, 4)
  store<u32>(items, count + 1, ITEMS_COUNT)
}

function root(items: usize, out: usize): void {
  trie.orderedRoot(load<u32>(items, ITEMS_AT), load<u32>(items, ITEMS_COUNT), out)
}

/** Deposits stand before everything else: whatever does not start as one ends them. */
let depositsOver: bool = false
/** The record of the last transaction given to `addTransaction`. */
let transaction: usize = 0
/** Bloom of a transaction without logs: zeros, never written. */
const NO_BLOOM: usize = memory.data(r.BLOOM_SIZE, 16)
/** Bloom of the last transaction that was included. */
let bloom: usize = 0

/** Rules that come before the sender is known; `validate` (evm/process.ts) has the rest. */
function admissible(tx: usize): u32 {
  const type = load<u32>(tx, l.TX_TYPE)
  if ((type == 4 && c.fork() < c.PRAGUE) || (type == 3 && c.isRollup())) return UNSUPPORTED_TYPE
  if (load<u32>(tx, l.TX_HAS_CHAIN_ID) && !u256.equal(tx + l.TX_CHAIN_ID, c.BLOCK + c.BLOCK_CHAIN_ID))
    return WRONG_CHAIN_ID
  return INCLUDED
}

const ROOT: usize = memory.data(32, 16)

/** Starts a block on the state with the root at `parentRoot`. Forgets everything of the block before. */
export function openBlock(parentRoot: usize): void {
  memory.copy(ROOT, parentRoot, 32)
  reset()
  openBlockHere(ROOT)
}

/** As openBlock for a caller that keeps its inputs in the arena. */
export function openBlockHere(parentRoot: usize): void {
  memory.copy(HEADER + r.HEADER_STATE_ROOT, parentRoot, 32)
  trie.begin()
  memory.fill(TRANSACTIONS, 0, 16)
  memory.fill(RECEIPTS, 0, 16)
  memory.fill(WITHDRAWALS, 0, 16)
  depositsOver = false
  prepareBlock()
  beforeTransactions()
  memory.fill(HEADER + r.HEADER_BLOOM, 0, r.BLOOM_SIZE)
}

/**
 * Runs the transaction in the `length` bytes at `raw`, which must stay in the arena until the block is sealed. `sender` (20 bytes) when
 * it was recovered before, else 0. Gives 0 when it was included, else why not (`skipReasons` in @animechain/core).
 */
export function addTransaction(raw: usize, length: u32, sender: usize): u32 {
  const before = mark()
  const isDeposit = length != 0 && load<u8>(raw) == 0x7e
  if (!isDeposit) depositsOver = true
  transaction = alloc(l.TX_SIZE)
  let reason = decode(raw, length, transaction)
  if (reason == INCLUDED && !isDeposit) {
    reason = admissible(transaction)
    if (reason == INCLUDED) {
      if (sender) memory.copy(transaction + l.TX_SENDER, sender, 20)
      else reason = recover(transaction)
    }
  }
  if (reason != INCLUDED) {
    release(before)
    return reason
  }
  reason = executeTransaction(transaction, depositsOver ? AFTER_DEPOSITS : TRANSACTION)
  if (reason != INCLUDED) return reason
  const firstLog = <usize>load<u32>(RESULT, RESULT_FIRST_LOG)
  bloom = NO_BLOOM
  if (firstLog) {
    bloom = r.newBloom()
    r.addLogs(bloom, firstLog)
    r.mergeBloom(HEADER + r.HEADER_BLOOM, bloom)
  }
  const receipt = r.encodeReceipt(
    load<u32>(transaction, l.TX_TYPE),
    load<i32>(RESULT, RESULT_STATUS) < REVERTED,
    load<u64>(c.BLOCK, c.BLOCK_GAS_USED),
    bloom,
    firstLog,
  )
  push(TRANSACTIONS, raw, length)
  push(RECEIPTS, receipt, r.receiptLen)
  return INCLUDED
}

export function lastTransaction(): usize {
  return transaction
}

export function lastBloom(): usize {
  return bloom
}

/** EIP-4895: call it for each withdrawal in order, after the transactions. `amount` in Gwei; `address` is 20 bytes. */
export function withdraw(index: u64, validator: u64, address: usize, amount: u64): void {
  const size = rlp.sizeOfU64(index) + rlp.sizeOfU64(validator) + 21 + rlp.sizeOfU64(amount)
  const bytes = alloc(<usize>size + 8)
  let out = rlp.writeHeader(bytes, size, 0xc0)
  out = rlp.writeU64(out, index)
  out = rlp.writeU64(out, validator)
  out = rlp.writeString(out, address, 20)
  out = rlp.writeU64(out, amount)
  push(WITHDRAWALS, bytes, <u32>(out - bytes))
  if (amount) addWithdrawal(address, amount)
}

/** Ends the block: HEADER is complete, its hash included. Gives 0 when the block cannot exist. */
export function sealBlock(): u32 {
  if (!endBlock(HEADER + r.HEADER_REQUESTS_HASH)) return 0
  const b = c.BLOCK
  stateRoot(HEADER + r.HEADER_STATE_ROOT, HEADER + r.HEADER_STATE_ROOT)
  root(TRANSACTIONS, HEADER + r.HEADER_TRANSACTIONS_ROOT)
  root(RECEIPTS, HEADER + r.HEADER_RECEIPTS_ROOT)
  root(WITHDRAWALS, HEADER + r.HEADER_WITHDRAWALS_ROOT)
  memory.copy(HEADER + r.HEADER_PARENT_HASH, b + c.BLOCK_PARENT_HASH, 32)
  memory.copy(HEADER + r.HEADER_BEACON_ROOT, b + c.BLOCK_BEACON_ROOT, 32)
  memory.copy(HEADER + r.HEADER_PREV_RANDAO, b + c.BLOCK_PREV_RANDAO, 32)
  memory.copy(HEADER + r.HEADER_BENEFICIARY, b + c.BLOCK_BENEFICIARY, 20)
  store<u32>(HEADER, u32(c.fork() >= c.PRAGUE), r.HEADER_HAS_REQUESTS)
  store<u64>(HEADER, load<u64>(b, c.BLOCK_NUMBER), r.HEADER_NUMBER)
  store<u64>(HEADER, load<u64>(b, c.BLOCK_GAS_LIMIT), r.HEADER_GAS_LIMIT)
  store<u64>(HEADER, load<u64>(b, c.BLOCK_GAS_USED), r.HEADER_GAS_USED)
  store<u64>(HEADER, load<u64>(b, c.BLOCK_TIMESTAMP), r.HEADER_TIMESTAMP)
  u256.copy(HEADER + r.HEADER_BASE_FEE, b + c.BLOCK_BASE_FEE)
  store<u64>(HEADER, load<u64>(b, c.BLOCK_BLOB_GAS_USED), r.HEADER_BLOB_GAS_USED)
  store<u64>(HEADER, load<u64>(b, c.BLOCK_EXCESS_BLOB_GAS), r.HEADER_EXCESS_BLOB_GAS)
  r.hashHeader(HEADER)
  return 1
}

// State outside of blocks: genesis, and what a call is to find changed ---------------------------------------------------------

/** Forgets everything and opens the state with this root; BLOCK must be filled. Nothing runs. */
export function openState(root: usize): void {
  memory.copy(HEADER + r.HEADER_STATE_ROOT, root, 32)
  trie.begin()
  reset()
  prepareBlock()
  state.beginTransaction()
}

/** Sets nonce, balance (u256 limbs) and code of an account; it is not touched in the sense of EIP-161. */
export function setAccount(address: usize, nonce: u64, balance: usize, code: usize, codeLen: u32): void {
  const acc = state.account(address)
  const touched = load<u32>(acc, state.ACC_TOUCHED)
  state.setNonce(acc, nonce)
  state.setBalance(acc, balance)
  state.setCode(acc, code, codeLen)
  store<u32>(acc, touched, state.ACC_TOUCHED)
}

/** As setAccount without the code. */
export function setBalanceAndNonce(address: usize, nonce: u64, balance: usize): void {
  const acc = state.account(address)
  const touched = load<u32>(acc, state.ACC_TOUCHED)
  state.setNonce(acc, nonce)
  state.setBalance(acc, balance)
  store<u32>(acc, touched, state.ACC_TOUCHED)
}

export function setCode(address: usize, code: usize, length: u32): void {
  state.setCode(state.account(address), code, length)
}

const STORAGE_KEY: usize = memory.data(32, 16)
const STORAGE_VALUE: usize = memory.data(32, 16)

/** Sets a slot: key and value are 32 big-endian bytes. */
export function setStorage(address: usize, key: usize, value: usize): void {
  u256.fromBytes(STORAGE_KEY, key)
  u256.fromBytes(STORAGE_VALUE, value)
  const slot = state.slot(state.account(address), STORAGE_KEY)
  state.loadSlot(slot)
  state.setSlot(slot, STORAGE_VALUE)
}

/** Empties an account's storage. Only for calls: no root is made of it. */
export function wipeStorage(address: usize): void {
  memory.copy(state.account(address) + state.ACC_STORAGE_ROOT, state.EMPTY_ROOT, 32)
}

/** The account record for an address, read on first use. */
export function accountAt(address: usize): usize {
  return state.account(address)
}

/** Writes a slot as it stands: key and value are 32 big-endian bytes. */
export function storageAt(address: usize, key: usize, out: usize): void {
  u256.fromBytes(STORAGE_KEY, key)
  const slot = state.slot(state.account(address), STORAGE_KEY)
  state.loadSlot(slot)
  u256.toBytes(out, slot + state.SLOT_VALUE)
}

/** The code record of an account as it stands. */
export function codeAt(address: usize): usize {
  return state.code(state.account(address))
}

/** Whether an account exists as it stands. */
export function existsAt(address: usize): u32 {
  return u32(state.exists(state.account(address)))
}

/** Makes the root of what was set; it is in the header's state root. */
export function sealState(): void {
  stateRoot(HEADER + r.HEADER_STATE_ROOT, HEADER + r.HEADER_STATE_ROOT)
}

/** First trie node that the block wrote (trie.ts). */
export function writtenNodes(): usize {
  return trie.written()
}

export function blockHeader(): usize {
  return HEADER
}

/** First account record of the block, for the host's cache; the same list that the state root was made of. */
export function changedAccounts(): usize {
  return state.accounts()
}
