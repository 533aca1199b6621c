import {
  BaseError,
  bytesToHex,
  emptyRootHash,
  isBaseError,
  outputRoot,
  predeploys,
  silentLogger,
  silentMetrics,
  type AddOutcome,
  type BlockAttributes,
  type BlockBuilder,
  type BlockInput,
  type EngineOpenOptions,
  type ChainReader,
  type ExecutedBlock,
  type ExecutionEngine,
  type Hash,
  type KeyValueStore,
  type Logger,
  type Metrics,
  type SealedHeader,
} from '@animechain/core'
import { mutex } from '@animechain/runtime'
import {
  compareResults,
  differentFields,
  differentTransaction,
  transactionAt,
  type BlockDifference,
  type DifferentField,
  type DifferentTransaction,
  type Result,
} from './difference.js'
import { storeRange } from './storeRange.js'

/** milliseconds between two lines about catching up */
const PROGRESS_MS = 10_000
/** Errors by which an engine says something about the block. Every other one that carries a code is about its storage or its use. */
const verdicts = new Set(['EXECUTION_INVALID_ATTRIBUTES', 'EXECUTION_INVALID_BLOCK', 'EXECUTION_GUEST'])

/** Two engines, one checked against the other. */
export interface ShadowOptions<E extends ExecutionEngine> {
  /** Its results are used, and it alone answers reads, calls and traces. */
  primary: E
  /** Executes every block as well. */
  shadow: ExecutionEngine
  /** Keeps the shadow's state, started. Default: a range of keys of its own in the store that the engine is opened with. */
  storage?: KeyValueStore
  /** The chain that was executed before: what a shadow that is behind executes to catch up. */
  chain?: () => Pick<ChainReader, 'headerByHash' | 'blockByHash' | 'blockInput'>
  /** Called once, at the first difference. */
  onDifference?: (difference: BlockDifference) => void
  logger?: Logger
  metrics?: Metrics
}

/** What has been compared so far. With a `difference`, nothing is executed any more. */
export interface ShadowStatus {
  engines: { primary: string; shadow: string }
  /** blocks that both executed with the same result, since the engine was made */
  compared: number
  /** the newest of them; before the first, the one that `catchUp` found both to have from an earlier run */
  block: bigint | undefined
  difference: BlockDifference | undefined
}

export interface ShadowEngine extends ExecutionEngine {
  readonly status: ShadowStatus
  /**
   * Executes on the shadow what it lacks up to this block, and compares it with the chain; blocks to execute wait meanwhile. Executing on a
   * parent that the shadow lacks does the same.
   * @throws EXECUTION_SHADOW_BEHIND when the chain does not have those blocks
   */
  catchUp(header: SealedHeader, options?: { signal?: AbortSignal }): Promise<void>
}

/** The two engines, and what has become of them. */
interface Pair {
  primary: ExecutionEngine
  second: ExecutionEngine
  options: Pick<ShadowOptions<ExecutionEngine>, 'chain' | 'onDifference'>
  logger: Logger
  meters: ReturnType<typeof shadowMeters>
  status: ShadowStatus
  genesis: SealedHeader | undefined
  building: boolean
}

const shadowMeters = (metrics: Metrics) => ({
  comparedTotal: metrics.counter({
    name: 'shadow_blocks_total',
    help: 'Blocks that both engines executed with the same result.',
  }),
  comparedBlock: metrics.gauge({
    name: 'shadow_block',
    help: 'Newest block that both engines agree on.',
  }),
  differs: metrics.gauge({ name: 'shadow_difference', help: '1 once the two engines differ.' }),
})

/**
 * Two engines as one. Every block is executed on both, each with a state of its own; at the first difference in hash, header, receipts,
 * skipped transactions or output root the engine throws `EXECUTION_SHADOW_DIFFERENCE`, reports, and executes nothing from then on.
 */
export function shadow<E extends ExecutionEngine>(options: ShadowOptions<E>): E & ShadowEngine {
  const { primary, shadow: second, logger = silentLogger, metrics = silentMetrics } = options
  const meters = shadowMeters(metrics)
  meters.differs.set(0)
  const engines = { primary: primary.id, shadow: second.id }
  const status: ShadowStatus = { engines, compared: 0, block: undefined, difference: undefined }
  const pair: Pair = {
    ...{ primary, second, options, logger, meters, status },
    genesis: undefined,
    building: false,
  }
  /** Catching up takes turns with the blocks that the caller executes. */
  const { run: inTurn } = mutex()

  const engine: ShadowEngine = {
    ...primary,
    status,

    async open(openOptions) {
      const storage = options.storage ?? storeRange(openOptions.storage, `shadow/${second.id}/`)
      pair.genesis = await openBoth(pair, openOptions, storage)
      return pair.genesis
    },

    async close() {
      pair.building = false
      await second.close()
      await primary.close()
    },

    openBlock: (parent, attributes) =>
      inTurn(async () => {
        assertAgreed(status)
        const a = await primary.openBlock(parent, attributes)
        try {
          await follow(pair, parent)
          const b = await second.openBlock(parent, attributes)
          pair.building = true
          return await builder(pair, parent, attributes, a, b)
        } catch (error) {
          await a.abort()
          throw error
        }
      }),

    executeBlock: (parent, input) =>
      inTurn(async () => {
        assertAgreed(status)
        const result = await run(primary, parent, input)
        await follow(pair, parent)
        await compare(pair, parent, input, result, await run(second, parent, input))
        if (result.error) throw result.error
        agreed(pair, input.number)
        const { outputRoot: _compared, error: _none, ...block } = result
        return block
      }),

    async prune(oldest) {
      await primary.prune(oldest)
      await second.prune(oldest)
    },

    async catchUp(header, { signal } = {}) {
      await inTurn(async () => {
        assertAgreed(status)
        if (pair.building) throw new BaseError('A block is under construction.', { code: 'EXECUTION_BUSY' })
        await follow(pair, header, signal)
        // Of an earlier run: nothing may come for long that both execute anew.
        status.block ??= header.number
        meters.comparedBlock.set(Number(status.block))
      })
    },
  }
  return engine as E & ShadowEngine
}

/** @throws EXECUTION_SHADOW_DIFFERENCE */
function assertAgreed({ difference }: ShadowStatus): void {
  if (difference) throw differenceError(difference)
}

function agreed({ status, meters }: Pair, number: bigint): void {
  status.compared++
  status.block = number
  meters.comparedTotal.inc()
  meters.comparedBlock.set(Number(number))
}

function report({ status, meters, logger, options }: Pair, difference: BlockDifference): BaseError {
  status.difference = difference
  meters.differs.set(1)
  logger.error('THE ENGINES DIFFER', {
    engines: status.engines,
    block: difference.number,
    hash: difference.hash,
    fields: difference.fields.map(({ path }) => path),
    transaction: difference.transaction?.index,
    transactionHash: difference.transaction?.hash,
  })
  options.onDifference?.(difference)
  return differenceError(difference)
}

/** Opens both engines, or neither. Gives the header of the genesis. */
async function openBoth(
  pair: Pair,
  openOptions: EngineOpenOptions,
  storage: KeyValueStore,
): Promise<SealedHeader> {
  const { primary, second, status } = pair
  const header = await primary.open(openOptions)
  try {
    const other = await second.open({ ...openOptions, storage })
    const fields = differentFields(header, other, 'header')
    if (fields.length > 0)
      throw report(pair, {
        engines: status.engines,
        number: header.number,
        hash: { primary: header.hash, shadow: other.hash },
        fields,
        parent: header,
        input: { ...header, transactions: [] },
      })
  } catch (error) {
    await second.close()
    await primary.close()
    throw error
  }
  return header
}

/** The first transaction after which the states differ, when receipts do not tell: by executing the block's beginning on both. */
async function search(
  { primary, second, logger }: Pair,
  parent: SealedHeader,
  input: BlockInput,
  [a, b]: readonly [Result, Result],
): Promise<DifferentTransaction | undefined> {
  const differsWith = async (count: number) => {
    const part = { ...input, transactions: input.transactions.slice(0, count) }
    return compareResults(await run(primary, parent, part), await run(second, parent, part)).length > 0
  }
  try {
    if (await differsWith(0)) return undefined
    let same = 0
    let different = input.transactions.length
    if (different === 0 || !(await differsWith(different))) return undefined
    while (different - same > 1) {
      const middle = (same + different) >> 1
      if (await differsWith(middle)) different = middle
      else same = middle
    }
    return transactionAt(input, same, a, b)
  } catch (error) {
    logger.warn('the transaction that differs was not found', { error: String(error) })
    return undefined
  }
}

/** @throws EXECUTION_SHADOW_DIFFERENCE */
async function compare(
  pair: Pair,
  parent: SealedHeader,
  input: BlockInput,
  a: Result,
  b: Result,
): Promise<void> {
  const fields = compareResults(a, b)
  if (fields.length === 0) return
  throw report(pair, {
    engines: pair.status.engines,
    number: input.number,
    hash: { primary: a.error ? undefined : a.header.hash, shadow: b.error ? undefined : b.header.hash },
    fields,
    transaction: differentTransaction(input, a, b) ?? (await search(pair, parent, input, [a, b])),
    parent,
    input,
  })
}

/** Executes on the shadow what leads to a block. */
async function follow(pair: Pair, header: SealedHeader, signal?: AbortSignal): Promise<void> {
  const { second, options, genesis, logger } = pair
  if (await second.hasState(header)) return
  const chain = options.chain?.()
  const missing: Hash[] = []
  let base = header
  while (!(await second.hasState(base))) {
    missing.push(base.hash)
    const parent = base.parentHash === genesis?.hash ? genesis : chain?.headerByHash(base.parentHash)
    if (!parent || !chain?.blockInput(base.hash)) throw behind(second.id, base)
    base = parent
  }
  logger.info('the shadow catches up', { engine: second.id, from: base.number + 1n, to: header.number })
  let said = Date.now()
  for (const hash of missing.reverse()) {
    signal?.throwIfAborted()
    const [stored, input] = [chain?.blockByHash(hash), chain?.blockInput(hash)]
    // It may have left the chain meanwhile.
    if (!stored || !input) throw behind(second.id, base)
    const { header: sealed, transactions } = stored
    const found = await run(second, base, input)
    const comparable = found.error ? found : { header: found.header, transactions: found.transactions }
    await compare(pair, base, input, { header: sealed, transactions }, comparable)
    agreed(pair, sealed.number)
    base = sealed
    if (Date.now() - said < PROGRESS_MS) continue
    said = Date.now()
    logger.info('the shadow catches up', { engine: second.id, at: base.number, to: header.number })
  }
}

function behind(id: string, header: SealedHeader): BaseError {
  return new BaseError(`The state of the shadow engine ${id} is behind.`, {
    code: 'EXECUTION_SHADOW_BEHIND',
    metaMessages: [
      `Expected block ${header.number} (${header.hash}) in the chain to execute it from there; it is not.`,
      'Start with an empty data folder to derive the chain again with both engines, or without the shadow.',
    ],
  })
}

/** Two builders as one. @throws EXECUTION_SHADOW_DIFFERENCE */
async function builder(
  pair: Pair,
  parent: SealedHeader,
  attributes: BlockAttributes,
  a: BlockBuilder,
  b: BlockBuilder,
): Promise<BlockBuilder> {
  const { primary, second, status } = pair
  const transactions: Uint8Array[] = []
  const input = () => ({ ...attributes, transactions: [...transactions] })
  const different = (fields: DifferentField[], transaction?: BlockDifference['transaction']): BaseError =>
    report(pair, {
      engines: status.engines,
      number: attributes.number,
      hash: { primary: undefined, shadow: undefined },
      fields,
      ...(transaction && { transaction }),
      parent,
      input: input(),
    })
  const fees = differentFields(a.baseFeePerGas, b.baseFeePerGas, 'baseFeePerGas')
  if (fees.length > 0) throw different(fees)
  return {
    attributes,
    baseFeePerGas: a.baseFeePerGas,
    get gasUsed() {
      return a.gasUsed
    },
    async add(raw, addOptions) {
      assertAgreed(status)
      const outcomes: [AddOutcome, AddOutcome] = [await a.add(raw, addOptions), await b.add(raw, addOptions)]
      const index = transactions.push(raw) - 1
      // The words of a refusal are each engine's own.
      const [x, y] = outcomes.map((outcome) => ({ ...outcome, detail: undefined }))
      const fields = [
        ...differentFields(x, y, `transactions[${index}]`),
        ...differentFields(a.gasUsed, b.gasUsed, 'gasUsed'),
      ]
      if (fields.length > 0) throw different(fields, transactionOf(raw, index, outcomes))
      return outcomes[0]
    },
    async seal() {
      assertAgreed(status)
      const block = await a.seal()
      const other = await b.seal()
      pair.building = false
      await compare(pair, parent, input(), await withOutput(primary, block), await withOutput(second, other))
      agreed(pair, attributes.number)
      return block
    },
    async abort() {
      pair.building = false
      await a.abort()
      await b.abort()
    },
  }
}

/** A transaction that the engines see differently, while the block is under construction. */
function transactionOf(
  raw: Uint8Array,
  index: number,
  outcomes: readonly [AddOutcome, AddOutcome],
): DifferentTransaction {
  const [first, other] = outcomes.map((outcome) =>
    outcome.status === 'included' ? outcome.transaction : undefined,
  )
  return {
    index,
    raw: bytesToHex(raw),
    hash: (first ?? other)?.hash,
    primary: first?.receipt,
    shadow: other?.receipt,
  }
}

/** Executes a block: the result, or the error that says something about the block. */
async function run(
  engine: ExecutionEngine,
  parent: SealedHeader,
  input: BlockInput,
): Promise<(ExecutedBlock & { outputRoot: Hash; error?: undefined }) | { error: Error & { code?: string } }> {
  try {
    return await withOutput(engine, await engine.executeBlock(parent, input))
  } catch (error) {
    const { code } = error as { code?: unknown }
    const isVerdict = isBaseError(error)
      ? verdicts.has(error.code)
      : error instanceof Error && code === undefined
    if (isVerdict) return { error: error as Error }
    throw error
  }
}

async function withOutput(engine: ExecutionEngine, block: ExecutedBlock) {
  const { stateRoot, hash: blockHash } = block.header
  const passer = await engine.stateAt(block.header).getAccount(predeploys.l2ToL1MessagePasser)
  const messagePasserStorageRoot = passer?.storageRoot ?? emptyRootHash
  return { ...block, outputRoot: outputRoot({ stateRoot, messagePasserStorageRoot, blockHash }) }
}

function differenceError({ engines, number, hash, fields, transaction }: BlockDifference): BaseError {
  return new BaseError(`The engines ${engines.primary} and ${engines.shadow} differ at block ${number}.`, {
    code: 'EXECUTION_SHADOW_DIFFERENCE',
    metaMessages: [
      `Block: ${hash.primary ?? 'none'} (${engines.primary}), ${hash.shadow ?? 'none'} (${engines.shadow}).`,
      `Differs in: ${fields.map(({ path }) => path).join(', ')}.`,
      ...(transaction
        ? [`First in transaction ${transaction.index} ${transaction.hash ?? transaction.raw}.`]
        : []),
    ],
  })
}
