import {
  bytesToHex,
  concatBytes,
  hexToBytes,
  isDelegation,
  keccak256,
  maxInitCodeBytes,
  maxNonce,
  secp256k1Order,
  type Address,
  type ChainConfig,
  type L1FeeReceipt,
  type Log,
} from '@animechain/core'
import {
  intrinsicGas,
  recovery,
  rlpEncode,
  uintToBytes,
  type AccessList,
  type Authorization,
  type DepositTransaction,
} from '@animechain/tx'
import type { EVMResult } from '@ethereumjs/evm'
import type { BlockEnvironment, Machine } from './machine.js'
import type { Prepared } from './validate.js'
import type { WorldState } from './worldState.js'

/** Gas given back for an authority that exists (EIP-7702). */
const AUTHORITY_EXISTS_REFUND = 12_500n
/** EIP-3529. */
const MAX_REFUND_QUOTIENT = 5n

/** What one transaction did, before it is put into a receipt. */
export interface Outcome {
  success: boolean
  gasUsed: bigint
  returnData: Uint8Array
  logs: Log[]
  /** why it failed, as the interpreter names it; `revert` for REVERT */
  error?: string
  contractAddress?: Address
}

/** docs/spec/protocol.md, section 4. Reads the parameters in force from the L1Block predeploy. */
export function l1Fee(chain: ChainConfig, state: WorldState, raw: Uint8Array): L1FeeReceipt | undefined {
  if (!chain.rollup) return undefined
  const l1Block = chain.rollup.l1Block.slice(2)
  const slot = (index: number) => state.slot(l1Block, index.toString(16).padStart(64, '0'))
  const l1GasPrice = slot(0)
  const l1BlobBaseFee = slot(1)
  const packed = slot(2)
  const baseFeeScalar = Number(packed & 0xffff_ffffn)
  const blobBaseFeeScalar = Number((packed >> 32n) & 0xffff_ffffn)
  let zeros = 0
  for (let i = 0; i < raw.length; i++) if (raw[i] === 0) zeros++
  const l1GasUsed = BigInt(4 * zeros + 16 * (raw.length - zeros))
  const weighted = 16n * BigInt(baseFeeScalar) * l1GasPrice + BigInt(blobBaseFeeScalar) * l1BlobBaseFee
  return {
    l1Fee: (l1GasUsed * weighted) / 16_000_000n,
    l1GasUsed,
    l1GasPrice,
    l1BlobBaseFee,
    baseFeeScalar,
    blobBaseFeeScalar,
  }
}

/** Everything warm from the start (EIP-2929, -2930, -3651). */
function warmUp(
  machine: Machine,
  addresses: readonly (Address | undefined)[],
  accessList: AccessList | undefined,
): void {
  const { journal } = machine.evm
  for (const address of machine.precompiles()) journal.addAlwaysWarmAddress(address)
  for (const address of addresses) if (address !== undefined) journal.addAlwaysWarmAddress(address)
  for (const { address, storageKeys } of accessList ?? []) {
    journal.addAlwaysWarmAddress(address, true)
    for (const key of storageKeys) journal.addAlwaysWarmSlot(address, key, true)
  }
}

/** EIP-7702: authorizations that do not hold are passed over. Gives the refund. */
function applyAuthorizations(machine: Machine, chain: ChainConfig, list: readonly Authorization[]): bigint {
  let refund = 0n
  const { state, evm } = machine
  for (const auth of list) {
    if (auth.chainId !== 0n && auth.chainId !== chain.chainId) continue
    if (auth.nonce >= maxNonce) continue
    const authority = recoverAuthority(auth)
    if (authority === undefined) continue
    const key = authority.slice(2)
    evm.journal.addAlwaysWarmAddress(authority)
    const code = state.code(key)
    if (code.length > 0 && !isDelegation(code)) continue
    const account = state.account(key)
    if ((account?.nonce ?? 0n) !== auth.nonce) continue
    if (account !== undefined) refund += AUTHORITY_EXISTS_REFUND
    const target = hexToBytes(auth.address)
    state.setCode(
      key,
      target.every((byte) => byte === 0) ? new Uint8Array(0) : concatBytes(Uint8Array.of(0xef, 1, 0), target),
    )
    state.setNonce(key, auth.nonce + 1n)
  }
  return refund
}

function recoverAuthority(auth: Authorization): Address | undefined {
  if (auth.yParity !== 0 && auth.yParity !== 1) return undefined
  if (auth.r === 0n || auth.r >= secp256k1Order || auth.s === 0n || auth.s > secp256k1Order / 2n)
    return undefined
  const payload = rlpEncode([uintToBytes(auth.chainId), hexToBytes(auth.address), uintToBytes(auth.nonce)])
  const signature = new Uint8Array(64)
  const r = uintToBytes(auth.r)
  const s = uintToBytes(auth.s)
  signature.set(r, 32 - r.length)
  signature.set(s, 64 - s.length)
  const point = recovery().recover(keccak256(concatBytes(Uint8Array.of(5), payload)), signature, auth.yParity)
  return point === undefined ? undefined : bytesToHex(keccak256(point).subarray(12))
}

/** EIP-6780 and EIP-161: accounts that end with the transaction. */
async function finishTransaction(
  machine: Machine,
  result: EVMResult | undefined,
  touched: readonly string[] = [],
): Promise<void> {
  const { evm, state } = machine
  if (result !== undefined && result.execResult.exceptionError === undefined) {
    const created = result.execResult.createdAddresses
    for (const address of result.execResult.selfdestruct?.keys() ?? [])
      if (created?.has(address)) state.deleteNow(address.slice(2))
  }
  for (const address of touched) state.deleteIfEmpty(address)
  await evm.journal.cleanup()
  state.endTransaction()
}

function toLogs(logs: EVMResult['execResult']['logs']): Log[] {
  return (logs ?? []).map(([address, topics, data]) => ({
    address: bytesToHex(address),
    topics: topics.map((topic) => bytesToHex(topic)),
    data: bytesToHex(data),
  }))
}

function errorName(result: EVMResult): string | undefined {
  return result.execResult.exceptionError?.error
}

/** Runs a user transaction that {@link prepare} let pass: charges, executes, refunds and pays out. */
export async function runTransaction(
  machine: Machine,
  chain: ChainConfig,
  block: BlockEnvironment,
  prepared: Prepared,
  fee: L1FeeReceipt | undefined,
  options: { isCall?: boolean } = {},
): Promise<Outcome> {
  const { state } = machine
  const tx = prepared.transaction
  const sender = prepared.sender.slice(2)
  const beneficiary = block.beneficiary.slice(2)
  const upfront = tx.gasLimit * prepared.gasPrice + prepared.blobGas * block.blobBaseFee + (fee?.l1Fee ?? 0n)
  state.addBalance(sender, -upfront)
  state.setNonce(sender, (state.account(sender)?.nonce ?? 0n) + 1n)

  const accessList = tx.type === 0 ? undefined : tx.accessList
  warmUp(machine, [prepared.sender, tx.to, block.beneficiary], accessList)
  const authorizationRefund = tx.type === 4 ? applyAuthorizations(machine, chain, tx.authorizationList) : 0n

  if (authorizationRefund > 0n) machine.evm.tracer?.refund?.(authorizationRefund)
  const result = await machine.run({
    from: prepared.sender,
    to: tx.to,
    value: tx.value,
    data: tx.data,
    gasLimit: tx.gasLimit - prepared.intrinsicGas,
    gasPrice: prepared.gasPrice,
    blobVersionedHashes: tx.type === 3 ? tx.blobVersionedHashes : undefined,
  })
  const failure = errorName(result)
  let gasUsed = prepared.intrinsicGas + result.execResult.executionGasUsed
  const refundable = (failure === undefined ? (result.execResult.gasRefund ?? 0n) : 0n) + authorizationRefund
  const cap = gasUsed / MAX_REFUND_QUOTIENT
  gasUsed -= refundable < cap ? refundable : cap
  if (gasUsed < prepared.floorGas) gasUsed = prepared.floorGas

  state.addBalance(sender, (tx.gasLimit - gasUsed) * prepared.gasPrice)
  const priority = prepared.gasPrice > block.baseFeePerGas ? prepared.gasPrice - block.baseFeePerGas : 0n
  credit(state, beneficiary, priority * gasUsed)
  if (chain.rollup && !options.isCall) {
    credit(state, chain.rollup.baseFeeVault.slice(2), block.baseFeePerGas * gasUsed)
    credit(state, chain.rollup.l1FeeVault.slice(2), fee?.l1Fee ?? 0n)
  }
  await finishTransaction(machine, result, [sender, beneficiary])
  return outcome(result, gasUsed, tx.to === undefined)
}

function credit(state: WorldState, address: string, amount: bigint): void {
  if (amount > 0n) state.addBalance(address, amount)
}

function outcome(result: EVMResult, gasUsed: bigint, isCreation: boolean): Outcome {
  const failure = errorName(result)
  return {
    success: failure === undefined,
    gasUsed,
    returnData: result.execResult.returnValue,
    logs: failure === undefined ? toLogs(result.execResult.logs) : [],
    error: failure,
    contractAddress:
      isCreation && failure === undefined && result.createdAddress
        ? bytesToHex(result.createdAddress.bytes)
        : undefined,
  }
}

/** Runs a deposit (docs/spec/protocol.md, 3.2). It always stands; what fails in it fails inside. */
export async function runDeposit(
  machine: Machine,
  block: BlockEnvironment,
  tx: DepositTransaction,
): Promise<Outcome> {
  const { state } = machine
  const sender = tx.from.slice(2)
  if (tx.mint > 0n) state.addBalance(sender, tx.mint)
  const nonce = state.account(sender)?.nonce ?? 0n
  if (nonce < maxNonce) state.setNonce(sender, nonce + 1n)
  const intrinsic = intrinsicGas(tx).gas
  const failed = (error: string): Outcome => ({
    success: false,
    gasUsed: tx.gasLimit,
    returnData: new Uint8Array(0),
    logs: [],
    error,
  })
  let done: Outcome
  let result: EVMResult | undefined
  // An account at its last nonce sends nothing any more (EIP-2681).
  if (nonce === maxNonce) done = failed('nonce overflow')
  else if (tx.gasLimit < intrinsic) done = failed('intrinsic gas too low')
  else if (tx.to === undefined && tx.data.length > maxInitCodeBytes) done = failed('init code too large')
  else if ((state.account(sender)?.balance ?? 0n) < tx.value) done = failed('insufficient balance')
  else {
    warmUp(machine, [tx.from, tx.to, block.beneficiary], undefined)
    result = await machine.run({
      from: tx.from,
      to: tx.to,
      value: tx.value,
      data: tx.data,
      gasLimit: tx.gasLimit - intrinsic,
      gasPrice: 0n,
    })
    done = outcome(result, intrinsic + result.execResult.executionGasUsed, tx.to === undefined)
  }
  await finishTransaction(machine, result)
  return done
}

/** EIP-2935, -4788, -7002, -7251: the sender of system calls, and their gas. */
const SYSTEM_ADDRESS: Address = '0xfffffffffffffffffffffffffffffffffffffffe'
const SYSTEM_GAS = 30_000_000n

/**
 * A call by the chain itself: no fees, no nonce, no value. Gives undefined when there is no code at the address.
 */
export async function systemCall(
  machine: Machine,
  to: Address,
  data: Uint8Array,
): Promise<{ success: boolean; returnData: Uint8Array } | undefined> {
  const { state } = machine
  if (state.code(to.slice(2)).length === 0) return undefined
  warmUp(machine, [], undefined)
  const result = await machine.run({
    from: SYSTEM_ADDRESS,
    to,
    value: 0n,
    data,
    gasLimit: SYSTEM_GAS,
    gasPrice: 0n,
  })
  await finishTransaction(machine, result)
  return { success: errorName(result) === undefined, returnData: result.execResult.returnValue }
}
