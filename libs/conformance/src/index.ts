export { codecSuite, type CodecSuiteOptions, type CodecTestRunner } from './codec.js'
export { daSuite, type DaSuiteOptions, type DaTestRunner } from './da.js'
export { storageSuite, type StorageSuiteOptions, type StorageTestRunner } from './storage.js'
export {
  settlementSuite,
  type SettlementSuiteOptions,
  type SettlementTestRunner,
  type SettlementWorld,
} from './settlement.js'
export { executionSuite, type ExecutionSuiteOptions, type ExecutionTestRunner } from './execution.js'
