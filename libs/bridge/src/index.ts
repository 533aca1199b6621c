export { checkAmount, type Amount, type Asset } from './assets.js'
export { bridge, type Bridge, type BridgeOptions } from './bridge.js'
export { expectChain } from './expectChain.js'
export { proofs, type Proof } from './proofs.js'
export { receiptOrNone } from './receipts.js'
export { route, type BridgeAddresses, type Direction, type RouteRequest, type RouteStep } from './routes.js'
export type {
  DepositStatus,
  DepositTransfer,
  Withdrawal,
  WithdrawalStatus,
  WithdrawalTransfer,
} from './transfers.js'
export { fastExitPublicActions, fastExitWalletActions } from './fast/actions.js'
export type { AskOptions, ServerAnswer } from './fast/attestations.js'
export {
  getCertificate,
  type CertificateSigner,
  type ExitCertificate,
  type FoundCertificate,
  type GetCertificateParameters,
  type StandingCertificate,
} from './fast/certificate.js'
export { insuredClass, type InsuredClass, type MovedAmount, type TrustedContracts } from './fast/classes.js'
export type { ExitContracts, ExitContractsParameter, L1Client, TargetChain } from './fast/contracts.js'
export { FastExitError, type FastExitCode, type FastExitDetails } from './fast/errors.js'
export { finalizeWithdrawalFast, type FinalizeWithdrawalFastParameters } from './fast/finalize.js'
export { getFastExitQuote, type GetFastExitQuoteParameters, type QuotedExit } from './fast/getQuote.js'
export type { QuoteRequest } from './fast/lane.js'
export type { ExitLabel } from './fast/label.js'
export { exitFee, fastExitGas, type Cover, type FastExitQuote } from './fast/quote.js'
