import {
  ExecutionError,
  JsonText,
  packageModule,
  silentLogger,
  silentMetrics,
  type AccountProof,
  type EngineOpenOptions,
  type ExecutionEngine,
  type Logger,
  type Metrics,
  type ReadOrigin,
  type TraceResult,
} from '@animechain/core'
import type { Job } from './message.js'
import { defaultLimits, scheduler, type Limits, type Scheduler } from './scheduler.js'
import { startThread } from './thread.js'

/** An engine, and how its long reads are taken off it. */
export interface ReadersOptions<E extends ExecutionEngine> {
  /** Builds blocks and answers plain reads, in the caller's thread. */
  engine: E
  /** Overrides of {@link defaultLimits}. */
  limits?: Partial<Limits>
  logger?: Logger
  metrics?: Metrics
}

/** milliseconds of wall clock, as the engines have it */
const DEFAULT_TIMEOUT = 5_000
/** A proof of more slots than these is made in a thread. */
const FEW_SLOTS = 8

/**
 * An engine whose calls, estimates, access lists, traces and large proofs run in threads of their own, each with another engine of the same kind
 * over the same data, so that no read keeps the thread that builds blocks. The answers are those of the engine.
 *
 * Where threads cannot be had (a browser, an engine that names no module) the engine itself answers.
 */
export function readers<E extends ExecutionEngine>(options: ReadersOptions<E>): E {
  const { engine, logger = silentLogger, metrics = silentMetrics } = options
  const limits: Limits = { ...defaultLimits, ...options.limits }
  const program = packageModule(import.meta.url, '@animechain/execution-readers/worker')
  const { reader } = engine
  if (program === undefined || reader === undefined) {
    logger.warn('calls and traces run in the thread that builds blocks: readers cannot be started', {
      engine: engine.id,
    })
    return engine
  }
  const meters = readerMeters(metrics)
  let opened: Scheduler | undefined

  const begin = ({ chain, genesis, storage, blockHash }: EngineOpenOptions): Scheduler =>
    scheduler(limits, (events) =>
      startThread(
        program,
        { engine: reader, chain, genesis, ...(storage.view && { view: storage.view }) },
        { get: (key) => storage.get(key), blockHash },
        {
          ...events,
          end(thread, cause) {
            if (cause !== undefined) {
              meters.ends.inc()
              logger.warn("a reader's thread ended", { error: String(cause) })
            }
            events.end(thread, cause)
          },
        },
      ),
    )

  const read: Read = async (job, { origin, timeoutMs = DEFAULT_TIMEOUT } = {}) => {
    if (opened === undefined) throw new ExecutionError('The engine is not open.', 'EXECUTION_CLOSED')
    const own = opened
    try {
      const result = own.run(job, { origin, timeoutMs })
      meters.waiting.set(own.waiting)
      return (await result) as never
    } finally {
      meters.total.inc(1, { method: job.method })
      meters.waiting.set(own.waiting)
    }
  }

  const overridden: Partial<ExecutionEngine> = {
    queuesReads: true,
    async open(openOptions) {
      const header = await engine.open(openOptions)
      opened = begin(openOptions)
      return header
    },
    async close() {
      const closing = opened
      opened = undefined
      await closing?.close()
      await engine.close()
    },
    ...readsInThreads(engine, read, () => opened !== undefined),
  }
  return { ...engine, ...overridden }
}

const readerMeters = (metrics: Metrics) => ({
  total: metrics.counter({
    name: 'execution_reads_total',
    help: 'Calls, traces and large proofs that readers did.',
    labels: ['method'],
  }),
  waiting: metrics.gauge({ name: 'execution_reads_waiting', help: 'Reads that wait for a thread.' }),
  ends: metrics.counter({
    name: 'execution_reader_failures_total',
    help: "Readers' threads that ended by themselves.",
  }),
})

/** Has a thread do a job; its result is what the engine's method of that name gives. */
type Read = <T>(job: Job, options?: { origin?: ReadOrigin; timeoutMs?: number }) => Promise<T>

/** An origin holds what cannot be cloned, and is not for the thread. */
const bare = <T extends { origin?: ReadOrigin } | undefined>(given: T): T =>
  given && { ...given, origin: undefined }

/** The reads of an engine, done in threads; while there are none, by the engine itself. */
function readsInThreads(
  engine: ExecutionEngine,
  read: Read,
  isOpen: () => boolean,
): Pick<
  ExecutionEngine,
  'stateAt' | 'call' | 'estimateGas' | 'createAccessList' | 'traceCall' | 'traceBlock'
> {
  return {
    stateAt(header) {
      const state = engine.stateAt(header)
      return {
        ...state,
        getProof: (address, slots, origin) =>
          !isOpen() || slots.length <= FEW_SLOTS
            ? state.getProof(address, slots)
            : read<AccountProof>({ method: 'getProof', args: [header, address, slots] }, { origin }),
      }
    },
    call: async (header, request, given) =>
      isOpen()
        ? read({ method: 'call', args: [header, request, bare(given)] }, given)
        : engine.call(header, request, given),
    estimateGas: async (header, request, given) =>
      isOpen()
        ? read({ method: 'estimateGas', args: [header, request, bare(given)] }, given)
        : engine.estimateGas(header, request, given),
    createAccessList: async (header, request, given) =>
      isOpen()
        ? read({ method: 'createAccessList', args: [header, request, bare(given)] }, given)
        : engine.createAccessList(header, request, given),
    async traceCall(header, request, tracer, given) {
      if (!isOpen()) return engine.traceCall(header, request, tracer, given)
      const result = await read<TraceResult>(
        { method: 'traceCall', args: [header, request, bare(tracer), bare(given)] },
        { origin: tracer.origin ?? given?.origin, timeoutMs: tracer.timeoutMs ?? given?.timeoutMs },
      )
      return tracer.asText ? new JsonText(result as string) : result
    },
    async traceBlock(parent, input, tracer, index) {
      if (!isOpen()) return engine.traceBlock(parent, input, tracer, index)
      // A view of a buffer would take the whole buffer along.
      const own = { ...input, transactions: input.transactions.map((raw) => Uint8Array.from(raw)) }
      const results = await read<TraceResult[]>(
        { method: 'traceBlock', args: [parent, own, bare(tracer), index] },
        tracer,
      )
      return tracer.asText ? results.map((text) => new JsonText(text as string)) : results
    },
  }
}
