export * from '../../assembly/index'
import { CALL, TRANSACTION, AFTER_DEPOSITS } from '../../assembly/evm/process'

export function callMode(): u32 {
  return CALL
}
export function transactionMode(): u32 {
  return TRANSACTION
}
export function afterDepositsMode(): u32 {
  return AFTER_DEPOSITS
}
