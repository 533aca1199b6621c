import { keccak256Hex, type Address, type Hash, type Hex, type TracerOptions } from '@animechain/core'
import type { TraceBudget } from './budget.js'
import { callTracer, type CallFrame } from './callTracer.js'
import { isPrecompile, REVERTED, type EventTracer, type TraceStart } from './events.js'

interface FlatFrame {
  type: 'call' | 'create' | 'suicide'
  action: {
    callType?: string
    creationMethod?: string
    from?: Address
    to?: Address | undefined
    gas?: Hex
    input?: Hex
    init?: Hex
    value?: Hex
    /** of a destruction: who, with what, for whom */
    address?: Address
    balance?: Hex
    refundAddress?: Address | undefined
  }
  result?: { gasUsed: Hex; output?: Hex; address?: Address; code?: Hex }
  error?: string
  /** frames directly below it */
  subtraces: number
  /** the path to it: its number among its siblings, at each depth */
  traceAddress: number[]
  blockHash: Hash | null
  blockNumber: number
  transactionHash: Hash | null
  transactionPosition: number
}

type Place = Pick<FlatFrame, 'blockHash' | 'blockNumber' | 'transactionHash' | 'transactionPosition'>

/** Bytes of a flat frame besides its data, and of each step of its path, about. */
const FRAME_BYTES = 512
const PATH_BYTES = 8

const parityWords: Record<string, string> = {
  'contract creation code storage out of gas': 'Out of gas',
  'out of gas': 'Out of gas',
  'gas uint64 overflow': 'Out of gas',
  'max code size exceeded': 'Out of gas',
  'invalid jump destination': 'Bad jump destination',
  [REVERTED]: 'Reverted',
  'return data out of bounds': 'Out of bounds',
  'precompiled failed': 'Built-in failed',
  'invalid input length': 'Built-in failed',
}

/** An error as Parity says it; one that Parity does not have stays as it is. */
function parityError(error: string): string {
  if (error.startsWith('invalid opcode')) return 'Bad instruction'
  if (error.startsWith('stack underflow')) return 'Stack underflow'
  if (error.startsWith('stack limit reached')) return 'Out of stack'
  return parityWords[error] ?? error
}

function flatCall(frame: CallFrame): Pick<FlatFrame, 'type' | 'action' | 'result'> {
  const { type, from, to, gas, input } = frame
  return {
    type: 'call',
    action: { callType: type.toLowerCase(), from, to, gas, input, value: frame.value ?? '0x0' },
    result: { gasUsed: frame.gasUsed, output: frame.output ?? '0x' },
  }
}

function flatCreation(frame: CallFrame): Pick<FlatFrame, 'type' | 'action' | 'result'> {
  const { type, from, to, gas, input } = frame
  return {
    type: 'create',
    action: { creationMethod: type.toLowerCase(), from, gas, init: input, value: frame.value ?? '0x0' },
    result: {
      ...(to === undefined ? {} : { address: to }),
      code: frame.output ?? '0x',
      gasUsed: frame.gasUsed,
    },
  }
}

function flatDestruction({ from, to, value }: CallFrame): Pick<FlatFrame, 'type' | 'action'> {
  return { type: 'suicide', action: { address: from, balance: value ?? '0x0', refundAddress: to } }
}

function flat(frame: CallFrame): Pick<FlatFrame, 'type' | 'action' | 'result'> {
  if (frame.type === 'SELFDESTRUCT') return flatDestruction(frame)
  return frame.type.startsWith('CREATE') ? flatCreation(frame) : flatCall(frame)
}

/** Where the trace belongs; a call belongs to no block. */
function placeOf({ block }: TracerOptions, { transaction }: TraceStart): Place {
  return {
    blockHash: block?.hash ?? null,
    blockNumber: Number(block?.number ?? 0n),
    transactionHash: transaction ? keccak256Hex(transaction.raw) : null,
    transactionPosition: transaction?.index ?? 0,
  }
}

/**
 * geth's `flatCallTracer`: the frames of `callTracer` in the order in which they began, in the shape of Parity's traces. Calls of precompiles are left out,
 * unless `includePrecompiles` asks for them; with `convertParityErrors` errors are in Parity's words.
 */
export function flatCallTracer(options: TracerOptions, spend: TraceBudget): EventTracer {
  const { convertParityErrors, includePrecompiles } = options.tracerConfig ?? {}
  const nested = callTracer({}, spend)
  let begun: TraceStart

  const isShown = ({ type, to }: CallFrame): boolean =>
    includePrecompiles ||
    !((type === 'CALL' || type === 'STATICCALL') && to !== undefined && isPrecompile(to))

  return {
    ...nested,
    start(start, world) {
      begun = start
      nested.start(start, world)
    },
    result(outcome) {
      const place = placeOf(options, begun)
      const out: FlatFrame[] = []
      // The depth of frames is bounded by the EVM's.
      const add = (frame: CallFrame, traceAddress: number[]): void => {
        const calls = (frame.calls ?? []).filter(isShown)
        spend(FRAME_BYTES + PATH_BYTES * traceAddress.length)
        const { error } = frame
        const { result, ...head } = flat(frame)
        out.push({
          ...head,
          ...place,
          // What a frame returned that failed otherwise is nothing.
          ...(result && (error === undefined || error === REVERTED) ? { result } : {}),
          ...(error === undefined ? {} : { error: convertParityErrors ? parityError(error) : error }),
          subtraces: calls.length,
          traceAddress,
        })
        calls.forEach((call, i) => add(call, [...traceAddress, i]))
      }
      add(nested.result(outcome), [])
      return out
    },
  }
}
