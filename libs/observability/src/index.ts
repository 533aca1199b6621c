export { boundConnections } from './connections.js'
export {
  ConfigError,
  defineConfig,
  type ConfigDefinition,
  type ConfigField,
  type ConfigInput,
  type ConfigOptions,
  type ConfigProblem,
  type ConfigResult,
  type ConfigTable,
  type ConfigValues,
  type LoadedConfig,
} from './config.js'
export { healthServer, type HealthReport, type HealthServer, type HealthServerOptions } from './health.js'
export { logLevels, pinoLogger, type LogLevel, type PinoLoggerOptions } from './logger.js'
export { prometheusMetrics, type PrometheusMetrics, type PrometheusMetricsOptions } from './metrics.js'
export { packageVersion } from './version.js'
