import {
  bytesToHex,
  hexToBytes,
  type Address,
  type Hash,
  type Hex,
  type TraceResult,
  type TracerOptions,
} from '@animechain/core'
import { REVERTED } from './block.js'
import { failureText, type Outcome } from './calls.js'
import { ExecutionError } from './errors.js'
import * as layout from './layout.js'
import type { Machine } from './machine.js'
import { fixedGas, opcodeName } from './opcodes.js'

/** A transaction or call as a tracer sees it before it starts. */
export interface TraceStart {
  from: Address
  to?: Address
  /** wei */
  value: bigint
  data: Uint8Array
  /** gas limit of the whole transaction */
  gas: bigint
  beneficiary: Address
  /** further accounts that the transaction changes: vaults */
  others: readonly Address[]
}

/** One instruction about to run. */
export interface Step {
  op: number
  pc: number
  gas: bigint
  depth: number
  /** address of the frame's record */
  frame: number
  /** entries of the stack */
  size: number
  /** entry of the stack from its top */
  peek(depth: number): bigint
  /** address of the stack's first entry */
  stackAt: number
  memoryAt: number
  /** bytes */
  memorySize: number
  /** the account whose storage it works on */
  address: Address
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

const DEFAULT_STRUCT_LOGS = 100_000
/** Ends of a frame that are none: the call never began (depth, balance). */
const INVALID_OPCODE = 8
const NEVER_BEGAN = new Set([17, 18, 19])

export const quantity = (value: bigint | number): Hex => `0x${value.toString(16)}`
const word = (value: bigint): Hash => `0x${value.toString(16).padStart(64, '0')}`
const addressOf = (value: bigint): Address =>
  `0x${(value & ((1n << 160n) - 1n)).toString(16).padStart(40, '0')}`
const isCall = (op: number) => op === 0xf1 || op === 0xf2 || op === 0xf4 || op === 0xfa
const isCreate = (op: number) => op === 0xf0 || op === 0xf5

/** Reads of the state as it stands in the middle of a transaction. */
export interface World {
  account(address: Address): { exists: boolean; balance: bigint; nonce: bigint; code: Uint8Array }
  slot(address: Address, slot: Hash): bigint
}

export function world(m: Machine): World {
  return {
    account(address) {
      const at = m.put(hexToBytes(address))
      const exists = m.exports.existsAt(at) !== 0
      const record = m.exports.accountAt(at) >>> 0
      const code = m.exports.codeAt(at) >>> 0
      const view = m.view()
      return {
        exists,
        balance: m.readBig(record + layout.account.balance, 32),
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
export function transactionTracer(m: Machine, options: TracerOptions): Tracer {
  if (options.tracer === undefined) return structLogger(m, options)
  if (options.tracer === 'callTracer') return callTracer(m, options)
  if (options.tracer === 'prestateTracer') return prestateTracer(m, options)
  throw new ExecutionError(
    `Expected callTracer, prestateTracer or none, got the tracer ${String(options.tracer)}.`,
    'EXECUTION_REJECTED',
  )
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

/** gas of memory of this many words (yellow paper, appendix H) */
const memoryGas = (words: number) => 3 * words + Math.floor((words * words) / 512)

function structLogger(m: Machine, options: TracerOptions): Tracer {
  const limit = options.limit === undefined || options.limit === 0 ? DEFAULT_STRUCT_LOGS : options.limit
  const logs: StructLog[] = []
  const storage = new Map<string, Record<string, string>>()
  const state = world(m)
  /** By depth: the instruction whose cost is not known before the next one; gas of the call below that came back. */
  interface Open {
    log: StructLog
    gas: bigint
    op: number
    given: bigint
    back: bigint
  }
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
      const returned = m.exports.returnDataSize()
      if (options.enableReturnData && returned > 0)
        log.returnData = bytesToHex(m.copy(m.exports.returnData() >>> 0, returned))
      const isStorage = step.op === 0x54 || step.op === 0x55
      if (!options.disableStorage && isStorage && step.size >= 1 + (step.op & 1)) {
        const seen = storage.get(step.address) ?? {}
        storage.set(step.address, seen)
        const slot = word(step.peek(0))
        const value = step.op === 0x55 ? step.peek(1) : state.slot(step.address, slot)
        seen[slot.slice(2)] = word(value).slice(2)
        log.storage = { ...seen }
      }
      const refund = m.exports.refundCounter()
      if (refund > 0n) log.refund = Number(refund)
      logs.push(log)
      if ((step.op === 0xf3 || step.op === 0xfd) && step.size >= 2) {
        const length = step.peek(1)
        const words = length === 0n ? 0 : Number((step.peek(0) + length + 31n) / 32n)
        const more = memoryGas(words) - memoryGas(step.memorySize / 32)
        log.gasCost = Number.isSafeInteger(words) && more > 0 ? more : 0
        return
      }
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

// Calls --------------------------------------------------------------------------------------------------------------------

interface CallFrame {
  type: string
  from: Address
  to?: Address
  gas: Hex
  gasUsed: Hex
  input: Hex
  output?: Hex
  value?: Hex
  error?: string
  revertReason?: string
  calls?: CallFrame[]
  logs?: { address: Address; topics: Hash[]; data: Hex; position: Hex }[]
}

const callTypes: Record<number, string> = {
  0xf0: 'CREATE',
  0xf1: 'CALL',
  0xf2: 'CALLCODE',
  0xf4: 'DELEGATECALL',
  0xf5: 'CREATE2',
  0xfa: 'STATICCALL',
}

/** The text of `Error(string)` in a revert's data, when it is one. */
export function revertReason(data: Uint8Array): string | undefined {
  if (data.length < 68 || bytesToHex(data.subarray(0, 4)) !== '0x08c379a0') return undefined
  const length = BigInt(bytesToHex(data.subarray(36, 68)))
  if (length > BigInt(data.length - 68)) return undefined
  return new TextDecoder().decode(data.subarray(68, 68 + Number(length)))
}

function callTracer(m: Machine, options: TracerOptions): Tracer {
  const { onlyTopCall, withLog } = options.tracerConfig ?? {}
  const stack: { frame: CallFrame; gas: bigint }[] = []
  const state = world(m)
  let root: CallFrame | undefined
  let begun: TraceStart | undefined

  const close = (frame: CallFrame, status: number, output: Uint8Array) => {
    if (status < REVERTED) {
      if (output.length > 0) frame.output = bytesToHex(output)
      return
    }
    frame.error = failureText(status)
    if (frame.type.startsWith('CREATE')) delete frame.to
    if (status !== REVERTED || output.length === 0) return
    frame.output = bytesToHex(output)
    const reason = revertReason(output)
    if (reason !== undefined) frame.revertReason = reason
  }
  /** Logs of a frame that failed, and of those below it, never happened. */
  const dropLogs = (frame: CallFrame) => {
    delete frame.logs
    for (const inner of frame.calls ?? []) dropLogs(inner)
  }

  return {
    step(step) {
      const top = stack[stack.length - 1]?.frame
      if (top === undefined) return
      if (step.op === 0xff && !onlyTopCall && step.size >= 1) {
        ;(top.calls ??= []).push({
          type: 'SELFDESTRUCT',
          from: step.address,
          to: addressOf(step.peek(0)),
          gas: '0x0',
          gasUsed: '0x0',
          input: '0x',
          value: quantity(state.account(step.address).balance),
        })
        return
      }
      const topics = step.op - 0xa0
      if (!withLog || topics < 0 || topics > 4 || step.size < topics + 2) return
      if (onlyTopCall && stack.length > 1) return
      // A log that fails takes its frame along, and the frame its logs.
      const [at, length] = [step.peek(0), step.peek(1)]
      if (length > 16_777_216n) return
      const data = new Uint8Array(Number(length))
      if (at < BigInt(step.memorySize)) {
        const from = step.memoryAt + Number(at)
        data.set(m.copy(from, Math.min(data.length, step.memorySize - Number(at))))
      }
      ;(top.logs ??= []).push({
        address: step.address,
        topics: Array.from({ length: topics }, (_, i) => word(step.peek(2 + i))),
        data: bytesToHex(data),
        position: quantity(top.calls?.length ?? 0),
      })
    },
    enter(kind, from, to, value, gas, input) {
      const outer = stack.length === 0
      const frame: CallFrame = {
        type: callTypes[kind]!,
        from: outer ? begun!.from : from,
        gas: quantity(outer ? begun!.gas : gas),
        gasUsed: '0x0',
        input: bytesToHex(input),
        to,
      }
      if (value !== undefined) frame.value = quantity(value)
      stack.push({ frame, gas })
      root ??= frame
    },
    exit(status, gasLeft, output) {
      const { frame, gas } = stack.pop()!
      if (NEVER_BEGAN.has(status)) return
      frame.gasUsed = quantity(status > REVERTED ? gas : gas - gasLeft)
      close(frame, status, output)
      const parent = stack[stack.length - 1]?.frame
      if (parent !== undefined && !onlyTopCall) (parent.calls ??= []).push(frame)
      if (frame.error !== undefined) dropLogs(frame)
    },
    start(start) {
      begun = start
    },
    result(outcome) {
      const start = begun!
      const frame: CallFrame = root ?? {
        type: start.to === undefined ? 'CREATE' : 'CALL',
        from: start.from,
        to: start.to,
        gas: quantity(start.gas),
        gasUsed: '0x0',
        input: bytesToHex(start.data),
        value: quantity(start.value),
      }
      if (root === undefined) close(frame, outcome.status, outcome.returnData)
      frame.gasUsed = quantity(outcome.gasUsed)
      return frame
    },
  }
}

// State before ---------------------------------------------------------------------------------------------------------------

interface PrestateAccount {
  balance?: Hex
  nonce?: number
  code?: Hex
  storage?: Record<Hash, Hash>
}

function prestateTracer(m: Machine, options: TracerOptions): Tracer {
  const { diffMode, disableCode, disableStorage } = options.tracerConfig ?? {}
  const state = world(m)
  const accounts = new Map<Address, ReturnType<World['account']>>()
  const slots = new Map<Address, Map<Hash, bigint>>()
  const created = new Set<Address>()
  const creating: (Address | undefined)[] = []

  const lookup = (address: Address) => {
    if (!accounts.has(address)) accounts.set(address, state.account(address))
  }
  const shown = (balance: bigint, nonce: bigint, code: Uint8Array): PrestateAccount => {
    const out: PrestateAccount = { balance: quantity(balance) }
    if (nonce > 0n) out.nonce = Number(nonce)
    if (code.length > 0 && !disableCode) out.code = bytesToHex(code)
    return out
  }

  return {
    step({ op, size, peek, address }) {
      if ((op === 0x54 || op === 0x55) && size >= 1) {
        lookup(address)
        const seen = slots.get(address) ?? new Map<Hash, bigint>()
        slots.set(address, seen)
        const slot = word(peek(0))
        if (!seen.has(slot)) seen.set(slot, state.slot(address, slot))
      } else if ((op === 0x31 || op === 0x3b || op === 0x3c || op === 0x3f || op === 0xff) && size >= 1)
        lookup(addressOf(peek(0)))
      else if (isCall(op) && size >= 5) {
        const target = addressOf(peek(1))
        lookup(target)
        const { code } = state.account(target)
        // EIP-7702: the delegate's code runs.
        if (code.length === 23 && code[0] === 0xef && code[1] === 1) lookup(bytesToHex(code.subarray(3)))
      }
    },
    enter(kind, _from, to) {
      creating.push(isCreate(kind) ? to : undefined)
      if (!isCreate(kind)) lookup(to)
    },
    exit(status) {
      const address = creating.pop()
      if (address !== undefined && !NEVER_BEGAN.has(status)) created.add(address)
    },
    start({ from, to, beneficiary, others }) {
      lookup(from)
      if (to !== undefined) lookup(to)
      lookup(beneficiary)
      if (diffMode) for (const address of others) lookup(address)
    },
    result(): TraceResult {
      // An account that did not exist and was created has no state before.
      for (const address of created)
        if (!accounts.has(address))
          accounts.set(address, { exists: false, balance: 0n, nonce: 0n, code: new Uint8Array(0) })
      const pre: Record<Address, PrestateAccount> = {}
      const post: Record<Address, PrestateAccount> = {}
      for (const [address, before] of accounts) {
        const account = shown(before.balance, before.nonce, before.code)
        const seen = disableStorage ? [] : [...(slots.get(address) ?? [])]
        if (!diffMode) {
          if (!before.exists && created.has(address)) continue
          if (seen.length > 0)
            account.storage = Object.fromEntries(seen.map(([slot, value]) => [slot, word(value)]))
          pre[address] = account
          continue
        }
        const now = state.account(address)
        const after: PrestateAccount = {}
        if (now.exists) {
          if (now.balance !== before.balance) after.balance = quantity(now.balance)
          if (now.nonce !== before.nonce) after.nonce = Number(now.nonce)
          if (!disableCode && bytesToHex(now.code) !== bytesToHex(before.code))
            after.code = bytesToHex(now.code)
        }
        const preStorage: Record<Hash, Hash> = {}
        const postStorage: Record<Hash, Hash> = {}
        for (const [slot, value] of seen) {
          const present = now.exists ? state.slot(address, slot) : 0n
          if (present === value) continue
          if (value !== 0n) preStorage[slot] = word(value)
          if (present !== 0n) postStorage[slot] = word(present)
        }
        const storageChanged = Object.keys(preStorage).length + Object.keys(postStorage).length > 0
        if (Object.keys(postStorage).length > 0) after.storage = postStorage
        const gone = !now.exists && before.exists
        if (!gone && !storageChanged && Object.keys(after).length === 0) continue
        if (Object.keys(preStorage).length > 0) account.storage = preStorage
        if (before.exists) pre[address] = account
        if (!gone) post[address] = after
      }
      return diffMode ? { pre, post } : pre
    },
  }
}
