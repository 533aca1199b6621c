export { alloc, mark, release, reset } from '../../assembly/memory'
export { decodeBody } from '../../assembly/batch/body'
import * as body from '../../assembly/batch/body'
import * as t from '../../assembly/batch/transactions'

export function blocks(): usize {
  return body.blocks
}
export function blockCount(): u32 {
  return body.blockCount
}
export function labels(): usize {
  return body.labels
}
export function labelCount(): u32 {
  return body.labelCount
}
export function transactions(): usize {
  return t.transactions
}
export function transactionCount(): u32 {
  return t.transactionCount
}

// Derivation of what was decoded last
import * as derive from '../../assembly/batch/derive'

export { begin, next, isFromBody } from '../../assembly/batch/derive'
export function timestamp(): u64 {
  return derive.timestamp
}
export function gasLimit(): u64 {
  return derive.gasLimit
}
export function prevRandao(): usize {
  return derive.PREV_RANDAO
}
export function items(): usize {
  return derive.items
}
export function itemCount(): u32 {
  return derive.itemCount
}
