export { buildBlockInput, type BlockParts, type ParentBlock } from './block.js'
export { attributesDeposit, attributesGas, describeLabel, fallbackLabel, userDeposit } from './deposits.js'
export { deriveBatch, type BlockReading, type Derived, type DeriveParameters } from './derive.js'
export { depositGas, depositLabel, readQueue, unreadQueue, type QueueReading } from './queue.js'
