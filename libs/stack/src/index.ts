export { composeNode, type ComposedNode, type NodeSettings } from './compose-node.js'
export { checkGenesis, readDeployment, rollupInfo, writeDeployment, type Deployment } from './deployment.js'
export { genesisOutput } from './genesis-output.js'
export { blockTimeSetting, nodeTable } from './node-table.js'
export { runApp, type AppContext, type RunningApp } from './run-app.js'
export { serviceTable } from './service-table.js'
export { sharedLayers, type SharedLayers } from './shared-layers.js'
export { startNode, type NodeAppSettings } from './start-node.js'
export { checkNodeFolder, type NodeFolder } from './node-folder.js'
export { openStorage, type OpenStorageOptions } from './storage.js'
export {
  damageWords,
  daWords,
  defaultExecution,
  executionWords,
  otherExecution,
  provingWords,
  settlementWords,
  storageWords,
  type DamageWord,
  type DaWord,
  type ExecutionWord,
  type ProvingWord,
  type SettlementWord,
  type StorageWord,
} from './words.js'
