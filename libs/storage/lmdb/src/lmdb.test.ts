import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { storageSuite } from '@animechain/conformance'
import { lmdb } from './lmdb.js'

let root: string
let count = 0
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'lmdb-'))
})
afterAll(() => rm(root, { recursive: true, force: true }))

storageSuite({
  name: 'lmdb',
  describe,
  test,
  create: async () => lmdb({ path: join(root, `store.${++count}`) }),
  reopen: async () => lmdb({ path: join(root, `store.${count}`) }),
})

describe('lmdb', () => {
  test('says what to do when the addon cannot be loaded', async () => {
    const store = lmdb({
      path: join(root, 'never'),
      load: () => Promise.reject(new Error('No native build was found')),
    })
    await expect(store.start()).rejects.toMatchObject({
      code: 'STORAGE_UNAVAILABLE',
      message: expect.stringMatching(/storage-file[\s\S]*No native build was found/),
    })
    await store.stop()
  })

  test('names the folder that it cannot open', async () => {
    const store = lmdb({ path: '/dev/null/nowhere' })
    await expect(store.start()).rejects.toThrow(/nowhere/)
  })
})
