export { wasm, type WasmEngine, type WasmOptions } from './engine.js'
export { ExecutionError, type ExecutionErrorCode } from './errors.js'
export { guestBinary, type GuestBuild } from './guest.js'
export type { BatchWitness } from './batchWitness.js'
export {
  encodeRules,
  preimageKinds,
  runProof,
  witnessHost,
  type BatchInputs,
  type BlockInputs,
  type BlockWitness,
  type ProofHost,
  type ProofWitness,
} from './proof.js'
export { precompile, precompileResult, type PrecompileCall } from './precompiles.js'
export { trieRoot } from './trieRoot.js'
