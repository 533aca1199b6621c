import { expect, test } from '@jest/globals'
import { isObjectKey, memoryObjects } from '@animechain/objects'
import { bytesOf, objectSuite } from './suite.js'

const store = memoryObjects()

// There is no way between a process and its memory; the suite's test of it is for the others.
objectSuite({
  name: 'memory',
  store: () => store,
  unreachable: async () => {
    const away = { status: 'unavailable', error: new Error('away') } as const
    const answer = async () => away
    return {
      ...store,
      put: answer,
      get: answer,
      head: answer,
      open: answer,
      delete: answer,
      list: answer,
      health: async () => ({ ok: false }),
    }
  },
  large: 1_000_000,
})

test('what is larger than the store takes is refused', async () => {
  const small = memoryObjects({ maxBytes: 100 })
  expect(await small.put('a', bytesOf(101))).toEqual({ status: 'tooLarge', maxBytes: 100 })
  expect((await small.put('a', bytesOf(100))).status).toBe('ok')
  expect([isObjectKey('blobs/0x01'), isObjectKey('Blobs')]).toEqual([true, false])
})
