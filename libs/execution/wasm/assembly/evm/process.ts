// One transaction: validation, intrinsic gas, authorizations, execution, refunds and fees. docs/spec/protocol.md, sections 3 and 4,
// for what a rollup does differently from Ethereum.
//
// A transaction that cannot be included changes nothing: every check comes before the first effect.

import * as u256 from '../u256'
import * as state from '../state'
import * as l from '../layout'
import { precompile } from '../backend'
import { createAddress, createMessage, gasLeft, message, MAX_INIT_CODE_SIZE } from './calls'
import { outputLen, outputPtr, setOutput } from './interpreter'
import { INTRINSIC_GAS_TOO_LOW as INTRINSIC_FAILED, NONCE_OVERFLOW, REVERTED } from './frame'
import {
  BLOCK,
  BLOCK_BASE_FEE,
  BLOCK_BENEFICIARY,
  BLOCK_BLOB_BASE_FEE,
  BLOCK_BLOB_GAS_USED,
  BLOCK_BLOB_MAX,
  BLOCK_CHAIN_ID,
  BLOCK_GAS_LIMIT,
  BLOCK_GAS_USED,
  GAS_PRICE,
  ORIGIN,
  OSAKA,
  PRAGUE,
  fork,
  isRollup,
  setBlobHashes,
} from './context'

// Why a transaction is not included: the numbers of `skipReasons` in @animechain/core, 0 for included.
export const INCLUDED: u32 = 0
export const UNDECODABLE: u32 = 1
export const WRONG_CHAIN_ID: u32 = 2
export const UNSUPPORTED_TYPE: u32 = 3
export const INVALID_SIGNATURE: u32 = 4
export const NONCE_TOO_LOW: u32 = 5
export const NONCE_TOO_HIGH: u32 = 6
export const NONCE_MAX: u32 = 7
export const INSUFFICIENT_FUNDS: u32 = 8
export const FEE_CAP_BELOW_BASE_FEE: u32 = 9
export const PRIORITY_ABOVE_FEE_CAP: u32 = 10
export const INTRINSIC_GAS_TOO_LOW: u32 = 11
export const GAS_LIMIT_ABOVE_BLOCK: u32 = 12
export const GAS_LIMIT_ABOVE_CAP: u32 = 13
export const SENDER_NOT_EOA: u32 = 14
export const INIT_CODE_TOO_LARGE: u32 = 15
export const EMPTY_AUTHORIZATION_LIST: u32 = 16
export const BLOB_INVALID: u32 = 17
export const DEPOSIT_NOT_ALLOWED: u32 = 18

const DEPOSIT: u32 = 0x7e
/** EIP-7825. */
const GAS_CAP: u64 = 1 << 24
const GAS_PER_BLOB: u64 = 1 << 17
/** EIP-7594: blobs in one transaction. */
const MAX_BLOBS: u32 = 6

// Modes of processTransaction.
export const TRANSACTION: u32 = 0
export const AFTER_DEPOSITS: u32 = 1
/** eth_call and its kin: no nonce, sender or block gas limit is checked, and a price of 0 is allowed. */
export const CALL: u32 = 2

/** Result of the last transaction or call, as byte offsets from RESULT. */
export const RESULT: usize = memory.data(256, 16)
/** i32: a status of frame.ts; success below REVERTED. */
export const RESULT_STATUS: usize = 0
/** u32: 1 when RESULT_CONTRACT holds the address of a created contract. */
export const RESULT_HAS_CONTRACT: usize = 4
export const RESULT_GAS_USED: usize = 8 // u64
export const RESULT_FIRST_LOG: usize = 16 // u32
export const RESULT_LOG_COUNT: usize = 20 // u32
export const RESULT_OUTPUT_PTR: usize = 24 // u32, valid until the next transaction
export const RESULT_OUTPUT_LEN: usize = 28 // u32
export const RESULT_CONTRACT: usize = 32 // 20 bytes
export const RESULT_GAS_REFUNDED: usize = 56 // u64
export const RESULT_GAS_PRICE: usize = 64 // u256: effective gas price
export const RESULT_L1_FEE: usize = 96 // u256, wei
export const RESULT_L1_BASE_FEE: usize = 128 // u256, wei per gas
export const RESULT_L1_BLOB_BASE_FEE: usize = 160 // u256, wei per blob gas
export const RESULT_L1_GAS_USED: usize = 192 // u64
export const RESULT_L1_BASE_FEE_SCALAR: usize = 200 // u32
export const RESULT_L1_BLOB_BASE_FEE_SCALAR: usize = 204 // u32
/** u64: deposits: the sender's nonce before. */
export const RESULT_DEPOSIT_NONCE: usize = 208

const PREDEPLOYS: usize = memory.data<u8>([
  // L1Block
  0x42, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x15,
  // BaseFeeVault
  0x42, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x19,
  // L1FeeVault
  0x42, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x1a,
])
const L1_BLOCK: usize = PREDEPLOYS
const BASE_FEE_VAULT: usize = PREDEPLOYS + 20
const L1_FEE_VAULT: usize = PREDEPLOYS + 40

/** Half of the order of secp256k1 (EIP-2), as u256 limbs. */
const HALF_ORDER: usize = memory.data<u64>([
  0xdfe92f46681b20a0, 0x5d576e7357a4501d, 0xffffffffffffffff, 0x7fffffffffffffff,
])

const COST: usize = memory.data(32, 16)
const FEE: usize = memory.data(32, 16)
const TMP: usize = memory.data(32, 16)
const KEY: usize = memory.data(32, 16)
const ADDRESS: usize = memory.data(32, 16)
const RECOVER_IN: usize = memory.data(128, 16)
const RECOVER_OUT: usize = memory.data(32, 16)
const DESIGNATOR: usize = memory.data(32, 16)

/** Zero and non-zero bytes of the last `countBytes`. */
let zeros: u64 = 0
let nonZeros: u64 = 0

function countBytes(at: usize, length: u32): void {
  let n: u64 = 0
  const end = at + <usize>length
  for (; at < end; at++) n += u64(load<u8>(at) != 0)
  nonZeros = n
  zeros = <u64>length - n
}

/** EIP-2028, -2930, -3860, -7702; and the floor of EIP-7623 in `floorGas`. */
let floorGas: u64 = 0
function intrinsicGas(tx: usize): u64 {
  const dataLen = load<u32>(tx, l.TX_DATA_LEN)
  countBytes(load<u32>(tx, l.TX_DATA_PTR), dataLen)
  const tokens = zeros + 4 * nonZeros
  let gas: u64 = 21000 + 4 * tokens
  if (!load<u32>(tx, l.TX_HAS_TO)) gas += 32000 + 2 * ((<u64>(dataLen + 31)) >> 5)
  const entries = load<u32>(tx, l.TX_ACCESS_COUNT)
  let entry = <usize>load<u32>(tx, l.TX_ACCESS_PTR)
  for (let i: u32 = 0; i < entries; i++) {
    gas += 2400 + 1900 * <u64>load<u32>(entry, l.ACCESS_KEY_COUNT)
    entry += l.ACCESS_SIZE
  }
  gas += 25000 * <u64>load<u32>(tx, l.TX_AUTH_COUNT)
  floorGas = fork() >= PRAGUE ? 21000 + 10 * tokens : 0
  return gas
}

/** The least gas limit with which a transaction can be included. */
export function requiredGas(tx: usize): u64 {
  const gas = intrinsicGas(tx)
  return floorGas > gas ? floorGas : gas
}

/** docs/spec/protocol.md, section 4. Reads L1Block's storage and fills the L1 fields of RESULT. */
function l1DataFee(tx: usize): void {
  const acc = state.account(L1_BLOCK)
  for (let i: u64 = 0; i < 3; i++) {
    u256.set(KEY, i)
    const slot = state.slot(acc, KEY)
    state.loadSlot(slot)
    if (i == 0) u256.copy(RESULT + RESULT_L1_BASE_FEE, slot + state.SLOT_VALUE)
    else if (i == 1) u256.copy(RESULT + RESULT_L1_BLOB_BASE_FEE, slot + state.SLOT_VALUE)
    else store<u64>(RESULT, load<u64>(slot, state.SLOT_VALUE), RESULT_L1_BASE_FEE_SCALAR)
  }
  countBytes(load<u32>(tx, l.TX_RAW_PTR), load<u32>(tx, l.TX_RAW_LEN))
  const gas = 4 * zeros + 16 * nonZeros
  store<u64>(RESULT, gas, RESULT_L1_GAS_USED)
  // The products are modulo 2^256, which nothing reaches: fees of 2^128 wei for a gas are more than there is.
  u256.mulSmall(FEE, RESULT + RESULT_L1_BASE_FEE, 16 * <u64>load<u32>(RESULT, RESULT_L1_BASE_FEE_SCALAR))
  u256.mulSmall(TMP, RESULT + RESULT_L1_BLOB_BASE_FEE, <u64>load<u32>(RESULT, RESULT_L1_BLOB_BASE_FEE_SCALAR))
  u256.add(FEE, FEE, TMP)
  u256.mulSmall(FEE, FEE, gas)
  u256.set(TMP, 16_000_000)
  u256.div(RESULT + RESULT_L1_FEE, FEE, TMP)
}

function clearResult(): void {
  memory.fill(RESULT, 0, 256)
}

/** Sets COST to the most that the transaction can cost; false when that is more than 2^256 - 1. */
function upfrontCost(tx: usize): bool {
  if (u256.mulSmall(COST, tx + l.TX_MAX_FEE, load<u64>(tx, l.TX_GAS))) return false
  if (u256.add(COST, COST, tx + l.TX_VALUE)) return false
  const blobs = load<u32>(tx, l.TX_BLOB_COUNT)
  if (blobs) {
    if (u256.mulSmall(TMP, tx + l.TX_MAX_BLOB_FEE, <u64>blobs * GAS_PER_BLOB)) return false
    if (u256.add(COST, COST, TMP)) return false
  }
  return u256.add(COST, COST, RESULT + RESULT_L1_FEE) == 0
}

function validateBlobs(tx: usize): bool {
  const count = load<u32>(tx, l.TX_BLOB_COUNT)
  if (count == 0 || !load<u32>(tx, l.TX_HAS_TO)) return false
  const limit = load<u32>(BLOCK, BLOCK_BLOB_MAX)
  if (count > limit || (fork() >= OSAKA && count > MAX_BLOBS)) return false
  if (load<u64>(BLOCK, BLOCK_BLOB_GAS_USED) + <u64>count * GAS_PER_BLOB > <u64>limit * GAS_PER_BLOB)
    return false
  const hashes = <usize>load<u32>(tx, l.TX_BLOB_PTR)
  for (let i: u32 = 0; i < count; i++) if (load<u8>(hashes + ((<usize>i) << 5)) != 1) return false
  return !u256.less(tx + l.TX_MAX_BLOB_FEE, BLOCK + BLOCK_BLOB_BASE_FEE)
}

/** Every rule that decides whether a user transaction may stand here. */
function validate(tx: usize, sender: usize, isCall: bool): u32 {
  const type = load<u32>(tx, l.TX_TYPE)
  if (type > 4 || (type == 4 && fork() < PRAGUE) || (type == 3 && isRollup())) return UNSUPPORTED_TYPE
  if (load<u32>(tx, l.TX_HAS_CHAIN_ID) && !u256.equal(tx + l.TX_CHAIN_ID, BLOCK + BLOCK_CHAIN_ID))
    return WRONG_CHAIN_ID
  const gas = load<u64>(tx, l.TX_GAS)
  if (!isCall && fork() >= OSAKA && gas > GAS_CAP) return GAS_LIMIT_ABOVE_CAP
  // No block may have a gas limit above 2^63 - 1 (yellow paper 4.4.4), and gas is counted in i64.
  if (gas > <u64>i64.MAX_VALUE) return GAS_LIMIT_ABOVE_BLOCK
  if (!isCall) {
    const used = load<u64>(BLOCK, BLOCK_GAS_USED)
    const limit = load<u64>(BLOCK, BLOCK_GAS_LIMIT)
    if (used > limit || gas > limit - used) return GAS_LIMIT_ABOVE_BLOCK
    const nonce = load<u64>(tx, l.TX_NONCE)
    const expected = load<u64>(sender, state.ACC_NONCE)
    if (nonce < expected) return NONCE_TOO_LOW
    if (nonce > expected) return NONCE_TOO_HIGH
    if (nonce == u64.MAX_VALUE) return NONCE_MAX
    // EIP-3607, and EIP-7702 for delegated accounts.
    if (state.hasCode(sender) && (fork() < PRAGUE || !state.delegation(sender))) return SENDER_NOT_EOA
  }
  if (u256.less(tx + l.TX_MAX_FEE, tx + l.TX_MAX_PRIORITY_FEE)) return PRIORITY_ABOVE_FEE_CAP
  // A call without a price is free.
  if (!(isCall && u256.isZero(tx + l.TX_MAX_FEE)) && u256.less(tx + l.TX_MAX_FEE, BLOCK + BLOCK_BASE_FEE))
    return FEE_CAP_BELOW_BASE_FEE
  if (type == 3 && !validateBlobs(tx)) return BLOB_INVALID
  if (type == 4) {
    if (!load<u32>(tx, l.TX_HAS_TO)) return UNDECODABLE
    if (load<u32>(tx, l.TX_AUTH_COUNT) == 0) return EMPTY_AUTHORIZATION_LIST
  }
  if (!load<u32>(tx, l.TX_HAS_TO) && <usize>load<u32>(tx, l.TX_DATA_LEN) > MAX_INIT_CODE_SIZE)
    return INIT_CODE_TOO_LARGE
  const intrinsic = intrinsicGas(tx)
  if (gas < intrinsic || gas < floorGas) return INTRINSIC_GAS_TOO_LOW
  if (!upfrontCost(tx) || u256.less(sender + state.ACC_BALANCE, COST)) return INSUFFICIENT_FUNDS
  return INCLUDED
}

function warmAccessList(tx: usize): void {
  const entries = load<u32>(tx, l.TX_ACCESS_COUNT)
  let entry = <usize>load<u32>(tx, l.TX_ACCESS_PTR)
  for (let i: u32 = 0; i < entries; i++) {
    const acc = state.account(entry + l.ACCESS_ADDRESS)
    state.warmAccount(acc)
    const count = load<u32>(entry, l.ACCESS_KEY_COUNT)
    let key = <usize>load<u32>(entry, l.ACCESS_KEYS_PTR)
    for (let j: u32 = 0; j < count; j++) {
      u256.fromBytes(KEY, key)
      state.warmSlot(state.slot(acc, KEY))
      key += 32
    }
    entry += l.ACCESS_SIZE
  }
}

/** EIP-7702: authorizations that do not hold are passed over. */
function applyAuthorizations(tx: usize): void {
  const count = load<u32>(tx, l.TX_AUTH_COUNT)
  let auth = <usize>load<u32>(tx, l.TX_AUTH_PTR)
  for (let i: u32 = 0; i < count; i++, auth += l.AUTH_SIZE) {
    if (!u256.isZero(auth + l.AUTH_CHAIN_ID) && !u256.equal(auth + l.AUTH_CHAIN_ID, BLOCK + BLOCK_CHAIN_ID))
      continue
    const nonce = load<u64>(auth, l.AUTH_NONCE)
    if (nonce == u64.MAX_VALUE) continue
    const yParity = load<u32>(auth, l.AUTH_Y_PARITY)
    if (yParity > 1) continue
    u256.fromBytes(TMP, auth + l.AUTH_S)
    if (u256.less(HALF_ORDER, TMP)) continue
    memory.copy(RECOVER_IN, auth + l.AUTH_SIGNING_HASH, 32)
    memory.fill(RECOVER_IN + 32, 0, 31)
    store<u8>(RECOVER_IN, <u8>(27 + yParity), 63)
    memory.copy(RECOVER_IN + 64, auth + l.AUTH_R, 64)
    if (precompile(1, RECOVER_IN, 128, RECOVER_OUT) != 32) continue
    const authority = state.account(RECOVER_OUT + 12)
    state.warmAccount(authority)
    if (state.hasCode(authority) && !state.delegation(authority)) continue
    if (load<u64>(authority, state.ACC_NONCE) != nonce) continue
    if (state.exists(authority)) state.addRefund(12500)
    const target = auth + l.AUTH_ADDRESS
    if ((load<u64>(target) | load<u64>(target, 8) | (<u64>load<u32>(target, 16))) == 0) {
      state.setCode(authority, 0, 0)
    } else {
      store<u32>(DESIGNATOR, 0x0001ef)
      memory.copy(DESIGNATOR + 3, target, 20)
      state.setCode(authority, DESIGNATOR, 23)
    }
    state.setNonce(authority, nonce + 1)
  }
}

/** Runs the message of a transaction whose sender has paid and whose nonce has been raised. Gives the status. */
function execute(tx: usize, sender: usize, nonce: u64, gas: i64): i32 {
  const value = tx + l.TX_VALUE
  const data = <usize>load<u32>(tx, l.TX_DATA_PTR)
  const dataLen = load<u32>(tx, l.TX_DATA_LEN)
  if (load<u32>(tx, l.TX_HAS_TO)) {
    const target = state.account(tx + l.TX_TO)
    state.warmAccount(target)
    return message(sender, target, value, gas, data, dataLen, 0)
  }
  createAddress(sender, nonce, ADDRESS)
  const created = state.account(ADDRESS)
  state.warmAccount(created)
  const status = createMessage(sender, created, value, gas, data, dataLen)
  if (status < REVERTED) {
    store<u32>(RESULT, 1, RESULT_HAS_CONTRACT)
    memory.copy(RESULT + RESULT_CONTRACT, ADDRESS, 20)
  }
  return status
}

function finish(status: i32, gasUsed: u64): void {
  store<i32>(RESULT, status, RESULT_STATUS)
  store<u64>(RESULT, gasUsed, RESULT_GAS_USED)
  store<u32>(RESULT, <u32>state.firstLog, RESULT_FIRST_LOG)
  store<u32>(RESULT, state.logCount, RESULT_LOG_COUNT)
  store<u32>(RESULT, outputLen ? <u32>outputPtr : 0, RESULT_OUTPUT_PTR)
  store<u32>(RESULT, <u32>outputLen, RESULT_OUTPUT_LEN)
  state.endTransaction()
}

/**
 * Runs a decoded transaction (layout.ts) with a recovered sender. Gives 0 and fills RESULT, or the reason why it cannot be
 * included, and nothing has changed. `mode`: TRANSACTION, AFTER_DEPOSITS where a deposit may no longer stand, or CALL.
 */
export function processTransaction(tx: usize, mode: u32): u32 {
  clearResult()
  if (load<u32>(tx, l.TX_TYPE) == DEPOSIT) {
    if (!isRollup() || mode != TRANSACTION) return DEPOSIT_NOT_ALLOWED
    processDeposit(tx)
    return INCLUDED
  }
  state.beginTransaction()
  const sender = state.account(tx + l.TX_SENDER)
  // A call is not broadcast, and pays for no data.
  if (isRollup() && mode != CALL) l1DataFee(tx)
  const reason = validate(tx, sender, mode == CALL)
  if (reason != INCLUDED) return reason
  run(tx, sender)
  store<u64>(BLOCK, load<u64>(BLOCK, BLOCK_GAS_USED) + load<u64>(RESULT, RESULT_GAS_USED), BLOCK_GAS_USED)
  store<u64>(
    BLOCK,
    load<u64>(BLOCK, BLOCK_BLOB_GAS_USED) + <u64>load<u32>(tx, l.TX_BLOB_COUNT) * GAS_PER_BLOB,
    BLOCK_BLOB_GAS_USED,
  )
  return INCLUDED
}

/** Charges, executes, refunds and pays out. `validate` has passed: intrinsic and floor gas fit. */
function run(tx: usize, sender: usize): void {
  const gasLimit = load<u64>(tx, l.TX_GAS)
  const intrinsic = intrinsicGas(tx)
  const floor = floorGas
  const nonce = load<u64>(sender, state.ACC_NONCE)
  const beneficiary = state.account(BLOCK + BLOCK_BENEFICIARY)
  const baseFee = BLOCK + BLOCK_BASE_FEE

  // Effective gas price: base fee plus the priority fee, within the fee cap (EIP-1559). Calls that pay nothing have a cap of 0.
  u256.add(GAS_PRICE, baseFee, tx + l.TX_MAX_PRIORITY_FEE)
  if (u256.less(GAS_PRICE, baseFee) || u256.less(tx + l.TX_MAX_FEE, GAS_PRICE))
    u256.copy(GAS_PRICE, tx + l.TX_MAX_FEE)
  u256.copy(RESULT + RESULT_GAS_PRICE, GAS_PRICE)
  u256.fromAddress(ORIGIN, sender)
  setBlobHashes(load<u32>(tx, l.TX_BLOB_PTR), load<u32>(tx, l.TX_BLOB_COUNT))

  u256.mulSmall(COST, GAS_PRICE, gasLimit)
  u256.mulSmall(TMP, BLOCK + BLOCK_BLOB_BASE_FEE, <u64>load<u32>(tx, l.TX_BLOB_COUNT) * GAS_PER_BLOB)
  u256.add(COST, COST, TMP)
  u256.add(COST, COST, RESULT + RESULT_L1_FEE)
  state.subBalance(sender, COST)
  state.setNonce(sender, nonce + 1)
  state.warmAccount(sender)
  state.warmAccount(beneficiary)
  warmAccessList(tx)
  applyAuthorizations(tx)

  const status = execute(tx, sender, nonce, <i64>(gasLimit - intrinsic))

  let used = gasLimit - <u64>gasLeft
  // EIP-3529: at most a fifth comes back.
  let refund = <u64>state.refund
  if (refund > used / 5) refund = used / 5
  store<u64>(RESULT, refund, RESULT_GAS_REFUNDED)
  used -= refund
  if (used < floor) used = floor

  u256.mulSmall(COST, GAS_PRICE, gasLimit - used)
  state.addBalance(sender, COST)
  if (u256.less(GAS_PRICE, baseFee)) u256.set(FEE, 0)
  else u256.sub(FEE, GAS_PRICE, baseFee)
  u256.mulSmall(FEE, FEE, used)
  state.addBalance(beneficiary, FEE)
  if (isRollup()) {
    if (u256.less(GAS_PRICE, baseFee)) u256.set(FEE, 0)
    else u256.mulSmall(FEE, baseFee, used)
    state.addBalance(state.account(BASE_FEE_VAULT), FEE)
    state.addBalance(state.account(L1_FEE_VAULT), RESULT + RESULT_L1_FEE)
  }
  finish(status, used)
}

/** A deposit always stands; what fails in it fails inside. docs/spec/protocol.md, section 3.2. */
function processDeposit(tx: usize): void {
  state.beginTransaction()
  const sender = state.account(tx + l.TX_SENDER)
  const nonce = load<u64>(sender, state.ACC_NONCE)
  store<u64>(RESULT, nonce, RESULT_DEPOSIT_NONCE)
  u256.set(GAS_PRICE, 0)
  u256.fromAddress(ORIGIN, sender)
  setBlobHashes(0, 0)
  if (!u256.isZero(tx + l.TX_MINT)) state.addBalance(sender, tx + l.TX_MINT)
  // An account at its last nonce sends nothing any more (EIP-2681).
  const exhausted = nonce == u64.MAX_VALUE
  if (!exhausted) state.setNonce(sender, nonce + 1)
  state.warmAccount(sender)
  state.warmAccount(state.account(BLOCK + BLOCK_BENEFICIARY))
  const gasLimit = load<u64>(tx, l.TX_GAS)
  const intrinsic = intrinsicGas(tx)
  let status: i32 = exhausted ? NONCE_OVERFLOW : INTRINSIC_FAILED
  setOutput(0, 0)
  let used = gasLimit
  const fits = load<u32>(tx, l.TX_HAS_TO) != 0 || <usize>load<u32>(tx, l.TX_DATA_LEN) <= MAX_INIT_CODE_SIZE
  if (!exhausted && gasLimit >= intrinsic && fits) {
    // The inbox bounds deposits far below; what i64 cannot count is left alone, so that any number has a defined result.
    const countable = gasLimit - intrinsic > <u64>i64.MAX_VALUE ? <u64>i64.MAX_VALUE : gasLimit - intrinsic
    status = execute(tx, sender, nonce, <i64>countable)
    used = status <= REVERTED ? intrinsic + countable - <u64>gasLeft : gasLimit
  }
  finish(status, used)
  store<u64>(BLOCK, load<u64>(BLOCK, BLOCK_GAS_USED) + used, BLOCK_GAS_USED)
}
