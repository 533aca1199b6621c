import { describe, expect, test } from '@jest/globals'
import { daSuite } from '@animechain/conformance'
import { memoryDa } from '../src/index.js'

daSuite({
  name: 'memory',
  describe,
  test,
  create: async () => memoryDa(),
  features: { ranges: true, erase: true },
})

test('the oldest data goes when the capacity is used up', async () => {
  const da = memoryDa({ capacity: 100 })
  const first = await da.put(new Uint8Array(60))
  const second = await da.put(new Uint8Array(61))
  if (first.status !== 'ok' || second.status !== 'ok') throw new Error('expected both puts to be ok')
  expect(await da.get(first.commitment)).toEqual({ status: 'missing', authoritative: false })
  expect((await da.get(second.commitment)).status).toBe('data')
})

test('a settlement on L1 is handed the hash alone: what follows the prefix in the commitment', async () => {
  const put = await memoryDa().put(new TextEncoder().encode('a batch'))
  if (put.status !== 'ok') throw new Error(`expected the put to be ok, got ${put.status}`)
  expect(put.attachment).toEqual({ type: 'evidence', evidence: put.commitment.slice(1) })
  expect(put.commitment[0]).toBe(0)
  expect(put.commitment).toHaveLength(33)
})
