import { describe, expect, test } from '@jest/globals'
import {
  bytesToHex,
  concatBytes,
  hexToBytes,
  keccak256Hex,
  type Hash,
  type ProofInputs,
} from '@animechain/core'
import { rootFrom, stateHash } from '@animechain/proving-machine'
import { memoryStorage } from '@animechain/storage-memory'
import {
  Commitments,
  decodeProofInputs,
  DisputeStore,
  encodeProofInputs,
  historyOf,
  replayerRunner,
  steppingRunner,
  type DisputedBlock,
  type Runner,
} from '../src/index.js'
import { genesisOutput, toyBatches, toyChain, toyRules, type ToyChain } from './toyChain.js'
import { toyProgram } from './toyProgram.js'

const heights = [3, 4, 5] as const
const tournament: Hash = `0x${'77'.repeat(32)}`

async function disputed(chain: ToyChain, number: bigint): Promise<DisputedBlock> {
  const { acc, lastBlock } = (await chain.batch(0n))!
  const at = (block: bigint) => chain.outputRoot(block > lastBlock ? lastBlock : block)
  return {
    ...{ tournament, number, batchAcc: acc, parentBatchIndex: -1n, batchIndex: 0n },
    before: (await at(number - 1n))!,
    after: (await at(number))!,
  }
}

async function setup(runner: Runner = steppingRunner(toyProgram)) {
  const storage = memoryStorage()
  await storage.start()
  const chain = toyChain({ batches: toyBatches(1) })
  const store = new DisputeStore(storage)
  const make = () => new Commitments({ runner, heights, rules: toyRules, chain, store })
  return { storage, chain, store, make, commitments: make() }
}

describe('commitments of a disputed block', () => {
  test('the fast replayer and the machine of the specification agree on all of them, and on the witness of each step', async () => {
    const [fast, slow] = [await setup(replayerRunner(toyProgram)), await setup()]
    const block = await disputed(fast.chain, 2n)
    const spans = await fast.commitments.spans(block)
    expect(spans.root).toBe((await slow.commitments.spans(block)).root)
    for (const span of [0, 3, 7, 8, 15]) {
      const steps = await fast.commitments.steps(block, span)
      expect(steps.root).toBe((await slow.commitments.steps(block, span)).root)
      expect(steps.leaf(31)).toBe(spans.leaf(span))
    }
    for (const step of [0, 1, 17, 31]) {
      const proven = await fast.commitments.proveStep(block, 7, step)
      expect(proven).toEqual(await slow.commitments.proveStep(block, 7, step))
      const steps = await fast.commitments.steps(block, 7)
      expect(stateHash(proven.next)).toBe(steps.leaf(step))
      if (step > 0) expect(stateHash(proven.witness.state)).toBe(steps.leaf(step - 1))
    }
  })

  test('a block past the end changes nothing, and can be proven all the same', async () => {
    const { chain, commitments } = await setup()
    const block = await disputed(chain, 7n)
    expect(block.before).toBe(block.after)
    await commitments.spans(block)
    expect(await commitments.lastState(block)).toMatchObject({ status: 1, output: block.after })
  })

  test('after a restart all comes from the disk: the node is not asked again, and leaves are not computed again', async () => {
    const { chain, make, commitments } = await setup()
    const block = await disputed(chain, 1n)
    const before = await commitments.steps(block, 4)
    expect(chain.inputsAsked).toBe(1)
    let runs = 0
    const runner = steppingRunner(toyProgram)
    const counting: Runner = { program: toyProgram, open: (host) => (runs++, runner.open(host)) }
    const again = await setup(counting)
    expect((await make().steps(block, 4)).root).toBe(before.root)
    expect((await make().spans(block)).root).toBe((await commitments.spans(block)).root)
    expect(chain.inputsAsked).toBe(1)
    await again.commitments.steps(block, 4)
    const { store } = again
    const fresh = new Commitments({ runner: counting, heights, rules: toyRules, chain: again.chain, store })
    expect(runs).toBe(1)
    await fresh.steps(block, 4)
    expect(runs).toBe(1)
  })

  test('what belongs to a tournament goes with it', async () => {
    const { storage, chain, commitments, store } = await setup()
    const block = await disputed(chain, 1n)
    const other: DisputedBlock = { ...(await disputed(chain, 2n)), tournament: `0x${'78'.repeat(32)}` }
    await commitments.steps(block, 0)
    await commitments.steps(other, 0)
    expect([...storage.iterate()]).toHaveLength(4)
    await commitments.drop(tournament)
    expect([...storage.iterate()]).toHaveLength(2)
    expect(store.inputs({ tournament: other.tournament, inputs: commitments.keyOf(other) })).toBeDefined()
  })

  test('a program that contradicts the node is named, and so are inputs that are not those of L1, or not there', async () => {
    const { chain, commitments } = await setup()
    const block = await disputed(chain, 2n)
    await expect(commitments.spans({ ...block, after: genesisOutput })).rejects.toMatchObject({
      code: 'PROVING_PROGRAM_DIFFERS',
      metaMessages: [expect.stringContaining(block.after)],
    })
    await expect(commitments.spans({ ...block, number: 3n, before: genesisOutput })).rejects.toMatchObject({
      code: 'PROVING_PROGRAM_DIFFERS',
    })
    const away = { ...chain, proofInputs: () => Promise.reject(new Error('pruned')) }
    const { store } = await setup()
    const without = new Commitments({
      ...{ runner: steppingRunner(toyProgram), heights, rules: toyRules, chain: away, store },
    })
    await expect(without.spans(block)).rejects.toMatchObject({ code: 'PROVING_INPUTS_MISSING' })
  })

  test('a history repeats the last output, at the cost of its blocks', () => {
    const outputs = [1, 2, 3].map((i) => keccak256Hex(Uint8Array.of(i)))
    const history = historyOf(13, outputs)
    expect(history.distinct).toBe(3)
    expect(history.leaf(8_191)).toBe(outputs[2])
    const root = rootFrom(2 ** 13 + 8_191, hexToBytes(outputs[2]!), history.siblings(0, 8_191))
    expect(bytesToHex(root)).toBe(history.root)
  })
})

describe('proof inputs on disk', () => {
  const inputs: ProofInputs = {
    inputs: [genesisOutput, toyRules],
    preimages: [Uint8Array.of(1, 2, 3), new Uint8Array()],
    sha256: [Uint8Array.of(4), new Uint8Array(300).fill(5)],
    blobs: [{ versionedHash: toyRules, blob: new Uint8Array(131_072).fill(7) }],
    precompiles: [
      { number: 8, input: Uint8Array.of(9), output: undefined },
      { number: 256, input: new Uint8Array(), output: new Uint8Array() },
    ],
  }

  test('come back as they were', () => {
    expect(decodeProofInputs(encodeProofInputs(inputs))).toEqual(inputs)
  })

  test('are refused where they are cut short, go on, or are of another version', () => {
    const whole = encodeProofInputs(inputs)
    const damaged = [
      whole.subarray(0, -1),
      concatBytes(whole, Uint8Array.of(0)),
      concatBytes(Uint8Array.of(1), whole.subarray(1)),
      new Uint8Array(),
    ]
    for (const each of damaged)
      expect(() => decodeProofInputs(each)).toThrow(expect.objectContaining({ code: 'PROVING_STORE' }))
    const huge = whole.slice()
    huge.fill(0xff, 1, 5)
    expect(() => decodeProofInputs(huge)).toThrow(expect.objectContaining({ code: 'PROVING_STORE' }))
  })
})
