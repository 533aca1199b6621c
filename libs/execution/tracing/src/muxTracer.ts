import type { EventTracer } from './events.js'

/** geth's `muxTracer`: several tracers over one run, each with its result under its name. */
export function muxTracer(tracers: readonly (readonly [name: string, tracer: EventTracer])[]): EventTracer {
  const all = tracers.map(([, tracer]) => tracer)
  // An engine is not to prepare an event that nobody takes.
  const wants = (event: 'step' | 'log') => all.some((tracer) => tracer[event] !== undefined)
  return {
    ...(wants('step') && { step: (step) => all.forEach((tracer) => tracer.step?.(step)) }),
    ...(wants('log') && {
      log: (address, topics, data) => all.forEach((tracer) => tracer.log?.(address, topics, data)),
    }),
    enter: (frame) => all.forEach((tracer) => tracer.enter?.(frame)),
    exit: (end) => all.forEach((tracer) => tracer.exit?.(end)),
    selfDestruct: (from, to, value) => all.forEach((tracer) => tracer.selfDestruct?.(from, to, value)),
    start: (start, world) => all.forEach((tracer) => tracer.start(start, world)),
    result: (outcome) => Object.fromEntries(tracers.map(([name, tracer]) => [name, tracer.result(outcome)])),
  }
}
