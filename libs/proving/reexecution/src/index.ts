export { reexecution } from './reexecution.js'
