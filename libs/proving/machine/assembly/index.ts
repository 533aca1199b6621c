// The replayer of the machine: what its embedder (src/replayer) calls. docs/spec/machine.md
//
// A program is put in by pieces through STAGING: code, table, globals, memory; then `start`. Pointers that are given out stay valid.

import { keccak256 } from '@animechain/execution-wasm/assembly/crypto/keccak'
import * as decoding from './decode'
import * as interpreter from './interpreter'
import {
  CODE,
  GLOBALS,
  GLOBAL_DIRTY,
  INPUTS,
  MAX_CODE,
  MEMORY,
  PAGE_CHANGED,
  SLOTS,
  STAGING,
  TABLE,
} from './layout'
import * as state from './state'
import * as trees from './trees'

const STATE_WORDS: usize = 10
/** What a state hash is the hash of. */
const STATE: usize = memory.data(320, 16)
const STATE_HASH: usize = memory.data(32, 16)
const INPUTS_HASH: usize = memory.data(32, 16)
/** "animechain state 1" */
const STATE_TAG: usize = memory.data<u8>([
  0x61, 0x6e, 0x69, 0x6d, 0x65, 0x63, 0x68, 0x61, 0x69, 0x6e, 0x20, 0x73, 0x74, 0x61, 0x74, 0x65, 0x20, 0x31,
])
const STATE_TAG_BYTES: usize = 18

/** Place of what is handed over, up to 64 KiB. */
export function staging(): usize {
  return STAGING
}

/** Places of code, 16 bytes an instruction; of slots, globals and table, u64 each; of the machine's memory; of the inputs. */
export function codeAt(): usize {
  return CODE
}
export function slotsAt(): usize {
  return SLOTS
}
export function globalsAt(): usize {
  return GLOBALS
}
export function tableAt(): usize {
  return TABLE
}
export function memoryAt(): usize {
  return MEMORY
}
export function inputsAt(): usize {
  return INPUTS
}
/** Place of a byte a page: 1 when it was written to since the embedder last set it to 0. */
export function changedPagesAt(): usize {
  return PAGE_CHANGED
}

/** Clears a fresh instance. At most `limit` pages may ever be written to. */
export function open(limit: u32): void {
  state.setTouchedLimit(limit)
  trees.clearTrees()
}

/** Takes `length` instructions that stand at `codeAt`. Gives the first that the translation cannot have made, or 2^32 - 1. */
export function loadCode(length: u32): u32 {
  if (length > MAX_CODE) return MAX_CODE
  const fault = decoding.decode(length)
  trees.hashCode(length, decoding.lowestOffset)
  return fault
}

/** Takes `entries` numbers that stand at `tableAt`. */
export function loadTable(entries: u32): void {
  trees.hashTable(entries)
}

/** Takes inputs that stand at `inputsAt`, 32 bytes each. */
export function loadInputs(count: u32): void {
  interpreter.setInputCount(count)
  keccak256(INPUTS, count << 5, INPUTS_HASH)
}

/** Makes sure that memory of so many pages exists. 0 when the host has none left. */
export function growMemory(pages: u32): u32 {
  return <u32>interpreter.growMemory(pages)
}

/** Writes `size` bytes at STAGING to the machine's memory at `at`, within one page; only what differs is written. 0 when the page is one too many. */
export function writeMemory(at: u32, size: u32): u32 {
  let done: u32 = 0
  while (done < size) {
    const to = at + done
    let piece: u32 = 256 - (to & 255)
    if (piece > size - done) piece = size - done
    if (memory.compare(MEMORY + to, STAGING + done, piece) != 0) {
      if (!state.markGroup(to >> 8)) return 0
      memory.copy(MEMORY + to, STAGING + done, piece)
    }
    done += piece
  }
  return 1
}

/** Sets the registers, after slots, globals and memory were; `used` slots may differ from what they were. */
export function setRegisters(status: u32, pc: u32, sp: u32, fp: u32, pages: u32, used: u32): void {
  state.setRegisters(status, pc, sp, fp, pages)
  state.setLowestFp(0)
  state.raiseSlotsEnd(used)
  memory.fill(GLOBAL_DIRTY, 1, 256)
}

/** Runs up to `limit` steps and gives why it came back: 0 as asked or no longer running, 1 no memory, 2 no preimage. */
export function run(limit: u64): i32 {
  const reason = interpreter.run(limit)
  strideSteps = interpreter.stepsDone
  return reason
}
/** Steps of the last `run` or `runStrides`. */
export function stepsDone(): u64 {
  return strideSteps
}
export function status(): u32 {
  return state.status
}
export function pc(): u32 {
  return state.pc
}
export function sp(): u32 {
  return state.sp
}
export function fp(): u32 {
  return state.fp
}
export function pages(): u32 {
  return state.pages
}
/** Slots above which none was ever written. */
export function slotsUsed(): u32 {
  return state.slotsUsed
}
export function touchedPages(): u32 {
  return state.touchedPages
}
/** Place of the word that `output` took. */
export function outputAt(): usize {
  return interpreter.OUTPUT
}
export function inputsHashAt(): usize {
  return INPUTS_HASH
}
export function codeRootAt(): usize {
  return trees.codeRoot()
}
/** Brings the RAM tree up to date and gives the place of its root. */
export function ramRootAt(): usize {
  return trees.ramRoot()
}

// @ts-ignore: decorator
@inline
function word(at: usize, value: u32): void {
  store<u32>(STATE + (at << 5), bswap(value), 28)
}

/** Hashes the present state and gives the place of its hash. */
export function stateHashAt(): usize {
  memory.copy(STATE, STATE_TAG, STATE_TAG_BYTES)
  word(1, state.status)
  word(2, state.pc)
  word(3, state.sp)
  word(4, state.fp)
  word(5, state.pages)
  memory.copy(STATE + 6 * 32, trees.codeRoot(), 32)
  memory.copy(STATE + 7 * 32, trees.ramRoot(), 32)
  memory.copy(STATE + 8 * 32, INPUTS_HASH, 32)
  memory.copy(STATE + 9 * 32, interpreter.OUTPUT, 32)
  keccak256(STATE, STATE_WORDS << 5, STATE_HASH)
  return STATE_HASH
}

/** Writes a leaf and its siblings to STAGING; parts are numbered as in trees.ts. Gives how many words that are. */
export function proveLeaf(part: u32, index: u32): u32 {
  return trees.proveLeaf(part, index)
}

/** State hashes that the last `runStrides` wrote. */
export let stridesDone: u32 = 0
let strideSteps: u64 = 0

/**
 * Runs up to `strides` times `stride` steps and writes the state hash after each to STAGING, at most 2,048 of them. It ends early when the machine is no
 * longer running, with the hash of that state, and when a step could not be begun; gives why, as `run`. `stepsDone` counts all steps.
 */
export function runStrides(strides: u32, stride: u64): i32 {
  let reason = interpreter.DONE
  stridesDone = 0
  strideSteps = 0
  while (stridesDone < strides && state.status == state.RUNNING) {
    reason = interpreter.run(stride)
    strideSteps += interpreter.stepsDone
    if (reason != interpreter.DONE) break
    memory.copy(STAGING + (stridesDone << 5), stateHashAt(), 32)
    stridesDone++
  }
  return reason
}
