// Transactions rebuilt from columns (docs/spec/codec.md, section 4), each the canonical encoding of its type.

import * as c from './column'
import * as l from './layout'
import * as rlp from '../rlp'
import * as u256 from '../u256'
import { alloc, mark, room } from '../memory'

/** [pointer u32, length u32] of each transaction. */
export let transactions: usize = 0
export let transactionCount: u32 = 0

// Dictionaries (codec.md 4.2) -----------------------------------------------------------------------------------------------------

/** Numbers: [entries u32, count u32, capacity u32] for gas limit, fee, priority fee, value and the words of each group. */
const GAS_LIMIT: u32 = 0
const FEE: u32 = 1
const PRIORITY_FEE: u32 = 2
const VALUE: u32 = 3
const WORD: u32 = 4
const DICTIONARIES: usize = memory.data(12 * 16, 16)

/** No body refers to more words: each costs 32. */
const MAX_WORDS: u32 = l.MAX_COST >> 5

function openDictionary(dictionary: u32, exponents: u32, most: u32): void {
  // A new entry takes one byte of the exponents.
  const announced = c.left(exponents)
  const capacity = announced < most ? announced : most
  const d = DICTIONARIES + ((<usize>dictionary) << 4)
  store<u32>(d, <u32>alloc((<usize>capacity) << 5))
  store<u32>(d, 0, 4)
  store<u32>(d, capacity, 8)
}

const TEN_19: u64 = 10_000_000_000_000_000_000
const SCRAP: usize = memory.data(32, 16)

/** The next number (u256 limbs), below 2^256, or below 2^64 where it is `small`. `refs` is the first of its three columns. */
function number(dictionary: u32, refs: u32, small: bool): usize {
  const d = DICTIONARIES + ((<usize>dictionary) << 4)
  const entries = <usize>load<u32>(d)
  const count = load<u32>(d, 4)
  const ref = c.integer32(refs)
  if (ref > count) c.fail()
  if (c.malformed) return SCRAP
  if (ref) return entries + ((<usize>(ref - 1)) << 5)
  let exponent = c.byte(refs + 1)
  if (exponent > l.MAX_EXPONENT || count == load<u32>(d, 8)) c.fail()
  if (c.malformed) return SCRAP
  const entry = entries + ((<usize>count) << 5)
  c.integer256(refs + 2, entry)
  let power: u64 = 1
  while (exponent >= 19) {
    if (u256.mulSmall(entry, entry, TEN_19)) c.fail()
    exponent -= 19
  }
  for (; exponent; exponent--) power *= 10
  if (u256.mulSmall(entry, entry, power)) c.fail()
  if (small && (load<u64>(entry, 8) | load<u64>(entry, 16) | load<u64>(entry, 24)) != 0) c.fail()
  store<u32>(d, count + 1, 4)
  return entry
}

/** Addresses are the end of the tail, in the order in which they are first asked for. */
let addresses: usize = 0
let addressCount: u32 = 0
const NOBODY: usize = memory.data(32, 16)

function address(refs: u32): usize {
  const ref = c.integer32(refs)
  if (ref > addressCount) c.fail()
  if (c.malformed) return NOBODY
  if (ref) return addresses + <usize>(ref - 1) * 20
  const entry = c.take(l.TAIL, 20)
  if (!entry) return NOBODY
  addressCount++
  return entry
}

let selectors: usize = 0
let selectorCount: u32 = 0

function selector(): usize {
  const ref = c.integer32(l.SELECTOR_REFS)
  if (ref > selectorCount) c.fail()
  if (c.malformed) return NOBODY
  if (ref) return selectors + ((<usize>(ref - 1)) << 2)
  const entry = c.take(l.SELECTORS, 4)
  if (!entry) return NOBODY
  selectorCount++
  return entry
}

// Nonces (codec.md 4.4) -----------------------------------------------------------------------------------------------------------

/** Last nonce of each run (u64), where nonces are grouped. */
let runs: usize = 0
let runCount: u32 = 0
let grouped: bool = false

function nonce(): u64 {
  if (!grouped) return c.integer64(l.NONCES)
  const ref = c.integer32(l.NONCES)
  if (ref > runCount) c.fail()
  if (c.malformed) return 0
  const run = runs + ((<usize>(ref ? ref - 1 : runCount++)) << 3)
  let next: u64
  if (ref) {
    next = load<u64>(run) + 1
    // 2^64 is no nonce.
    if (next == 0) c.fail()
  } else next = c.integer64(l.NONCE_STARTS)
  store<u64>(run, next)
  return next
}

// Cost, which bounds what is made of little (codec.md 5) ---------------------------------------------------------------------------

let budget: u32 = 0

/** False when the body costs too much. */
function spend(cost: u64): bool {
  if (cost > <u64>budget) {
    c.fail()
    return false
  }
  budget -= <u32>cost
  return !c.malformed
}

// Parts of a transaction, written at `out`; `room` has been made ------------------------------------------------------------------

const OTHER: usize = memory.data(32, 16)

/** A word (codec.md 4.5) into 32 bytes that are zero. */
function word(out: usize, place: u32): void {
  const tag = c.byte(l.WORD_TAGS)
  if (tag == 0) return
  const group = place & (l.WORD_GROUPS - 1)
  const columns = l.WORDS + (group << 2)
  if (tag == l.TAG_ADDRESS) memory.copy(out + 12, address(columns), 20)
  else if (tag == l.TAG_NUMBER) u256.toBytes(out, number(WORD + group, columns + 1, false))
  else if (tag > l.TAG_NUMBER) c.fail()
  else if (tag > l.TAG_HIGH) c.copy(l.WORD_BYTES, out, tag - l.TAG_HIGH)
  else c.copy(l.WORD_BYTES, out + 32 - <usize>tag, tag)
}

/** Data as an RLP string. Gives its end. */
function data(out: usize, length: u32): usize {
  if (length == 1) {
    const only = c.take(l.REST, 1)
    return only ? rlp.writeString(out, only, 1) : out
  }
  out = rlp.writeHeader(out, length, 0x80)
  const end = out + <usize>length
  if (length >= 4) {
    memory.copy(out, selector(), 4)
    out += 4
    const words = (length - 4) >> 5
    memory.fill(out, 0, (<usize>words) << 5)
    for (let place: u32 = 0; place < words; place++) {
      word(out, place)
      if (c.malformed) return end
      out += 32
    }
  }
  c.copy(l.REST, out, <u32>(end - out))
  return end
}

/** Puts the header of a list of everything between `from` + MAX_HEADER and `end` in front of it. Gives the end. */
const MAX_HEADER: usize = 5
function closeList(from: usize, end: usize): usize {
  const payload = from + MAX_HEADER
  const length = end - payload
  const to = rlp.writeHeader(from, <u32>length, 0xc0)
  memory.copy(to, payload, length)
  return to + length
}

/** Items of an access list (codec.md 4.6) as an RLP list. Gives its end. */
function accessList(from: usize): usize {
  let out = from + MAX_HEADER
  const length = c.leb32(l.ACCESS_LISTS)
  if (length == 0) c.fail()
  for (let i: u32 = 0; i < length; i++) {
    if (!spend(20)) return out
    const item = address(l.LIST_ADDRESS_REFS)
    const count = c.leb32(l.ACCESS_LISTS)
    if (!spend((<u64>count) << 5)) return out
    const keys = 33 * count
    room(out + <usize>keys + 32)
    out = rlp.writeHeader(out, 21 + rlp.sizeOfHeader(keys) + keys, 0xc0)
    out = rlp.writeString(out, item, 20)
    out = rlp.writeHeader(out, keys, 0xc0)
    for (let k: u32 = 0; k < count; k++) {
      store<u8>(out, 0xa0)
      memory.fill(out + 1, 0, 32)
      word(out + 1, 0)
      if (c.malformed) return out
      out += 33
    }
  }
  return closeList(from, out)
}

/** 32 bytes as an integer of RLP: without the zeros in front. */
function writeScalar(out: usize, bytes: usize): usize {
  let zeros: usize = 0
  while (zeros < 32 && load<u8>(bytes + zeros) == 0) zeros++
  return rlp.writeString(out, bytes + zeros, 32 - <u32>zeros)
}

/** Authorizations (codec.md 4.6) as an RLP list. Gives its end. */
function authorizations(from: usize): usize {
  let out = from + MAX_HEADER
  for (let left = c.leb32(l.AUTHORIZATIONS); left; left--) {
    if (!spend(20)) return out
    room(out + 160)
    const item = out
    out += MAX_HEADER
    c.leb256(l.AUTHORIZATIONS, OTHER)
    out = rlp.writeU256(out, OTHER)
    out = rlp.writeString(out, address(l.LIST_ADDRESS_REFS), 20)
    out = rlp.writeU64(out, c.leb64(l.AUTHORIZATIONS))
    const parity = c.leb32(l.AUTHORIZATIONS)
    if (parity > 255) c.fail()
    out = rlp.writeU64(out, <u64>parity)
    const signature = c.take(l.AUTHORIZATION_SIGNATURES, 64)
    if (!signature) return out
    out = writeScalar(out, signature)
    out = writeScalar(out, signature + 32)
    out = closeList(item, out)
  }
  return closeList(from, out)
}

/** Chain id (u64) of the structured transactions. */
let chainId: u64 = 0
const V: usize = memory.data(32, 16)
const S: usize = memory.data(32, 16)
const CAP: usize = memory.data(32, 16)

/** One transaction of a kind that is not raw, at `base`. Gives its start and, in `structuredLen`, its length. */
let structuredLen: u32 = 0
function structured(kind: u32, base: usize, signature: usize): usize {
  const type = kind & 7
  const listed = (kind & l.KIND_ACCESS_LIST) != 0
  const creates = (kind & l.KIND_CREATE) != 0
  if (kind > 31 || type == 3 || type > 4 || (type == 4 && creates) || (type == 0 && listed)) c.fail()
  if (c.malformed) return base
  // A byte for the type, a header, and fields that take less than 256 bytes together, are in front of the data.
  room(base + 512)
  const payload = base + 1 + MAX_HEADER
  let out = payload
  if (type) out = rlp.writeU64(out, chainId)
  out = rlp.writeU64(out, nonce())
  const gas = number(GAS_LIMIT, l.GAS_LIMITS, true)
  const fee = number(FEE, l.FEES, false)
  if (type == 2 || type == 4) {
    const priority = number(PRIORITY_FEE, l.PRIORITY_FEES, false)
    if (u256.add(CAP, priority, fee)) c.fail()
    out = rlp.writeU256(out, priority)
    out = rlp.writeU256(out, CAP)
  } else out = rlp.writeU256(out, fee)
  out = rlp.writeU64(out, load<u64>(gas))
  const value = number(VALUE, l.VALUES, false)
  if (creates) store<u8>(out++, 0x80)
  else out = rlp.writeString(out, address(l.TO_REFS), 20)
  out = rlp.writeU256(out, value)
  const length = c.leb32(l.DATA_LENGTHS)
  if (!spend(<u64>length)) return base
  room(out + <usize>length + 512)
  out = data(out, length)
  if (c.malformed) return base
  if (type) {
    if (listed) out = accessList(out)
    else store<u8>(out++, 0xc0)
    if (type == 4) {
      room(out + 512)
      out = authorizations(out)
    }
  }
  if (c.malformed) return base
  room(out + 256)
  const parity = (<u64>load<u8>(signature, 32)) >> 7
  if (type) out = rlp.writeU64(out, parity)
  else {
    // EIP-155: 35 + 2 chainId + parity
    u256.set(V, chainId)
    u256.add(V, V, V)
    u256.set(OTHER, 35 + parity)
    u256.add(V, V, OTHER)
    out = rlp.writeU256(out, V)
  }
  memory.copy(S, signature + 32, 32)
  store<u8>(S, load<u8>(S) & 0x7f)
  out = writeScalar(out, signature)
  out = writeScalar(out, S)
  const fields = <u32>(out - payload)
  let start = payload - <usize>rlp.sizeOfHeader(fields)
  rlp.writeHeader(start, fields, 0xc0)
  if (type) store<u8>(--start, <u8>type)
  structuredLen = <u32>(out - start)
  return start
}

/** The signatures at the start of the tail: 64 bytes for each kind that is not raw. Before the columns of integers are opened. */
let signatures: usize = 0
let structuredCount: u32 = 0

export function takeSignatures(): void {
  const kinds = c.position(l.KINDS)
  const count = c.left(l.KINDS)
  if (count > l.MAX_TRANSACTIONS) return c.fail()
  structuredCount = 0
  for (let i: usize = 0; i < <usize>count; i++) if (load<u8>(kinds + i) != l.KIND_RAW) structuredCount++
  signatures = c.take(l.TAIL, structuredCount << 6)
}

/** Rebuilds all transactions; the columns of integers are open. They stay in the arena. */
export function rebuild(): void {
  transactionCount = c.left(l.KINDS)
  const kinds = c.take(l.KINDS, transactionCount)
  transactions = alloc((<usize>transactionCount) << 3)
  addresses = c.position(l.TAIL)
  addressCount = 0
  selectors = c.position(l.SELECTORS)
  selectorCount = 0
  runCount = 0
  budget = l.MAX_COST
  if (structuredCount) {
    const mode = c.byte(l.NONCE_MODE)
    if (mode > 1) c.fail()
    grouped = mode == 1
    chainId = c.leb64(l.CHAIN_ID)
    runs = alloc((<usize>structuredCount) << 3)
    openDictionary(GAS_LIMIT, l.GAS_LIMITS + 1, structuredCount)
    openDictionary(FEE, l.FEES + 1, structuredCount)
    openDictionary(PRIORITY_FEE, l.PRIORITY_FEES + 1, structuredCount)
    openDictionary(VALUE, l.VALUES + 1, structuredCount)
    for (let group: u32 = 0; group < l.WORD_GROUPS; group++)
      openDictionary(WORD + group, l.WORDS + (group << 2) + 2, MAX_WORDS)
  }
  let signature = signatures
  for (let i: u32 = 0; i < transactionCount && !c.malformed; i++) {
    const kind = <u32>load<u8>(kinds + <usize>i)
    let at: usize
    let length: u32
    if (kind == l.KIND_RAW) {
      length = c.leb32(l.RAW_LENGTHS)
      if (!spend(<u64>length)) return
      at = c.take(l.RAW, length)
    } else {
      const base = mark()
      at = structured(kind, base, signature)
      if (c.malformed) return
      length = structuredLen
      signature += 64
      alloc(at + <usize>length - base)
    }
    const item = transactions + ((<usize>i) << 3)
    store<u32>(item, <u32>at)
    store<u32>(item, length, 4)
  }
}
