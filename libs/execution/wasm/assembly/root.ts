// From the changes in state.ts to the state root: storage tries first, then the account trie, each hashed once. Values are put
// before any is removed, so that a branch does not collapse for a moment and ask for a sibling that nobody needs.

import * as rlp from './rlp'
import * as state from './state'
import * as trie from './trie'
import * as u256 from './u256'
import * as witness from './witness'
import { alloc, mark, release } from './memory'

const KEY: usize = memory.data(32, 16)

/** Value of a slot in the trie: the integer's RLP. Sets `encodedLen`. */
let encodedLen: u32 = 0
function encodeSlot(value: usize): usize {
  const bytes = alloc(<usize>rlp.sizeOfU256(value))
  encodedLen = <u32>(rlp.writeU256(bytes, value) - bytes)
  return bytes
}

/** rlp([nonce, balance, storageRoot, codeHash]). */
function encodeAccount(acc: usize): usize {
  const size = rlp.sizeOfU64(load<u64>(acc, state.ACC_NONCE)) + rlp.sizeOfU256(acc + state.ACC_BALANCE) + 66
  const bytes = alloc(<usize>size + 3)
  let out = rlp.writeHeader(bytes, size, 0xc0)
  out = rlp.writeU64(out, load<u64>(acc, state.ACC_NONCE))
  out = rlp.writeU256(out, acc + state.ACC_BALANCE)
  out = rlp.writeString(out, acc + state.ACC_STORAGE_ROOT, 32)
  out = rlp.writeString(out, acc + state.ACC_CODE_HASH, 32)
  encodedLen = <u32>(out - bytes)
  return bytes
}

// @ts-ignore: decorator
@inline
function isChanged(slot: usize): bool {
  return (
    load<u32>(slot, state.SLOT_LOADED) != 0 && !u256.equal(slot + state.SLOT_VALUE, slot + state.SLOT_OLD)
  )
}

/** Brings ACC_STORAGE_ROOT up to date; true when it changed. */
function updateStorageRoot(acc: usize): bool {
  const before = mark()
  let changed = false
  let root: usize = 0
  for (let slot = <usize>load<u32>(acc, state.ACC_SLOTS); slot; slot = load<u32>(slot, state.SLOT_NEXT)) {
    if (!isChanged(slot)) continue
    if (!changed) {
      // @ts-ignore: set by the build
      if (BUILD_PROOF) root = witness.storage(acc)
      else root = trie.open(acc + state.ACC_STORAGE_ROOT)
    }
    changed = true
    if (u256.isZero(slot + state.SLOT_VALUE)) continue
    u256.toBytes(KEY, slot + state.SLOT_KEY)
    const value = encodeSlot(slot + state.SLOT_VALUE)
    root = trie.put(root, trie.securePath(KEY, 32), 64, value, encodedLen)
  }
  if (!changed) return false
  for (let slot = <usize>load<u32>(acc, state.ACC_SLOTS); slot; slot = load<u32>(slot, state.SLOT_NEXT)) {
    if (!isChanged(slot) || !u256.isZero(slot + state.SLOT_VALUE)) continue
    u256.toBytes(KEY, slot + state.SLOT_KEY)
    root = trie.remove(root, trie.securePath(KEY, 32), 64)
  }
  trie.commit(root, acc + state.ACC_STORAGE_ROOT)
  // The node build hands out what was written.
  // @ts-ignore: set by the build
  if (BUILD_PROOF) release(before)
  return true
}

/** EIP-161: an empty account that was touched is not kept, whatever its storage. */
// @ts-ignore: decorator
@inline
function isGone(acc: usize): bool {
  return load<u32>(acc, state.ACC_TOUCHED) != 0 && state.isEmpty(acc)
}

/**
 * Writes the root of the state after the block to `out`, given the root before. Afterwards ACC_STORAGE_ROOT is the new root and
 * ACC_EXISTED says whether the account exists after the block.
 */
export function stateRoot(before: usize, out: usize): void {
  let root: usize
  // @ts-ignore: set by the build
  if (BUILD_PROOF) root = witness.accounts()
  else root = trie.open(before)
  for (let acc = state.accounts(); acc; acc = load<u32>(acc, state.ACC_NEXT)) {
    if (isGone(acc)) continue
    const storageChanged = updateStorageRoot(acc)
    const isNew = !load<u32>(acc, state.ACC_EXISTED)
    // Read, but neither there before nor made by this block.
    if (isNew && state.isEmpty(acc) && !storageChanged) continue
    if (
      !isNew &&
      !storageChanged &&
      load<u64>(acc, state.ACC_NONCE) == load<u64>(acc, state.ACC_OLD_NONCE) &&
      u256.equal(acc + state.ACC_BALANCE, acc + state.ACC_OLD_BALANCE) &&
      u256.equal(acc + state.ACC_CODE_HASH, acc + state.ACC_OLD_CODE_HASH)
    ) {
      continue
    }
    const value = encodeAccount(acc)
    root = trie.put(root, trie.securePath(acc, 20), 64, value, encodedLen)
    store<u32>(acc, 1, state.ACC_EXISTED)
  }
  for (let acc = state.accounts(); acc; acc = load<u32>(acc, state.ACC_NEXT)) {
    if (!isGone(acc) || !load<u32>(acc, state.ACC_EXISTED)) continue
    root = trie.remove(root, trie.securePath(acc, 20), 64)
    store<u32>(acc, 0, state.ACC_EXISTED)
    memory.copy(acc + state.ACC_STORAGE_ROOT, state.EMPTY_ROOT, 32)
  }
  trie.commit(root, out)
}
