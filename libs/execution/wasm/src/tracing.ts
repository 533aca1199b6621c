import {
  bytesToHex,
  depositTransactionType,
  hexToBytes,
  zeroAddress,
  type Address,
  type BlockInput,
  type CallOptions,
  type CallRequest,
  type ChainConfig,
  type SealedHeader,
  type TraceResult,
  type TracerOptions,
} from '@animechain/core'
import { traceBudget, type TraceStart } from '@animechain/execution-tracing'
import { decodeTransaction, recoverSender } from '@animechain/tx'
import { blockRun, environmentOf } from './block.js'
import { callEnvironment, gasOf, openCall, runCall, type CallContext, type Outcome } from './calls.js'
import { ExecutionError } from './errors.js'
import type { TraceHook } from './guest.js'
import * as layout from './layout.js'
import { assertInTime, machine, type Machine, type Source } from './machine.js'
import { transactionTracer, type Step, type Tracer } from './tracers.js'

/** Where call frames begin in the guest, and their size (assembly/memory.ts, evm/frame.ts). */
const FIRST_FRAME = 0x10_0000
const FRAME_SIZE = 256
const frameField = { codeLength: 4, stack: 16, memory: 20, account: 40 }

/** A machine of the trace build; `tracer` sees what runs. */
export interface TraceMachine extends Machine {
  tracer?: Tracer
}

export function traceMachine(module: WebAssembly.Module, source: Source): TraceMachine {
  let steps = 0
  const addressAt = (record: number) => bytesToHex(self.copy(record >>> 0, 20))
  const hooks: Record<string, TraceHook> = {
    onStep(frame: number, op: number, pc: number, sp: number, gas: bigint, memorySize: number) {
      if ((++steps & 1023) === 0) assertInTime(self)
      if (self.tracer?.step === undefined) return
      const view = self.view()
      // The end of the code stops without an instruction.
      if (pc >= view.getUint32(frame + frameField.codeLength, true)) return
      const stackAt = view.getUint32(frame + frameField.stack, true)
      const step: Step = {
        op,
        pc,
        gas,
        depth: (frame - FIRST_FRAME) / FRAME_SIZE + 1,
        size: (sp - stackAt) / 32 + 1,
        peek: (depth) => self.readWord(sp - 32 * depth),
        memoryAt: view.getUint32(frame + frameField.memory, true),
        memorySize,
        address: addressAt(view.getUint32(frame + frameField.account, true)),
      }
      self.tracer.step(step)
    },
    onEnter(
      kind: number,
      from: number,
      to: number,
      value: number,
      gas: bigint,
      input: number,
      length: number,
    ) {
      self.tracer?.enter?.(
        kind,
        addressAt(from),
        addressAt(to),
        value === 0 ? undefined : self.readWord(value >>> 0),
        gas,
        self.copy(input >>> 0, length),
      )
    },
    onExit(status: number, gasLeft: bigint, output: number, length: number) {
      self.tracer?.exit?.(status, gasLeft, self.copy(output >>> 0, length))
    },
  }
  const self: TraceMachine = machine(module, source, hooks)
  return self
}

/** Lends a machine of the trace build that shows the state of a block. */
export type WithTraceMachine = <T>(header: SealedHeader, use: (machine: TraceMachine) => T) => T

export function traceCall(
  context: Pick<CallContext, 'chain'>,
  withMachine: WithTraceMachine,
  header: SealedHeader,
  request: CallRequest,
  tracer: TracerOptions,
  options: CallOptions = {},
): TraceResult {
  return withMachine(header, (m) => {
    openCall(m, context, header, options)
    const own = transactionTracer(m, tracer)
    const gas = gasOf(request, options)
    own.start({
      from: (request.from ?? zeroAddress).toLowerCase() as Address,
      to: request.to?.toLowerCase() as Address | undefined,
      value: request.value ?? 0n,
      data: hexToBytes(request.data ?? '0x'),
      gas,
      beneficiary: callEnvironment(context.chain, header, options.blockOverrides).beneficiary,
      others: [],
    })
    m.tracer = own
    try {
      const outcome = runCall(m, context.chain, request, gas)
      if ('rejected' in outcome)
        throw new ExecutionError(`tracing failed: ${outcome.rejected}`, 'EXECUTION_REJECTED')
      return own.result(outcome)
    } finally {
      m.tracer = undefined
    }
  })
}

/** What a tracer is told of a transaction; undefined for one that does not decode or has no sender. */
function startOf(
  chain: ChainConfig,
  input: BlockInput,
  raw: Uint8Array,
  index: number,
  logIndex: number,
): TraceStart | undefined {
  try {
    const tx = decodeTransaction(raw)
    const others =
      chain.rollup && tx.type !== depositTransactionType
        ? [chain.rollup.baseFeeVault, chain.rollup.l1FeeVault]
        : []
    return {
      from: recoverSender(tx),
      to: tx.to,
      value: tx.value,
      data: tx.data,
      gas: tx.gasLimit,
      beneficiary: input.beneficiary.toLowerCase() as Address,
      others,
      logIndex,
      transaction: { raw, index },
    }
  } catch {
    return undefined
  }
}

export function traceBlock(
  chain: ChainConfig,
  withMachine: WithTraceMachine,
  parent: SealedHeader,
  input: BlockInput,
  tracer: TracerOptions,
  index?: number,
): TraceResult[] {
  return withMachine(parent, (m) => {
    const results: TraceResult[] = []
    const budget = traceBudget()
    let logIndex = 0
    const run = blockRun(m, chain, parent, input, environmentOf(chain, parent, input))
    const at = m.exports.transactionResult() >>> 0
    try {
      for (const [position, raw] of input.transactions.entries()) {
        if (index !== undefined && position > index) break
        const wanted = index === undefined || position === index
        const start = wanted ? startOf(chain, input, raw, position, logIndex) : undefined
        const own = start && transactionTracer(m, tracer, budget)
        if (own) own.start(start)
        m.tracer = own
        const added = run.add(raw)
        m.tracer = undefined
        if (added.status === 'included') logIndex += added.transaction.receipt.logs.length
        if (!wanted) continue
        if (added.status === 'skipped' || own === undefined) {
          results.push({ error: `transaction skipped: ${added.status === 'skipped' ? added.reason : ''}` })
          continue
        }
        const view = m.view()
        const outcome: Outcome = {
          status: view.getInt32(at + layout.result.status, true),
          gasUsed: view.getBigUint64(at + layout.result.gasUsed, true),
          returnData: m.copy(
            view.getUint32(at + layout.result.outputPtr, true),
            view.getUint32(at + layout.result.outputLength, true),
          ),
          logs: added.transaction.receipt.logs,
        }
        results.push(own.result(outcome))
      }
    } finally {
      m.tracer = undefined
    }
    return results
  })
}
