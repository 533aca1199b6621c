export {
  memory,
  type MemoryDeposit,
  type MemoryL1,
  type MemorySettlement,
  type MemorySettlementOptions,
} from './memory.js'
