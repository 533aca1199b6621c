import {
  authorizationFault,
  bytesToHex,
  hexToBytes,
  maxInitCodeBytes,
  maxTransactionGas,
  zeroAddress,
  type AccessListResult,
  type Address,
  type CallOptions,
  type CallRequest,
  type CallResult,
  type ChainConfig,
  type EstimateResult,
  type Hash,
  type SealedHeader,
  type StateOverride,
  type TraceResult,
  type TracerOptions,
} from '@animechain/core'
import { accessesOf, type TraceWorld } from '@animechain/execution-tracing'
import { intrinsicGas, type AccessList, type SignedTransaction } from '@animechain/tx'
import type { Tracer } from './interpreter.js'
import type { BlockEnvironment, Machine } from './machine.js'
import { runTransaction, type Outcome } from './process.js'
import { blobBaseFee, rulesAt, type Rules } from './rules.js'
import { ExecutionError } from './errors.js'
import { failureText, transactionTracer, worldOf, type TransactionTracer } from './tracers.js'
import type { Prepared } from './validate.js'

/** gas */
const DEFAULT_GAS_CAP = 50_000_000n
/** milliseconds of wall clock */
export const DEFAULT_TIMEOUT = 5_000
/** Rounds after which an access list is taken as it is. */
const MAX_ACCESS_LIST_ROUNDS = 16

/** Lends a machine that shows the state of `header`; the machine is thrown away when `use` fails. */
export type WithMachine = <T>(
  header: SealedHeader,
  rules: Rules,
  use: (machine: Machine) => Promise<T>,
) => Promise<T>

export interface CallContext {
  chain: ChainConfig
  blockHash(number: bigint): Hash | undefined
  withMachine: WithMachine
}

interface PreparedCall {
  rules: Rules
  environment: BlockEnvironment
  prepared: Prepared
  /** Why it cannot start whatever the state is. */
  fault: string | undefined
}

/** A call that cannot start: geth's words. */
interface Rejected {
  rejected: string
}

function prepareCall(
  context: CallContext,
  header: SealedHeader,
  request: CallRequest,
  options: CallOptions,
): PreparedCall {
  const block = options.blockOverrides ?? {}
  const timestamp = block.timestamp ?? header.timestamp
  const rules = rulesAt(context.chain, timestamp)
  const number = block.number ?? header.number
  const environment: BlockEnvironment = {
    number,
    timestamp,
    beneficiary: (block.beneficiary ?? header.beneficiary).toLowerCase() as Address,
    gasLimit: block.gasLimit ?? header.gasLimit,
    prevRandao: block.prevRandao ?? header.prevRandao,
    baseFeePerGas: block.baseFeePerGas ?? header.baseFeePerGas,
    blobBaseFee: block.blobBaseFee ?? blobBaseFee(rules, context.chain.rollup ? 0n : header.excessBlobGas),
    blockHash: (asked) =>
      asked === header.number
        ? header.hash
        : asked === header.number - 1n
          ? header.parentHash
          : context.blockHash(asked),
  }
  const cap = options.gasCap ?? DEFAULT_GAS_CAP
  const gasLimit = request.gas === undefined || request.gas > cap ? cap : request.gas
  const to = request.to?.toLowerCase() as Address | undefined
  const maxFeePerGas = request.maxFeePerGas ?? request.gasPrice ?? 0n
  const maxPriorityFeePerGas = request.maxPriorityFeePerGas ?? request.gasPrice ?? 0n
  const common = {
    chainId: context.chain.chainId,
    nonce: 0n,
    gasLimit,
    value: request.value ?? 0n,
    data: hexToBytes(request.data ?? '0x'),
    maxFeePerGas,
    maxPriorityFeePerGas,
    accessList: (request.accessList ?? []).map((item) => ({
      address: item.address.toLowerCase() as Address,
      storageKeys: item.storageKeys.map((key) => key.toLowerCase() as Hash),
    })),
    r: 0n,
    s: 0n,
    yParity: 0 as const,
  }
  const transaction: SignedTransaction =
    request.authorizationList !== undefined && to !== undefined
      ? { ...common, type: 4, to, authorizationList: request.authorizationList }
      : { ...common, type: 2, to }
  const { gas, floor } = intrinsicGas(transaction)
  const wanted = environment.baseFeePerGas + maxPriorityFeePerGas
  return {
    rules,
    environment,
    fault: authorizationFault(request),
    prepared: {
      transaction,
      sender: (request.from ?? zeroAddress).toLowerCase() as Address,
      maxFeePerGas,
      maxPriorityFeePerGas,
      gasPrice: wanted < maxFeePerGas ? wanted : maxFeePerGas,
      intrinsicGas: gas,
      floorGas: rules.isPrague ? floor : 0n,
      blobGas: 0n,
      maxCost: gasLimit * maxFeePerGas + common.value,
    },
  }
}

const withGas = (call: PreparedCall, gasLimit: bigint): PreparedCall => ({
  ...call,
  prepared: {
    ...call.prepared,
    transaction: { ...call.prepared.transaction, gasLimit },
    maxCost: gasLimit * call.prepared.maxFeePerGas + call.prepared.transaction.value,
  },
})

/** Runs a prepared call on a machine that shows the right state, with overrides applied. */
async function execute(
  context: CallContext,
  machine: Machine,
  call: PreparedCall,
  options: CallOptions,
  tracer?: { hooks: Tracer; start?: TransactionTracer['start'] },
): Promise<Outcome | Rejected> {
  const { prepared, environment } = call
  const { state, evm } = machine
  const precompiles = applyOverrides(machine, options.stateOverrides ?? {})
  machine.setBlock(environment)
  const tx = prepared.transaction
  try {
    if (call.fault !== undefined) return { rejected: call.fault }
    if (prepared.maxPriorityFeePerGas > prepared.maxFeePerGas)
      return { rejected: 'max priority fee per gas higher than max fee per gas' }
    if (prepared.maxFeePerGas > 0n && prepared.maxFeePerGas < environment.baseFeePerGas)
      return { rejected: 'max fee per gas less than block base fee' }
    if (tx.to === undefined && tx.data.length > maxInitCodeBytes)
      return { rejected: 'max initcode size exceeded' }
    const least = prepared.intrinsicGas > prepared.floorGas ? prepared.intrinsicGas : prepared.floorGas
    if (tx.gasLimit < least) return { rejected: `intrinsic gas too low: have ${tx.gasLimit}, want ${least}` }
    const balance = state.account(prepared.sender.slice(2))?.balance ?? 0n
    if (balance < prepared.maxCost)
      return {
        rejected: `insufficient funds for gas * price + value: address ${prepared.sender} have ${balance} want ${prepared.maxCost}`,
      }
    evm.tracer = tracer?.hooks
    tracer?.start?.(
      {
        from: prepared.sender,
        to: tx.to,
        value: tx.value,
        data: tx.data,
        gas: tx.gasLimit,
        beneficiary: environment.beneficiary,
        others: [],
      },
      state,
    )
    return await runTransaction(machine, context.chain, environment, prepared, undefined, { isCall: true })
  } finally {
    evm.tracer = undefined
    if (precompiles !== undefined) (evm as unknown as { _precompiles: unknown })._precompiles = precompiles
  }
}

/** Applies geth's override set. Gives back the precompiles to restore when one was moved. */
function applyOverrides(machine: Machine, overrides: Record<Address, StateOverride>): unknown {
  const { state, evm } = machine
  const holder = evm as unknown as { _precompiles: Map<string, unknown> }
  let before: Map<string, unknown> | undefined
  for (const [address, override] of Object.entries(overrides)) {
    const key = address.slice(2).toLowerCase()
    if (override.movePrecompileToAddress !== undefined) {
      const moved = holder._precompiles.get(key)
      if (moved !== undefined) {
        before ??= holder._precompiles
        holder._precompiles = new Map(holder._precompiles)
        holder._precompiles.delete(key)
        holder._precompiles.set(override.movePrecompileToAddress.slice(2).toLowerCase(), moved)
      }
    }
    if (override.balance !== undefined)
      state.addBalance(key, override.balance - (state.account(key)?.balance ?? 0n))
    if (override.nonce !== undefined) state.setNonce(key, override.nonce)
    if (override.code !== undefined) state.setCode(key, hexToBytes(override.code))
    if (override.state !== undefined) state.wipeStorage(key)
    for (const [slot, value] of Object.entries({ ...override.state, ...override.stateDiff }))
      state.setSlot(key, BigInt(slot).toString(16).padStart(64, '0'), BigInt(value))
  }
  state.endTransaction()
  return before
}

async function runOnce(
  context: CallContext,
  header: SealedHeader,
  call: PreparedCall,
  options: CallOptions,
  tracer?: {
    hooks: Tracer
    start?: TransactionTracer['start']
    finish?(outcome: Outcome): void
  },
): Promise<Outcome | Rejected> {
  return context.withMachine(header, call.rules, async (machine) => {
    machine.evm.deadline = performance.now() + (options.timeoutMs ?? DEFAULT_TIMEOUT)
    machine.evm.signal = options.origin?.signal
    try {
      const outcome = await execute(context, machine, call, options, tracer)
      if (!('rejected' in outcome)) tracer?.finish?.(outcome)
      return outcome
    } finally {
      machine.evm.deadline = undefined
      machine.evm.signal = undefined
    }
  })
}

export async function call(
  context: CallContext,
  header: SealedHeader,
  request: CallRequest,
  options: CallOptions = {},
): Promise<CallResult> {
  const outcome = await runOnce(context, header, prepareCall(context, header, request, options), options)
  if ('rejected' in outcome) return { status: 'halt', reason: outcome.rejected, gasUsed: 0n, logs: [] }
  const { gasUsed, logs } = outcome
  if (outcome.success) return { status: 'success', returnData: bytesToHex(outcome.returnData), gasUsed, logs }
  if (outcome.error === 'revert')
    return { status: 'revert', returnData: bytesToHex(outcome.returnData), gasUsed, logs }
  return { status: 'halt', reason: failureText(outcome.error ?? 'failed'), gasUsed, logs }
}

export async function estimateGas(
  context: CallContext,
  header: SealedHeader,
  request: CallRequest,
  options: CallOptions = {},
): Promise<EstimateResult> {
  const deadline = performance.now() + (options.timeoutMs ?? DEFAULT_TIMEOUT)
  const base = prepareCall(context, header, request, options)
  let high = request.gas ?? base.environment.gasLimit
  const cap = options.gasCap ?? DEFAULT_GAS_CAP
  if (high > cap) high = cap
  if (base.rules.isOsaka && high > maxTransactionGas) high = maxTransactionGas
  const { maxFeePerGas, transaction } = base.prepared
  if (maxFeePerGas > 0n) {
    // What the sender can pay for bounds the search, as geth does it.
    const balance = await context.withMachine(header, base.rules, async (machine) => {
      const before = applyOverrides(machine, options.stateOverrides ?? {})
      if (before !== undefined) (machine.evm as unknown as { _precompiles: unknown })._precompiles = before
      return machine.state.account(base.prepared.sender.slice(2))?.balance ?? 0n
    })
    // As geth has it: what goes into the value pays for no gas.
    if (transaction.value > 0n && balance <= transaction.value)
      return { status: 'halt', reason: 'insufficient funds for transfer' }
    const affordable = (balance - transaction.value) / maxFeePerGas
    if (affordable < high) high = affordable
  }
  const attempt = async (gas: bigint) => {
    const left = deadline - performance.now()
    return runOnce(context, header, withGas(base, gas), { ...options, timeoutMs: Math.max(left, 1) })
  }
  const first = await attempt(high)
  if ('rejected' in first) {
    const short = first.rejected.startsWith('intrinsic gas too low')
    return { status: 'halt', reason: short ? `gas required exceeds allowance (${high})` : first.rejected }
  }
  if (!first.success) {
    if (first.error === 'revert') return { status: 'revert', returnData: bytesToHex(first.returnData) }
    const reason = failureText(first.error ?? 'failed')
    return {
      status: 'halt',
      reason: reason === 'out of gas' ? `gas required exceeds allowance (${high})` : reason,
    }
  }
  const enough = async (gas: bigint) => {
    const outcome = await attempt(gas)
    return !('rejected' in outcome) && outcome.success
  }
  // It cannot do with less than it used; often that is enough.
  let low = first.gasUsed - 1n
  if (low < base.prepared.intrinsicGas - 1n) low = base.prepared.intrinsicGas - 1n
  if (await enough(low + 1n)) return { status: 'success', gas: low + 1n }
  low += 1n
  // Refunds and the 63/64 rule (EIP-150) explain most of the rest.
  const guess = ((first.gasUsed + 2_300n) * 64n) / 63n
  if (guess > low && guess < high) {
    if (await enough(guess)) high = guess
    else low = guess
  }
  while (high - low > 1n) {
    const middle = (high + low) / 2n
    if (await enough(middle)) high = middle
    else low = middle
  }
  return { status: 'success', gas: high }
}

export async function createAccessList(
  context: CallContext,
  header: SealedHeader,
  request: CallRequest,
  options: CallOptions = {},
): Promise<AccessListResult> {
  let accessList: AccessList = request.accessList ?? []
  for (let round = 0; ; round++) {
    const prepared = prepareCall(context, header, { ...request, accessList }, options)
    const seen = new Map<Address, Set<Hash>>()
    for (const item of accessList) seen.set(item.address, new Set(item.storageKeys))
    const excluded = new Set<Address>([prepared.prepared.sender])
    if (prepared.prepared.transaction.to !== undefined) excluded.add(prepared.prepared.transaction.to)
    const hooks = accessHooks(seen)
    const outcome = await runOnce(context, header, prepared, options, {
      hooks: hooks.tracer,
      start: (_start, state) => {
        hooks.world = worldOf(state)
      },
      finish: (result) => {
        if (result.contractAddress !== undefined) excluded.add(result.contractAddress)
      },
    })
    const precompile = /^0x0{37}([0-9a-f]{3})$/
    const next: AccessList = [...seen]
      .filter(
        ([address, keys]) =>
          keys.size > 0 || !(excluded.has(address) || isPrecompile(precompile.exec(address)?.[1])),
      )
      .map(([address, keys]) => ({ address, storageKeys: [...keys].sort() }))
      .sort((a, b) => (a.address < b.address ? -1 : 1))
    const done = round >= MAX_ACCESS_LIST_ROUNDS || JSON.stringify(next) === JSON.stringify(accessList)
    if ('rejected' in outcome)
      return { status: 'halt', reason: outcome.rejected, accessList: next, gasUsed: 0n }
    if (!done) {
      accessList = next
      continue
    }
    if (outcome.success) return { status: 'success', accessList: next, gasUsed: outcome.gasUsed }
    const status = outcome.error === 'revert' ? 'revert' : 'halt'
    return {
      status,
      reason: failureText(outcome.error ?? 'failed'),
      accessList: next,
      gasUsed: outcome.gasUsed,
    }
  }
}

function isPrecompile(low: string | undefined): boolean {
  if (low === undefined) return false
  const number = parseInt(low, 16)
  return (number >= 1 && number <= 0x11) || number === 0x100
}

/** Collects what instructions access, as geth's access list tracer does. */
function accessHooks(seen: Map<Address, Set<Hash>>) {
  const keysOf = (address: Address) => {
    const keys = seen.get(address) ?? new Set<Hash>()
    seen.set(address, keys)
    return keys
  }
  const hooks: { tracer: Tracer; world?: TraceWorld } = {
    tracer: {
      step({ stack, opCode, env }) {
        const step = {
          op: opCode,
          size: stack._len,
          peek: (depth: number) => stack._store[stack._len - 1 - depth]!,
          address: bytesToHex(env.address.bytes),
        }
        accessesOf(step, hooks.world!, {
          account: (address) => void keysOf(address),
          slot: (address, slot) => void keysOf(address).add(slot),
        })
      },
    },
  }
  return hooks
}

export async function traceCall(
  context: CallContext,
  header: SealedHeader,
  request: CallRequest,
  tracer: TracerOptions,
  options: CallOptions = {},
): Promise<TraceResult> {
  const own = transactionTracer(tracer)
  let result: TraceResult
  const timeoutMs = tracer.timeoutMs ?? options.timeoutMs
  const outcome = await runOnce(
    context,
    header,
    prepareCall(context, header, request, options),
    { ...options, timeoutMs, origin: tracer.origin ?? options.origin },
    {
      hooks: own.hooks,
      start: (start, state) => own.start(start, state),
      finish: (ended) => {
        result = own.result(ended)
      },
    },
  )
  if ('rejected' in outcome)
    throw new ExecutionError(`tracing failed: ${outcome.rejected}`, 'EXECUTION_REJECTED')
  return result
}
