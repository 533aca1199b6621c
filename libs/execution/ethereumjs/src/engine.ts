import {
  assertBlockAttributes,
  bytesToHex,
  emptyRootHash,
  hexToBytes,
  packageModule,
  type BlockAttributes,
  type BlockBuilder,
  type EngineOpenOptions,
  type ExecutionEngine,
  type Hardfork,
  type SealedHeader,
} from '@animechain/core'
import { blockBuilder, blockRun, environmentOf } from './blockBuilder.js'
import {
  call,
  createAccessList,
  estimateGas,
  traceCall,
  type CallContext,
  type WithMachine,
} from './calls.js'
import { ExecutionError } from './errors.js'
import { writeGenesis } from './genesis.js'
import { loadInterpreter, type InterpreterClass } from './interpreter.js'
import { useFasterKeccak } from './keccak.js'
import { machine, type Machine } from './machine.js'
import { nodeStore, type NodeStore } from './nodeStore.js'
import { snapshot, type Snapshot } from './snapshot.js'
import { stateReader } from './stateReader.js'
import { traceBlock } from './traceBlock.js'

/** Machines for calls that are kept for the next ones. */
const MAX_IDLE_MACHINES = 4

interface Opened extends EngineOpenOptions {
  store: NodeStore
  interpreter: InterpreterClass
}

/** What an engine holds, between `open` and `close` and before. */
interface EngineState {
  opened: Opened | undefined
  building: boolean
  /** The newest sealed state, with a warm cache. */
  newest: Snapshot | undefined
  /** Machines that build blocks. */
  builders: Map<Hardfork, Machine>
  /** Machines that read, and have nothing to do. */
  idle: Map<Hardfork, Machine[]>
}

/**
 * The reference engine: @ethereumjs/evm interprets, @ethereumjs/mpt keeps the tries; the state transition around them is ours
 * (docs/spec/execution.md).
 */
export function ethereumjs(): ExecutionEngine {
  const readerModule = packageModule(import.meta.url, '@animechain/execution-ethereumjs/thread')
  const state: EngineState = {
    opened: undefined,
    building: false,
    newest: undefined,
    builders: new Map(),
    idle: new Map(),
  }
  const withMachine: WithMachine = (header, rules, use) => lendMachine(state, header, rules.fork, use)
  const calls = (): CallContext => {
    const { chain, blockHash } = assertOpen(state)
    return { chain, blockHash, withMachine }
  }

  const engine: ExecutionEngine = {
    id: 'ethereumjs',
    ...(readerModule && { reader: { module: readerModule, name: 'ethereumjs' } }),

    async open(options) {
      if (state.opened) throw new ExecutionError('The engine is open already.', 'EXECUTION_BUSY')
      await useFasterKeccak()
      const store = nodeStore(options.storage)
      const header = await writeGenesis(options, store)
      state.opened = { ...options, store, interpreter: await loadInterpreter() }
      return header
    },

    async close() {
      state.opened = undefined
      state.newest = undefined
      state.building = false
      state.builders.clear()
      state.idle.clear()
    },

    openBlock: (parent, attributes) => openBlock(state, parent, attributes),

    async executeBlock(parent, input) {
      const builder = await engine.openBlock(parent, input)
      try {
        for (const raw of input.transactions) await builder.add(raw)
        return await builder.seal()
      } finally {
        await builder.abort()
      }
    },

    stateAt: (header) => stateReader(assertOpen(state).store, header.stateRoot),
    hasState: async (header) => holdsState(assertOpen(state), header),

    call: async (header, request, options) => call(calls(), header, request, options),
    estimateGas: async (header, request, options) => estimateGas(calls(), header, request, options),
    createAccessList: async (header, request, options) => createAccessList(calls(), header, request, options),
    traceCall: async (header, request, tracer, options) =>
      traceCall(calls(), header, request, tracer, options),
    traceBlock: async (parent, input, tracer, index) => traceBlock(calls(), parent, input, tracer, index),

    // Old states cost disk space only: they are content addressed, and share what did not change.
    async prune() {},
  }
  return engine
}

/** @throws EXECUTION_CLOSED */
function assertOpen({ opened }: EngineState): Opened {
  if (opened === undefined) throw new ExecutionError('The engine is not open.', 'EXECUTION_CLOSED')
  return opened
}

const holdsState = ({ store }: Opened, { stateRoot }: SealedHeader): boolean =>
  stateRoot === emptyRootHash || store.hasNode(hexToBytes(stateRoot))

/** @throws EXECUTION_STATE_MISSING */
function assertState(open: Opened, header: SealedHeader): void {
  if (!holdsState(open, header))
    throw new ExecutionError(
      `The state of block ${header.number} (${header.stateRoot}) is not here.`,
      'EXECUTION_STATE_MISSING',
    )
}

/** The newest one where it is that, else a new one, cold. */
function snapshotAt({ newest }: EngineState, { store }: Opened, { stateRoot }: SealedHeader): Snapshot {
  return newest !== undefined && bytesToHex(newest.root) === stateRoot
    ? newest
    : snapshot(store, hexToBytes(stateRoot))
}

/** A machine for reading: from the pool or new, back into the pool unless something went wrong in it. */
async function lendMachine<T>(
  state: EngineState,
  header: SealedHeader,
  fork: Hardfork,
  use: (machine: Machine) => Promise<T>,
): Promise<T> {
  const open = assertOpen(state)
  assertState(open, header)
  const base = snapshotAt(state, open, header)
  const free = state.idle.get(fork) ?? []
  state.idle.set(fork, free)
  const reader = free.pop() ?? machine(open.chain, fork, open.store, base, open.interpreter)
  reader.state.reset(base)
  const result = await use(reader)
  if (state.opened === open && free.length < MAX_IDLE_MACHINES) free.push(reader)
  return result
}

async function openBlock(
  state: EngineState,
  parent: SealedHeader,
  attributes: BlockAttributes,
): Promise<BlockBuilder> {
  const open = assertOpen(state)
  const { chain, store } = open
  if (state.building) throw new ExecutionError('A block is under construction already.', 'EXECUTION_BUSY')
  assertBlockAttributes(chain, parent, attributes)
  assertState(open, parent)
  const { rules, environment, excessBlobGas } = environmentOf(chain, parent, attributes, open.blockHash)
  const base = snapshotAt(state, open, parent)
  state.newest = base
  const worker = state.builders.get(rules.fork) ?? machine(chain, rules.fork, store, base, open.interpreter)
  state.builders.set(rules.fork, worker)
  worker.state.reset(base)
  const run = blockRun({ chain, parent, attributes, environment, rules, excessBlobGas, machine: worker })
  const end = (broken?: boolean) => {
    state.building = false
    if (broken) state.builders.delete(rules.fork)
  }
  state.building = true
  try {
    await run.begin()
  } catch (error) {
    end(true)
    throw error
  }
  return blockBuilder(run, attributes, {
    async persist(sealed) {
      if (state.opened !== open) throw new ExecutionError('The engine was closed.', 'EXECUTION_CLOSED')
      await store.commit(sealed.operations)
      state.newest = base.advance(sealed.root, sealed.changes)
    },
    end,
  })
}
