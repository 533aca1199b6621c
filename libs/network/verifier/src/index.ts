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
