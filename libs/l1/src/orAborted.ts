import { AbortedError } from '@animechain/core'

/**
 * What work comes to, or an error as soon as the signal fires. The work goes on then, to its own bounds, and nobody hears of its end: it is for reading, and for
 * what looks at the signal itself between its steps.
 * @throws {AbortedError}
 */
export async function orAborted<T>(
  what: string,
  work: Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  if (!signal) return work
  let stop = () => {}
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(new AbortedError(what))
    signal.addEventListener('abort', stop)
    if (signal.aborted) stop()
  })
  work.catch(() => {})
  try {
    return await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
