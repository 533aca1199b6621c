export { assertionIndex, type AssertionIndexOptions } from './alarms/assertions.js'
export {
  alarmDesk,
  nodeAlarmDesk,
  type AlarmBounds,
  type AlarmDesk,
  type AlarmDeskOptions,
  type DerivingNode,
  type RaisedAlarm,
} from './alarms/desk.js'
export {
  judgeAlarm,
  judgeByOwn,
  type AlarmVerdict,
  type AssertionSays,
  type OwnBatch,
} from './alarms/judge.js'
export {
  alarmPoster,
  postAlarm,
  type AlarmAnswer,
  type AlarmPoster,
  type AlarmPosterOptions,
} from './alarms/post.js'
export { alarmAbout, signAlarm } from './alarms/raise.js'
export { alarmFor, attestationFor, type AttestationParts } from './duties/attest.js'
export {
  decideAttestations,
  type AttesterState,
  type Decision,
  type Duty,
  type OwnResult,
} from './duties/decide.js'
export { fileMark, type LogMark, type MarkStore } from './log/marks.js'
export { createSignatureLog, type NewLogOptions } from './log/create.js'
export {
  openSignatureLog,
  type Observed,
  type SignatureLog,
  type SignatureLogOptions,
} from './log/signatureLog.js'
export { maxSignerBytes, signerPaths, type SignerError } from './signer/http.js'
export { remoteSigner, type RemoteSignerOptions } from './signer/remote.js'
export { signerServer, type SignerServer, type SignerServerOptions } from './signer/server.js'
export { localSigner, type AttestationSigner } from './signer/signer.js'
export {
  networkReads,
  type GameFacts,
  type L1Block,
  type L1Now,
  type NetworkContracts,
  type NetworkMember,
  type NetworkReads,
  type NetworkReadsOptions,
  type NetworkRules,
  type RoleRules,
} from './l1/reads.js'
export type { DerivedBatch, DerivedChain } from './service/chain.js'
export { networkJudge, type VerifierGossip } from './service/gossip.js'
export {
  networkVerifier,
  type NetworkVerifier,
  type NetworkVerifierHealth,
  type NetworkVerifierOptions,
} from './service/verifier.js'
export { stakeCalls } from './l1/stakeCalls.js'
export {
  networkWriter,
  type NetworkCall,
  type NetworkSent,
  type NetworkWriter,
  type NetworkWriterOptions,
} from './l1/writer.js'
export {
  alarmCommitment,
  drillCalls,
  drillCommitment,
  drillReads,
  type AlarmParts,
  type CommittedAlarm,
  type DrillCalls,
  type DrillOnL1,
  type DrillParts,
  type DrillReads,
} from './l1/drills.js'
export { drillStage, type DrillEnd, type DrillStage } from './duties/drillStage.js'
export { rivalReads, type RivalReads } from './l1/rivals.js'
export { decideL1Alarm, type L1AlarmDuty, type L1AlarmEnd, type L1AlarmState } from './duties/drills.js'
export {
  ALARM_DAY_FEE,
  l1Alarms,
  type L1Alarms,
  type L1AlarmsOptions,
  type WrongAssertion,
} from './service/l1Alarms.js'
export { exitCalls, type CertificateSigner, type ExitCalls } from './l1/exitCalls.js'
export { exitEvents, type ExitEvents, type PostedCertificate, type TokenReservation } from './l1/events.js'
export {
  TURN_MS,
  decideSettlement,
  turnOf,
  type DecidedGame,
  type OpenCertificate,
  type Settlement,
} from './duties/settle.js'
export {
  DRAW_EPOCHS,
  decideDiligence,
  historyPath,
  longestRun,
  type CheckInStatus,
  type CheckedInMember,
  type DiligenceDuty,
  type DiligenceEpoch,
  type DiligenceState,
} from './duties/diligence.js'
export {
  diligenceCalls,
  diligenceReads,
  type DiligenceCalls,
  type DiligenceReads,
  type Opening,
  type Pick as DiligencePick,
  type Revealed,
  type RevealedAnswer,
} from './l1/diligence.js'
