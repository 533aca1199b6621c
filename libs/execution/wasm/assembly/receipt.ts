// Receipts, their logs bloom, and block headers, as they are hashed.

import * as rlp from './rlp'
import { alloc, allocZeroed, mark, release } from './memory'
import { keccak256 } from './crypto/keccak'
import { LOG_ADDRESS, LOG_DATA_LEN, LOG_NEXT, LOG_TOPICS, LOG_TOPIC_COUNT } from './layout'

export const BLOOM_SIZE: usize = 256
const HASH: usize = memory.data(32, 16)

/** Sets the three bits of an item (yellow paper 4.3.1). */
function addToBloom(bloom: usize, item: usize, length: usize): void {
  keccak256(item, length, HASH)
  for (let i: usize = 0; i < 6; i += 2) {
    const bit = ((<u32>(load<u8>(HASH + i) & 7)) << 8) | (<u32>load<u8>(HASH + i, 1))
    const at = bloom + 255 - <usize>(bit >> 3)
    store<u8>(at, <u8>((<u32>load<u8>(at)) | (1 << (bit & 7))))
  }
}

/** Adds the logs of a list to a bloom of 256 bytes. */
export function addLogs(bloom: usize, firstLog: usize): void {
  for (let log = firstLog; log; log = load<u32>(log, LOG_NEXT)) {
    addToBloom(bloom, log + LOG_ADDRESS, 20)
    const count = load<u32>(log, LOG_TOPIC_COUNT)
    for (let i: u32 = 0; i < count; i++) addToBloom(bloom, log + LOG_TOPICS + ((<usize>i) << 5), 32)
  }
}

/** Sets `out` to `out | bloom`. */
export function mergeBloom(out: usize, bloom: usize): void {
  for (let i: usize = 0; i < BLOOM_SIZE; i += 8)
    store<u64>(out + i, load<u64>(out + i) | load<u64>(bloom + i))
}

/** Payload of a log's list: address, topics, data. */
function sizeOfLog(log: usize): u32 {
  const topics = 33 * load<u32>(log, LOG_TOPIC_COUNT)
  const data = log + LOG_TOPICS + ((<usize>load<u32>(log, LOG_TOPIC_COUNT)) << 5)
  return 21 + rlp.sizeOfHeader(topics) + topics + rlp.sizeOfString(data, load<u32>(log, LOG_DATA_LEN))
}

/** Length of the receipt that `encodeReceipt` made. */
export let receiptLen: u32 = 0

/** `type || rlp([status, cumulativeGasUsed, logsBloom, logs])` (EIP-2718), in the arena. */
export function encodeReceipt(
  type: u32,
  success: bool,
  cumulativeGas: u64,
  bloom: usize,
  firstLog: usize,
): usize {
  let logs: u32 = 0
  for (let log = firstLog; log; log = load<u32>(log, LOG_NEXT)) {
    const size = sizeOfLog(log)
    logs += rlp.sizeOfHeader(size) + size
  }
  const size = 1 + rlp.sizeOfU64(cumulativeGas) + 259 + rlp.sizeOfHeader(logs) + logs
  const bytes = alloc(<usize>size + 8)
  let out = bytes
  if (type) store<u8>(out++, <u8>type)
  out = rlp.writeHeader(out, size, 0xc0)
  out = rlp.writeU64(out, success ? 1 : 0)
  out = rlp.writeU64(out, cumulativeGas)
  out = rlp.writeString(out, bloom, 256)
  out = rlp.writeHeader(out, logs, 0xc0)
  for (let log = firstLog; log; log = load<u32>(log, LOG_NEXT)) {
    const topics = load<u32>(log, LOG_TOPIC_COUNT)
    out = rlp.writeHeader(out, sizeOfLog(log), 0xc0)
    out = rlp.writeString(out, log + LOG_ADDRESS, 20)
    out = rlp.writeHeader(out, 33 * topics, 0xc0)
    for (let i: u32 = 0; i < topics; i++) out = rlp.writeString(out, log + LOG_TOPICS + ((<usize>i) << 5), 32)
    out = rlp.writeString(out, log + LOG_TOPICS + ((<usize>topics) << 5), load<u32>(log, LOG_DATA_LEN))
  }
  receiptLen = <u32>(out - bytes)
  return bytes
}

// Header: a record of what is hashed, as byte offsets. Constant fields (ommers, difficulty, nonce) are not in it -----------------

export const HEADER_PARENT_HASH: usize = 0
export const HEADER_STATE_ROOT: usize = 32
export const HEADER_TRANSACTIONS_ROOT: usize = 64
export const HEADER_RECEIPTS_ROOT: usize = 96
export const HEADER_WITHDRAWALS_ROOT: usize = 128
export const HEADER_BEACON_ROOT: usize = 160
export const HEADER_PREV_RANDAO: usize = 192
export const HEADER_REQUESTS_HASH: usize = 224
export const HEADER_BENEFICIARY: usize = 256 // 20 bytes
/** u32: 1 from Prague on. */
export const HEADER_HAS_REQUESTS: usize = 276
export const HEADER_EXTRA_LEN: usize = 280 // u32, at most 32
export const HEADER_NUMBER: usize = 288 // u64
export const HEADER_GAS_LIMIT: usize = 296 // u64
export const HEADER_GAS_USED: usize = 304 // u64
export const HEADER_TIMESTAMP: usize = 312 // u64
export const HEADER_BASE_FEE: usize = 320 // u256
export const HEADER_BLOB_GAS_USED: usize = 352 // u64
export const HEADER_EXCESS_BLOB_GAS: usize = 360 // u64
export const HEADER_EXTRA: usize = 368 // up to 32 bytes
export const HEADER_BLOOM: usize = 400 // 256 bytes
export const HEADER_HASH: usize = 656
export const HEADER_SIZE: usize = 688

/** keccak256(rlp([])). */
const EMPTY_OMMERS: usize = memory.data<u8>([
  0x1d, 0xcc, 0x4d, 0xe8, 0xde, 0xc7, 0x5d, 0x7a, 0xab, 0x85, 0xb5, 0x67, 0xb6, 0xcc, 0xd4, 0x1a, 0xd3, 0x12,
  0x45, 0x1b, 0x94, 0x8a, 0x74, 0x13, 0xf0, 0xa1, 0x42, 0xfd, 0x40, 0xd4, 0x93, 0x47,
])
const NONCE: usize = memory.data(8, 8)

/** Writes HEADER_HASH of a header record (yellow paper 4.4.3 with EIP-1559, -4895, -4844, -4788, -7685). */
export function hashHeader(header: usize): void {
  const before = mark()
  // All fields together are below 1,024 bytes.
  const fields = alloc(1024)
  let out = rlp.writeString(fields, header + HEADER_PARENT_HASH, 32)
  out = rlp.writeString(out, EMPTY_OMMERS, 32)
  out = rlp.writeString(out, header + HEADER_BENEFICIARY, 20)
  out = rlp.writeString(out, header + HEADER_STATE_ROOT, 32)
  out = rlp.writeString(out, header + HEADER_TRANSACTIONS_ROOT, 32)
  out = rlp.writeString(out, header + HEADER_RECEIPTS_ROOT, 32)
  out = rlp.writeString(out, header + HEADER_BLOOM, 256)
  out = rlp.writeU64(out, 0)
  out = rlp.writeU64(out, load<u64>(header, HEADER_NUMBER))
  out = rlp.writeU64(out, load<u64>(header, HEADER_GAS_LIMIT))
  out = rlp.writeU64(out, load<u64>(header, HEADER_GAS_USED))
  out = rlp.writeU64(out, load<u64>(header, HEADER_TIMESTAMP))
  out = rlp.writeString(out, header + HEADER_EXTRA, load<u32>(header, HEADER_EXTRA_LEN))
  out = rlp.writeString(out, header + HEADER_PREV_RANDAO, 32)
  out = rlp.writeString(out, NONCE, 8)
  out = rlp.writeU256(out, header + HEADER_BASE_FEE)
  out = rlp.writeString(out, header + HEADER_WITHDRAWALS_ROOT, 32)
  out = rlp.writeU64(out, load<u64>(header, HEADER_BLOB_GAS_USED))
  out = rlp.writeU64(out, load<u64>(header, HEADER_EXCESS_BLOB_GAS))
  out = rlp.writeString(out, header + HEADER_BEACON_ROOT, 32)
  if (load<u32>(header, HEADER_HAS_REQUESTS)) out = rlp.writeString(out, header + HEADER_REQUESTS_HASH, 32)
  const length = <u32>(out - fields)
  const text = alloc(1032)
  const body = rlp.writeHeader(text, length, 0xc0)
  memory.copy(body, fields, <usize>length)
  keccak256(text, body + <usize>length - text, header + HEADER_HASH)
  release(before)
}

/** A bloom of zeros, in the arena. */
export function newBloom(): usize {
  return allocZeroed(BLOOM_SIZE)
}
