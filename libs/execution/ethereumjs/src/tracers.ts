import {
  bytesToHex,
  zeroHash,
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
  type TraceWorld,
} from '@animechain/execution-tracing'
import type { FrameMessage, FrameResult, Tracer } from './interpreter.js'
import type { Outcome } from './process.js'
import { plainHex, type WorldState } from './worldState.js'

/** One tracer for one transaction. */
export interface TransactionTracer {
  hooks: Tracer
  start(start: TraceStart, state: WorldState): void
  /** To be called when the transaction has ended. A value that JSON can hold, in geth's shape. */
  result(outcome: Outcome): TraceResult
}

/** Bytes that a struct log takes, about: itself, an entry of the stack, a byte of memory or return data as hex, an entry of storage. */
const STEP_BYTES = 200
const STACK_BYTES = 32
const MEMORY_BYTES = 3
const STORAGE_BYTES = 200

/** The interpreter's names of failures in geth's words. */
export function failureText(error: string): string {
  if (error === 'revert') return 'execution reverted'
  if (error.startsWith('invalid JUMP')) return 'invalid jump destination'
  switch (error) {
    case 'nonce overflow':
      return 'nonce uint64 overflow'
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

/** @throws EXECUTION_REJECTED for a tracer that is not known. */
export function transactionTracer(
  options: TracerOptions,
  spend: TraceBudget = traceBudget(),
): TransactionTracer {
  return options.tracer === undefined ? structLogger(options, spend) : overEvents(eventTracer(options, spend))
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

function structLogger(options: TracerOptions, spend: TraceBudget): TransactionTracer {
  const limit = options.limit || Infinity
  const logs: StructLog[] = []
  const storage = new Map<string, Record<string, string>>()
  let world: WorldState | undefined
  let refunded = 0n
  return {
    hooks: {
      refund(amount) {
        refunded = amount
      },
      step(state, op, cost, error) {
        if (logs.length >= limit) return
        const stack = state.stack
        const size = options.enableMemory ? 32 * Number(state.memoryWordCount) : 0
        spend(
          STEP_BYTES +
            (options.disableStack ? 0 : STACK_BYTES * stack._len) +
            MEMORY_BYTES * (size + (options.enableReturnData ? state.returnBytes.length : 0)),
        )
        const log: StructLog = {
          pc: state.programCounter,
          op,
          gas: Number(state.gasLeft),
          gasCost: Number((cost ?? 0n) + (isCall(state.opCode) ? (state.messageGasLimit ?? 0n) : 0n)),
          depth: state.env.depth + 1,
        }
        if (!options.disableStack) log.stack = stack._store.slice(0, stack._len).map(quantity)
        if (options.enableMemory) {
          log.memory = []
          const bytes = state.memory._store
          // What has been paid for and never written is not there yet: zeros.
          for (let at = 0; at < size; at += 32)
            log.memory.push(at + 32 <= bytes.length ? bytesToHex(bytes.subarray(at, at + 32)) : zeroHash)
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
          spend(STORAGE_BYTES * Object.keys(seen).length)
          log.storage = { ...seen }
        }
        const refund = refunded + state.gasRefund
        if (refund > 0n) log.refund = Number(refund)
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

/** What the interpreter tells its tracer, as events that every engine has. */
function overEvents(tracer: EventTracer): TransactionTracer {
  let lastOp = 0
  let destroying: { from: Address; to: Address; value: bigint } | undefined
  return {
    hooks: {
      step(state, _op, _cost, error) {
        lastOp = state.opCode
        destroying = undefined
        const { stack } = state
        const address = bytesToHex(state.env.address.bytes)
        const peek = (depth: number) => stack._store[stack._len - 1 - depth]!
        if (lastOp === SELFDESTRUCT && error === undefined && stack._len >= 1) {
          const contract = state.env.contract as { balance: bigint }
          destroying = { from: address, to: addressOfWord(peek(0)), value: contract.balance }
        }
        tracer.step?.({ op: lastOp, size: stack._len, peek, address })
      },
      enter(message: FrameMessage) {
        tracer.enter?.(frameStart(message, lastOp))
      },
      exit({ execResult, createdAddress, neverBegan }: FrameResult) {
        const error = execResult.exceptionError?.error
        if (destroying !== undefined && error === undefined)
          tracer.selfDestruct?.(destroying.from, destroying.to, destroying.value)
        destroying = undefined
        tracer.exit?.({
          gasUsed: execResult.executionGasUsed,
          output: execResult.returnValue,
          error: error === undefined ? undefined : failureText(error),
          created: createdAddress && bytesToHex(createdAddress.bytes),
          neverBegan,
        })
      },
      log(address, topics, data) {
        tracer.log?.(
          bytesToHex(address),
          topics.map((topic) => bytesToHex(topic)),
          bytesToHex(data),
        )
      },
    },
    start(start, state) {
      tracer.start(start, worldOf(state))
    },
    result: (outcome) =>
      tracer.result({
        gasUsed: outcome.gasUsed,
        returnData: outcome.returnData,
        error: outcome.success ? undefined : failureText(outcome.error ?? 'failed'),
      }),
  }
}

const SELFDESTRUCT = 0xff
const frameTypes: Record<number, FrameType> = {
  0xf0: 'CREATE',
  0xf2: 'CALLCODE',
  0xf4: 'DELEGATECALL',
  0xf5: 'CREATE2',
  0xfa: 'STATICCALL',
}

/** `op` is the instruction that made the call; of the outermost frame there is none. */
function frameStart(message: FrameMessage, op: number): FrameStart {
  const to = message.to && bytesToHex(message.to.bytes)
  const common = { gas: message.gasLimit, input: message.data }
  const from = bytesToHex(message.caller.bytes)
  if (message.depth === 0)
    return { type: to === undefined ? 'CREATE' : 'CALL', from, to, value: message.value, ...common }
  const type = frameTypes[op] ?? 'CALL'
  // The running contract calls; the message says in whose name.
  if (type === 'DELEGATECALL' || type === 'CALLCODE')
    return {
      type,
      from: to!,
      to: bytesToHex((message.codeAddress ?? message.to)!.bytes),
      value: message.value,
      ...common,
    }
  return { type, from, to, value: type === 'STATICCALL' ? undefined : message.value, ...common }
}

/** The state as it stands when it is asked. */
export function worldOf(state: WorldState): TraceWorld {
  return {
    account(address) {
      const key = address.slice(2)
      const record = state.account(key)
      return {
        exists: record !== undefined,
        balance: record?.balance ?? 0n,
        nonce: record?.nonce ?? 0n,
        code: state.code(key),
      }
    },
    slot: (address, slot) => state.slot(address.slice(2), slot.slice(2)),
  }
}
