export type { MemoryDeposit, MemoryL1 } from './controls.js'
export { memory, type MemorySettlement } from './memory.js'
export type { MemorySettlementOptions } from './settings.js'
