import type { Machine } from '@animechain/proving-machine'
import {
  Replayer,
  replayerModule,
  stateHash,
  witness,
  type HostData,
  type Program,
  type ReplayerModule,
} from '@animechain/proving-machine'
import type { TakenStep } from './compare.js'

/** Without states to go back to: these runs only go forward. */
const FORWARD = { snapshots: { states: 1 } }

export const openReplayer = (module: ReplayerModule, program: Program, host: HostData): Replayer =>
  new Replayer(module, program, host, FORWARD)

/** A replayer of a program's run on what it reads. */
export const replayerOf = async (program: Program, host: HostData): Promise<Replayer> =>
  openReplayer(await replayerModule(), program, host)

/** Opcode of the instruction that a program is at. */
export const opcodeAt = ({ code }: Program, pc: number): number => code[16 * pc] ?? 0

/** The step after `position`, its witness by the replayer's leaves, and the replayer's hash of the state that it comes to. */
export function replayedStep(replayer: Replayer, host: HostData, position: bigint): TakenStep {
  replayer.seek(position)
  const before = replayer.state
  const { witness: shown, next } = witness(before, replayer.program, replayer, host)
  replayer.seek(position + 1n)
  return {
    opcode: opcodeAt(replayer.program, before.pc),
    witness: shown,
    next,
    hash: replayer.stateHash(),
  }
}

/**
 * The step that a machine is at, with the replayer's hash of the state after it; the machine stays there.
 * @throws when the two do not agree about the state before
 */
export function stepOfBoth(machine: Machine, replayer: Replayer, position: bigint): TakenStep {
  replayer.seek(position)
  const taken = machine.witness()
  const [expected, got] = [stateHash(taken.witness.state), replayer.stateHash()]
  if (expected !== got)
    throw new Error(
      `The replayer is at another state after step ${position}: expected ${expected}, got ${got}.`,
    )
  replayer.seek(position + 1n)
  return {
    ...taken,
    opcode: opcodeAt(machine.program, machine.registers.pc),
    hash: replayer.stateHash(),
  }
}
