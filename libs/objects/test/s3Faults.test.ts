import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { CreateBucketCommand, ListMultipartUploadsCommand, S3Client } from '@aws-sdk/client-s3'
import { canary, faultProxy, type Fault, type FaultProxy } from '@animechain/conformance'
import type { ObjectStore } from '@animechain/objects'
import { s3Objects } from '@animechain/objects/s3'
import { s3Server, type S3Server } from '@animechain/testing'
import { bytesOf, fresh, streamOf } from './suite.js'

/** Two parts: four requests with the first and the last. */
const large = 5 * 2 ** 20 + 1_000
let server: S3Server
let proxy: FaultProxy
let client: S3Client
/** A store on the straight way, one behind the proxy, and one there that asks only once. */
let straight: ObjectStore
let store: ObjectStore
let once: ObjectStore

beforeAll(async () => {
  server = await s3Server()
  const { endpoint, region, accessKeyId, secretAccessKey } = server
  const credentials = { accessKeyId, secretAccessKey }
  client = new S3Client({ credentials, endpoint, region, forcePathStyle: true })
  await client.send(new CreateBucketCommand({ Bucket: 'films' }))
  proxy = await faultProxy(endpoint)
  const options = { bucket: 'films', region, credentials, partBytes: 5 * 2 ** 20 }
  straight = s3Objects({ ...options, endpoint })
  store = s3Objects({ ...options, endpoint: proxy.url })
  once = s3Objects({ ...options, endpoint: proxy.url, attempts: 1 })
}, 400_000)
afterEach(() => proxy?.break(undefined))
afterAll(async () => {
  for (const each of [straight, store, once]) await each?.stop()
  client?.destroy()
  await proxy?.stop()
  await server?.stop()
})

test.each<Fault>(['reset', 'lost', 'cut', 'error', 'busy', 'notFound'])(
  'what is there is not missing, and what is not is not there, after %s',
  async (fault) => {
    const key = fresh('faults')
    await straight.put(key, bytesOf(5_000))
    proxy.break(fault)
    for (const result of [
      await once.get(key),
      await once.get(key, { range: { offset: 10, length: 10 } }),
      await once.head(key),
      await once.delete(`${key}-none`),
      await once.list({ prefix: key }),
    ])
      expect(result.status).toBe('unavailable')
    expect((await once.health()).ok).toBe(false)
    proxy.break(undefined)
    expect(await once.head(key)).toEqual({ status: 'object', size: 5_000 })
    expect(await once.head(`${key}-none`)).toEqual({ status: 'missing' })
  },
)

test.each<Fault>(['shortened', 'garbage'])('a body that is %s is no object', async (fault) => {
  const key = fresh('bodies')
  await straight.put(key, bytesOf(5_000))
  proxy.break(fault)
  const range = { offset: 10, length: 100 }
  expect((await once.get(key, { range })).status).toBe('unavailable')
})

test.each<[Fault, number]>([
  ['busy', 0],
  ['cut', 1],
  ['reset', 2],
  // The last one: the parts have become the object, and its upload is gone.
  ['lost', 3],
])('one request that meets %s is repeated, be it the %d. of a put of two parts', async (fault, skip) => {
  const key = fresh('repeated')
  proxy.break(fault, { skip, times: 1 })
  expect(await store.put(key, streamOf(bytesOf(large), 2 ** 20), { size: large })).toEqual({
    status: 'ok',
    size: large,
  })
  expect(await straight.head(key)).toEqual({ status: 'object', size: large })
})

test('a put that fails for good leaves the old object, and says that it may be tried again', async () => {
  const key = fresh('old')
  await straight.put(key, bytesOf(10))
  proxy.break('busy', { skip: 1 })
  expect((await once.put(key, streamOf(bytesOf(large), 2 ** 20))).status).toBe('unavailable')
  proxy.break(undefined)
  expect(await straight.get(key)).toEqual({ status: 'object', size: 10, body: bytesOf(10) })
})

test('reading is given up in the middle, by the signal and by who reads', async () => {
  const key = fresh('middle')
  await straight.put(key, bytesOf(2 ** 20))
  proxy.break('halted')
  const controller = new AbortController()
  const opened = await once.open(key, { signal: controller.signal })
  if (opened.status !== 'stream') throw new Error(opened.status)
  const reading = (async () => {
    for await (const _ of opened.body);
  })()
  await proxy.met()
  controller.abort()
  await expect(reading).rejects.toMatchObject({ code: 'ABORTED' })
  const another = await once.open(key)
  if (another.status !== 'stream') throw new Error(another.status)
  await another.cancel()
})

test('errors hold neither the secret nor a signature nor what was stored', async () => {
  const secret = canary()
  const key = fresh('secret')
  const results: unknown[] = []
  for (const fault of ['error', 'notFound', 'garbage', 'cut'] as const) {
    proxy.break(fault)
    results.push(
      await once.put(key, secret.bytes),
      await once.get(key),
      await once.list(),
      await once.health(),
    )
  }
  const text = JSON.stringify(results, (_, value) =>
    value instanceof Error
      ? { ...value, message: value.message, stack: value.stack, cause: value.cause }
      : value,
  )
  expect(secret.isIn(results.filter((result) => (result as { status?: string }).status !== 'object'))).toBe(
    false,
  )
  for (const word of [server.secretAccessKey, 'Signature=', 'authorization']) expect(text).not.toContain(word)
  const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: 'films' }))
  expect(Uploads.length).toBeLessThan(10)
})
