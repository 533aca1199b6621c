import type { Logger } from '@animechain/core'

/** Longest time that a stop may take, milliseconds: everything durable is written as it happens. */
const STOP_MS = 8_000

export const message = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** Ends a program in order: once, however many reasons there are. Each reason is one line of the log. */
export interface Ending {
  /** It is to stop. Exit code 0. */
  asked(why: string): Promise<void>
  /** It cannot go on. Exit code 1. @param what happened, the message of the log's line */
  failed(what: string, fields: Record<string, unknown>): Promise<void>
}

/** @param close what an ordered end is */
export function ending({
  logger,
  close,
  exit = (code) => process.exit(code),
  stopMs = STOP_MS,
}: {
  logger: Logger
  close: () => Promise<void>
  exit?: (code: number) => void
  /** after which the process ends all the same, milliseconds */
  stopMs?: number
}): Ending {
  let ended: Promise<void> | undefined

  async function end(code: number): Promise<void> {
    // A stop that hangs must not keep the process.
    const timer = setTimeout(() => exit(code || 1), stopMs)
    let outcome = code
    try {
      await close()
    } catch (error) {
      logger.error('stopping failed', { error: message(error) })
      outcome ||= 1
    }
    clearTimeout(timer)
    logger.info('stopped')
    exit(outcome)
  }

  return {
    asked(why) {
      if (!ended) logger.info('stopping', { why })
      return (ended ??= end(0))
    },
    failed(what, fields) {
      logger.error(what, fields)
      return (ended ??= end(1))
    },
  }
}

/** Ends the program for what ends a process: signals, the death of its parent, and errors that nobody caught. */
export function watchProcess({ asked, failed }: Ending): void {
  process.on('SIGINT', () => void asked('SIGINT'))
  process.on('SIGTERM', () => void asked('SIGTERM'))
  process.on('disconnect', () => void asked('the parent process is gone'))
  process.on('uncaughtException', (error) => void failed('uncaught exception', { error: error.stack }))
  process.on('unhandledRejection', (error) => {
    void failed('unhandled rejection', { error: error instanceof Error ? error.stack : String(error) })
  })
}
