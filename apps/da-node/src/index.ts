export { config } from './config.js'
export { start } from './start.js'
