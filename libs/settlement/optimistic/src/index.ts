export { optimistic, type OptimisticOptions } from './optimistic.js'
export type { OptimisticAccounts } from './submitter.js'
