import {
  Commitment,
  Machine,
  Replayer,
  status,
  witness,
  type CommitOptions,
  type HostData,
  type MachineState,
  type Program,
  type ReplayerOptions,
  type StepWitness,
} from '@animechain/proving-machine'
import { hexToBytes, type ProofInputs } from '@animechain/core'
import { hostOf } from './proofInputs.js'

/** A step as L1 checks it, and the state after it. */
export interface ProvenStep {
  witness: StepWitness
  next: MachineState
}

/** A run of the program on the inputs of one block. It may go back, and answers in a worker where that is how it was made. */
export interface MachineRun {
  /** The states after each of 2^height strides, see `Replayer.commit`. */
  commit(options: CommitOptions): Promise<Commitment>
  /** The state after so many steps. */
  state(step: bigint): Promise<MachineState>
  /** The witness of the step after so many steps. */
  proveStep(step: bigint): Promise<ProvenStep>
  /** Gives back what it holds. */
  close(): Promise<void>
}

/** A program with a way to run it. */
export interface Runner {
  readonly program: Program
  open(inputs: ProofInputs): Promise<MachineRun>
}

/** What proves field elements of blobs. Without it steps that read a blob can be run, but not proven. */
interface BlobProving {
  blobProof?: HostData['blobProof']
}

/** Runs with the fast replayer, in this thread. */
export function replayerRunner(program: Program, options: ReplayerOptions & BlobProving = {}): Runner {
  return {
    program,
    async open(inputs) {
      const host = hostOf(inputs, options.blobProof)
      const replayer = await Replayer.create(program, host, options)
      return {
        commit: async (wanted) => replayer.commit(wanted),
        async state(step) {
          replayer.seek(step)
          return replayer.state
        },
        async proveStep(step) {
          replayer.seek(step)
          return witness(replayer.state, program, replayer, host)
        },
        close: async () => {},
      }
    },
  }
}

/** Runs with the specification's own machine: for programs of some thousand steps, and to hold the replayer against. */
export function steppingRunner(program: Program, { blobProof }: BlobProving = {}): Runner {
  return {
    program,
    async open(inputs) {
      const host = hostOf(inputs, blobProof)
      let machine = new Machine(program, host)
      let position = 0n
      const seek = (step: bigint): Machine => {
        if (step < position) {
          machine = new Machine(program, host)
          position = 0n
        }
        machine.run(Number(step - position))
        position = step
        return machine
      }
      return {
        async commit({ from, height, log2Stride }) {
          const stride = 2n ** BigInt(log2Stride)
          const leaves: Uint8Array[] = []
          let at = from
          do {
            at += stride
            leaves.push(hexToBytes(seek(at).hash()))
          } while (machine.registers.status === status.running && leaves.length < 2 ** height)
          return new Commitment(height, joined(leaves))
        },
        state: async (step) => seek(step).state(),
        proveStep: async (step) => seek(step).witness(),
        close: async () => {},
      }
    },
  }
}

function joined(words: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(32 * words.length)
  words.forEach((word, i) => all.set(word, 32 * i))
  return all
}
