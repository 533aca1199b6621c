export { wasm, type WasmEngine, type WasmOptions } from './engine.js'
export { ExecutionError, type ExecutionErrorCode } from './errors.js'
export { guestBinary, type GuestBuild } from './guest.js'
export { runProof, type BlockWitness, type PreimageOracle } from './proof.js'
