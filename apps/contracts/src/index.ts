export { chainConfig, type DeployValues } from './chain-config.js'
export { deployConfig, presets } from './config.js'
export { deploy } from './deploy.js'
