export { devnet, type Devnet, type DevnetOptions } from './devnet.js'
export { roles, users } from './roles.js'
export { freePort } from './ports.js'
