import { describe, expect, test } from '@jest/globals'
import type { DepositEntry } from '@animechain/core'
import { depositsOfBlock } from '../../src/sequencing/deposits.js'
import {
  areTooManyUnsafe,
  isWanted,
  untilNext,
  type UnsafeFacts,
  type WantedFacts,
} from '../../src/sequencing/due.js'

describe('too many blocks wait for L1', () => {
  const few: UnsafeFacts = {
    ...{ ahead: 9n, maxUnsafeBlocks: 10 },
    ...{ parentTimestamp: 1_000n, l1Timestamp: 1_000n, maxLagSeconds: 600 },
  }
  test.each<[string, Partial<UnsafeFacts>, boolean]>([
    ['not below the bound', {}, false],
    ['at the bound', { ahead: 10n }, true],
    [
      'at the bound before the rules are known',
      { ahead: 10n, maxLagSeconds: undefined, l1Timestamp: 9_999n },
      true,
    ],
    ['at the bound after half of the lag', { ahead: 10n, l1Timestamp: 1_300n }, true],
    ['not when the newest could soon not end a batch', { ahead: 99n, l1Timestamp: 1_301n }, false],
  ])('%s', (_when, change, tooMany) => {
    expect(areTooManyUnsafe({ ...few, ...change })).toBe(tooMany)
  })
})

describe('a block is wanted', () => {
  const quiet: WantedFacts = {
    ...{ emptyBlocks: 'whenTransactions', maxIdleSeconds: 60 },
    ...{ idleSeconds: 59n, hasTransactions: false, entries: [] },
  }
  test.each<[string, Partial<WantedFacts>, boolean]>([
    ['not when nothing happens', {}, false],
    ['always, where empty ones are', { emptyBlocks: 'always' }, true],
    ['after a quiet time', { idleSeconds: 60n }, true],
    ['for transactions', { hasTransactions: true }, true],
    ['for a deposit of a user', { entries: [{ kind: 1 }, { kind: 0 }] }, true],
    ['not for a context alone', { entries: [{ kind: 1 }] }, false],
  ])('%s', (_when, change, wanted) => {
    expect(isWanted({ ...quiet, ...change })).toBe(wanted)
  })
})

test.each([
  { blockTime: 1_000, tookMs: 300, delay: 700 },
  { blockTime: 1_000, tookMs: 1_400, delay: 0 },
  { blockTime: 1_000, tookMs: -5_000, delay: 1_000 },
])('$delay ms after a block that took $tookMs of $blockTime', ({ blockTime, tookMs, delay }) => {
  expect(untilNext(blockTime, tookMs)).toBe(delay)
})

describe('the deposits of a block', () => {
  const entry = (index: number, l1Block: number, gas: number): DepositEntry => {
    const opaqueData = new Uint8Array(73)
    new DataView(opaqueData.buffer).setBigUint64(64, BigInt(gas))
    const word = `0x${'00'.repeat(32)}` as const
    const address = `0x${'11'.repeat(20)}` as const
    return {
      ...{ index: BigInt(index), kind: 0, from: address, to: address, opaqueData, acc: word },
      context: {
        ...{ number: BigInt(l1Block), timestamp: 1n, baseFee: 1n, blobBaseFee: 1n, parentHash: word },
        ...{ gasLimit: 100n, baseFeeScalar: 1, blobBaseFeeScalar: 1 },
      },
    }
  }
  const held = [entry(0, 5, 40), entry(1, 6, 60), entry(2, 7, 1), entry(3, 8, 1)]
  test.each([
    { what: 'none is confirmed', held, newest: 4n, most: 10, count: 0 },
    { what: 'those up to the newest confirmed block', held, newest: 5n, most: 10, count: 1 },
    { what: 'no more than the gas of a block', held, newest: 9n, most: 10, count: 2 },
    { what: 'no more than a block may read', held: held.slice(2), newest: 9n, most: 1, count: 1 },
    { what: 'all that are held', held: held.slice(2), newest: 9n, most: 10, count: 2 },
    { what: 'the first, however large', held: [entry(0, 5, 500), held[1]!], newest: 9n, most: 10, count: 1 },
    { what: 'nothing of nothing', held: [], newest: 9n, most: 10, count: 0 },
  ])('$what', ({ held: given, newest, most, count }) => {
    expect(depositsOfBlock(given, { newest, most })).toEqual(given.slice(0, count))
  })
})
