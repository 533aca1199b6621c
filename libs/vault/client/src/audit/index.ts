export { auditReceipts } from './audit.js'
export {
  questionId,
  recordFromJson,
  recordToJson,
  recordedState,
  recordingState,
  type RecordedState,
} from './state.js'
export type {
  Anchor,
  AnchorProof,
  AuditInput,
  AuditReport,
  AuditState,
  Finding,
  FindingKind,
  NodeReceipts,
  NodeSummary,
  Opened,
  PolicyAnswer,
  PolicyQuestion,
} from './types.js'
