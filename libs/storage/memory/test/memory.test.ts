import { describe, expect, test } from '@jest/globals'
import { storageSuite } from '@animechain/conformance'
import { memoryStorage } from '../src/memory.js'

storageSuite({ name: 'memory', describe, test, create: async () => memoryStorage() })

test('values of every size come back as they were, whatever the caller does with its bytes afterwards', async () => {
  const store = memoryStorage()
  await store.start()
  const sizes = [0, 1, 7, 1_000, 1_023, 1_024, 1_025, 8_191, 8_192, 8_193, 3, 512, 700]
  const bytes = new Uint8Array(10_000)
  const key = (i: number) => Uint8Array.of(i >> 8, i & 255)
  const expected = Array.from({ length: 300 }, (_, i) =>
    new Uint8Array(sizes[i % sizes.length]!).fill(1 + (i % 255)),
  )
  for (const [i, value] of expected.entries()) {
    bytes.set(value)
    await store.batch([{ type: 'put', key: key(i), value: bytes.subarray(0, value.length) }])
    bytes.fill(0)
  }
  for (const [i, value] of expected.entries()) expect(store.get(key(i))).toEqual(value)
  await store.stop()
})
