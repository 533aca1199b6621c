export { createRollup } from './createRollup.js'
export * from './announcements/port.js'
export * from './types.js'
