export { commitment, spliceRuns, type Commitment, type Run } from './commitment.js'
export { bookkeepingProblem, parameterProblems } from './conservation.js'
export { Game } from './game.js'
export * from './hashing.js'
export { burnedShare, Ledger } from './ledger.js'
export { nextMoves, type Decision, type Knowledge, type Move, type Place } from './player.js'
export {
  record,
  Recorder,
  recordingJson,
  type RecordedEdge,
  type RecordedStep,
  type Recording,
} from './record.js'
export type * from './state.js'
export { hasRival, ownTime, timers } from './timers.js'
