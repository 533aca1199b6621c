import { afterEach, expect, test } from '@jest/globals'
import { bytesToHex, hexToBytes, keccak256, type Hex } from '@animechain/core'
import { altda, decodeOpCommitment, keccakLayer } from '../src/index.js'
import { bytes, otherServer, server, stopAll } from './kit.js'

afterEach(stopAll)

const verifiers = { 7: keccakLayer }
test('the commitment is the kind and what the OP Stack has, the evidence the latter', async () => {
  const { url } = await server()
  const data = bytes(40)
  const put = await altda({ url }).put(data)
  const hash = bytesToHex(keccak256(data)).slice(2)
  if (put.status !== 'ok') throw new Error(put.status)
  expect(bytesToHex(put.commitment)).toBe(`0x0300${hash}`)
  expect(put.attachment).toEqual({ type: 'evidence', evidence: hexToBytes(`0x00${hash}`) })
})

test('a generic commitment is taken raw, as the servers give it, and as hex, as the specification says', async () => {
  const data = bytes(40)
  const commitment = `0107${bytesToHex(keccak256(data)).slice(2)}`
  const forms: (string | Uint8Array)[] = [hexToBytes(`0x${commitment}`), commitment, `0x${commitment}\n`]
  for (const form of forms) {
    const url = await otherServer((_request, response) => response.end(form))
    const put = await altda({ url, commitments: 'generic', verifiers }).put(data)
    expect(put.status === 'ok' && bytesToHex(put.commitment)).toBe(`0x03${commitment}`)
  }
})

test('a server that commits to other bytes, or to nothing, is not believed', async () => {
  const lies = [
    hexToBytes(`0x0107${'ab'.repeat(32)}`),
    hexToBytes(`0x0108${bytesToHex(keccak256(bytes(4))).slice(2)}`),
    new Uint8Array(),
    'OK',
  ]
  for (const lie of lies) {
    const url = await otherServer((_request, response) => response.end(lie))
    const put = await altda({ url, commitments: 'generic', verifiers }).put(bytes(4))
    expect(put).toMatchObject({ status: 'error', retryable: false })
  }
})

test('without a verifier nothing is believed of a generic commitment, and none is written', async () => {
  expect(() => altda({ url: 'http://127.0.0.1:1', commitments: 'generic' })).toThrow(/verifiers/)
  const { url } = await server({ genericLayer: 7 })
  const put = await altda({ url, commitments: 'generic', verifiers }).put(bytes(9))
  if (put.status !== 'ok') throw new Error(put.status)
  const blind = altda({ url })
  expect((await blind.get(put.commitment)).status).toBe('unavailable')
  expect(await blind.verify(put.commitment, bytes(9))).toEqual({
    valid: false,
    reason: 'there is no verifier for DA layer 7, and the commitment alone does not bind the data',
  })
})

test('what fails on the way is unavailable; a 404 is an absence that proves nothing', async () => {
  const data = bytes(50)
  const commitment = hexToBytes(`0x0300${bytesToHex(keccak256(data)).slice(2)}` as Hex)
  const answers: Parameters<typeof otherServer>[0][] = [
    (_request, response) => response.writeHead(500).end('not found'),
    (_request, response) => response.end(bytes(51)),
    (_request, response) => response.destroy(),
    (_request, response) => {
      response.writeHead(200, { 'content-length': '50' })
      response.write(bytes(20))
      setTimeout(() => response.destroy(), 20)
    },
    (_request, response) => response.end(new Uint8Array(200_000)),
    (_request, response) => response.writeHead(302, { location: '/elsewhere' }).end(),
    (_request, response) => void setTimeout(() => response.end(data), 5_000).unref(),
  ]
  for (const answer of answers) {
    const url = await otherServer(answer)
    expect((await altda({ url, timeoutMs: 300 }).get(commitment)).status).toBe('unavailable')
  }
  const empty = await server()
  expect(await altda({ url: empty.url }).get(commitment)).toEqual({ status: 'missing', authoritative: false })
  // One that has it makes up for one that is away, and one that is away keeps an absence from being one.
  const full = await server()
  await altda({ url: full.url }).put(data)
  const away = 'http://127.0.0.1:1'
  expect((await altda({ url: away, mirrors: [full.url] }).get(commitment)).status).toBe('data')
  expect((await altda({ url: away, mirrors: [empty.url] }).get(commitment)).status).toBe('unavailable')
})

test('what a server says of a put is told apart', async () => {
  const cases: [number, Record<string, string>, object][] = [
    [429, { 'retry-after': '3' }, { status: 'rateLimited', retryAfterMs: 3_000 }],
    [503, {}, { status: 'failover' }],
    [500, {}, { status: 'error', retryable: true }],
    [400, {}, { status: 'error', retryable: false }],
    [413, {}, { status: 'error', retryable: false }],
  ]
  for (const [status, headers, expected] of cases) {
    const url = await otherServer((_request, response) => response.writeHead(status, headers).end('why'))
    expect(await altda({ url }).put(bytes(3))).toMatchObject(expected)
  }
})

test('the token is sent to the server it is for, and to no mirror', async () => {
  const seen: (string | undefined)[] = []
  const url = await otherServer((request, response) => {
    seen.push(request.headers.authorization)
    response.writeHead(request.method === 'GET' ? 404 : 200).end()
  })
  const mirror = await otherServer((request, response) => {
    seen.push(request.headers.authorization)
    response.writeHead(404).end()
  })
  const da = altda({ url, mirrors: [mirror], token: 'secret' })
  const put = await da.put(bytes(3))
  if (put.status !== 'ok') throw new Error(put.status)
  await da.get(put.commitment)
  expect(seen).toEqual(['Bearer secret', 'Bearer secret', undefined])
})

test('any bytes as a commitment: never a throw, never data', async () => {
  const { url } = await server()
  const da = altda({ url, verifiers })
  let state = 7
  const random = () => (state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0) >>> 8
  for (let i = 0; i < 300; i++) {
    const commitment = Uint8Array.from({ length: random() % 40 }, (_, at) =>
      at === 0 ? random() % 5 : at === 1 ? random() % 3 : random() & 0xff,
    )
    expect((await da.verify(commitment, bytes(5))).valid).toBe(false)
    expect(['invalid', 'missing', 'unavailable']).toContain((await da.get(commitment)).status)
    decodeOpCommitment(commitment)
  }
})
