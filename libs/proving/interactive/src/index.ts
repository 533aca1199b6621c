export type { GameAccess, MoveResult, PreparedMove, Sight } from './access.js'
export {
  entryFee,
  exposure,
  feeCeiling,
  gasCosts,
  gasOfDescent,
  isEngaged,
  reserve,
  slack,
  timeUntil,
  type FeeLimits,
  type GasCosts,
} from './budget.js'
export {
  Commitments,
  historyOf,
  leavesOf,
  type BlockCommitments,
  type CommitmentsOptions,
  type DisputedBlock,
} from './commitments.js'
export { DisputeStore, type BlockKey } from './disputeStore.js'
export { InteractiveError } from './errors.js'
export { OwnKnowledge, type LeafEvidence, type OwnKnowledgeOptions, type RightClaim } from './knowledge.js'
export { interactive, type InteractiveOptions } from './interactive.js'
export { L1Access, type L1AccessOptions } from './l1/l1Access.js'
export { Player, type PlayerOptions } from './player.js'
export { decodeProofInputs, encodeProofInputs, hostOf } from './proofInputs.js'
export { replayerRunner, steppingRunner, type MachineRun, type ProvenStep, type Runner } from './run.js'
