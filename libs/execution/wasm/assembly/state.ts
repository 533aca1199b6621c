// The world state during a block: a cache of accounts, storage slots and code over backend.ts, with a journal that undoes
// changes back to a checkpoint. Records live in the arena until the end of the block.
//
// Whatever lasts for one transaction only (warmth, transient storage, "created in this transaction") is a stamp that equals the
// number of the transaction, so that nothing needs clearing between transactions.

import { alloc, allocCode, allocZeroed, forgetCode, isCodeFull, isForgettable } from './memory'
import * as u256 from './u256'
import * as backend from './backend'
import { keccak256 } from './crypto/keccak'
import {
  ACC_TOUCHED,
  ACC_NONCE,
  ACC_BALANCE,
  ACC_CODE_HASH,
  ACC_STORAGE_ROOT,
  ACC_CODE,
  ACC_SLOTS,
  ACC_WARM,
  ACC_CREATED,
  ACC_DESTROYED,
  ACC_NEXT,
  ACC_EXISTED,
  ACC_NEXT_DESTROYED,
  ACC_OLD_NONCE,
  ACC_HASH,
  ACC_OLD_BALANCE,
  ACC_OLD_CODE_HASH,
  ACC_SIZE,
  LOG_NEXT,
} from './layout'

export {
  ACC_ADDRESS,
  ACC_TOUCHED,
  ACC_NONCE,
  ACC_BALANCE,
  ACC_CODE_HASH,
  ACC_STORAGE_ROOT,
  ACC_CODE,
  ACC_SLOTS,
  ACC_WARM,
  ACC_CREATED,
  ACC_DESTROYED,
  ACC_NEXT,
  ACC_EXISTED,
  ACC_NEXT_DESTROYED,
  ACC_OLD_NONCE,
  ACC_HASH,
  ACC_STORAGE_TRIE,
  ACC_OLD_BALANCE,
  ACC_OLD_CODE_HASH,
} from './layout'
import { precompileNumber } from './evm/context'

// Slot record ----------------------------------------------------------------------------------------------------------

export const SLOT_KEY: usize = 0 // u256
export const SLOT_VALUE: usize = 32 // u256
/** Value at the start of the transaction, valid when the stamp says so. */
export const SLOT_TX_OLD: usize = 64
/** Value at the start of the block. */
export const SLOT_OLD: usize = 96
export const SLOT_TRANSIENT: usize = 128
export const SLOT_ACCOUNT: usize = 160 // u32
export const SLOT_NEXT: usize = 164 // u32: next slot of the account
/** u32: 1 when the value was read; a slot that only transient storage or an access list named is not. */
export const SLOT_LOADED: usize = 168
export const SLOT_TX_STAMP: usize = 172
export const SLOT_WARM: usize = 176 // stamp
export const SLOT_TRANSIENT_STAMP: usize = 180
export const SLOT_HASH: usize = 184 // u32, for rehashing
const SLOT_SIZE: usize = 192

// Code record ----------------------------------------------------------------------------------------------------------

export const CODE_HASH: usize = 0
/** u32: the bytes, followed by at least 64 zero bytes; 0 when they are not at hand (see `code`). */
export const CODE_PTR: usize = 32
export const CODE_LEN: usize = 36
/** u32: bitmap of valid jump destinations, 0 until the first jump. */
export const CODE_JUMPDESTS: usize = 40
export const CODE_NEXT: usize = 44
/** u32: 1 when this block deployed the code, so that the host must keep it. */
export const CODE_IS_NEW: usize = 48
const CODE_SIZE: usize = 64
/** Bytes after code that pushes and the implicit STOP may read. */
export const CODE_PADDING: usize = 64

/** keccak256 of nothing. */
export const EMPTY_CODE_HASH: usize = memory.data<u8>([
  0xc5, 0xd2, 0x46, 0x01, 0x86, 0xf7, 0x23, 0x3c, 0x92, 0x7e, 0x7d, 0xb2, 0xdc, 0xc7, 0x03, 0xc0, 0xe5, 0x00,
  0xb6, 0x53, 0xca, 0x82, 0x27, 0x3b, 0x7b, 0xfa, 0xd8, 0x04, 0x5d, 0x85, 0xa4, 0x70,
])
/** Root of the empty trie: keccak256(rlp('')). */
export const EMPTY_ROOT: usize = memory.data<u8>([
  0x56, 0xe8, 0x1f, 0x17, 0x1b, 0xcc, 0x55, 0xa6, 0xff, 0x83, 0x45, 0xe6, 0x92, 0xc0, 0xf8, 0x6e, 0x5b, 0x48,
  0xe0, 0x1b, 0x99, 0x6c, 0xad, 0xc0, 0x01, 0x62, 0x2f, 0xb5, 0xe3, 0x63, 0xb4, 0x21,
])
const EMPTY_CODE: usize = memory.data(64, 16)
const EMPTY_BYTES: usize = memory.data(128, 16)
const KEY_BYTES: usize = memory.data(32, 16)
const VALUE_BYTES: usize = memory.data(32, 16)
const HASH: usize = memory.data(32, 16)

// Hash tables: open addressing over u32 pointers to records --------------------------------------------------------------

let accountTable: usize = 0
let accountMask: u32 = 0
let accountCount: u32 = 0
let slotTable: usize = 0
let slotMask: u32 = 0
let slotCount: u32 = 0
let codeTable: usize = 0
let codeMask: u32 = 0
let codeCount: u32 = 0

/** Secret-free but unknown before the block: chosen keys cannot be made to collide in advance. */
let seed: u64 = 0

let firstAccount: usize = 0
let lastAccount: usize = 0
let firstCode: usize = 0

/** Number of the transaction within the block, from 1: the value of stamps. */
export let stamp: u32 = 0

// Per transaction
let destroyed: usize = 0
export let refund: i64 = 0
export let firstLog: usize = 0
export let lastLog: usize = 0
export let logCount: u32 = 0

// @ts-ignore: decorator
@inline
function mix(h: u64, x: u64): u64 {
  h = (h ^ x) * 0x9e3779b97f4a7c15
  return h ^ (h >> 32)
}

/** Starts a block. The arena must have been reset. `seedPtr`: 8 bytes that nobody can choose freely, such as the parent hash. */
export function begin(seedPtr: usize): void {
  seed = load<u64>(seedPtr)
  accountMask = 255
  accountTable = allocZeroed(256 << 2)
  accountCount = 0
  slotMask = 1023
  slotTable = allocZeroed(1024 << 2)
  slotCount = 0
  codeMask = 63
  codeTable = allocZeroed(64 << 2)
  codeCount = 0
  forgetCode()
  firstAccount = 0
  lastAccount = 0
  firstCode = 0
  stamp = 0
  journalBegin()
  memory.copy(EMPTY_CODE + CODE_HASH, EMPTY_CODE_HASH, 32)
  store<u32>(EMPTY_CODE, EMPTY_BYTES, CODE_PTR)
  store<u32>(EMPTY_CODE, 0, CODE_LEN)
  store<u32>(EMPTY_CODE, EMPTY_BYTES, CODE_JUMPDESTS)
}

/** Starts a transaction (or a system call): fresh warmth, transient storage, refunds and logs. */
export function beginTransaction(): void {
  stamp++
  refund = 0
  firstLog = 0
  lastLog = 0
  logCount = 0
  destroyed = 0
  journalReset()
  if (isCodeFull()) dropCode()
}

/** First account record of the block; follow ACC_NEXT. */
export function accounts(): usize {
  return firstAccount
}

/** First code record of the block; follow CODE_NEXT. Not all are new. */
export function codes(): usize {
  return firstCode
}

function growTable(table: usize, mask: u32, hashAt: usize): usize {
  const size = (<usize>mask + 1) << 1
  const newMask = <u32>size - 1
  const bigger = allocZeroed(size << 2)
  for (let i: usize = 0; i <= <usize>mask; i++) {
    const record = <usize>load<u32>(table + (i << 2))
    if (!record) continue
    let at = load<u32>(record + hashAt) & newMask
    while (load<u32>(bigger + ((<usize>at) << 2))) at = (at + 1) & newMask
    store<u32>(bigger + ((<usize>at) << 2), <u32>record)
  }
  return bigger
}

// Accounts ---------------------------------------------------------------------------------------------------------------

/** The record of an account that this block has named before; else 0, and its place in the table is `found`. */
let found: u32 = 0
let foundHash: u32 = 0
function findAccount(address: usize): usize {
  const a = load<u64>(address)
  const b = load<u64>(address, 8)
  const c = load<u32>(address, 16)
  foundHash = <u32>mix(mix(mix(seed, a), b), <u64>c)
  let at = foundHash & accountMask
  while (true) {
    const record = <usize>load<u32>(accountTable + ((<usize>at) << 2))
    if (!record) break
    if (load<u64>(record) == a && load<u64>(record, 8) == b && load<u32>(record, 16) == c) return record
    at = (at + 1) & accountMask
  }
  found = at
  return 0
}

/** As `account`, but 0 for one that has to be read: it is cold (EIP-2929), and whoever cannot pay for that reads nothing. */
export function accountAtHand(address: usize): usize {
  const record = findAccount(address)
  // Precompiles are always warm.
  return record || !precompileNumber(address) ? record : account(address)
}

/** The record of the account at `address` (20 bytes), read on first use. */
export function account(address: usize): usize {
  const known = findAccount(address)
  if (known) return known
  const at = found
  const hash = foundHash
  const record = allocZeroed(ACC_SIZE)
  store<u64>(record, load<u64>(address))
  store<u64>(record, load<u64>(address, 8), 8)
  store<u32>(record, load<u32>(address, 16), 16)
  store<u32>(record, hash, ACC_HASH)
  if (backend.readAccount(record, record + ACC_NONCE)) {
    store<u32>(record, 1, ACC_EXISTED)
  } else {
    memory.fill(record + ACC_NONCE, 0, 40)
    memory.copy(record + ACC_CODE_HASH, EMPTY_CODE_HASH, 32)
    memory.copy(record + ACC_STORAGE_ROOT, EMPTY_ROOT, 32)
  }
  // Precompiles are always warm.
  if (precompileNumber(record)) store<u32>(record, u32.MAX_VALUE, ACC_WARM)
  store<u64>(record, load<u64>(record, ACC_NONCE), ACC_OLD_NONCE)
  u256.copy(record + ACC_OLD_BALANCE, record + ACC_BALANCE)
  u256.copy(record + ACC_OLD_CODE_HASH, record + ACC_CODE_HASH)
  if (lastAccount) store<u32>(lastAccount, <u32>record, ACC_NEXT)
  else firstAccount = record
  lastAccount = record
  store<u32>(accountTable + ((<usize>at) << 2), <u32>record)
  if (++accountCount << 1 > accountMask) {
    accountTable = growTable(accountTable, accountMask, ACC_HASH)
    accountMask = (accountMask << 1) | 1
  }
  return record
}

/** EIP-161: no code, no nonce, no balance. A missing account is empty too. */
export function isEmpty(acc: usize): bool {
  return load<u64>(acc, ACC_NONCE) == 0 && u256.isZero(acc + ACC_BALANCE) && !hasCode(acc)
}

export function hasCode(acc: usize): bool {
  return !u256.equal(acc + ACC_CODE_HASH, EMPTY_CODE_HASH)
}

/** Whether the account is in the state, possibly empty (which only states made by tests have). */
export function exists(acc: usize): bool {
  return !isEmpty(acc) || (load<u32>(acc, ACC_EXISTED) != 0 && !load<u32>(acc, ACC_TOUCHED))
}

/** EIP-684 and EIP-7610: a contract cannot be created where there is code, a nonce or storage. */
export function isOccupied(acc: usize): bool {
  return load<u64>(acc, ACC_NONCE) != 0 || hasCode(acc) || !u256.equal(acc + ACC_STORAGE_ROOT, EMPTY_ROOT)
}

export function touch(acc: usize): void {
  if (load<u32>(acc, ACC_TOUCHED)) return
  push(UNDO_TOUCH, acc)
  store<u32>(acc, 1, ACC_TOUCHED)
}

export function setBalance(acc: usize, value: usize): void {
  touch(acc)
  u256.copy(push(UNDO_BALANCE, acc), acc + ACC_BALANCE)
  u256.copy(acc + ACC_BALANCE, value)
}

const SUM: usize = memory.data(32, 16)

export function addBalance(acc: usize, value: usize): void {
  touch(acc)
  if (u256.isZero(value)) return
  u256.add(SUM, acc + ACC_BALANCE, value)
  setBalance(acc, SUM)
}

/** The caller has checked that the balance suffices. */
export function subBalance(acc: usize, value: usize): void {
  touch(acc)
  if (u256.isZero(value)) return
  u256.sub(SUM, acc + ACC_BALANCE, value)
  setBalance(acc, SUM)
}

export function setNonce(acc: usize, nonce: u64): void {
  touch(acc)
  store<u64>(push(UNDO_NONCE, acc), load<u64>(acc, ACC_NONCE))
  store<u64>(acc, nonce, ACC_NONCE)
}

/** Marks the account warm (EIP-2929); true when it was cold. */
// @ts-ignore: decorator
@inline
export function warmAccount(acc: usize): bool {
  if (load<u32>(acc, ACC_WARM) >= stamp) return false
  push(UNDO_WARM_ACCOUNT, acc)
  store<u32>(acc, stamp, ACC_WARM)
  return true
}

export function markCreated(acc: usize): void {
  push(UNDO_CREATED, acc)
  store<u32>(acc, stamp, ACC_CREATED)
}

// @ts-ignore: decorator
@inline
export function isCreated(acc: usize): bool {
  return load<u32>(acc, ACC_CREATED) == stamp
}

/** SELFDESTRUCT of an account created in this transaction (EIP-6780): deleted by `endTransaction`. */
export function markDestroyed(acc: usize): void {
  if (load<u32>(acc, ACC_DESTROYED) == stamp) return
  push(UNDO_DESTROYED, acc)
  store<u32>(acc, stamp, ACC_DESTROYED)
  store<u32>(acc, <u32>destroyed, ACC_NEXT_DESTROYED)
  destroyed = acc
}

// Code -------------------------------------------------------------------------------------------------------------------

function findCode(hash: usize): usize {
  const h = <u32>mix(seed, load<u64>(hash))
  let at = h & codeMask
  while (true) {
    const record = <usize>load<u32>(codeTable + ((<usize>at) << 2))
    if (!record) return 0
    if (u256.equal(record, hash)) return record
    at = (at + 1) & codeMask
  }
}

function insertCode(record: usize): void {
  let at = (<u32>mix(seed, load<u64>(record))) & codeMask
  while (load<u32>(codeTable + ((<usize>at) << 2))) at = (at + 1) & codeMask
  store<u32>(codeTable + ((<usize>at) << 2), <u32>record)
  store<u32>(record, <u32>firstCode, CODE_NEXT)
  firstCode = record
  if (++codeCount << 1 > codeMask) {
    const size = (<usize>codeMask + 1) << 1
    codeTable = allocZeroed(size << 2)
    codeMask = <u32>size - 1
    for (let r = firstCode; r; r = load<u32>(r, CODE_NEXT)) {
      let i = (<u32>mix(seed, load<u64>(r))) & codeMask
      while (load<u32>(codeTable + ((<usize>i) << 2))) i = (i + 1) & codeMask
      store<u32>(codeTable + ((<usize>i) << 2), <u32>r)
    }
  }
}

/** Gives a code record its bytes. */
function readCode(record: usize): void {
  const size = backend.codeSize(record + CODE_HASH)
  // The host does not know a code that the state names: there is no defined result without it.
  if (size < 0) unreachable()
  const bytes = allocCode(<usize>size + CODE_PADDING)
  backend.readCode(record + CODE_HASH, bytes, size)
  memory.fill(bytes + <usize>size, 0, CODE_PADDING)
  store<u32>(record, <u32>bytes, CODE_PTR)
  store<u32>(record, size, CODE_LEN)
}

/** Takes the bytes of code that was read from all records; between transactions, when no frame runs any. New code stays. */
function dropCode(): void {
  for (let record = firstCode; record; record = load<u32>(record, CODE_NEXT)) {
    if (isForgettable(load<u32>(record, CODE_PTR))) store<u32>(record, 0, CODE_PTR)
    store<u32>(record, 0, CODE_JUMPDESTS)
  }
  forgetCode()
}

/** The code record of an account, its bytes at hand until the transaction ends. */
export function code(acc: usize): usize {
  let record = <usize>load<u32>(acc, ACC_CODE)
  if (!record) {
    const hash = acc + ACC_CODE_HASH
    record = EMPTY_CODE
    if (!u256.equal(hash, EMPTY_CODE_HASH)) {
      record = findCode(hash)
      if (!record) {
        record = allocZeroed(CODE_SIZE)
        u256.copy(record, hash)
        insertCode(record)
      }
    }
    store<u32>(acc, <u32>record, ACC_CODE)
  }
  if (!load<u32>(record, CODE_PTR)) readCode(record)
  return record
}

/** Gives the account this code (copied); length 0 clears it. */
export function setCode(acc: usize, bytes: usize, length: u32): void {
  touch(acc)
  const undo = push(UNDO_CODE, acc)
  u256.copy(undo, acc + ACC_CODE_HASH)
  store<u32>(undo, load<u32>(acc, ACC_CODE), 32)
  let record: usize = EMPTY_CODE
  if (length) {
    keccak256(bytes, length, HASH)
    record = findCode(HASH)
    if (!record) {
      record = allocZeroed(CODE_SIZE)
      u256.copy(record, HASH)
      insertCode(record)
    }
    if (!load<u32>(record, CODE_IS_NEW)) {
      // Until the end of the block, also where the same code was only read before.
      const own = alloc(<usize>length + CODE_PADDING)
      memory.copy(own, bytes, length)
      memory.fill(own + <usize>length, 0, CODE_PADDING)
      store<u32>(record, <u32>own, CODE_PTR)
      store<u32>(record, length, CODE_LEN)
      store<u32>(record, 1, CODE_IS_NEW)
    }
  }
  u256.copy(acc + ACC_CODE_HASH, record + CODE_HASH)
  store<u32>(acc, <u32>record, ACC_CODE)
}

/** Address (pointer to 20 bytes) that the account delegates to (EIP-7702), or 0. */
export function delegation(acc: usize): usize {
  if (!hasCode(acc)) return 0
  const record = code(acc)
  if (load<u32>(record, CODE_LEN) != 23) return 0
  const bytes = <usize>load<u32>(record, CODE_PTR)
  return (load<u32>(bytes) & 0xffffff) == 0x0001ef ? bytes + 3 : 0
}

// Storage ----------------------------------------------------------------------------------------------------------------

/** The slot record for a key (u256 limbs) of an account. Reads no value: see `loadSlot`. */
export function slot(acc: usize, key: usize): usize {
  const k0 = load<u64>(key)
  const k1 = load<u64>(key, 8)
  const k2 = load<u64>(key, 16)
  const k3 = load<u64>(key, 24)
  const hash = <u32>mix(mix(mix(mix(seed ^ (<u64>acc), k0), k1), k2), k3)
  let at = hash & slotMask
  while (true) {
    const record = <usize>load<u32>(slotTable + ((<usize>at) << 2))
    if (!record) break
    if (
      load<u64>(record) == k0 &&
      load<u64>(record, 8) == k1 &&
      load<u64>(record, 16) == k2 &&
      load<u64>(record, 24) == k3 &&
      load<u32>(record, SLOT_ACCOUNT) == <u32>acc
    ) {
      return record
    }
    at = (at + 1) & slotMask
  }
  const record = allocZeroed(SLOT_SIZE)
  u256.copy(record, key)
  store<u32>(record, <u32>acc, SLOT_ACCOUNT)
  store<u32>(record, hash, SLOT_HASH)
  store<u32>(record, load<u32>(acc, ACC_SLOTS), SLOT_NEXT)
  store<u32>(acc, <u32>record, ACC_SLOTS)
  store<u32>(slotTable + ((<usize>at) << 2), <u32>record)
  if (++slotCount << 1 > slotMask) {
    slotTable = growTable(slotTable, slotMask, SLOT_HASH)
    slotMask = (slotMask << 1) | 1
  }
  return record
}

function readSlot(record: usize): void {
  store<u32>(record, 1, SLOT_LOADED)
  const acc = <usize>load<u32>(record, SLOT_ACCOUNT)
  if (u256.equal(acc + ACC_STORAGE_ROOT, EMPTY_ROOT)) return
  u256.toBytes(KEY_BYTES, record)
  if (!backend.readStorage(acc, acc + ACC_STORAGE_ROOT, KEY_BYTES, VALUE_BYTES)) return
  u256.fromBytes(record + SLOT_VALUE, VALUE_BYTES)
  u256.copy(record + SLOT_OLD, record + SLOT_VALUE)
}

/** Makes SLOT_VALUE and SLOT_TX_OLD valid. */
// @ts-ignore: decorator
@inline
export function loadSlot(record: usize): void {
  if (!load<u32>(record, SLOT_LOADED)) readSlot(record)
  if (load<u32>(record, SLOT_TX_STAMP) != stamp) {
    store<u32>(record, stamp, SLOT_TX_STAMP)
    u256.copy(record + SLOT_TX_OLD, record + SLOT_VALUE)
  }
}

/** Marks the slot warm; true when it was cold. */
// @ts-ignore: decorator
@inline
export function warmSlot(record: usize): bool {
  if (load<u32>(record, SLOT_WARM) == stamp) return false
  push(UNDO_WARM_SLOT, record)
  store<u32>(record, stamp, SLOT_WARM)
  return true
}

/** Sets the value of a loaded slot. */
export function setSlot(record: usize, value: usize): void {
  u256.copy(push(UNDO_SLOT, record), record + SLOT_VALUE)
  u256.copy(record + SLOT_VALUE, value)
}

/** Makes SLOT_TRANSIENT valid for this transaction. */
export function loadTransient(record: usize): void {
  if (load<u32>(record, SLOT_TRANSIENT_STAMP) == stamp) return
  store<u32>(record, stamp, SLOT_TRANSIENT_STAMP)
  u256.set(record + SLOT_TRANSIENT, 0)
}

export function setTransient(record: usize, value: usize): void {
  loadTransient(record)
  u256.copy(push(UNDO_TRANSIENT, record), record + SLOT_TRANSIENT)
  u256.copy(record + SLOT_TRANSIENT, value)
}

// Refunds and logs ---------------------------------------------------------------------------------------------------------

// @ts-ignore: decorator
@inline
export function addRefund(amount: i64): void {
  refund += amount
}

export function appendLog(log: usize): void {
  store<u32>(log, 0, LOG_NEXT)
  if (lastLog) store<u32>(lastLog, <u32>log, LOG_NEXT)
  else firstLog = log
  lastLog = log
  logCount++
}

// Journal: a chain of chunks of fixed-size undo entries [kind u32, record u32, 8 bytes unused, payload 40 bytes] ------------------

const UNDO_TOUCH: u32 = 1
const UNDO_BALANCE: u32 = 2
const UNDO_NONCE: u32 = 3
const UNDO_CODE: u32 = 4
const UNDO_CREATED: u32 = 5
const UNDO_DESTROYED: u32 = 6
const UNDO_WARM_ACCOUNT: u32 = 7
const UNDO_WARM_SLOT: u32 = 8
const UNDO_SLOT: u32 = 9
const UNDO_TRANSIENT: u32 = 10

const ENTRY: usize = 48
const ENTRIES: usize = 1365
/** Chunk: previous and next chunk (u32 each), then the entries. */
const CHUNK_HEAD: usize = 16
const CHUNK_SIZE: usize = CHUNK_HEAD + ENTRY * ENTRIES

let chunk: usize = 0
let firstChunk: usize = 0
let cursor: usize = 0
let chunkEnd: usize = 0

function journalBegin(): void {
  firstChunk = alloc(CHUNK_SIZE)
  store<u32>(firstChunk, 0)
  store<u32>(firstChunk, 0, 4)
  journalReset()
}

function journalReset(): void {
  chunk = firstChunk
  cursor = chunk + CHUNK_HEAD
  chunkEnd = chunk + CHUNK_SIZE
}

function nextChunk(): void {
  let next = <usize>load<u32>(chunk, 4)
  if (!next) {
    next = alloc(CHUNK_SIZE)
    store<u32>(next, <u32>chunk)
    store<u32>(next, 0, 4)
    store<u32>(chunk, <u32>next, 4)
  }
  chunk = next
  cursor = chunk + CHUNK_HEAD
  chunkEnd = chunk + CHUNK_SIZE
}

/** Appends an entry and gives its payload. */
function push(kind: u32, record: usize): usize {
  if (cursor == chunkEnd) nextChunk()
  const entry = cursor
  store<u32>(entry, kind)
  store<u32>(entry, <u32>record, 4)
  cursor = entry + ENTRY
  return entry + 8
}

/** A point to which `revert` can return, within this transaction. */
// @ts-ignore: decorator
@inline
export function checkpoint(): usize {
  return cursor
}

/** Undoes everything since `point`, and puts back the refund counter and the logs as they were. */
export function revert(point: usize, oldRefund: i64, oldLastLog: usize, oldLogCount: u32): void {
  refund = oldRefund
  lastLog = oldLastLog
  logCount = oldLogCount
  if (oldLastLog) store<u32>(oldLastLog, 0, LOG_NEXT)
  else firstLog = 0
  while (cursor != point) {
    if (cursor == chunk + CHUNK_HEAD) {
      chunk = load<u32>(chunk)
      chunkEnd = chunk + CHUNK_SIZE
      cursor = chunkEnd
      continue
    }
    cursor -= ENTRY
    const record = <usize>load<u32>(cursor, 4)
    const payload = cursor + 8
    switch (load<u32>(cursor)) {
      case UNDO_TOUCH:
        store<u32>(record, 0, ACC_TOUCHED)
        break
      case UNDO_BALANCE:
        u256.copy(record + ACC_BALANCE, payload)
        break
      case UNDO_NONCE:
        store<u64>(record, load<u64>(payload), ACC_NONCE)
        break
      case UNDO_CODE:
        u256.copy(record + ACC_CODE_HASH, payload)
        store<u32>(record, load<u32>(payload, 32), ACC_CODE)
        break
      case UNDO_CREATED:
        store<u32>(record, 0, ACC_CREATED)
        break
      case UNDO_DESTROYED:
        store<u32>(record, 0, ACC_DESTROYED)
        destroyed = load<u32>(record, ACC_NEXT_DESTROYED)
        break
      case UNDO_WARM_ACCOUNT:
        store<u32>(record, 0, ACC_WARM)
        break
      case UNDO_WARM_SLOT:
        store<u32>(record, 0, SLOT_WARM)
        break
      case UNDO_SLOT:
        u256.copy(record + SLOT_VALUE, payload)
        break
      case UNDO_TRANSIENT:
        u256.copy(record + SLOT_TRANSIENT, payload)
        break
    }
  }
}

/** Deletes the accounts that were created and destroyed in this transaction. */
export function endTransaction(): void {
  for (let acc = destroyed; acc; acc = load<u32>(acc, ACC_NEXT_DESTROYED)) {
    store<u64>(acc, 0, ACC_NONCE)
    u256.set(acc + ACC_BALANCE, 0)
    u256.copy(acc + ACC_CODE_HASH, EMPTY_CODE_HASH)
    store<u32>(acc, <u32>EMPTY_CODE, ACC_CODE)
    store<u32>(acc, 1, ACC_TOUCHED)
    for (let s = <usize>load<u32>(acc, ACC_SLOTS); s; s = load<u32>(s, SLOT_NEXT)) u256.set(s + SLOT_VALUE, 0)
  }
}
