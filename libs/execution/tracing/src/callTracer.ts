import {
  bytesToHex,
  revertReason,
  type Address,
  type Hash,
  type Hex,
  type TracerOptions,
} from '@animechain/core'
import type { TraceBudget } from './budget.js'
import {
  quantity,
  REVERTED,
  type EventTracer,
  type FrameType,
  type TraceOutcome,
  type TraceStart,
} from './events.js'

export interface CallFrame {
  type: FrameType | 'SELFDESTRUCT'
  from: Address
  to?: Address | undefined
  gas: Hex
  gasUsed: Hex
  input: Hex
  output?: Hex
  value?: Hex
  error?: string
  revertReason?: string
  calls?: CallFrame[]
  logs?: { address: Address; topics: readonly Hash[]; data: Hex; index: Hex; position: Hex }[]
}

/** Bytes of a frame besides its data, about. */
const FRAME_BYTES = 512

/** geth's `callTracer`: the tree of calls, with `onlyTopCall` and `withLog`. */
export function callTracer(
  options: TracerOptions,
  spend: TraceBudget,
): Omit<EventTracer, 'result'> & { result(outcome: TraceOutcome): CallFrame } {
  const { onlyTopCall, withLog } = options.tracerConfig ?? {}
  const stack: CallFrame[] = []
  let root: CallFrame | undefined
  let begun: TraceStart
  /** Logs so far that still stand; by depth: how many there were when the frame began. */
  let logs = 0
  const logsBefore: number[] = []

  return {
    enter({ type, from, to, value, gas, input }) {
      const outer = stack.length === 0
      // As hex, twice as long.
      if (outer || !onlyTopCall) spend(FRAME_BYTES + 2 * input.length)
      const frame: CallFrame = {
        type,
        from: outer ? begun.from : from,
        gas: quantity(outer ? begun.gas : gas),
        gasUsed: '0x0',
        input: bytesToHex(input),
      }
      if (to !== undefined) frame.to = to
      if (value !== undefined) frame.value = quantity(value)
      stack.push(frame)
      logsBefore.push(logs)
      root ??= frame
    },
    exit({ gasUsed, output, error, created, neverBegan }) {
      const frame = stack.pop()!
      const before = logsBefore.pop()!
      // What failed has no logs.
      if (error !== undefined) logs = before
      // The transaction itself: the outcome says why.
      if (neverBegan && stack.length === 0) {
        root = undefined
        return
      }
      if (created !== undefined) frame.to = created
      frame.gasUsed = quantity(gasUsed)
      if (stack.length === 0 || !onlyTopCall) spend(2 * output.length)
      close(frame, error, output)
      const parent = stack[stack.length - 1]
      if (parent !== undefined && !onlyTopCall) (parent.calls ??= []).push(frame)
      if (error !== undefined) dropLogs(frame)
    },
    log(address, topics, data) {
      const frame = stack[stack.length - 1]
      const index = (begun.logIndex ?? 0) + logs++
      if (!withLog || frame === undefined || (onlyTopCall && stack.length > 1)) return
      spend(FRAME_BYTES + data.length)
      ;(frame.logs ??= []).push({
        address,
        topics,
        data,
        index: quantity(index),
        position: quantity(frame.calls?.length ?? 0),
      })
    },
    selfDestruct(from, to, value) {
      const frame = stack[stack.length - 1]
      if (frame === undefined || onlyTopCall) return
      ;(frame.calls ??= []).push({
        type: 'SELFDESTRUCT',
        from,
        to,
        gas: '0x0',
        gasUsed: '0x0',
        input: '0x',
        value: quantity(value),
      })
    },
    start(start) {
      begun = start
    },
    result(outcome) {
      const frame = root ?? unbegun(begun)
      if (root === undefined) close(frame, outcome.error, outcome.returnData)
      frame.gasUsed = quantity(outcome.gasUsed)
      return frame
    },
  }
}

/** The frame of a transaction that never began one. */
function unbegun({ from, to, gas, data, value }: TraceStart): CallFrame {
  return {
    type: to === undefined ? 'CREATE' : 'CALL',
    from,
    to,
    gas: quantity(gas),
    gasUsed: '0x0',
    input: bytesToHex(data),
    value: quantity(value),
  }
}

/** Says of a frame how it ended. */
function close(frame: CallFrame, error: string | undefined, output: Uint8Array): void {
  if (error === undefined) {
    if (output.length > 0) frame.output = bytesToHex(output)
    return
  }
  frame.error = error
  if (frame.type.startsWith('CREATE')) delete frame.to
  if (error !== REVERTED || output.length === 0) return
  frame.output = bytesToHex(output)
  const reason = revertReason(output)
  if (reason !== undefined) frame.revertReason = reason
}

/** Logs of a frame that failed, and of those below it, never happened. */
function dropLogs(frame: CallFrame): void {
  delete frame.logs
  for (const inner of frame.calls ?? []) dropLogs(inner)
}
