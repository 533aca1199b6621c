import { describe, expect, test } from '@jest/globals'
import { concatBytes, hexToBytes, type Hash } from '@animechain/core'
import { memoryStorage } from '@animechain/storage-memory'
import { journalKeys, journalRange } from '../../src/chain/journalKeys.js'

const hash = (digit: string): Hash => `0x${digit.repeat(64)}`
const value = (byte: number) => Uint8Array.of(byte)

async function opened() {
  const storage = memoryStorage()
  await storage.start()
  const keys = journalKeys()
  keys.open(storage)
  const entries = () => [...storage.iterate(journalRange())].map(([, bytes]) => bytes[0])
  return { storage, keys, entries }
}

describe('where the journal keeps its entries', () => {
  test('in the order of their arrival, over a restart too', async () => {
    const { storage, keys, entries } = await opened()
    await storage.batch([...keys.put(hash('f'), value(1)), ...keys.put(hash('0'), value(2))])
    const later = journalKeys()
    later.open(storage)
    await storage.batch(later.put(hash('a'), value(3)))
    expect(entries()).toEqual([1, 2, 3])
    await storage.batch(later.remove(hash('0')))
    expect(entries()).toEqual([1, 3])
    expect(later.remove(hash('0'))).toEqual([])
  })

  test('one for each hash', async () => {
    const { storage, keys, entries } = await opened()
    await storage.batch([...keys.put(hash('a'), value(1)), ...keys.put(hash('b'), value(2))])
    await storage.batch(keys.put(hash('a'), value(3)))
    expect(entries()).toEqual([2, 3])
  })

  test('finds what was written without a number', async () => {
    const { storage, keys, entries } = await opened()
    const key = concatBytes(journalRange().gte, hexToBytes(hash('c')))
    await storage.batch([{ type: 'put', key, value: value(7) }])
    keys.open(storage)
    await storage.batch(keys.put(hash('d'), value(8)))
    await storage.batch(keys.remove(hash('c')))
    expect(entries()).toEqual([8])
  })

  test('what was not written stays where it was', async () => {
    const { storage, keys, entries } = await opened()
    await storage.batch([...keys.put(hash('a'), value(1))])
    const failing = keys.during(async ({ put, remove }) => {
      remove(hash('a'))
      put(hash('b'), value(2))
      put(hash('a'), value(3))
      throw new Error('no room')
    })
    await expect(failing).rejects.toThrow('no room')
    expect(keys.remove(hash('b'))).toEqual([])
    await storage.batch(keys.remove(hash('a')))
    expect(entries()).toEqual([])
  })
})
