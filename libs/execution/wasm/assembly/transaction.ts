// Decoding of transactions as broadcast (EIP-2718) into the record of layout.ts, what they were signed over, and their sender.
// Accepts exactly one encoding of each transaction: canonical RLP, integers without leading zeros and within their width, no
// byte left over.

import * as l from './layout'
import * as rlp from './rlp'
import * as u256 from './u256'
import { alloc, allocZeroed, mark, release } from './memory'
import { precompile } from './backend'
import { keccak256 } from './crypto/keccak'

// Outcomes: the numbers of `skipReasons` in @animechain/core.
export const DECODED: u32 = 0
export const UNDECODABLE: u32 = 1
export const UNSUPPORTED_TYPE: u32 = 3
export const INVALID_SIGNATURE: u32 = 4

/** Order of secp256k1 and its half (EIP-2), as u256 limbs. */
const ORDER: usize = memory.data<u64>([
  0xbfd25e8cd0364141, 0xbaaedce6af48a03b, 0xfffffffffffffffe, 0xffffffffffffffff,
])
const HALF_ORDER: usize = memory.data<u64>([
  0xdfe92f46681b20a0, 0x5d576e7357a4501d, 0xffffffffffffffff, 0x7fffffffffffffff,
])

const V: usize = memory.data(32, 16)
const NUMBER: usize = memory.data(32, 16)
const RECOVER_IN: usize = memory.data(128, 16)
const RECOVER_OUT: usize = memory.data(32, 16)

/** Where the next field starts, and where the list of fields ends. `failed` is sticky. */
let at: usize = 0
let end: usize = 0
let failed: bool = false

function u64Field(): u64 {
  if (failed || !rlp.readScalar(at, end, 8)) {
    failed = true
    return 0
  }
  at = rlp.next
  return rlp.asU64()
}

function u256Field(out: usize): void {
  if (failed || !rlp.readScalar(at, end, 32)) {
    failed = true
    return
  }
  at = rlp.next
  rlp.asU256(out)
}

function wordField(out: usize): void {
  if (failed || !rlp.readScalar(at, end, 32)) {
    failed = true
    return
  }
  at = rlp.next
  rlp.asWord(out)
}

function fixedField(out: usize, size: u32): void {
  if (failed || !rlp.readFixed(at, end, size)) {
    failed = true
    return
  }
  at = rlp.next
  memory.copy(out, rlp.payload, size)
}

/** `required`: types 3 and 4 cannot create contracts. */
function recipientField(tx: usize, required: bool): void {
  if (failed || !rlp.readString(at, end) || (rlp.length != 20 && (rlp.length != 0 || required))) {
    failed = true
    return
  }
  at = rlp.next
  if (rlp.length == 0) return
  store<u32>(tx, 1, l.TX_HAS_TO)
  memory.copy(tx + l.TX_TO, rlp.payload, 20)
}

function dataField(tx: usize): void {
  if (failed || !rlp.readString(at, end)) {
    failed = true
    return
  }
  at = rlp.next
  store<u32>(tx, <u32>rlp.payload, l.TX_DATA_PTR)
  store<u32>(tx, rlp.length, l.TX_DATA_LEN)
}

/** 0 or 1. */
function bitField(): u32 {
  const value = u64Field()
  if (value > 1) failed = true
  return <u32>value
}

function accessListField(tx: usize): void {
  if (failed || !rlp.readList(at, end)) {
    failed = true
    return
  }
  at = rlp.next
  const listEnd = rlp.next
  let item = rlp.payload
  // An entry is at least 23 bytes (address and empty list), so this bounds the allocation by the input.
  const entries = alloc((<usize>rlp.length / 23 + 1) * l.ACCESS_SIZE)
  let entry = entries
  let count: u32 = 0
  while (item < listEnd) {
    if (!rlp.readList(item, listEnd)) return fail()
    const entryEnd = rlp.next
    item = rlp.next
    if (!rlp.readFixed(rlp.payload, entryEnd, 20)) return fail()
    memory.copy(entry, rlp.payload, 20)
    if (!rlp.readList(rlp.next, entryEnd) || rlp.next != entryEnd) return fail()
    const keysEnd = entryEnd
    let key = rlp.payload
    const keys = alloc((<usize>rlp.length / 33) << 5)
    let keyCount: u32 = 0
    while (key < keysEnd) {
      if (!rlp.readFixed(key, keysEnd, 32)) return fail()
      memory.copy(keys + ((<usize>keyCount) << 5), rlp.payload, 32)
      key = rlp.next
      keyCount++
    }
    store<u32>(entry, keyCount, l.ACCESS_KEY_COUNT)
    store<u32>(entry, <u32>keys, l.ACCESS_KEYS_PTR)
    entry += l.ACCESS_SIZE
    count++
  }
  store<u32>(tx, <u32>entries, l.TX_ACCESS_PTR)
  store<u32>(tx, count, l.TX_ACCESS_COUNT)
}

function fail(): void {
  failed = true
}

function blobHashesField(tx: usize): void {
  if (failed || !rlp.readList(at, end)) return fail()
  at = rlp.next
  const listEnd = rlp.next
  let item = rlp.payload
  const hashes = alloc((<usize>rlp.length / 33) << 5)
  let count: u32 = 0
  while (item < listEnd) {
    if (!rlp.readFixed(item, listEnd, 32)) return fail()
    memory.copy(hashes + ((<usize>count) << 5), rlp.payload, 32)
    item = rlp.next
    count++
  }
  store<u32>(tx, <u32>hashes, l.TX_BLOB_PTR)
  store<u32>(tx, count, l.TX_BLOB_COUNT)
}

/** keccak256(0x05 || rlp([chainId, address, nonce])), over the first three fields as they came. */
function authorizationHash(fields: usize, length: u32, out: usize): void {
  const before = mark()
  const text = alloc(<usize>length + 8)
  store<u8>(text, 5)
  const body = rlp.writeHeader(text + 1, length, 0xc0)
  memory.copy(body, fields, <usize>length)
  keccak256(text, body + <usize>length - text, out)
  release(before)
}

function authorizationsField(tx: usize): void {
  if (failed || !rlp.readList(at, end)) return fail()
  const after = rlp.next
  const listEnd = rlp.next
  const outerEnd = end
  let item = rlp.payload
  // An entry is at least 26 bytes.
  const auths = allocZeroed((<usize>rlp.length / 26 + 1) * l.AUTH_SIZE)
  let auth = auths
  let count: u32 = 0
  while (item < listEnd) {
    if (!rlp.readList(item, listEnd)) return fail()
    item = rlp.next
    at = rlp.payload
    end = rlp.next
    const fields = at
    u256Field(auth + l.AUTH_CHAIN_ID)
    fixedField(auth + l.AUTH_ADDRESS, 20)
    store<u64>(auth, u64Field(), l.AUTH_NONCE)
    const signed = at
    const yParity = u64Field()
    if (yParity > 255) failed = true
    store<u32>(auth, <u32>yParity, l.AUTH_Y_PARITY)
    wordField(auth + l.AUTH_R)
    wordField(auth + l.AUTH_S)
    if (failed || at != end) return fail()
    authorizationHash(fields, <u32>(signed - fields), auth + l.AUTH_SIGNING_HASH)
    auth += l.AUTH_SIZE
    count++
  }
  at = after
  end = outerEnd
  store<u32>(tx, <u32>auths, l.TX_AUTH_PTR)
  store<u32>(tx, count, l.TX_AUTH_COUNT)
}

/**
 * Fills TX_SIGNING_HASH of a decoded transaction: the hash of `type || rlp(fields)`, or of the legacy list with (chainId, 0, 0) behind when
 * EIP-155 holds. Who knows the sender has no need of it.
 */
function signingHash(tx: usize): void {
  const before = mark()
  const type = load<u32>(tx, l.TX_TYPE)
  const fields = <usize>load<u32>(tx, l.TX_SIGNED_PTR)
  const length = load<u32>(tx, l.TX_SIGNED_LEN)
  const text = alloc(<usize>length + 64)
  let out = text
  let total = length
  const eip155 = type == 0 && load<u32>(tx, l.TX_HAS_CHAIN_ID) != 0
  if (eip155) total += rlp.sizeOfU256(tx + l.TX_CHAIN_ID) + 2
  if (type) {
    store<u8>(out, <u8>type)
    out++
  }
  out = rlp.writeHeader(out, total, 0xc0)
  memory.copy(out, fields, <usize>length)
  out += <usize>length
  if (eip155) {
    out = rlp.writeU256(out, tx + l.TX_CHAIN_ID)
    store<u16>(out, 0x8080)
    out += 2
  }
  keccak256(text, out - text, tx + l.TX_SIGNING_HASH)
  release(before)
}

/** Marks a legacy `v` that is neither 27, 28 nor one of EIP-155. */
const NO_PARITY: u32 = 2

/**
 * Decodes `length` bytes at `ptr`, which must stay where they are, into a record of TX_SIZE bytes. Gives DECODED, UNDECODABLE or
 * UNSUPPORTED_TYPE. Signatures are not looked at; deposits have their sender, other transactions get it from `recover`.
 */
export function decode(ptr: usize, length: u32, tx: usize): u32 {
  memory.fill(tx, 0, l.TX_SIZE)
  store<u32>(tx, <u32>ptr, l.TX_RAW_PTR)
  store<u32>(tx, length, l.TX_RAW_LEN)
  if (length == 0) return UNDECODABLE
  const first = <u32>load<u8>(ptr)
  const type = first >= 0xc0 ? 0 : first
  if (first < 0xc0 && (first == 0 || first > 4) && first != 0x7e) return UNSUPPORTED_TYPE
  store<u32>(tx, type, l.TX_TYPE)
  failed = false
  const rawEnd = ptr + <usize>length
  if (!rlp.readList(type ? ptr + 1 : ptr, rawEnd) || rlp.next != rawEnd) return UNDECODABLE
  at = rlp.payload
  end = rawEnd
  const fields = at
  if (type == 0x7e) {
    fixedField(tx + l.TX_SOURCE_HASH, 32)
    fixedField(tx + l.TX_SENDER, 20)
    recipientField(tx, false)
    u256Field(tx + l.TX_MINT)
    u256Field(tx + l.TX_VALUE)
    store<u64>(tx, u64Field(), l.TX_GAS)
    store<u32>(tx, bitField(), l.TX_IS_SYSTEM)
    dataField(tx)
    if (failed || at != end) return UNDECODABLE
    keccak256(ptr, <usize>length, tx + l.TX_HASH)
    return DECODED
  }
  if (type) {
    store<u32>(tx, 1, l.TX_HAS_CHAIN_ID)
    u256Field(tx + l.TX_CHAIN_ID)
  }
  store<u64>(tx, u64Field(), l.TX_NONCE)
  if (type >= 2) u256Field(tx + l.TX_MAX_PRIORITY_FEE)
  u256Field(tx + l.TX_MAX_FEE)
  if (type < 2) u256.copy(tx + l.TX_MAX_PRIORITY_FEE, tx + l.TX_MAX_FEE)
  store<u64>(tx, u64Field(), l.TX_GAS)
  recipientField(tx, type >= 3)
  u256Field(tx + l.TX_VALUE)
  dataField(tx)
  if (type) accessListField(tx)
  if (type == 3) {
    u256Field(tx + l.TX_MAX_BLOB_FEE)
    blobHashesField(tx)
  } else if (type == 4) authorizationsField(tx)
  store<u32>(tx, <u32>fields, l.TX_SIGNED_PTR)
  store<u32>(tx, <u32>(at - fields), l.TX_SIGNED_LEN)
  if (type) store<u32>(tx, bitField(), l.TX_Y_PARITY)
  else {
    u256Field(V)
    legacyV(tx)
  }
  wordField(tx + l.TX_R)
  wordField(tx + l.TX_S)
  if (failed || at != end) return UNDECODABLE
  keccak256(ptr, <usize>length, tx + l.TX_HASH)
  return DECODED
}

/** EIP-155: v is 27 or 28, or 35 + 2 chainId + yParity. */
function legacyV(tx: usize): void {
  const low = load<u64>(V)
  const small = (load<u64>(V, 8) | load<u64>(V, 16) | load<u64>(V, 24)) == 0
  if (small && low < 35) {
    store<u32>(tx, low == 27 ? 0 : low == 28 ? 1 : NO_PARITY, l.TX_Y_PARITY)
    return
  }
  u256.set(NUMBER, 35)
  u256.sub(V, V, NUMBER)
  store<u32>(tx, <u32>(load<u64>(V) & 1), l.TX_Y_PARITY)
  store<u32>(tx, 1, l.TX_HAS_CHAIN_ID)
  u256.set(NUMBER, 1)
  u256.shr(tx + l.TX_CHAIN_ID, NUMBER, V)
}

/** Whether r, s and the parity can be those of a signature (EIP-2: s at most half the order). */
export function hasPlausibleSignature(tx: usize): bool {
  if (load<u32>(tx, l.TX_Y_PARITY) > 1) return false
  u256.fromBytes(NUMBER, tx + l.TX_R)
  if (u256.isZero(NUMBER) || !u256.less(NUMBER, ORDER)) return false
  u256.fromBytes(NUMBER, tx + l.TX_S)
  return !u256.isZero(NUMBER) && !u256.less(HALF_ORDER, NUMBER)
}

/** Fills TX_SENDER of a decoded transaction from its signature. Gives DECODED or INVALID_SIGNATURE. */
export function recover(tx: usize): u32 {
  if (load<u32>(tx, l.TX_TYPE) == 0x7e) return DECODED
  signingHash(tx)
  if (!hasPlausibleSignature(tx)) return INVALID_SIGNATURE
  memory.copy(RECOVER_IN, tx + l.TX_SIGNING_HASH, 32)
  memory.fill(RECOVER_IN + 32, 0, 31)
  store<u8>(RECOVER_IN, <u8>(27 + load<u32>(tx, l.TX_Y_PARITY)), 63)
  memory.copy(RECOVER_IN + 64, tx + l.TX_R, 64)
  if (precompile(1, RECOVER_IN, 128, RECOVER_OUT) != 32) return INVALID_SIGNATURE
  memory.copy(tx + l.TX_SENDER, RECOVER_OUT + 12, 20)
  return DECODED
}
