export { ExecutionError, type ExecutionErrorCode } from '@animechain/core'
