import type { Logger } from '@animechain/core'

/** Listeners by event. One that throws is logged and does not hurt the others. */
export interface Emitter<Events> {
  on<E extends keyof Events>(event: E, listener: (payload: Events[E]) => void): () => void
  emit<E extends keyof Events>(event: E, payload: Events[E]): void
}

/**
 * An emitter that nobody listens to yet.
 * @param logger hears of a listener that throws
 */
export function emitter<Events>(logger: Logger): Emitter<Events> {
  const listeners = new Map<keyof Events, Set<(payload: never) => void>>()
  return {
    on(event, listener) {
      const set = listeners.get(event) ?? new Set()
      listeners.set(event, set)
      set.add(listener as (payload: never) => void)
      return () => void set.delete(listener as (payload: never) => void)
    },
    emit(event, payload) {
      for (const listener of [...(listeners.get(event) ?? [])]) {
        try {
          listener(payload as never)
        } catch (error) {
          logger.error('a listener threw', { event: String(event), error: String(error) })
        }
      }
    },
  }
}
