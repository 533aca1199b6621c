import { describe, expect, test } from '@jest/globals'
import {
  batchAccumulator,
  depositAccumulator,
  emptyAccumulator,
  type BlockInput,
  type DaGetResult,
  type DepositEntry,
} from '@animechain/core'
import { buildBlockInput, unreadQueue } from '@animechain/derivation'
import { firstWithout } from '../../src/chain/search.js'
import { checkBatch, isBlockOf, wrongLabels } from '../../src/derivation/apply.js'
import { judgeAnswer, type Judged } from '../../src/derivation/body.js'

const word = (n: number) => `0x${n.toString(16).padStart(64, '0')}` as const
const address = `0x${'11'.repeat(20)}` as const
const context = {
  ...{ number: 5n, timestamp: 60n, baseFee: 7n, blobBaseFee: 1n, gasLimit: 30_000_000n },
  ...{ parentHash: word(1), baseFeeScalar: 1, blobBaseFeeScalar: 2 },
}

function entryAt(index: number, before: DepositEntry['acc'], label?: DepositEntry['label']): DepositEntry {
  const fields = { kind: 0 as const, from: address, to: address, opaqueData: new Uint8Array(73), context }
  return {
    ...fields,
    index: BigInt(index),
    acc: depositAccumulator(before, fields),
    ...(label && { label }),
  }
}

test.each<[string, DaGetResult, Judged]>([
  ['data', { status: 'data', data: Uint8Array.of(1) }, { data: Uint8Array.of(1) }],
  [
    'what cannot be the data',
    { status: 'invalid', reason: 'no blob' },
    { useless: 'the data is invalid: no blob' },
  ],
  [
    'what L1 proves to be gone',
    { status: 'expired', proven: true },
    { useless: 'the data has expired, as L1 proves' },
  ],
  ['what a server calls expired', { status: 'expired', proven: false }, { wait: 'expired' }],
  ['what a server does not find', { status: 'missing', authoritative: false }, { wait: 'not found' }],
  ['a server that says no', { status: 'forbidden', reason: 'key' }, { wait: 'forbidden: key' }],
  ['a server that is away', { status: 'unavailable', error: new Error('refused') }, { wait: 'refused' }],
])('an answer about the body of a batch: %s', (_what, answer, judged) => {
  expect(judgeAnswer(answer)).toEqual(judged)
})

describe('the local block is taken for the one of L1', () => {
  const parent = { number: 1n, timestamp: 10n, gasLimit: 30_000_000n, prevRandao: word(3) }
  const block = buildBlockInput({
    ...{ parent, timestamp: 12n, entries: [], labels: [] },
    transactions: [Uint8Array.of(2, 1)],
  })
  test.each<[string, Partial<BlockInput>, boolean]>([
    ['when all is equal', {}, true],
    ['whatever its number', { number: 7n }, true],
    ['not at another time', { timestamp: 13n }, false],
    ['not with another gas limit', { gasLimit: 1n }, false],
    ['not with another randomness', { prevRandao: word(4) }, false],
    ['not with another recipient of fees', { beneficiary: address }, false],
    ['not with other extra data', { extraData: '0x01' }, false],
    ['not with another beacon root', { parentBeaconBlockRoot: word(4) }, false],
    ['not with fewer transactions', { transactions: [] }, false],
    ['not with another transaction', { transactions: [Uint8Array.of(2, 2)] }, false],
  ])('%s', (_what, change, taken) => {
    expect(isBlockOf(block, { ...block, ...change })).toBe(taken)
  })
})

test('labels are wrong where L1 knows others', () => {
  const known = { l1BlockHash: word(8), logIndex: 3 }
  const first = entryAt(0, emptyAccumulator, known)
  const second = entryAt(1, first.acc)
  const context: DepositEntry = { ...entryAt(2, second.acc), kind: 1 }
  const third = entryAt(3, context.acc, known)
  const entries = [first, second, context, third]
  expect(wrongLabels(entries, [known, { l1BlockHash: word(9), logIndex: 0 }, known])).toEqual([])
  expect(
    wrongLabels(entries, [known, known, { ...known, logIndex: 4 }]).map(({ entry }) => entry.index),
  ).toEqual([3n])
  expect(wrongLabels(entries, [{ ...known, l1BlockHash: word(9) }, known, known])).toEqual([
    { entry: first, claimed: { ...known, l1BlockHash: word(9) }, expected: known },
  ])
})

describe('a batch and its entries are believed', () => {
  const first = entryAt(0, emptyAccumulator)
  const second = entryAt(1, first.acc)
  const header = { firstBlock: 1n, blockCount: 2, depositsReadAfter: 2n, lastTimestamp: 20n }
  const content = { index: 0n, header, commitment: Uint8Array.of(1, 2), context }
  const record = {
    ...content,
    acc: batchAccumulator(emptyAccumulator, { ...content, depositAcc: second.acc }),
    l1Block: { number: 5n, hash: word(5), timestamp: 60n },
    location: {},
  }
  const start = { last: undefined, safe: { number: 0n } }
  test('when all of it hashes to what the inbox says', () => {
    expect(checkBatch(record, [first, second], start)).toEqual({
      ...unreadQueue,
      ...{ depositsReadAfter: 2n, depositAcc: second.acc },
    })
  })
  test.each([
    ['an entry is missing', record, [first], start],
    ['an entry is another one', record, [first, { ...second, from: `0x${'22'.repeat(20)}` as const }], start],
    ['the commitment is another one', { ...record, commitment: Uint8Array.of(1, 3) }, [first, second], start],
    ['it does not begin behind the safe block', record, [first, second], { ...start, safe: { number: 4n } }],
  ])('not when %s', (_what, given, entries, before) => {
    expect(checkBatch(given, entries, before)).toBeUndefined()
  })
})

test.each([
  { low: 0n, high: 0n, upTo: 5n, first: 0n },
  { low: 0n, high: 9n, upTo: 0n, first: 0n },
  { low: 0n, high: 9n, upTo: 4n, first: 4n },
  { low: 0n, high: 9n, upTo: 9n, first: 9n },
  { low: 3n, high: 9n, upTo: 20n, first: 9n },
  { low: 3n, high: 9n, upTo: 3n, first: 3n },
])('of [$low, $high), $first is the first at or above $upTo', ({ low, high, upTo, first }) => {
  expect(firstWithout(low, high, (at) => at < upTo)).toBe(first)
})
