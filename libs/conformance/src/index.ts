export type { TestRunner } from './runner.js'
export { codecSuite, type CodecSuiteOptions, type CodecTestRunner } from './codec.js'
export { daSuite, type DaFeatures, type DaSuiteOptions, type DaTestRunner, type DaThrough } from './da.js'
export { canary, type Canary } from './faults/canary.js'
export {
  faultProxy,
  faults,
  type Fault,
  type FaultPlan,
  type FaultProxy,
  type SeenRequest,
} from './faults/proxy.js'
export { storageSuite, type StorageSuiteOptions, type StorageTestRunner } from './storage.js'
export {
  settlementSuite,
  type SettlementFeatures,
  type SettlementSuiteOptions,
  type SettlementTestRunner,
  type SettlementWorld,
} from './settlement.js'
export { executionSuite, type ExecutionSuiteOptions, type ExecutionTestRunner } from './execution.js'
