export { memoryDa, type MemoryDaOptions } from './memory.js'
