import { describe, expect, test } from '@jest/globals'
import type { SealedHeader } from '@animechain/core'
import {
  batchesUpTo,
  expectNotFinal,
  expectOnHead,
  headOf,
  newHeads,
  withBatches,
} from '../../src/chain/heads.js'

const header = (number: number) =>
  ({ number: BigInt(number), hash: `0x${number.toString(16).padStart(64, '0')}` }) as SealedHeader
const code = (act: () => void): string | undefined => {
  try {
    act()
    return undefined
  } catch (error) {
    return (error as { code: string }).code
  }
}

describe('the heads of a chain', () => {
  test('begin at the genesis', () => {
    const heads = newHeads(header(0))
    for (const tag of ['earliest', 'latest', 'safe', 'finalized'] as const)
      expect(headOf(heads, tag)).toBe(heads.genesis)
    expect(heads.batchCount).toBe(0n)
  })

  /** Batches that end at these blocks. */
  test.each([
    { ends: [], block: 9, count: 0 },
    { ends: [3, 5, 8], block: 2, count: 0 },
    { ends: [3, 5, 8], block: 3, count: 1 },
    { ends: [3, 5, 8], block: 7, count: 2 },
    { ends: [3, 5, 8], block: 8, count: 3 },
    { ends: [3, 5, 8], block: 90, count: 3 },
  ])('$count of the batches to $ends end by block $block', ({ ends, block, count }) => {
    const batchAt = (index: bigint) => ({ lastBlock: BigInt(ends[Number(index)]!) })
    expect(batchesUpTo({ number: BigInt(block) }, BigInt(ends.length), batchAt)).toBe(BigInt(count))
  })

  test.each([
    { finalized: 5, safe: 8, after: 5 },
    { finalized: 8, safe: 8, after: 8 },
    { finalized: 9, safe: 8, after: 8 },
  ])('what is final is safe: $finalized with the safe head at $safe', ({ finalized, safe, after }) => {
    const heads = withBatches({ finalized: header(finalized) }, 2n, header(safe))
    expect(heads).toEqual({ batchCount: 2n, safe: header(safe), finalized: header(after) })
  })

  test.each([
    { to: 6, refused: undefined },
    { to: 5, refused: undefined },
    { to: 4, refused: 'NODE_FINALIZED' },
  ])('going back to $to with 5 final', ({ to, refused }) => {
    expect(code(() => expectNotFinal({ finalized: header(5) }, BigInt(to)))).toBe(refused)
  })

  test.each([
    { parent: 7, refused: undefined },
    { parent: 6, refused: 'NODE_NOT_ON_HEAD' },
  ])('a block on $parent with 7 the newest', ({ parent, refused }) => {
    const block = { ...header(8), parentHash: header(parent).hash }
    expect(code(() => expectOnHead({ latest: header(7) }, block))).toBe(refused)
  })
})
