import {
  ExecutionError,
  type SingleTracerName,
  type TracerConfig,
  type TracerOptions,
} from '@animechain/core'
import { traceBudget, type TraceBudget } from './budget.js'
import { callTracer } from './callTracer.js'
import { fourByteTracer } from './fourByteTracer.js'
import type { EventTracer } from './events.js'
import { flatCallTracer } from './flatCallTracer.js'
import { muxTracer } from './muxTracer.js'
import { prestateTracer } from './prestateTracer.js'

export { traceBudget, type TraceBudget } from './budget.js'
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

/** The tracers that there are, by geth's names; without one it is struct logs. */
export const tracers = [
  'callTracer',
  'flatCallTracer',
  'prestateTracer',
  '4byteTracer',
  'noopTracer',
  'muxTracer',
] as const

/**
 * The tracer that geth knows under this name.
 * @throws {ExecutionError} `EXECUTION_REJECTED` for any other name.
 */
export function eventTracer(options: TracerOptions, spend: TraceBudget = traceBudget()): EventTracer {
  if (options.tracer === 'muxTracer') {
    const wanted = Object.entries(options.mux ?? {}) as [SingleTracerName, TracerConfig][]
    const { mux: _all, ...common } = options
    return muxTracer(
      wanted.map(([tracer, tracerConfig]) => [
        tracer,
        eventTracer({ ...common, tracer, tracerConfig }, spend),
      ]),
    )
  }
  if (options.tracer === 'callTracer') return callTracer(options, spend)
  if (options.tracer === 'flatCallTracer') return flatCallTracer(options, spend)
  if (options.tracer === 'prestateTracer') return prestateTracer(options)
  if (options.tracer === '4byteTracer') return fourByteTracer(spend)
  if (options.tracer === 'noopTracer') return { start: () => {}, result: () => ({}) }
  throw new ExecutionError(
    `Expected ${tracers.join(', ')} or none, got the tracer ${String(options.tracer)}.`,
    'EXECUTION_REJECTED',
  )
}
