import { ExecutionError, type TracerOptions } from '@animechain/core'
import { traceBudget, type TraceBudget } from './budget.js'
import { callTracer } from './callTracer.js'
import type { EventTracer } from './events.js'
import { prestateTracer } from './prestateTracer.js'

export { traceBudget, type TraceBudget } from './budget.js'
export { revertReason } from './callTracer.js'
export {
  accessesOf,
  addressOfWord,
  isCall,
  quantity,
  REVERTED,
  word,
  type EventTracer,
  type FrameEnd,
  type FrameStart,
  type FrameType,
  type TraceEvents,
  type TraceOutcome,
  type TraceStart,
  type TraceStep,
  type TraceWorld,
} from './events.js'

/**
 * The tracer that geth knows under this name.
 * @throws {ExecutionError} `EXECUTION_REJECTED` for any other name.
 */
export function eventTracer(options: TracerOptions, spend: TraceBudget = traceBudget()): EventTracer {
  if (options.tracer === 'callTracer') return callTracer(options, spend)
  if (options.tracer === 'prestateTracer') return prestateTracer(options)
  throw new ExecutionError(
    `Expected callTracer, prestateTracer or none, got the tracer ${String(options.tracer)}.`,
    'EXECUTION_REJECTED',
  )
}
