import {
  authorizationFault,
  type Address,
  type BlockOverride,
  type BlockTag,
  type CallRequest,
  type Hash,
  type Hex,
  type StateOverride,
  type TracerConfig,
  type TracerOptions,
} from '@animechain/core'
import { invalidParams, rpcErrorCodes, RpcError } from './errors.js'

/** Turns one JSON value into what a handler takes. Throws {@link RpcError} -32602. `undefined` is a parameter that was not given. */
export type Param<T> = ((value: unknown, name: string) => T) & { optional?: boolean }

const kind = (value: unknown) => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value)
const bad = (name: string, what: string) => invalidParams(`invalid ${name}: ${what}`)

/** Marks a parameter that may be left out or null. */
export function optional<T>(param: Param<T>): Param<T | undefined>
export function optional<T, D>(param: Param<T>, otherwise: D): Param<T | D>
export function optional<T>(param: Param<T>, otherwise?: unknown): Param<unknown> {
  return Object.assign(
    (value: unknown, name: string) =>
      value === undefined || value === null ? otherwise : param(value, name),
    { optional: true },
  )
}

const text: Param<string> = (value, name) => {
  if (typeof value !== 'string') throw bad(name, `expected a string, got ${kind(value)}`)
  return value
}

const boolean: Param<boolean> = (value, name) => {
  if (typeof value !== 'boolean') throw bad(name, `expected a boolean, got ${kind(value)}`)
  return value
}

function object(value: unknown, name: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw bad(name, `expected an object, got ${kind(value)}`)
  return value as Record<string, unknown>
}

/** Up to 64 bits. */
const DECIMAL = /^\d{1,20}$/
const QUANTITY = /^0x(0|[1-9a-fA-F][0-9a-fA-F]{0,63})$/

/** A QUANTITY of the execution-apis: hex without leading zeros, at most 256 bits. */
const quantity: Param<bigint> = (value, name) => {
  const found = text(value, name)
  if (QUANTITY.test(found)) return BigInt(found)
  if (!found.startsWith('0x')) throw bad(name, 'hex string without 0x prefix')
  if (found === '0x') throw bad(name, 'hex string "0x"')
  if (/^0x0[0-9a-fA-F]+$/.test(found)) throw bad(name, 'hex number with leading zero digits')
  if (/^0x[0-9a-fA-F]+$/.test(found)) throw bad(name, 'hex number > 256 bits')
  throw bad(name, 'invalid hex string')
}

const uint64: Param<bigint> = (value, name) => {
  const found = quantity(value, name)
  if (found >= 2n ** 64n) throw bad(name, 'hex number > 64 bits')
  return found
}

/** A quantity as a small number; JSON numbers and decimal text are taken too, as geth's hex-or-decimal does. */
const count: Param<number> = (value, name) => {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  const found = typeof value === 'string' && DECIMAL.test(value) ? BigInt(value) : quantity(value, name)
  if (found > BigInt(Number.MAX_SAFE_INTEGER)) throw bad(name, 'number too large')
  return Number(found)
}

/** Bytes as hex, lower case. */
const data: Param<Hex> = (value, name) => {
  const found = text(value, name)
  if (!found.startsWith('0x')) throw bad(name, 'hex string without 0x prefix')
  if (found.length % 2 !== 0) throw bad(name, 'hex string of odd length')
  if (!/^[0-9a-fA-F]*$/.test(found.slice(2))) throw bad(name, 'invalid hex string')
  return found.toLowerCase() as Hex
}

/** Bytes, decoded natively: the way of raw transactions. */
const bytes: Param<Uint8Array> = (value, name) => {
  const found = text(value, name)
  if (!found.startsWith('0x')) throw bad(name, 'hex string without 0x prefix')
  if (found.length % 2 !== 0) throw bad(name, 'hex string of odd length')
  const out = Buffer.from(found.slice(2), 'hex')
  // Buffer stops at the first character that is no digit.
  if (out.length !== found.length / 2 - 1) throw bad(name, 'invalid hex string')
  return out
}

const fixed =
  (length: number): Param<Hex> =>
  (value, name) => {
    const found = data(value, name)
    if (found.length !== 2 + 2 * length)
      throw bad(name, `hex string has length ${found.length - 2}, want ${2 * length} for ${length} bytes`)
    return found
  }
const hash: Param<Hash> = fixed(32)
const address: Param<Address> = fixed(20)

/** A storage slot: up to 32 bytes of hex, padded on the left. */
const slot: Param<Hash> = (value, name) => {
  const found = text(value, name)
  if (!found.startsWith('0x')) throw bad(name, 'hex string without 0x prefix')
  if (!/^0x[0-9a-fA-F]{1,64}$/.test(found))
    throw bad(name, found.length > 66 ? 'storage key too long (want at most 32 bytes)' : 'invalid hex string')
  return `0x${found.slice(2).toLowerCase().padStart(64, '0')}`
}

function list<T>(item: Param<T>, max: number): Param<T[]> {
  return (value, name) => {
    if (!Array.isArray(value)) throw bad(name, `expected an array, got ${kind(value)}`)
    if (value.length > max) throw bad(name, `expected at most ${max} items, got ${value.length}`)
    return value.map((entry, i) => item(entry, `${name}[${i}]`))
  }
}

/** Which block: by tag, number or hash. `pending` has the state of the newest block; calls see the number, time and base fee of the next one. */
export type BlockRef =
  | { type: 'tag'; tag: BlockTag | 'pending' }
  | { type: 'number'; number: bigint }
  | { type: 'hash'; hash: Hash }

const TAGS = ['earliest', 'latest', 'safe', 'finalized', 'pending']

/** A block number or tag. */
const block: Param<BlockRef> = (value, name) => {
  const found = text(value, name)
  if (TAGS.includes(found)) return { type: 'tag', tag: found as BlockTag | 'pending' }
  if (!found.startsWith('0x')) throw bad(name, `expected a block number in hex or one of ${TAGS.join(', ')}`)
  return { type: 'number', number: uint64(found, name) }
}

/** EIP-1898: a number, a tag, a hash, or an object with one of them. */
const blockOrHash: Param<BlockRef> = (value, name) => {
  if (typeof value === 'string')
    return value.length === 66 ? { type: 'hash', hash: hash(value, name) } : block(value, name)
  const fields = object(value, name)
  const { blockNumber, blockHash } = fields
  if (blockNumber != null && blockHash != null)
    throw bad(name, 'cannot specify both BlockHash and BlockNumber, choose one or the other')
  if (blockHash != null) return { type: 'hash', hash: hash(blockHash, `${name}.blockHash`) }
  if (blockNumber != null) return block(blockNumber, `${name}.blockNumber`)
  throw bad(name, 'expected blockNumber or blockHash')
}

/** Reads the fields of an object that are there; unknown ones are left alone. */
function fields(value: unknown, name: string) {
  const source = object(value, name)
  return <T>(field: string, param: Param<T>): T | undefined => {
    const found = source[field]
    return found === undefined || found === null ? undefined : param(found, `${name}.${field}`)
  }
}

const MAX_ACCESS_LIST = 10_000

const accessItem: Param<{ address: Address; storageKeys: Hash[] }> = (value, name) => {
  const get = fields(value, name)
  const found = get('address', address)
  if (found === undefined) throw bad(`${name}.address`, 'missing')
  return { address: found, storageKeys: get('storageKeys', list(hash, MAX_ACCESS_LIST)) ?? [] }
}

const authorization: Param<NonNullable<CallRequest['authorizationList']>[number]> = (value, name) => {
  const get = fields(value, name)
  const need = <T>(field: string, param: Param<T>): T => {
    const found = get(field, param)
    if (found === undefined) throw bad(`${name}.${field}`, 'missing')
    return found
  }
  return {
    chainId: need('chainId', quantity),
    address: need('address', address),
    nonce: need('nonce', uint64),
    yParity: Number(need('yParity', uint64)),
    r: need('r', quantity),
    s: need('s', quantity),
  }
}

/** A transaction object as eth_call takes it. */
const call: Param<CallRequest & { chainId?: bigint }> = (value, name) => {
  const get = fields(value, name)
  const dataField = get('data', data)
  const input = get('input', data)
  if (dataField !== undefined && input !== undefined && dataField !== input)
    throw invalidParams(
      'both "data" and "input" are set and not equal. Please use "input" to pass transaction call data',
    )
  const request = {
    from: get('from', address),
    to: get('to', address),
    gas: get('gas', uint64),
    gasPrice: get('gasPrice', quantity),
    maxFeePerGas: get('maxFeePerGas', quantity),
    maxPriorityFeePerGas: get('maxPriorityFeePerGas', quantity),
    value: get('value', quantity),
    data: input ?? dataField,
    nonce: get('nonce', uint64),
    accessList: get('accessList', list(accessItem, MAX_ACCESS_LIST)),
    authorizationList: get('authorizationList', list(authorization, MAX_ACCESS_LIST)),
    chainId: get('chainId', quantity),
  }
  const { gasPrice, maxFeePerGas, maxPriorityFeePerGas } = request
  if (gasPrice !== undefined && (maxFeePerGas !== undefined || maxPriorityFeePerGas !== undefined))
    throw invalidParams('both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified')
  if (maxFeePerGas !== undefined && maxPriorityFeePerGas !== undefined && maxFeePerGas < maxPriorityFeePerGas)
    throw new RpcError(
      rpcErrorCodes.server,
      `max priority fee per gas higher than max fee per gas: maxPriorityFeePerGas: ${maxPriorityFeePerGas}, maxFeePerGas: ${maxFeePerGas}`,
    )
  const fault = authorizationFault(request)
  if (fault !== undefined) throw new RpcError(rpcErrorCodes.server, fault)
  if (get('blobVersionedHashes', list(hash, 16))?.length)
    throw invalidParams('blob transactions are not supported on this chain')
  return request
}

function entries<T>(
  value: unknown,
  name: string,
  key: Param<Hex>,
  item: Param<T>,
  max: number,
): Record<Hex, T> {
  const source = Object.entries(object(value, name))
  if (source.length > max) throw bad(name, `expected at most ${max} entries, got ${source.length}`)
  const out: Record<Hex, T> = {}
  for (const [found, entry] of source) out[key(found, name)] = item(entry, `${name}.${found}`)
  return out
}

const MAX_OVERRIDES = 10_000

const storage: Param<Record<Hash, Hash>> = (value, name) => entries(value, name, slot, slot, MAX_OVERRIDES)

const accountOverride: Param<StateOverride> = (value, name) => {
  const get = fields(value, name)
  const out: StateOverride = {}
  const set = <K extends keyof StateOverride>(field: K, found: StateOverride[K] | undefined) => {
    if (found !== undefined) out[field] = found
  }
  set('balance', get('balance', quantity))
  set('nonce', get('nonce', uint64))
  set('code', get('code', data))
  set('state', get('state', storage))
  set('stateDiff', get('stateDiff', storage))
  set('movePrecompileToAddress', get('movePrecompileToAddress', address))
  if (out.state && out.stateDiff) throw bad(name, "account has both 'state' and 'stateDiff'")
  return out
}

const stateOverrides: Param<Record<Address, StateOverride>> = (value, name) =>
  entries(value, name, address, accountOverride, MAX_OVERRIDES)

/** geth's names and those of eth_simulateV1. */
const blockOverrides: Param<BlockOverride> = (value, name) => {
  const get = fields(value, name)
  const out: BlockOverride = {}
  const set = <K extends keyof BlockOverride>(field: K, ...found: (BlockOverride[K] | undefined)[]) => {
    const value = found.find((item) => item !== undefined)
    if (value !== undefined) out[field] = value
  }
  set('number', get('number', uint64))
  set('timestamp', get('time', uint64), get('timestamp', uint64))
  set('gasLimit', get('gasLimit', uint64))
  set('beneficiary', get('feeRecipient', address), get('coinbase', address))
  set('prevRandao', get('prevRandao', slot), get('random', slot))
  set('baseFeePerGas', get('baseFeePerGas', quantity), get('baseFee', quantity))
  set('blobBaseFee', get('blobBaseFee', quantity))
  return out
}

/** What eth_getLogs and its kin look for. An empty topic place matches anything. */
export interface LogCriteria {
  addresses: readonly Address[]
  topics: readonly (readonly Hash[])[]
}
export interface LogQuery extends LogCriteria {
  blockHash?: Hash
  fromBlock?: BlockRef
  toBlock?: BlockRef
}

const MAX_CRITERIA = 1_000

const logQuery: Param<LogQuery> = (value, name) => {
  const get = fields(value, name)
  const oneOrMore =
    (item: Param<Hex>): Param<Hex[]> =>
    (found, at) =>
      Array.isArray(found) ? list(item, MAX_CRITERIA)(found, at) : [item(found, at)]
  const topics = get('topics', (found, at) => {
    if (!Array.isArray(found)) throw bad(at, `expected an array, got ${kind(found)}`)
    if (found.length > 4) throw invalidParams('exceed max topics')
    return found.map((topic, i) => {
      if (topic === null) return []
      // A null among alternatives matches anything, so the place does.
      if (Array.isArray(topic) && topic.includes(null)) return []
      return oneOrMore(hash)(topic, `${at}[${i}]`)
    })
  })
  const query: LogQuery = {
    addresses: get('address', oneOrMore(address)) ?? [],
    topics: topics ?? [],
    blockHash: get('blockHash', hash),
    fromBlock: get('fromBlock', block),
    toBlock: get('toBlock', block),
  }
  if (query.blockHash !== undefined && (query.fromBlock ?? query.toBlock) !== undefined)
    throw invalidParams('cannot specify both BlockHash and FromBlock/ToBlock, choose one or the other')
  return query
}

const TRACERS = ['callTracer', 'flatCallTracer', 'prestateTracer', '4byteTracer', 'noopTracer'] as const
const MUX = 'muxTracer'
const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m)$/

const tracerConfig: Param<TracerConfig> = (value, name) => {
  const get = fields(value, name)
  return {
    onlyTopCall: get('onlyTopCall', boolean),
    withLog: get('withLog', boolean),
    diffMode: get('diffMode', boolean),
    disableCode: get('disableCode', boolean),
    disableStorage: get('disableStorage', boolean),
    convertParityErrors: get('convertParityErrors', boolean),
    includePrecompiles: get('includePrecompiles', boolean),
  }
}

function unknownTracer(name: string, got: string): RpcError {
  const known = name === 'tracer' ? [...TRACERS, MUX] : TRACERS
  const none = name === 'tracer' ? ' or none' : ''
  return invalidParams(`unknown ${name}: expected ${known.join(', ')}${none}, got ${got.slice(0, 40)}`)
}

/** Of muxTracer: configurations by the names of its tracers. */
const muxConfig: Param<NonNullable<TracerOptions['mux']>> = (value, name) => {
  const source = object(value, name)
  for (const wanted of Object.keys(source))
    if (!(TRACERS as readonly string[]).includes(wanted)) throw unknownTracer('tracer in muxTracer', wanted)
  const out: NonNullable<TracerOptions['mux']> = {}
  for (const known of TRACERS)
    if (source[known] !== undefined)
      out[known] = optional(tracerConfig, {})(source[known], `${name}.${known}`)
  return out
}

/** geth's trace configuration; `timeout` in Go's notation, within the server's limit. */
const tracer: Param<
  TracerOptions & { stateOverrides?: Record<Address, StateOverride>; blockOverrides?: BlockOverride }
> = (value, name) => {
  const get = fields(value, name)
  const wanted = get('tracer', text)
  const known = wanted === MUX ? MUX : TRACERS.find((name) => name === wanted)
  if (wanted && known === undefined) throw unknownTracer('tracer', wanted)
  const mux = known === MUX ? get('tracerConfig', muxConfig) : undefined
  const config = known === MUX ? undefined : get('tracerConfig', tracerConfig)
  const timeout = get('timeout', text)
  const parts = timeout === undefined ? undefined : DURATION.exec(timeout)
  if (parts === null) throw bad(`${name}.timeout`, 'expected a duration such as 5s or 500ms')
  const limit = get('limit', count)
  return {
    ...(known ? { tracer: known } : {}),
    ...(config ? { tracerConfig: config } : {}),
    ...(mux ? { mux } : {}),
    disableStack: get('disableStack', boolean),
    disableStorage: get('disableStorage', boolean),
    enableMemory: get('enableMemory', boolean),
    enableReturnData: get('enableReturnData', boolean),
    ...(limit ? { limit } : {}),
    ...(parts
      ? { timeoutMs: Number(parts[1]) * { ms: 1, s: 1_000, m: 60_000 }[parts[2] as 'ms' | 's' | 'm'] }
      : {}),
    stateOverrides: get('stateOverrides', stateOverrides),
    blockOverrides: get('blockOverrides', blockOverrides),
  }
}

const percentiles: Param<number[]> = (value, name) => {
  const found = list<number>((item, at) => {
    if (typeof item !== 'number' || !(item >= 0 && item <= 100))
      throw bad(at, 'expected a percentile from 0 to 100')
    return item
  }, 100)(value, name)
  for (let i = 1; i < found.length; i++)
    if (found[i]! <= found[i - 1]!)
      throw bad(name, `percentiles must rise: #${i - 1}:${found[i - 1]} >= #${i}:${found[i]}`)
  return found
}

/** Anything: the handler looks at it itself. */
const any: Param<unknown> = (value) => value

/** The parameters' types by their names in the specification. */
export const param = {
  address,
  any,
  block,
  blockOrHash,
  blockOverrides,
  boolean,
  bytes,
  call,
  count,
  data,
  hash,
  list,
  logQuery,
  object,
  percentiles,
  quantity,
  slot,
  stateOverrides,
  text,
  tracer,
  uint64,
}
