import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { bytesToHex, type Hash } from '@animechain/core'
import { folderObjects, memoryObjects, type ObjectStore } from '@animechain/objects'
import { memoryStorage } from '@animechain/storage-memory'
import { encodeBlobs, objectArchive, storeArchive, type BlobArchive } from '../src/index.js'
import { blobServer, type BlobServer } from '../src/server.js'

const hashes = [1, 2, 3].map((n): Hash => `0x01${String(n).repeat(62)}`)
const [blob] = encodeBlobs(Uint8Array.of(1, 2, 3)) as [Uint8Array]
const [other] = encodeBlobs(Uint8Array.of(4)) as [Uint8Array]
const signal = new AbortController().signal
const folder = mkdtempSync(join(tmpdir(), 'animechain-blobs-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A store that does nothing it is asked. */
const broken = (): ObjectStore => {
  const fails = async () => ({ status: 'unavailable', error: new Error('no connection') }) as const
  return { ...memoryObjects(), get: fails, put: fails, head: fails }
}

describe.each<[string, () => Promise<BlobArchive>]>([
  [
    'a key-value store',
    async () => {
      const store = memoryStorage()
      await store.start()
      return storeArchive(store)
    },
  ],
  ['a store of objects', async () => objectArchive(memoryObjects())],
  [
    'a folder',
    async () => {
      const objects = folderObjects({ path: folder })
      await objects.start()
      return objectArchive(objects)
    },
  ],
])('an archive in %s', (_name, make) => {
  test('gives back what it was given, whole', async () => {
    const archive = await make()
    expect(await archive.get(hashes[0]!, undefined, signal)).toBeUndefined()
    await archive.put(hashes[0]!, blob)
    await archive.put(hashes[0]!, blob)
    const got = await archive.get(hashes[0]!, undefined, signal)
    expect(got && bytesToHex(got) === bytesToHex(blob)).toBe(true)
    expect(await archive.get(hashes[1]!, undefined, signal)).toBeUndefined()
  })
})

test('an archive out of reach fails, and has not "no such blob"', async () => {
  const archive = objectArchive(broken())
  await expect(archive.get(hashes[0]!, undefined, signal)).rejects.toMatchObject({ code: 'DA_BLOB_ARCHIVE' })
  await expect(archive.put(hashes[0]!, blob)).rejects.toMatchObject({ code: 'DA_BLOB_ARCHIVE' })
})

test('what is too short in a shared place is written again', async () => {
  const objects = memoryObjects()
  await objects.put(`blobs/${hashes[0]!}`, blob.slice(1))
  await objectArchive(objects).put(hashes[0]!, blob)
  expect(await objects.head(`blobs/${hashes[0]!}`)).toEqual({ status: 'object', size: blob.length })
})

describe('the server of archived blobs', () => {
  let server: BlobServer
  beforeAll(async () => {
    const archive = objectArchive(memoryObjects())
    await archive.put(hashes[0]!, blob)
    await archive.put(hashes[1]!, other)
    server = blobServer({ archive })
    await server.start()
    await server.start()
  })
  afterAll(async () => {
    await server.stop()
    await server.stop()
  })
  const ask = (path: string, init?: RequestInit) => fetch(`${server.url}${path}`, init)

  test('answers as a beacon node, by hash', async () => {
    for (const block of ['7', 'head', `0x${'ab'.repeat(32)}`])
      for (const query of [
        `versioned_hashes=${hashes[0]},${hashes[1]}`,
        `versioned_hashes=${hashes[0]}&versioned_hashes=${hashes[1]}`,
        `versioned_hashes=${hashes[0]},${hashes[2]},${hashes[1]},${hashes[0]}`,
      ]) {
        const response = await ask(`/eth/v1/beacon/blobs/${block}?${query}`)
        expect(response.status).toBe(200)
        const { data } = (await response.json()) as { data: string[] }
        expect(data.length === 2 && data[0] === bytesToHex(blob) && data[1] === bytesToHex(other)).toBe(true)
      }
  })

  test('gives the bytes of one', async () => {
    const response = await ask(`/v1/blobs/${hashes[0]!.toUpperCase().replace('0X', '0x')}`)
    expect(response.headers.get('content-type')).toBe('application/octet-stream')
    expect(Buffer.from(await response.arrayBuffer()).equals(blob)).toBe(true)
    const head = await ask(`/v1/blobs/${hashes[0]}`, { method: 'HEAD' })
    expect([head.status, head.headers.get('content-length')]).toEqual([200, String(blob.length)])
  })

  test.each([
    [404, `/eth/v1/beacon/blobs/7?versioned_hashes=${hashes[2]}`],
    [404, `/v1/blobs/${hashes[2]}`],
    [404, '/'],
    [404, '/eth/v1/beacon/blobs/seven'],
    [404, '/v1/blobs/../../etc/passwd'],
    [400, '/eth/v1/beacon/blobs/7'],
    [400, '/eth/v1/beacon/blobs/7?versioned_hashes='],
    [400, '/eth/v1/beacon/blobs/7?versioned_hashes=0x02'],
    [400, `/eth/v1/beacon/blobs/7?versioned_hashes=${Array(10).fill(hashes[0]).join(',')}`],
    [414, `/${'a'.repeat(3_000)}`],
  ])('says %d to %s, in the words of the beacon API', async (status, path) => {
    const response = await ask(path)
    expect(response.status).toBe(status)
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(await response.json()).toMatchObject({ code: status, message: expect.any(String) })
  })

  test('takes nothing, and answers to no other host', async () => {
    expect((await ask(`/v1/blobs/${hashes[0]}`, { method: 'PUT', body: 'x' })).status).toBe(405)
    const { port } = new URL(server.url)
    const status = await new Promise((resolve, reject) => {
      const asked = request({ port, host: '127.0.0.1', path: '/', headers: { host: 'evil.example' } })
      asked
        .once('response', (response) => resolve(response.resume().statusCode))
        .once('error', reject)
        .end()
    })
    expect(status).toBe(403)
  })

  test('says 503 where the archive fails, or too many ask, and not why', async () => {
    const failing = blobServer({ archive: objectArchive(broken()) })
    const full = blobServer({ archive: objectArchive(memoryObjects()), maxRequests: 0 })
    for (const each of [failing, full]) {
      await each.start()
      const response = await fetch(`${each.url}/v1/blobs/${hashes[0]}`)
      expect(response.status).toBe(503)
      expect(await response.text()).not.toMatch(/connection/)
      await each.stop()
    }
  })

  test('a port that is taken is an error', async () => {
    const port = Number(new URL(server.url).port)
    const second = blobServer({ archive: objectArchive(memoryObjects()), port })
    await expect(second.start()).rejects.toMatchObject({ code: 'DA_BLOB_SERVER' })
  })
})
