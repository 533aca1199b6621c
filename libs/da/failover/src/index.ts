export { failover, type FailoverOptions } from './failover.js'
