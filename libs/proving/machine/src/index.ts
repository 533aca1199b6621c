export { blobPoint } from './blobPoint.js'
export { callExport, type Callable, type CallOutcome } from './call.js'
export { checkStep, type L1Checks } from './checkStep.js'
export { chunkedKey } from './chunked.js'
export {
  hostData,
  precompileKey,
  precompileResult,
  preimageKind,
  type BlobProof,
  type HostContents,
  type HostData,
  type PrecompileCall,
} from './host.js'
export { accessBytes, kinds, type Kind } from './instructions.js'
export { loadProgram, type LoadOptions } from './loadProgram.js'
export { Machine } from './machine.js'
export { limits, op, opNames, parts, status, valueTypes, type OpName } from './opcodes.js'
export type { ExportedFunction, Program, ValueType } from './program.js'
export { ModuleError } from './reader.js'
export { Commitment } from './replayer/commitment.js'
export { ReplayError } from './replayer/errors.js'
export { replayerModule, type ReplayerModule } from './replayer/instance.js'
export { Replayer, type CommitOptions, type ReplayerOptions } from './replayer/replayer.js'
export type { SnapshotLimits } from './replayer/snapshots.js'
export { firstState, inputsHash, programHash, stateHash, type MachineState, type Registers } from './state.js'
export { step, type HostReads, type Leaves } from './step.js'
export { CodeTree, RamTree, depthOf, hashNode, partOf, rootFrom, zeroNode, zeroRoots } from './tree.js'
export { Host, witness, type LeafSource, type StepWitness } from './witness.js'
