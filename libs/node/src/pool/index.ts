export type { Pooled } from './account.js'
export { effectiveTip } from './fees.js'
export { pool, type Pool, type PoolParts } from './pool.js'
export type { PoolSelection } from './selection.js'
