export { storageSuite, type StorageSuiteOptions, type StorageTestRunner } from './storage.js'
