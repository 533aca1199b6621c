import {
  assertBlockAttributes,
  type BlockInput,
  type SealedHeader,
  type TraceResult,
  type TracerOptions,
} from '@animechain/core'
import { traceBudget } from '@animechain/execution-tracing'
import { blockRun, environmentOf, type BlockRunOptions } from './blockBuilder.js'
import { DEFAULT_TIMEOUT, type CallContext } from './calls.js'
import type { Machine } from './machine.js'
import { transactionTracer } from './tracers.js'

/** Executes a block again; the result of each transaction's tracer, or of the one at `index` alone. */
export async function traceBlock(
  { chain, blockHash, withMachine }: CallContext,
  parent: SealedHeader,
  input: BlockInput,
  tracer: TracerOptions,
  index?: number,
): Promise<TraceResult[]> {
  assertBlockAttributes(chain, parent, input)
  const { rules, environment, excessBlobGas } = environmentOf(chain, parent, input, blockHash)
  return withMachine(parent, rules, async (machine) => {
    const observer = transactionObserver(machine, tracer)
    const { observe } = observer
    const run = blockRun({
      chain,
      parent,
      attributes: input,
      environment,
      rules,
      excessBlobGas,
      machine,
      observe,
    })
    const { evm } = machine
    const results: TraceResult[] = []
    evm.deadline = performance.now() + (tracer.timeoutMs ?? DEFAULT_TIMEOUT)
    evm.signal = tracer.origin?.signal
    try {
      await run.begin()
      for (const [position, raw] of input.transactions.entries()) {
        if (index !== undefined && position > index) break
        const wanted = index === undefined || position === index
        observer.on = wanted
        const { added } = await run.add(raw)
        if (!wanted) continue
        results.push(
          added.status === 'included' ? observer.result : { error: `transaction skipped: ${added.reason}` },
        )
      }
    } finally {
      evm.tracer = undefined
      evm.deadline = undefined
      evm.signal = undefined
    }
    return results
  })
}

interface TransactionObserver extends Required<Pick<BlockRunOptions, 'observe'>> {
  /** Whether the next transaction is looked at. */
  on: boolean
  /** Of the last one that was. */
  result: TraceResult
}

/** Has a tracer of its own look at each transaction; they share a budget. */
function transactionObserver({ evm }: Machine, options: TracerOptions): TransactionObserver {
  const budget = traceBudget()
  const observer: TransactionObserver = {
    on: false,
    result: undefined,
    observe(start, state) {
      if (!observer.on) return undefined
      const tracer = transactionTracer(options, budget)
      evm.tracer = tracer.hooks
      tracer.start(start, state)
      return (outcome) => {
        evm.tracer = undefined
        observer.result = tracer.result(outcome)
      }
    },
  }
  return observer
}
