/**
 * For long work: wait for it between two steps. It lets the rest of the process work when this has had its time.
 * @param sliceMs milliseconds
 */
export function turns(sliceMs: number): () => Promise<void> | undefined {
  let since = performance.now()
  return () => {
    if (performance.now() - since < sliceMs) return undefined
    return new Promise((resolve) =>
      setImmediate(() => {
        since = performance.now()
        resolve()
      }),
    )
  }
}
