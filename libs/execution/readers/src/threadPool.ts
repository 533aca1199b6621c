import type { Thread, ThreadEvents } from './thread.js'

/** The threads that read: started when asked for, ended when they had nothing to do for long, but for one. */
export interface ThreadPool {
  /** all that have not ended */
  readonly size: number
  /** those that are not ready yet */
  readonly starting: number
  /** those without work */
  readonly idle: number
  launch(): void
  /** One without work; there Must be one. */
  take(): Thread
  /** Takes back one that has done its work. */
  rest(thread: Thread): void
  /** Ends one that does not end its work. */
  end(thread: Thread): void
  /** Whether it has not ended, and was not told to. */
  isFit(thread: Thread): boolean
  close(): Promise<void>
}

export interface PoolEvents {
  /** A thread without work is there. */
  idle(): void
  /** A thread has ended; `began`: it had been ready. */
  ended(thread: Thread, began: boolean, cause: Error | undefined): void
}

/** @param idleMs how long a thread may be without work, milliseconds */
export function threadPool(
  start: (events: ThreadEvents) => Thread,
  idleMs: number,
  events: PoolEvents,
): ThreadPool {
  const all = new Set<Thread>()
  const starting = new Set<Thread>()
  const idle: Thread[] = []
  const retiring = new Map<Thread, NodeJS.Timeout>()
  /** Told to end, but not gone yet: what they answer in between does not make them fit for more. */
  const ending = new WeakSet<Thread>()

  function rest(thread: Thread): void {
    idle.push(thread)
    events.idle()
    if (!idle.includes(thread) || retiring.has(thread)) return
    const timer = setTimeout(() => {
      retiring.delete(thread)
      if (all.size > 1 && idle.includes(thread)) void thread.end()
    }, idleMs)
    timer.unref()
    retiring.set(thread, timer)
  }

  return {
    get size() {
      return all.size
    },
    get starting() {
      return starting.size
    },
    get idle() {
      return idle.length
    },
    launch() {
      const thread = start({
        ready(self) {
          starting.delete(self)
          rest(self)
        },
        end(self, cause) {
          const began = !starting.delete(self)
          all.delete(self)
          const at = idle.indexOf(self)
          if (at >= 0) idle.splice(at, 1)
          events.ended(self, began, cause)
        },
      })
      all.add(thread)
      starting.add(thread)
    },
    take() {
      const thread = idle.pop()!
      clearTimeout(retiring.get(thread))
      retiring.delete(thread)
      return thread
    },
    rest,
    end(thread) {
      ending.add(thread)
      void thread.end()
    },
    isFit: (thread) => all.has(thread) && !ending.has(thread),
    async close() {
      for (const timer of retiring.values()) clearTimeout(timer)
      retiring.clear()
      await Promise.all([...all].map((thread) => thread.end()))
    },
  }
}
