export { memory, type MemoryDaOptions } from './memory.js'
