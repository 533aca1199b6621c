// The program that fraud proofs are about: from the output root of one block to that of the next, everything else by preimage.
//
// Inputs: 0 output root of the parent, 1 keccak256 of the block's input, 2 keccak256 of the chain's rules, as RLP:
//
//   block input  [timestamp, beneficiary, gasLimit, prevRandao, extraData, parentBeaconBlockRoot, systemCalls, baseFee, excessBlobGas,
//                 withdrawals, transactions]
//                baseFee is a list: empty where EIP-1559 decides; withdrawals are [index, validator, address, amount]
//   chain rules  [chainId, rollup, elasticity, denominator, [[fork, timestamp, max blobs, update fraction], ...]]
//
// Output: the output root of the block, version 0: keccak256(0 || state root || message passer's storage root || block hash).
// A trap is a block that cannot exist.

import * as b from './build'
import * as c from './evm/context'
import * as r from './receipt'
import * as rlp from './rlp'
import * as state from './state'
import * as u256 from './u256'
import * as witness from './witness'
import { alloc } from './memory'
import { keccak256 } from './crypto/keccak'

// @ts-ignore: decorator
@external('host', 'input')
declare function hostInput(index: u32, out: usize): void
// @ts-ignore: decorator
@external('host', 'output')
declare function hostOutput(value: usize): void

/** L2ToL1MessagePasser. */
const MESSAGE_PASSER: usize = memory.data<u8>([0x42, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x16])
const WORD: usize = memory.data(32, 16)
const OUTPUT: usize = memory.data(128, 16)
const NUMBER: usize = memory.data(32, 16)
const OTHER: usize = memory.data(32, 16)
const THIRD: usize = memory.data(32, 16)

let at: usize = 0
let end: usize = 0

function check(holds: bool): void {
  if (!holds) unreachable()
}

/** Reads the preimage of an input and enters the list that it is. */
function enterInput(index: u32): void {
  hostInput(index, WORD)
  enter(witness.fetch(WORD), witness.fetchedLen)
}

function enter(bytes: usize, length: u32): void {
  end = bytes + <usize>length
  check(rlp.readList(bytes, end) && rlp.next == end)
  at = rlp.payload
}

function number64(): u64 {
  check(rlp.readScalar(at, end, 8))
  at = rlp.next
  return rlp.asU64()
}

function number256(out: usize): void {
  check(rlp.readScalar(at, end, 32))
  at = rlp.next
  rlp.asU256(out)
}

function fixed(out: usize, length: u32): void {
  check(rlp.readFixed(at, end, length))
  at = rlp.next
  memory.copy(out, rlp.payload, length)
}

function skip(count: i32): void {
  for (let i = 0; i < count; i++) {
    check(rlp.read(at, end))
    at = rlp.next
  }
}

// Of the parent
let parentGasLimit: u64 = 0
let parentGasUsed: u64 = 0
let parentTimestamp: u64 = 0
let parentNumber: u64 = 0
const PARENT_BASE_FEE: usize = memory.data(32, 16)

function readParent(): void {
  hostInput(0, WORD)
  const output = witness.fetch(WORD)
  check(witness.fetchedLen == 128)
  u256.set(NUMBER, 0)
  check(u256.equal(output, NUMBER))
  memory.copy(OUTPUT, output, 128)
  memory.copy(c.BLOCK + c.BLOCK_PARENT_HASH, OUTPUT + 96, 32)
  enter(witness.fetch(OUTPUT + 96), witness.fetchedLen)
  skip(3)
  fixed(WORD, 32)
  // The header commits to the same state as the output does.
  check(memory.compare(WORD, OUTPUT + 32, 32) == 0)
  skip(4)
  parentNumber = number64()
  parentGasLimit = number64()
  parentGasUsed = number64()
  parentTimestamp = number64()
  skip(3)
  number256(PARENT_BASE_FEE)
}

/** EIP-1559, into the block context. */
function nextBaseFee(elasticity: u64, denominator: u64): void {
  const out = c.BLOCK + c.BLOCK_BASE_FEE
  u256.copy(out, PARENT_BASE_FEE)
  check(elasticity != 0 && denominator != 0)
  const target = parentGasLimit / elasticity
  if (target == 0 || parentGasUsed == target) return
  const over = parentGasUsed > target
  check(u256.mulSmall(NUMBER, PARENT_BASE_FEE, over ? parentGasUsed - target : target - parentGasUsed) == 0)
  u256.set(OTHER, target)
  u256.div(NUMBER, NUMBER, OTHER)
  u256.set(OTHER, denominator)
  u256.div(NUMBER, NUMBER, OTHER)
  if (!over) {
    u256.sub(out, out, NUMBER)
    return
  }
  if (u256.isZero(NUMBER)) u256.set(NUMBER, 1)
  check(u256.add(out, out, NUMBER) == 0)
}

/** The fork in force at the block's timestamp, into the block context. */
function readForks(timestamp: u64): void {
  check(rlp.readList(at, end))
  let item = rlp.payload
  const itemsEnd = rlp.next
  at = itemsEnd
  const rest = at
  const outer = end
  let found = false
  while (item < itemsEnd) {
    check(rlp.readList(item, itemsEnd))
    item = rlp.next
    at = rlp.payload
    end = item
    const fork = number64()
    const from = number64()
    const max = number64()
    const fraction = number64()
    check(at == end && fork <= <u64>c.OSAKA && max <= 1024)
    if (from > timestamp) continue
    found = true
    store<u32>(c.BLOCK, <u32>fork, c.BLOCK_FORK)
    store<u32>(c.BLOCK, <u32>max, c.BLOCK_BLOB_MAX)
    store<u64>(c.BLOCK, fraction, c.BLOCK_BLOB_FRACTION)
  }
  check(found)
  at = rest
  end = outer
}

export function run(): void {
  memory.fill(c.BLOCK, 0, c.BLOCK_SIZE)
  readParent()
  witness.openState(OUTPUT + 32)
  witness.openAncestors(OUTPUT + 96, parentNumber)

  enterInput(1)
  const header = b.HEADER
  const timestamp = number64()
  check(timestamp > parentTimestamp)
  store<u64>(c.BLOCK, parentNumber + 1, c.BLOCK_NUMBER)
  store<u64>(c.BLOCK, timestamp, c.BLOCK_TIMESTAMP)
  fixed(c.BLOCK + c.BLOCK_BENEFICIARY, 20)
  store<u64>(c.BLOCK, number64(), c.BLOCK_GAS_LIMIT)
  fixed(c.BLOCK + c.BLOCK_PREV_RANDAO, 32)
  check(rlp.readString(at, end) && rlp.length <= 32)
  at = rlp.next
  memory.copy(header + r.HEADER_EXTRA, rlp.payload, rlp.length)
  store<u32>(header, rlp.length, r.HEADER_EXTRA_LEN)
  fixed(c.BLOCK + c.BLOCK_BEACON_ROOT, 32)
  store<u32>(c.BLOCK, u32(number64() != 0), c.BLOCK_SYSTEM_CALLS)
  check(rlp.readList(at, end))
  at = rlp.next
  const feeList = rlp.payload
  const feeEnd = rlp.next
  store<u64>(c.BLOCK, number64(), c.BLOCK_EXCESS_BLOB_GAS)
  check(rlp.readList(at, end))
  let withdrawal = rlp.payload
  const withdrawalsEnd = rlp.next
  check(rlp.readList(rlp.next, end) && rlp.next == end)
  let transaction = rlp.payload
  const transactionsEnd = rlp.next

  enterInput(2)
  number256(c.BLOCK + c.BLOCK_CHAIN_ID)
  store<u32>(c.BLOCK, u32(number64() != 0), c.BLOCK_ROLLUP)
  const elasticity = number64()
  const denominator = number64()
  readForks(timestamp)
  check(at == end)
  if (feeList < feeEnd) {
    at = feeList
    end = feeEnd
    number256(c.BLOCK + c.BLOCK_BASE_FEE)
  } else nextBaseFee(elasticity, denominator)

  b.openBlockHere(OUTPUT + 32)
  while (transaction < transactionsEnd) {
    check(rlp.readString(transaction, transactionsEnd))
    transaction = rlp.next
    b.addTransaction(rlp.payload, rlp.length, 0)
  }
  while (withdrawal < withdrawalsEnd) {
    check(rlp.readList(withdrawal, withdrawalsEnd))
    withdrawal = rlp.next
    at = rlp.payload
    end = rlp.next
    const index = number64()
    const validator = number64()
    const address = alloc(20)
    fixed(address, 20)
    b.withdraw(index, validator, address, number64())
    check(at == end)
  }
  // Read before the tries change, whether or not the block uses it.
  const passer = state.account(MESSAGE_PASSER)
  check(b.sealBlock() != 0)
  memory.copy(OUTPUT + 32, header + r.HEADER_STATE_ROOT, 32)
  memory.copy(OUTPUT + 64, passer + state.ACC_STORAGE_ROOT, 32)
  memory.copy(OUTPUT + 96, header + r.HEADER_HASH, 32)
  keccak256(OUTPUT, 128, THIRD)
  hostOutput(THIRD)
}
