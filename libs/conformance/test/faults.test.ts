import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { canary, faultProxy, type Fault, type FaultProxy } from '../src/index.js'

const text = 'x'.repeat(1_000)
let served = 0
let server: Server
let proxy: FaultProxy

beforeAll(async () => {
  server = createServer((request, response) => {
    served++
    request.resume().once('end', () => response.writeHead(200, { 'content-length': text.length }).end(text))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  proxy = await faultProxy(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
})
afterAll(async () => {
  await proxy.stop()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

/** Status and body, or that it failed. */
async function ask(init: RequestInit = {}): Promise<[number, string] | 'failed'> {
  try {
    const response = await fetch(`${proxy.url}/path?query`, init)
    return [response.status, await response.text()]
  } catch {
    return 'failed'
  }
}

describe('the proxy that breaks things', () => {
  test.each<[Fault, ReturnType<typeof ask> extends Promise<infer R> ? R | number : never, number]>([
    ['reset', 'failed', 0],
    ['lost', 'failed', 1],
    ['cut', 'failed', 1],
    ['shortened', [200, text.slice(500)], 1],
    ['error', 500, 0],
    ['busy', 503, 0],
    ['notFound', 404, 0],
    ['garbage', 200, 0],
    ['slow', [200, text], 1],
  ])('%s', async (fault, expected, reaches) => {
    const before = served
    proxy.break(fault, { skip: 1, times: 1 })
    expect(await ask()).toEqual([200, text])
    const answer = await ask({ method: 'POST', body: 'what is sent' })
    expect(typeof expected === 'number' && answer !== 'failed' ? answer[0] : answer).toEqual(expected)
    expect(served - before).toBe(1 + reaches)
    expect(await ask()).toEqual([200, text])
    const { head, body } = proxy.seen.at(-2)!
    expect(head).toMatch(/^POST \/path\?query\n/)
    expect(Buffer.from(body).toString()).toBe('what is sent')
  })

  test.each<Fault>(['stalled', 'halted'])('%s until it is over', async (fault) => {
    proxy.break(fault)
    const asked = ask()
    await proxy.met()
    proxy.break(undefined)
    expect(await asked).toBe('failed')
    expect(await ask()).toEqual([200, text])
  })
})

describe('a canary', () => {
  const secret = canary()
  const around = (before: number) =>
    Buffer.concat([Buffer.alloc(before, 7), secret.bytes, Buffer.alloc(9, 1)])

  test('is found in every form', () => {
    for (const before of [0, 1, 2, 3]) {
      const bytes = around(before)
      for (const where of [
        ...[bytes, new Uint8Array(bytes), bytes.toString('hex'), bytes.toString('hex').toUpperCase()],
        ...[bytes.toString('base64'), bytes.toString('base64url'), bytes.toString('latin1')],
        ...[{ deep: [{ bytes: new Uint8Array(bytes) }] }, JSON.stringify([...bytes])],
        new Error('out', { cause: new Error(bytes.toString('hex')) }),
        Buffer.from(bytes.toString('base64')),
      ])
        expect(secret.isIn(where)).toBe(true)
    }
  })

  test('is not found where it is not', () => {
    for (const where of ['', 'canary', new Uint8Array(100), undefined, { a: 1 }, canary().bytes])
      expect(secret.isIn(where)).toBe(false)
    expect(secret.isIn(around(0).subarray(0, 30))).toBe(false)
  })
})
