import { afterEach, expect, test } from '@jest/globals'
import { request } from 'node:http'
import { connect } from 'node:net'
import { bytesToHex, keccak256 } from '@animechain/core'
import { memoryStore, type AltDaStore } from '../src/index.js'
import { bytes, server, stopAll } from './kit.js'

afterEach(stopAll)

const hex = (data: Uint8Array) => `0x00${bytesToHex(keccak256(data)).slice(2)}`
const put = (url: string, body: Uint8Array, path = '/put', headers: Record<string, string> = {}) =>
  fetch(`${url}${path}`, { method: 'POST', body: new Uint8Array(body), headers })
const raw = async (response: Response) => bytesToHex(new Uint8Array(await response.arrayBuffer()))

test('POST /put answers the raw commitment, GET gives the bytes back, with and without 0x', async () => {
  const { url } = await server()
  const data = bytes(1_000)
  const answer = await put(url, data)
  expect(answer.headers.get('content-type')).toBe('application/octet-stream')
  expect(await raw(answer)).toBe(hex(data))
  for (const path of [hex(data), hex(data).slice(2), hex(data).toUpperCase().replace('0X', '0x')]) {
    const got = await fetch(`${url}/get/${path}`)
    expect([got.status, got.headers.get('cache-control')]).toEqual([200, 'no-store'])
    expect(await raw(got)).toBe(bytesToHex(data))
  }
  expect((await put(url, data, '/put/')).status).toBe(200)
})

test('a generic commitment names the layer of the server', async () => {
  const { url } = await server({ genericLayer: 12 })
  const data = bytes(10)
  expect(await raw(await put(url, data))).toBe(`0x010c${bytesToHex(keccak256(data)).slice(2)}`)
  expect((await put(url, data, `/put/0x010c${'00'.repeat(32)}`)).status).toBe(400)
})

test('a supplied commitment is recomputed, and refused where it is to other bytes', async () => {
  const { url } = await server()
  const data = bytes(100)
  const good = await put(url, data, `/put/${hex(data)}`)
  expect([good.status, await raw(good)]).toEqual([200, '0x'])
  const bad = await put(url, bytes(101), `/put/${hex(data)}`)
  expect([bad.status, await bad.text()]).toEqual([400, 'the hash of the data is not the commitment\n'])
  for (const path of ['0x', '0x00', 'zz', '0x02ff', `0x01ff${'00'.repeat(32)}`, `${hex(data)}00`])
    expect((await put(url, data, `/put/${path}`)).status).toBe(400)
  expect(await raw(await fetch(`${url}/get/${hex(data)}`))).toBe(bytesToHex(data))
})

test('404 only where the store says that there is nothing; a store that fails or lies is an error', async () => {
  const answers: Awaited<ReturnType<AltDaStore['get']>>[] = [
    { status: 'missing' },
    { status: 'unavailable' },
    { status: 'forbidden' },
    { status: 'object', body: bytes(3) },
  ]
  const store: AltDaStore = {
    put: async () => ({ status: 'unavailable' }),
    get: async () => {
      const next = answers.shift()
      if (!next) throw new Error('broken')
      return next
    },
  }
  const { url } = await server({ store })
  const statuses: number[] = []
  for (let i = 0; i < 5; i++) statuses.push((await fetch(`${url}/get/${hex(bytes(9))}`)).status)
  expect(statuses).toEqual([404, 500, 500, 500, 500])
  expect((await put(url, bytes(4))).status).toBe(500)
})

test('bodies are bounded, by what they say of their length and by what they have', async () => {
  const { url } = await server({ maxBytes: 1_000 })
  expect((await put(url, bytes(1_000))).status).toBe(200)
  expect((await put(url, bytes(1_001))).status).toBe(413)
  // Chunked: nobody says how long it will be.
  const status = await new Promise((resolve, reject) => {
    const sent = request(`${url}/put`, { method: 'POST' }, (response) => resolve(response.statusCode))
    sent.on('error', reject)
    sent.write(bytes(600))
    sent.end(bytes(600))
  })
  expect(status).toBe(413)
})

test('writers need the token, readers do not', async () => {
  const { url } = await server({ token: 'a secret' })
  const data = bytes(5)
  const wrong: Record<string, string>[] = [
    {},
    { authorization: 'Bearer a secre' },
    { authorization: 'Basic a secret' },
  ]
  for (const headers of wrong) expect((await put(url, data, '/put', headers)).status).toBe(401)
  expect((await put(url, data, '/put', { authorization: 'Bearer a secret' })).status).toBe(200)
  expect((await fetch(`${url}/get/${hex(data)}`)).status).toBe(200)
})

test('a client that asks too often is told when to come back', async () => {
  let now = 0
  const clock = { now: () => now, elapsed: () => now, sleep: async () => {} }
  const { url } = await server({ rate: { perSecond: 2, burst: 3 }, clock })
  const ask = async () => (await fetch(`${url}/get/${hex(bytes(1))}`)).status
  expect([await ask(), await ask(), await ask(), await ask()]).toEqual([404, 404, 404, 429])
  const refused = await fetch(`${url}/get/${hex(bytes(1))}`)
  expect(refused.headers.get('retry-after')).toBe('1')
  now = 500
  expect([await ask(), await ask()]).toEqual([404, 429])
})

test('requests that are answered at once are bounded', async () => {
  let release = () => {}
  const held = new Promise<void>((resolve) => (release = resolve))
  const inner = memoryStore()
  const store: AltDaStore = { ...inner, get: async (key) => held.then(() => inner.get(key)) }
  const { url } = await server({ store, maxRequests: 1 })
  const first = fetch(`${url}/get/${hex(bytes(1))}`)
  let second = 0
  while (second !== 429) second = (await fetch(`${url}/get/0x`)).status
  release()
  expect((await first).status).toBe(404)
})

test('what is no request of the protocol is refused', async () => {
  const { url, port } = await server()
  const status = async (path: string, method: string) => (await fetch(`${url}${path}`, { method })).status
  expect(await status('/', 'GET')).toBe(404)
  expect(await status('/put', 'GET')).toBe(405)
  expect(await status(`/get/${hex(bytes(1))}`, 'DELETE')).toBe(405)
  expect(await status('/get/../../etc/passwd', 'GET')).toBe(404)
  expect(await status(`/get/${hex(bytes(1))}/more`, 'GET')).toBe(404)
  expect(await status('/health', 'GET')).toBe(200)
  const rebound = await new Promise<string>((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () =>
      socket.end('GET /health HTTP/1.1\r\nHost: evil.example\r\n\r\n'),
    )
    socket.once('data', (data) => resolve(data.toString().split('\r\n')[0]!))
    socket.once('error', reject)
  })
  expect(rebound).toContain('403')
})

test('a memory that is full refuses, and drops nothing', async () => {
  const { url } = await server({ store: memoryStore(1_500) })
  expect((await put(url, bytes(1_000))).status).toBe(200)
  expect((await put(url, bytes(1_000))).status).toBe(200)
  expect((await put(url, bytes(900))).status).toBe(500)
  expect((await fetch(`${url}/get/${hex(bytes(1_000))}`)).status).toBe(200)
})

test('a port that is taken is said', async () => {
  const { port } = await server()
  await expect(server({ port })).rejects.toMatchObject({ code: 'ALTDA_LISTEN' })
})
