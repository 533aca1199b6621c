import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { loadKzg } from '@animechain/da-blob'
import { opNames } from '@animechain/proving-machine'
import { fileURLToPath } from 'node:url'
import { randomFrom } from '../src/random.js'
import { compare, mutate } from '../src/steps/compare.js'
import { edgeStep } from '../src/steps/edgeSteps.js'
import { linearBlob, readable } from '../src/steps/hostReads.js'
import { l1Prover, type L1Prover } from '../src/steps/l1Prover.js'
import { complaints, keptStepGas, measureSteps } from '../src/steps/stepGas.js'
import { compareEdges, compareReal, newTally } from '../src/steps/steps.js'

const root = fileURLToPath(new URL('../../..', import.meta.url))
let l1: L1Prover

beforeAll(async () => {
  l1 = await l1Prover()
}, 300_000)
afterAll(() => l1.stop())

test('L1 takes generated steps at edges as the machine does, and refuses witnesses that were changed', async () => {
  const tally = newTally()
  await compareEdges(l1, 1, 1_000, tally)
  expect(tally.differences).toEqual([])
  expect(tally.mutated).toBeGreaterThan(50)
  // Nearly every instruction is among them, and every kind of preimage with steps that do not trap.
  const names = opNames.filter((name) => name !== undefined && name !== 'preimage')
  expect(names.filter((name) => tally.byName.has(name!)).length).toBeGreaterThan(names.length * 0.95)
  for (let kind = 0; kind < 4; kind++) {
    const { steps, traps } = tally.byName.get(`preimage ${kind}`) ?? { steps: 0, traps: 0 }
    expect(steps).toBeGreaterThan(traps)
  }
  const trapped = [...tally.byName.values()].reduce((sum, { traps }) => sum + traps, 0)
  expect(trapped).toBeGreaterThan(100)
  expect(trapped).toBeLessThan(500)
}, 600_000)

test('a KZG library commits to the blobs of these steps as L1 does', async () => {
  const { blob, commitment, versionedHash } = linearBlob(7n, 11n)
  const kzg = await loadKzg()
  expect(Buffer.from(kzg.blobToKzgCommitment(blob))).toEqual(Buffer.from(commitment))
  expect(versionedHash).toMatch(/^0x01/)
}, 300_000)

test('L1 takes steps of the proof program as the machine does', async () => {
  const tally = newTally()
  await compareReal(l1, 1, 400, tally, { every: 2_000 })
  expect(tally.differences).toEqual([])
  expect(tally.steps).toBe(400)
}, 600_000)

test('a difference is one', async () => {
  const random = randomFrom(1)
  const data = await readable(random, l1, 1)
  const step = edgeStep(random, data)
  const { differences } = await compare(l1, [{ ...step, next: { ...step.next, fp: 77 } }], random)
  expect(differences).toHaveLength(1)
})

test('a changed witness is another one', async () => {
  const random = randomFrom(2)
  const { witness } = edgeStep(random, await readable(random, l1, 1))
  const shown = { ...witness, data: Uint8Array.of(1, 2) }
  for (let i = 0; i < 100; i++) expect(mutate(random, shown).witness).not.toEqual(shown)
})

test('no step costs more gas than in the snapshot', async () => {
  expect(complaints(await measureSteps(), keptStepGas(root))).toEqual([])
}, 600_000)

test('a step that costs more, too much, or is not in the snapshot is found', () => {
  expect(complaints({ a: 5, b: 12_000_000, c: 3 }, { a: 4, b: 12_000_000, d: 1 })).toEqual([
    'a: expected at most 4 gas, got 5',
    'b: expected at most 11,700,000 gas, got 12,000,000',
    'c: expected it in the snapshot, it is not there',
    'd: it is in the snapshot and no step of the corpus',
  ])
})
