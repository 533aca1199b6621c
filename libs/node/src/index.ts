export { createRollup } from './createRollup.js'
export * from './types.js'
