import { isBaseError, type ExecutionEngine, type Hash } from '@animechain/core'
import {
  guestBinary,
  runProof,
  witnessHost,
  type BlockWitness,
  type WasmEngine,
} from '@animechain/execution-wasm'
import { Replayer, loadProgram, status, type HostData } from '@animechain/proving-machine'
import { decodeTransaction } from '@animechain/tx'
import { Mismatch, same } from './outcome.js'

export interface ProofCounts {
  /** blocks whose output root the proof build came to, fed by recorded preimages alone */
  blocks: number
  /** blocks that cannot exist, refused by both builds */
  refused: number
  /** blocks that were replayed on the proving machine as well, to the same output, and the steps that it took */
  replayed: number
  steps: bigint
  /** blocks with a transaction of more gas than any chain on L1 has, whose EVM memories lie above the machine's: it trapped, as it must */
  aboveMachine: number
}

export const newProofCounts = (): ProofCounts => ({
  blocks: 0,
  refused: 0,
  replayed: 0,
  steps: 0n,
  aboveMachine: 0,
})

/** Of the guest (assembly/memory.ts): messages with more gas have their memories above what the machine has. */
const MACHINE_GAS = 800_000_000n

/** Replays the proof build, which came to `outputRoot` on V8, and gives its output, or nothing when it trapped. */
export type Replay = (
  host: HostData,
  outputRoot: Hash,
) => Promise<{ output: Hash | undefined; steps: bigint }>

/** The proof build on the proving machine's replayer. */
export async function replayOf(entry = 'runBlock'): Promise<Replay> {
  const program = loadProgram(await guestBinary('proof'), { entry })
  // One replayer for all blocks, one after another: to load the program takes longer than most of them.
  let replayer: Replayer | undefined
  return async (host) => {
    if (replayer) replayer.startOver(host)
    else replayer = await Replayer.create(program, host, { snapshots: { states: 1 } })
    const steps = replayer.run()
    if (steps === undefined) throw new Error('The machine is still running after 2^64 steps.')
    const { status: end, output } = replayer.registers
    return { output: end === status.halted ? output : undefined, steps }
  }
}

function isAboveMachine(raw: Uint8Array): boolean {
  try {
    return decodeTransaction(raw).gasLimit > MACHINE_GAS
  } catch {
    // Not executed: both builds skip what cannot be decoded.
    return false
  }
}

/**
 * The engine, but every block that it executes is recorded before, and proved after: the proof build, which sees nothing but the recorded
 * preimages, must come to the output root of the node build.
 * @param replay also on the proving machine
 */
export function proving(engine: WasmEngine, counts: ProofCounts, replay?: Replay): ExecutionEngine {
  return {
    ...engine,
    async executeBlock(parent, input) {
      let witness: BlockWitness | undefined
      let refusal: unknown
      try {
        witness = await engine.recordWitness(parent, input)
      } catch (error) {
        refusal = error
      }
      const block = await engine.executeBlock(parent, input).catch((error: unknown) => {
        if (witness !== undefined) throw new Mismatch('proof build', 'no such block', witness.outputRoot)
        counts.refused++
        throw error
      })
      if (witness === undefined)
        throw new Mismatch(
          'recording of the preimages',
          'an output root',
          isBaseError(refusal) ? refusal.shortMessage : refusal,
        )
      const host = witnessHost(witness)
      const root = await runProof(host)
      same('output root of the proof build', root, await engine.outputRoot(block.header))
      counts.blocks++
      if (replay) {
        const { output, steps } = await replay(host, root)
        if (output === undefined && input.transactions.some(isAboveMachine)) counts.aboveMachine++
        else {
          same('output of the proving machine', output ?? 'a trap', root)
          counts.replayed++
          counts.steps += steps
        }
      }
      return block
    },
  }
}
