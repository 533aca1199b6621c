// The thread of the proof machine: replays disputed blocks, one question after another.
import { parentPort, workerData } from 'node:worker_threads'
import { pointProofs } from '@animechain/da-blob'
import { decodeProofInputs, leavesOf, replayerRunner, type MachineRun } from '@animechain/proving-interactive'
import { loadProgram } from '@animechain/proving-machine'
import type { MachineAnswer, MachineData, MachineQuestion } from './machineMessages.js'

const { wasm } = workerData as MachineData
const runs = new Map<number, MachineRun>()

const runner = pointProofs().then((blobProof) => replayerRunner(loadProgram(wasm), { blobProof }))

async function answer(question: MachineQuestion): Promise<MachineAnswer> {
  if (question.type === 'open') {
    runs.set(question.run, await (await runner).open(decodeProofInputs(question.inputs)))
    return { type: 'done' }
  }
  const run = runs.get(question.run)
  if (run === undefined) throw new Error(`run ${question.run} is not open`)
  switch (question.type) {
    case 'commit': {
      const made = await run.commit(question.options)
      return { type: 'commitment', height: made.height, leaves: leavesOf(made) }
    }
    case 'state':
      return { type: 'state', state: await run.state(question.step) }
    case 'proveStep':
      return { type: 'step', step: await run.proveStep(question.step) }
    case 'close':
      runs.delete(question.run)
      await run.close()
      return { type: 'done' }
  }
}

const failed = (error: unknown): MachineAnswer => ({
  type: 'failed',
  message: error instanceof Error ? (error.stack ?? error.message) : String(error),
})

let turn = Promise.resolve()
parentPort!.on('message', (question: MachineQuestion) => {
  turn = turn.then(async () => {
    const message = await answer(question).catch(failed)
    parentPort!.postMessage(message, message.type === 'commitment' ? [message.leaves.buffer] : [])
  })
})
