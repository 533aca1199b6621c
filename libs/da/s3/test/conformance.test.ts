import { afterAll, beforeAll, describe, test } from '@jest/globals'
import { daSuite } from '@animechain/conformance'
import { memoryObjects } from '@animechain/objects'
import { s3Server, type S3Server } from '@animechain/testing'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { objectDa, s3Da, type S3DaOptions } from '../src/index.js'

let server: S3Server

const at = (endpoint: string, more: Partial<S3DaOptions> = {}) => {
  const { region, accessKeyId, secretAccessKey } = server
  return s3Da({
    bucket: 'batches',
    endpoint,
    region,
    credentials: { accessKeyId, secretAccessKey },
    attempts: 2,
    ...more,
  })
}

beforeAll(async () => {
  server = await s3Server()
  const { endpoint, region, accessKeyId, secretAccessKey } = server
  const credentials = { accessKeyId, secretAccessKey }
  const client = new S3Client({ credentials, endpoint, region, forcePathStyle: true })
  await client.send(new CreateBucketCommand({ Bucket: 'batches' }))
  client.destroy()
}, 400_000)
afterAll(() => server?.stop())

daSuite({
  name: 's3',
  describe,
  test,
  create: async () => at(server.endpoint),
  kind: 'altda',
  features: { ranges: true, erase: true },
  reader: async () => at(server.endpoint),
  unreachable: async () => at('http://127.0.0.1:1', { attempts: 1 }),
  through: { url: () => server.endpoint, create: async (url) => at(url) },
})

daSuite({
  name: 'objects in memory',
  describe,
  test,
  create: async () => objectDa({ objects: memoryObjects(), id: 'objects', exposure: 'private' }),
  kind: 'altda',
  features: { ranges: true, erase: true },
})
