export { ethereumjs } from './engine.js'
export { ExecutionError, type ExecutionErrorCode } from './errors.js'
