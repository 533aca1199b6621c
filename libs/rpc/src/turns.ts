/** Milliseconds that one request works before other work gets its turn. */
const SLICE_MS = 10

/** For loops over much: wait for it between two steps. It lets others work when this one has had its time. */
export function turns(): () => Promise<void> {
  let since = performance.now()
  return async () => {
    if (performance.now() - since < SLICE_MS) return
    await new Promise((resolve) => setImmediate(resolve))
    since = performance.now()
  }
}
