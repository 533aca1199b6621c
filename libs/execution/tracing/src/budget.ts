import { ExecutionError } from '@animechain/core'

/** What the traces of one request may keep, about. Each instruction may show a whole stack and a whole memory, each call a whole input. bytes */
const MAX_TRACE_BYTES = 96 * 2 ** 20

/** Counts bytes that a trace is about to keep. @throws ExecutionError `EXECUTION_TRACE_TOO_LARGE` */
export type TraceBudget = (bytes: number) => void

/** The budget of one request: the tracers of its transactions share it. */
export function traceBudget(most = MAX_TRACE_BYTES): TraceBudget {
  let left = most
  return (bytes) => {
    left -= bytes
    if (left < 0)
      throw new ExecutionError(
        `The trace is too large: more than about ${most} bytes. Give a limit of steps, disableStack, no memory, or a tracer.`,
        'EXECUTION_TRACE_TOO_LARGE',
      )
  }
}
