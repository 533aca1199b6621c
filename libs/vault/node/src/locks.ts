import { mutex, type Mutex } from '@animechain/runtime'

/** Runs work under a name, one after the other for each name. */
export type Locks = <T>(name: string, work: () => Promise<T>) => Promise<T>

/** Locks by name. A name that nobody waits for takes no memory. */
export function locks(): Locks {
  const held = new Map<string, { lock: Mutex; users: number }>()
  return async (name, work) => {
    const found = held.get(name) ?? { lock: mutex(), users: 0 }
    held.set(name, found)
    found.users++
    try {
      return await found.lock.run(work)
    } finally {
      if (--found.users === 0) held.delete(name)
    }
  }
}
