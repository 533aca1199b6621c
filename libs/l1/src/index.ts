export { l1Header, type L1Header } from './header.js'
export { headerChain, type HeaderChain, type HeaderChainOptions, type Link } from './headerChain.js'
export { provenStorage, type RpcProof } from './proof.js'
export {
  l1Sender,
  MIN_TIP,
  putResult,
  type L1Call,
  type L1Outcome,
  type L1Sender,
  type L1SenderOptions,
} from './sender.js'
export { l1Transport, type L1TransportOptions } from './transport.js'
