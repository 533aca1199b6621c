const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve))

/**
 * For long work: wait for it between two steps. It lets the rest of the process work when this has had its time.
 * @param sliceMs milliseconds
 * @param giveWay waits while others work; called with the time on the clock of `performance.now()`. Default: until the next turn of the event loop
 */
export function turns(
  sliceMs: number,
  giveWay: (now: number) => Promise<void> = nextTurn,
): () => Promise<void> | undefined {
  let since = performance.now()
  return () => {
    const now = performance.now()
    if (now - since < sliceMs) return undefined
    return giveWay(now).then(() => {
      since = performance.now()
    })
  }
}
