export * from './addresses.js'
export * from './committees.js'
export * from './config.js'
export { create2Deployer } from './create2.js'
export * from './deployL1.js'
export {
  executeDeployment,
  prepareDeployment,
  settlePending,
  type DeployEvents,
  type DeployOptions,
  type DeploySender,
  type DeployStep,
  type L1Deployment,
  type PreparedDeployment,
} from './deployment/execute.js'
export { l1Addresses, planL1, type Creation, type L1Plan } from './deployment/plan.js'
export type { DeployTransaction, Survey } from './deployment/transactions.js'
export { verifyDeployment, type DeploymentCheck } from './deployment/verify.js'
export * from './generated/index.js'
export * from './genesis.js'
export * from './networkRoles.js'
export { preinstalls, type Preinstall, type PreinstallName } from './preinstalls/index.js'
export * from './viemChains.js'
