// Flat code as it is run: two words of 32 bits an instruction.
//
//   first   opcode in the low 8 bits; above it, signed, the distance of the frame that `b` names, in bytes (branch, return, move), or the
//           entries of the table (callIndirect)
//   second  what the opcode needs: the target's place, a local's distance from the frame in bytes, a global's place, a memory offset, a constant
//
// Distances are in bytes and targets are addresses, so that the loop only adds.

import { CODE, DECODED, GLOBALS, MAX_CODE } from './layout'

/** i64.const whose value does not fit 32 bits signed: it is read from CODE. An opcode that no program has. */
export const WIDE_CONST: u32 = 0xff

/** The farthest that a slot may be from the frame, in slots: farther is outside of all slots. */
const FAR: i64 = 65_536

/** In place of an instruction's number: all can be run. */
export const NO_FAULT: u32 = 0xffff_ffff
/** The smallest offset of a local that is written. */
export let lowestOffset: i32 = 0

function isTarget(a: u32): bool {
  return a <= MAX_CODE
}

function isNear(distance: i64): bool {
  return distance >= -FAR && distance <= FAR
}

/** Decodes the instruction `pc`. False when the translation cannot have made it. */
function decodeOne(pc: u32): bool {
  const at = CODE + (pc << 4)
  let op: u32 = load<u8>(at)
  let a = bswap(load<u32>(at, 4))
  const b = bswap(load<i64>(at, 8))
  let high: i32 = 0
  switch (op) {
    case 0x03:
    case 0x04:
    case 0x0c:
    case 0x0d:
    case 0x10: {
      if (!isTarget(a)) return false
      a = <u32>DECODED + (a << 3)
      if (op == 0x0c) {
        if (!isNear(b)) return false
        high = (<i32>b) << 3
      }
      break
    }
    case 0x0f: {
      if (!isNear(b)) return false
      high = (<i32>b) << 3
      break
    }
    case 0x11: {
      if (b < 0 || b > FAR) return false
      high = <i32>b
      break
    }
    case 0x20:
    case 0x21:
    case 0x22: {
      if (!isNear(<i64>(<i32>a))) return false
      if (<i32>a < lowestOffset) lowestOffset = <i32>a
      a = a << 3
      break
    }
    case 0x23:
    case 0x24: {
      if (a >= 1024) return false
      a = <u32>GLOBALS + (a << 3)
      break
    }
    case 0x41: {
      a = <u32>b
      break
    }
    case 0x42: {
      if (b == <i64>(<i32>b)) a = <u32>b
      else op = WIDE_CONST
      break
    }
    case 0xd0: {
      if (!isNear(<i64>(<i32>a)) || !isNear(b)) return false
      if (<i32>a < lowestOffset) lowestOffset = <i32>a
      a = a << 3
      high = (<i32>b) << 3
      break
    }
    default: {
      if (op == WIDE_CONST) op = 0
      // Offsets of loads and stores.
      else if (op >= 0x28 && op <= 0x3e) {
        if (b < 0 || b > <i64>0xffff_ffff) return false
        a = <u32>b
      }
    }
  }
  store<u32>(DECODED + (pc << 3), op | (high << 8))
  store<u32>(DECODED + (pc << 3), a, 4)
  return true
}

/** Decodes `length` instructions at CODE. Gives the first that the translation cannot have made, or NO_FAULT. */
export function decode(length: u32): u32 {
  lowestOffset = 0
  for (let pc: u32 = 0; pc < length; pc++) if (!decodeOne(pc)) return pc
  return NO_FAULT
}
