export { devnet, type Devnet, type DevnetOptions, type DevnetStatus } from './devnet.js'
export { roles, users } from './roles.js'
export { freePort } from './ports.js'
