export { readers, type ReadersOptions } from './readers.js'
export { defaultLimits, type Limits } from './scheduler.js'
