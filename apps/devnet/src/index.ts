export { devnet, devnetChainId, type Devnet, type DevnetOptions, type ProgramName } from './devnet.js'
export { devnetStatus, statusLine, type DevnetStatus } from './status.js'
export { roles, users } from './roles.js'
export { config } from './config.js'
