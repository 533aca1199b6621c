export { wasm, type WasmOptions } from './engine.js'
export { ExecutionError, type ExecutionErrorCode } from './errors.js'
