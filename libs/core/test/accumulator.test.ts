import { expect, test } from '@jest/globals'
import { batchAccumulator, depositAccumulator, emptyAccumulator, type L1Context } from '../src/index.js'

const context: L1Context = {
  number: 1n,
  timestamp: 2n,
  baseFee: 3n,
  blobBaseFee: 4n,
  parentHash: `0x${'05'.repeat(32)}`,
  gasLimit: 6n,
  baseFeeScalar: 7,
  blobBaseFeeScalar: 8,
}
const entry = {
  kind: 0 as const,
  from: `0x${'11'.repeat(20)}` as const,
  to: `0x${'22'.repeat(20)}` as const,
  opaqueData: Uint8Array.of(1, 2, 3),
  context,
}

// Known answers computed with viem's encodeAbiParameters and keccak256.
test('accumulators are those of abi.encode', () => {
  const deposit = depositAccumulator(emptyAccumulator, entry)
  expect(deposit).toBe('0x711a780dbbb45c6eae58ed76f79a90f7a75dabdf03b3ce0064509119d5d5e596')
  expect(
    batchAccumulator(emptyAccumulator, {
      index: 0n,
      header: { firstBlock: 1n, blockCount: 2, depositsReadAfter: 1n, lastTimestamp: 99n },
      depositAcc: deposit,
      commitment: Uint8Array.of(1, 9, 9),
      context,
    }),
  ).toBe('0xfb34698a4f7647aae863e71497bf9c1c3cc45308fc04a1f7dab68f25cbd5f5ed')
})

test('every field of an entry counts', () => {
  const variants = [
    entry,
    { ...entry, kind: 1 as const },
    { ...entry, from: entry.to },
    { ...entry, to: entry.from },
    { ...entry, opaqueData: Uint8Array.of() },
    ...(Object.keys(context) as (keyof L1Context)[])
      .filter((key) => key !== 'parentHash')
      .map((key) => ({
        ...entry,
        context: { ...context, [key]: typeof context[key] === 'number' ? 99 : 99n },
      })),
  ]
  expect(new Set(variants.map((v) => depositAccumulator(emptyAccumulator, v))).size).toBe(variants.length)
})
