import type { Metrics } from '@animechain/core'

/** The newest block, which derivation and announced blocks both move. */
export const unsafeGauge = (metrics: Metrics) =>
  metrics.gauge({ name: 'rollup_unsafe_block', help: 'Newest block.' })
