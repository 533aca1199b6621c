import { Worker } from 'node:worker_threads'
import { AbortedError, BaseError, packageModule, type ProofInputs } from '@animechain/core'
import { encodeProofInputs, type MachineRun, type Runner } from '@animechain/proving-interactive'
import { Commitment, loadProgram } from '@animechain/proving-machine'
import { askedThread, type ThreadPort } from '@animechain/runtime'
import type { MachineAnswer, MachineData, MachineQuestion } from './machineMessages.js'

/** A runner in a thread. */
export interface MachineThread extends Runner {
  /** Does something with the runner that a signal ends: the thread with it, however long it would have computed. */
  until<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T>
  end(): Promise<void>
}

type AnswerOf<T extends MachineAnswer['type']> = Extract<MachineAnswer, { type: T }>

/**
 * Runs the proof program in a thread of its own, which starts with the first disputed block and keeps no process alive: a block takes seconds to minutes. A run that was
 * lost with its thread is opened again when it is next asked.
 * @param wasm the proof program
 * @throws {BaseError} of its runs: `PROVING_THREAD` when the thread ended before it answered, or there is none
 */
export function machineThread(
  wasm: Uint8Array,
  start: (data: MachineData) => ThreadPort | undefined = startWorker,
): MachineThread {
  const program = loadProgram(wasm)
  const thread = askedThread<MachineQuestion, MachineAnswer>(() => start({ wasm }))
  let runs = 0
  let ending: AbortSignal | undefined

  async function ask<T extends MachineAnswer['type']>(
    expected: T,
    question: MachineQuestion,
  ): Promise<AnswerOf<T>> {
    if (ending?.aborted) throw new AbortedError('Replaying a disputed block')
    const asked = await thread.ask(question)
    if (ending?.aborted) throw new AbortedError('Replaying a disputed block')
    if (asked.status !== 'answered')
      throw new BaseError('The thread that replays disputed blocks is gone.', {
        code: 'PROVING_THREAD',
        ...(asked.status === 'lost' && { cause: asked.cause }),
      })
    const { answer } = asked
    if (answer.type === 'failed')
      throw new BaseError(`Replaying a disputed block failed: ${answer.message}`, { code: 'PROVING_THREAD' })
    if (answer.type !== expected)
      throw new BaseError(`The thread answered ${answer.type} where ${expected} was asked.`, {
        code: 'PROVING_THREAD',
      })
    return answer as AnswerOf<T>
  }

  async function open(proofInputs: ProofInputs): Promise<MachineRun> {
    const inputs = Uint8Array.from(encodeProofInputs(proofInputs))
    const run = runs++
    /** Threads that had ended when the run was opened: another one does not know it. */
    let openSince: number | undefined
    const reopened = async () => {
      const { ended } = thread
      if (openSince === ended) return
      await ask('done', { type: 'open', run, inputs })
      openSince = ended
    }
    await reopened()
    return {
      async commit(options) {
        await reopened()
        const { height, leaves } = await ask('commitment', { type: 'commit', run, options })
        return new Commitment(height, leaves)
      },
      async state(step) {
        await reopened()
        return (await ask('state', { type: 'state', run, step })).state
      },
      async proveStep(step) {
        await reopened()
        return (await ask('step', { type: 'proveStep', run, step })).step
      },
      async close() {
        if (openSince === thread.ended) await ask('done', { type: 'close', run })
      },
    }
  }

  return {
    ...{ program, open },
    async until(signal, work) {
      const end = () => void thread.end()
      ending = signal
      signal?.addEventListener('abort', end)
      try {
        return await work()
      } finally {
        ending = undefined
        signal?.removeEventListener('abort', end)
      }
    },
    end: () => thread.end(),
  }
}

function startWorker(data: MachineData): ThreadPort | undefined {
  const module = packageModule(import.meta.url, '@animechain/stack/machine-worker')
  return module === undefined ? undefined : new Worker(new URL(module), { execArgv: [], workerData: data })
}
