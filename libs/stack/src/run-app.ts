import { isBaseError, type Lifecycle, type Logger } from '@animechain/core'
import {
  healthServer,
  pinoLogger,
  prometheusMetrics,
  type ConfigDefinition,
  type ConfigField,
  type ConfigTable,
  type ConfigValues,
  type HealthReport,
  type LogLevel,
  type PrometheusMetrics,
} from '@animechain/observability'
import { giveMemoryBack } from './memory.js'

/** Rows that every long-running program has. */
export const serviceTable = {
  logLevel: {
    type: 'string',
    default: 'info',
    choices: ['debug', 'info', 'warn', 'error', 'silent'],
    help: 'Least level that is logged.',
  },
  logFormat: {
    type: 'string',
    default: 'json',
    choices: ['json', 'text'],
    help: 'One JSON object a line, or text for people.',
  },
  metricsHost: {
    type: 'string',
    default: '127.0.0.1',
    help: 'Address that serves /healthz, /readyz and /metrics.',
  },
  metricsPort: { type: 'integer', default: 9571, min: 0, max: 65_535, help: 'Its port; 0 takes a free one.' },
  metricsHosts: {
    type: 'list',
    default: [],
    help: 'Host names besides localhost under which it may be called; * for any.',
  },
} as const satisfies ConfigTable

/** What a program gives back once it runs. */
export interface RunningApp extends Pick<Lifecycle, 'stop'> {
  health(): HealthReport | Promise<HealthReport>
}

/** What a program is started with. */
export interface AppContext<T extends ConfigTable> {
  values: ConfigValues<T>
  logger: Logger
  metrics: PrometheusMetrics
  /** Ends the program in order, with exit code 1. */
  fail: (error: Error) => void
}

/**
 * Runs a long-running program: reads its configuration, serves health and metrics, and stops in order on SIGINT, SIGTERM, or when the process that
 * started it is gone. Sets the exit code: 0 after an ordered stop, 1 after a failure, 2 for a configuration that will not do.
 */
export async function runApp<
  T extends Record<keyof typeof serviceTable, ConfigField> & ConfigTable,
>(options: {
  name: string
  config: ConfigDefinition<T>
  argv: readonly string[]
  env: Record<string, string | undefined>
  start: (context: AppContext<T>) => Promise<RunningApp>
}): Promise<void> {
  let loaded
  try {
    loaded = options.config.load({ argv: options.argv, env: options.env })
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 2
    return
  }
  if (loaded.status === 'text') {
    process.stdout.write(loaded.text)
    return
  }
  const values = loaded.values as ConfigValues<T>
  const { logLevel, logFormat, metricsHost, metricsPort, metricsHosts } = values as unknown as ConfigValues<
    typeof serviceTable
  >
  const logger = pinoLogger({
    level: logLevel as LogLevel,
    format: logFormat as 'json' | 'text',
    name: options.name,
  })
  const metrics = prometheusMetrics()
  giveMemoryBack()
  logger.info('starting', { config: loaded.describe() })

  let app: RunningApp | undefined
  const health = healthServer({
    host: metricsHost,
    port: metricsPort,
    hosts: metricsHosts as readonly string[],
    metrics,
    health: () => app?.health() ?? { live: true, ready: false, details: { state: 'starting' } },
  })
  let stopping: Promise<void> | undefined
  const stop = (why: string, code: number) =>
    (stopping ??= (async () => {
      logger.info('stopping', { why })
      // A stop that hangs must not keep the process: everything durable is written as it happens.
      const timer = setTimeout(() => process.exit(code || 1), 8_000)
      try {
        await app?.stop()
        await health.stop()
      } catch (error) {
        logger.error('stopping failed', { error: message(error) })
        code ||= 1
      }
      clearTimeout(timer)
      logger.info('stopped')
      process.exit(code)
    })())
  process.on('SIGINT', () => void stop('SIGINT', 0))
  process.on('SIGTERM', () => void stop('SIGTERM', 0))
  process.on('disconnect', () => void stop('the parent process is gone', 0))
  process.on('uncaughtException', (error) => {
    logger.error('uncaught exception', { error: error.stack })
    void stop('uncaught exception', 1)
  })
  process.on('unhandledRejection', (error) => {
    logger.error('unhandled rejection', { error: error instanceof Error ? error.stack : String(error) })
    void stop('unhandled rejection', 1)
  })

  const fail = (error: Error) => {
    logger.error('failed', { code: isBaseError(error) ? error.code : undefined, error: error.message })
    process.stderr.write(`${error.message}\n`)
    void stop('failed', 1)
  }

  try {
    await health.start()
    app = await options.start({ values, logger, metrics, fail })
    logger.info('running', { health: health.url })
  } catch (error) {
    logger.error('could not start', {
      code: isBaseError(error) ? error.code : undefined,
      error: message(error),
    })
    process.stderr.write(`${message(error)}\n`)
    await stop('could not start', 1)
  }
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
