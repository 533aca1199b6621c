import {
  bytesToHex,
  hexToBytes,
  packageModule,
  type AccountProof,
  type Address,
  type BlockAttributes,
  type BlockBuilder,
  type BlockInput,
  type EngineOpenOptions,
  type ExecutedBlock,
  type ExecutionEngine,
  type Genesis,
  type Hardfork,
  type Hash,
  type Header,
  type SealedHeader,
  type StateReader,
  type TraceResult,
} from '@animechain/core'
import { traceBudget } from '@animechain/execution-tracing'
import { blockBuilder, blockRun, checkAttributes, environmentOf } from './blockBuilder.js'
import {
  call,
  createAccessList,
  estimateGas,
  traceCall,
  type CallContext,
  type WithMachine,
} from './calls.js'
import { ExecutionError } from './errors.js'
import { sealHeader } from './header.js'
import { loadInterpreter, type InterpreterClass } from './interpreter.js'
import { useFasterKeccak } from './keccak.js'
import { machine, type Machine } from './machine.js'
import { metaOperation, nodeStore, type NodeStore } from './nodeStore.js'
import type { Outcome } from './process.js'
import { EMPTY_REQUESTS_HASH } from './requests.js'
import { rulesAt } from './rules.js'
import { EMPTY_CODE_HASH, readAccount, readSlot, snapshot, type Snapshot } from './snapshot.js'
import { transactionTracer } from './tracers.js'
import { EMPTY_ROOT } from './trieRead.js'
import { WorldState } from './worldState.js'

const ZERO_HASH: Hash = `0x${'00'.repeat(32)}`
const EMPTY_BLOOM = `0x${'00'.repeat(256)}` as const
const GENESIS_KEY = 'genesis'
/** Machines for calls that are kept for the next ones. */
const MAX_IDLE_MACHINES = 4
/** milliseconds */
const DEFAULT_TRACE_TIMEOUT = 5_000

interface Opened extends EngineOpenOptions {
  store: NodeStore
  interpreter: InterpreterClass
}

/**
 * The reference engine: @ethereumjs/evm interprets, @ethereumjs/mpt keeps the tries; the state transition around them is ours
 * (docs/spec/execution.md).
 */
export function ethereumjs(): ExecutionEngine {
  const readerModule = packageModule(import.meta.url, '@animechain/execution-ethereumjs/thread')
  let opened: Opened | undefined
  let building = false
  /** The newest sealed state, with a warm cache. */
  let newest: Snapshot | undefined
  const builders = new Map<Hardfork, Machine>()
  const idle = new Map<Hardfork, Machine[]>()

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

  const startRun = (open: Opened, parent: SealedHeader, attributes: BlockAttributes) => {
    checkAttributes(open.chain, parent, attributes)
    assertState(open, parent)
    const { rules, environment, excessBlobGas } = environmentOf(
      open.chain,
      parent,
      attributes,
      open.blockHash,
    )
    const base = snapshotAt(open, parent)
    const worker =
      builders.get(rules.fork) ?? machine(open.chain, rules.fork, open.store, base, open.interpreter)
    builders.set(rules.fork, worker)
    worker.state.reset(base)
    return blockRun({
      chain: open.chain,
      parent,
      attributes,
      environment,
      rules,
      excessBlobGas,
      machine: worker,
    })
  }

  const snapshotAt = (open: Opened, header: SealedHeader): Snapshot => {
    if (newest !== undefined && bytesToHex(newest.root) === header.stateRoot) return newest
    newest = snapshot(open.store, hexToBytes(header.stateRoot))
    return newest
  }

  /** A machine for reading: from the pool or new, back into the pool unless something went wrong in it. */
  const withMachine: WithMachine = async (header, rules, use) => {
    const open = assertOpen()
    assertState(open, header)
    const base =
      newest !== undefined && bytesToHex(newest.root) === header.stateRoot
        ? newest
        : snapshot(open.store, hexToBytes(header.stateRoot))
    const free = idle.get(rules.fork) ?? []
    idle.set(rules.fork, free)
    const reader = free.pop() ?? machine(open.chain, rules.fork, open.store, base, open.interpreter)
    reader.state.reset(base)
    const result = await use(reader)
    if (opened === open && free.length < MAX_IDLE_MACHINES) free.push(reader)
    return result
  }
  const calls = (): CallContext => {
    const open = assertOpen()
    return { chain: open.chain, blockHash: open.blockHash, withMachine }
  }

  const engine: ExecutionEngine = {
    id: 'ethereumjs',
    ...(readerModule && { reader: { module: readerModule, name: 'ethereumjs' } }),

    async open(options) {
      if (opened !== undefined) throw new ExecutionError('The engine is open already.', 'EXECUTION_BUSY')
      await useFasterKeccak()
      const store = nodeStore(options.storage)
      const genesisHeader = await writeGenesis(options, store)
      opened = { ...options, store, interpreter: await loadInterpreter() }
      return genesisHeader
    },

    async close() {
      opened = undefined
      newest = undefined
      building = false
      builders.clear()
      idle.clear()
    },

    async openBlock(parent, attributes): Promise<BlockBuilder> {
      const open = assertOpen()
      if (building) throw new ExecutionError('A block is under construction already.', 'EXECUTION_BUSY')
      const run = startRun(open, parent, attributes)
      const base = snapshotAt(open, parent)
      building = true
      try {
        await run.begin()
      } catch (error) {
        building = false
        builders.delete(run.rules.fork)
        throw error
      }
      return blockBuilder(run, attributes, {
        async persist(sealed) {
          if (opened !== open) throw new ExecutionError('The engine was closed.', 'EXECUTION_CLOSED')
          await open.store.commit(sealed.operations)
          newest = base.advance(sealed.root, sealed.changes)
        },
        end(broken) {
          building = false
          if (broken) builders.delete(run.rules.fork)
        },
      })
    },

    async executeBlock(parent, input: BlockInput): Promise<ExecutedBlock> {
      const builder = await engine.openBlock(parent, input)
      try {
        for (const raw of input.transactions) await builder.add(raw)
        return await builder.seal()
      } finally {
        await builder.abort()
      }
    },

    stateAt(header): StateReader {
      const open = assertOpen()
      const root = hexToBytes(header.stateRoot)
      const load = (hash: Uint8Array) => open.store.node(hash)
      return {
        async getAccount(address) {
          const record = readAccount(load, root, hexToBytes(address))
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
          const record = readAccount(load, root, hexToBytes(address))
          if (record === undefined || bytesToHex(record.codeHash) === EMPTY_CODE_HASH)
            return new Uint8Array(0)
          return open.store.code(record.codeHash)
        },
        async getStorage(address, slot) {
          const record = readAccount(load, root, hexToBytes(address))
          if (record === undefined) return ZERO_HASH
          return word(readSlot(load, record.storageRoot, hexToBytes(slot)))
        },
        async getProof(address, slots): Promise<AccountProof> {
          const nodes: Uint8Array[] = []
          const record = readAccount(load, root, hexToBytes(address), nodes)
          return {
            address: address.toLowerCase() as Address,
            balance: record?.balance ?? 0n,
            nonce: record?.nonce ?? 0n,
            codeHash: record ? bytesToHex(record.codeHash) : EMPTY_CODE_HASH,
            storageRoot: record ? bytesToHex(record.storageRoot) : EMPTY_ROOT,
            accountProof: nodes.map(bytesToHex),
            storageProof: slots.map((key) => {
              const proof: Uint8Array[] = []
              const value = record ? readSlot(load, record.storageRoot, hexToBytes(key), proof) : 0n
              return { key, value, proof: proof.map(bytesToHex) }
            }),
          }
        },
      }
    },

    async hasState(header) {
      const { store } = assertOpen()
      return header.stateRoot === EMPTY_ROOT || store.hasNode(hexToBytes(header.stateRoot))
    },

    call: async (header, request, options) => call(calls(), header, request, options),
    estimateGas: async (header, request, options) => estimateGas(calls(), header, request, options),
    createAccessList: async (header, request, options) => createAccessList(calls(), header, request, options),
    traceCall: async (header, request, tracer, options) =>
      traceCall(calls(), header, request, tracer, options),

    async traceBlock(parent, input, tracer, index) {
      const open = assertOpen()
      checkAttributes(open.chain, parent, input)
      const { rules, environment, excessBlobGas } = environmentOf(open.chain, parent, input, open.blockHash)
      return withMachine(parent, rules, async (machine) => {
        const { evm } = machine
        let ended: ((outcome: Outcome) => void) | undefined
        const budget = traceBudget()
        let wanted = false
        let result: TraceResult
        const run = blockRun({
          chain: open.chain,
          parent,
          attributes: input,
          environment,
          rules,
          excessBlobGas,
          machine,
          observe(start, state) {
            if (!wanted) return undefined
            const own = transactionTracer(tracer, budget)
            evm.tracer = own.hooks
            own.start(start, state)
            ended = (outcome) => {
              evm.tracer = undefined
              result = own.result(outcome)
            }
            return ended
          },
        })
        const results: TraceResult[] = []
        evm.deadline = performance.now() + (tracer.timeoutMs ?? DEFAULT_TRACE_TIMEOUT)
        evm.signal = tracer.origin?.signal
        try {
          await run.begin()
          for (const [position, raw] of input.transactions.entries()) {
            if (index !== undefined && position > index) break
            wanted = index === undefined || position === index
            const { added } = await run.add(raw)
            if (!wanted) continue
            results.push(
              added.status === 'included' ? result : { error: `transaction skipped: ${added.reason}` },
            )
          }
        } finally {
          evm.tracer = undefined
          evm.deadline = undefined
          evm.signal = undefined
        }
        return results
      })
    },

    // Old states cost disk space only: they are content addressed, and share what did not change.
    async prune() {},
  }
  return engine
}

function word(value: bigint): Hash {
  return `0x${value.toString(16).padStart(64, '0')}`
}

async function writeGenesis(options: EngineOpenOptions, store: NodeStore): Promise<SealedHeader> {
  const { chain, genesis } = options
  const state = new WorldState(store, snapshot(store, hexToBytes(EMPTY_ROOT)))
  applyAlloc(state, genesis)
  const sealed = await state.seal()
  const rules = rulesAt(chain, genesis.timestamp)
  const header: Header = {
    parentHash: ZERO_HASH,
    beneficiary: genesis.beneficiary,
    stateRoot: bytesToHex(sealed.root),
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
  if (rules.isPrague) header.requestsHash = EMPTY_REQUESTS_HASH
  const genesisHeader = sealHeader(header)
  const known = store.meta(GENESIS_KEY)
  if (known === undefined)
    await store.commit([...sealed.operations, metaOperation(GENESIS_KEY, hexToBytes(genesisHeader.hash))])
  else if (bytesToHex(known) !== genesisHeader.hash)
    throw new ExecutionError('The storage holds another chain.', 'EXECUTION_GENESIS_MISMATCH', {
      metaMessages: [`Expected the genesis ${genesisHeader.hash}, got ${bytesToHex(known)}.`],
    })
  return genesisHeader
}

function applyAlloc(state: WorldState, genesis: Genesis): void {
  for (const [address, account] of Object.entries(genesis.alloc)) {
    const key = address.slice(2).toLowerCase()
    const { balance = 0n, nonce = 0n, code = '0x' } = account
    const storage = Object.entries(account.storage ?? {}).filter(([, value]) => BigInt(value) > 0n)
    // A state holds no account that is nothing (EIP-7523).
    if (balance === 0n && nonce === 0n && code === '0x' && storage.length === 0) continue
    state.addBalance(key, balance)
    if (nonce > 0n) state.setNonce(key, nonce)
    if (code !== '0x') state.setCode(key, hexToBytes(code))
    for (const [slot, value] of storage) state.setSlot(key, word(BigInt(slot)).slice(2), BigInt(value))
  }
}
