import { describe, expect, it } from '@jest/globals'
import { bytesToHex, keccak256Hex } from '@animechain/core'
import { frameParser } from '../src/p2p/frames.js'
import { gossip } from '../src/index.js'
import { bytes, heard, loopback, mesh, start, stopAfter, text, until, words } from './world.js'

const post = (url: string, body: Uint8Array, headers: Record<string, string> = {}) =>
  fetch(`${url}/v1/gossip/words`, { method: 'POST', body: new Uint8Array(body), headers })
const get = async (url: string, path = '') => {
  const response = await fetch(`${url}/v1/gossip/words${path}`)
  const body = new Uint8Array(await response.arrayBuffer())
  return { status: response.status, cursor: response.headers.get('gossip-cursor'), body }
}
const said = (body: Uint8Array) => frameParser(4_096).push(body).map(text)

describe('gossip over HTTP', () => {
  it('lets a node without libp2p hear and be heard', async () => {
    const [bridge, far] = await mesh(2, (index) => (index === 0 ? { http: { port: 0 } } : {}))
    await far!.publish('words', bytes('before'))
    const outside = await start({ p2p: false, httpPeers: [bridge!.httpUrl!], httpPollMs: 50 })
    await until(() => heard(outside).has('before'), 'what was said before')
    await outside.publish('words', bytes('from outside'))
    await until(() => heard(far!).has('from outside'), 'the message from outside')
    await far!.publish('words', bytes('from far'))
    await until(() => heard(outside).has('from far'), 'the message from far')
    expect(outside.health()).toMatchObject({ ready: true, details: { httpPeers: [{ isUp: true }] } })
    expect(outside.peerId).toBeUndefined()
    expect(heard(outside)).toEqual(new Set(['before', 'from outside', 'from far']))
  })

  it('reads the topics that a server has', async () => {
    const server = await start({ p2p: false, http: { port: 0 } })
    const both = stopAfter(
      gossip({
        ...{ chainId: 9n, topics: { other: words, words }, bounds: loopback },
        ...{ p2p: false, httpPeers: [server.httpUrl!], httpPollMs: 50 },
      }),
    )
    await both.start()
    await server.publish('words', bytes('here'))
    await until(() => both.recent('words').length === 1, 'the message')
    expect(both.recent('words')[0]).toMatchObject({ topic: 'words', key: 'here' })
  })

  it('goes on where a server that was away comes back', async () => {
    const server = await start({ p2p: false, http: { port: 0 } })
    const url = server.httpUrl!
    const client = await start({ p2p: false, httpPeers: [url], httpPollMs: 20 })
    await until(() => client.health().ready, 'the server to answer')
    await server.stop()
    await until(() => !client.health().ready, 'the server to be missed')
    for (let n = 0; n < 5; n++) await client.publish('words', bytes(`while away ${n}`))
    expect(client.health().details.httpPeers[0]!.waiting).toBe(5)
    const again = await start({ p2p: false, http: { port: Number(new URL(url).port) } })
    await until(() => heard(again).size === 5, 'what waited')
    await again.publish('words', bytes('back'))
    await until(() => heard(client).has('back'), 'the message of the server')
  })

  it('lists the newest, of a group, and from where a client was', async () => {
    const server = await start({ p2p: false, http: { port: 0 } })
    const url = server.httpUrl!
    for (const word of ['7:one', '7:two', '8:three']) expect((await post(url, bytes(word))).status).toBe(202)
    const all = await get(url)
    expect(said(all.body)).toEqual(['7:one', '7:two', '8:three'])
    expect(said((await get(url, '?limit=1')).body)).toEqual(['8:three'])
    expect(said((await get(url, '/7')).body)).toEqual(['7:one', '7:two'])
    await server.publish('words', bytes('9:four'))
    expect(said((await get(url, `?after=${all.cursor}`)).body)).toEqual(['9:four'])
    expect(said((await get(url, `?after=${'0'.repeat(16)}-3`)).body)).toHaveLength(4)
    expect((await get(url, '?limit=x')).status).toBe(400)
  })

  it('answers what is wrong, and graylists who goes on', async () => {
    const server = await start({ p2p: false, http: { port: 0 } })
    const url = server.httpUrl!
    expect((await post(url, bytes('word'))).status).toBe(202)
    expect((await post(url, bytes('word'))).status).toBe(200)
    // A moment later it is not judged again, and not taken for something that is known either.
    for (const _ of [1, 2]) {
      const ignored = await post(url, bytes('later'))
      expect(ignored.status).toBe(422)
      expect(await ignored.json()).toEqual({ error: 'not yet' })
    }
    expect((await post(url, new Uint8Array(4_097))).status).toBe(413)
    expect((await fetch(`${url}/v1/gossip/other`)).status).toBe(404)
    expect((await fetch(`${url}/v1/gossip/words`, { method: 'PUT' })).status).toBe(405)
    expect((await fetch(`${url}/v1/payloads/0x00`)).status).toBe(404)
    for (let n = 0; n < 9; n++) expect((await post(url, bytes(`bad ${n}`))).status).toBe(400)
    expect((await post(url, bytes('good'))).status).toBe(403)
    expect(server.health().details.graylisted).toBe(1)
  })

  it('bounds how often an address asks, and says when to come again', async () => {
    const server = await start({
      p2p: false,
      http: { port: 0 },
      bounds: { httpRate: { perSecond: 0.01, burst: 3 } },
    })
    for (let n = 0; n < 3; n++) expect((await get(server.httpUrl!)).status).toBe(200)
    const refused = await fetch(`${server.httpUrl}/v1/gossip/words`)
    expect(refused.status).toBe(429)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(1)
  })

  it('keeps a connection for whoever asks again within a minute', async () => {
    const server = await start({ p2p: false, http: { port: 0 } })
    const { headers } = await fetch(`${server.httpUrl}/v1/gossip/words`)
    expect(headers.get('keep-alive')).toBe('timeout=65')
  })

  it('drops the oldest of what waits for a server that does not answer', async () => {
    const client = await start({
      p2p: false,
      httpPeers: ['http://127.0.0.1:1'],
      httpPollMs: 10_000,
      bounds: { maxHttpQueue: 10 },
    })
    for (let n = 0; n < 25; n++) await client.publish('words', bytes(`n${n}`))
    expect(client.health()).toMatchObject({
      ready: false,
      details: { httpPeers: [{ waiting: 10, isUp: false }] },
    })
  })

  it('stops polling a server that lies', async () => {
    const { createServer } = await import('node:http')
    const liar = createServer((_request, response) => response.end(Buffer.from([0xff, 0xff, 0xff, 0xff, 0])))
    await new Promise<void>((resolve) => liar.listen(0, '127.0.0.1', resolve))
    try {
      const { port } = liar.address() as { port: number }
      const client = await start({ p2p: false, httpPeers: [`http://127.0.0.1:${port}`], httpPollMs: 10 })
      await until(() => client.health().details.graylisted === 1, 'the liar on the graylist')
      expect(client.health().ready).toBe(false)
    } finally {
      liar.closeAllConnections()
      liar.close()
    }
  })

  it('refuses what is no address', async () => {
    await expect(() => start({ httpPeers: ['ftp://127.0.0.1'] })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
    })
  })
})

describe('payloads', () => {
  const payload = new Uint8Array(200_000).map((_byte, at) => at & 0xff)
  const hash = keccak256Hex(payload)
  const has = { payload: async (asked: string) => (asked === hash ? payload : undefined) }

  it('come from a peer, verified', async () => {
    const [one, two] = await mesh(2, (index) => (index === 0 ? has : {}))
    expect(bytesToHex(await two!.fetchPayload(hash, { first: one!.peerId! }))).toBe(bytesToHex(payload))
    const missing = keccak256Hex(Uint8Array.of(1))
    await expect(two!.fetchPayload(missing)).rejects.toMatchObject({ code: 'GOSSIP_PAYLOAD_MISSING' })
    await expect(two!.fetchPayload(hash, { maxBytes: 1_000 })).rejects.toMatchObject({
      code: 'GOSSIP_PAYLOAD_MISSING',
    })
  })

  it('come over HTTP, verified', async () => {
    const server = await start({ p2p: false, http: { port: 0 }, ...has })
    const client = await start({ p2p: false, httpPeers: [server.httpUrl!] })
    expect(bytesToHex(await client.fetchPayload(hash))).toBe(bytesToHex(payload))
    await expect(client.fetchPayload(hash, { maxBytes: 1_000 })).rejects.toMatchObject({
      code: 'GOSSIP_PAYLOAD_MISSING',
    })
  })

  it('are asked of others where one gives something else, and it is blamed', async () => {
    const nodes = await mesh(3, (index) =>
      index === 0 ? { payload: async () => Uint8Array.of(1, 2, 3) } : index === 1 ? has : {},
    )
    const [liar, , asker] = nodes
    for (let n = 0; n < 2; n++)
      expect(keccak256Hex(await asker!.fetchPayload(hash, { first: liar!.peerId! }))).toBe(hash)
    await until(() => asker!.health().details.graylisted === 1, 'the liar on the graylist')
    await until(() => asker!.peers().every(({ peer }) => peer !== liar!.peerId), 'the liar to be cut off')
  })
})
