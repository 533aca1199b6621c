import { RpcError, rpcErrorCodes } from './errors.js'

/** Runs a bounded number of jobs at once, in order; a bounded number waits. */
export function semaphore(slots: number, maxWaiting: number) {
  let free = slots
  const waiting: (() => void)[] = []
  return async <T>(job: () => Promise<T>): Promise<T> => {
    if (free > 0) free--
    else {
      if (waiting.length >= maxWaiting)
        throw new RpcError(
          rpcErrorCodes.limitExceeded,
          'the node is busy: too many calls wait. Try again later',
        )
      // The slot is handed over, it does not become free in between.
      await new Promise<void>((resolve) => waiting.push(resolve))
    }
    try {
      return await job()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else free++
    }
  }
}
