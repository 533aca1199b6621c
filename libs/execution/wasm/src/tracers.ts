import {
  bytesToHex,
  hexToBytes,
  maxInitCodeBytes,
  maxNonce,
  type Address,
  type Hex,
  type TraceResult,
  type TracerOptions,
} from '@animechain/core'
import {
  addressOfWord,
  eventTracer,
  isCall,
  quantity,
  traceBudget,
  word,
  type EventTracer,
  type FrameStart,
  type FrameType,
  type TraceBudget,
  type TraceStart,
  type TraceStep,
  type TraceWorld,
} from '@animechain/execution-tracing'
import { REVERTED } from './block.js'
import { failureText, type Outcome } from './calls.js'
import * as layout from './layout.js'
import type { Machine } from './machine.js'
import { fixedGas, opcodeName } from './opcodes.js'

/** One instruction about to run. */
export interface Step extends TraceStep {
  pc: number
  gas: bigint
  depth: number
  memoryAt: number
  /** bytes */
  memorySize: number
}

/** Hooks of a tracer: they only look. */
export interface Tracer {
  step?(step: Step): void
  enter?(
    kind: number,
    from: Address,
    to: Address,
    value: bigint | undefined,
    gas: bigint,
    input: Uint8Array,
  ): void
  exit?(status: number, gasLeft: bigint, output: Uint8Array): void
  start(start: TraceStart): void
  /** A value that JSON can hold, in geth's shape. */
  result(outcome: Outcome): TraceResult
}

/** Bytes that a struct log takes, about: itself, an entry of the stack, a byte of memory or return data as hex, an entry of storage. */
const STEP_BYTES = 200
const STACK_BYTES = 32
const MEMORY_BYTES = 3
const STORAGE_BYTES = 200

const OUT_OF_GAS = 5
const INVALID_OPCODE = 8
/** Ends of a frame that are none: the call never began (depth, balance, nonce). */
const NEVER_BEGAN = new Set([17, 18, 19])

const isCreate = (op: number) => op === 0xf0 || op === 0xf5

/** The state as it stands when it is asked. */
export function world(m: Machine): TraceWorld {
  return {
    account(address) {
      const at = m.put(hexToBytes(address))
      const exists = m.exports.existsAt(at) !== 0
      const record = m.exports.accountAt(at) >>> 0
      const code = m.exports.codeAt(at) >>> 0
      const view = m.view()
      return {
        exists,
        balance: m.readWord(record + layout.account.balance),
        nonce: view.getBigUint64(record + layout.account.nonce, true),
        code: m.copy(
          view.getUint32(code + layout.code.ptr, true),
          view.getUint32(code + layout.code.length, true),
        ),
      }
    },
    slot(address, slot) {
      const out = m.put(new Uint8Array(32))
      m.exports.storageAt(m.put(hexToBytes(address)), m.put(hexToBytes(slot)), out)
      return BigInt(bytesToHex(m.copy(out, 32)))
    },
  }
}

/** @throws EXECUTION_REJECTED for a tracer that is not known. */
export function transactionTracer(
  m: Machine,
  options: TracerOptions,
  spend: TraceBudget = traceBudget(),
): Tracer {
  return options.tracer === undefined
    ? structLogger(m, options, spend)
    : overEvents(m, eventTracer(options, spend))
}

// Struct logs --------------------------------------------------------------------------------------------------------------

interface StructLog {
  pc: number
  op: string
  gas: number
  gasCost: number
  depth: number
  stack?: Hex[]
  memory?: Hex[]
  storage?: Record<string, string>
  returnData?: Hex
  refund?: number
  error?: string
}

/** An instruction whose cost is not known before the next one; gas of the call below that came back. */
interface Open {
  log: StructLog
  gas: bigint
  op: number
  given: bigint
  back: bigint
}

/** gas of memory of this many words (yellow paper, appendix H) */
const memoryGas = (words: number) => 3 * words + Math.floor((words * words) / 512)

/** An instruction as it is shown, without its cost, its refund and its storage. `returned`: bytes of return data. */
function structLog(m: Machine, options: TracerOptions, step: Step, returned: number): StructLog {
  const log: StructLog = {
    pc: step.pc,
    op: opcodeName(step.op),
    gas: Number(step.gas),
    gasCost: 0,
    depth: step.depth,
  }
  if (!options.disableStack)
    log.stack = Array.from({ length: step.size }, (_, i) => quantity(step.peek(step.size - 1 - i)))
  if (options.enableMemory) {
    log.memory = []
    for (let at = 0; at + 32 <= step.memorySize; at += 32)
      log.memory.push(bytesToHex(m.copy(step.memoryAt + at, 32)))
  }
  if (options.enableReturnData && returned > 0)
    log.returnData = bytesToHex(m.copy(m.exports.returnData() >>> 0, returned))
  return log
}

/** RETURN and REVERT cost what their memory does; no instruction comes after them to tell. */
function chargeEnd(log: StructLog, step: Step): void {
  const length = step.peek(1)
  const words = length === 0n ? 0 : Number((step.peek(0) + length + 31n) / 32n)
  const more = memoryGas(words) - memoryGas(step.memorySize / 32)
  log.gasCost = Number.isSafeInteger(words) && more > 0 ? more : 0
  if (!Number.isSafeInteger(words) || more > log.gas) log.error = failureText(OUT_OF_GAS)
}

function structLogger(m: Machine, options: TracerOptions, spend: TraceBudget): Tracer {
  const limit = options.limit || Infinity
  const logs: StructLog[] = []
  const storage = new Map<string, Record<string, string>>()
  const state = world(m)
  /** By depth. */
  const open: (Open | undefined)[] = []
  const givens: bigint[] = []
  /** The cost of an instruction is the gas that is missing at the next; what a call passes on counts, what a creation does not. */
  const settle = (depth: number, gas: bigint) => {
    const last = open[depth]
    if (last === undefined) return
    open[depth] = undefined
    let cost = last.gas - gas
    if (isCall(last.op)) cost += last.back
    else if (isCreate(last.op)) cost += last.back - last.given
    last.log.gasCost = Number(cost)
  }
  return {
    step(step) {
      settle(step.depth, step.gas)
      if (logs.length >= limit) return
      const returned = m.exports.returnDataSize()
      spend(
        STEP_BYTES +
          (options.disableStack ? 0 : STACK_BYTES * step.size) +
          MEMORY_BYTES *
            ((options.enableMemory ? step.memorySize : 0) + (options.enableReturnData ? returned : 0)),
      )
      const log = structLog(m, options, step, returned)
      const isStorage = step.op === 0x54 || step.op === 0x55
      if (!options.disableStorage && isStorage && step.size >= 1 + (step.op & 1)) {
        const seen = storage.get(step.address) ?? {}
        storage.set(step.address, seen)
        const slot = word(step.peek(0))
        const value = step.op === 0x55 ? step.peek(1) : state.slot(step.address, slot)
        seen[slot.slice(2)] = word(value).slice(2)
        spend(STORAGE_BYTES * Object.keys(seen).length)
        log.storage = { ...seen }
      }
      const refund = m.exports.refundCounter()
      if (refund > 0n) log.refund = Number(refund)
      logs.push(log)
      if ((step.op === 0xf3 || step.op === 0xfd) && step.size >= 2) return chargeEnd(log, step)
      if (step.op === 0x00) return
      open[step.depth] = { log, gas: step.gas, op: step.op, given: 0n, back: 0n }
    },
    enter(_kind, _from, _to, _value, gas) {
      givens.push(gas)
      const above = open[givens.length - 1]
      if (above !== undefined) above.given = gas
    },
    exit(status, gasLeft) {
      const depth = givens.length
      const last = open[depth]
      if (last !== undefined && status <= REVERTED) settle(depth, gasLeft)
      else if (last !== undefined) {
        // The price is known before it fails, if it is fixed; then only want of gas is an error of the price.
        const price = fixedGas(last.op)
        if (price === undefined || status === INVALID_OPCODE || last.gas < BigInt(price))
          last.log.error = failureText(status)
        last.log.gasCost = price ?? 0
        open[depth] = undefined
      }
      givens.pop()
      const above = open[depth - 1]
      if (above !== undefined) above.back = gasLeft
    },
    start() {},
    result: (outcome) => ({
      gas: Number(outcome.gasUsed),
      failed: outcome.status >= REVERTED,
      returnValue: bytesToHex(outcome.returnData),
      structLogs: logs,
    }),
  }
}

// Events -------------------------------------------------------------------------------------------------------------------

const SELFDESTRUCT = 0xff
const frameTypes: Record<number, FrameType> = {
  0xf0: 'CREATE',
  0xf1: 'CALL',
  0xf2: 'CALLCODE',
  0xf4: 'DELEGATECALL',
  0xf5: 'CREATE2',
  0xfa: 'STATICCALL',
}
/** No frame can pay for more, bytes. */
const MAX_LOG_BYTES = 16_777_216n

/** yellow paper, 9.4.2: the outermost frame is the first */
const MAX_DEPTH = 1_025

/** Of a CREATE or CREATE2 that is about to be refused before it becomes a frame: the frame that it is not, and why. The guest does not tell of it. */
function refusedCreation(
  { op, size, peek, address, depth, memoryAt, memorySize }: Step,
  { balance, nonce }: ReturnType<TraceWorld['account']>,
  copy: Machine['copy'],
): (Omit<FrameStart, 'gas'> & { error: string }) | undefined {
  if (!isCreate(op) || size < 3) return undefined
  const value = peek(0)
  const isRefused = depth >= MAX_DEPTH || balance < value || nonce >= maxNonce
  const [at, length] = [peek(1), peek(2)]
  if (!isRefused || length > maxInitCodeBytes) return undefined
  const input = new Uint8Array(Number(length))
  if (length > 0n && at < BigInt(memorySize))
    input.set(copy(memoryAt + Number(at), Math.min(input.length, memorySize - Number(at))))
  const status = depth >= MAX_DEPTH ? 17 : balance < value ? 18 : 19
  return { type: frameTypes[op]!, from: address, value, input, error: failureText(status) }
}

/** What the guest tells, as events that every engine has. */
function overEvents(m: Machine, tracer: EventTracer): Tracer {
  const state = world(m)
  let refused: ReturnType<typeof refusedCreation>
  /** The instruction cost what is missing now, and did nothing else. */
  const tellRefused = (gas: bigint) => {
    if (refused === undefined) return
    const { error, ...frame } = refused
    refused = undefined
    tracer.enter?.({ ...frame, gas: gas - gas / 64n })
    tracer.exit?.({ gasUsed: 0n, output: new Uint8Array(0), error, neverBegan: true })
  }
  const open: { created: Address | undefined; gas: bigint }[] = []
  let destroying: { from: Address; to: Address; value: bigint } | undefined

  /** Told before it runs: a log that fails takes its frame along, and the frame its logs. */
  function log({ op, size, peek, address, memoryAt, memorySize }: Step): void {
    const topics = op - 0xa0
    if (tracer.log === undefined || topics < 0 || topics > 4 || size < topics + 2) return
    const [at, length] = [peek(0), peek(1)]
    if (length > MAX_LOG_BYTES) return
    const data = new Uint8Array(Number(length))
    if (at < BigInt(memorySize))
      data.set(m.copy(memoryAt + Number(at), Math.min(data.length, memorySize - Number(at))))
    const words = Array.from({ length: topics }, (_, i) => word(peek(2 + i)))
    tracer.log(address, words, bytesToHex(data))
  }

  return {
    step(step) {
      const { op, size, peek, address } = step
      tellRefused(step.gas)
      if (isCreate(op))
        refused = refusedCreation(step, state.account(address), (at, length) => m.copy(at, length))
      destroying =
        op === SELFDESTRUCT && size >= 1
          ? { from: address, to: addressOfWord(peek(0)), value: state.account(address).balance }
          : undefined
      log(step)
      tracer.step?.(step)
    },
    enter(kind, from, to, value, gas, input) {
      refused = undefined
      open.push({ created: isCreate(kind) ? to : undefined, gas })
      tracer.enter?.({ type: frameTypes[kind]!, from, to, value, gas, input })
    },
    exit(status, gasLeft, output) {
      if (status < REVERTED) tellRefused(gasLeft)
      refused = undefined
      const { created, gas } = open.pop()!
      const neverBegan = NEVER_BEGAN.has(status)
      if (destroying !== undefined && status < REVERTED)
        tracer.selfDestruct?.(destroying.from, destroying.to, destroying.value)
      destroying = undefined
      tracer.exit?.({
        gasUsed: neverBegan ? 0n : status > REVERTED ? gas : gas - gasLeft,
        output,
        error: status < REVERTED ? undefined : failureText(status),
        created,
        neverBegan,
      })
    },
    start(start) {
      tracer.start(start, state)
    },
    result: ({ status, gasUsed, returnData }) =>
      tracer.result({
        gasUsed,
        returnData,
        error: status < REVERTED ? undefined : failureText(status),
      }),
  }
}
