// What every program of the proof build stands on: the output root that all agree on, the chain's rules, and the step from one block to
// the next.

import * as b from '../build'
import * as c from '../evm/context'
import * as r from '../receipt'
import * as rlp from '../rlp'
import * as state from '../state'
import * as u256 from '../u256'
import * as preimages from '../preimages'
import * as witness from '../witness'
import { keccak256 } from '../crypto/keccak'

// @ts-ignore: decorator
@external('host', 'input')
declare function hostInput(index: u32, out: usize): void
// @ts-ignore: decorator
@external('host', 'output')
declare function hostOutput(value: usize): void

/** L2ToL1MessagePasser. */
const MESSAGE_PASSER: usize = memory.data<u8>([
  0x42, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x16,
])
/** What the host reads or writes is aligned. */
const WORD: usize = memory.data(32, 32)
const ROOT: usize = memory.data(32, 32)
const NUMBER: usize = memory.data(32, 16)
const OTHER: usize = memory.data(32, 16)

/** A trap: what L1 has agreed to cannot be like this. */
export function check(holds: bool): void {
  if (!holds) unreachable()
}

/** Writes input `index` to `out`: 32 bytes, aligned to as many. */
export function input(index: u32, out: usize): void {
  hostInput(index, out)
}

// Reading of RLP lists, from `at` to `end` ------------------------------------------------------------------------------------------

export let at: usize = 0
export let end: usize = 0

/** Enters the list that these bytes are. */
export function enter(bytes: usize, length: u32): void {
  end = bytes + <usize>length
  check(rlp.readList(bytes, end) && rlp.next == end)
  at = rlp.payload
}

/** Goes on at `from`, up to `to`. */
export function moveTo(from: usize, to: usize): void {
  at = from
  end = to
}

/** Enters the preimage of input `index`. */
export function enterInput(index: u32): void {
  hostInput(index, WORD)
  enter(preimages.fetch(WORD), preimages.fetchedLen)
}

export function number64(): u64 {
  check(rlp.readScalar(at, end, 8))
  at = rlp.next
  return rlp.asU64()
}

export function number256(out: usize): void {
  check(rlp.readScalar(at, end, 32))
  at = rlp.next
  rlp.asU256(out)
}

export function fixed(out: usize, length: u32): void {
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

// The chain's newest block: the agreed one, then each that was executed ----------------------------------------------------------------

/** Preimage of its output root, version 0: 0 || state root || message passer's storage root || block hash. */
export const OUTPUT: usize = memory.data(128, 16)
export const STATE_ROOT: usize = OUTPUT + 32
export const BLOCK_HASH: usize = OUTPUT + 96
export let number: u64 = 0
export let gasLimit: u64 = 0
let gasUsed: u64 = 0
export let timestamp: u64 = 0
export const PREV_RANDAO: usize = memory.data(32, 16)
const BASE_FEE: usize = memory.data(32, 16)

/** Reads the block whose output root is input 0. */
export function readAgreed(): void {
  hostInput(0, WORD)
  const output = preimages.fetch(WORD)
  check(preimages.fetchedLen == 128)
  u256.set(NUMBER, 0)
  check(u256.equal(output, NUMBER))
  memory.copy(OUTPUT, output, 128)
  enter(preimages.fetch(BLOCK_HASH), preimages.fetchedLen)
  skip(3)
  fixed(WORD, 32)
  // The header commits to the same state as the output does.
  check(u256.equal(WORD, STATE_ROOT))
  skip(4)
  number = number64()
  gasLimit = number64()
  gasUsed = number64()
  timestamp = number64()
  skip(1)
  fixed(PREV_RANDAO, 32)
  skip(1)
  number256(BASE_FEE)
}

/** Timestamp of an ancestor of the newest block, or its own: headers are walked back. */
export function timestampOf(ancestor: u64): u64 {
  if (ancestor == number) return timestamp
  check(ancestor < number)
  enter(preimages.fetch(BLOCK_HASH), preimages.fetchedLen)
  for (let n = number; n > ancestor; n--) {
    fixed(WORD, 32)
    enter(preimages.fetch(WORD), preimages.fetchedLen)
  }
  skip(11)
  return number64()
}

// Rules: [chainId, rollup, elasticity, denominator, [[fork, timestamp, max blobs, update fraction], ...]] ---------------------------------

const CHAIN_ID: usize = memory.data(32, 16)
export let isRollup: bool = false
let elasticity: u64 = 0
let denominator: u64 = 0
let forks: usize = 0
let forksEnd: usize = 0

/** Reads the rules, the preimage of input `index`. */
export function readRules(index: u32): void {
  enterInput(index)
  number256(CHAIN_ID)
  isRollup = number64() != 0
  elasticity = number64()
  denominator = number64()
  check(elasticity != 0 && denominator != 0)
  check(rlp.readList(at, end) && rlp.next == end)
  forks = rlp.payload
  forksEnd = rlp.next
}

/** The fork in force at a timestamp, into the block context. */
function chooseFork(time: u64): void {
  let found = false
  let item = forks
  while (item < forksEnd) {
    check(rlp.readList(item, forksEnd))
    item = rlp.next
    moveTo(rlp.payload, item)
    const fork = number64()
    const from = number64()
    const max = number64()
    const fraction = number64()
    check(at == end && fork <= <u64>c.OSAKA && max <= 1024)
    if (from > time) continue
    found = true
    store<u32>(c.BLOCK, <u32>fork, c.BLOCK_FORK)
    store<u32>(c.BLOCK, <u32>max, c.BLOCK_BLOB_MAX)
    store<u64>(c.BLOCK, fraction, c.BLOCK_BLOB_FRACTION)
  }
  check(found)
}

/** EIP-1559, into the block context. */
function nextBaseFee(): void {
  const out = c.BLOCK + c.BLOCK_BASE_FEE
  u256.copy(out, BASE_FEE)
  const target = gasLimit / elasticity
  if (target == 0 || gasUsed == target) return
  const over = gasUsed > target
  check(u256.mulSmall(NUMBER, BASE_FEE, over ? gasUsed - target : target - gasUsed) == 0)
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

// A block ------------------------------------------------------------------------------------------------------------------------------

/** Starts the block context of the next block: everything that follows from the newest one and the time. The rest is zero. */
export function nextBlock(time: u64): void {
  check(time > timestamp)
  memory.fill(c.BLOCK, 0, c.BLOCK_SIZE)
  memory.copy(c.BLOCK + c.BLOCK_PARENT_HASH, BLOCK_HASH, 32)
  store<u64>(c.BLOCK, number + 1, c.BLOCK_NUMBER)
  store<u64>(c.BLOCK, time, c.BLOCK_TIMESTAMP)
  u256.copy(c.BLOCK + c.BLOCK_CHAIN_ID, CHAIN_ID)
  store<u32>(c.BLOCK, u32(isRollup), c.BLOCK_ROLLUP)
  chooseFork(time)
  nextBaseFee()
  store<u32>(b.HEADER, 0, r.HEADER_EXTRA_LEN)
}

/** Opens the block whose context is complete, on the state of the newest one. Transactions follow, then `sealBlock`. */
export function openBlock(): void {
  // No block may have more (yellow paper 4.4.4), and gas is counted in i64.
  check(load<u64>(c.BLOCK, c.BLOCK_GAS_LIMIT) <= <u64>i64.MAX_VALUE)
  witness.openState(STATE_ROOT)
  witness.openAncestors(BLOCK_HASH, number)
  b.openBlockHere(STATE_ROOT)
}

/** Ends the block; it is the newest one then. */
export function sealBlock(): void {
  // Read before the tries change, whether or not the block uses it.
  const passer = state.account(MESSAGE_PASSER)
  check(b.sealBlock() != 0)
  memory.copy(STATE_ROOT, b.HEADER + r.HEADER_STATE_ROOT, 32)
  memory.copy(OUTPUT + 64, passer + state.ACC_STORAGE_ROOT, 32)
  memory.copy(BLOCK_HASH, b.HEADER + r.HEADER_HASH, 32)
  number = load<u64>(c.BLOCK, c.BLOCK_NUMBER)
  timestamp = load<u64>(c.BLOCK, c.BLOCK_TIMESTAMP)
  gasLimit = load<u64>(c.BLOCK, c.BLOCK_GAS_LIMIT)
  gasUsed = load<u64>(c.BLOCK, c.BLOCK_GAS_USED)
  memory.copy(PREV_RANDAO, c.BLOCK + c.BLOCK_PREV_RANDAO, 32)
  u256.copy(BASE_FEE, c.BLOCK + c.BLOCK_BASE_FEE)
}

/** Ends the program with the output root of the newest block. */
export function finish(): void {
  keccak256(OUTPUT, 128, ROOT)
  hostOutput(ROOT)
  // The machine has halted; no host may go on.
  unreachable()
}
