import { request } from 'node:http'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from '@jest/globals'
import { encodeMessage, signMessage, type Attestation } from '@animechain/network-protocol'
import { maxSignerBytes, remoteSigner, signerServer, type SignerServer } from '../src/index.js'
import { account, attestation, domain, hash, newLog, opened, other, removeFolders } from './world.js'

const token = 'a token of at least 32 characters'
const running: (SignerServer | Server)[] = []
afterEach(async () => {
  for (const each of running.splice(0)) {
    if ('stop' in each) await each.stop()
    else {
      each.closeAllConnections()
      await new Promise((resolve) => each.close(resolve))
    }
  }
  await removeFolders()
})

async function served() {
  const path = await newLog()
  const { log, signer } = await opened(path)
  const server = signerServer({ signer, token, port: 0 })
  await server.start()
  running.push(server)
  const remote = (changes = {}) =>
    remoteSigner({ url: server.url, token, address: account.address, domain, ...changes })
  return { log, server, remote, path }
}

/** A server that answers as somebody else has it. */
async function strange(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  running.push(server)
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
const strangeSigner = async (listener: RequestListener, timeoutMs = 30_000) =>
  remoteSigner({ url: await strange(listener), token, address: account.address, domain, timeoutMs })

describe('a remote signer', () => {
  test('signs as the log has it, over restarts of both sides', async () => {
    const { log, server, remote, path } = await served()
    const signed = await remote().attest(attestation(1))
    expect(signed).toEqual(await signMessage(account, 'attestation', domain, attestation(1)))
    expect(await remote({ url: `${server.url}/` }).attest(attestation(1, { epoch: 9n }))).toEqual(signed)
    await expect(remote().attest(attestation(1, { outputRoot: hash('lie') }))).rejects.toMatchObject({
      code: 'NETWORK_SIGNED_OTHER',
    })
    await server.stop()
    await log.close()
    await expect(remote().attest(attestation(2))).rejects.toMatchObject({
      code: 'NETWORK_SIGNER_UNREACHABLE',
    })
    const again = await opened(path)
    const second = signerServer({ signer: again.signer, token, port: 0 })
    await second.start()
    running.push(second)
    expect(await remote({ url: second.url }).attest(attestation(1))).toEqual(signed)
    // What was signed elsewhere is told to the log there.
    const seen = await signMessage(account, 'attestation', domain, attestation(5))
    expect(await remote({ url: second.url }).observe(seen)).toBe('unknown')
    await expect(remote({ url: second.url }).attest(attestation(6))).rejects.toMatchObject({
      code: 'NETWORK_LOG_FROZEN',
    })
    await again.log.close()
  })

  test('answers nobody without its token, and nothing but what it is for', async () => {
    const { log, server, remote } = await served()
    await expect(remote({ token: `${token}.` }).attest(attestation(1))).rejects.toThrow('status 401')
    expect(log.mark.count).toBe(1)
    const ask = async (path: string, init: RequestInit = {}) => {
      const headers = { authorization: `Bearer ${token}` }
      const response = await fetch(`${server.url}${path}`, { headers, ...init })
      return { status: response.status, text: await response.text() }
    }
    expect(await ask('/v1/key')).toEqual({
      status: 200,
      text: JSON.stringify({ address: account.address.toLowerCase() }),
    })
    expect(await ask('/v1/key', { headers: {} })).toMatchObject({ status: 401 })
    expect(await ask('/v1/attestations')).toMatchObject({ status: 404 })
    expect(await ask('/v1/attestations', { method: 'POST', body: 'no attestation' })).toMatchObject({
      status: 400,
      text: expect.stringContaining('expected 224 bytes, got 14'),
    })
    expect(await ask('/v1/observed', { method: 'POST', body: new Uint8Array(384) })).toMatchObject({
      status: 400,
    })
    const stranger = await signMessage(other, 'attestation', domain, attestation(1))
    const body = encodeMessage('attestation', stranger) as Uint8Array<ArrayBuffer>
    expect(await ask('/v1/observed', { method: 'POST', body })).toMatchObject({ status: 400 })
    expect(log.frozenBy).toBeUndefined()
    expect(() => signerServer({ signer: remote(), token: 'short', port: 0 })).toThrow(
      '32 characters at least',
    )
    await log.close()
  })

  test('reads no more of a body than its bound', async () => {
    const { log, server } = await served()
    const { hostname, port } = new URL(server.url)
    const status = await new Promise<number>((resolve, reject) => {
      const headers = { authorization: `Bearer ${token}`, 'transfer-encoding': 'chunked' }
      const asking = request(
        { hostname, port, method: 'POST', path: '/v1/attestations', headers },
        (answer) => {
          answer.resume()
          resolve(answer.statusCode!)
          asking.destroy()
        },
      )
      asking.on('error', reject)
      // Never ended.
      asking.write(Buffer.alloc(maxSignerBytes + 1))
    })
    expect(status).toBe(413)
    await log.close()
  })
})

describe('what a signer gives', () => {
  const answering = (of: typeof account, message: Attestation) =>
    strangeSigner(async (_request, response) => {
      const signed = await signMessage(of, 'attestation', domain, message)
      response.end(encodeMessage('attestation', signed))
    })

  test.each([
    ['of another key', () => answering(other, attestation(1)), /expected a signature of/],
    ['of another batch', () => answering(account, attestation(2)), /expected batch 1, got 2/],
    [
      'of another history',
      () => answering(account, attestation(1, { batchAcc: hash('x') })),
      /expected batch 1, got 1/,
    ],
    ['of another root', () => answering(account, attestation(1, { outputRoot: hash('x') })), /expected root/],
    [
      'that is no message',
      () => strangeSigner((_request, response) => void response.end('hello')),
      /expected 384 bytes, got 5/,
    ],
  ])('%s is not taken', async (_name, made, message) => {
    const signer = await made()
    const asked = signer.attest(attestation(1))
    await expect(asked).rejects.toMatchObject({ code: 'NETWORK_SIGNER_WRONG' })
    await expect(asked).rejects.toThrow(message)
  })

  test.each<{ how: string; listener: RequestListener; timeoutMs?: number }>([
    { how: 'never', listener: () => undefined, timeoutMs: 100 },
    { how: 'without end', listener: (_request, response) => void response.end(Buffer.alloc(10_000)) },
    {
      how: 'with an error of its own',
      listener: (_request, response) => void response.writeHead(502).end('<html>'),
    },
    {
      how: 'with a code that is not its log’s',
      listener: (_request, response) =>
        void response.writeHead(500).end(JSON.stringify({ error: { code: 'ABORTED', message: 7 } })),
    },
    {
      how: 'by sending elsewhere',
      listener: (_request, response) => void response.writeHead(302, { location: '/v1/key' }).end(),
    },
  ])('an answer $how is none', async ({ listener, timeoutMs }) => {
    const signer = await strangeSigner(listener, timeoutMs)
    await expect(signer.attest(attestation(1))).rejects.toMatchObject({ code: 'NETWORK_SIGNER_UNREACHABLE' })
  })
})
