import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { anvil, eventually, testAccount, type Anvil } from '@animechain/testing'
import { memoryStorage } from '@animechain/storage-memory'
import fc from 'fast-check'
import { bytesToHex, concatBytes, hexToBytes, type Hex } from '@animechain/core'
import {
  blob,
  decodeBlobs,
  encodeBlobs,
  loadKzg,
  pointProofs,
  maxBlobDataBytes,
  versionedHash,
} from '../src/index.js'

const bytes = (length: number, seed = 1) =>
  Uint8Array.from({ length }, (_, i) => (i * 31 + seed * 17 + (i >> 8)) & 0xff)

describe('blob encoding', () => {
  test('data comes back, at every size around the edges of elements and blobs', () => {
    const perBlob = 4_096 * 31
    for (const length of [
      0,
      1,
      26,
      27,
      28,
      31,
      perBlob - 5,
      perBlob - 4,
      perBlob - 3,
      2 * perBlob - 4,
      maxBlobDataBytes,
    ]) {
      const data = bytes(length)
      const blobs = encodeBlobs(data)
      expect(blobs.length).toBe(Math.ceil((length + 4) / perBlob))
      const decoded = decodeBlobs(blobs)
      expect(decoded.ok && bytesToHex(decoded.data) === bytesToHex(data)).toBe(true)
    }
  })

  test('decoding is total and strict', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.nat(131_071),
        fc.integer({ min: 1, max: 255 }),
        (data, at, flip) => {
          const blobs = encodeBlobs(data)
          blobs[0]![at]! ^= flip
          const decoded = decodeBlobs(blobs)
          // Another list of blobs never decodes to the same data.
          return !decoded.ok || bytesToHex(decoded.data) !== bytesToHex(data)
        },
      ),
    )
    expect(decodeBlobs([]).ok).toBe(false)
    expect(decodeBlobs([new Uint8Array(5)]).ok).toBe(false)
    expect(decodeBlobs([...encodeBlobs(bytes(10)), new Uint8Array(131_072)]).ok).toBe(false)
    const beyond = encodeBlobs(bytes(10))
    beyond[0]!.set([0xff, 0xff, 0xff, 0xff], 1)
    expect(decodeBlobs(beyond)).toEqual({ ok: false, reason: 'length 4294967295 is beyond the blobs' })
  })
})

describe('KZG', () => {
  test('the JavaScript fallback gives what the native addon gives', async () => {
    const [data] = encodeBlobs(bytes(1_000)) as [Uint8Array]
    const fallback = await loadKzg('js')
    const commitment = fallback.blobToKzgCommitment(data)
    expect(commitment.length).toBe(48)
    expect(versionedHash(commitment)).toMatch(/^0x01/)
    const native = await loadKzg('c-kzg').catch(() => undefined)
    // A machine without a compiler has no addon; then the fallback is all there is, and `auto` takes it.
    if (native) {
      expect(bytesToHex(native.blobToKzgCommitment(data))).toBe(bytesToHex(commitment))
      expect(bytesToHex(native.computeBlobKzgProof(data, commitment))).toBe(
        bytesToHex(fallback.computeBlobKzgProof(data, commitment)),
      )
    }
    expect((await loadKzg()).id).toBe(native ? 'c-kzg' : 'js')
  })

  test('proofs of single points are those of either library, the commitment being that of the blob', async () => {
    const [data] = encodeBlobs(bytes(1_000)) as [Uint8Array]
    const point = new Uint8Array(32).fill(5)
    const native = await loadKzg('c-kzg').catch(() => undefined)
    const fallback = await loadKzg('js')
    const [one, other] = await Promise.all(
      [native, fallback].map(async (kzg) => (await pointProofs(kzg))(data, point)),
    )
    expect(other!.commitment).toEqual(fallback.blobToKzgCommitment(data))
    expect(one).toEqual(other)
  })
})

describe('blobs on a real L1', () => {
  let l1: Anvil
  beforeAll(async () => {
    l1 = await anvil({ blockTime: 1 })
    // It answers this one only once it has loaded the trusted setup, which takes seconds, on a busy machine very many.
    const first = blob({ rpcUrl: l1.url, account: testAccount(9) })
    await eventually('the first blob', async () => (await first.put(Uint8Array.of(0))).status === 'ok', {
      timeoutMs: 240_000,
    })
  }, 300_000)
  afterAll(() => l1?.stop())

  test('what is put is read back and verified, by a reader with nothing but the commitment', async () => {
    const data = bytes(200_000)
    const writer = blob({ rpcUrl: l1.url, account: testAccount(0) })
    const put = await writer.put(data)
    if (put.status !== 'ok') throw put.status === 'error' ? put.error : new Error(put.status)
    expect(put.commitment.length).toBe(65)
    const reader = blob({ rpcUrl: l1.url })
    const got = await reader.get(put.commitment, { location: put.location })
    expect(got.status === 'data' && bytesToHex(got.data) === bytesToHex(data)).toBe(true)
    expect((await reader.get(put.commitment)).status).toBe('data')
    expect(await reader.verify(put.commitment, data)).toEqual({ valid: true })
    expect((await reader.verify(put.commitment, data.slice(1))).valid).toBe(false)
    expect((await reader.status(put.commitment, put.location)).status).toMatch(/included|final/)
  }, 300_000)

  test('a blob that was read once is served from the archive when L1 has dropped it', async () => {
    const archive = memoryStorage()
    await archive.start()
    const put = await blob({ rpcUrl: l1.url, account: testAccount(1), archive }).put(bytes(50, 3))
    if (put.status !== 'ok') throw new Error(put.status)
    const offline = blob({ rpcUrl: 'http://127.0.0.1:1', archive })
    const got = await offline.get(put.commitment)
    expect(got.status === 'data' && bytesToHex(got.data)).toBe(bytesToHex(bytes(50, 3)))
  }, 300_000)

  test('a source that is out of reach is unavailable, an unknown blob is missing, a foreign commitment invalid', async () => {
    const unknown = Uint8Array.from([2, 1, ...new Uint8Array(31).fill(9)])
    expect((await blob({ rpcUrl: 'http://127.0.0.1:1' }).get(unknown)).status).toBe('unavailable')
    expect(await blob({ rpcUrl: l1.url }).get(unknown)).toEqual({ status: 'missing', authoritative: false })
    for (const bad of [
      new Uint8Array(),
      Uint8Array.of(2),
      Uint8Array.of(1, 2, 3),
      new Uint8Array(33),
      Uint8Array.from([2, ...new Uint8Array(32 * 7).fill(1)]),
    ])
      expect((await blob({ rpcUrl: l1.url }).get(bad)).status).toBe('invalid')
  })

  test('of a beacon API is found by the root that the next L1 block names', async () => {
    const [bytesOfBlob] = encodeBlobs(bytes(70)) as [Uint8Array]
    const hash = versionedHash((await loadKzg()).blobToKzgCommitment(bytesOfBlob))
    const root = `0x${'be'.repeat(32)}`
    const asked: string[] = []
    // An L1 with beacon blocks: its execution client knows no blobs, its consensus client knows them by root.
    const server = createServer((request, response) => {
      const { url = '' } = request
      if (url.startsWith('/eth/v1/beacon/blobs/')) {
        asked.push(url)
        if (!url.includes(root)) return response.writeHead(404).end()
        return response.end(JSON.stringify({ data: [bytesToHex(bytesOfBlob)] }))
      }
      let body = ''
      request.on('data', (part: Buffer) => (body += part.toString()))
      request.on('end', () => {
        const { id, method, params } = JSON.parse(body) as { id: number; method: string; params: unknown[] }
        const known = method === 'eth_getBlockByNumber' && params[0] === '0x2b'
        const answer = known
          ? { result: { number: '0x2b', parentBeaconBlockRoot: root, transactions: [] } }
          : { error: { code: -32601, message: 'method not found' } }
        response
          .setHeader('content-type', 'application/json')
          .end(JSON.stringify({ jsonrpc: '2.0', id, ...answer }))
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
      const commitment = concatBytes(Uint8Array.of(2), hexToBytes(hash))
      const got = await blob({ rpcUrl: url, beaconUrl: url }).get(commitment, {
        location: { l1TransactionHash: root as Hex, l1BlockNumber: 42n },
      })
      expect(got.status === 'data' && bytesToHex(got.data)).toBe(bytesToHex(bytes(70)))
      expect(asked).toEqual([`/eth/v1/beacon/blobs/${root}?versioned_hashes=${hash}`])
    } finally {
      await new Promise((resolve) => server.close(resolve))
    }
  })

  test('a source that lies is found out', async () => {
    const [other] = encodeBlobs(bytes(9)) as [Uint8Array]
    const unknown = Uint8Array.from([2, 1, ...new Uint8Array(31).fill(9)])
    const liar = blob({ rpcUrl: l1.url, sources: [{ id: 'liar', get: async () => other }] })
    expect((await liar.get(unknown)).status).toBe('unavailable')
  })

  test('too much data is refused before anything is computed', async () => {
    const da = blob({ rpcUrl: l1.url })
    const tooLarge = { status: 'tooLarge', maxBytes: BigInt(maxBlobDataBytes) }
    expect(await da.put(new Uint8Array(maxBlobDataBytes + 1))).toEqual(tooLarge)
    expect(await da.prepare!(new Uint8Array(maxBlobDataBytes + 1))).toEqual(tooLarge)
  })
})
