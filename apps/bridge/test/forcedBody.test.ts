import { expect, test } from '@jest/globals'
import { batchCodec } from '@animechain/codec'
import type { DepositEntry, InboxView } from '@animechain/core'
import { concat, numberToBytes, zeroAddress, zeroHash } from 'viem'
import { forcedBody } from '../src/commands.js'

const entry = (index: number, kind: 0 | 1, gasLimit: number): DepositEntry => ({
  index: BigInt(index),
  kind,
  from: zeroAddress,
  to: zeroAddress,
  opaqueData:
    kind === 0
      ? concat([new Uint8Array(64), numberToBytes(gasLimit, { size: 8 }), Uint8Array.of(0)])
      : new Uint8Array(),
  context: {
    number: 1n,
    timestamp: 1n,
    baseFee: 1n,
    blobBaseFee: 1n,
    parentHash: zeroHash,
    gasLimit: 10_000_000n,
    baseFeeScalar: 0,
    blobBaseFeeScalar: 0,
  },
  acc: zeroHash,
  ...(kind === 0 ? { label: { l1BlockHash: zeroHash, logIndex: index } } : {}),
})

const labelsFor = async (entries: DepositEntry[]) => {
  const view = { depositsRead: 0n, depositCount: BigInt(entries.length) } as InboxView
  const body = await forcedBody({ view: async () => view, getDeposits: async () => entries })
  const decoded = await batchCodec().decode(body)
  if (!decoded.ok) throw new Error(decoded.reason)
  return decoded.body.labels.map(({ logIndex }) => logIndex)
}

test('a forced batch carries the labels of the deposits that fit one block, and no more', async () => {
  const six = 6_000_000
  expect(await labelsFor([])).toEqual([])
  expect(await labelsFor([entry(0, 0, six), entry(1, 1, 0), entry(2, 0, 4_000_000)])).toEqual([0, 2])
  expect(await labelsFor([entry(0, 0, six), entry(1, 1, 0), entry(2, 0, six), entry(3, 0, 21_000)])).toEqual([
    0,
  ])
})
