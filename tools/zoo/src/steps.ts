import type { Hash } from '@animechain/core'
import { hostData, Machine, opNames, status, type OpName } from '@animechain/proving-machine'
import { heights } from '../../../libs/proving/interactive/test/l1World.js'
import { toyInputs, toyProgram } from '../../../libs/proving/interactive/test/toyProgram.js'

/** Bytes of an instruction of the flat code; the first one is the opcode. */
const INSTRUCTION_BYTES = 16

/** Place of a step in a disputed block. */
export interface StepPlace {
  span: number
  step: number
}

/** The instructions that a block's run executes, one a step, until it halts. */
export function stepsOf(before: Hash, batch: Uint8Array, block: bigint, rules: Hash): OpName[] {
  const machine = new Machine(toyProgram, hostData(toyInputs(before, batch, block, rules)))
  const steps: OpName[] = []
  while (machine.registers.status === status.running) {
    steps.push(opNames[toyProgram.code[machine.registers.pc * INSTRUCTION_BYTES]!]!)
    machine.run(1)
  }
  return steps
}

export const placeOf = (index: number): StepPlace => ({
  span: index >>> heights[2],
  step: index % 2 ** heights[2],
})
