import { describe, expect, test } from '@jest/globals'
import { daSuite } from '@animechain/conformance'
import { memory } from './index.js'

daSuite({ name: 'memory', describe, test, create: async () => memory() })

test('the oldest data goes when the capacity is used up', async () => {
  const da = memory({ capacity: 100 })
  const first = await da.put(new Uint8Array(60))
  const second = await da.put(new Uint8Array(61))
  if (first.status !== 'ok' || second.status !== 'ok') throw new Error('expected both puts to be ok')
  expect(await da.get(first.commitment)).toEqual({ status: 'missing', authoritative: false })
  expect((await da.get(second.commitment)).status).toBe('data')
})
