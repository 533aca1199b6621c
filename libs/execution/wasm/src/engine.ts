import {
  bytesToHex,
  equalBytes,
  hexToBytes,
  packageModule,
  type AccountProof,
  type Address,
  type BlockBuilder,
  type BlockInput,
  type CallOptions,
  type CallRequest,
  type EngineOpenOptions,
  type ExecutionEngine,
  type Genesis,
  type Hash,
  type Header,
  type KeyValueOperation,
  type ReadSignal,
  type SealedHeader,
  type StateReader,
} from '@animechain/core'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { createAccessList } from './accessList.js'
import { recordBatchWitness, type BatchWitness, type BatchWitnessParameters } from './batchWitness.js'
import { blockRun, checkAttributes, environmentOf, readChanges } from './block.js'
import { call, estimateGas, gasOf, type CallContext } from './calls.js'
import { ExecutionError } from './errors.js'
import { encodeHeader } from './header.js'
import { outputOf, recordWitness, type BlockWitness } from './proof.js'
import { guestModule } from './guest.js'
import * as layout from './layout.js'
import { assertInTime, machine, type Machine, type Source } from './machine.js'
import { headerOperation, metaOperation, nodeStore, type NodeStore } from './nodeStore.js'
import { rulesAt } from './rules.js'
import { flatState, type FlatState } from './state.js'
import { traceBlock, traceCall, traceMachine, type TraceMachine, type WithTraceMachine } from './tracing.js'
import { EMPTY_CODE_HASH, EMPTY_ROOT, readAccount, readSlot } from './trieRead.js'

const ZERO_HASH: Hash = `0x${'00'.repeat(32)}`
const EMPTY_BLOOM = `0x${'00'.repeat(256)}` as const
/** sha256 of nothing: no requests (EIP-7685). */
const EMPTY_REQUESTS_HASH = '0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
/** milliseconds of wall clock */
const DEFAULT_TIMEOUT = 5_000
/** gas that the node build runs through in less than a second, whatever the code */
const UNWATCHED_GAS = 100_000_000n
/** transactions whose senders are recovered together */
const SENDERS_SLICE = 64
const GENESIS_KEY = 'genesis'

export interface WasmOptions {
  /** Recovers the senders of a whole block ahead of its execution, e.g. `senderRecovery()` of @animechain/tx. */
  senders?: { recover(raws: readonly Uint8Array[]): Promise<(Address | undefined)[]> }
  /** Builds of the guest to use instead of the package's own. */
  guests?: { node?: WebAssembly.Module; trace?: WebAssembly.Module; proof?: WebAssembly.Module }
}

/** The engine with what fraud proofs need of it. */
export interface WasmEngine extends ExecutionEngine {
  /** Every preimage that the proof build reads for a block that this engine could execute. @throws EXECUTION_STATE_MISSING */
  recordWitness(parent: SealedHeader, input: BlockInput): Promise<BlockWitness>
  /**
   * Every preimage that the program of fraud proofs reads for batches that have been applied here: the states of their blocks must be in the
   * storage. @throws EXECUTION_STATE_MISSING
   */
  recordBatchWitness(parameters: BatchWitnessParameters): Promise<BatchWitness>
  /** Output root (version 0) of a block whose state is here. @throws EXECUTION_STATE_MISSING */
  outputRoot(header: SealedHeader): Promise<Hash>
  /** What the guest that builds blocks holds of linear memory, bytes. It grows with the largest block and never shrinks. */
  guestMemory(): number
}

interface Opened extends EngineOpenOptions {
  store: NodeStore
  module: WebAssembly.Module
  builder: Machine
  /** for calls, made when first needed */
  reader?: Machine
  /** for traces, made when first needed */
  tracer?: TraceMachine
}

/**
 * The engine that runs the state-transition function in WebAssembly: the program that fraud proofs are about, at V8's speed.
 * Answers are byte for byte those of the reference engine.
 */
export function wasm(options: WasmOptions = {}): WasmEngine {
  // A reader takes the package's own guests.
  const readerModule = options.guests
    ? undefined
    : packageModule(import.meta.url, '@animechain/execution-wasm/thread')
  let opened: Opened | undefined
  let building = false
  /** The instance of the chain that was open before: the next one starts in it, a block forgets everything anyway. */
  let spare: Machine | undefined

  const assertOpen = (): Opened => {
    if (opened === undefined) throw new ExecutionError('The engine is not open.', 'EXECUTION_CLOSED')
    return opened
  }
  const assertState = ({ store }: Opened, header: SealedHeader) => {
    if (header.stateRoot !== EMPTY_ROOT && !store.hasNode(hexToBytes(header.stateRoot)))
      throw new ExecutionError(
        `The state of block ${header.number} (${header.stateRoot}) is not here.`,
        'EXECUTION_STATE_MISSING',
      )
  }
  /** BLOCKHASH above a block. */
  const ancestors = (open: Opened, parent: SealedHeader) => (number: bigint) =>
    number === parent.number
      ? parent.hash
      : number === parent.number - 1n
        ? parent.parentHash
        : open.blockHash(number)

  /** Reads of other states than the one that blocks are built on. */
  let elsewhere: FlatState | undefined
  const stateOf = (open: Opened, header: SealedHeader): FlatState => {
    const root = hexToBytes(header.stateRoot)
    const { state } = open.builder.source
    if (equalBytes(state.root, root)) return state
    if (elsewhere === undefined || !equalBytes(elsewhere.root, root)) elsewhere = flatState(open.store, root)
    return elsewhere
  }
  /** Calls that may run for long go through the trace build, which looks at the clock between instructions. */
  const calls = async (request: CallRequest, callOptions: CallOptions = {}): Promise<CallContext> => {
    const open = assertOpen()
    const deadline = performance.now() + (callOptions.timeoutMs ?? DEFAULT_TIMEOUT)
    const signal = callOptions.origin?.signal
    if (gasOf(request, callOptions) > UNWATCHED_GAS)
      return { chain: open.chain, withMachine: await tracing(open, callOptions.timeoutMs, signal) }
    return {
      chain: open.chain,
      withMachine(header, use) {
        assertState(open, header)
        const source = { store: open.store, state: stateOf(open, header), blockHash: ancestors(open, header) }
        const reader = (open.reader ??= machine(open.module, source))
        reader.source = source
        reader.deadline = deadline
        reader.signal = signal
        // An estimate runs many times.
        assertInTime(reader)
        try {
          return use(reader)
        } catch (error) {
          // After a trap the instance's globals are unknown.
          open.reader = undefined
          if (error instanceof WebAssembly.RuntimeError)
            throw new ExecutionError('The guest trapped.', 'EXECUTION_GUEST', { cause: error })
          throw error
        }
      },
    }
  }

  const tracing = async (
    open: Opened,
    timeoutMs = DEFAULT_TIMEOUT,
    signal?: ReadSignal,
  ): Promise<WithTraceMachine> => {
    const deadline = performance.now() + timeoutMs
    const module = options.guests?.trace ?? (await guestModule('trace'))
    return (header, use) => {
      assertState(open, header)
      const source = { store: open.store, state: stateOf(open, header), blockHash: ancestors(open, header) }
      const tracer = (open.tracer ??= traceMachine(module, source))
      tracer.source = source
      tracer.deadline = deadline
      tracer.signal = signal
      assertInTime(tracer)
      try {
        return use(tracer)
      } catch (error) {
        open.tracer = undefined
        if (error instanceof WebAssembly.RuntimeError)
          throw new ExecutionError('The guest trapped.', 'EXECUTION_GUEST', { cause: error })
        throw error
      }
    }
  }

  const openBlock = async (parent: SealedHeader, attributes: Parameters<ExecutionEngine['openBlock']>[1]) => {
    const open = assertOpen()
    if (building) throw new ExecutionError('A block is under construction already.', 'EXECUTION_BUSY')
    checkAttributes(open.chain, parent, attributes)
    assertState(open, parent)
    const environment = environmentOf(open.chain, parent, attributes)
    const m = open.builder
    m.source.state.move(hexToBytes(parent.stateRoot), { keep: false })
    m.source.blockHash = ancestors(open, parent)
    /** After a trap the instance's globals are unknown. */
    const guarded = <T>(work: () => T): T => {
      try {
        return work()
      } catch (error) {
        building = false
        if (opened === open) open.builder = machine(open.module, m.source)
        if (error instanceof WebAssembly.RuntimeError)
          throw new ExecutionError('The guest trapped.', 'EXECUTION_GUEST', { cause: error })
        throw error
      }
    }
    building = true
    const run = guarded(() => blockRun(m, open.chain, parent, attributes, environment))
    let ended = false
    const assertBuilding = () => {
      if (ended || !building || opened !== open)
        throw new ExecutionError('The block has ended.', 'EXECUTION_CLOSED')
    }
    const builder: BlockBuilder = {
      attributes,
      baseFeePerGas: environment.baseFeePerGas,
      get gasUsed() {
        return run.gasUsed()
      },
      async add(raw, { sender } = {}) {
        assertBuilding()
        return guarded(() => run.add(raw, sender))
      },
      async seal() {
        assertBuilding()
        ended = true
        const { block, changes } = guarded(() => run.seal())
        try {
          const { header } = block
          const kept = headerOperation(hexToBytes(header.hash), encodeHeader(header))
          await open.store.commit([...changes.operations, kept])
          changes.advance()
          return block
        } finally {
          building = false
        }
      },
      async abort() {
        if (ended) return
        ended = true
        building = false
      },
    }
    return builder
  }

  return {
    id: 'wasm',
    ...(readerModule && { reader: { module: readerModule, name: 'wasm' } }),

    async open(engineOptions) {
      if (opened !== undefined) throw new ExecutionError('The engine is open already.', 'EXECUTION_BUSY')
      const module = options.guests?.node ?? (await guestModule('node'))
      const store = nodeStore(engineOptions.storage)
      const state = flatState(store, hexToBytes(EMPTY_ROOT))
      const source: Source = { store, state, blockHash: () => undefined }
      const builder = spare ?? machine(module, source)
      spare = undefined
      builder.source = source
      const header = await writeGenesis(engineOptions, store, builder)
      opened = { ...engineOptions, store, module, builder }
      return header
    },

    async close() {
      if (!building) spare = opened?.builder
      opened = undefined
      elsewhere = undefined
      building = false
    },

    openBlock,

    async executeBlock(parent, input) {
      const { transactions } = input
      const slices: Promise<(Address | undefined)[]>[] = []
      // Recovered slice by slice, so that the first ones run while others recover the rest.
      if (options.senders !== undefined)
        for (let at = 0; at < transactions.length; at += SENDERS_SLICE)
          slices.push(options.senders.recover(transactions.slice(at, at + SENDERS_SLICE)))
      // One that fails after the block has failed is nobody's to wait for.
      for (const slice of slices) slice.catch(() => {})
      const builder = await openBlock(parent, input)
      try {
        let senders: (Address | undefined)[] | undefined
        for (const [i, raw] of transactions.entries()) {
          if (i % SENDERS_SLICE === 0) senders = await slices[i / SENDERS_SLICE]
          await builder.add(raw, { sender: senders?.[i % SENDERS_SLICE] })
        }
        return await builder.seal()
      } finally {
        await builder.abort()
      }
    },

    stateAt(header): StateReader {
      const { store } = assertOpen()
      const root = hexToBytes(header.stateRoot)
      const load = (hash: Uint8Array) => store.node(hash)
      const read = (address: Address, proof?: Uint8Array[]) =>
        header.stateRoot === EMPTY_ROOT ? undefined : readAccount(load, root, hexToBytes(address), proof)
      const slotOf = (storageRoot: Uint8Array, slot: Hash, proof?: Uint8Array[]) =>
        bytesToHex(storageRoot) === EMPTY_ROOT
          ? undefined
          : readSlot(load, storageRoot, hexToBytes(slot), proof)
      return {
        async getAccount(address) {
          const record = read(address)
          return (
            record && {
              balance: record.balance,
              nonce: record.nonce,
              codeHash: bytesToHex(record.codeHash),
              storageRoot: bytesToHex(record.storageRoot),
            }
          )
        },
        async getCode(address) {
          const record = read(address)
          if (record === undefined || bytesToHex(record.codeHash) === EMPTY_CODE_HASH)
            return new Uint8Array(0)
          return store.code(record.codeHash)
        },
        async getStorage(address, slot) {
          const record = read(address)
          const value = record && slotOf(record.storageRoot, slot)
          return value ? bytesToHex(value) : ZERO_HASH
        },
        async getProof(address, slots): Promise<AccountProof> {
          const nodes: Uint8Array[] = []
          const record = read(address, nodes)
          return {
            address: address.toLowerCase() as Address,
            balance: record?.balance ?? 0n,
            nonce: record?.nonce ?? 0n,
            codeHash: record ? bytesToHex(record.codeHash) : EMPTY_CODE_HASH,
            storageRoot: record ? bytesToHex(record.storageRoot) : EMPTY_ROOT,
            accountProof: nodes.map(bytesToHex),
            storageProof: slots.map((key) => {
              const proof: Uint8Array[] = []
              const value = record && slotOf(record.storageRoot, key, proof)
              return { key, value: value ? BigInt(bytesToHex(value)) : 0n, proof: proof.map(bytesToHex) }
            }),
          }
        },
      }
    },

    async hasState(header) {
      const { store } = assertOpen()
      return header.stateRoot === EMPTY_ROOT || store.hasNode(hexToBytes(header.stateRoot))
    },

    async call(header, request, callOptions) {
      return call(await calls(request, callOptions), header, request, callOptions)
    },

    async estimateGas(header, request, callOptions) {
      return estimateGas(await calls(request, callOptions), header, request, callOptions)
    },

    async createAccessList(header, request, callOptions) {
      return createAccessList(
        assertOpen(),
        await tracing(assertOpen(), callOptions?.timeoutMs, callOptions?.origin?.signal),
        header,
        request,
        callOptions,
      )
    },

    async traceBlock(parent, input, tracer, index) {
      const open = assertOpen()
      checkAttributes(open.chain, parent, input)
      const withMachine = await tracing(open, tracer.timeoutMs, tracer.origin?.signal)
      return traceBlock(open.chain, withMachine, parent, input, tracer, index)
    },

    async traceCall(header, request, tracer, callOptions) {
      const timeoutMs = tracer.timeoutMs ?? callOptions?.timeoutMs
      return traceCall(
        assertOpen(),
        await tracing(assertOpen(), timeoutMs, (tracer.origin ?? callOptions?.origin)?.signal),
        header,
        request,
        tracer,
        callOptions,
      )
    },

    async recordWitness(parent, input) {
      const open = assertOpen()
      checkAttributes(open.chain, parent, input)
      assertState(open, parent)
      return recordWitness(open.chain, open.store, parent, input, options.guests?.proof)
    },

    guestMemory: () => assertOpen().builder.exports.memory.buffer.byteLength,

    async recordBatchWitness(parameters) {
      const open = assertOpen()
      assertState(open, parameters.agreed)
      return recordBatchWitness(open.chain, open.store, parameters, options.guests?.proof)
    },

    async outputRoot(header) {
      const open = assertOpen()
      assertState(open, header)
      return outputOf(open.store, header).root
    },

    /** Keeps everything: nodes are content addressed and shared between states. */
    async prune() {},
  }
}

/** Root and nodes of a genesis allocation. */
function applyAlloc(
  m: Machine,
  options: EngineOpenOptions,
): { stateRoot: Hash; operations: KeyValueOperation[] } {
  const { chain, genesis } = options
  const e = m.exports
  m.setBlock(chain, {
    rules: rulesAt(chain, genesis.timestamp),
    parentHash: ZERO_HASH,
    number: genesis.number ?? 0n,
    timestamp: genesis.timestamp,
    beneficiary: genesis.beneficiary,
    gasLimit: genesis.gasLimit,
    prevRandao: genesis.prevRandao,
    baseFeePerGas: genesis.baseFeePerGas,
    excessBlobGas: 0n,
    parentBeaconBlockRoot: ZERO_HASH,
    systemCalls: false,
  })
  e.openState(m.put(hexToBytes(EMPTY_ROOT)))
  for (const [name, account] of Object.entries(genesis.alloc)) {
    const address = m.put(hexToBytes(name))
    const balance = m.put(new Uint8Array(32))
    m.writeBig(balance, 32, account.balance ?? 0n)
    const code = hexToBytes(account.code ?? '0x')
    e.setAccount(address, account.nonce ?? 0n, balance, m.put(code), code.length)
    for (const [slot, value] of Object.entries(account.storage ?? {}))
      e.setStorage(address, m.put(word(slot)), m.put(word(value)))
  }
  e.sealState()
  const stateRoot = bytesToHex(m.copy((e.blockHeader() >>> 0) + layout.header.stateRoot, 32))
  return { stateRoot, operations: readChanges(m, stateRoot).operations }
}

/** A quantity or a word in hex as 32 bytes. */
const word = (hex: string): Uint8Array => hexToBytes(`0x${hex.slice(2).padStart(64, '0')}`)

async function writeGenesis(
  options: EngineOpenOptions,
  store: NodeStore,
  builder: Machine,
): Promise<SealedHeader> {
  const { genesis }: { genesis: Genesis } = options
  const { stateRoot, operations } = applyAlloc(builder, options)
  const header: Header = {
    parentHash: ZERO_HASH,
    beneficiary: genesis.beneficiary,
    stateRoot,
    transactionsRoot: EMPTY_ROOT,
    receiptsRoot: EMPTY_ROOT,
    logsBloom: EMPTY_BLOOM,
    number: genesis.number ?? 0n,
    gasLimit: genesis.gasLimit,
    gasUsed: 0n,
    timestamp: genesis.timestamp,
    extraData: genesis.extraData,
    prevRandao: genesis.prevRandao,
    baseFeePerGas: genesis.baseFeePerGas,
    withdrawalsRoot: EMPTY_ROOT,
    blobGasUsed: 0n,
    excessBlobGas: 0n,
    parentBeaconBlockRoot: ZERO_HASH,
  }
  if (rulesAt(options.chain, genesis.timestamp).isPrague) header.requestsHash = EMPTY_REQUESTS_HASH
  const encoded = encodeHeader(header)
  const digest = keccak_256(encoded)
  const hash = bytesToHex(digest)
  const known = store.meta(GENESIS_KEY)
  if (known === undefined)
    await store.commit([...operations, headerOperation(digest, encoded), metaOperation(GENESIS_KEY, digest)])
  else if (bytesToHex(known) !== hash)
    throw new ExecutionError('The storage holds another chain.', 'EXECUTION_GENESIS_MISMATCH', {
      metaMessages: [`Expected the genesis ${hash}, got ${bytesToHex(known)}.`],
    })
  return { ...header, hash }
}
