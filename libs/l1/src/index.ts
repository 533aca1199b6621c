export {
  l1Sender,
  putResult,
  type L1Call,
  type L1Outcome,
  type L1Sender,
  type L1SenderOptions,
} from './sender.js'
