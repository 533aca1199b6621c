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
      throw new ExecutionError('The trace is too large.', 'EXECUTION_TRACE_TOO_LARGE', {
        metaMessages: [
          `Expected at most about ${most} bytes. Ask for less: limit, disableStack, no memory, callTracer.`,
        ],
      })
  }
}
