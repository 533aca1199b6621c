import { bytesToHex, type Address, type Hash, type Hex, type TracerOptions } from '@animechain/core'
import type { TraceBudget } from './budget.js'
import { quantity, REVERTED, type EventTracer, type FrameType, type TraceStart } from './events.js'

interface CallFrame {
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
  logs?: { address: Address; topics: readonly Hash[]; data: Hex; position: Hex }[]
}

/** The text of `Error(string)` in a revert's data, when it is one. */
export function revertReason(data: Uint8Array): string | undefined {
  if (data.length < 68 || bytesToHex(data.subarray(0, 4)) !== '0x08c379a0') return undefined
  const length = BigInt(bytesToHex(data.subarray(36, 68)))
  if (length > BigInt(data.length - 68)) return undefined
  return new TextDecoder().decode(data.subarray(68, 68 + Number(length)))
}

/** Bytes of a frame besides its data, about. */
const FRAME_BYTES = 512

/** geth's `callTracer`: the tree of calls, with `onlyTopCall` and `withLog`. */
export function callTracer(options: TracerOptions, spend: TraceBudget): EventTracer {
  const { onlyTopCall, withLog } = options.tracerConfig ?? {}
  const stack: CallFrame[] = []
  let root: CallFrame | undefined
  let begun: TraceStart

  const close = (frame: CallFrame, error: string | undefined, output: Uint8Array) => {
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
  const dropLogs = (frame: CallFrame) => {
    delete frame.logs
    for (const inner of frame.calls ?? []) dropLogs(inner)
  }

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
      root ??= frame
    },
    exit({ gasUsed, output, error, created, neverBegan }) {
      const frame = stack.pop()!
      if (neverBegan) {
        // The transaction itself: the outcome says why.
        if (stack.length === 0) root = undefined
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
      if (!withLog || frame === undefined || (onlyTopCall && stack.length > 1)) return
      spend(FRAME_BYTES + data.length)
      ;(frame.logs ??= []).push({ address, topics, data, position: quantity(frame.calls?.length ?? 0) })
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
      const frame: CallFrame = root ?? {
        type: begun.to === undefined ? 'CREATE' : 'CALL',
        from: begun.from,
        to: begun.to,
        gas: quantity(begun.gas),
        gasUsed: '0x0',
        input: bytesToHex(begun.data),
        value: quantity(begun.value),
      }
      if (root === undefined) close(frame, outcome.error, outcome.returnData)
      frame.gasUsed = quantity(outcome.gasUsed)
      return frame
    },
  }
}
