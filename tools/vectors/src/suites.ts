/** What other tools take of the runners of official tests. */
export type { EngineUnderTest } from './engines.js'
export type { TestCase } from './outcome.js'
export { newProofCounts, proving, type Replay } from './proving.js'
export { sampledCases } from './sample.js'
export type { WasmInstance, WasmRunner } from './wasmRunners.js'
export { newWasmCounts, WasmScriptRun, type WasmCounts, type WasmScript } from './wasmSpec.js'
export { readFolders, type WasmFolder } from './wasmSuite.js'
