// Call frames: an explicit stack of fixed-size records, so that 1,024 nested calls use no WebAssembly stack.

import { FRAME_BASE, allocCode, ensure, evmMemoryEnd } from '../memory'
import { CODE_JUMPDESTS, CODE_LEN, CODE_PTR } from '../state'

export const FRAME_CODE: usize = 0 // u32
export const FRAME_CODE_LEN: usize = 4 // u32
export const FRAME_PC: usize = 8 // u32, absolute address of the next opcode
/** u32: the top stack item; 32 below the base when the stack is empty. */
export const FRAME_SP: usize = 12
export const FRAME_STACK: usize = 16 // u32
export const FRAME_MEMORY: usize = 20 // u32
export const FRAME_MEMORY_SIZE: usize = 24 // u32, multiple of 32
/** u32: bitmap of jump destinations, 0 until the first jump. */
export const FRAME_JUMPDESTS: usize = 28
export const FRAME_GAS: usize = 32 // i64
/** u32: account record of ADDRESS. */
export const FRAME_ACCOUNT: usize = 40
/** u32: 1 when state must not change. */
export const FRAME_STATIC: usize = 44
/** u32: 1 when the frame runs init code. */
export const FRAME_CREATE: usize = 48
/** u32: code record, 0 for init code (whose bitmap is then in the frame's own memory). */
export const FRAME_CODE_RECORD: usize = 52
export const FRAME_INPUT: usize = 56 // u32
export const FRAME_INPUT_LEN: usize = 60 // u32
export const FRAME_CALLER: usize = 64 // u256
export const FRAME_VALUE: usize = 96 // u256
/** u32, u32: where in this frame's memory the callee's output goes. */
export const FRAME_RETURN_OFFSET: usize = 128
export const FRAME_RETURN_LEN: usize = 132
/** Checkpoint to go back to when the frame fails. */
export const FRAME_CHECKPOINT: usize = 136 // u32
export const FRAME_LOG_TAIL: usize = 140 // u32
export const FRAME_LOG_COUNT: usize = 144 // u32
/** u32: init code's bitmap goes here on the first jump. */
export const FRAME_BITMAP_SPACE: usize = 148
export const FRAME_REFUND: usize = 152 // i64
export const FRAME_SIZE: usize = 256

/** Frame of call depth 0. */
export const FIRST_FRAME: usize = FRAME_BASE
/** Frame of call depth 1,024, the deepest. */
export const LAST_FRAME: usize = FRAME_BASE + 1024 * FRAME_SIZE

// Why the interpreter stopped ----------------------------------------------------------------------------------------------

export const STOPPED: i32 = 0
export const RETURNED: i32 = 1
export const REVERTED: i32 = 2
/** Not ends: the frame wants a call or a creation, the opcode is the one before its pc. */
export const CALLING: i32 = 3
export const CREATING: i32 = 4
/** From here on exceptional halts, which use up all gas. */
export const OUT_OF_GAS: i32 = 5
export const STACK_UNDERFLOW: i32 = 6
export const STACK_OVERFLOW: i32 = 7
export const INVALID_OPCODE: i32 = 8
export const INVALID_JUMP: i32 = 9
export const STATIC_VIOLATION: i32 = 10
export const RETURN_DATA_OUT_OF_BOUNDS: i32 = 11
export const CODE_TOO_LARGE: i32 = 12
/** EIP-3541: deployed code starts with 0xef. */
export const INVALID_CODE: i32 = 13
export const ADDRESS_COLLISION: i32 = 14
export const INIT_CODE_TOO_LARGE: i32 = 15
export const PRECOMPILE_FAILED: i32 = 16
export const DEPTH_EXCEEDED: i32 = 17
export const INSUFFICIENT_BALANCE: i32 = 18
export const NONCE_OVERFLOW: i32 = 19
/** A deposit whose gas does not even cover its intrinsic cost. */
export const INTRINSIC_GAS_TOO_LOW: i32 = 20

/** More gas than any frame has. */
export const UNPAYABLE: i64 = i64.MAX_VALUE
/** Larger than any offset that gas can pay for. */
const HUGE: u64 = 1 << 40

/** A stack item as a memory offset or length; everything that no gas can pay for becomes one huge number. */
// @ts-ignore: decorator
@inline
export function offset(item: usize): u64 {
  const low = load<u64>(item)
  return (load<u64>(item, 8) | load<u64>(item, 16) | load<u64>(item, 24)) != 0 || low > HUGE ? HUGE : low
}

/** End of the memory range given by two stack items; an empty range touches nothing, wherever it is. */
// @ts-ignore: decorator
@inline
export function rangeEnd(at: usize, length: usize): u64 {
  const n = offset(length)
  return n ? offset(at) + n : 0
}

/** Gas for growing a memory from `size` bytes to `end` (yellow paper, appendix H: 3 a word and words squared over 512). */
export function expansionCost(memory: usize, size: usize, end: u64): i64 {
  if (end > <u64>(evmMemoryEnd - memory)) return UNPAYABLE
  const words = (end + 31) >> 5
  const old = (<u64>size) >> 5
  return <i64>(words * 3 + ((words * words) >> 9) - (old * 3 + ((old * old) >> 9)))
}

/** Zeroes the new part of a memory and gives its new size. */
export function expand(base: usize, size: usize, end: u64): usize {
  const bigger = (<usize>end + 31) & ~31
  // Word accesses at the end read past it by at most 32 bytes.
  ensure(base + bigger + 64)
  memory.fill(base + size, 0, bigger - size)
  return bigger
}

/** Sets the bit of every JUMPDEST that is not push data. `bitmap` is zero. */
function analyse(code: usize, length: usize, bitmap: usize): void {
  const end = code + length
  for (let at = code; at < end; at++) {
    const op = load<u8>(at)
    if (op == 0x5b) {
      const i = at - code
      const cell = bitmap + (i >> 3)
      store<u8>(cell, load<u8>(cell) | (u8(1) << u8(i & 7)))
    } else if (op >= 0x60 && op <= 0x7f) {
      at += <usize>op - 0x5f
    }
  }
}

/** The jump bitmap of a frame, made on first use and kept with the code. */
export function jumpdests(frame: usize): usize {
  const record = <usize>load<u32>(frame, FRAME_CODE_RECORD)
  let bitmap: usize
  if (record) {
    bitmap = load<u32>(record, CODE_JUMPDESTS)
    if (!bitmap) {
      const length = <usize>load<u32>(record, CODE_LEN)
      bitmap = allocCode((length >> 3) + 1)
      memory.fill(bitmap, 0, (length >> 3) + 1)
      analyse(load<u32>(record, CODE_PTR), length, bitmap)
      store<u32>(record, <u32>bitmap, CODE_JUMPDESTS)
    }
  } else {
    bitmap = load<u32>(frame, FRAME_BITMAP_SPACE)
    const length = <usize>load<u32>(frame, FRAME_CODE_LEN)
    memory.fill(bitmap, 0, (length >> 3) + 1)
    analyse(load<u32>(frame, FRAME_CODE), length, bitmap)
  }
  store<u32>(frame, <u32>bitmap, FRAME_JUMPDESTS)
  return bitmap
}
