import {
  bytesToHex,
  type Address,
  type Hash,
  type Hex,
  type TraceResult,
  type TracerOptions,
} from '@animechain/core'
import { ExecutionError } from './errors.js'
import type { FrameMessage, FrameResult, RunState, Tracer } from './interpreter.js'
import type { Outcome } from './process.js'
import { plainHex, type WorldState } from './worldState.js'

/** A transaction or call as a tracer sees it before it starts. */
export interface TraceStart {
  from: Address
  to?: Address
  value: bigint
  data: Uint8Array
  /** gas limit of the whole transaction */
  gas: bigint
  beneficiary: Address
  /** further accounts that the transaction changes: vaults, authorities */
  others: readonly Address[]
}

/** One tracer for one transaction. */
export interface TransactionTracer {
  hooks: Tracer
  start(start: TraceStart, state: WorldState): void
  /** To be called when the transaction has ended. A value that JSON can hold, in geth's shape. */
  result(outcome: Outcome, state: WorldState): TraceResult
}

const DEFAULT_STRUCT_LOGS = 100_000
const quantity = (value: bigint | number): Hex => `0x${value.toString(16)}`
const word = (value: bigint): Hash => `0x${value.toString(16).padStart(64, '0')}`
const addressOf = (value: bigint): Address =>
  `0x${(value & ((1n << 160n) - 1n)).toString(16).padStart(40, '0')}`

/** The interpreter's names of failures in geth's words. */
export function failureText(error: string): string {
  if (error === 'revert') return 'execution reverted'
  if (error.startsWith('invalid JUMP')) return 'invalid jump destination'
  switch (error) {
    case 'static state change':
      return 'write protection'
    case 'create collision':
      return 'contract address collision'
    case 'code size to deposit exceeds maximum code size':
      return 'max code size exceeded'
    case 'initcode exceeds max initcode size':
    case 'init code too large':
      return 'max initcode size exceeded'
    case 'invalid bytecode deployed':
      return 'invalid code: must not begin with 0xef'
    case 'code store out of gas':
      return 'contract creation code storage out of gas'
    case 'value out of range':
      return 'return data out of bounds'
    case 'insufficient balance':
      return 'insufficient balance for transfer'
    default:
      return error
  }
}

/** The text of `Error(string)` in a revert's data, when it is one. */
export function revertReason(data: Uint8Array): string | undefined {
  if (data.length < 68 || bytesToHex(data.subarray(0, 4)) !== '0x08c379a0') return undefined
  const length = BigInt(bytesToHex(data.subarray(36, 68)))
  if (length > BigInt(data.length - 68)) return undefined
  return new TextDecoder().decode(data.subarray(68, 68 + Number(length)))
}

/** @throws EXECUTION_REJECTED for a tracer that is not known. */
export function transactionTracer(options: TracerOptions): TransactionTracer {
  if (options.tracer === undefined) return structLogger(options)
  if (options.tracer === 'callTracer') return callTracer(options)
  if (options.tracer === 'prestateTracer') return prestateTracer(options)
  throw new ExecutionError(
    `Expected callTracer, prestateTracer or none, got the tracer ${String(options.tracer)}.`,
    'EXECUTION_REJECTED',
  )
}

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

function structLogger(options: TracerOptions): TransactionTracer {
  const limit = options.limit === undefined || options.limit === 0 ? DEFAULT_STRUCT_LOGS : options.limit
  const logs: StructLog[] = []
  const storage = new Map<string, Record<string, string>>()
  let world: WorldState | undefined
  return {
    hooks: {
      step(state, op, cost, error) {
        if (logs.length >= limit) return
        const stack = state.stack
        const log: StructLog = {
          pc: state.programCounter,
          op,
          gas: Number(state.gasLeft),
          gasCost: Number((cost ?? 0n) + (isCall(state.opCode) ? (state.messageGasLimit ?? 0n) : 0n)),
          depth: state.env.depth + 1,
        }
        if (!options.disableStack) log.stack = stack._store.slice(0, stack._len).map(quantity)
        if (options.enableMemory) {
          const size = 32 * Number(state.memoryWordCount)
          log.memory = []
          for (let at = 0; at + 32 <= Math.min(size, state.memory._store.length); at += 32)
            log.memory.push(bytesToHex(state.memory._store.subarray(at, at + 32)))
        }
        if (options.enableReturnData && state.returnBytes.length > 0)
          log.returnData = bytesToHex(state.returnBytes)
        if (
          !options.disableStorage &&
          (state.opCode === 0x54 || state.opCode === 0x55) &&
          stack._len >= 1 + (state.opCode & 1)
        ) {
          const address = plainHex(state.env.address.bytes)
          const seen = storage.get(address) ?? {}
          storage.set(address, seen)
          const slot = word(stack._store[stack._len - 1]!)
          const value =
            state.opCode === 0x55 ? stack._store[stack._len - 2]! : world!.slot(address, slot.slice(2))
          seen[slot.slice(2)] = word(value).slice(2)
          log.storage = { ...seen }
        }
        if (state.gasRefund > 0n) log.refund = Number(state.gasRefund)
        if (error !== undefined) log.error = failureText(error)
        logs.push(log)
      },
    },
    start(_start, state) {
      world = state
    },
    result: (outcome) => ({
      gas: Number(outcome.gasUsed),
      failed: !outcome.success,
      returnValue: bytesToHex(outcome.returnData),
      structLogs: logs,
    }),
  }
}

const isCall = (op: number) => op === 0xf1 || op === 0xf2 || op === 0xf4 || op === 0xfa

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

function callTracer(options: TracerOptions): TransactionTracer {
  const { onlyTopCall, withLog } = options.tracerConfig ?? {}
  const stack: CallFrame[] = []
  let root: CallFrame | undefined
  let begun: TraceStart | undefined
  let lastOp = 0
  const close = (frame: CallFrame, error: string | undefined, output: Uint8Array) => {
    if (error === undefined) {
      if (output.length > 0) frame.output = bytesToHex(output)
      return
    }
    frame.error = failureText(error)
    if (frame.type.startsWith('CREATE')) delete frame.to
    delete frame.logs
    if (error !== 'revert' || output.length === 0) return
    frame.output = bytesToHex(output)
    const reason = revertReason(output)
    if (reason !== undefined) frame.revertReason = reason
  }
  return {
    hooks: {
      step(state, _op, _cost, error) {
        lastOp = state.opCode
        const top = stack[stack.length - 1]
        if (
          state.opCode !== 0xff ||
          onlyTopCall ||
          error !== undefined ||
          top === undefined ||
          state.stack._len < 1
        )
          return
        const contract = state.env.contract as { balance: bigint }
        ;(top.calls ??= []).push({
          type: 'SELFDESTRUCT',
          from: bytesToHex(state.env.address.bytes),
          to: addressOf(state.stack._store[state.stack._len - 1]!),
          gas: '0x0',
          gasUsed: '0x0',
          input: '0x',
          value: quantity(contract.balance),
        })
      },
      enter(message: FrameMessage) {
        const frame: CallFrame =
          message.depth === 0
            ? {
                type: message.to === undefined ? 'CREATE' : 'CALL',
                from: begun!.from,
                gas: quantity(begun!.gas),
                gasUsed: '0x0',
                input: bytesToHex(begun!.data),
                value: quantity(begun!.value),
              }
            : innerFrame(message, lastOp)
        if (message.to !== undefined) frame.to ??= bytesToHex(message.to.bytes)
        stack.push(frame)
        if (root === undefined) root = frame
      },
      exit(result: FrameResult) {
        const frame = stack.pop()!
        if (result.createdAddress !== undefined) frame.to = bytesToHex(result.createdAddress.bytes)
        frame.gasUsed = quantity(result.execResult.executionGasUsed)
        close(frame, result.execResult.exceptionError?.error, result.execResult.returnValue)
        const parent = stack[stack.length - 1]
        if (parent !== undefined && !onlyTopCall) (parent.calls ??= []).push(frame)
        if (frame.error !== undefined) dropLogs(frame)
      },
      log(address, topics, data) {
        const frame = stack[stack.length - 1]
        if (!withLog || frame === undefined || (onlyTopCall && stack.length > 1)) return
        ;(frame.logs ??= []).push({
          address: bytesToHex(address),
          topics: topics.map((topic) => bytesToHex(topic)),
          data: bytesToHex(data),
          position: quantity(frame.calls?.length ?? 0),
        })
      },
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
      if (root === undefined) close(frame, outcome.error, outcome.returnData)
      frame.gasUsed = quantity(outcome.gasUsed)
      return frame
    },
  }
}

/** Logs of a frame that failed, and of those below it, never happened. */
function dropLogs(frame: CallFrame): void {
  delete frame.logs
  for (const call of frame.calls ?? []) dropLogs(call)
}

function innerFrame(message: FrameMessage, op: number): CallFrame {
  const frame: CallFrame = {
    type: 'CALL',
    from: bytesToHex(message.caller.bytes),
    gas: quantity(message.gasLimit),
    gasUsed: '0x0',
    input: bytesToHex(message.data),
    value: quantity(message.value),
  }
  if (op === 0xf0) frame.type = 'CREATE'
  else if (op === 0xf5) frame.type = 'CREATE2'
  else if (op === 0xfa) {
    frame.type = 'STATICCALL'
    delete frame.value
  } else if (op === 0xf4 || op === 0xf2) {
    frame.type = op === 0xf4 ? 'DELEGATECALL' : 'CALLCODE'
    // The running contract calls; the message says in whose name.
    frame.from = bytesToHex(message.to!.bytes)
    frame.to = bytesToHex((message.codeAddress ?? message.to)!.bytes)
  }
  return frame
}

interface PrestateAccount {
  balance?: Hex
  nonce?: number
  code?: Hex
  codeHash?: Hash
  storage?: Record<Hash, Hash>
}

function prestateTracer(options: TracerOptions): TransactionTracer {
  const { diffMode, disableCode, disableStorage } = options.tracerConfig ?? {}
  let world: WorldState | undefined
  const accounts = new Map<string, { existed: boolean; balance: bigint; nonce: bigint; code: Uint8Array }>()
  const slots = new Map<string, Map<string, bigint>>()
  const created = new Set<string>()

  const lookup = (address: string) => {
    if (accounts.has(address)) return
    const record = world!.account(address)
    accounts.set(address, {
      existed: record !== undefined,
      balance: record?.balance ?? 0n,
      nonce: record?.nonce ?? 0n,
      code: world!.code(address),
    })
  }
  const lookupSlot = (address: string, slot: string) => {
    lookup(address)
    let seen = slots.get(address)
    if (seen === undefined) slots.set(address, (seen = new Map()))
    if (!seen.has(slot)) seen.set(slot, world!.slot(address, slot))
  }
  const shown = (balance: bigint, nonce: bigint, code: Uint8Array): PrestateAccount => {
    const out: PrestateAccount = { balance: quantity(balance) }
    if (nonce > 0n) out.nonce = Number(nonce)
    if (code.length > 0 && !disableCode) out.code = bytesToHex(code)
    return out
  }

  return {
    hooks: {
      step(state: RunState) {
        const { stack } = state
        const at = (depth: number) => stack._store[stack._len - 1 - depth]!
        const own = plainHex(state.env.address.bytes)
        const op = state.opCode
        if ((op === 0x54 || op === 0x55) && stack._len >= 1) lookupSlot(own, word(at(0)).slice(2))
        else if ((op === 0x31 || op === 0x3b || op === 0x3c || op === 0x3f || op === 0xff) && stack._len >= 1)
          lookup(addressOf(at(0)).slice(2))
        else if (isCall(op) && stack._len >= 5) {
          const target = addressOf(at(1)).slice(2)
          lookup(target)
          const code = world!.code(target)
          // EIP-7702: the delegate's code runs.
          if (code.length === 23 && code[0] === 0xef && code[1] === 1) lookup(plainHex(code.subarray(3)))
        }
      },
      enter(message) {
        if (message.to !== undefined) lookup(plainHex(message.to.bytes))
      },
      exit(result) {
        if (result.createdAddress === undefined) return
        created.add(plainHex(result.createdAddress.bytes))
      },
    },
    start(start, state) {
      world = state
      lookup(start.from.slice(2))
      if (start.to !== undefined) lookup(start.to.slice(2))
      lookup(start.beneficiary.slice(2))
      if (diffMode) for (const address of start.others) lookup(address.slice(2))
    },
    result(_outcome, state): TraceResult {
      // An account that did not exist and was created has no state before.
      for (const address of created)
        if (!accounts.has(address))
          accounts.set(address, { existed: false, balance: 0n, nonce: 0n, code: new Uint8Array(0) })
      const pre: Record<Address, PrestateAccount> = {}
      const post: Record<Address, PrestateAccount> = {}
      for (const [address, before] of accounts) {
        const account = shown(before.balance, before.nonce, before.code)
        const seen = disableStorage ? [] : [...(slots.get(address) ?? [])]
        if (!diffMode) {
          if (!before.existed && created.has(address)) continue
          if (seen.length > 0)
            account.storage = Object.fromEntries(seen.map(([slot, value]) => [`0x${slot}`, word(value)]))
          pre[`0x${address}`] = account
          continue
        }
        const record = state.account(address)
        const after: PrestateAccount = {}
        const code = state.code(address)
        if (record !== undefined) {
          if (record.balance !== before.balance) after.balance = quantity(record.balance)
          if (record.nonce !== before.nonce) after.nonce = Number(record.nonce)
          if (!disableCode && bytesToHex(code) !== bytesToHex(before.code)) after.code = bytesToHex(code)
        }
        const preStorage: Record<Hash, Hash> = {}
        const postStorage: Record<Hash, Hash> = {}
        for (const [slot, value] of seen) {
          const now = record === undefined ? 0n : state.slot(address, slot)
          if (now === value) continue
          if (value !== 0n) preStorage[`0x${slot}`] = word(value)
          if (now !== 0n) postStorage[`0x${slot}`] = word(now)
        }
        const storageChanged = Object.keys(preStorage).length + Object.keys(postStorage).length > 0
        if (Object.keys(postStorage).length > 0) after.storage = postStorage
        const gone = record === undefined && before.existed
        if (!gone && !storageChanged && Object.keys(after).length === 0) continue
        if (Object.keys(preStorage).length > 0) account.storage = preStorage
        if (before.existed) pre[`0x${address}`] = account
        if (!gone) post[`0x${address}`] = after
      }
      return diffMode ? { pre, post } : pre
    },
  }
}
