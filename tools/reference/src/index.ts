export { makeReference, stalePages, type Reference } from './reference.js'
export type { Metric } from './metrics.js'
