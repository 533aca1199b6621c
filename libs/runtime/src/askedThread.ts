/** What is used of a worker thread (`Worker` of node:worker_threads). */
export interface ThreadPort {
  postMessage(message: unknown, transfer?: readonly ArrayBuffer[]): void
  on(event: 'message', listener: (value: unknown) => void): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
  on(event: 'exit', listener: (code: number) => void): unknown
  ref(): void
  unref(): void
  terminate(): Promise<unknown>
}

/** `lost`: the thread ended before it answered. `absent`: there is none to be had, or none that works. */
export type Asked<A> =
  { status: 'answered'; answer: A } | { status: 'lost'; cause: unknown } | { status: 'absent' }

/** A thread that answers questions in the order in which they are asked. */
export interface AskedThread<Q, A> {
  /** `transfer`: buffers that are handed over instead of copied. */
  ask(question: Q, transfer?: readonly ArrayBuffer[]): Promise<Asked<A>>
  /** How many threads have ended: what a thread remembered is gone with it. */
  readonly ended: number
  /** Ends the thread; what waits is lost. The next question starts another one. */
  end(): Promise<void>
}

/**
 * A thread that starts with the first question, after its end with the next one, and keeps no process alive while nothing is asked. One that ends before it has
 * answered anything is not started again: it would not work the next time either. Whoever asks bounds what waits.
 */
export function askedThread<Q, A>(
  start: () => ThreadPort | undefined | Promise<ThreadPort | undefined>,
): AskedThread<Q, A> {
  /** What was asked, oldest first. */
  const waiting: ((asked: Asked<A>) => void)[] = []
  let current: Promise<Running | undefined> | undefined
  let ended = 0

  async function begin(): Promise<Running | undefined> {
    const port = await start()
    if (port === undefined) return undefined
    port.unref()
    let answered = false
    const running: Running = {
      port,
      gone: false,
      lose(cause, mayStartAgain = answered) {
        if (running.gone) return
        running.gone = true
        ended++
        current = mayStartAgain ? undefined : Promise.resolve(undefined)
        for (const done of waiting.splice(0)) done({ status: 'lost', cause })
      },
    }
    port.on('message', (answer) => {
      answered = true
      const done = waiting.shift()
      if (waiting.length === 0) port.unref()
      done?.({ status: 'answered', answer: answer as A })
    })
    port.on('error', (error) => running.lose(error))
    port.on('exit', (code) => running.lose(`it ended with exit code ${code}`))
    return running
  }

  async function running(): Promise<Running | undefined> {
    for (;;) {
      const found = await (current ??= begin())
      if (!found?.gone) return found
    }
  }

  return {
    async ask(question, transfer) {
      const found = await running()
      if (found === undefined) return { status: 'absent' }
      return new Promise((resolve) => {
        waiting.push(resolve)
        found.port.ref()
        found.port.postMessage(question, transfer)
      })
    },
    get ended() {
      return ended
    },
    async end() {
      const ending = await current
      ending?.lose('it was ended', true)
      await ending?.port.terminate()
    },
  }
}

interface Running {
  readonly port: ThreadPort
  gone: boolean
  /** Has what waits know that there will be no answer. */
  lose(cause: unknown, mayStartAgain?: boolean): void
}
