import { describe, expect, test } from '@jest/globals'
import { fewerBlocks, overflows, type BatchBounds, type BlockSize } from '../../src/batching/assemble.js'
import { afterRefusal, feeCeiling, isDue, type DueBounds, type Waiting } from '../../src/batching/due.js'

describe('a batch is due', () => {
  const bounds: DueBounds = {
    ...{ maxAgeSeconds: 10, maxIdleAgeSeconds: 100, target: 1_000, ratio: 0.5 },
    rules: { maxBlocksPerBatch: 50, forceDelaySeconds: 120 },
  }
  const young: Waiting = { bytes: 1_999, idle: false, age: 9, blocks: 49 }
  test.each<[string, Partial<Waiting>, Partial<DueBounds>, boolean]>([
    ['not while it is young and small', {}, {}, false],
    ['by its age', { age: 10 }, {}, true],
    ['by its encoded size', { bytes: 2_000 }, {}, true],
    ['by its number of blocks', { blocks: 50 }, {}, true],
    ['later, where nobody waits for it', { age: 59, idle: true }, {}, false],
    ['at half of the delay after which deposits are forced', { age: 60, idle: true }, {}, true],
    ['by the idle age', { age: 20, idle: true }, { maxIdleAgeSeconds: 20 }, true],
    ['not before its age, with a smaller idle age', { age: 9, idle: true }, { maxIdleAgeSeconds: 2 }, false],
  ])('%s', (_when, waiting, bound, due) => {
    expect(isDue({ ...young, ...waiting }, { ...bounds, ...bound })).toBe(due)
  })
})

test.each([
  { limit: undefined, age: 0, ceiling: undefined },
  { limit: 1_000n, age: 0, ceiling: 1_000n },
  { limit: 1_000n, age: 300, ceiling: 2_000n },
  { limit: 1_000n, age: 600, ceiling: 4_000n },
  { limit: 1_000n, age: 1_800, ceiling: undefined },
])('the ceiling of $limit wei is $ceiling after $age s', ({ limit, age, ceiling }) => {
  expect(feeCeiling(limit, age, 3_600)).toBe(ceiling)
})

test.each([
  {
    what: 'a quarter of its blocks',
    before: undefined,
    tried: { first: 5n, blockCount: 10, head: 14n },
    after: { refused: { block: 5n, maxBlocks: 3, fellShort: false }, force: false },
  },
  {
    what: 'one block, and the largest did not reach the newest',
    before: { block: 5n, maxBlocks: 3, fellShort: true },
    tried: { first: 5n, blockCount: 3, head: 7n },
    after: { refused: { block: 5n, maxBlocks: 1, fellShort: true }, force: false },
  },
  {
    what: 'a forced batch, where not even one block was taken',
    before: { block: 5n, maxBlocks: 1, fellShort: true },
    tried: { first: 5n, blockCount: 1, head: 30n },
    after: { refused: undefined, force: true },
  },
  {
    what: 'the whole again, where the largest reached the newest block',
    before: { block: 5n, maxBlocks: 1, fellShort: false },
    tried: { first: 5n, blockCount: 1, head: 30n },
    after: { refused: undefined, force: false },
  },
  {
    what: 'what another refusal says nothing of',
    before: { block: 4n, maxBlocks: 1, fellShort: true },
    tried: { first: 5n, blockCount: 2, head: 6n },
    after: { refused: { block: 5n, maxBlocks: 1, fellShort: false }, force: false },
  },
])('after a refusal comes $what', ({ before, tried, after }) => {
  expect(afterRefusal(before, tried)).toEqual(after)
})

describe('a block does not fit behind others', () => {
  const bounds: BatchBounds = {
    ...{ maxBlocks: 10, maxBytes: 1_000, ratio: 0.5 },
    limits: { compressedBytes: 1_000, decompressedBytes: 5_000, blocks: 10, transactions: 20, labels: 6 },
  }
  const has: BlockSize = { transactions: 10, labels: 3, bytes: 2_000, depositGas: 50n }
  const small: BlockSize = { transactions: 10, labels: 3, bytes: 400, depositGas: 50n }
  test.each<[string, Partial<BlockSize>, Partial<BatchBounds>, boolean]>([
    ['but this one does', {}, {}, false],
    ['with a transaction too many', { transactions: 11 }, {}, true],
    ['with a label too many', { labels: 4 }, {}, true],
    ['with more gas of deposits than a block has', { depositGas: 51n }, {}, true],
    ['beyond what the codec takes', { bytes: 2_501 }, { ratio: 0.01 }, true],
    ['beyond what can be encoded so small', {}, { maxBytes: 290 }, true],
    ['when it is large and the last one tells that it is hopeless', { bytes: 501 }, {}, true],
    ['unless it is encoded better', { bytes: 501 }, { ratio: 0.4 }, false],
  ])('%s', (_what, block, bound, over) => {
    expect(overflows(has, { ...small, ...block }, 100n, { ...bounds, ...bound })).toBe(over)
  })
})

test.each([
  { blockCount: 100, bytes: 2_000, blocks: 47 },
  { blockCount: 2, bytes: 1_001, blocks: 1 },
  { blockCount: 50, bytes: 1_001, blocks: 47 },
  { blockCount: 10, bytes: 1_000_000, blocks: 1 },
])('of $blockCount blocks in $bytes bytes, $blocks are tried next', ({ blockCount, bytes, blocks }) => {
  expect(fewerBlocks(blockCount, bytes, 1_000)).toBe(blocks)
})
