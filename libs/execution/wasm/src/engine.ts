import {
  assertBlockAttributes,
  emptyRootHash,
  hexToBytes,
  packageModule,
  type Address,
  type BatchWitnessParameters,
  type BlockBuilder,
  type BlockInput,
  type ExecutedBlock,
  type ExecutionEngine,
  type Hash,
  type SealedHeader,
} from '@animechain/core'
import { createAccessList } from './accessList.js'
import { proofInputs, recordBatchWitness, type BatchWitness } from './batchWitness.js'
import { openBlock } from './blockBuilder.js'
import { call, estimateGas } from './calls.js'
import { assertOpen, assertState, holdsState, type EngineState, type Opened } from './engineState.js'
import { ExecutionError } from './errors.js'
import { writeGenesis } from './genesis.js'
import { guestModule } from './guest.js'
import { lendForCall, lendForTrace } from './lend.js'
import { machine, type Source } from './machine.js'
import { nodeStore } from './nodeStore.js'
import { outputOf, recordWitness, type BlockWitness } from './proof.js'
import { flatState } from './state.js'
import { stateReader } from './stateReader.js'
import { traceBlock, traceCall } from './tracing.js'

/** transactions whose senders are recovered together */
const SENDERS_SLICE = 64

/** What the engine takes from outside of itself. */
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

/**
 * The engine that runs the state-transition function in WebAssembly: the program that fraud proofs are about, at V8's speed.
 * Answers are byte for byte those of the reference engine.
 */
export function wasm(options: WasmOptions = {}): WasmEngine {
  // A reader takes the package's own guests.
  const readerModule = options.guests
    ? undefined
    : packageModule(import.meta.url, '@animechain/execution-wasm/thread')
  const state: EngineState = { opened: undefined, building: false, spare: undefined, elsewhere: undefined }
  const begin: ExecutionEngine['openBlock'] = async (parent, attributes) =>
    openBlock(state, parent, attributes)
  return {
    id: 'wasm',
    ...(readerModule && { reader: { module: readerModule, name: 'wasm' } }),

    async open(engineOptions) {
      if (state.opened) throw new ExecutionError('The engine is open already.', 'EXECUTION_BUSY')
      const module = options.guests?.node ?? (await guestModule('node'))
      const store = nodeStore(engineOptions.storage)
      const source: Source = {
        store,
        state: flatState(store, hexToBytes(emptyRootHash)),
        blockHash: () => undefined,
      }
      const builder = state.spare ?? machine(module, source)
      state.spare = undefined
      builder.source = source
      const header = await writeGenesis(engineOptions, store, builder)
      state.opened = { ...engineOptions, store, module, builder }
      return header
    },

    async close() {
      if (!state.building) state.spare = state.opened?.builder
      state.opened = undefined
      state.elsewhere = undefined
      state.building = false
    },

    openBlock: begin,
    executeBlock: (parent, input) => executeBlock(begin, options.senders, parent, input),

    stateAt: (header) => stateReader(assertOpen(state).store, header.stateRoot),
    hasState: async (header) => holdsState(assertOpen(state), header),

    ...reads(state, options.guests?.trace),
    ...witnesses(state, options.guests?.proof),

    guestMemory: () => assertOpen(state).builder.exports.memory.buffer.byteLength,

    /** Keeps everything: nodes are content addressed and shared between states. */
    async prune() {},
  }
}

async function executeBlock(
  begin: (parent: SealedHeader, input: BlockInput) => Promise<BlockBuilder>,
  recovery: WasmOptions['senders'],
  parent: SealedHeader,
  input: BlockInput,
): Promise<ExecutedBlock> {
  const { transactions } = input
  const slices: Promise<(Address | undefined)[]>[] = []
  // Recovered slice by slice, so that the first ones run while others recover the rest.
  if (recovery !== undefined)
    for (let at = 0; at < transactions.length; at += SENDERS_SLICE)
      slices.push(recovery.recover(transactions.slice(at, at + SENDERS_SLICE)))
  // One that fails after the block has failed is nobody's to wait for.
  for (const slice of slices) slice.catch(() => {})
  const builder = await begin(parent, input)
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
}

/** Calls and traces; `trace` is their build of the guest, where it is not the package's own. */
function reads(
  state: EngineState,
  trace: WebAssembly.Module | undefined,
): Pick<ExecutionEngine, 'call' | 'estimateGas' | 'createAccessList' | 'traceBlock' | 'traceCall'> {
  return {
    async call(header, request, options) {
      return call(await lendForCall(state, trace, request, options), header, request, options)
    },

    async estimateGas(header, request, options) {
      return estimateGas(await lendForCall(state, trace, request, options), header, request, options)
    },

    async createAccessList(header, request, options) {
      const open = assertOpen(state)
      const withMachine = await lendForTrace(state, trace, options?.timeoutMs, options?.origin?.signal)
      return createAccessList(open, withMachine, header, request, options)
    },

    async traceBlock(parent, input, tracer, index) {
      const { chain } = assertOpen(state)
      assertBlockAttributes(chain, parent, input)
      const withMachine = await lendForTrace(state, trace, tracer.timeoutMs, tracer.origin?.signal)
      return traceBlock(chain, withMachine, parent, input, tracer, index)
    },

    async traceCall(header, request, tracer, options) {
      const open = assertOpen(state)
      const timeoutMs = tracer.timeoutMs ?? options?.timeoutMs
      const { signal } = tracer.origin ?? options?.origin ?? {}
      const withMachine = await lendForTrace(state, trace, timeoutMs, signal)
      return traceCall(open, withMachine, header, request, tracer, options)
    },
  }
}

/** What fraud proofs need; `proof` is their build of the guest, where it is not the package's own. */
function witnesses(
  state: EngineState,
  proof: WebAssembly.Module | undefined,
): Pick<WasmEngine, 'recordWitness' | 'recordBatchWitness' | 'proofInputs' | 'outputRoot'> {
  /** An engine that has the state of a block. */
  const openAt = (header: SealedHeader): Opened => {
    const open = assertOpen(state)
    assertState(open, header)
    return open
  }
  return {
    async recordWitness(parent, input) {
      assertBlockAttributes(assertOpen(state).chain, parent, input)
      const { chain, store } = openAt(parent)
      return recordWitness(chain, store, parent, input, proof)
    },

    async recordBatchWitness(parameters) {
      const { chain, store } = openAt(parameters.agreed)
      return recordBatchWitness(chain, store, parameters, proof)
    },

    async proofInputs(parameters) {
      const { chain, store } = openAt(parameters.agreed)
      return proofInputs(await recordBatchWitness(chain, store, parameters, proof))
    },

    async outputRoot(header) {
      return outputOf(openAt(header).store, header).root
    },
  }
}
