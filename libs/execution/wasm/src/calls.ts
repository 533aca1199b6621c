import {
  authorizationFault,
  bytesToHex,
  hexToBytes,
  maxTransactionGas,
  rulesAt,
  skipReasons,
  zeroAddress,
  zeroHash,
  type Address,
  type CallOptions,
  type CallRequest,
  type CallResult,
  type ChainConfig,
  type EstimateResult,
  type Log,
  type SealedHeader,
  type StateOverride,
} from '@animechain/core'
import { encodeTransaction } from '@animechain/tx'
import { readLogs, REVERTED } from './block.js'
import { ExecutionError } from './errors.js'
import * as layout from './layout.js'
import type { Environment, Machine } from './machine.js'

/** gas */
export const DEFAULT_GAS_CAP = 50_000_000n
/** Mode of the guest's executeTransaction in which nonce, sender and room in the block are not checked. */
const CALL_MODE = 2

/** What a finished call left. */
export interface Outcome {
  status: number
  gasUsed: bigint
  returnData: Uint8Array
  logs: Log[]
  contractAddress?: Address
}

/** Lends a machine that shows the state of a block, with BLOCKHASH as its child sees it. */
export type WithMachine = <T>(header: SealedHeader, use: (machine: Machine) => T) => T

export interface CallContext {
  chain: ChainConfig
  withMachine: WithMachine
}

/** How the guest ends a frame (assembly/evm/frame.ts), in geth's words. */
const failures: Record<number, string> = {
  2: 'execution reverted',
  5: 'out of gas',
  6: 'stack underflow',
  7: 'stack overflow',
  8: 'invalid opcode',
  9: 'invalid jump destination',
  10: 'write protection',
  11: 'return data out of bounds',
  12: 'max code size exceeded',
  13: 'invalid code: must not begin with 0xef',
  14: 'contract address collision',
  15: 'max initcode size exceeded',
  16: 'precompile failed',
  17: 'max call depth exceeded',
  18: 'insufficient balance for transfer',
  19: 'nonce uint64 overflow',
  20: 'intrinsic gas too low',
}
export const failureText = (status: number): string => failures[status] ?? `failed with status ${status}`

/** The environment of a call on top of a block: the block's own, with overrides. */
export function callEnvironment(
  chain: ChainConfig,
  header: SealedHeader,
  overrides: CallOptions['blockOverrides'] = {},
): Environment {
  const timestamp = overrides.timestamp ?? header.timestamp
  return {
    rules: rulesAt(chain, timestamp),
    parentHash: header.parentHash,
    number: overrides.number ?? header.number,
    timestamp,
    beneficiary: (overrides.beneficiary ?? header.beneficiary).toLowerCase() as Address,
    gasLimit: overrides.gasLimit ?? header.gasLimit,
    prevRandao: overrides.prevRandao ?? header.prevRandao,
    baseFeePerGas: overrides.baseFeePerGas ?? header.baseFeePerGas,
    excessBlobGas: chain.rollup ? 0n : header.excessBlobGas,
    parentBeaconBlockRoot: zeroHash,
    systemCalls: false,
  }
}

/** Opens the state of `header` for a call, overrides applied. */
export function openCall(
  m: Machine,
  context: Pick<CallContext, 'chain'>,
  header: SealedHeader,
  options: CallOptions,
): void {
  m.setBlock(context.chain, callEnvironment(context.chain, header, options.blockOverrides))
  m.exports.openState(m.put(hexToBytes(header.stateRoot)))
  // Opening works it out from the excess.
  const { blobBaseFee } = options.blockOverrides ?? {}
  if (blobBaseFee !== undefined)
    m.writeBig((m.exports.blockContext() >>> 0) + layout.block.blobBaseFee, 32, blobBaseFee)
  for (const [address, override] of Object.entries(options.stateOverrides ?? {}))
    applyOverride(m, address as Address, override)
}

/** geth's override set for one account. */
function applyOverride(m: Machine, name: Address, override: StateOverride): void {
  if (override.movePrecompileToAddress !== undefined)
    throw new ExecutionError('Precompiles cannot be moved in this engine.', 'EXECUTION_REJECTED')
  const e = m.exports
  const address = m.put(hexToBytes(name))
  const record = e.accountAt(address) >>> 0
  const balance = m.put(m.copy(record + layout.account.balance, 32))
  if (override.balance !== undefined) m.writeBig(balance, 32, override.balance)
  const nonce = override.nonce ?? m.view().getBigUint64(record + layout.account.nonce, true)
  e.setBalanceAndNonce(address, nonce, balance)
  if (override.code !== undefined) {
    const code = hexToBytes(override.code)
    e.setCode(address, m.put(code), code.length)
  }
  if (override.state !== undefined) e.wipeStorage(address)
  for (const [slot, value] of Object.entries({ ...override.state, ...override.stateDiff }))
    e.setStorage(address, m.put(word(slot)), m.put(word(value)))
}

/** A quantity or a word in hex as 32 bytes. */
export const word = (hex: string): Uint8Array => hexToBytes(`0x${hex.slice(2).padStart(64, '0')}`)

/** Puts a call into the guest as a transaction record with its sender. */
function putRequest(m: Machine, chain: ChainConfig, request: CallRequest, gasLimit: bigint): number {
  const common = {
    chainId: chain.chainId,
    nonce: 0n,
    gasLimit,
    value: request.value ?? 0n,
    data: hexToBytes(request.data ?? '0x'),
    maxFeePerGas: request.maxFeePerGas ?? request.gasPrice ?? 0n,
    maxPriorityFeePerGas: request.maxPriorityFeePerGas ?? request.gasPrice ?? 0n,
    accessList: request.accessList ?? [],
    r: 0n,
    s: 0n,
    yParity: 0 as const,
  }
  const { to, authorizationList } = request
  const raw = encodeTransaction(
    authorizationList !== undefined && to !== undefined
      ? { ...common, type: 4, to, authorizationList }
      : { ...common, type: 2, to },
  )
  const tx = m.exports.alloc(layout.transaction.size) >>> 0
  if (m.exports.decode(m.put(raw), raw.length, tx) !== 0)
    throw new ExecutionError('The call is no transaction.', 'EXECUTION_REJECTED')
  m.bytes().set(hexToBytes(request.from ?? zeroAddress), tx + layout.transaction.sender)
  return tx
}

/** Why a call cannot start, in geth's words. */
function rejection(m: Machine, reason: number, tx: number, request: CallRequest): string {
  const gas = m.view().getBigUint64(tx + layout.transaction.gas, true)
  switch (reason) {
    case skipReasons.priorityAboveFeeCap:
      return 'max priority fee per gas higher than max fee per gas'
    case skipReasons.feeCapBelowBaseFee:
      return 'max fee per gas less than block base fee'
    case skipReasons.initCodeTooLarge:
      return 'max initcode size exceeded'
    case skipReasons.intrinsicGasTooLow:
      return `intrinsic gas too low: have ${gas}, want ${m.exports.requiredGas(tx)}`
    case skipReasons.insufficientFunds: {
      const from = (request.from ?? zeroAddress).toLowerCase()
      const have = m.readWord(
        (m.exports.accountAt(tx + layout.transaction.sender) >>> 0) + layout.account.balance,
      )
      const want = gas * m.readWord(tx + layout.transaction.maxFee) + (request.value ?? 0n)
      return `insufficient funds for gas * price + value: address ${from} have ${have} want ${want}`
    }
    default:
      return Object.entries(skipReasons).find(([, number]) => number === reason)?.[0] ?? `reason ${reason}`
  }
}

/** Runs a call on an opened machine. */
export function runCall(
  m: Machine,
  chain: ChainConfig,
  request: CallRequest,
  gasLimit: bigint,
): Outcome | { rejected: string; reason: number } {
  const fault = authorizationFault(request)
  if (fault !== undefined) return { rejected: fault, reason: skipReasons.emptyAuthorizationList }
  const tx = putRequest(m, chain, request, gasLimit)
  const reason = m.exports.executeTransaction(tx, CALL_MODE)
  if (reason !== 0) return { rejected: rejection(m, reason, tx, request), reason }
  const at = m.exports.transactionResult() >>> 0
  const view = m.view()
  const outcome: Outcome = {
    status: view.getInt32(at + layout.result.status, true),
    gasUsed: view.getBigUint64(at + layout.result.gasUsed, true),
    returnData: m.copy(
      view.getUint32(at + layout.result.outputPtr, true),
      view.getUint32(at + layout.result.outputLength, true),
    ),
    logs: readLogs(m),
  }
  if (view.getUint32(at + layout.result.hasContract, true) !== 0)
    outcome.contractAddress = m.hex(at + layout.result.contract, 20)
  return outcome
}

export const gasOf = (request: CallRequest, options: CallOptions): bigint => {
  const cap = options.gasCap ?? DEFAULT_GAS_CAP
  return request.gas === undefined || request.gas > cap ? cap : request.gas
}

function once(
  context: CallContext,
  header: SealedHeader,
  request: CallRequest,
  options: CallOptions,
  gas: bigint,
) {
  return context.withMachine(header, (m) => {
    openCall(m, context, header, options)
    return runCall(m, context.chain, request, gas)
  })
}

export function call(
  context: CallContext,
  header: SealedHeader,
  request: CallRequest,
  options: CallOptions = {},
): CallResult {
  const outcome = once(context, header, request, options, gasOf(request, options))
  if ('rejected' in outcome) return { status: 'halt', reason: outcome.rejected, gasUsed: 0n, logs: [] }
  const { status, gasUsed, logs, returnData } = outcome
  if (status < REVERTED) return { status: 'success', returnData: bytesToHex(returnData), gasUsed, logs }
  if (status === REVERTED) return { status: 'revert', returnData: bytesToHex(returnData), gasUsed, logs }
  return { status: 'halt', reason: failureText(status), gasUsed, logs }
}

/** Binary search as geth does it: from what was used, over a guess, to the gas limit. */
export function estimateGas(
  context: CallContext,
  header: SealedHeader,
  request: CallRequest,
  options: CallOptions = {},
): EstimateResult {
  const environment = callEnvironment(context.chain, header, options.blockOverrides)
  const bounds = [options.gasCap ?? DEFAULT_GAS_CAP]
  if (environment.rules.isOsaka) bounds.push(maxTransactionGas)
  const price = request.maxFeePerGas ?? request.gasPrice ?? 0n
  if (price > 0n) {
    const balance = context.withMachine(header, (m) => {
      openCall(m, context, header, options)
      const at = m.exports.accountAt(m.put(hexToBytes(request.from ?? zeroAddress))) >>> 0
      return m.readWord(at + layout.account.balance)
    })
    const value = request.value ?? 0n
    // As geth has it: what goes into the value pays for no gas.
    if (value > 0n && balance <= value) return { status: 'halt', reason: 'insufficient funds for transfer' }
    bounds.push((balance - value) / price)
  }
  let high = bounds.reduce((a, b) => (b < a ? b : a), request.gas ?? environment.gasLimit)
  const attempt = (gas: bigint) => once(context, header, request, options, gas)
  const first = attempt(high)
  if ('rejected' in first) {
    const short = first.reason === skipReasons.intrinsicGasTooLow
    return { status: 'halt', reason: short ? `gas required exceeds allowance (${high})` : first.rejected }
  }
  if (first.status === REVERTED) return { status: 'revert', returnData: bytesToHex(first.returnData) }
  if (first.status > REVERTED) {
    const reason = failureText(first.status)
    return {
      status: 'halt',
      reason: reason === 'out of gas' ? `gas required exceeds allowance (${high})` : reason,
    }
  }
  const enough = (gas: bigint) => {
    const outcome = attempt(gas)
    return !('rejected' in outcome) && outcome.status < REVERTED
  }
  if (enough(first.gasUsed)) return { status: 'success', gas: first.gasUsed }
  let low = first.gasUsed
  // Refunds and the 63/64 rule (EIP-150) explain most of the difference.
  const guess = ((first.gasUsed + 2_300n) * 64n) / 63n
  if (guess > low && guess < high) {
    if (enough(guess)) high = guess
    else low = guess
  }
  while (high - low > 1n) {
    const middle = (high + low) / 2n
    if (enough(middle)) high = middle
    else low = middle
  }
  return { status: 'success', gas: high }
}
