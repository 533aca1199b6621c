export { optimistic, type OptimisticAccounts, type OptimisticOptions } from './optimistic.js'
