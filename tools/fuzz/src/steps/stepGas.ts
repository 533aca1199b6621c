import { readFileSync, writeFileSync } from 'node:fs'
import { grouped, UsageError, type Output } from '../arguments.js'
import { gasCorpus } from './gasCorpus.js'
import { l1Prover } from './l1Prover.js'

export const STEP_GAS_HELP = `The L1 gas of the dearest step of every instruction and host read, each a whole transaction on a real node.

  npm run steps:gas -- [--write]

  --write  keep what was measured in libs/contracts/snapshots/steps.json

Exit code: 0 when no step costs more than in the snapshot and none more than ${grouped(11_700_000)} gas, 1 when one does.
`

/** Gas of a transaction that leaves 30% of the largest one of L1 (2^24 gas). */
export const MOST_GAS = 11_700_000

const SNAPSHOT = 'libs/contracts/snapshots/steps.json'

/** Gas by the name of the step. */
export type StepGas = Record<string, number>

/** Sends every step of the corpus to a real L1. */
export async function measureSteps(): Promise<StepGas> {
  const l1 = await l1Prover()
  try {
    const steps = gasCorpus()
    const gas = await l1.send(steps.map(({ witness }) => witness))
    return Object.fromEntries(
      steps.map(({ name }, i) => {
        if (gas[i] === undefined) throw new Error(`${name}: expected a step that L1 takes, got a revert`)
        return [name, gas[i]]
      }),
    )
  } finally {
    await l1.stop()
  }
}

/** What is wrong with a measurement, compared with the one that was kept. */
export function complaints(measured: StepGas, kept: StepGas): string[] {
  const out: string[] = []
  for (const [name, gas] of Object.entries(measured)) {
    if (gas > MOST_GAS) out.push(`${name}: expected at most ${grouped(MOST_GAS)} gas, got ${grouped(gas)}`)
    const before = kept[name]
    if (before === undefined) out.push(`${name}: expected it in the snapshot, it is not there`)
    else if (gas > before) out.push(`${name}: expected at most ${grouped(before)} gas, got ${grouped(gas)}`)
  }
  for (const name of Object.keys(kept))
    if (measured[name] === undefined) out.push(`${name}: it is in the snapshot and no step of the corpus`)
  return out
}

export function keptStepGas(root = '.'): StepGas {
  return JSON.parse(readFileSync(`${root}/${SNAPSHOT}`, 'utf8')) as StepGas
}

/** `npm run steps:gas` */
export async function stepGas(argv: readonly string[], output: Output): Promise<number> {
  const unknown = argv.find((argument) => argument !== '--write')
  if (unknown !== undefined) throw new UsageError(`Unknown argument ${unknown}.`)
  const measured = await measureSteps()
  for (const [name, gas] of Object.entries(measured))
    output.line(`${name.padEnd(52)}${grouped(gas).padStart(12)}`)
  if (argv.includes('--write')) writeFileSync(SNAPSHOT, `${JSON.stringify(measured, undefined, 2)}\n`)
  const wrong = complaints(measured, argv.includes('--write') ? measured : keptStepGas())
  for (const complaint of wrong) output.error(complaint)
  return wrong.length === 0 ? 0 : 1
}
