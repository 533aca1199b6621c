import type { CommitOptions, MachineState } from '@animechain/proving-machine'
import type { ProvenStep } from '@animechain/proving-interactive'

/** What the thread of the machine is asked. `run` names a run that was opened before. */
export type MachineQuestion =
  | { type: 'open'; run: number; inputs: Uint8Array<ArrayBuffer> }
  | { type: 'commit'; run: number; options: CommitOptions }
  | { type: 'state'; run: number; step: bigint }
  | { type: 'proveStep'; run: number; step: bigint }
  | { type: 'close'; run: number }

export type MachineAnswer =
  | { type: 'done' }
  | { type: 'commitment'; height: number; leaves: Uint8Array<ArrayBuffer> }
  | { type: 'state'; state: MachineState }
  | { type: 'step'; step: ProvenStep }
  | { type: 'failed'; message: string }

/** What the thread is started with: the program. */
export interface MachineData {
  wasm: Uint8Array
}
