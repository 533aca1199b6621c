import { describe, expect, test } from '@jest/globals'
import type { Assertion, BlockInput, Dispute, Hash, SealedHeader } from '@animechain/core'
import { reexecution } from '../src/index.js'

const word = (n: number): Hash => `0x${n.toString(16).padStart(64, '0')}`
const header = (n: number) => ({ number: BigInt(n), hash: word(n) }) as SealedHeader
const input = (n: number) => ({ number: BigInt(n) }) as BlockInput
const execute = async (parent: SealedHeader, block: BlockInput) => {
  expect(block.number).toBe(parent.number + 1n)
  return header(Number(block.number))
}
const output = async ({ number }: SealedHeader) => word(1000 + Number(number))

const dispute = (claimed: Hash, over: Partial<Dispute> = {}): Dispute => ({
  assertion: { blockNumber: 7n, outputRoot: claimed } as Assertion,
  expectedOutputRoot: word(1007),
  agreed: header(4),
  blocks: [5, 6, 7].map((n) => ({ header: header(n), input: input(n) })),
  ...over,
})

describe('examine', () => {
  test('a wrong claim is shown to be wrong, at the block it is about', async () => {
    expect(await reexecution().examine(dispute(word(9)), execute, output)).toEqual({
      assertionWrong: true,
      blockNumber: 7n,
      claimed: word(9),
      expected: word(1007),
    })
  })

  test('a true claim is not', async () => {
    const verdict = await reexecution().examine(dispute(word(1007)), execute, output)
    expect(verdict.assertionWrong).toBe(false)
  })

  test('a block that gives another hash is an error of this node, not a verdict', async () => {
    const other = async (parent: SealedHeader) => ({ ...header(Number(parent.number) + 1), hash: word(77) })
    await expect(reexecution().examine(dispute(word(9)), other, output)).rejects.toMatchObject({
      code: 'PROVING_NOT_DETERMINISTIC',
    })
    await expect(
      reexecution().examine(dispute(word(9), { expectedOutputRoot: word(3) }), execute, output),
    ).rejects.toMatchObject({ code: 'PROVING_NOT_DETERMINISTIC' })
  })

  test('blocks that do not end at the assertion are refused', async () => {
    const short = dispute(word(9), { blocks: [{ header: header(5), input: input(5) }] })
    await expect(reexecution().examine(short, execute, output)).rejects.toMatchObject({
      code: 'PROVING_INVALID_DISPUTE',
    })
  })

  test('what it says of itself: any engine, nothing enforced', () => {
    expect(reexecution().capabilities).toEqual({ id: 'reexecution', permissionless: false })
  })
})
