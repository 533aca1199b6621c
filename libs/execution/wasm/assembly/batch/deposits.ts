// Deposit transactions (docs/spec/protocol.md, section 3.2) made from entries of the queue, as they stand in a block.

import * as i from './inbox'
import * as rlp from '../rlp'
import * as u256 from '../u256'
import { alloc } from '../memory'
import { keccak256 } from '../crypto/keccak'

const TYPE: u8 = 0x7e
const ATTRIBUTES_GAS: u64 = 1_000_000
/** `mint(32) || value(32) || gasLimit(8) || isCreation(1)` */
const OPAQUE_HEAD: u32 = 73

const ADDRESSES: usize = memory.data<u8>([
  // Sender of attributes deposits
  0xde, 0xad, 0xde, 0xad, 0xde, 0xad, 0xde, 0xad, 0xde, 0xad, 0xde, 0xad, 0xde, 0xad, 0xde, 0xad, 0xde, 0xad,
  0x00, 0x01,
  // L1Block
  0x42, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x15,
])
const DEPOSITOR: usize = ADDRESSES
const L1_BLOCK: usize = ADDRESSES + 20
/** setL1BlockValues(uint64,uint64,uint256,uint256,bytes32,uint64,uint32,uint32) */
const SELECTOR: usize = memory.data<u8>([0xec, 0xde, 0x36, 0xf2])

const HASHED: usize = memory.data(64, 16)
const SOURCE: usize = memory.data(32, 16)
const MINT: usize = memory.data(32, 16)
const VALUE: usize = memory.data(32, 16)
const HEAD: usize = memory.data(80, 16)
const CALL: usize = memory.data(260, 16)

/** A u64 as a word of 32 bytes. */
function putWord64(out: usize, value: u64): void {
  memory.fill(out, 0, 24)
  store<u64>(out, bswap(value), 24)
}

/** keccak256(domain || keccak256(hash || number)), into SOURCE. */
function sourceHash(domain: u64, hash: usize, number: u64): void {
  memory.copy(HASHED, hash, 32)
  putWord64(HASHED + 32, number)
  keccak256(HASHED, 64, HASHED + 32)
  putWord64(HASHED, domain)
  keccak256(HASHED, 64, SOURCE)
}

/** Length of the deposit that was made last. */
export let depositLen: u32 = 0

/** `to` is 0 for a creation; mint and value are in MINT and VALUE. Gives the transaction's bytes, in the arena. */
function encode(from: usize, to: usize, gas: u64, data: usize, dataLen: u32): usize {
  const payload =
    33 +
    21 +
    (to ? 21 : 1) +
    rlp.sizeOfU256(MINT) +
    rlp.sizeOfU256(VALUE) +
    rlp.sizeOfU64(gas) +
    1 +
    rlp.sizeOfString(data, dataLen)
  depositLen = 1 + rlp.sizeOfHeader(payload) + payload
  const bytes = alloc(<usize>depositLen)
  store<u8>(bytes, TYPE)
  let out = rlp.writeHeader(bytes + 1, payload, 0xc0)
  out = rlp.writeString(out, SOURCE, 32)
  out = rlp.writeString(out, from, 20)
  if (to) out = rlp.writeString(out, to, 20)
  else store<u8>(out++, 0x80)
  out = rlp.writeU256(out, MINT)
  out = rlp.writeU256(out, VALUE)
  out = rlp.writeU64(out, gas)
  // isSystemTx
  store<u8>(out++, 0x80)
  rlp.writeString(out, data, dataLen)
  return bytes
}

/** The deposit that tells L2 the context of an entry at place `index` of the queue. */
export function attributesDeposit(entry: usize, index: u64): usize {
  const record = <usize>load<u32>(entry, i.READ_RECORD)
  memory.copy(CALL, SELECTOR, 4)
  memory.copy(CALL + 4, record + i.ENTRY_CONTEXT, 160)
  putWord64(CALL + 164, index)
  memory.copy(CALL + 196, record + i.ENTRY_SCALARS, 64)
  sourceHash(1, record + i.ENTRY_PARENT_HASH, index)
  u256.set(MINT, 0)
  u256.set(VALUE, 0)
  return encode(DEPOSITOR, L1_BLOCK, ATTRIBUTES_GAS, CALL, 260)
}

/** The deposit of a user, labelled with an L1 block's hash and a log index. Missing bytes of the opaque data are zero. */
export function userDeposit(entry: usize, labelHash: usize, logIndex: u64): usize {
  const record = <usize>load<u32>(entry, i.READ_RECORD)
  const opaque = <usize>load<u32>(entry, i.READ_OPAQUE)
  const length = load<u32>(entry, i.READ_OPAQUE_LEN)
  const head = length < OPAQUE_HEAD ? length : OPAQUE_HEAD
  memory.fill(HEAD, 0, 80)
  memory.copy(HEAD, opaque, <usize>head)
  sourceHash(0, labelHash, logIndex)
  u256.fromBytes(MINT, HEAD)
  u256.fromBytes(VALUE, HEAD + 32)
  const to: usize = load<u8>(HEAD, 72) ? 0 : record + i.ENTRY_TO + 12
  return encode(
    record + i.ENTRY_FROM + 12,
    to,
    bswap(load<u64>(HEAD, 64)),
    opaque + <usize>head,
    length - head,
  )
}
