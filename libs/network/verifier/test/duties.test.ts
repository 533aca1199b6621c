import { describe, expect, test } from '@jest/globals'
import type { Assertion, Hex } from '@animechain/core'
import { blockLeaf, blocksTree, epochAt, saltOf, verifyProof } from '@animechain/network-protocol'
import {
  alarmFor,
  attestationFor,
  decideAttestations,
  type AttesterState,
  type Duty,
  type OwnResult,
} from '../src/index.js'
import { isTwoTrees } from '../src/duties/trees.js'
import { account, domain, hash } from './world.js'

const id = (name: string): Hex => hash(name).slice(0, 42) as Hex
const own = (batch: number): OwnResult => ({
  batchAcc: hash(`acc ${batch}`),
  blockNumber: BigInt(10 * batch),
  outputRoot: hash(`root ${batch}`),
  history: hash(`history ${batch}`),
})
let made = 0n
/** A right assertion, but for what is said. */
const assertion = (name: string, batch: number, changes: Partial<Assertion> = {}): Assertion => ({
  id: id(name),
  index: made++,
  ...own(batch),
  batchIndex: BigInt(batch),
  parent: undefined,
  asserter: id('asserter'),
  bond: 1n,
  status: 'pending',
  createdAt: 1_000n,
  challengeDeadline: 9_000n,
  ...changes,
})
const rules = { epochStart: 900n, epochLength: 60n }
const state = (assertions: readonly Assertion[], changes: Partial<AttesterState> = {}): AttesterState => ({
  assertions,
  judged: new Map(),
  own: ({ batchIndex }) => own(Number(batchIndex)),
  isSigned: () => false,
  epochAt: (time) => epochAt(time, rules),
  epoch: 2n,
  isActive: () => true,
  certificateEpochs: 30n,
  floor: 0n,
  ...changes,
})
const shown = (duty: Duty) => ('why' in duty ? `${duty.is}: ${duty.why}` : duty.is)
const duties = (assertions: readonly Assertion[], changes: Partial<AttesterState> = {}) =>
  decideAttestations(state(assertions, changes)).duties.map(shown)

describe('a right assertion', () => {
  test('is attested to, with the epoch of its creation', () => {
    const [duty] = decideAttestations(state([assertion('a', 1)], { epoch: 7n })).duties
    expect(duty).toMatchObject({ is: 'attest', game: id('a'), epoch: 2n })
  })

  test.each<[string, Partial<AttesterState>, string]>([
    ['that is signed', { isSigned: () => true }, 'pass: the batch is attested to'],
    ['that is too old', { epoch: 33n }, 'pass: epoch 2 is too old for a certificate'],
    ['from before the first epoch', { epochAt: () => 0n }, 'pass: epoch 0 is too old for a certificate'],
    ['without weight', { isActive: () => false }, 'pass: the key has no weight at epoch 2'],
    ['below the floor', { floor: 2n }, 'pass: the log signs from batch 2 on'],
    ['that is not derived', { own: () => undefined }, 'wait: batch 1 is not derived yet'],
    [
      'of another history of L1',
      { own: () => ({ ...own(1), batchAcc: hash('other') }) },
      'wait: expected batch 1 as L1 has it, got another one',
    ],
  ])('%s is not', (_name, changes, expected) => {
    expect(duties([assertion('a', 1)], changes)).toEqual([expected])
  })

  test('of several the first counts, for every verifier the same', () => {
    const [first, second] = [assertion('first', 1), assertion('second', 1)]
    const expected = ['attest', 'pass: an earlier assertion of the batch is right']
    expect(duties([first, second])).toEqual(expected)
    expect(duties([second, first])).toEqual(expected)
    // One that L1 rejected is nobody's first.
    expect(duties([{ ...first, status: 'rejected' }, second])).toEqual(['pass: it was rejected', 'attest'])
    // A wrong one before it holds nothing up; one that cannot be judged yet does.
    expect(duties([{ ...first, outputRoot: hash('lie') }, second])).toEqual(['alarm', 'attest'])
    expect(duties([{ ...first, parent: id('unknown') }, second])).toEqual([
      'wait: its parent is not judged yet',
      'wait: an earlier assertion of the batch is not judged yet',
    ])
  })

  test('has only right ones below it', () => {
    const parent = assertion('parent', 1)
    const child = assertion('child', 2, { parent: id('parent') })
    expect(duties([parent, child])).toEqual(['attest', 'attest'])
    expect(duties([{ ...parent, outputRoot: hash('lie') }, child])).toEqual([
      'alarm',
      'pass: it builds on a wrong assertion',
    ])
    // Judged in a round before.
    const { judged } = decideAttestations(state([parent]))
    expect(duties([child], { judged })).toEqual(['attest'])
  })
})

describe('a wrong assertion', () => {
  test('is told by an alarm, whatever its state', () => {
    const wrong = assertion('wrong', 1, { outputRoot: hash('lie'), status: 'accepted' })
    const [duty] = decideAttestations(state([wrong], { isActive: () => false })).duties
    expect(duty).toMatchObject({ is: 'alarm', derived: hash('root 1') })
    expect(duty!.is === 'alarm' && alarmFor(duty as Duty & { is: 'alarm' })).toEqual({
      game: id('wrong'),
      batchIndex: 1n,
      batchAcc: hash('acc 1'),
      l2BlockNumber: 10n,
      claimed: hash('lie'),
      derived: hash('root 1'),
    })
  })

  test('with the right root is not attested to', () => {
    expect(duties([assertion('a', 1, { history: hash('lie') })])).toEqual([
      'pass: the root is right, its history is not',
    ])
    expect(duties([assertion('a', 1, { blockNumber: 11n })])).toEqual(['pass: expected block 10, got 11'])
  })
})

describe('an attestation', () => {
  const secret = new Uint8Array(32).fill(7)
  const [duty] = decideAttestations(state([assertion('a', 1)])).duties as [Duty & { is: 'attest' }]
  const outputRoots = [...[8, 9].map((n) => hash(`block ${n}`)), hash('root 1')]
  const parts = { domain, key: account.address, secret, firstBlock: 8n, outputRoots }

  test('has a tree of its own over its blocks', () => {
    const made = attestationFor(duty, parts)
    expect(made).toMatchObject({ game: id('a'), batchIndex: 1n, outputRoot: hash('root 1'), epoch: 2n })
    expect(attestationFor(duty, parts)).toEqual(made)
    const batch = { batchIndex: 1n, batchAcc: hash('acc 1') }
    const salt = saltOf({ secret, domain, key: account.address, ...batch })
    const tree = blocksTree({ key: account.address, salt, firstBlock: 8n, outputRoots })
    const leaf = blockLeaf(account.address, salt, 9n, outputRoots[1]!)
    expect(verifyProof(made.blocksRoot, leaf, tree.proof(1))).toBe(true)
    const others = attestationFor(duty, { ...parts, secret: new Uint8Array(32).fill(8) })
    expect(others.blocksRoot).not.toBe(made.blocksRoot)
  })

  test('is not made of blocks that end elsewhere', () => {
    expect(() => attestationFor(duty, { ...parts, firstBlock: 9n })).toThrow('to end with block 10')
    expect(() => attestationFor(duty, { ...parts, outputRoots: outputRoots.slice(1) })).toThrow('got 9 and')
    expect(() =>
      attestationFor(duty, { ...parts, outputRoots: [...outputRoots.slice(1), hash('lie')] }),
    ).toThrow('and root')
    expect(() => attestationFor(duty, { ...parts, outputRoots: [] })).toThrow('to end with block 10')
  })
})

test('two trees of one batch are evidence where the root is one, whatever the epoch and the letters', () => {
  const first = {
    ...{ game: id('game'), batchIndex: 1n, batchAcc: hash('acc'), l2BlockNumber: 3n },
    ...{ outputRoot: hash('root'), blocksRoot: hash('tree'), epoch: 1n },
  }
  const upper = `0x${first.batchAcc.slice(2).toUpperCase()}` as Hex
  expect(isTwoTrees(first, first)).toBe(false)
  expect(isTwoTrees(first, { ...first, blocksRoot: hash('other'), batchAcc: upper, epoch: 2n })).toBe(true)
  expect(isTwoTrees(first, { ...first, blocksRoot: hash('other'), outputRoot: hash('two') })).toBe(false)
  expect(isTwoTrees(first, { ...first, blocksRoot: hash('other'), batchAcc: hash('fork') })).toBe(false)
  expect(isTwoTrees(first, { ...first, blocksRoot: hash('other'), batchIndex: 2n })).toBe(false)
})
