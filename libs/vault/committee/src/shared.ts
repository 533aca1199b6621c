import { orAborted } from './members.js'

interface Running<value> {
  work: Promise<value>
  controller: AbortController
  users: number
}

/**
 * Work that several may wait for: it is done once, and ends when nobody waits any more.
 */
export function sharedWork<value>() {
  const running = new Map<string, Running<value>>()
  return {
    has: (key: string): boolean => running.has(key),
    async get(key: string, signal: AbortSignal | undefined, start: (signal: AbortSignal) => Promise<value>) {
      let entry = running.get(key)
      if (!entry) {
        const controller = new AbortController()
        const made: Running<value> = { work: start(controller.signal), controller, users: 0 }
        const forget = () => {
          if (running.get(key) === made) running.delete(key)
        }
        made.work.then(forget, forget)
        running.set(key, (entry = made))
      }
      entry.users++
      try {
        return await orAborted(entry.work, signal, 'Reading')
      } finally {
        if (--entry.users === 0) {
          if (running.get(key) === entry) running.delete(key)
          entry.controller.abort()
        }
      }
    },
  }
}
