// The loop. One function, one switch; the registers live in locals while it runs. docs/spec/machine.md, "A step".
//
// `top` points four slots below the next free one, so that the slots at the top are at constant offsets: 24 is the first, 16 the second, 8 the third, 0 the fourth,
// and 32 is where a push goes. `ip` points to the next decoded instruction. Code comes from the translation of a valid module, which never pops what is not
// there and never names a slot outside of the frame, so only the bound above is checked.
//
// Operands are first put into constants of their type: within a cast, the compiler would widen what is loaded before it compares.
//
// A case ends with `continue`; `break` is a trap, which leaves everything as it was before the step.

import { CODE, DECODED, GLOBALS, GLOBAL_DIRTY, GROUP_DIRTY, INPUTS, MEMORY, SLOTS, TABLE } from './layout'
import { WIDE_CONST } from './decode'
import * as state from './state'

/** Writes 32 bytes of the data that `kind` and the word at `key` name, from `offset` on and zeros beyond its end, to `out`. Gives how many there were, or -1 when nobody has the data. */
// @ts-ignore: decorator
@external('host', 'preimage')
declare function readPreimage(kind: u32, key: usize, offset: u32, out: usize): i32

/** Why `run` came back. */
export const DONE: i32 = 0
/** More pages were to be written than may be, or the host has no memory left. */
export const NO_MEMORY: i32 = 1
/** Nobody has the data of a preimage. */
export const NO_PREIMAGE: i32 = 2

/** Within the loop: the machine halted. */
const STOPPED: i32 = 3

/** Kinds of preimages. */
const KINDS: u32 = 5

/** What `output` took. */
export const OUTPUT: usize = memory.data(32, 16)
/** How many steps the last `run` did. */
export let stepsDone: u64 = 0
export let inputCount: u32 = 0

export function setInputCount(count: u32): void {
  inputCount = count
}

/** Makes sure that the memory of the machine exists up to a number of pages. False when the host has none left. */
export function growMemory(pages: u32): bool {
  const need = <i32>(MEMORY >> 16) + <i32>pages
  const have = memory.size()
  return need <= have || memory.grow(need - have) >= 0
}

/** Whether a range may be written; marks it when it may. */
// @ts-ignore: decorator
@inline
function writable(at: u64, size: u64): bool {
  // @ts-ignore: set by the build; without, nothing can be hashed, and it is known what tracking costs
  if (!BUILD_TRACKING) return true
  return (
    (load<u8>(GROUP_DIRTY + <usize>(at >> 8)) & load<u8>(GROUP_DIRTY + <usize>((at + size - 1) >> 8))) != 0 ||
    state.markRange(<u32>at, <u32>size)
  )
}

/** Whether a pointer of a host instruction is one. */
// @ts-ignore: decorator
@inline
function isWord(at: u32, memoryBytes: u64): bool {
  return (at & 31) == 0 && <u64>at + 32 <= memoryBytes
}

/**
 * Runs until `limit` steps are done or the machine is no longer running, and gives why it came back. With another reason than DONE the last step was not
 * begun, and can be tried again.
 */
export function run(limit: u64): i32 {
  if (state.status != state.RUNNING || limit == 0) {
    stepsDone = 0
    return DONE
  }
  let ip: usize = DECODED + (state.pc << 3)
  let top: usize = SLOTS + (state.sp << 3) - 32
  let frame: usize = SLOTS + (state.fp << 3)
  let lowest: usize = frame
  let end: usize = SLOTS + (state.slotsEnd << 3) - 32
  let memoryBytes: u64 = (<u64>state.pages) << 16
  let left = limit
  let reason = DONE
  let status = state.RUNNING
  while (left != 0) {
    const word = load<u32>(ip)
    const a = load<u32>(ip, 4)
    ip += 8
    left--
    switch (word & 0xff) {
      // unreachable
      case 0x00: {
        break
      }
      // jump
      case 0x03: {
        ip = a
        continue
      }
      // jumpIfZero
      case 0x04: {
        if (load<u32>(top, 24) == 0) ip = a
        top -= 8
        continue
      }
      // branch
      case 0x0c: {
        top = frame + ((<i32>word) >> 8) - 32
        ip = a
        continue
      }
      // jumpIf
      case 0x0d: {
        if (load<u32>(top, 24) != 0) ip = a
        top -= 8
        continue
      }
      // jumpTable
      case 0x0e: {
        const i = load<u32>(top, 24)
        ip += (i < a ? i : a) << 3
        top -= 8
        continue
      }
      // return
      case 0x0f: {
        const caller = load<u64>(top, 24)
        top = frame + ((<i32>word) >> 8) - 32
        frame = SLOTS + ((<usize>(<u32>caller)) << 3)
        if (frame < lowest) lowest = frame
        ip = DECODED + ((<usize>(caller >> 32)) << 3)
        continue
      }
      // call
      case 0x10: {
        if (top >= end) {
          if (!state.growSlots(<u32>((top - SLOTS + 32) >> 3))) break
          end = SLOTS + (state.slotsEnd << 3) - 32
        }
        store<u64>(top, (((<u64>(ip - DECODED)) >> 3) << 32) | ((<u64>(frame - SLOTS)) >> 3), 32)
        frame = top + 32
        top += 8
        ip = a
        continue
      }
      // callIndirect
      case 0x11: {
        const i = load<u32>(top, 24)
        if (i >= word >> 8) break
        const entry = load<u64>(TABLE + (i << 3))
        if (entry >> 32 != (0x8000_0000 | (<u64>a))) break
        store<u64>(top, (((<u64>(ip - DECODED)) >> 3) << 32) | ((<u64>(frame - SLOTS)) >> 3), 24)
        frame = top + 24
        ip = DECODED + ((<usize>(<u32>entry)) << 3)
        continue
      }
      // drop
      case 0x1a: {
        top -= 8
        continue
      }
      // select
      case 0x1b: {
        if (load<u32>(top, 24) == 0) store<u64>(top, load<u64>(top, 16), 8)
        else store<u64>(top, load<u64>(top, 8), 8)
        top -= 16
        continue
      }
      // local.get
      case 0x20: {
        if (top >= end) {
          if (!state.growSlots(<u32>((top - SLOTS + 32) >> 3))) break
          end = SLOTS + (state.slotsEnd << 3) - 32
        }
        store<u64>(top, load<u64>(frame + a), 32)
        top += 8
        continue
      }
      // local.set
      case 0x21: {
        store<u64>(frame + a, load<u64>(top, 24))
        top -= 8
        continue
      }
      // local.tee
      case 0x22: {
        store<u64>(frame + a, load<u64>(top, 24))
        continue
      }
      // global.get
      case 0x23: {
        if (top >= end) {
          if (!state.growSlots(<u32>((top - SLOTS + 32) >> 3))) break
          end = SLOTS + (state.slotsEnd << 3) - 32
        }
        store<u64>(top, load<u64>(a), 32)
        top += 8
        continue
      }
      // global.set
      case 0x24: {
        store<u64>(a, load<u64>(top, 24))
        store<u8>(GLOBAL_DIRTY + ((<usize>a - GLOBALS) >> 5), 1)
        top -= 8
        continue
      }
      // i32.load
      case 0x28: {
        const at = <u64>load<u32>(top, 24) + <u64>a
        if (at + 4 > memoryBytes) break
        store<u64>(top, <u64>load<u32>(<usize>at, MEMORY), 24)
        continue
      }
      // i64.load
      case 0x29: {
        const at = <u64>load<u32>(top, 24) + <u64>a
        if (at + 8 > memoryBytes) break
        store<u64>(top, load<u64>(<usize>at, MEMORY), 24)
        continue
      }
      // i32.load8_s
      case 0x2c: {
        const at = <u64>load<u32>(top, 24) + <u64>a
        if (at + 1 > memoryBytes) break
        store<u64>(top, <u64>(<u32>(<i32>load<i8>(<usize>at, MEMORY))), 24)
        continue
      }
      // i32.load8_u
      case 0x2d: {
        const at = <u64>load<u32>(top, 24) + <u64>a
        if (at + 1 > memoryBytes) break
        store<u64>(top, <u64>load<u8>(<usize>at, MEMORY), 24)
        continue
      }
      // i32.load16_s
      case 0x2e: {
        const at = <u64>load<u32>(top, 24) + <u64>a
        if (at + 2 > memoryBytes) break
        store<u64>(top, <u64>(<u32>(<i32>load<i16>(<usize>at, MEMORY))), 24)
        continue
      }
      // i32.load16_u
      case 0x2f: {
        const at = <u64>load<u32>(top, 24) + <u64>a
        if (at + 2 > memoryBytes) break
        store<u64>(top, <u64>load<u16>(<usize>at, MEMORY), 24)
        continue
      }
      // i64.load8_s
      case 0x30: {
        const at = <u64>load<u32>(top, 24) + <u64>a
        if (at + 1 > memoryBytes) break
        store<u64>(top, <i64>load<i8>(<usize>at, MEMORY), 24)
        continue
      }
      // i64.load8_u
      case 0x31: {
        const at = <u64>load<u32>(top, 24) + <u64>a
        if (at + 1 > memoryBytes) break
        store<u64>(top, <u64>load<u8>(<usize>at, MEMORY), 24)
        continue
      }
      // i64.load16_s
      case 0x32: {
        const at = <u64>load<u32>(top, 24) + <u64>a
        if (at + 2 > memoryBytes) break
        store<u64>(top, <i64>load<i16>(<usize>at, MEMORY), 24)
        continue
      }
      // i64.load16_u
      case 0x33: {
        const at = <u64>load<u32>(top, 24) + <u64>a
        if (at + 2 > memoryBytes) break
        store<u64>(top, <u64>load<u16>(<usize>at, MEMORY), 24)
        continue
      }
      // i64.load32_s
      case 0x34: {
        const at = <u64>load<u32>(top, 24) + <u64>a
        if (at + 4 > memoryBytes) break
        store<u64>(top, <i64>load<i32>(<usize>at, MEMORY), 24)
        continue
      }
      // i64.load32_u
      case 0x35: {
        const at = <u64>load<u32>(top, 24) + <u64>a
        if (at + 4 > memoryBytes) break
        store<u64>(top, <u64>load<u32>(<usize>at, MEMORY), 24)
        continue
      }
      // i32.store
      case 0x36: {
        const at = <u64>load<u32>(top, 16) + <u64>a
        if (at + 4 > memoryBytes) break
        if (!writable(at, 4)) {
          reason = NO_MEMORY
          break
        }
        store<u32>(<usize>at, load<u32>(top, 24), MEMORY)
        top -= 16
        continue
      }
      // i64.store
      case 0x37: {
        const at = <u64>load<u32>(top, 16) + <u64>a
        if (at + 8 > memoryBytes) break
        if (!writable(at, 8)) {
          reason = NO_MEMORY
          break
        }
        store<u64>(<usize>at, load<u64>(top, 24), MEMORY)
        top -= 16
        continue
      }
      // i32.store8
      case 0x3a: {
        const at = <u64>load<u32>(top, 16) + <u64>a
        if (at + 1 > memoryBytes) break
        if (!writable(at, 1)) {
          reason = NO_MEMORY
          break
        }
        store<u8>(<usize>at, load<u8>(top, 24), MEMORY)
        top -= 16
        continue
      }
      // i32.store16
      case 0x3b: {
        const at = <u64>load<u32>(top, 16) + <u64>a
        if (at + 2 > memoryBytes) break
        if (!writable(at, 2)) {
          reason = NO_MEMORY
          break
        }
        store<u16>(<usize>at, load<u16>(top, 24), MEMORY)
        top -= 16
        continue
      }
      // i64.store8
      case 0x3c: {
        const at = <u64>load<u32>(top, 16) + <u64>a
        if (at + 1 > memoryBytes) break
        if (!writable(at, 1)) {
          reason = NO_MEMORY
          break
        }
        store<u8>(<usize>at, load<u8>(top, 24), MEMORY)
        top -= 16
        continue
      }
      // i64.store16
      case 0x3d: {
        const at = <u64>load<u32>(top, 16) + <u64>a
        if (at + 2 > memoryBytes) break
        if (!writable(at, 2)) {
          reason = NO_MEMORY
          break
        }
        store<u16>(<usize>at, load<u16>(top, 24), MEMORY)
        top -= 16
        continue
      }
      // i64.store32
      case 0x3e: {
        const at = <u64>load<u32>(top, 16) + <u64>a
        if (at + 4 > memoryBytes) break
        if (!writable(at, 4)) {
          reason = NO_MEMORY
          break
        }
        store<u32>(<usize>at, load<u32>(top, 24), MEMORY)
        top -= 16
        continue
      }
      // memory.size
      case 0x3f: {
        if (top >= end) {
          if (!state.growSlots(<u32>((top - SLOTS + 32) >> 3))) break
          end = SLOTS + (state.slotsEnd << 3) - 32
        }
        store<u64>(top, memoryBytes >> 16, 32)
        top += 8
        continue
      }
      // memory.grow
      case 0x40: {
        const more = <u64>load<u32>(top, 24)
        const pages = memoryBytes >> 16
        if (pages + more > <u64>a) {
          store<u64>(top, 0xffff_ffff, 24)
          continue
        }
        if (!growMemory(<u32>(pages + more))) {
          reason = NO_MEMORY
          break
        }
        store<u64>(top, pages, 24)
        memoryBytes = (pages + more) << 16
        continue
      }
      // i32.const
      case 0x41: {
        if (top >= end) {
          if (!state.growSlots(<u32>((top - SLOTS + 32) >> 3))) break
          end = SLOTS + (state.slotsEnd << 3) - 32
        }
        store<u64>(top, a, 32)
        top += 8
        continue
      }
      // i64.const
      case 0x42: {
        if (top >= end) {
          if (!state.growSlots(<u32>((top - SLOTS + 32) >> 3))) break
          end = SLOTS + (state.slotsEnd << 3) - 32
        }
        store<u64>(top, <i64>(<i32>a), 32)
        top += 8
        continue
      }
      // i32.eqz
      case 0x45: {
        const value = load<u32>(top, 24)
        store<u64>(top, <u64>(value == 0), 24)
        continue
      }
      // i32.eq
      case 0x46: {
        const left = load<u32>(top, 16)
        const right = load<u32>(top, 24)
        store<u64>(top, <u64>(left == right), 16)
        top -= 8
        continue
      }
      // i32.ne
      case 0x47: {
        const left = load<u32>(top, 16)
        const right = load<u32>(top, 24)
        store<u64>(top, <u64>(left != right), 16)
        top -= 8
        continue
      }
      // i32.lt_s
      case 0x48: {
        const left = load<i32>(top, 16)
        const right = load<i32>(top, 24)
        store<u64>(top, <u64>(left < right), 16)
        top -= 8
        continue
      }
      // i32.lt_u
      case 0x49: {
        const left = load<u32>(top, 16)
        const right = load<u32>(top, 24)
        store<u64>(top, <u64>(left < right), 16)
        top -= 8
        continue
      }
      // i32.gt_s
      case 0x4a: {
        const left = load<i32>(top, 16)
        const right = load<i32>(top, 24)
        store<u64>(top, <u64>(left > right), 16)
        top -= 8
        continue
      }
      // i32.gt_u
      case 0x4b: {
        const left = load<u32>(top, 16)
        const right = load<u32>(top, 24)
        store<u64>(top, <u64>(left > right), 16)
        top -= 8
        continue
      }
      // i32.le_s
      case 0x4c: {
        const left = load<i32>(top, 16)
        const right = load<i32>(top, 24)
        store<u64>(top, <u64>(left <= right), 16)
        top -= 8
        continue
      }
      // i32.le_u
      case 0x4d: {
        const left = load<u32>(top, 16)
        const right = load<u32>(top, 24)
        store<u64>(top, <u64>(left <= right), 16)
        top -= 8
        continue
      }
      // i32.ge_s
      case 0x4e: {
        const left = load<i32>(top, 16)
        const right = load<i32>(top, 24)
        store<u64>(top, <u64>(left >= right), 16)
        top -= 8
        continue
      }
      // i32.ge_u
      case 0x4f: {
        const left = load<u32>(top, 16)
        const right = load<u32>(top, 24)
        store<u64>(top, <u64>(left >= right), 16)
        top -= 8
        continue
      }
      // i64.eqz
      case 0x50: {
        const value = load<u64>(top, 24)
        store<u64>(top, <u64>(value == 0), 24)
        continue
      }
      // i64.eq
      case 0x51: {
        const left = load<u64>(top, 16)
        const right = load<u64>(top, 24)
        store<u64>(top, <u64>(left == right), 16)
        top -= 8
        continue
      }
      // i64.ne
      case 0x52: {
        const left = load<u64>(top, 16)
        const right = load<u64>(top, 24)
        store<u64>(top, <u64>(left != right), 16)
        top -= 8
        continue
      }
      // i64.lt_s
      case 0x53: {
        const left = load<i64>(top, 16)
        const right = load<i64>(top, 24)
        store<u64>(top, <u64>(left < right), 16)
        top -= 8
        continue
      }
      // i64.lt_u
      case 0x54: {
        const left = load<u64>(top, 16)
        const right = load<u64>(top, 24)
        store<u64>(top, <u64>(left < right), 16)
        top -= 8
        continue
      }
      // i64.gt_s
      case 0x55: {
        const left = load<i64>(top, 16)
        const right = load<i64>(top, 24)
        store<u64>(top, <u64>(left > right), 16)
        top -= 8
        continue
      }
      // i64.gt_u
      case 0x56: {
        const left = load<u64>(top, 16)
        const right = load<u64>(top, 24)
        store<u64>(top, <u64>(left > right), 16)
        top -= 8
        continue
      }
      // i64.le_s
      case 0x57: {
        const left = load<i64>(top, 16)
        const right = load<i64>(top, 24)
        store<u64>(top, <u64>(left <= right), 16)
        top -= 8
        continue
      }
      // i64.le_u
      case 0x58: {
        const left = load<u64>(top, 16)
        const right = load<u64>(top, 24)
        store<u64>(top, <u64>(left <= right), 16)
        top -= 8
        continue
      }
      // i64.ge_s
      case 0x59: {
        const left = load<i64>(top, 16)
        const right = load<i64>(top, 24)
        store<u64>(top, <u64>(left >= right), 16)
        top -= 8
        continue
      }
      // i64.ge_u
      case 0x5a: {
        const left = load<u64>(top, 16)
        const right = load<u64>(top, 24)
        store<u64>(top, <u64>(left >= right), 16)
        top -= 8
        continue
      }
      // i32.clz
      case 0x67: {
        const value = load<u32>(top, 24)
        store<u64>(top, <u64>clz(value), 24)
        continue
      }
      // i32.ctz
      case 0x68: {
        const value = load<u32>(top, 24)
        store<u64>(top, <u64>ctz(value), 24)
        continue
      }
      // i32.popcnt
      case 0x69: {
        const value = load<u32>(top, 24)
        store<u64>(top, <u64>popcnt(value), 24)
        continue
      }
      // i32.add
      case 0x6a: {
        const left = load<u32>(top, 16)
        const right = load<u32>(top, 24)
        store<u64>(top, <u64>(left + right), 16)
        top -= 8
        continue
      }
      // i32.sub
      case 0x6b: {
        const left = load<u32>(top, 16)
        const right = load<u32>(top, 24)
        store<u64>(top, <u64>(left - right), 16)
        top -= 8
        continue
      }
      // i32.mul
      case 0x6c: {
        const left = load<u32>(top, 16)
        const right = load<u32>(top, 24)
        store<u64>(top, <u64>(left * right), 16)
        top -= 8
        continue
      }
      // i32.div_s
      case 0x6d: {
        const right = load<i32>(top, 24)
        if (right == 0) break
        const left = load<i32>(top, 16)
        if (right == -1 && left == i32.MIN_VALUE) break
        store<u64>(top, <u64>(<u32>(left / right)), 16)
        top -= 8
        continue
      }
      // i32.div_u
      case 0x6e: {
        const right = load<u32>(top, 24)
        if (right == 0) break
        const left = load<u32>(top, 16)
        store<u64>(top, <u64>(left / right), 16)
        top -= 8
        continue
      }
      // i32.rem_s
      case 0x6f: {
        const right = load<i32>(top, 24)
        if (right == 0) break
        const left = load<i32>(top, 16)
        store<u64>(top, <u64>(<u32>(left % right)), 16)
        top -= 8
        continue
      }
      // i32.rem_u
      case 0x70: {
        const right = load<u32>(top, 24)
        if (right == 0) break
        const left = load<u32>(top, 16)
        store<u64>(top, <u64>(left % right), 16)
        top -= 8
        continue
      }
      // i32.and
      case 0x71: {
        const left = load<u32>(top, 16)
        const right = load<u32>(top, 24)
        store<u64>(top, <u64>(left & right), 16)
        top -= 8
        continue
      }
      // i32.or
      case 0x72: {
        const left = load<u32>(top, 16)
        const right = load<u32>(top, 24)
        store<u64>(top, <u64>(left | right), 16)
        top -= 8
        continue
      }
      // i32.xor
      case 0x73: {
        const left = load<u32>(top, 16)
        const right = load<u32>(top, 24)
        store<u64>(top, <u64>(left ^ right), 16)
        top -= 8
        continue
      }
      // i32.shl
      case 0x74: {
        const left = load<u32>(top, 16)
        const right = load<u32>(top, 24)
        store<u64>(top, <u64>(left << right), 16)
        top -= 8
        continue
      }
      // i32.shr_s
      case 0x75: {
        const left = load<i32>(top, 16)
        const right = load<i32>(top, 24)
        store<u64>(top, <u64>(<u32>(left >> right)), 16)
        top -= 8
        continue
      }
      // i32.shr_u
      case 0x76: {
        const left = load<u32>(top, 16)
        const right = load<u32>(top, 24)
        store<u64>(top, <u64>(left >> right), 16)
        top -= 8
        continue
      }
      // i32.rotl
      case 0x77: {
        const left = load<u32>(top, 16)
        const right = load<u32>(top, 24)
        store<u64>(top, <u64>rotl(left, right), 16)
        top -= 8
        continue
      }
      // i32.rotr
      case 0x78: {
        const left = load<u32>(top, 16)
        const right = load<u32>(top, 24)
        store<u64>(top, <u64>rotr(left, right), 16)
        top -= 8
        continue
      }
      // i64.clz
      case 0x79: {
        const value = load<u64>(top, 24)
        store<u64>(top, clz(value), 24)
        continue
      }
      // i64.ctz
      case 0x7a: {
        const value = load<u64>(top, 24)
        store<u64>(top, ctz(value), 24)
        continue
      }
      // i64.popcnt
      case 0x7b: {
        const value = load<u64>(top, 24)
        store<u64>(top, popcnt(value), 24)
        continue
      }
      // i64.add
      case 0x7c: {
        const left = load<u64>(top, 16)
        const right = load<u64>(top, 24)
        store<u64>(top, left + right, 16)
        top -= 8
        continue
      }
      // i64.sub
      case 0x7d: {
        const left = load<u64>(top, 16)
        const right = load<u64>(top, 24)
        store<u64>(top, left - right, 16)
        top -= 8
        continue
      }
      // i64.mul
      case 0x7e: {
        const left = load<u64>(top, 16)
        const right = load<u64>(top, 24)
        store<u64>(top, left * right, 16)
        top -= 8
        continue
      }
      // i64.div_s
      case 0x7f: {
        const right = load<i64>(top, 24)
        if (right == 0) break
        const left = load<i64>(top, 16)
        if (right == -1 && left == i64.MIN_VALUE) break
        store<u64>(top, left / right, 16)
        top -= 8
        continue
      }
      // i64.div_u
      case 0x80: {
        const right = load<u64>(top, 24)
        if (right == 0) break
        const left = load<u64>(top, 16)
        store<u64>(top, left / right, 16)
        top -= 8
        continue
      }
      // i64.rem_s
      case 0x81: {
        const right = load<i64>(top, 24)
        if (right == 0) break
        const left = load<i64>(top, 16)
        store<u64>(top, left % right, 16)
        top -= 8
        continue
      }
      // i64.rem_u
      case 0x82: {
        const right = load<u64>(top, 24)
        if (right == 0) break
        const left = load<u64>(top, 16)
        store<u64>(top, left % right, 16)
        top -= 8
        continue
      }
      // i64.and
      case 0x83: {
        const left = load<u64>(top, 16)
        const right = load<u64>(top, 24)
        store<u64>(top, left & right, 16)
        top -= 8
        continue
      }
      // i64.or
      case 0x84: {
        const left = load<u64>(top, 16)
        const right = load<u64>(top, 24)
        store<u64>(top, left | right, 16)
        top -= 8
        continue
      }
      // i64.xor
      case 0x85: {
        const left = load<u64>(top, 16)
        const right = load<u64>(top, 24)
        store<u64>(top, left ^ right, 16)
        top -= 8
        continue
      }
      // i64.shl
      case 0x86: {
        const left = load<u64>(top, 16)
        const right = load<u64>(top, 24)
        store<u64>(top, left << right, 16)
        top -= 8
        continue
      }
      // i64.shr_s
      case 0x87: {
        const left = load<i64>(top, 16)
        const right = load<i64>(top, 24)
        store<u64>(top, left >> right, 16)
        top -= 8
        continue
      }
      // i64.shr_u
      case 0x88: {
        const left = load<u64>(top, 16)
        const right = load<u64>(top, 24)
        store<u64>(top, left >> right, 16)
        top -= 8
        continue
      }
      // i64.rotl
      case 0x89: {
        const left = load<u64>(top, 16)
        const right = load<u64>(top, 24)
        store<u64>(top, rotl(left, right), 16)
        top -= 8
        continue
      }
      // i64.rotr
      case 0x8a: {
        const left = load<u64>(top, 16)
        const right = load<u64>(top, 24)
        store<u64>(top, rotr(left, right), 16)
        top -= 8
        continue
      }
      // i32.wrap_i64
      case 0xa7: {
        const value = load<u32>(top, 24)
        store<u64>(top, <u64>value, 24)
        continue
      }
      // i64.extend_i32_s
      case 0xac: {
        const value = load<i32>(top, 24)
        store<u64>(top, <i64>value, 24)
        continue
      }
      // i64.extend_i32_u
      case 0xad: {
        const value = load<u32>(top, 24)
        store<u64>(top, <u64>value, 24)
        continue
      }
      // i32.extend8_s
      case 0xc0: {
        const value = load<i8>(top, 24)
        store<u64>(top, <u64>(<u32>(<i32>value)), 24)
        continue
      }
      // i32.extend16_s
      case 0xc1: {
        const value = load<i16>(top, 24)
        store<u64>(top, <u64>(<u32>(<i32>value)), 24)
        continue
      }
      // i64.extend8_s
      case 0xc2: {
        const value = load<i8>(top, 24)
        store<u64>(top, <i64>value, 24)
        continue
      }
      // i64.extend16_s
      case 0xc3: {
        const value = load<i16>(top, 24)
        store<u64>(top, <i64>value, 24)
        continue
      }
      // i64.extend32_s
      case 0xc4: {
        const value = load<i32>(top, 24)
        store<u64>(top, <i64>value, 24)
        continue
      }
      // move
      case 0xd0: {
        store<u64>(frame + a, load<u64>(frame + ((<i32>word) >> 8)))
        continue
      }
      // frame
      case 0xd1: {
        if (top >= end) {
          if (!state.growSlots(<u32>((top - SLOTS + 32) >> 3))) break
          end = SLOTS + (state.slotsEnd << 3) - 32
        }
        store<u64>(top, load<u64>(frame), 32)
        top += 8
        continue
      }
      // memory.copy
      case 0xe0: {
        const n = load<u32>(top, 24)
        const s = load<u32>(top, 16)
        const d = load<u32>(top, 8)
        if (<u64>d + <u64>n > memoryBytes || <u64>s + <u64>n > memoryBytes) break
        if (n == 0) {
          top -= 24
          continue
        }
        const forwards = d <= s
        const room: u32 = forwards ? 32 - (d & 31) : ((d + n - 1) & 31) + 1
        const k = n < room ? n : room
        const skip: u32 = forwards ? 0 : n - k
        if (!writable(<u64>d + <u64>skip, k)) {
          reason = NO_MEMORY
          break
        }
        memory.copy(MEMORY + d + skip, MEMORY + s + skip, k)
        store<u64>(top, n - k, 24)
        if (forwards) {
          store<u64>(top, s + k, 16)
          store<u64>(top, d + k, 8)
        }
        ip -= 8
        continue
      }
      // memory.fill
      case 0xe1: {
        const n = load<u32>(top, 24)
        const d = load<u32>(top, 8)
        if (<u64>d + <u64>n > memoryBytes) break
        if (n == 0) {
          top -= 24
          continue
        }
        const room: u32 = 32 - (d & 31)
        const k = n < room ? n : room
        if (!writable(d, k)) {
          reason = NO_MEMORY
          break
        }
        memory.fill(MEMORY + d, load<u8>(top, 16), k)
        store<u64>(top, n - k, 24)
        store<u64>(top, d + k, 8)
        ip -= 8
        continue
      }
      // input
      case 0xf0: {
        const out = load<u32>(top, 24)
        const index = load<u32>(top, 16)
        if (!isWord(out, memoryBytes) || index >= inputCount) break
        if (!writable(out, 32)) {
          reason = NO_MEMORY
          break
        }
        memory.copy(MEMORY + out, INPUTS + (index << 5), 32)
        top -= 16
        continue
      }
      // preimage
      case 0xf1: {
        const out = load<u32>(top, 24)
        const offset = load<u32>(top, 16)
        const key = load<u32>(top, 8)
        const kind = load<u32>(top)
        if (!isWord(out, memoryBytes) || !isWord(key, memoryBytes) || (offset & 31) != 0 || kind >= KINDS)
          break
        if (!writable(out, 32)) {
          reason = NO_MEMORY
          break
        }
        const count = readPreimage(kind, MEMORY + key, offset, MEMORY + out)
        if (count < 0) {
          reason = NO_PREIMAGE
          break
        }
        store<u64>(top, count)
        top -= 24
        continue
      }
      // output
      case 0xf2: {
        const at = load<u32>(top, 24)
        if (!isWord(at, memoryBytes)) break
        memory.copy(OUTPUT, MEMORY + at, 32)
        status = state.HALTED
        top -= 8
        // The counter stays.
        ip -= 8
        reason = STOPPED
        break
      }
      // i64.const of a value that does not fit the decoded instruction
      case WIDE_CONST: {
        if (top >= end) {
          if (!state.growSlots(<u32>((top - SLOTS + 32) >> 3))) break
          end = SLOTS + (state.slotsEnd << 3) - 32
        }
        store<u64>(top, bswap(load<u64>(CODE + ((ip - 8 - DECODED) << 1), 8)), 32)
        top += 8
        continue
      }
    }
    // Came here by a `break`.
    if (reason == STOPPED) reason = DONE
    else {
      ip -= 8
      if (reason == DONE) status = state.TRAPPED
      else left++
    }
    break
  }
  stepsDone = limit - left
  state.setRegisters(
    status,
    <u32>((ip - DECODED) >> 3),
    <u32>((top + 32 - SLOTS) >> 3),
    <u32>((frame - SLOTS) >> 3),
    <u32>(memoryBytes >> 16),
  )
  if (lowest < SLOTS + ((<usize>state.lowestFp) << 3)) state.setLowestFp(<u32>((lowest - SLOTS) >> 3))
  return reason
}
