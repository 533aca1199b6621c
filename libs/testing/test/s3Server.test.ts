import { expect, test } from '@jest/globals'
import { s3Server } from '../src/index.js'

test('an S3 server answers nobody without a signature, and is gone when it is stopped', async () => {
  const server = await s3Server()
  try {
    for (const [path, init] of [
      ['/', {}],
      ['/films', { method: 'PUT' }],
      ['/films/a', { headers: { authorization: `AWS ${server.accessKeyId}:c2lnbmF0dXJl` } }],
    ] as const) {
      const answer = await fetch(server.endpoint + path, init)
      expect(answer.status).toBeGreaterThanOrEqual(400)
      expect(answer.status).toBeLessThan(500)
      await answer.text()
    }
  } finally {
    await server.stop()
  }
  await server.exited
  expect(() => process.kill(server.pid, 0)).toThrow()
  await expect(fetch(server.endpoint)).rejects.toThrow()
}, 400_000)
