import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { loadKzg, pointProofs } from '@animechain/da-blob'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { randomFrom } from '../src/random.js'
import { blockSteps } from '../src/steps/blockSteps.js'
import { compare, mutate } from '../src/steps/compare.js'
import { allKinds, hostKinds, missing, neverReplayed } from '../src/steps/coverage.js'
import { edgeStep } from '../src/steps/edgeSteps.js'
import { linearBlob, readable } from '../src/steps/hostReads.js'
import { l1Prover, type L1Prover } from '../src/steps/l1Prover.js'
import { complaints, keptStepGas, measureSteps } from '../src/steps/stepGas.js'
import { batchBlocks } from '../src/steps/realBlocks.js'
import { compareCore, compareEdges, compareReads, compareReal } from '../src/steps/steps.js'
import { compareAll, newTally } from '../src/steps/tally.js'

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
  expect(missing(allKinds, tally.byName)).toEqual([])
  const trapped = [...tally.byName.values()].reduce((sum, { traps }) => sum + traps, 0)
  expect(trapped).toBeGreaterThan(100)
  expect(trapped).toBeLessThan(500)
}, 600_000)

test('a KZG library commits to the blobs of these steps, and proves their points, as L1 does', async () => {
  const { blob, commitment, proof, versionedHash } = linearBlob(7n, 11n)
  const kzg = await loadKzg()
  expect(Buffer.from(kzg.blobToKzgCommitment(blob))).toEqual(Buffer.from(commitment))
  expect(versionedHash).toMatch(/^0x01/)
  const shown = (await pointProofs(kzg))(blob, new Uint8Array(32).fill(3))
  expect(shown).toEqual({ commitment: Uint8Array.from(commitment), proof: Uint8Array.from(proof) })
}, 300_000)

test('L1 takes steps of the proof program as the machine does', async () => {
  const tally = newTally()
  await compareReal(l1, 1, 150, tally, { every: 5_000 })
  expect(tally.differences).toEqual([])
  expect(tally).toMatchObject({ steps: 150, replayed: 150 })
}, 600_000)

test('every kind of host read of a run is taken by L1 to the replayer’s state', async () => {
  const tally = newTally()
  await compareReads(l1, 1, tally)
  expect(tally.differences).toEqual([])
  expect(neverReplayed(hostKinds, tally.byName)).toEqual([])
}, 600_000)

test('L1 takes random steps of whole blocks that are read from a blob, and what they read', async () => {
  const tally = newTally()
  const random = randomFrom(1)
  const programs = []
  for await (const block of batchBlocks(random, { transfers: 3, hashing: 30_000n })) {
    programs.push(block.name)
    await compareAll(l1, random, 'program', blockSteps(block, random, 10), tally)
  }
  expect(tally.differences).toEqual([])
  expect(programs.length).toBeGreaterThan(4)
  expect(tally.replayed).toBe(tally.steps)
  // Nothing of this program is read in chunks, or sealed.
  expect(neverReplayed(hostKinds, tally.byName)).toEqual(['preimage 2', 'preimage 4'])
}, 600_000)

/** Divides, i32, signed. */
const divider = [
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  ...[1, 7, 1, 0x60, 2, 0x7f, 0x7f, 1, 0x7f],
  ...[3, 2, 1, 0],
  ...[7, 7, 1, 3, ...Buffer.from('div'), 0, 0],
  ...[10, 9, 1, 7, 0, 0x20, 0, 0x20, 1, 0x6d, 0x0b],
]

test('steps of core tests are taken by L1 as by machine and replayer, traps among them', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'core-'))
  const divide = (x: string, y: string) => ({
    ...{ type: 'invoke', field: 'div' },
    args: [x, y].map((value) => ({ type: 'i32', value })),
  })
  const commands = [
    { type: 'module', line: 1, filename: 'divider.wasm' },
    { type: 'assert_return', line: 2, action: divide('7', '2'), expected: [{ type: 'i32', value: '3' }] },
    { type: 'assert_trap', line: 3, action: divide('1', '0'), text: 'integer divide by zero' },
  ]
  const tally = newTally()
  try {
    await writeFile(join(folder, 'divider.wasm'), Uint8Array.from(divider))
    await writeFile(join(folder, 'div.json'), JSON.stringify({ source_filename: 'div.wast', commands }))
    expect(await compareCore(l1, 1, folder, tally)).toMatchObject({ passed: 2, failures: [] })
  } finally {
    await rm(folder, { recursive: true })
  }
  expect(tally.differences).toEqual([])
  expect(tally.byName.get('i32_div_s')).toMatchObject({ steps: { core: 2 }, traps: 1 })
  expect(neverReplayed(['local_get', 'return', 'i32_add'], tally.byName)).toEqual(['i32_add'])
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
