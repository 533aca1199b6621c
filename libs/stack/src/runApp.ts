import { isBaseError, type Lifecycle, type Logger } from '@animechain/core'
import {
  healthServer,
  pinoLogger,
  prometheusMetrics,
  type ConfigDefinition,
  type ConfigField,
  type ConfigInput,
  type ConfigTable,
  type ConfigValues,
  type HealthReport,
  type HealthServer,
  type LoadedConfig,
  type LogLevel,
  type PrometheusMetrics,
} from '@animechain/observability'
import { ending, message, watchProcess } from './ending.js'
import { giveMemoryBack } from './memory.js'
import type { serviceTable } from './serviceTable.js'

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

/** The configuration; undefined where the program is to end at once, after it was said why. */
function configure<T extends ConfigTable>(
  config: ConfigDefinition<T>,
  input: ConfigInput,
): LoadedConfig<T> | undefined {
  try {
    const loaded = config.load(input)
    if (loaded.status === 'ok') return loaded
    process.stdout.write(loaded.text)
  } catch (error) {
    process.stderr.write(`${message(error)}\n`)
    process.exitCode = 2
  }
  return undefined
}

/** The rows that every program has. */
const serviceValues = (values: object) => values as ConfigValues<typeof serviceTable>

const starting: HealthReport = { live: true, ready: false, details: { state: 'starting' } }

function serveHealth(
  values: object,
  metrics: PrometheusMetrics,
  app: () => RunningApp | undefined,
): HealthServer {
  const { metricsHost, metricsPort, metricsHosts } = serviceValues(values)
  return healthServer({
    host: metricsHost,
    port: metricsPort,
    hosts: metricsHosts,
    metrics,
    health: () => app()?.health() ?? starting,
  })
}

/** An error as the log shows it. */
const described = (error: unknown) => ({
  code: isBaseError(error) ? error.code : undefined,
  error: message(error),
})

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
  const loaded = configure(options.config, { argv: options.argv, env: options.env })
  if (!loaded) return
  const { values } = loaded
  const { logLevel, logFormat } = serviceValues(values)
  const logger = pinoLogger({ level: logLevel as LogLevel, format: logFormat, name: options.name })
  const metrics = prometheusMetrics()
  giveMemoryBack()
  logger.info('starting', { config: loaded.describe() })

  let app: RunningApp | undefined
  const health = serveHealth(values, metrics, () => app)
  const end = ending({
    logger,
    async close() {
      await app?.stop()
      await health.stop()
    },
  })
  watchProcess(end)
  /** What ends the program is said to who started it, too. */
  const fail = (what: string, error: unknown) => {
    process.stderr.write(`${message(error)}\n`)
    return end.failed(what, described(error))
  }
  try {
    await health.start()
    app = await options.start({ values, logger, metrics, fail: (error) => void fail('failed', error) })
    logger.info('running', { health: health.url })
  } catch (error) {
    await fail('could not start', error)
  }
}
