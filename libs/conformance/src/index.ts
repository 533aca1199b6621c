export { storageSuite, type StorageSuiteOptions, type StorageTestRunner } from './storage.js'
export {
  settlementSuite,
  type SettlementSuiteOptions,
  type SettlementTestRunner,
  type SettlementWorld,
} from './settlement.js'
