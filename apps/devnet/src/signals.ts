/**
 * Signals this close together are one, milliseconds: a terminal sends Ctrl-C to the whole process group, and npm and the script that it
 * runs pass it on besides.
 */
const SAME_MS = 1_000

/** Calls `end` for the first SIGINT or SIGTERM. Another one later is the terminal's way to say "now": the process ends at once. */
export function onSignal(end: (signal: NodeJS.Signals) => void): void {
  let first: number | undefined
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      if (first === undefined) {
        first = Date.now()
        end(signal)
      } else if (Date.now() - first > SAME_MS) process.exit(130)
    })
}
