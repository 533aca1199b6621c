import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { CreateBucketCommand, ListMultipartUploadsCommand, S3Client } from '@aws-sdk/client-s3'
import type { ObjectStore } from '@animechain/objects'
import { s3Objects, type S3ObjectsOptions } from '@animechain/objects/s3'
import { freePort, s3Server, type S3Server } from '@animechain/testing'
import { bytesOf, fresh, objectSuite, streamOf } from './suite.js'

let server: S3Server
let store: ObjectStore
let client: S3Client

const optionsOf = ({ endpoint, region, accessKeyId, secretAccessKey }: S3Server): S3ObjectsOptions => ({
  ...{ bucket: 'films', prefix: 'of-ours/', endpoint, region },
  credentials: { accessKeyId, secretAccessKey },
  partBytes: 5 * 2 ** 20,
})

beforeAll(async () => {
  server = await s3Server()
  const { credentials, endpoint, region } = optionsOf(server)
  client = new S3Client({ credentials, endpoint, region, forcePathStyle: true })
  await client.send(new CreateBucketCommand({ Bucket: 'films' }))
  store = s3Objects(optionsOf(server))
  await store.start()
}, 400_000)

afterAll(async () => {
  client?.destroy()
  await store?.stop()
  await server?.stop()
})

objectSuite({
  name: 's3',
  store: () => store,
  unreachable: async () =>
    s3Objects({ ...optionsOf(server), endpoint: `http://127.0.0.1:${await freePort()}`, attempts: 1 }),
  large: 6 * 2 ** 20,
})

describe('a bucket', () => {
  test('refuses a wrong secret and an unknown user', async () => {
    const right = optionsOf(server)
    for (const wrong of [
      { ...right.credentials!, secretAccessKey: 'wrong' },
      { ...right.credentials!, accessKeyId: 'test:nobody' },
    ]) {
      const stranger = s3Objects({ ...right, credentials: wrong })
      const key = fresh('secret')
      for (const result of [
        await stranger.put(key, bytesOf(1)),
        await stranger.put(key, streamOf(bytesOf(6 * 2 ** 20), 2 ** 20)),
        await stranger.get(key),
        await stranger.head(key),
        await stranger.delete(key),
        await stranger.list(),
      ])
        expect(result).toMatchObject({ status: 'forbidden' })
      expect((await stranger.health()).ok).toBe(false)
      expect(await store.get(key)).toEqual({ status: 'missing' })
      await stranger.stop()
    }
  })

  test('that is not there makes nothing missing', async () => {
    const other = s3Objects({ ...optionsOf(server), bucket: 'nowhere' })
    for (const result of [
      await other.get('a'),
      await other.head('a'),
      await other.delete('a'),
      await other.list(),
    ])
      expect(result.status).toBe('unavailable')
    expect((await other.health()).ok).toBe(false)
    await other.stop()
  })

  test('keeps no part of an upload that was given up', async () => {
    async function* failing() {
      yield bytesOf(6 * 2 ** 20)
      throw new Error('the film ended')
    }
    expect((await store.put(fresh('given-up'), failing())).status).toBe('cut')
    const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: 'films' }))
    expect(Uploads).toEqual([])
  })

  test('shows nothing outside the prefix', async () => {
    const outside = s3Objects({ ...optionsOf(server), prefix: 'of-others/' })
    await outside.put('a', bytesOf(1))
    expect((await store.get('a')).status).toBe('missing')
    const page = await store.list()
    expect(page.status === 'page' && page.objects.some(({ key }) => key === 'a')).toBe(false)
    await outside.stop()
  })

  test('with options out of range is refused', () => {
    const right = optionsOf(server)
    expect(() => s3Objects({ ...right, bucket: '' })).toThrow('Invalid bucket')
    expect(() => s3Objects({ ...right, partBytes: 1_000 })).toThrow('Invalid partBytes')
    for (const prefix of ['a', '/', '../', 'A/'])
      expect(() => s3Objects({ ...right, prefix })).toThrow('Invalid prefix')
  })
})
