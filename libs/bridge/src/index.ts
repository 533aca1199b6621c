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
