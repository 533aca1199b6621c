// The opcode loop. One function, one switch; the state of the frame lives in locals while it runs. Whatever needs another frame
// (calls, creations) is stored back and left to calls.ts.
//
// `sp` points to the top stack item; items are u256 (u256.ts) and lower items have lower addresses. Every case first pays and
// checks the stack, then works in place.

import * as u256 from '../u256'
import * as state from '../state'
import { alloc } from '../memory'
import { keccak256 } from '../crypto/keccak'
import { blockHash } from '../backend'
import { LOG_ADDRESS, LOG_DATA_LEN, LOG_TOPICS, LOG_TOPIC_COUNT } from '../layout'
import {
  BLOCK,
  BLOCK_BASE_FEE,
  BLOCK_BENEFICIARY,
  BLOCK_BLOB_BASE_FEE,
  BLOCK_CHAIN_ID,
  BLOCK_GAS_LIMIT,
  BLOCK_NUMBER,
  BLOCK_PREV_RANDAO,
  BLOCK_TIMESTAMP,
  GAS_PRICE,
  ORIGIN,
  OSAKA,
  blobHashCount,
  blobHashes,
  fork,
} from './context'
import * as f from './frame'
import { onStep } from './trace'

/** Output of the frame that ended last: a range of that frame's memory. */
export let outputPtr: usize = 0
export let outputLen: usize = 0
/** What RETURNDATACOPY sees in the running frame. */
export let returnDataPtr: usize = 0
export let returnDataLen: usize = 0

const ADDRESS: usize = memory.data(32, 16)
const WORD: usize = memory.data(64, 16)

/** Gas of an account that the transaction has not named before (EIP-2929). */
export const COLD_ACCOUNT: i64 = 2600

export function setOutput(at: usize, length: usize): void {
  outputPtr = at
  outputLen = length
}

export function setReturnData(at: usize, length: usize): void {
  returnDataPtr = at
  returnDataLen = length
}

/** Copies `length` bytes from `from` of a source, with zeros where the source has ended. */
function copyPadded(to: usize, source: usize, sourceLen: usize, from: u64, length: usize): void {
  let have: usize = 0
  if (from < <u64>sourceLen) {
    have = sourceLen - <usize>from
    if (have > length) have = length
    memory.copy(to, source + <usize>from, have)
  }
  if (have < length) memory.fill(to + have, 0, length - have)
}

// @ts-ignore: decorator
@inline
function words(length: u64): i64 {
  return <i64>((length + 31) >> 5)
}

/** The account that a stack item names; 0 when `gas` does not pay for getting at it (EIP-2929), so that nothing is read unpaid. */
// @ts-ignore: decorator
@inline
function accountAt(item: usize, gas: i64): usize {
  u256.toAddress(ADDRESS, item)
  return gas < COLD_ACCOUNT ? state.accountAtHand(ADDRESS) : state.account(ADDRESS)
}

// @ts-ignore: decorator
@inline
function accessCost(acc: usize): i64 {
  return state.warmAccount(acc) ? COLD_ACCOUNT : 100
}

/** SSTORE with EIP-2200, EIP-2929 and EIP-3529: gas that is left, negative when there is not enough. */
function sstore(acc: usize, key: usize, value: usize, gas: i64): i64 {
  if (gas <= 2300) return -1
  const record = state.slot(acc, key)
  if (state.warmSlot(record)) gas -= 2100
  state.loadSlot(record)
  const current = record + state.SLOT_VALUE
  const original = record + state.SLOT_TX_OLD
  if (u256.equal(current, value)) return gas - 100
  if (u256.equal(original, current)) {
    if (u256.isZero(original)) gas -= 20000
    else {
      gas -= 2900
      if (gas >= 0 && u256.isZero(value)) state.addRefund(4800)
    }
  } else {
    gas -= 100
    if (gas >= 0) {
      if (!u256.isZero(original)) {
        if (u256.isZero(current)) state.addRefund(-4800)
        else if (u256.isZero(value)) state.addRefund(4800)
      }
      if (u256.equal(original, value)) state.addRefund(u256.isZero(original) ? 19900 : 2800)
    }
  }
  if (gas >= 0) state.setSlot(record, value)
  return gas
}

/** SLOAD: gas that is left, negative when there is not enough; nothing is read unpaid. */
function sload(acc: usize, key: usize, out: usize, gas: i64): i64 {
  const record = state.slot(acc, key)
  gas -= state.warmSlot(record) ? 2100 : 100
  if (gas < 0) return gas
  state.loadSlot(record)
  u256.copy(out, record + state.SLOT_VALUE)
  return gas
}

/** SELFDESTRUCT with EIP-6780: gas that is left, negative when there is not enough. */
function selfdestruct(acc: usize, beneficiary: usize, gas: i64): i64 {
  gas -= 5000
  if (gas < 0) return gas
  const heir = accountAt(beneficiary, gas)
  if (!heir) return -1
  if (state.warmAccount(heir)) gas -= COLD_ACCOUNT
  const balance = acc + state.ACC_BALANCE
  if (!u256.isZero(balance) && state.isEmpty(heir)) gas -= 25000
  if (gas < 0) return gas
  if (heir != acc) {
    u256.copy(WORD, balance)
    state.addBalance(heir, WORD)
    u256.set(WORD, 0)
    state.setBalance(acc, WORD)
  } else if (state.isCreated(acc)) {
    u256.set(WORD, 0)
    state.setBalance(acc, WORD)
  }
  if (state.isCreated(acc)) state.markDestroyed(acc)
  return gas
}

/** Appends a log with the `topics` items below `sp` - 32 (offset and length are above them). */
function log(acc: usize, topics: u32, sp: usize, data: usize, length: usize): void {
  const record = alloc(LOG_TOPICS + ((<usize>topics) << 5) + length)
  memory.copy(record + LOG_ADDRESS, acc, 20)
  store<u32>(record, topics, LOG_TOPIC_COUNT)
  store<u32>(record, <u32>length, LOG_DATA_LEN)
  let at = record + LOG_TOPICS
  for (let i: u32 = 0; i < topics; i++) {
    u256.toBytes(at, sp - 64 - ((<usize>i) << 5))
    at += 32
  }
  memory.copy(at, data, length)
  state.appendLog(record)
}

/** Gas, more than `gas` when that is not enough. */
function extcodehash(item: usize, gas: i64): i64 {
  const acc = accountAt(item, gas)
  if (!acc) return COLD_ACCOUNT
  if (state.isEmpty(acc)) u256.set(item, 0)
  else u256.fromBytes(item, acc + state.ACC_CODE_HASH)
  return accessCost(acc)
}

/**
 * BLOCKHASH answers of this block: for number n, at n mod 256, [known u32, 4 bytes unused, hash as u256]. The opcode is cheap, and
 * finding an ancestor is not when headers have to be walked.
 */
const ANCESTORS: usize = memory.data(256 * 40, 16)
const ANCESTOR_SIZE: usize = 40

/** Starts a block. */
export function begin(): void {
  memory.fill(ANCESTORS, 0, 256 * ANCESTOR_SIZE)
}

function blockhash(item: usize): void {
  const n = load<u64>(item)
  const present = load<u64>(BLOCK, BLOCK_NUMBER)
  if (
    (load<u64>(item, 8) | load<u64>(item, 16) | load<u64>(item, 24)) != 0 ||
    n >= present ||
    present - n > 256
  ) {
    return u256.set(item, 0)
  }
  const known = ANCESTORS + ((<usize>n) & 255) * ANCESTOR_SIZE
  if (!load<u32>(known)) {
    store<u32>(known, 1)
    if (blockHash(n, WORD)) u256.fromBytes(known + 8, WORD)
  }
  u256.copy(item, known + 8)
}

/** PUSH9 to PUSH32. Code is followed by zeros, so reading past its end is harmless. */
function pushLong(to: usize, pc: usize, n: usize): void {
  u256.set(to, 0)
  let left = n
  let at = to
  while (left >= 8) {
    left -= 8
    store<u64>(at, bswap(load<u64>(pc + left)))
    at += 8
  }
  if (left) store<u64>(at, bswap(load<u64>(pc)) >> ((<u64>(8 - left)) << 3))
}

/** Runs the frame until it ends or needs another frame. */
export function interpret(frame: usize): i32 {
  const code: usize = load<u32>(frame, f.FRAME_CODE)
  const mem: usize = load<u32>(frame, f.FRAME_MEMORY)
  const base: usize = load<u32>(frame, f.FRAME_STACK)
  const limit: usize = base + 1023 * 32
  let pc: usize = load<u32>(frame, f.FRAME_PC)
  let sp: usize = load<u32>(frame, f.FRAME_SP)
  let gas: i64 = load<i64>(frame, f.FRAME_GAS)
  let msize: usize = load<u32>(frame, f.FRAME_MEMORY_SIZE)
  let jd: usize = load<u32>(frame, f.FRAME_JUMPDESTS)

  while (true) {
    const op = <u32>load<u8>(pc)
    // @ts-ignore: set by the build
    if (BUILD_TRACE) onStep(frame, op, pc - code, sp, gas, msize)
    pc++
    switch (op) {
      case 0x00: {
        store<i64>(frame, gas, f.FRAME_GAS)
        outputLen = 0
        return f.STOPPED
      }
      case 0x01: {
        if ((gas -= 3) < 0) return f.OUT_OF_GAS
        if (sp < base + 32) return f.STACK_UNDERFLOW
        u256.add(sp - 32, sp, sp - 32)
        sp -= 32
        continue
      }
      case 0x02: {
        if ((gas -= 5) < 0) return f.OUT_OF_GAS
        if (sp < base + 32) return f.STACK_UNDERFLOW
        u256.mul(sp - 32, sp, sp - 32)
        sp -= 32
        continue
      }
      case 0x03: {
        if ((gas -= 3) < 0) return f.OUT_OF_GAS
        if (sp < base + 32) return f.STACK_UNDERFLOW
        u256.sub(sp - 32, sp, sp - 32)
        sp -= 32
        continue
      }
      case 0x04: {
        if ((gas -= 5) < 0) return f.OUT_OF_GAS
        if (sp < base + 32) return f.STACK_UNDERFLOW
        u256.div(sp - 32, sp, sp - 32)
        sp -= 32
        continue
      }
      case 0x05: {
        if ((gas -= 5) < 0) return f.OUT_OF_GAS
        if (sp < base + 32) return f.STACK_UNDERFLOW
        u256.sdiv(sp - 32, sp, sp - 32)
        sp -= 32
        continue
      }
      case 0x06: {
        if ((gas -= 5) < 0) return f.OUT_OF_GAS
        if (sp < base + 32) return f.STACK_UNDERFLOW
        u256.mod(sp - 32, sp, sp - 32)
        sp -= 32
        continue
      }
      case 0x07: {
        if ((gas -= 5) < 0) return f.OUT_OF_GAS
        if (sp < base + 32) return f.STACK_UNDERFLOW
        u256.smod(sp - 32, sp, sp - 32)
        sp -= 32
        continue
      }
      case 0x08: {
        if ((gas -= 8) < 0) return f.OUT_OF_GAS
        if (sp < base + 64) return f.STACK_UNDERFLOW
        u256.addmod(sp - 64, sp, sp - 32, sp - 64)
        sp -= 64
        continue
      }
      case 0x09: {
        if ((gas -= 8) < 0) return f.OUT_OF_GAS
        if (sp < base + 64) return f.STACK_UNDERFLOW
        u256.mulmod(sp - 64, sp, sp - 32, sp - 64)
        sp -= 64
        continue
      }
      case 0x0a: {
        if (sp < base + 32) return f.STACK_UNDERFLOW
        if ((gas -= 10 + 50 * <i64>u256.byteLength(sp - 32)) < 0) return f.OUT_OF_GAS
        u256.exp(sp - 32, sp, sp - 32)
        sp -= 32
        continue
      }
      case 0x0b: {
        if ((gas -= 5) < 0) return f.OUT_OF_GAS
        if (sp < base + 32) return f.STACK_UNDERFLOW
        u256.signextend(sp - 32, sp, sp - 32)
        sp -= 32
        continue
      }
      case 0x10: {
        if ((gas -= 3) < 0) return f.OUT_OF_GAS
        if (sp < base + 32) return f.STACK_UNDERFLOW
        const r = u256.less(sp, sp - 32)
        sp -= 32
        u256.set(sp, <u64>r)
        continue
      }
      case 0x11: {
        if ((gas -= 3) < 0) return f.OUT_OF_GAS
        if (sp < base + 32) return f.STACK_UNDERFLOW
        const r = u256.less(sp - 32, sp)
        sp -= 32
        u256.set(sp, <u64>r)
        continue
      }
      case 0x12: {
        if ((gas -= 3) < 0) return f.OUT_OF_GAS
        if (sp < base + 32) return f.STACK_UNDERFLOW
        const r = u256.lessSigned(sp, sp - 32)
        sp -= 32
        u256.set(sp, <u64>r)
        continue
      }
      case 0x13: {
        if ((gas -= 3) < 0) return f.OUT_OF_GAS
        if (sp < base + 32) return f.STACK_UNDERFLOW
        const r = u256.lessSigned(sp - 32, sp)
        sp -= 32
        u256.set(sp, <u64>r)
        continue
      }
      case 0x14: {
        if ((gas -= 3) < 0) return f.OUT_OF_GAS
        if (sp < base + 32) return f.STACK_UNDERFLOW
        const r = u256.equal(sp, sp - 32)
        sp -= 32
        u256.set(sp, <u64>r)
        continue
      }
      case 0x15: {
        if ((gas -= 3) < 0) return f.OUT_OF_GAS
        if (sp < base) return f.STACK_UNDERFLOW
        u256.set(sp, <u64>u256.isZero(sp))
        continue
      }
      case 0x16: {
        if ((gas -= 3) < 0) return f.OUT_OF_GAS
        if (sp < base + 32) return f.STACK_UNDERFLOW
        sp -= 32
        store<u64>(sp, load<u64>(sp) & load<u64>(sp, 32))
        store<u64>(sp, load<u64>(sp, 8) & load<u64>(sp, 40), 8)
        store<u64>(sp, load<u64>(sp, 16) & load<u64>(sp, 48), 16)
        store<u64>(sp, load<u64>(sp, 24) & load<u64>(sp, 56), 24)
        continue
      }
      case 0x17: {
        if ((gas -= 3) < 0) return f.OUT_OF_GAS
        if (sp < base + 32) return f.STACK_UNDERFLOW
        sp -= 32
        store<u64>(sp, load<u64>(sp) | load<u64>(sp, 32))
        store<u64>(sp, load<u64>(sp, 8) | load<u64>(sp, 40), 8)
        store<u64>(sp, load<u64>(sp, 16) | load<u64>(sp, 48), 16)
        store<u64>(sp, load<u64>(sp, 24) | load<u64>(sp, 56), 24)
        continue
      }
      case 0x18: {
        if ((gas -= 3) < 0) return f.OUT_OF_GAS
        if (sp < base + 32) return f.STACK_UNDERFLOW
        sp -= 32
        store<u64>(sp, load<u64>(sp) ^ load<u64>(sp, 32))
        store<u64>(sp, load<u64>(sp, 8) ^ load<u64>(sp, 40), 8)
        store<u64>(sp, load<u64>(sp, 16) ^ load<u64>(sp, 48), 16)
        store<u64>(sp, load<u64>(sp, 24) ^ load<u64>(sp, 56), 24)
        continue
      }
      case 0x19: {
        if ((gas -= 3) < 0) return f.OUT_OF_GAS
        if (sp < base) return f.STACK_UNDERFLOW
        store<u64>(sp, ~load<u64>(sp))
        store<u64>(sp, ~load<u64>(sp, 8), 8)
        store<u64>(sp, ~load<u64>(sp, 16), 16)
        store<u64>(sp, ~load<u64>(sp, 24), 24)
        continue
      }
      case 0x1a: {
        if ((gas -= 3) < 0) return f.OUT_OF_GAS
        if (sp < base + 32) return f.STACK_UNDERFLOW
        u256.byte(sp - 32, sp, sp - 32)
        sp -= 32
        continue
      }
      case 0x1b: {
        if ((gas -= 3) < 0) return f.OUT_OF_GAS
        if (sp < base + 32) return f.STACK_UNDERFLOW
        u256.shl(sp - 32, sp, sp - 32)
        sp -= 32
        continue
      }
      case 0x1c: {
        if ((gas -= 3) < 0) return f.OUT_OF_GAS
        if (sp < base + 32) return f.STACK_UNDERFLOW
        u256.shr(sp - 32, sp, sp - 32)
        sp -= 32
        continue
      }
      case 0x1d: {
        if ((gas -= 3) < 0) return f.OUT_OF_GAS
        if (sp < base + 32) return f.STACK_UNDERFLOW
        u256.sar(sp - 32, sp, sp - 32)
        sp -= 32
        continue
      }
      // CLZ, EIP-7939
      case 0x1e: {
        if (fork() < OSAKA) return f.INVALID_OPCODE
        if ((gas -= 5) < 0) return f.OUT_OF_GAS
        if (sp < base) return f.STACK_UNDERFLOW
        u256.set(sp, <u64>(256 - u256.bitLength(sp)))
        continue
      }
      // KECCAK256
      case 0x20: {
        if (sp < base + 32) return f.STACK_UNDERFLOW
        const end = f.rangeEnd(sp, sp - 32)
        const n = f.offset(sp - 32)
        if ((gas -= 30 + 6 * words(n)) < 0) return f.OUT_OF_GAS
        if (end > <u64>msize) {
          if ((gas -= f.expansionCost(mem, msize, end)) < 0) return f.OUT_OF_GAS
          msize = f.expand(mem, msize, end)
        }
        keccak256(n ? mem + <usize>load<u32>(sp) : mem, <u32>n, WORD)
        sp -= 32
        u256.fromBytes(sp, WORD)
        continue
      }
      // ADDRESS
      case 0x30: {
        if ((gas -= 2) < 0) return f.OUT_OF_GAS
        if (sp >= limit) return f.STACK_OVERFLOW
        sp += 32
        u256.fromAddress(sp, load<u32>(frame, f.FRAME_ACCOUNT))
        continue
      }
      // BALANCE
      case 0x31: {
        if (sp < base) return f.STACK_UNDERFLOW
        const acc = accountAt(sp, gas)
        if (!acc || (gas -= accessCost(acc)) < 0) return f.OUT_OF_GAS
        u256.copy(sp, acc + state.ACC_BALANCE)
        continue
      }
      // ORIGIN
      case 0x32: {
        if ((gas -= 2) < 0) return f.OUT_OF_GAS
        if (sp >= limit) return f.STACK_OVERFLOW
        sp += 32
        u256.copy(sp, ORIGIN)
        continue
      }
      // CALLER
      case 0x33: {
        if ((gas -= 2) < 0) return f.OUT_OF_GAS
        if (sp >= limit) return f.STACK_OVERFLOW
        sp += 32
        u256.copy(sp, frame + f.FRAME_CALLER)
        continue
      }
      // CALLVALUE
      case 0x34: {
        if ((gas -= 2) < 0) return f.OUT_OF_GAS
        if (sp >= limit) return f.STACK_OVERFLOW
        sp += 32
        u256.copy(sp, frame + f.FRAME_VALUE)
        continue
      }
      // CALLDATALOAD
      case 0x35: {
        if ((gas -= 3) < 0) return f.OUT_OF_GAS
        if (sp < base) return f.STACK_UNDERFLOW
        const at = f.offset(sp)
        const input: usize = load<u32>(frame, f.FRAME_INPUT)
        const length: usize = load<u32>(frame, f.FRAME_INPUT_LEN)
        if (at + 32 <= <u64>length) {
          u256.fromBytes(sp, input + <usize>at)
        } else {
          copyPadded(WORD, input, length, at, 32)
          u256.fromBytes(sp, WORD)
        }
        continue
      }
      // CALLDATASIZE
      case 0x36: {
        if ((gas -= 2) < 0) return f.OUT_OF_GAS
        if (sp >= limit) return f.STACK_OVERFLOW
        sp += 32
        u256.set(sp, <u64>load<u32>(frame, f.FRAME_INPUT_LEN))
        continue
      }
      // CALLDATACOPY, CODECOPY
      case 0x37:
      case 0x39: {
        if (sp < base + 64) return f.STACK_UNDERFLOW
        const n = f.offset(sp - 64)
        if ((gas -= 3 + 3 * words(n)) < 0) return f.OUT_OF_GAS
        if (n) {
          const end = f.offset(sp) + n
          if (end > <u64>msize) {
            if ((gas -= f.expansionCost(mem, msize, end)) < 0) return f.OUT_OF_GAS
            msize = f.expand(mem, msize, end)
          }
          const source: usize = op == 0x37 ? <usize>load<u32>(frame, f.FRAME_INPUT) : code
          const length: usize =
            op == 0x37 ? load<u32>(frame, f.FRAME_INPUT_LEN) : load<u32>(frame, f.FRAME_CODE_LEN)
          copyPadded(mem + <usize>load<u32>(sp), source, length, f.offset(sp - 32), <usize>n)
        }
        sp -= 96
        continue
      }
      // CODESIZE
      case 0x38: {
        if ((gas -= 2) < 0) return f.OUT_OF_GAS
        if (sp >= limit) return f.STACK_OVERFLOW
        sp += 32
        u256.set(sp, <u64>load<u32>(frame, f.FRAME_CODE_LEN))
        continue
      }
      // GASPRICE
      case 0x3a: {
        if ((gas -= 2) < 0) return f.OUT_OF_GAS
        if (sp >= limit) return f.STACK_OVERFLOW
        sp += 32
        u256.copy(sp, GAS_PRICE)
        continue
      }
      // EXTCODESIZE
      case 0x3b: {
        if (sp < base) return f.STACK_UNDERFLOW
        const acc = accountAt(sp, gas)
        if (!acc || (gas -= accessCost(acc)) < 0) return f.OUT_OF_GAS
        u256.set(sp, <u64>load<u32>(state.code(acc), state.CODE_LEN))
        continue
      }
      // EXTCODECOPY
      case 0x3c: {
        if (sp < base + 96) return f.STACK_UNDERFLOW
        const n = f.offset(sp - 96)
        if ((gas -= 3 * words(n)) < 0) return f.OUT_OF_GAS
        const acc = accountAt(sp, gas)
        if (!acc || (gas -= accessCost(acc)) < 0) return f.OUT_OF_GAS
        if (n) {
          const end = f.offset(sp - 32) + n
          if (end > <u64>msize) {
            if ((gas -= f.expansionCost(mem, msize, end)) < 0) return f.OUT_OF_GAS
            msize = f.expand(mem, msize, end)
          }
          const record = state.code(acc)
          copyPadded(
            mem + <usize>load<u32>(sp - 32),
            load<u32>(record, state.CODE_PTR),
            load<u32>(record, state.CODE_LEN),
            f.offset(sp - 64),
            <usize>n,
          )
        }
        sp -= 128
        continue
      }
      // RETURNDATASIZE
      case 0x3d: {
        if ((gas -= 2) < 0) return f.OUT_OF_GAS
        if (sp >= limit) return f.STACK_OVERFLOW
        sp += 32
        u256.set(sp, <u64>returnDataLen)
        continue
      }
      // RETURNDATACOPY
      case 0x3e: {
        if (sp < base + 64) return f.STACK_UNDERFLOW
        const n = f.offset(sp - 64)
        if ((gas -= 3 + 3 * words(n)) < 0) return f.OUT_OF_GAS
        const from = f.offset(sp - 32)
        if (from + n > <u64>returnDataLen) return f.RETURN_DATA_OUT_OF_BOUNDS
        if (n) {
          const end = f.offset(sp) + n
          if (end > <u64>msize) {
            if ((gas -= f.expansionCost(mem, msize, end)) < 0) return f.OUT_OF_GAS
            msize = f.expand(mem, msize, end)
          }
          memory.copy(mem + <usize>load<u32>(sp), returnDataPtr + <usize>from, <usize>n)
        }
        sp -= 96
        continue
      }
      // EXTCODEHASH
      case 0x3f: {
        if (sp < base) return f.STACK_UNDERFLOW
        if ((gas -= extcodehash(sp, gas)) < 0) return f.OUT_OF_GAS
        continue
      }
      // BLOCKHASH
      case 0x40: {
        if ((gas -= 20) < 0) return f.OUT_OF_GAS
        if (sp < base) return f.STACK_UNDERFLOW
        blockhash(sp)
        continue
      }
      // COINBASE
      case 0x41: {
        if ((gas -= 2) < 0) return f.OUT_OF_GAS
        if (sp >= limit) return f.STACK_OVERFLOW
        sp += 32
        u256.fromAddress(sp, BLOCK + BLOCK_BENEFICIARY)
        continue
      }
      // TIMESTAMP
      case 0x42: {
        if ((gas -= 2) < 0) return f.OUT_OF_GAS
        if (sp >= limit) return f.STACK_OVERFLOW
        sp += 32
        u256.set(sp, load<u64>(BLOCK, BLOCK_TIMESTAMP))
        continue
      }
      // NUMBER
      case 0x43: {
        if ((gas -= 2) < 0) return f.OUT_OF_GAS
        if (sp >= limit) return f.STACK_OVERFLOW
        sp += 32
        u256.set(sp, load<u64>(BLOCK, BLOCK_NUMBER))
        continue
      }
      // PREVRANDAO
      case 0x44: {
        if ((gas -= 2) < 0) return f.OUT_OF_GAS
        if (sp >= limit) return f.STACK_OVERFLOW
        sp += 32
        u256.fromBytes(sp, BLOCK + BLOCK_PREV_RANDAO)
        continue
      }
      // GASLIMIT
      case 0x45: {
        if ((gas -= 2) < 0) return f.OUT_OF_GAS
        if (sp >= limit) return f.STACK_OVERFLOW
        sp += 32
        u256.set(sp, load<u64>(BLOCK, BLOCK_GAS_LIMIT))
        continue
      }
      // CHAINID
      case 0x46: {
        if ((gas -= 2) < 0) return f.OUT_OF_GAS
        if (sp >= limit) return f.STACK_OVERFLOW
        sp += 32
        u256.copy(sp, BLOCK + BLOCK_CHAIN_ID)
        continue
      }
      // SELFBALANCE
      case 0x47: {
        if ((gas -= 5) < 0) return f.OUT_OF_GAS
        if (sp >= limit) return f.STACK_OVERFLOW
        sp += 32
        u256.copy(sp, <usize>load<u32>(frame, f.FRAME_ACCOUNT) + state.ACC_BALANCE)
        continue
      }
      // BASEFEE
      case 0x48: {
        if ((gas -= 2) < 0) return f.OUT_OF_GAS
        if (sp >= limit) return f.STACK_OVERFLOW
        sp += 32
        u256.copy(sp, BLOCK + BLOCK_BASE_FEE)
        continue
      }
      // BLOBHASH, EIP-4844
      case 0x49: {
        if ((gas -= 3) < 0) return f.OUT_OF_GAS
        if (sp < base) return f.STACK_UNDERFLOW
        const i = f.offset(sp)
        if (i < <u64>blobHashCount) u256.fromBytes(sp, blobHashes + ((<usize>i) << 5))
        else u256.set(sp, 0)
        continue
      }
      // BLOBBASEFEE, EIP-7516
      case 0x4a: {
        if ((gas -= 2) < 0) return f.OUT_OF_GAS
        if (sp >= limit) return f.STACK_OVERFLOW
        sp += 32
        u256.copy(sp, BLOCK + BLOCK_BLOB_BASE_FEE)
        continue
      }
      // POP
      case 0x50: {
        if ((gas -= 2) < 0) return f.OUT_OF_GAS
        if (sp < base) return f.STACK_UNDERFLOW
        sp -= 32
        continue
      }
      // MLOAD
      case 0x51: {
        if ((gas -= 3) < 0) return f.OUT_OF_GAS
        if (sp < base) return f.STACK_UNDERFLOW
        const at = f.offset(sp)
        if (at + 32 > <u64>msize) {
          if ((gas -= f.expansionCost(mem, msize, at + 32)) < 0) return f.OUT_OF_GAS
          msize = f.expand(mem, msize, at + 32)
        }
        u256.fromBytes(sp, mem + <usize>at)
        continue
      }
      // MSTORE
      case 0x52: {
        if ((gas -= 3) < 0) return f.OUT_OF_GAS
        if (sp < base + 32) return f.STACK_UNDERFLOW
        const at = f.offset(sp)
        if (at + 32 > <u64>msize) {
          if ((gas -= f.expansionCost(mem, msize, at + 32)) < 0) return f.OUT_OF_GAS
          msize = f.expand(mem, msize, at + 32)
        }
        u256.toBytes(mem + <usize>at, sp - 32)
        sp -= 64
        continue
      }
      // MSTORE8
      case 0x53: {
        if ((gas -= 3) < 0) return f.OUT_OF_GAS
        if (sp < base + 32) return f.STACK_UNDERFLOW
        const at = f.offset(sp)
        if (at + 1 > <u64>msize) {
          if ((gas -= f.expansionCost(mem, msize, at + 1)) < 0) return f.OUT_OF_GAS
          msize = f.expand(mem, msize, at + 1)
        }
        store<u8>(mem + <usize>at, load<u8>(sp - 32))
        sp -= 64
        continue
      }
      // SLOAD
      case 0x54: {
        if (sp < base) return f.STACK_UNDERFLOW
        if ((gas = sload(load<u32>(frame, f.FRAME_ACCOUNT), sp, sp, gas)) < 0) return f.OUT_OF_GAS
        continue
      }
      // SSTORE
      case 0x55: {
        if (load<u32>(frame, f.FRAME_STATIC)) return f.STATIC_VIOLATION
        if (sp < base + 32) return f.STACK_UNDERFLOW
        if ((gas = sstore(load<u32>(frame, f.FRAME_ACCOUNT), sp, sp - 32, gas)) < 0) return f.OUT_OF_GAS
        sp -= 64
        continue
      }
      // JUMP
      case 0x56: {
        if ((gas -= 8) < 0) return f.OUT_OF_GAS
        if (sp < base) return f.STACK_UNDERFLOW
        const to = f.offset(sp)
        sp -= 32
        if (to >= <u64>load<u32>(frame, f.FRAME_CODE_LEN)) return f.INVALID_JUMP
        if (!jd) jd = f.jumpdests(frame)
        if ((((<u32>load<u8>(jd + ((<usize>to) >> 3))) >> ((<u32>to) & 7)) & 1) == 0) return f.INVALID_JUMP
        pc = code + <usize>to
        continue
      }
      // JUMPI
      case 0x57: {
        if ((gas -= 10) < 0) return f.OUT_OF_GAS
        if (sp < base + 32) return f.STACK_UNDERFLOW
        sp -= 64
        if (u256.isZero(sp + 32)) continue
        const to = f.offset(sp + 64)
        if (to >= <u64>load<u32>(frame, f.FRAME_CODE_LEN)) return f.INVALID_JUMP
        if (!jd) jd = f.jumpdests(frame)
        if ((((<u32>load<u8>(jd + ((<usize>to) >> 3))) >> ((<u32>to) & 7)) & 1) == 0) return f.INVALID_JUMP
        pc = code + <usize>to
        continue
      }
      // PC
      case 0x58: {
        if ((gas -= 2) < 0) return f.OUT_OF_GAS
        if (sp >= limit) return f.STACK_OVERFLOW
        sp += 32
        u256.set(sp, <u64>(pc - 1 - code))
        continue
      }
      // MSIZE
      case 0x59: {
        if ((gas -= 2) < 0) return f.OUT_OF_GAS
        if (sp >= limit) return f.STACK_OVERFLOW
        sp += 32
        u256.set(sp, <u64>msize)
        continue
      }
      // GAS
      case 0x5a: {
        if ((gas -= 2) < 0) return f.OUT_OF_GAS
        if (sp >= limit) return f.STACK_OVERFLOW
        sp += 32
        u256.set(sp, <u64>gas)
        continue
      }
      // JUMPDEST
      case 0x5b: {
        if ((gas -= 1) < 0) return f.OUT_OF_GAS
        continue
      }
      // TLOAD, EIP-1153
      case 0x5c: {
        if ((gas -= 100) < 0) return f.OUT_OF_GAS
        if (sp < base) return f.STACK_UNDERFLOW
        const record = state.slot(load<u32>(frame, f.FRAME_ACCOUNT), sp)
        state.loadTransient(record)
        u256.copy(sp, record + state.SLOT_TRANSIENT)
        continue
      }
      // TSTORE
      case 0x5d: {
        if (load<u32>(frame, f.FRAME_STATIC)) return f.STATIC_VIOLATION
        if ((gas -= 100) < 0) return f.OUT_OF_GAS
        if (sp < base + 32) return f.STACK_UNDERFLOW
        state.setTransient(state.slot(load<u32>(frame, f.FRAME_ACCOUNT), sp), sp - 32)
        sp -= 64
        continue
      }
      // MCOPY, EIP-5656
      case 0x5e: {
        if (sp < base + 64) return f.STACK_UNDERFLOW
        const n = f.offset(sp - 64)
        if ((gas -= 3 + 3 * words(n)) < 0) return f.OUT_OF_GAS
        if (n) {
          const to = f.offset(sp)
          const from = f.offset(sp - 32)
          const end = (to > from ? to : from) + n
          if (end > <u64>msize) {
            if ((gas -= f.expansionCost(mem, msize, end)) < 0) return f.OUT_OF_GAS
            msize = f.expand(mem, msize, end)
          }
          memory.copy(mem + <usize>to, mem + <usize>from, <usize>n)
        }
        sp -= 96
        continue
      }
      // PUSH0, EIP-3855
      case 0x5f: {
        if ((gas -= 2) < 0) return f.OUT_OF_GAS
        if (sp >= limit) return f.STACK_OVERFLOW
        sp += 32
        u256.set(sp, 0)
        continue
      }
      case 0x60: {
        if ((gas -= 3) < 0) return f.OUT_OF_GAS
        if (sp >= limit) return f.STACK_OVERFLOW
        sp += 32
        u256.set(sp, <u64>load<u8>(pc))
        pc++
        continue
      }
      case 0x61: {
        if ((gas -= 3) < 0) return f.OUT_OF_GAS
        if (sp >= limit) return f.STACK_OVERFLOW
        sp += 32
        u256.set(sp, ((<u64>load<u8>(pc)) << 8) | (<u64>load<u8>(pc, 1)))
        pc += 2
        continue
      }
      case 0x62:
      case 0x63:
      case 0x64:
      case 0x65:
      case 0x66:
      case 0x67: {
        if ((gas -= 3) < 0) return f.OUT_OF_GAS
        if (sp >= limit) return f.STACK_OVERFLOW
        sp += 32
        u256.set(sp, bswap(load<u64>(pc)) >> ((<u64>(0x67 - op)) << 3))
        pc += op - 0x5f
        continue
      }
      case 0x68:
      case 0x69:
      case 0x6a:
      case 0x6b:
      case 0x6c:
      case 0x6d:
      case 0x6e:
      case 0x6f:
      case 0x70:
      case 0x71:
      case 0x72:
      case 0x74:
      case 0x75:
      case 0x76:
      case 0x77:
      case 0x78:
      case 0x79:
      case 0x7a:
      case 0x7b:
      case 0x7c:
      case 0x7d:
      case 0x7e: {
        if ((gas -= 3) < 0) return f.OUT_OF_GAS
        if (sp >= limit) return f.STACK_OVERFLOW
        sp += 32
        const n = <usize>op - 0x5f
        pushLong(sp, pc, n)
        pc += n
        continue
      }
      // PUSH20, the addresses
      case 0x73: {
        if ((gas -= 3) < 0) return f.OUT_OF_GAS
        if (sp >= limit) return f.STACK_OVERFLOW
        sp += 32
        u256.fromAddress(sp, pc)
        pc += 20
        continue
      }
      case 0x7f: {
        if ((gas -= 3) < 0) return f.OUT_OF_GAS
        if (sp >= limit) return f.STACK_OVERFLOW
        sp += 32
        u256.fromBytes(sp, pc)
        pc += 32
        continue
      }
      // DUP1 to DUP16
      case 0x80:
      case 0x81:
      case 0x82:
      case 0x83:
      case 0x84:
      case 0x85:
      case 0x86:
      case 0x87:
      case 0x88:
      case 0x89:
      case 0x8a:
      case 0x8b:
      case 0x8c:
      case 0x8d:
      case 0x8e:
      case 0x8f: {
        if ((gas -= 3) < 0) return f.OUT_OF_GAS
        const depth: usize = (<usize>op - 0x80) << 5
        if (sp < base + depth) return f.STACK_UNDERFLOW
        if (sp >= limit) return f.STACK_OVERFLOW
        u256.copy(sp + 32, sp - depth)
        sp += 32
        continue
      }
      // SWAP1 to SWAP16
      case 0x90:
      case 0x91:
      case 0x92:
      case 0x93:
      case 0x94:
      case 0x95:
      case 0x96:
      case 0x97:
      case 0x98:
      case 0x99:
      case 0x9a:
      case 0x9b:
      case 0x9c:
      case 0x9d:
      case 0x9e:
      case 0x9f: {
        if ((gas -= 3) < 0) return f.OUT_OF_GAS
        const depth: usize = (<usize>op - 0x8f) << 5
        if (sp < base + depth) return f.STACK_UNDERFLOW
        const other = sp - depth
        const o0 = load<u64>(other)
        const o1 = load<u64>(other, 8)
        const o2 = load<u64>(other, 16)
        const o3 = load<u64>(other, 24)
        u256.copy(other, sp)
        store<u64>(sp, o0)
        store<u64>(sp, o1, 8)
        store<u64>(sp, o2, 16)
        store<u64>(sp, o3, 24)
        continue
      }
      // LOG0 to LOG4
      case 0xa0:
      case 0xa1:
      case 0xa2:
      case 0xa3:
      case 0xa4: {
        if (load<u32>(frame, f.FRAME_STATIC)) return f.STATIC_VIOLATION
        const topics = op - 0xa0
        if (sp < base + ((<usize>topics + 1) << 5)) return f.STACK_UNDERFLOW
        const n = f.offset(sp - 32)
        if ((gas -= 375 + 375 * <i64>topics + 8 * <i64>n) < 0) return f.OUT_OF_GAS
        const end = f.rangeEnd(sp, sp - 32)
        if (end > <u64>msize) {
          if ((gas -= f.expansionCost(mem, msize, end)) < 0) return f.OUT_OF_GAS
          msize = f.expand(mem, msize, end)
        }
        log(load<u32>(frame, f.FRAME_ACCOUNT), topics, sp, n ? mem + <usize>load<u32>(sp) : mem, <usize>n)
        sp -= (<usize>topics + 2) << 5
        continue
      }
      // CREATE, CREATE2
      case 0xf0:
      case 0xf5: {
        if (load<u32>(frame, f.FRAME_STATIC)) return f.STATIC_VIOLATION
        if (sp < base + (op == 0xf0 ? 64 : 96)) return f.STACK_UNDERFLOW
        store<u32>(frame, <u32>pc, f.FRAME_PC)
        store<u32>(frame, <u32>sp, f.FRAME_SP)
        store<i64>(frame, gas, f.FRAME_GAS)
        store<u32>(frame, <u32>msize, f.FRAME_MEMORY_SIZE)
        return f.CREATING
      }
      // CALL, CALLCODE, DELEGATECALL, STATICCALL
      case 0xf1:
      case 0xf2:
      case 0xf4:
      case 0xfa: {
        if (sp < base + (op < 0xf3 ? 192 : 160)) return f.STACK_UNDERFLOW
        store<u32>(frame, <u32>pc, f.FRAME_PC)
        store<u32>(frame, <u32>sp, f.FRAME_SP)
        store<i64>(frame, gas, f.FRAME_GAS)
        store<u32>(frame, <u32>msize, f.FRAME_MEMORY_SIZE)
        return f.CALLING
      }
      // RETURN, REVERT
      case 0xf3:
      case 0xfd: {
        if (sp < base + 32) return f.STACK_UNDERFLOW
        const end = f.rangeEnd(sp, sp - 32)
        if (end > <u64>msize) {
          if ((gas -= f.expansionCost(mem, msize, end)) < 0) return f.OUT_OF_GAS
          msize = f.expand(mem, msize, end)
        }
        outputLen = <usize>f.offset(sp - 32)
        outputPtr = outputLen ? mem + <usize>load<u32>(sp) : mem
        store<i64>(frame, gas, f.FRAME_GAS)
        return op == 0xf3 ? f.RETURNED : f.REVERTED
      }
      // SELFDESTRUCT
      case 0xff: {
        if (load<u32>(frame, f.FRAME_STATIC)) return f.STATIC_VIOLATION
        if (sp < base) return f.STACK_UNDERFLOW
        if ((gas = selfdestruct(load<u32>(frame, f.FRAME_ACCOUNT), sp, gas)) < 0) return f.OUT_OF_GAS
        store<i64>(frame, gas, f.FRAME_GAS)
        outputLen = 0
        return f.STOPPED
      }
      default:
        return f.INVALID_OPCODE
    }
  }
}
