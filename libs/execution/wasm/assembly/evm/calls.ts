// Calls and creations over the explicit frame stack, and the loop that runs a message to its end.

import * as u256 from '../u256'
import * as state from '../state'
import * as f from './frame'
import { STACK_BASE, alloc, chooseEvmMemory, ensure, evmMemoryBase, evmMemoryEnd } from '../memory'
import { keccak256 } from '../crypto/keccak'
import { PRAGUE, fork, precompileNumber } from './context'
import { COLD_ACCOUNT, interpret, outputLen, outputPtr, setOutput, setReturnData } from './interpreter'
import { runPrecompile } from './precompiles'
import { onEnter, onExit } from './trace'

/** What beginCall and beginCreate answer besides an exceptional halt of the calling frame. */
const RESUME: i32 = -1
const ENTER: i32 = -2

/** EIP-170. */
export const MAX_CODE_SIZE: usize = 24576
/** EIP-3860. */
export const MAX_INIT_CODE_SIZE: usize = 49152

const ADDRESS: usize = memory.data(32, 16)
const BUFFER: usize = memory.data(96, 16)
const HASH: usize = memory.data(32, 16)

/** The one live return data buffer: a callee's output is copied here before its memory is reused. */
let buffer: usize = 0
let capacity: usize = 0

/** Starts a block: what was allocated before is gone. */
export function begin(): void {
  buffer = 0
  capacity = 0
}

function keepReturnData(at: usize, length: usize): void {
  if (length > capacity) {
    capacity = length < 4096 ? 4096 : length * 2
    buffer = alloc(capacity)
  }
  memory.copy(buffer, at, length)
  setReturnData(buffer, length)
}

/** Fills what every kind of frame needs, except its code, caller and value. */
function prepare(
  frame: usize,
  account: usize,
  gas: i64,
  input: usize,
  inputLen: u32,
  isStatic: u32,
  stack: usize,
  memoryBase: usize,
): void {
  store<u32>(frame, <u32>account, f.FRAME_ACCOUNT)
  store<i64>(frame, gas, f.FRAME_GAS)
  store<u32>(frame, <u32>input, f.FRAME_INPUT)
  store<u32>(frame, inputLen, f.FRAME_INPUT_LEN)
  store<u32>(frame, isStatic, f.FRAME_STATIC)
  store<u32>(frame, <u32>stack, f.FRAME_STACK)
  store<u32>(frame, <u32>(stack - 32), f.FRAME_SP)
  store<u32>(frame, <u32>memoryBase, f.FRAME_MEMORY)
  store<u32>(frame, 0, f.FRAME_MEMORY_SIZE)
}

/** Remembers where `frame` starts from, to undo it when it fails. Must run before its effects. */
function takeCheckpoint(frame: usize): void {
  store<u32>(frame, <u32>state.checkpoint(), f.FRAME_CHECKPOINT)
  store<u32>(frame, <u32>state.lastLog, f.FRAME_LOG_TAIL)
  store<u32>(frame, state.logCount, f.FRAME_LOG_COUNT)
  store<i64>(frame, state.refund, f.FRAME_REFUND)
}

function revertFrame(frame: usize): void {
  state.revert(
    load<u32>(frame, f.FRAME_CHECKPOINT),
    load<i64>(frame, f.FRAME_REFUND),
    load<u32>(frame, f.FRAME_LOG_TAIL),
    load<u32>(frame, f.FRAME_LOG_COUNT),
  )
}

function setCode(frame: usize, record: usize): void {
  const bytes = load<u32>(record, state.CODE_PTR)
  store<u32>(frame, bytes, f.FRAME_CODE)
  store<u32>(frame, load<u32>(record, state.CODE_LEN), f.FRAME_CODE_LEN)
  store<u32>(frame, bytes, f.FRAME_PC)
  store<u32>(frame, load<u32>(record, state.CODE_JUMPDESTS), f.FRAME_JUMPDESTS)
  store<u32>(frame, <u32>record, f.FRAME_CODE_RECORD)
  store<u32>(frame, 0, f.FRAME_CREATE)
}

/** Copies init code to the start of the frame's memory region; the frame's memory begins behind it. False when there is no room. */
function setInitCode(frame: usize, code: usize, length: u32): bool {
  const own = <usize>load<u32>(frame, f.FRAME_MEMORY)
  const bitmap = own + <usize>length + state.CODE_PADDING
  const memoryBase = (bitmap + ((<usize>length) >> 3) + 32) & ~31
  if (memoryBase > evmMemoryEnd) return false
  ensure(memoryBase)
  memory.copy(own, code, length)
  memory.fill(own + <usize>length, 0, state.CODE_PADDING)
  store<u32>(frame, <u32>own, f.FRAME_CODE)
  store<u32>(frame, length, f.FRAME_CODE_LEN)
  store<u32>(frame, <u32>own, f.FRAME_PC)
  store<u32>(frame, 0, f.FRAME_JUMPDESTS)
  store<u32>(frame, 0, f.FRAME_CODE_RECORD)
  store<u32>(frame, 1, f.FRAME_CREATE)
  store<u32>(frame, <u32>bitmap, f.FRAME_BITMAP_SPACE)
  store<u32>(frame, <u32>memoryBase, f.FRAME_MEMORY)
  return true
}

/** keccak256(rlp([sender, nonce])), the low 20 bytes. */
export function createAddress(sender: usize, nonce: u64, out: usize): void {
  let at = BUFFER + 1
  store<u8>(at, 0x94)
  memory.copy(at + 1, sender, 20)
  at += 21
  if (nonce == 0) {
    store<u8>(at, 0x80)
    at++
  } else if (nonce < 0x80) {
    store<u8>(at, <u8>nonce)
    at++
  } else {
    const bytes = (71 - <u32>clz(nonce)) >> 3
    store<u8>(at, <u8>(0x80 + bytes))
    at++
    store<u64>(at, bswap(nonce << ((8 - <u64>bytes) * 8)))
    at += bytes
  }
  store<u8>(BUFFER, <u8>(0xc0 + (at - BUFFER - 1)))
  keccak256(BUFFER, <u32>(at - BUFFER), HASH)
  memory.copy(out, HASH + 12, 20)
}

/** EIP-1014. `salt` is a u256. */
function create2Address(sender: usize, salt: usize, code: usize, length: u32, out: usize): void {
  store<u8>(BUFFER, 0xff)
  memory.copy(BUFFER + 1, sender, 20)
  u256.toBytes(BUFFER + 21, salt)
  keccak256(code, length, BUFFER + 53)
  keccak256(BUFFER, 85, HASH)
  memory.copy(out, HASH + 12, 20)
}

/** Ends an opcode that asked for a frame: pops down to `sp` and puts 0 or 1 there. */
// @ts-ignore: decorator
@inline
function answer(frame: usize, sp: usize, value: u64): void {
  u256.set(sp, value)
  store<u32>(frame, <u32>sp, f.FRAME_SP)
}

/** Whom the last call opcode reached, whose code it runs, and whether that is by an EIP-7702 delegation: left by chargeCallee. */
let callee: usize = 0
let calleeCode: usize = 0
let calleeIsDelegated = false

/** Grows the memory over a call's input and the room for its output, whose ranges begin at `args`. Gives the gas left, below 0 when it does not suffice. */
// @ts-ignore: decorator
@inline
function expandForCall(frame: usize, args: usize): i64 {
  const msize = <usize>load<u32>(frame, f.FRAME_MEMORY_SIZE)
  let gas = load<i64>(frame, f.FRAME_GAS)
  let end = f.rangeEnd(args, args - 32)
  const outEnd = f.rangeEnd(args - 64, args - 96)
  if (outEnd > end) end = outEnd
  if (end > <u64>msize) {
    const mem = <usize>load<u32>(frame, f.FRAME_MEMORY)
    if ((gas -= f.expansionCost(mem, msize, end)) < 0) return gas
    store<u32>(frame, <u32>f.expand(mem, msize, end), f.FRAME_MEMORY_SIZE)
  }
  return gas
}

/** Finds whom a call reaches and what code it runs, and charges for both and for sending value. Gives the gas left, below 0 when it does not suffice. */
// @ts-ignore: decorator
@inline
function chargeCallee(op: u32, address: usize, hasValue: bool, gas: i64): i64 {
  u256.toAddress(ADDRESS, address)
  const target = gas < COLD_ACCOUNT ? state.accountAtHand(ADDRESS) : state.account(ADDRESS)
  if (!target || (gas -= state.warmAccount(target) ? COLD_ACCOUNT : 100) < 0) return -1
  if (hasValue) {
    if ((gas -= 9000) < 0) return -1
    if (op == 0xf1 && state.isEmpty(target) && (gas -= 25000) < 0) return -1
  }
  callee = target
  calleeCode = target
  calleeIsDelegated = false
  if (fork() >= PRAGUE) {
    const delegate = state.delegation(target)
    if (delegate) {
      const codeOwner = gas < COLD_ACCOUNT ? state.accountAtHand(delegate) : state.account(delegate)
      if (!codeOwner || (gas -= state.warmAccount(codeOwner) ? COLD_ACCOUNT : 100) < 0) return -1
      calleeCode = codeOwner
      calleeIsDelegated = true
    }
  }
  return gas
}

/** Runs a precompile in the place of the frame after `frame`, which gets its output and the gas left. True when it succeeded. */
function callPrecompile(frame: usize, number: u32, gas: i64, input: usize, inputLen: u32): bool {
  const output = <usize>load<u32>(frame, f.FRAME_MEMORY) + <usize>load<u32>(frame, f.FRAME_MEMORY_SIZE)
  setOutput(output, 0)
  // A delegation to a precompile runs no code (EIP-7702).
  let left = calleeIsDelegated ? gas : runPrecompile(number, input, inputLen, gas, output)
  const ok = left >= 0
  if (!ok) {
    left = 0
    revertFrame(frame + f.FRAME_SIZE)
  }
  // @ts-ignore: set by the build
  if (BUILD_TRACE) onExit(ok ? f.RETURNED : f.PRECOMPILE_FAILED, left, outputPtr, outputLen)
  store<i64>(frame, load<i64>(frame, f.FRAME_GAS) + left, f.FRAME_GAS)
  deliver(frame, load<u32>(frame, f.FRAME_RETURN_LEN))
  return ok
}

/** Fills the frame after `frame` for a call that runs `code`. The caller's stack ends at `sp`, where its answer will be. */
// @ts-ignore: decorator
@inline
function fillCallee(
  frame: usize,
  op: u32,
  value: usize,
  gas: i64,
  input: usize,
  inputLen: u32,
  sp: usize,
  code: usize,
): void {
  const child = frame + f.FRAME_SIZE
  const self = <usize>load<u32>(frame, f.FRAME_ACCOUNT)
  const isStatic = load<u32>(frame, f.FRAME_STATIC)
  // The arguments below `sp` are dead once they are copied.
  if (op == 0xf4) {
    u256.copy(child + f.FRAME_CALLER, frame + f.FRAME_CALLER)
    u256.copy(child + f.FRAME_VALUE, frame + f.FRAME_VALUE)
  } else {
    u256.fromAddress(child + f.FRAME_CALLER, self)
    if (op == 0xfa) u256.set(child + f.FRAME_VALUE, 0)
    else u256.copy(child + f.FRAME_VALUE, value)
  }
  const account = op == 0xf1 || op == 0xfa ? callee : self
  const memoryBase = <usize>load<u32>(frame, f.FRAME_MEMORY) + <usize>load<u32>(frame, f.FRAME_MEMORY_SIZE)
  prepare(child, account, gas, input, inputLen, op == 0xfa ? 1 : isStatic, sp + 32, memoryBase)
  setCode(child, code)
}

/** CALL, CALLCODE, DELEGATECALL, STATICCALL. */
function beginCall(frame: usize): i32 {
  const op = <u32>load<u8>(<usize>load<u32>(frame, f.FRAME_PC) - 1)
  const sp = <usize>load<u32>(frame, f.FRAME_SP)
  const mem = <usize>load<u32>(frame, f.FRAME_MEMORY)
  const self = <usize>load<u32>(frame, f.FRAME_ACCOUNT)
  const takesValue = op == 0xf1 || op == 0xf2
  const value = sp - 64
  const args = takesValue ? sp - 96 : sp - 64
  const hasValue = takesValue && !u256.isZero(value)
  if (op == 0xf1 && load<u32>(frame, f.FRAME_STATIC) && hasValue) return f.STATIC_VIOLATION

  let gas = expandForCall(frame, args)
  if (gas < 0 || (gas = chargeCallee(op, sp - 32, hasValue, gas)) < 0) return f.OUT_OF_GAS
  // EIP-150: a 64th stays.
  let callGas = gas - (gas >> 6)
  if ((load<u64>(sp, 8) | load<u64>(sp, 16) | load<u64>(sp, 24)) == 0 && load<u64>(sp) < <u64>callGas)
    callGas = load<i64>(sp)
  gas -= callGas
  if (hasValue) callGas += 2300

  const target = callee
  const inputLen = <u32>f.offset(args - 32)
  const input = inputLen ? mem + <usize>load<u32>(args) : mem
  const outLen = <u32>f.offset(args - 96)
  const newSp = args - 96
  setReturnData(0, 0)
  // @ts-ignore: set by the build
  if (BUILD_TRACE) {
    const given = op == 0xf4 ? frame + f.FRAME_VALUE : takesValue ? value : 0
    onEnter(op, self, target, given, callGas, input, inputLen)
  }
  if (frame == f.LAST_FRAME || (hasValue && u256.less(self + state.ACC_BALANCE, value))) {
    // @ts-ignore: set by the build
    if (BUILD_TRACE) onExit(frame == f.LAST_FRAME ? f.DEPTH_EXCEEDED : f.INSUFFICIENT_BALANCE, callGas, 0, 0)
    store<i64>(frame, gas + callGas, f.FRAME_GAS)
    answer(frame, newSp, 0)
    return RESUME
  }
  store<i64>(frame, gas, f.FRAME_GAS)
  store<u32>(frame, outLen ? load<u32>(args - 64) : 0, f.FRAME_RETURN_OFFSET)
  store<u32>(frame, outLen, f.FRAME_RETURN_LEN)

  takeCheckpoint(frame + f.FRAME_SIZE)
  if (op == 0xf1 || op == 0xfa) {
    state.touch(target)
    if (hasValue) {
      state.subBalance(self, value)
      state.addBalance(target, value)
    }
  }
  const number = precompileNumber(calleeCode)
  if (number) {
    const ok = callPrecompile(frame, number, callGas, input, inputLen)
    answer(frame, newSp, <u64>ok)
    return RESUME
  }
  const code = state.code(calleeCode)
  if (load<u32>(code, state.CODE_LEN) == 0) {
    // @ts-ignore: set by the build
    if (BUILD_TRACE) onExit(f.STOPPED, callGas, 0, 0)
    store<i64>(frame, gas + callGas, f.FRAME_GAS)
    answer(frame, newSp, 1)
    return RESUME
  }
  fillCallee(frame, op, value, callGas, input, inputLen, newSp, code)
  store<u32>(frame, <u32>newSp, f.FRAME_SP)
  return ENTER
}

/** Hands a callee's output to the caller: return data, and as much as it asked for into its memory. */
function deliver(frame: usize, wanted: u32): void {
  const length = outputLen
  if (length) {
    keepReturnData(outputPtr, length)
    const n = <usize>wanted < length ? <usize>wanted : length
    if (n)
      memory.copy(
        <usize>load<u32>(frame, f.FRAME_MEMORY) + <usize>load<u32>(frame, f.FRAME_RETURN_OFFSET),
        outputPtr,
        n,
      )
  } else {
    setReturnData(0, 0)
  }
}

/** CREATE and CREATE2. */
function beginCreate(frame: usize): i32 {
  const op = <u32>load<u8>(<usize>load<u32>(frame, f.FRAME_PC) - 1)
  const sp = <usize>load<u32>(frame, f.FRAME_SP)
  const mem = <usize>load<u32>(frame, f.FRAME_MEMORY)
  let msize = <usize>load<u32>(frame, f.FRAME_MEMORY_SIZE)
  let gas = load<i64>(frame, f.FRAME_GAS)
  const self = <usize>load<u32>(frame, f.FRAME_ACCOUNT)
  const n = f.offset(sp - 64)
  const end = f.rangeEnd(sp - 32, sp - 64)
  if (end > <u64>msize) {
    if ((gas -= f.expansionCost(mem, msize, end)) < 0) return f.OUT_OF_GAS
    msize = f.expand(mem, msize, end)
    store<u32>(frame, <u32>msize, f.FRAME_MEMORY_SIZE)
  }
  if (n > <u64>MAX_INIT_CODE_SIZE) return f.INIT_CODE_TOO_LARGE
  const words = <i64>((n + 31) >> 5)
  if ((gas -= 32000 + (op == 0xf5 ? 8 : 2) * words) < 0) return f.OUT_OF_GAS
  const code = n ? mem + <usize>load<u32>(sp - 32) : mem
  const newSp = op == 0xf5 ? sp - 96 : sp - 64
  setReturnData(0, 0)
  const nonce = load<u64>(self, state.ACC_NONCE)
  if (frame == f.LAST_FRAME || u256.less(self + state.ACC_BALANCE, sp) || nonce == u64.MAX_VALUE) {
    store<i64>(frame, gas, f.FRAME_GAS)
    answer(frame, newSp, 0)
    return RESUME
  }
  const callGas = gas - (gas >> 6)
  store<i64>(frame, gas - callGas, f.FRAME_GAS)
  if (op == 0xf5) create2Address(self, sp - 96, code, <u32>n, ADDRESS)
  else createAddress(self, nonce, ADDRESS)
  const created = state.account(ADDRESS)
  state.warmAccount(created)
  state.setNonce(self, nonce + 1)
  // @ts-ignore: set by the build
  if (BUILD_TRACE) onEnter(op, self, created, sp, callGas, code, <u32>n)
  if (state.isOccupied(created)) {
    // @ts-ignore: set by the build
    if (BUILD_TRACE) onExit(f.ADDRESS_COLLISION, 0, 0, 0)
    answer(frame, newSp, 0)
    return RESUME
  }
  const child = frame + f.FRAME_SIZE
  u256.fromAddress(child + f.FRAME_CALLER, self)
  u256.copy(child + f.FRAME_VALUE, sp)
  prepare(child, created, callGas, 0, 0, 0, newSp + 32, mem + msize)
  store<u32>(frame, <u32>newSp, f.FRAME_SP)
  if (!enterCreate(child, self, code, <u32>n)) {
    // @ts-ignore: set by the build
    if (BUILD_TRACE) onExit(f.OUT_OF_GAS, 0, 0, 0)
    answer(frame, newSp, 0)
    return RESUME
  }
  return ENTER
}

/** Checkpoint, the new account's first state and the transfer, then the init code. */
function enterCreate(frame: usize, creator: usize, code: usize, length: u32): bool {
  const created = <usize>load<u32>(frame, f.FRAME_ACCOUNT)
  takeCheckpoint(frame)
  state.markCreated(created)
  state.setNonce(created, 1)
  state.subBalance(creator, frame + f.FRAME_VALUE)
  state.addBalance(created, frame + f.FRAME_VALUE)
  if (setInitCode(frame, code, length)) return true
  revertFrame(frame)
  return false
}

/** Deposits the code that init code returned; a status. */
function deployCode(frame: usize): i32 {
  const length = outputLen
  if (length > MAX_CODE_SIZE) return f.CODE_TOO_LARGE
  if (length && load<u8>(outputPtr) == 0xef) return f.INVALID_CODE
  const gas = load<i64>(frame, f.FRAME_GAS) - 200 * <i64>length
  if (gas < 0) return f.OUT_OF_GAS
  store<i64>(frame, gas, f.FRAME_GAS)
  state.setCode(load<u32>(frame, f.FRAME_ACCOUNT), outputPtr, <u32>length)
  return f.RETURNED
}

/** Settles a frame that has ended: deploys, or undoes what it did. Gives its final status. */
function endFrame(frame: usize, status: i32): i32 {
  if (status < f.REVERTED && load<u32>(frame, f.FRAME_CREATE)) status = deployCode(frame)
  if (status >= f.REVERTED) {
    revertFrame(frame)
    if (status != f.REVERTED) {
      store<i64>(frame, 0, f.FRAME_GAS)
      setOutput(load<u32>(frame, f.FRAME_MEMORY), 0)
    }
  }
  return status
}

/** Runs the first frame, and all that it calls, to the end. Gives its status; its gas is what is left. */
function run(): i32 {
  let frame = f.FIRST_FRAME
  while (true) {
    let status = interpret(frame)
    if (status == f.CALLING) status = beginCall(frame)
    else if (status == f.CREATING) status = beginCreate(frame)
    if (status == RESUME) continue
    if (status == ENTER) {
      frame += f.FRAME_SIZE
      setReturnData(0, 0)
      continue
    }
    status = endFrame(frame, status)
    if (frame == f.FIRST_FRAME) return status
    // @ts-ignore: set by the build
    if (BUILD_TRACE) onExit(status, load<i64>(frame, f.FRAME_GAS), outputPtr, outputLen)
    const gas = load<i64>(frame, f.FRAME_GAS)
    const isCreate = load<u32>(frame, f.FRAME_CREATE)
    const account = <usize>load<u32>(frame, f.FRAME_ACCOUNT)
    frame -= f.FRAME_SIZE
    store<i64>(frame, load<i64>(frame, f.FRAME_GAS) + gas, f.FRAME_GAS)
    const sp = <usize>load<u32>(frame, f.FRAME_SP)
    if (isCreate) {
      if (status == f.REVERTED && outputLen) keepReturnData(outputPtr, outputLen)
      else setReturnData(0, 0)
      if (status < f.REVERTED) u256.fromAddress(sp, account)
      else u256.set(sp, 0)
    } else {
      deliver(frame, load<u32>(frame, f.FRAME_RETURN_LEN))
      u256.set(sp, <u64>(status < f.REVERTED))
    }
  }
}

/** Gas left when `message` or `createMessage` ended. */
export let gasLeft: i64 = 0

/**
 * A message call at depth 0: transfers `value` (u256) and runs the code of `target`. Gives a status of frame.ts; output by
 * outputPtr and outputLen, valid until the next message.
 */
export function message(
  sender: usize,
  target: usize,
  value: usize,
  gas: i64,
  input: usize,
  inputLen: u32,
  isStatic: u32,
): i32 {
  const frame = f.FIRST_FRAME
  chooseEvmMemory(gas)
  setReturnData(0, 0)
  setOutput(evmMemoryBase, 0)
  gasLeft = gas
  takeCheckpoint(frame)
  // @ts-ignore: set by the build
  if (BUILD_TRACE) onEnter(0xf1, sender, target, value, gas, input, inputLen)
  state.touch(target)
  let status: i32 = f.STOPPED
  if (!u256.isZero(value)) {
    if (u256.less(sender + state.ACC_BALANCE, value)) status = f.INSUFFICIENT_BALANCE
    else {
      state.subBalance(sender, value)
      state.addBalance(target, value)
    }
  }
  if (status == f.STOPPED) {
    let codeOwner = target
    let delegated = false
    if (fork() >= PRAGUE) {
      const delegate = state.delegation(target)
      if (delegate) {
        codeOwner = state.account(delegate)
        delegated = true
        state.warmAccount(codeOwner)
      }
    }
    const number = precompileNumber(codeOwner)
    if (number) {
      if (!delegated) {
        gasLeft = runPrecompile(number, input, inputLen, gas, evmMemoryBase)
        if (gasLeft < 0) {
          gasLeft = 0
          revertFrame(frame)
          status = f.PRECOMPILE_FAILED
        }
      }
    } else {
      const code = state.code(codeOwner)
      if (load<u32>(code, state.CODE_LEN)) {
        u256.fromAddress(frame + f.FRAME_CALLER, sender)
        u256.copy(frame + f.FRAME_VALUE, value)
        prepare(frame, target, gas, input, inputLen, isStatic, STACK_BASE + 32, evmMemoryBase)
        setCode(frame, code)
        status = run()
        gasLeft = load<i64>(frame, f.FRAME_GAS)
      }
    }
  }
  // @ts-ignore: set by the build
  if (BUILD_TRACE) onExit(status, gasLeft, outputPtr, outputLen)
  return status
}

/** A creation at depth 0. The caller has raised the sender's nonce; `created` is the record at the new address. */
export function createMessage(
  sender: usize,
  created: usize,
  value: usize,
  gas: i64,
  code: usize,
  length: u32,
): i32 {
  const frame = f.FIRST_FRAME
  chooseEvmMemory(gas)
  setReturnData(0, 0)
  setOutput(evmMemoryBase, 0)
  gasLeft = 0
  // @ts-ignore: set by the build
  if (BUILD_TRACE) onEnter(0xf0, sender, created, value, gas, code, length)
  let status: i32 = f.ADDRESS_COLLISION
  takeCheckpoint(frame)
  if (u256.less(sender + state.ACC_BALANCE, value)) status = f.INSUFFICIENT_BALANCE
  else if (!state.isOccupied(created)) {
    u256.fromAddress(frame + f.FRAME_CALLER, sender)
    u256.copy(frame + f.FRAME_VALUE, value)
    prepare(frame, created, gas, 0, 0, 0, STACK_BASE + 32, evmMemoryBase)
    status = enterCreate(frame, sender, code, length) ? run() : f.OUT_OF_GAS
    if (status <= f.REVERTED) gasLeft = load<i64>(frame, f.FRAME_GAS)
  }
  // @ts-ignore: set by the build
  if (BUILD_TRACE) onExit(status, gasLeft, outputPtr, outputLen)
  return status
}
