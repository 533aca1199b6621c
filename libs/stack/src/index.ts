export type { AttachContext, AttachedService } from './attached.js'
export { composeNode, type ComposedNode } from './composeNode.js'
export type { NodeSettings } from './nodeSettings.js'
export { checkGenesis, readDeployment, rollupInfo, writeDeployment, type Deployment } from './deployment.js'
export { genesisOutput } from './genesisOutput.js'
export { blockTimeSetting, nodeTable } from './nodeTable.js'
export { networkTable } from './networkTable.js'
export {
  gossipSides,
  takesPart,
  type ComposedGossip,
  type GossipSettings,
  type NetworkJudges,
  type NodeGossip,
} from './nodeGossip.js'
export { runApp, type AppContext, type RunningApp } from './runApp.js'
export { serviceTable } from './serviceTable.js'
export { sharedLayers, type SharedLayers } from './sharedLayers.js'
export { bucketOf, startNode, type NodeAppSettings } from './startNode.js'
export { checkNodeFolder, type NodeFolder } from './nodeFolder.js'
export { provenProgram } from './provenProgram.js'
export { machineThread, type MachineThread } from './machineThread.js'
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
