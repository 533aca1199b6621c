import { Worker } from 'node:worker_threads'
import { ExecutionError } from '@animechain/core'
import { answer, newBridge, type Answers } from './bridge.js'
import { errorOf, type Job, type Message, type ThreadData } from './message.js'

/** What a thread may hold of JavaScript objects. Large traces need most. MiB */
const HEAP_MIB = 384

/** One reader's thread. */
export interface Thread {
  /** Runs a job; one at a time. Rejects when the thread ends before it does. */
  run(job: Job): Promise<unknown>
  /** Asks the job under way to end. */
  cancel(): void
  /** Ends the thread, whatever it does. */
  end(): Promise<void>
}

export interface ThreadEvents {
  /** It can take its first job. */
  ready(thread: Thread): void
  /** It is gone; `cause` where it failed by itself. */
  end(thread: Thread, cause: Error | undefined): void
}

export function startThread(
  program: string,
  data: Omit<ThreadData, 'bridge' | 'cancel'>,
  answers: Answers,
  on: ThreadEvents,
): Thread {
  const bridge = newBridge()
  const cancel = new SharedArrayBuffer(4)
  const flag = new Int32Array(cancel)
  const worker = new Worker(new URL(program), {
    workerData: { ...data, bridge, cancel } satisfies ThreadData,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB },
    // Flags of this process may be none that a thread takes.
    execArgv: [],
  })
  let settle: { resolve(value: unknown): void; reject(error: Error): void } | undefined
  let cause: Error | undefined
  let ended = false

  let ending = false
  /** Only work keeps the process alive, and the end of a thread, which somebody waits for. */
  const rest = () => {
    if (!ending) worker.unref()
  }
  const finish = (done: (waiting: NonNullable<typeof settle>) => void) => {
    const waiting = settle
    settle = undefined
    rest()
    if (waiting) done(waiting)
  }
  worker.on('message', (message: Message) => {
    if (message.type === 'ask') answer(bridge, answers, message)
    else if (message.type === 'ready') {
      rest()
      on.ready(self)
    } else if (message.type === 'done') finish(({ resolve }) => resolve(message.value))
    else if (message.type === 'failed') finish(({ reject }) => reject(errorOf(message.error)))
  })
  worker.on('error', (error) => (cause = error))
  worker.on('exit', () => {
    ended = true
    on.end(self, cause)
    finish(({ reject }) =>
      reject(
        new ExecutionError('The thread that read the state ended.', 'EXECUTION_READER', {
          cause,
          metaMessages: ['The node goes on with another one. Ask for less, or again.'],
        }),
      ),
    )
  })

  const self: Thread = {
    run(job) {
      Atomics.store(flag, 0, 0)
      return new Promise((resolve, reject) => {
        settle = { resolve, reject }
        if (ended)
          return finish(() => reject(new ExecutionError('The thread has ended.', 'EXECUTION_READER')))
        worker.ref()
        worker.postMessage(job)
      })
    },
    cancel: () => void Atomics.store(flag, 0, 1),
    async end() {
      Atomics.store(flag, 0, 1)
      ending = true
      worker.ref()
      await worker.terminate()
    },
  }
  return self
}
