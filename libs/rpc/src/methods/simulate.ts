import {
  nextBaseFee,
  zeroHash,
  type Address,
  type BlockOverride,
  type CallRequest,
  type CallResult,
  type Hash,
  type Hex,
  type Log,
  type SealedHeader,
  type StateOverride,
} from '@animechain/core'
import { latest, method, needHeader, originOf, type Context, type MethodTable } from '../context.js'
import { quantity, type Json } from '../encode.js'
import { invalidParams, revertError, RpcError, rpcErrorCodes } from '../errors.js'

import { optional, param, type Param } from '../params.js'
import { checkedCall } from './state.js'
import { logsWithTransfers, type TracedFrame } from './transfers.js'
import { GAS_LIMIT, rejected, validated } from './validation.js'

/** Blocks and calls of one request, as in geth. */
const MAX_BLOCKS = 256
const MAX_CALLS = 1_000
/** Seconds between simulated blocks whose time is not given. */
const BLOCK_SECONDS = 1n
/** Codes of eth_simulateV1 (execution-apis). */
const VM_ERROR = -32015
const BLOCK_ORDER = -38020
const TIME_ORDER = -38021

interface SimulatedBlock {
  blockOverrides?: BlockOverride
  stateOverrides?: Record<Address, StateOverride>
  calls: (CallRequest & { chainId?: bigint })[]
}

const simulatedBlock: Param<SimulatedBlock> = (value, name) => {
  const source = param.object(value, name)
  return {
    blockOverrides: optional(param.blockOverrides)(source.blockOverrides, `${name}.blockOverrides`),
    stateOverrides: optional(param.stateOverrides)(source.stateOverrides, `${name}.stateOverrides`),
    calls: optional(param.list(param.call, MAX_CALLS), [])(source.calls, `${name}.calls`),
  }
}

interface Simulation {
  blocks: SimulatedBlock[]
  traceTransfers: boolean
  /** Calls must be includable: by nonce, fee and gas. */
  validation: boolean
}

const simulation: Param<Simulation> = (value, name) => {
  const source = param.object(value, name)
  const flag = (field: string) => optional(param.boolean, false)(source[field], `${name}.${field}`)
  if (flag('returnFullTransactions'))
    throw new RpcError(
      rpcErrorCodes.methodNotFound,
      'the method eth_simulateV1 is not supported with returnFullTransactions: true',
    )
  return {
    blocks: param.list(simulatedBlock, MAX_BLOCKS)(source.blockStateCalls, `${name}.blockStateCalls`),
    traceTransfers: flag('traceTransfers'),
    validation: flag('validation'),
  }
}

/** One side of prestateTracer's difference. */
type Side = Record<Address, { balance?: Hex; nonce?: number | Hex; code?: Hex; storage?: Record<Hash, Hash> }>

/** The state so far as overrides over the block that the simulation starts from. */
type World = Record<Address, StateOverride>

/** Lays the caller's overrides over the world. `state` replaces an account's storage, `stateDiff` patches what is there. */
function lay(world: World, overrides: Record<Address, StateOverride>): void {
  for (const [address, given] of Object.entries(overrides) as [Address, StateOverride][]) {
    const { state, stateDiff, ...fields } = given
    const account = Object.assign((world[address] ??= {}), fields)
    if (state) {
      account.state = { ...state }
      delete account.stateDiff
    }
    if (stateDiff) patch(account, stateDiff)
  }
}

function patch(account: StateOverride, slots: Record<Hash, Hash>): void {
  if (account.state) Object.assign(account.state, slots)
  else account.stateDiff = { ...account.stateDiff, ...slots }
}

/** What a call changed, laid over the world. */
function advance(world: World, { pre, post }: { pre: Side; post: Side }): void {
  for (const address of Object.keys(pre) as Address[]) {
    const account = (world[address] ??= {})
    const after = post[address]
    if (after === undefined) {
      Object.assign(account, { balance: 0n, nonce: 0n, code: '0x', state: {} })
      delete account.stateDiff
      continue
    }
    // A slot that was there and is not any more was set to zero.
    const cleared = Object.keys(pre[address]!.storage ?? {}).filter(
      (slot) => after.storage?.[slot as Hash] === undefined,
    )
    if (cleared.length > 0) patch(account, Object.fromEntries(cleared.map((slot) => [slot, zeroHash])))
  }
  for (const [address, after] of Object.entries(post) as [Address, Side[Address]][]) {
    const account = (world[address] ??= {})
    if (after.balance !== undefined) account.balance = BigInt(after.balance)
    if (after.nonce !== undefined) account.nonce = BigInt(after.nonce)
    if (after.code !== undefined) account.code = after.code
    if (after.storage) patch(account, after.storage)
  }
}

/** The next block's values: the caller's, else those that follow from the block before. */
function blockValues(before: Required<BlockOverride>, given: BlockOverride = {}): Required<BlockOverride> {
  const next = {
    ...before,
    number: before.number + 1n,
    timestamp: before.timestamp + BLOCK_SECONDS,
    ...given,
  }
  if (next.number <= before.number)
    throw new RpcError(BLOCK_ORDER, `block numbers must be in order: ${next.number} <= ${before.number}`)
  if (next.timestamp <= before.timestamp)
    throw new RpcError(
      TIME_ORDER,
      `block timestamps must be in order: ${next.timestamp} <= ${before.timestamp}`,
    )
  return next
}

/** A simulated block has no state root, so it has no hash either: both are null, as in a pending block. */
function encodeSimulated(values: Required<BlockOverride>, gasUsed: bigint, calls: Json[]): Json {
  return {
    number: quantity(values.number),
    hash: null,
    parentHash: null,
    nonce: null,
    stateRoot: null,
    timestamp: quantity(values.timestamp),
    gasLimit: quantity(values.gasLimit),
    gasUsed: quantity(gasUsed),
    baseFeePerGas: quantity(values.baseFeePerGas),
    miner: values.beneficiary,
    mixHash: values.prevRandao,
    difficulty: '0x0',
    extraData: '0x',
    transactions: [],
    uncles: [],
    calls,
  }
}

/** What a simulation has used, and what it may use. */
interface Progress {
  /** on the clock of `performance.now()` */
  readonly until: number
  readonly world: World
  gasLeft: bigint
  /** of the answer, about */
  bytes: number
}

/** One call in its simulated block. */
interface Place {
  values: Required<BlockOverride>
  /** gas that is left in the block and in the simulation */
  room: bigint
  index: number
  /** of the first log of this call */
  logIndex: number
}

/** Values that the first simulated block follows. */
const startOf = (context: Context, base: SealedHeader): Required<BlockOverride> => ({
  number: base.number,
  timestamp: base.timestamp,
  gasLimit: base.gasLimit,
  beneficiary: base.beneficiary,
  prevRandao: base.prevRandao,
  baseFeePerGas: nextBaseFee(context.backend.chainConfig, base),
  // No blobs here: the least that EIP-4844 allows.
  blobBaseFee: 1n,
})

async function simulate(context: Context, input: Simulation, base: SealedHeader): Promise<Json> {
  const { callGas, callTimeoutMs } = context.limits
  const total = input.blocks.reduce((sum, block) => sum + block.calls.length, 0)
  if (total > MAX_CALLS) throw invalidParams(`too many calls: at most ${MAX_CALLS}, got ${total}`)
  const progress: Progress = {
    until: performance.now() + 2 * callTimeoutMs,
    world: {},
    gasLeft: callGas,
    bytes: 0,
  }
  const answers: Json[] = []
  let before = startOf(context, base)
  for (const { blockOverrides, stateOverrides, calls } of input.blocks) {
    const values = blockValues(before, blockOverrides)
    if (stateOverrides) lay(progress.world, stateOverrides)
    const { gasUsed, results } = await simulateBlock(context, input, base, values, calls, progress)
    answers.push(encodeSimulated(values, gasUsed, results))
    // Without validation nobody needs to pay the base fee, so it stays as it is.
    before = input.validation
      ? { ...values, baseFeePerGas: nextBaseFee(context.backend.chainConfig, { ...values, gasUsed }) }
      : values
  }
  return answers
}

async function simulateBlock(
  context: Context,
  input: Simulation,
  base: SealedHeader,
  values: Required<BlockOverride>,
  calls: SimulatedBlock['calls'],
  progress: Progress,
): Promise<{ gasUsed: bigint; results: Json[] }> {
  const { responseBytes } = context.limits
  const results: Json[] = []
  let gasUsed = 0n
  let logIndex = 0
  for (const [index, call] of calls.entries()) {
    const left = values.gasLimit - gasUsed
    const room = left < progress.gasLeft ? left : progress.gasLeft
    const { result, logs } = await simulateCall(
      context,
      input,
      base,
      call,
      { values, room, index, logIndex },
      progress,
    )
    progress.gasLeft -= result.gasUsed
    gasUsed += result.gasUsed
    const encoded = encodeResult(result, logs, { values, room, index, logIndex })
    if (result.status === 'success') logIndex += logs.length
    results.push(encoded)
    progress.bytes += encoded.returnData.length + logs.reduce((sum, log) => sum + log.data.length + 600, 0)
    if (progress.bytes > responseBytes)
      throw new RpcError(rpcErrorCodes.limitExceeded, `response too large: at most ${responseBytes} bytes`)
  }
  return { gasUsed, results }
}

/** Runs one call and lays what it changed over the world. */
async function simulateCall(
  context: Context,
  { traceTransfers, validation }: Simulation,
  base: SealedHeader,
  given: SimulatedBlock['calls'][number],
  { values, room, index }: Place,
  { until, world }: Progress,
): Promise<{ result: CallResult; logs: readonly Log[] }> {
  const { engine } = context.backend
  const timeoutMs = Math.ceil(until - performance.now())
  if (timeoutMs <= 0)
    throw new RpcError(rpcErrorCodes.limitExceeded, 'the simulation takes too long: ask for fewer calls')
  const wanted = checkedCall(context, given)
  if (room <= 0n || (wanted.gas ?? 0n) > room)
    throw new RpcError(
      GAS_LIMIT,
      `block gas limit reached: ${room} gas left, call ${index} asks for ${wanted.gas ?? 'some'}`,
    )
  const request = validation
    ? await validated(context, base, world, values, wanted, room)
    : { ...wanted, gas: wanted.gas ?? room }
  const options = {
    gasCap: room,
    timeoutMs,
    stateOverrides: world,
    blockOverrides: values,
    origin: originOf(context),
  }
  const trace = (tracer: 'prestateTracer' | 'callTracer', tracerConfig: Record<string, unknown>) =>
    engine.traceCall(base, request, { tracer, tracerConfig, timeoutMs }, options)
  const result = await engine.call(base, request, options)
  // Everything that ran used gas.
  if (result.status === 'halt' && result.gasUsed === 0n) throw rejected(result.reason)
  // The engine keeps no state of a call; what it changed is read off a trace of the same call.
  const change = await trace('prestateTracer', { diffMode: true })
  const logs = traceTransfers
    ? logsWithTransfers((await trace('callTracer', { withLog: true })) as TracedFrame)
    : result.logs
  advance(world, change as { pre: Side; post: Side })
  return { result, logs }
}

/** One entry of `calls` (execution-apis, eth_simulateV1). */
function encodeResult(result: CallResult, logs: readonly Log[], { values, index, logIndex }: Place) {
  const returnData = result.status === 'halt' ? '0x' : result.returnData
  const shown = result.status === 'success' ? logs : []
  return {
    status: result.status === 'success' ? '0x1' : '0x0',
    returnData,
    gasUsed: quantity(result.gasUsed),
    logs: shown.map((log, i) => ({
      address: log.address,
      topics: log.topics,
      data: log.data,
      blockNumber: quantity(values.number),
      blockHash: null,
      blockTimestamp: quantity(values.timestamp),
      transactionHash: null,
      transactionIndex: quantity(index),
      logIndex: quantity(logIndex + i),
      removed: false,
    })),
    ...errorOf(result),
  }
}

function errorOf(result: CallResult): { error?: Json } {
  if (result.status === 'success') return {}
  if (result.status === 'halt') return { error: { code: VM_ERROR, message: result.reason } }
  const { returnData } = result
  return {
    error: { code: rpcErrorCodes.reverted, message: revertError(returnData).message, data: returnData },
  }
}

/**
 * `eth_simulateV1` without whole transactions: calls see what the calls before them did, over several blocks.
 * Simulated blocks have no hash and no state root.
 */
export const simulateMethods: MethodTable = {
  eth_simulateV1: method(
    [simulation, optional(param.blockOrHash, latest)],
    (context, input, ref) => simulate(context, input, needHeader(context, ref)),
    { heavy: 'read' },
  ),
}
