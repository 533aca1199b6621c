export type { MemoryDeposit, MemoryL1 } from './controls.js'
export { memorySettlement, type MemorySettlement } from './memory.js'
export type { MemorySettlementOptions } from './settings.js'
