export * from '../../assembly/rlp'
export {
  begin,
  put,
  remove,
  get,
  commit,
  open,
  nibbles,
  securePath,
  orderedRoot,
  written,
} from '../../assembly/trie'
export { alloc, reset, mark, release } from '../../assembly/memory'
import * as rlp from '../../assembly/rlp'
import * as trie from '../../assembly/trie'
export { decode, recover } from '../../assembly/transaction'

export function payloadPtr(): usize {
  return rlp.payload
}
export function payloadLen(): u32 {
  return rlp.length
}
export function payloadIsList(): u32 {
  return u32(rlp.isList)
}
export function nextPtr(): usize {
  return rlp.next
}
export function valueLength(): u32 {
  return trie.valueLen
}
export function resolvedRoot(): usize {
  return trie.resolved
}
