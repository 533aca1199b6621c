import { setImmediate } from 'node:timers/promises'
import {
  createEVM,
  EVM,
  EVMError,
  type EVMOpts,
  type EVMResult,
  type ExecResult,
  type Message,
} from '@ethereumjs/evm'
import { Account, type Address } from '@ethereumjs/util'
import { AbortedError, type ReadSignal } from '@animechain/core'
import { ExecutionError } from './errors.js'
import { AccessJournal, TransientState } from './journal.js'
import { keccak } from './keccak.js'
import { plainHex, type WorldState } from './worldState.js'

// @ethereumjs/evm awaits every instruction and analyses a contract's code anew in each call frame. This file runs its own
// instruction handlers in a loop that awaits only where a handler is asynchronous, keeps code analyses, and does the storage
// and memory instructions synchronously on our world state: up to ten times the speed, by the same handlers for all else.
// It also carries the tracing hook: the `step` event of the library changes results on a REVERT with a huge length.

/** The parts of the library's run state that are used here. */
export interface RunState {
  programCounter: number
  opCode: number
  code: Uint8Array
  gasLeft: bigint
  gasRefund: bigint
  memory: {
    _store: Uint8Array
    read(offset: number, size: number, avoidCopy?: boolean): Uint8Array
    extend(offset: number, size: number): void
  }
  memoryWordCount: bigint
  highestMemCost: bigint
  stack: { _store: bigint[]; _len: number; push(value: bigint): void; pop(): bigint }
  returnBytes: Uint8Array
  validJumps: Uint8Array
  cachedPushes: Record<number, bigint>
  shouldDoJumpAnalysis: boolean
  messageGasLimit?: bigint
  env: Environment
  interpreter: unknown
}

interface Environment {
  address: Address
  caller: Address
  callValue: bigint
  callData: Uint8Array
  isStatic: boolean
  depth: number
  codeAddress?: Address
  contract: unknown
}

interface OpcodeEntry {
  opcodeInfo: {
    code: number
    name: string
    fullName: string
    feeBigInt: bigint
    dynamicGas: boolean
    isAsync: boolean
    isInvalid: boolean
  }
  opHandler: (state: RunState, common: unknown) => unknown
  gasHandler?: (state: RunState, gas: bigint, common: unknown) => Promise<bigint> | bigint
}

/** What the tracers see of one call frame's entry. */
export interface FrameMessage {
  caller: Address
  to?: Address
  codeAddress?: Address
  value: bigint
  data: Uint8Array
  gasLimit: bigint
  depth: number
  isStatic: boolean
  delegatecall: boolean
  salt?: Uint8Array
}

export interface FrameResult {
  createdAddress?: Address
  execResult: {
    returnValue: Uint8Array
    executionGasUsed: bigint
    exceptionError?: { error: string }
  }
  /** The call was refused before it became a frame. */
  neverBegan?: boolean
}

/** Hooks of a tracer. They only look. */
export interface Tracer {
  /** Before the first instruction: what the refund counter holds already (EIP-7702). */
  refund?(amount: bigint): void
  /** Before each instruction. `cost` is undefined when its gas cannot even be computed; `error` says why. */
  step?(state: RunState, opcode: string, cost: bigint | undefined, error?: string): void
  enter?(message: FrameMessage): void
  exit?(result: FrameResult): void
  log?(address: Uint8Array, topics: Uint8Array[], data: Uint8Array): void
}

/** Gas of EIP-2929, -2200 and -3529. */
const COLD_SLOAD = 2_100n
const WARM_READ = 100n
const SSTORE_SENTRY = 2_300n
const SSTORE_SET = 20_000n
const SSTORE_RESET = 2_900n
const SSTORE_CLEAR_REFUND = 4_800n

const VERY_LOW = 3n
const KECCAK_GAS = 30n
const KECCAK_WORD_GAS = 6n
const MAX_64 = 0xffff_ffff_ffff_ffffn
const NOTHING = new Uint8Array(0)

/** Instructions done here: KECCAK256, MLOAD, MSTORE, MSTORE8, SLOAD, SSTORE, TLOAD, TSTORE. */
const FAST = Uint8Array.from({ length: 256 }, (_, op) =>
  op === 0x20 || (op >= 0x51 && op <= 0x55) || op === 0x5c || op === 0x5d ? 1 : 0,
)

const STEPS_BETWEEN_CHECKS = 4_096
/** Milliseconds after which the event loop gets a turn. */
const YIELD_AFTER = 20
/** Analyses of code kept, by the bytes of the code. */
const MAX_ANALYSED_BYTES = 2 * 1024 * 1024

const outOfGas = () => new EVMError(EVMError.errorMessages.OUT_OF_GAS)

interface Analysis {
  jumps: Uint8Array
  pushes: Record<number, bigint>
}

/** The library's interpreter class, which it does not export. */
interface InterpreterBase {
  _runState: RunState
  _result: Record<string, unknown>
  _env: Environment
  run(code: Uint8Array, opts?: unknown): Promise<{ runState: RunState; exceptionError?: EVMError }>
  _baseCall(message: FrameMessage): Promise<bigint>
  create(gasLimit: bigint, value: bigint, code: Uint8Array, salt?: Uint8Array): Promise<bigint>
}
export type InterpreterClass = new (...parameters: unknown[]) => InterpreterBase

/** An opcode that no fork defines. */
const PROBE = 0x0c

let interpreterClass: Promise<InterpreterClass> | undefined

/** Gets hold of the class through an instance, by an instruction of our own that runs once. */
export function loadInterpreter(): Promise<InterpreterClass> {
  interpreterClass ??= (async () => {
    let found: InterpreterClass | undefined
    const evm = await createEVM({
      customOpcodes: [
        {
          opcode: PROBE,
          opcodeName: 'PROBE',
          baseFee: 0,
          logicFunction(state: unknown) {
            found = ((state as RunState).interpreter as { constructor: InterpreterClass }).constructor
          },
        },
      ],
    })
    await evm.runCode({ code: Uint8Array.of(PROBE) })
    if (found === undefined)
      throw new ExecutionError('The interpreter could not be set up.', 'EXECUTION_CLOSED')
    return found
  })()
  return interpreterClass
}

/** yellow paper, 9.4.2 */
const MAX_DEPTH = 1_024

/** Has a tracer see the calls and creations too that the library refuses before they become frames: for depth, funds or nonces. */
function showUnbegun(interpreter: InterpreterBase, tracer: Tracer): void {
  const { _env: env } = interpreter
  const refusal = (value: bigint, isCreate: boolean): string | undefined => {
    const { balance, nonce } = env.contract as { balance: bigint; nonce: bigint }
    if (env.depth >= MAX_DEPTH) return 'max call depth exceeded'
    if (balance < value) return 'insufficient balance'
    return isCreate && nonce >= MAX_64 ? 'nonce overflow' : undefined
  }
  const show = (message: FrameMessage, error: string) => {
    tracer.enter?.(message)
    const execResult = { returnValue: NOTHING, executionGasUsed: 0n, exceptionError: { error } }
    tracer.exit?.({ execResult, neverBegan: true })
  }
  const call = interpreter._baseCall
  interpreter._baseCall = (message) => {
    const error = refusal(message.delegatecall ? 0n : message.value, false)
    if (error !== undefined) show(message, error)
    return call.call(interpreter, message)
  }
  const create = interpreter.create
  interpreter.create = (gasLimit, value, data, salt) => {
    const error = refusal(value, true)
    const depth = env.depth + 1
    if (error !== undefined)
      show({ caller: env.address, value, data, gasLimit, depth, isStatic: false, delegatecall: false }, error)
    return create.call(interpreter, gasLimit, value, data, salt)
  }
}

/** A frame whose result is an error, in the library's own shape. */
const isEvmError = (error: unknown): error is EVMError =>
  typeof error === 'object' && error !== null && (error as { errorType?: string }).errorType === 'EVMError'

/** Has a tracer see an instruction whose gas depends on what it works on. Gives that gas. */
async function showDynamic(
  state: RunState,
  { opcodeInfo: { feeBigInt, fullName }, gasHandler }: OpcodeEntry,
  common: EVM['common'],
  tracer: Tracer,
): Promise<bigint> {
  // Shown is what was there before the instruction: refunds and the size of memory, too.
  const refund = state.gasRefund
  const words = state.memoryWordCount
  let gas: bigint
  try {
    gas = await gasHandler!(state, feeBigInt, common)
  } catch (error) {
    state.memoryWordCount = words
    if (isEvmError(error)) tracer.step?.(state, fullName, undefined, error.error)
    throw error
  }
  const after = state.gasRefund
  const wider = state.memoryWordCount
  state.gasRefund = refund
  state.memoryWordCount = words
  const error = gas > state.gasLeft ? EVMError.errorMessages.OUT_OF_GAS : undefined
  tracer.step?.(state, fullName, gas, error)
  state.gasRefund = after
  state.memoryWordCount = wider
  return gas
}

/** The library's EVM with our loop. */
export class FastEvm extends EVM {
  tracer: Tracer | undefined
  /** `performance.now()` after which execution throws EXECUTION_TIMEOUT */
  deadline: number | undefined
  /** ends execution when it is aborted */
  signal: ReadSignal | undefined
  #steps = 0
  #lastYield = 0
  #analyses = new WeakMap<Uint8Array, Analysis>()
  #analysedBytes = 0
  readonly #interpreter: InterpreterClass
  readonly #world: WorldState
  readonly #access: AccessJournal
  readonly #transient: TransientState

  constructor(opts: EVMOpts, world: WorldState, interpreter: InterpreterClass) {
    super(opts)
    this.#world = world
    this.#access = new AccessJournal(world)
    this.#transient = new TransientState(world)
    const parts = this as unknown as { journal: unknown; transientStorage: unknown }
    parts.journal = this.#access
    parts.transientStorage = this.#transient
    this.#interpreter = interpreter
    // The library looks its listeners up for every message; the tracer is asked directly.
    const hooks = this as unknown as { _emit(topic: string, data: unknown): void }
    hooks._emit = (topic, data) => {
      if (this.tracer === undefined) return
      if (topic === 'beforeMessage') this.tracer.enter?.(data as FrameMessage)
      else if (topic === 'afterMessage') this.tracer.exit?.(data as FrameResult)
    }
  }

  /** What init code reverted with, kept from the library's eyes. */
  #revertData: Uint8Array | undefined

  protected override async runInterpreter(message: Message): Promise<ExecResult> {
    const result = (await this.#runFrame(message as never)) as unknown as ExecResult
    // The library looks for EIP-3541's 0xef also in what init code reverts with, and then takes all the gas (10.1.3).
    if (result.exceptionError === undefined || result.returnValue[0] !== 0xef) return result
    if ((message as { isCreate?: boolean }).isCreate !== true) return result
    this.#revertData = result.returnValue
    return { ...result, returnValue: NOTHING }
  }

  protected override async _executeCreate(message: Message): Promise<EVMResult> {
    try {
      const result = await super._executeCreate(message)
      if (this.#revertData !== undefined) result.execResult.returnValue = this.#revertData
      return result
    } finally {
      // Also after a failure: it is no answer to the next creation.
      this.#revertData = undefined
    }
  }

  async #runFrame(message: FrameMessage & { code: Uint8Array; [key: string]: unknown }) {
    const fields = this as unknown as {
      _tx: { gasPrice: bigint; origin: Address }
      _block: unknown
      _optsCached: unknown
      performanceLogger: unknown
    }
    const address = message.to!
    const contract = (await this.#world.getAccount(address)) ?? new Account()
    const env = {
      address,
      caller: message.caller,
      callData: message.data,
      callValue: message.value,
      code: message.code,
      isStatic: message.isStatic,
      isCreate: message['isCreate'] ?? false,
      depth: message.depth,
      gasPrice: fields._tx.gasPrice,
      origin: fields._tx.origin,
      block: fields._block,
      contract,
      codeAddress: message.codeAddress,
      gasRefund: message['gasRefund'],
      chargeCodeAccesses: message['chargeCodeAccesses'],
      blobVersionedHashes: message['blobVersionedHashes'] ?? [],
      createdAddresses: message['createdAddresses'],
    }
    const interpreter = new this.#interpreter(
      this,
      this.stateManager,
      this.blockchain,
      env,
      message.gasLimit,
      this.journal,
      fields.performanceLogger,
      undefined,
    )
    if (this.tracer !== undefined) showUnbegun(interpreter, this.tracer)
    if (message['selfdestruct']) interpreter._result['selfdestruct'] = message['selfdestruct']
    if (message['createdAddresses']) interpreter._result['createdAddresses'] = message['createdAddresses']
    const state = interpreter._runState
    const exceptionError = await this.#loop(state, message.code, interpreter)
    let result = interpreter._result
    let gasUsed = message.gasLimit - state.gasLeft
    if (exceptionError !== undefined) {
      if (exceptionError.error !== EVMError.errorMessages.REVERT) gasUsed = message.gasLimit
      result = { ...result, logs: [], selfdestruct: new Map(), createdAddresses: new Set() }
    }
    return {
      ...result,
      exceptionError,
      gas: state.gasLeft,
      executionGasUsed: gasUsed,
      gasRefund: state.gasRefund,
      returnValue: (result['returnValue'] as Uint8Array | undefined) ?? new Uint8Array(0),
    }
  }

  async #loop(
    state: RunState,
    code: Uint8Array,
    interpreter: InterpreterBase,
  ): Promise<EVMError | undefined> {
    const map = (this as unknown as { _opcodeMap: OpcodeEntry[] })._opcodeMap
    const common = this.common
    const tracer = this.tracer
    const address = plainHex(state.env.address.bytes)
    state.code = code
    const known = this.#analyses.get(code)
    if (known !== undefined) use(state, known)
    const length = code.length
    try {
      while (state.programCounter < length) {
        if (++this.#steps >= STEPS_BETWEEN_CHECKS) await this.#pause()
        const opCode = code[state.programCounter]!
        state.opCode = opCode
        if ((opCode === 0x56 || opCode === 0x57) && state.shouldDoJumpAnalysis)
          use(state, this.#analyse(code))
        if (tracer === undefined && FAST[opCode] === 1 && this.#fast(state, opCode, address)) continue
        const entry = map[opCode]!
        const info = entry.opcodeInfo
        let gas = info.feeBigInt
        if (info.dynamicGas) {
          if (tracer === undefined) {
            const charged = entry.gasHandler!(state, gas, common)
            gas = typeof charged === 'bigint' ? charged : await charged
          } else {
            gas = await showDynamic(state, entry, common, tracer)
          }
        } else if (tracer !== undefined) {
          tracer.step?.(
            state,
            info.fullName,
            gas,
            info.isInvalid
              ? EVMError.errorMessages.INVALID_OPCODE
              : gas > state.gasLeft
                ? EVMError.errorMessages.OUT_OF_GAS
                : undefined,
          )
        }
        if (info.isInvalid) throw new EVMError(EVMError.errorMessages.INVALID_OPCODE)
        state.gasLeft -= gas
        if (state.gasLeft < 0n) {
          state.gasLeft = 0n
          throw outOfGas()
        }
        state.programCounter++
        if (info.isAsync) await entry.opHandler(state, common)
        else entry.opHandler(state, common)
        if (tracer?.log !== undefined && opCode >= 0xa0 && opCode <= 0xa4) {
          const logs = interpreter._result['logs'] as [Uint8Array, Uint8Array[], Uint8Array][]
          tracer.log(...logs[logs.length - 1]!)
        }
      }
      return undefined
    } catch (error) {
      if (!isEvmError(error)) throw error
      // STOP is no failure.
      return error.error === EVMError.errorMessages.STOP ? undefined : error
    }
  }

  async #pause(): Promise<void> {
    this.#steps = 0
    if (this.signal?.aborted) throw new AbortedError('The call')
    const now = performance.now()
    if (this.deadline !== undefined && now > this.deadline)
      throw new ExecutionError('Execution took longer than allowed.', 'EXECUTION_TIMEOUT')
    if (now - this.#lastYield > YIELD_AFTER) {
      await setImmediate()
      this.#lastYield = performance.now()
    }
  }

  #analyse(code: Uint8Array): Analysis {
    const known = this.#analyses.get(code)
    if (known !== undefined) return known
    const jumps = new Uint8Array(code.length)
    const pushes: Record<number, bigint> = new Array<bigint>(code.length)
    for (let at = 0; at < code.length; at++) {
      const op = code[at]!
      if (op === 0x5b) jumps[at] = 1
      else if (op >= 0x60 && op <= 0x7f) {
        const size = op - 0x5f
        let value = 0n
        for (let i = 1; i <= size; i += 4) {
          // Four bytes at a time; bytes behind the end are zero.
          const width = Math.min(4, size - i + 1)
          let part = 0
          for (let j = 0; j < width; j++) part = part * 256 + (code[at + i + j] ?? 0)
          value = (value << BigInt(8 * width)) | BigInt(part)
        }
        pushes[at + 1] = value
        at += size
      }
    }
    const analysis = { jumps, pushes }
    this.#analysedBytes += code.length
    if (this.#analysedBytes > MAX_ANALYSED_BYTES) {
      this.#analyses = new WeakMap()
      this.#analysedBytes = code.length
    }
    this.#analyses.set(code, analysis)
    return analysis
  }

  /** The instructions of {@link FAST} without a promise; false leaves it to the library (on a stack that is too short). */
  #fast(state: RunState, opCode: number, address: string): boolean {
    const stack = state.stack
    const items = stack._store
    const top = stack._len - 1
    if (top < 0 || (top < 1 && opCode !== 0x51 && opCode !== 0x54 && opCode !== 0x5c)) return false
    const first = items[top]!
    switch (opCode) {
      case 0x20: {
        const size = items[top - 1]!
        // Beyond 2^32 bytes the expansion alone is more than any gas limit.
        charge(
          state,
          KECCAK_GAS +
            KECCAK_WORD_GAS * ((size + 31n) >> 5n) +
            (size === 0n ? 0n : expand(state, first, size)),
        )
        const data = size === 0n ? NOTHING : state.memory.read(Number(first), Number(size), true)
        stack._len--
        items[top - 1] = toWord(keccak(data), 0)
        break
      }
      case 0x51:
        charge(state, VERY_LOW + expand(state, first, 32n))
        items[top] = toWord(grown(state, Number(first), 32), Number(first))
        break
      case 0x52:
        charge(state, VERY_LOW + expand(state, first, 32n))
        putWord(grown(state, Number(first), 32), Number(first), items[top - 1]!)
        stack._len -= 2
        break
      case 0x53:
        charge(state, VERY_LOW + expand(state, first, 1n))
        grown(state, Number(first), 1)[Number(first)] = Number(items[top - 1]! & 255n)
        stack._len -= 2
        break
      case 0x54: {
        const slot = slotKey(first)
        charge(state, this.#access.warmSlot(address, slot) ? WARM_READ : COLD_SLOAD)
        items[top] = this.#world.slot(address, slot)
        break
      }
      case 0x55:
        this.#sstore(state, address)
        return true
      case 0x5c:
        charge(state, WARM_READ)
        items[top] = this.#transient.read(address, slotKey(first))
        break
      case 0x5d:
        charge(state, WARM_READ)
        if (state.env.isStatic) throw new EVMError(EVMError.errorMessages.STATIC_STATE_CHANGE)
        this.#transient.write(address, slotKey(first), items[top - 1]!)
        stack._len -= 2
        break
    }
    state.programCounter++
    return true
  }

  /** SSTORE by EIP-2200 with EIP-2929 and EIP-3529, in the order of the library's own gas function. */
  #sstore(state: RunState, address: string): void {
    if (state.env.isStatic) throw new EVMError(EVMError.errorMessages.STATIC_STATE_CHANGE)
    const stack = state.stack
    if (state.gasLeft <= SSTORE_SENTRY) throw outOfGas()
    const slot = slotKey(stack._store[stack._len - 1]!)
    const value = stack._store[stack._len - 2]!
    const current = this.#world.slot(address, slot)
    const original = this.#world.original(address, slot)
    let gas = this.#access.warmSlot(address, slot) ? 0n : COLD_SLOAD
    if (value === current) gas += WARM_READ
    else if (original === current) {
      gas += original === 0n ? SSTORE_SET : SSTORE_RESET
      if (original !== 0n && value === 0n) state.gasRefund += SSTORE_CLEAR_REFUND
    } else {
      gas += WARM_READ
      if (original !== 0n) {
        if (current === 0n) state.gasRefund -= SSTORE_CLEAR_REFUND
        else if (value === 0n) state.gasRefund += SSTORE_CLEAR_REFUND
      }
      if (value === original)
        state.gasRefund += original === 0n ? SSTORE_SET - WARM_READ : SSTORE_RESET - WARM_READ
    }
    charge(state, gas)
    stack._len -= 2
    state.programCounter++
    if (value !== current) this.#world.setSlot(address, slot, value)
  }
}

function use(state: RunState, analysis: Analysis): void {
  state.validJumps = analysis.jumps
  state.cachedPushes = analysis.pushes
  state.shouldDoJumpAnalysis = false
}

function charge(state: RunState, gas: bigint): void {
  state.gasLeft -= gas
  if (state.gasLeft < 0n) {
    state.gasLeft = 0n
    throw outOfGas()
  }
}

/** Gas of memory expansion (yellow paper, appendix H), and the new size. Costs only count: nothing is allocated. */
function expand(state: RunState, offset: bigint, size: bigint): bigint {
  const words = (offset + size + 31n) >> 5n
  if (words <= state.memoryWordCount) return 0n
  const cost = words * 3n + (words * words) / 512n
  const gas = cost - state.highestMemCost
  if (gas > state.gasLeft) throw outOfGas()
  state.highestMemCost = cost
  state.memoryWordCount = words
  return gas
}

const slotKey = (index: bigint) => index.toString(16).padStart(64, '0')

/** The memory, long enough for `size` bytes at `offset`, which has been paid for. */
function grown(state: RunState, offset: number, size: number): Uint8Array {
  if (state.memory._store.length < offset + size) state.memory.extend(offset, size)
  return state.memory._store
}

/** 32 bytes, big-endian, as a number. */
function toWord(bytes: Uint8Array, at: number): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, 32)
  const low = view.getBigUint64(24)
  const high = view.getBigUint64(0)
  const second = view.getBigUint64(8)
  const third = view.getBigUint64(16)
  if (high === 0n && second === 0n) return third === 0n ? low : (third << 64n) | low
  return (((high << 64n) | second) << 128n) | (third << 64n) | low
}

function putWord(bytes: Uint8Array, at: number, value: bigint): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, 32)
  view.setBigUint64(24, BigInt.asUintN(64, value))
  if (value <= MAX_64) {
    bytes.fill(0, at, at + 24)
    return
  }
  view.setBigUint64(16, BigInt.asUintN(64, value >> 64n))
  view.setBigUint64(8, BigInt.asUintN(64, value >> 128n))
  view.setBigUint64(0, value >> 192n)
}
