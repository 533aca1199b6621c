import { expect, test } from '@jest/globals'
import { depositAccumulator, emptyAccumulator, type DepositEntry } from '@animechain/core'
import { depositGas, depositLabel, fallbackLabel, readQueue, unreadQueue } from '../src/index.js'

const word = (n: number) => `0x${n.toString(16).padStart(64, '0')}` as const
const address = `0x${'11'.repeat(20)}` as const

/** A user deposit that asks for gas, or the poke of a block's context. */
function entryAt(index: number, before: DepositEntry['acc'], kind: 0 | 1, gas = 0): DepositEntry {
  const opaqueData = kind === 0 ? new Uint8Array(73) : new Uint8Array()
  if (kind === 0) new DataView(opaqueData.buffer).setBigUint64(64, BigInt(gas))
  const context = {
    ...{ number: 5n, timestamp: 60n, baseFee: 7n, blobBaseFee: 1n, gasLimit: 30_000_000n },
    ...{ parentHash: word(index + 1), baseFeeScalar: 1, blobBaseFeeScalar: 2 },
  }
  const entry = { index: BigInt(index), kind, from: address, to: address, opaqueData, context }
  return { ...entry, acc: depositAccumulator(before, entry) }
}
const first = entryAt(0, emptyAccumulator, 0, 50_000)
const second = entryAt(1, first.acc, 1)
const third = entryAt(2, second.acc, 0, 70_000)
const label = { l1BlockHash: word(9), logIndex: 4 }

test('a block reads entries that continue the queue', () => {
  const one = readQueue(unreadQueue, [first, second], [label])
  expect(one).toEqual({ depositsReadAfter: 2n, depositAcc: second.acc, depositGas: 50_000n, labels: [label] })
  expect(readQueue(one!, [third], [label])).toEqual({
    ...{ depositsReadAfter: 3n, depositAcc: third.acc, depositGas: 70_000n, labels: [label] },
  })
  expect(readQueue(one!, [], [])).toEqual({ ...one, depositGas: 0n, labels: [] })
})

test.each<[string, DepositEntry[]]>([
  ['an entry is left out', [first, third]],
  ['it begins too late', [second]],
  ['an entry says something else than L1', [{ ...first, to: `0x${'22'.repeat(20)}` }]],
  ['an accumulator is another one', [{ ...first, acc: word(1) }]],
  ['an entry comes twice', [first, first]],
])('what does not continue it is not read: %s', (_what, entries) => {
  expect(readQueue(unreadQueue, entries, [])).toBeUndefined()
})

test.each<[string, DepositEntry, bigint]>([
  ['a user deposit', first, 50_000n],
  ['a context alone', second, 0n],
  ['a deposit whose data is cut off', { ...first, opaqueData: new Uint8Array() }, 0n],
])('the gas of %s', (_what, entry, gas) => {
  expect(depositGas(entry)).toBe(gas)
})

test('a label is the true one where the settlement knows it', () => {
  expect(depositLabel({ ...first, label })).toEqual(label)
  expect(depositLabel(first)).toEqual(fallbackLabel(first))
})
