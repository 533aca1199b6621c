import {
  BaseError,
  type Counter,
  type Gauge,
  type Histogram,
  type MetricOptions,
  type Metrics,
} from '@animechain/core'
import * as prometheus from 'prom-client'

/** What is in front of all metrics and on all of them. */
export interface PrometheusMetricsOptions {
  /** In front of every name. Default `animechain_`. */
  prefix?: string
  /** Measure the process too: memory, CPU, event loop, garbage collection. Default true. */
  process?: boolean
  /** On every metric. */
  labels?: Record<string, string>
}

export interface PrometheusMetrics extends Metrics {
  /** Prometheus' text format. */
  render(): Promise<string>
  readonly contentType: string
}

/** The metrics port on prom-client, with a registry of its own: two of them in one process know nothing of each other. */
export function prometheusMetrics(options: PrometheusMetricsOptions = {}): PrometheusMetrics {
  const registry = new prometheus.Registry()
  if (options.labels) registry.setDefaultLabels(options.labels)
  if (options.process ?? true) prometheus.collectDefaultMetrics({ register: registry })
  const prefix = options.prefix ?? 'animechain_'
  const known = new Map<string, { type: string; metric: unknown }>()

  /** The metric of this name, made when it is asked for first. */
  const once = <T>(type: string, metric: MetricOptions, make: (name: string) => T): T => {
    const name = `${prefix}${metric.name}`
    const found = known.get(name)
    if (found !== undefined) {
      if (found.type !== type)
        throw new BaseError(`The metric ${name} is a ${found.type} already.`, {
          code: 'METRIC_TYPE',
          metaMessages: [`Expected the same type as before, got ${type}.`],
        })
      return found.metric as T
    }
    const made = make(name)
    known.set(name, { type, metric: made })
    return made
  }
  const shape = (name: string, metric: MetricOptions) => ({
    name,
    help: metric.help || name,
    labelNames: [...(metric.labels ?? [])],
    registers: [registry],
  })

  return {
    contentType: registry.contentType,
    render: () => registry.metrics(),
    counter: (metric) =>
      once('counter', metric, (name): Counter => {
        const counter = new prometheus.Counter(shape(name, metric))
        return { inc: (by = 1, labels) => (labels ? counter.inc(labels, by) : counter.inc(by)) }
      }),
    gauge: (metric) =>
      once('gauge', metric, (name): Gauge => {
        const gauge = new prometheus.Gauge(shape(name, metric))
        return { set: (value, labels) => (labels ? gauge.set(labels, value) : gauge.set(value)) }
      }),
    histogram: (metric) =>
      once('histogram', metric, (name): Histogram => {
        const histogram = new prometheus.Histogram({
          ...shape(name, metric),
          ...(metric.buckets ? { buckets: [...metric.buckets] } : {}),
        })
        return {
          observe: (value, labels) => (labels ? histogram.observe(labels, value) : histogram.observe(value)),
        }
      }),
  }
}
