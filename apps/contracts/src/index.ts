export { chainConfig, type DeployValues } from './chainConfig.js'
export { deployConfig, presets } from './config.js'
export { deploy } from './deploy.js'
