// What happens in a block around its transactions: system contracts, withdrawals, requests.

import * as u256 from '../u256'
import * as state from '../state'
import { alloc } from '../memory'
import { sha256 } from '../crypto/sha256'
import { LOG_ADDRESS, LOG_DATA_LEN, LOG_NEXT, LOG_TOPICS, LOG_TOPIC_COUNT } from '../layout'
import {
  BLOCK,
  BLOCK_BEACON_ROOT,
  BLOCK_PARENT_HASH,
  BLOCK_BLOB_BASE_FEE,
  BLOCK_BLOB_FRACTION,
  BLOCK_EXCESS_BLOB_GAS,
} from './context'
import { BLOCK_ROLLUP, BLOCK_SYSTEM_CALLS, GAS_PRICE, ORIGIN, PRAGUE, fork, setBlobHashes } from './context'
import { message } from './calls'
import { REVERTED } from './frame'
import { outputLen, outputPtr } from './interpreter'

const CONTRACTS: usize = memory.data<u8>([
  // EIP-4788 beacon roots
  0x00, 0x0f, 0x3d, 0xf6, 0xd7, 0x32, 0x80, 0x7e, 0xf1, 0x31, 0x9f, 0xb7, 0xb8, 0xbb, 0x85, 0x22, 0xd0, 0xbe,
  0xac, 0x02,
  // EIP-2935 history storage
  0x00, 0x00, 0xf9, 0x08, 0x27, 0xf1, 0xc5, 0x3a, 0x10, 0xcb, 0x7a, 0x02, 0x33, 0x5b, 0x17, 0x53, 0x20, 0x00,
  0x29, 0x35,
  // EIP-7002 withdrawal requests
  0x00, 0x00, 0x09, 0x61, 0xef, 0x48, 0x0e, 0xb5, 0x5e, 0x80, 0xd1, 0x9a, 0xd8, 0x35, 0x79, 0xa6, 0x4c, 0x00,
  0x70, 0x02,
  // EIP-7251 consolidation requests
  0x00, 0x00, 0xbb, 0xdd, 0xc7, 0xce, 0x48, 0x86, 0x42, 0xfb, 0x57, 0x9f, 0x8b, 0x00, 0xf3, 0xa5, 0x90, 0x00,
  0x72, 0x51,
  // EIP-6110 deposit contract
  0x00, 0x00, 0x00, 0x00, 0x21, 0x9a, 0xb5, 0x40, 0x35, 0x6c, 0xbb, 0x83, 0x9c, 0xbe, 0x05, 0x30, 0x3d, 0x77,
  0x05, 0xfa,
  // The system's own address
  0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
  0xff, 0xfe,
])
const BEACON_ROOTS: usize = CONTRACTS
const HISTORY_STORAGE: usize = CONTRACTS + 20
const WITHDRAWAL_REQUESTS: usize = CONTRACTS + 40
const CONSOLIDATION_REQUESTS: usize = CONTRACTS + 60
const DEPOSIT_CONTRACT: usize = CONTRACTS + 80
const SYSTEM_ADDRESS: usize = CONTRACTS + 100

/** keccak256('DepositEvent(bytes,bytes,bytes,bytes,bytes)'). */
const DEPOSIT_EVENT: usize = memory.data<u8>([
  0x64, 0x9b, 0xbc, 0x62, 0xd0, 0xe3, 0x13, 0x42, 0xaf, 0xea, 0x4e, 0x5c, 0xd8, 0x2d, 0x40, 0x49, 0xe7, 0xe1,
  0xee, 0x91, 0x2f, 0xc0, 0x88, 0x9a, 0xa7, 0x90, 0x80, 0x3b, 0xe3, 0x90, 0x38, 0xc5,
])

const SYSTEM_GAS: i64 = 30_000_000

const ZERO: usize = memory.data(32, 16)
const TMP: usize = memory.data(32, 16)
const TERM: usize = memory.data(32, 16)
const SUM: usize = memory.data(32, 16)

/** Requests of one kind: a type byte followed by request data (EIP-7685). */
const MAX_DEPOSIT_REQUEST: usize = 192

/** A call from the system address: no fee, no value, outside the block's gas. False when it fails; true when there is no code. */
function systemCall(contract: usize, input: usize, length: u32): bool {
  state.beginTransaction()
  const target = state.account(contract)
  if (!state.hasCode(target)) return true
  u256.fromAddress(ORIGIN, SYSTEM_ADDRESS)
  u256.set(GAS_PRICE, 0)
  setBlobHashes(0, 0)
  u256.set(ZERO, 0)
  const status = message(state.account(SYSTEM_ADDRESS), target, ZERO, SYSTEM_GAS, input, length, 0)
  state.endTransaction()
  return status < REVERTED
}

/** EIP-4844: fake_exponential(1, excess blob gas, update fraction), into the block context. */
export function setBlobBaseFee(): void {
  const excess = load<u64>(BLOCK, BLOCK_EXCESS_BLOB_GAS)
  const fraction = load<u64>(BLOCK, BLOCK_BLOB_FRACTION)
  if (load<u32>(BLOCK, BLOCK_ROLLUP) || fraction == 0) {
    u256.set(BLOCK + BLOCK_BLOB_BASE_FEE, 1)
    return
  }
  u256.set(TERM, fraction)
  u256.set(SUM, 0)
  for (let i: u64 = 1; !u256.isZero(TERM); i++) {
    u256.add(SUM, SUM, TERM)
    // Beyond 2^256 no transaction can pay; stay at the maximum rather than wrap.
    if (u256.mulSmall(TERM, TERM, excess)) {
      store<u64>(BLOCK, u64.MAX_VALUE, BLOCK_BLOB_BASE_FEE)
      store<u64>(BLOCK, u64.MAX_VALUE, BLOCK_BLOB_BASE_FEE + 8)
      store<u64>(BLOCK, u64.MAX_VALUE, BLOCK_BLOB_BASE_FEE + 16)
      store<u64>(BLOCK, u64.MAX_VALUE, BLOCK_BLOB_BASE_FEE + 24)
      return
    }
    // Two divisions floor like one by the product, and the product of two u64 may not fit.
    u256.set(TMP, fraction)
    u256.div(TERM, TERM, TMP)
    u256.set(TMP, i)
    u256.div(TERM, TERM, TMP)
  }
  u256.set(TMP, fraction)
  u256.div(BLOCK + BLOCK_BLOB_BASE_FEE, SUM, TMP)
}

/** Before the transactions: EIP-4788 (plain Ethereum) and EIP-2935. */
export function beforeTransactions(): void {
  if (!load<u32>(BLOCK, BLOCK_SYSTEM_CALLS)) return
  if (!load<u32>(BLOCK, BLOCK_ROLLUP)) systemCall(BEACON_ROOTS, BLOCK + BLOCK_BEACON_ROOT, 32)
  if (fork() >= PRAGUE) systemCall(HISTORY_STORAGE, BLOCK + BLOCK_PARENT_HASH, 32)
}

/** EIP-4895. `amount` in Gwei. */
export function processWithdrawal(address: usize, amount: u64): void {
  u256.set(TMP, amount)
  u256.mulSmall(TMP, TMP, 1_000_000_000)
  state.addBalance(state.account(address), TMP)
}

/** Deposit requests (EIP-6110) collected from the logs of the block's transactions so far. */
let deposits: usize = 0
let depositsLen: usize = 0
let depositsCapacity: usize = 0
let depositsValid: bool = true

/** Starts a block. */
export function begin(): void {
  depositsLen = 0
  depositsCapacity = 0
  depositsValid = true
}

/** One ABI-encoded `bytes` of a deposit event: at `offset` in the data, exactly `length` long. */
function depositField(data: usize, index: usize, offset: u64, length: u64, to: usize): bool {
  u256.fromBytes(TMP, data + (index << 5))
  u256.set(TERM, offset)
  if (!u256.equal(TMP, TERM)) return false
  u256.fromBytes(TMP, data + <usize>offset)
  u256.set(TERM, length)
  if (!u256.equal(TMP, TERM)) return false
  memory.copy(to, data + <usize>offset + 32, <usize>length)
  return true
}

/** Takes the deposit events out of a transaction's logs. */
export function collectDeposits(firstLog: usize): void {
  if (fork() < PRAGUE || load<u32>(BLOCK, BLOCK_ROLLUP)) return
  for (let log = firstLog; log; log = load<u32>(log, LOG_NEXT)) {
    if (memory.compare(log + LOG_ADDRESS, DEPOSIT_CONTRACT, 20) != 0) continue
    const topics = <usize>load<u32>(log, LOG_TOPIC_COUNT)
    if (topics == 0 || memory.compare(log + LOG_TOPICS, DEPOSIT_EVENT, 32) != 0) continue
    const data = log + LOG_TOPICS + (topics << 5)
    if (load<u32>(log, LOG_DATA_LEN) != 576) {
      depositsValid = false
      return
    }
    if (depositsLen + MAX_DEPOSIT_REQUEST > depositsCapacity) {
      depositsCapacity = depositsCapacity ? depositsCapacity * 2 : 4096
      const bigger = alloc(depositsCapacity)
      memory.copy(bigger, deposits, depositsLen)
      deposits = bigger
    }
    const to = deposits + depositsLen
    const ok =
      depositField(data, 0, 160, 48, to) &&
      depositField(data, 1, 256, 32, to + 48) &&
      depositField(data, 2, 320, 8, to + 80) &&
      depositField(data, 3, 384, 96, to + 88) &&
      depositField(data, 4, 512, 8, to + 184)
    if (!ok) {
      depositsValid = false
      return
    }
    depositsLen += MAX_DEPOSIT_REQUEST
  }
}

/** sha256 of `type` and the data, appended to the list at `at`; nothing for empty data. */
function appendRequest(at: usize, type: u8, data: usize, length: usize): usize {
  if (!length) return at
  const bytes = alloc(length + 1)
  store<u8>(bytes, type)
  memory.copy(bytes + 1, data, length)
  sha256(bytes, <u32>(length + 1), at)
  return at + 32
}

/** A request contract must exist and must not fail (EIP-7002, EIP-7251). */
function requestCall(contract: usize): bool {
  return state.hasCode(state.account(contract)) && systemCall(contract, 0, 0)
}

/**
 * After transactions and withdrawals: collects the requests and writes the requests hash of EIP-7685 (32 bytes). False when the block is
 * invalid.
 */
export function afterTransactions(requestsHash: usize): bool {
  const hashes = alloc(96)
  let at = hashes
  if (load<u32>(BLOCK, BLOCK_SYSTEM_CALLS) && !load<u32>(BLOCK, BLOCK_ROLLUP) && fork() >= PRAGUE) {
    if (!depositsValid) return false
    at = appendRequest(at, 0, deposits, depositsLen)
    if (!requestCall(WITHDRAWAL_REQUESTS)) return false
    at = appendRequest(at, 1, outputPtr, outputLen)
    if (!requestCall(CONSOLIDATION_REQUESTS)) return false
    at = appendRequest(at, 2, outputPtr, outputLen)
  }
  sha256(hashes, <u32>(at - hashes), requestsHash)
  return true
}
