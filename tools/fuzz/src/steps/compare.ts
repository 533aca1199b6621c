import type { Hash } from '@animechain/core'
import { stateHash, type MachineState, type StepWitness } from '@animechain/proving-machine'
import type { Random } from '../random.js'
import type { L1Prover } from './l1Prover.js'

/** A step by the TypeScript machine. */
export interface TakenStep {
  opcode: number
  witness: StepWitness
  next: MachineState
  /** Of a step of a run: hash of the state after it by the replayer, which L1 must come to. */
  hash?: Hash
}

/** A step of which L1 says something else. */
export interface Difference {
  step: TakenStep
  /** what was changed in the witness, or who else has another state; undefined where it is L1 about the step as it is */
  mutation?: string
  expected: string
  got: string
}

/** Flips one bit of the proof or the data, or adds or takes away one word or byte. Whatever is changed, the witness is no longer that of the step. */
export function mutate(random: Random, witness: StepWitness): { witness: StepWitness; mutation: string } {
  const proof = [...witness.proof]
  const data = witness.data.slice()
  const mutated = (mutation: string, changed: Partial<StepWitness>) => ({
    witness: { ...witness, ...changed },
    mutation,
  })
  const what = random.below(data.length > 0 ? 5 : 3)
  if (what === 0 || proof.length === 0) return mutated('a word more', { proof: [...proof, ZERO] })
  if (what === 1) return mutated('a word less', { proof: proof.slice(0, -1) })
  if (what === 2) {
    const at = random.below(proof.length)
    const bit = random.below(256)
    const word = BigInt(proof[at]!) ^ (1n << BigInt(bit))
    proof[at] = `0x${word.toString(16).padStart(64, '0')}`
    return mutated(`bit ${bit} of word ${at} of the proof`, { proof })
  }
  if (what === 3) return mutated('a byte less of the data', { data: data.subarray(0, -1) })
  const at = random.below(data.length)
  data[at]! ^= 1 << random.below(8)
  return mutated(`byte ${at} of the data`, { data })
}

const ZERO = `0x${'0'.repeat(64)}` as const

/** Asks L1 for the steps, and for some of them again with a witness that was changed, which it must refuse. */
export async function compare(
  l1: Pick<L1Prover, 'ask'>,
  steps: readonly TakenStep[],
  random: Random,
): Promise<{ mutated: number; differences: Difference[] }> {
  const changed = steps
    .filter(() => random.rarely(8))
    .map((step) => ({ step, ...mutate(random, step.witness) }))
  const answers = await l1.ask([...steps, ...changed].map(({ witness }) => witness))
  const differences: Difference[] = []
  steps.forEach((step, i) => {
    const answer = answers[i]!
    const own = stateHash(step.next)
    const expected = step.hash ?? own
    if (own !== expected) differences.push({ step, mutation: 'by the machine', expected, got: own })
    const got = 'next' in answer ? answer.next : answer.refused
    if (got !== expected) differences.push({ step, expected, got })
  })
  changed.forEach(({ step, mutation }, i) => {
    const answer = answers[steps.length + i]!
    if ('next' in answer)
      differences.push({ step, mutation: `${mutation} changed`, expected: 'a refusal', got: answer.next })
  })
  return { mutated: changed.length, differences }
}
