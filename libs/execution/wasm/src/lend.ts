import type { CallOptions, CallRequest, ReadSignal } from '@animechain/core'
import { gasOf, type CallContext } from './calls.js'
import { assertOpen, guarded, sourceAt, type EngineState } from './engineState.js'
import { guestModule } from './guest.js'
import { assertInTime, machine } from './machine.js'
import { traceMachine, type WithTraceMachine } from './tracing.js'

/** milliseconds of wall clock */
const DEFAULT_TIMEOUT = 5_000
/** gas that the node build runs through in less than a second, whatever the code */
const UNWATCHED_GAS = 100_000_000n

/**
 * A machine for a call. Those that may run for long go through the trace build, which looks at the clock between instructions.
 * @param trace the build for traces; default the package's own
 */
export async function lendForCall(
  state: EngineState,
  trace: WebAssembly.Module | undefined,
  request: CallRequest,
  options: CallOptions = {},
): Promise<CallContext> {
  const open = assertOpen(state)
  const { timeoutMs = DEFAULT_TIMEOUT, origin } = options
  const deadline = performance.now() + timeoutMs
  if (gasOf(request, options) > UNWATCHED_GAS)
    return { chain: open.chain, withMachine: await lendForTrace(state, trace, timeoutMs, origin?.signal) }
  return {
    chain: open.chain,
    withMachine(header, use) {
      const source = sourceAt(state, open, header)
      const reader = (open.reader ??= machine(open.module, source))
      reader.source = source
      reader.deadline = deadline
      reader.signal = origin?.signal
      // An estimate runs many times.
      assertInTime(reader)
      return guarded(
        () => use(reader),
        () => (open.reader = undefined),
      )
    },
  }
}

/** A machine of the trace build. */
export async function lendForTrace(
  state: EngineState,
  trace: WebAssembly.Module | undefined,
  timeoutMs = DEFAULT_TIMEOUT,
  signal?: ReadSignal,
): Promise<WithTraceMachine> {
  const open = assertOpen(state)
  const deadline = performance.now() + timeoutMs
  const module = trace ?? (await guestModule('trace'))
  return (header, use) => {
    const source = sourceAt(state, open, header)
    const tracer = (open.tracer ??= traceMachine(module, source))
    tracer.source = source
    tracer.deadline = deadline
    tracer.signal = signal
    assertInTime(tracer)
    return guarded(
      () => use(tracer),
      () => (open.tracer = undefined),
    )
  }
}
