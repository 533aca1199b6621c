export { boundedBody } from './boundedBody.js'
export {
  calldataCommitment,
  committedIn,
  inboxEvidence,
  isCalldataCommitment,
  readCalldata,
} from './calldata.js'
export { daPosting, putOnce, putResult, type DaPosting, type DaPostingOptions } from './daPosting.js'
export { MIN_TIP } from './fees.js'
export { l1Header, type L1Header } from './header.js'
export { headerChain, type HeaderChain, type HeaderChainOptions, type Link } from './headerChain.js'
export { provenStorage, type RpcProof } from './proof.js'
export { l1Sender, type L1Call, type L1Outcome, type L1Sender, type L1SenderOptions } from './sender.js'
export { l1Transport, type L1TransportOptions } from './transport.js'
