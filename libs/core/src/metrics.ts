/** Values that tell the series of one metric apart, by label name. Few values each: every combination is kept. */
export type MetricLabels = Record<string, string>
/** A number that only rises, such as of blocks built. `inc` adds 1 unless told otherwise. */
export interface Counter {
  inc(by?: number, labels?: MetricLabels): void
}
/** A number that rises and falls, such as of transactions waiting. */
export interface Gauge {
  set(value: number, labels?: MetricLabels): void
}
/** A distribution of values, such as of seconds that blocks took, in the buckets that the metric was made with. */
export interface Histogram {
  observe(value: number, labels?: MetricLabels): void
}

/** What a metric is, for the registry. `name` carries its unit as a suffix (`_seconds`, `_bytes`, `_total`). */
export interface MetricOptions {
  name: string
  help: string
  labels?: readonly string[]
  /** Upper bounds of a histogram's buckets. */
  buckets?: readonly number[]
}

/** The metrics port. Asking twice for the same name Must give the same metric. */
export interface Metrics {
  counter(options: MetricOptions): Counter
  gauge(options: MetricOptions): Gauge
  histogram(options: MetricOptions): Histogram
}

/** Measures nothing. The default where no metrics are given. */
export const silentMetrics: Metrics = {
  counter: () => ({ inc() {} }),
  gauge: () => ({ set() {} }),
  histogram: () => ({ observe() {} }),
}
