import { readFileSync } from 'node:fs'
import { createServer, request as httpRequest } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { WebSocket } from 'ws'
import { keccak256Hex } from '@animechain/core'
import { rpcServer, type RpcServer } from '../src/server.js'
import { defaultLimits } from '../src/limits.js'
import { accounts, call, fixture, post, type RpcAnswer } from './fixtures.js'
import { chainId, depositor, deposit, type MiniChain } from './miniChain.js'

let mini: MiniChain
let server: RpcServer
let stop: () => Promise<void>
const more: RpcServer[] = []
beforeAll(async () => {
  ;({ mini, server, stop } = await fixture({ cors: ['https://app.example'], hosts: ['node.example'] }))
})
afterEach(async () => {
  for (const other of more.splice(0)) await other.stop()
})
afterAll(() => stop())

/** Another server over the same chain. */
async function serve(options: Partial<Parameters<typeof rpcServer>[0]>): Promise<string> {
  const other = rpcServer({ backend: mini.backend, port: 0, ...options })
  more.push(other)
  await other.start()
  return other.url
}

/** A request with headers that fetch does not let through. */
function rawStatus(headers: Record<string, string>, method = 'POST'): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      server.url,
      { method, headers: { 'content-type': 'application/json', ...headers } },
      (response) => {
        response.resume()
        resolve(response.statusCode!)
      },
    )
    request.on('error', reject)
    request.end(method === 'POST' ? '{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}' : undefined)
  })
}

const transfer = (index: number, nonce: number, to = accounts[3]!.address) =>
  accounts[index]!.signTransaction({
    type: 'eip1559',
    chainId: Number(chainId),
    nonce,
    to,
    value: 1n,
    gas: 21_000n,
    maxFeePerGas: 3_000_000_000n,
    maxPriorityFeePerGas: 1_000_000n,
  })

describe('envelope', () => {
  const error = async (body: unknown) => {
    const answer = (await post(server.url, body)).body as RpcAnswer
    return { id: answer.id, code: answer.error?.code }
  }

  test('answers with the id that came, of any type, and says null for what has none', async () => {
    for (const id of [1, 'a', null, 1.5]) {
      const { body } = await post(server.url, { jsonrpc: '2.0', id, method: 'eth_chainId' })
      expect(body).toEqual({ jsonrpc: '2.0', id, result: `0x${chainId.toString(16)}` })
    }
  })

  test('uses the codes of JSON-RPC 2.0', async () => {
    expect(await error('{"jsonrpc":')).toEqual({ id: null, code: -32700 })
    expect(await error('{} garbage')).toEqual({ id: null, code: -32700 })
    expect(await error('"text"')).toEqual({ id: null, code: -32600 })
    expect(await error([])).toEqual({ id: null, code: -32600 })
    expect(await error({ id: 7, method: 'eth_chainId' })).toEqual({ id: 7, code: -32600 })
    expect(await error({ jsonrpc: '2.0', id: 7, method: 3 })).toEqual({ id: 7, code: -32600 })
    expect(await error({ jsonrpc: '2.0', id: {}, method: 'eth_chainId' })).toEqual({ id: null, code: -32600 })
    expect(await error({ jsonrpc: '2.0', id: 7, method: 'eth_nothing' })).toEqual({ id: 7, code: -32601 })
    expect(await error({ jsonrpc: '2.0', id: 7, method: '__proto__' })).toEqual({ id: 7, code: -32601 })
    expect(await error({ jsonrpc: '2.0', id: 7, method: 'eth_chainId', params: {} })).toEqual({
      id: 7,
      code: -32602,
    })
    expect(await error({ jsonrpc: '2.0', id: 7, method: 'eth_chainId', params: [1] })).toEqual({
      id: 7,
      code: -32602,
    })
  })

  test('answers nothing to notifications', async () => {
    expect((await post(server.url, { jsonrpc: '2.0', method: 'eth_chainId' })).status).toBe(204)
    const { body } = await post(server.url, [
      { jsonrpc: '2.0', method: 'eth_chainId' },
      { jsonrpc: '2.0', id: 2, method: 'net_version' },
    ])
    expect(body).toEqual([{ jsonrpc: '2.0', id: 2, result: chainId.toString() }])
  })

  test('answers a batch in order, faults beside results', async () => {
    const { body } = await post(server.url, [
      { jsonrpc: '2.0', id: 1, method: 'eth_chainId' },
      5,
      { jsonrpc: '2.0', id: 2, method: 'eth_nothing' },
      { jsonrpc: '2.0', id: 3, method: 'eth_getBalance', params: ['0x1'] },
      { jsonrpc: '2.0', id: 4, method: 'web3_sha3', params: ['0x'] },
    ])
    expect((body as RpcAnswer[]).map(({ id, result, error }) => [id, result ?? error?.code])).toEqual([
      [1, `0x${chainId.toString(16)}`],
      [null, -32600],
      [2, -32601],
      [3, -32602],
      [4, '0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470'],
    ])
  })

  test('names the argument and the fault', async () => {
    const message = (method: string, ...params: unknown[]) =>
      call(server.url, method, ...params).then(
        () => '',
        (e: Error) => e.message,
      )
    expect(await message('eth_getBalance')).toBe('missing value for required argument 0')
    expect(await message('eth_getBalance', '00'.repeat(20), 'latest')).toBe(
      'invalid argument 0: hex string without 0x prefix',
    )
    expect(await message('eth_getBalance', '0x12', 'latest')).toMatch(
      /argument 0: hex string has length 2, want 40/,
    )
    expect(await message('eth_getBalance', accounts[0]!.address, 'newest')).toMatch(
      /argument 1: expected a block number/,
    )
    expect(await message('eth_getBlockByNumber', '0x01')).toMatch(/leading zero/)
    expect(await message('eth_getBlockByNumber', '0x1', 'yes')).toMatch(
      /argument 1: expected a boolean, got string/,
    )
    expect(await message('eth_call', { to: '0x1' })).toMatch(/argument 0\.to: hex string/)
    expect(await message('eth_getLogs', { topics: [1] })).toMatch(/argument 0\.topics\[0\]/)
    expect(await message('eth_chainId', 1)).toBe('too many arguments, want at most 0')
  })
})

describe('HTTP', () => {
  test('serves hosts that it knows and no others', async () => {
    expect(await rawStatus({ host: 'localhost:1234' })).toBe(200)
    expect(await rawStatus({ host: 'node.example' })).toBe(200)
    expect(await rawStatus({ host: '[::1]:80' })).toBe(200)
    expect(await rawStatus({ host: 'evil.example' })).toBe(403)
  })

  test('lets browsers of the given origins in', async () => {
    const preflight = await fetch(server.url, {
      method: 'OPTIONS',
      headers: { origin: 'https://app.example' },
    })
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get('access-control-allow-origin')).toBe('https://app.example')
    const other = await fetch(server.url, { method: 'OPTIONS', headers: { origin: 'https://evil.example' } })
    expect(other.status).toBe(403)
    expect(other.headers.get('access-control-allow-origin')).toBeNull()
  })

  test('refuses other methods, types and bodies that are too large', async () => {
    const url = await serve({ limits: { bodyBytes: 1_000 } })
    expect((await fetch(url)).status).toBe(200)
    expect((await fetch(url, { method: 'PUT', body: '{}' })).status).toBe(405)
    expect((await post(url, '{}', { 'content-type': 'text/plain' })).status).toBe(415)
    expect((await post(url, ' '.repeat(1_001))).status).toBe(413)
    // Without a length in front, the bytes are counted as they come.
    const status = await new Promise<number>((resolve, reject) => {
      const request = httpRequest(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'transfer-encoding': 'chunked' },
      })
      request.on('response', (response) => {
        response.resume()
        resolve(response.statusCode!)
      })
      request.on('error', reject)
      request.write(' '.repeat(800))
      request.write(' '.repeat(800))
      request.end()
    })
    expect(status).toBe(413)
    expect(await call(url, 'net_version')).toBe(chainId.toString())
  })

  test('bounds batches by requests and by bytes of the answer', async () => {
    const url = await serve({ limits: { batchItems: 3, responseBytes: 100 } })
    const request = { jsonrpc: '2.0', id: 1, method: 'web3_clientVersion' }
    expect((await post(url, [request, request, request, request])).body).toMatchObject({
      error: { code: -32600 },
    })
    const { body } = await post(url, [request, request, request])
    expect((body as RpcAnswer[]).map(({ error }) => error?.code)).toEqual([undefined, undefined, -32003])
  })

  test('names the version of its manifest to clients', async () => {
    const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
    expect(await call(server.url, 'web3_clientVersion')).toContain(`animechain/v${manifest.version}/`)
  })

  test('takes a deeply nested body for a fault of the caller', async () => {
    const { body } = await post(server.url, `${'['.repeat(100_000)}${']'.repeat(100_000)}`)
    expect((body as RpcAnswer[])[0]?.error?.code ?? (body as RpcAnswer).error?.code).toBeLessThan(0)
    expect(await call(server.url, 'net_version')).toBe(chainId.toString())
  })

  test('cuts off who sends headers and never a whole body', async () => {
    const url = await serve({ limits: { requestTimeoutMs: 300 } })
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    socket.write(
      'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{',
    )
    let answer = ''
    socket.on('data', (data: Buffer) => (answer += data.toString()))
    await once(socket, 'close')
    expect(answer === '' || answer.startsWith('HTTP/1.1 408')).toBe(true)
    expect(await call(url, 'net_version')).toBe(chainId.toString())
  }, 60_000)

  test('says that the port is in use; starts and stops repeatedly', async () => {
    const second = rpcServer({ backend: mini.backend, port: server.port })
    await expect(second.start()).rejects.toMatchObject({
      code: 'RPC_LISTEN',
      message: expect.stringContaining('in use'),
    })
    await second.stop()
    const third = rpcServer({ backend: mini.backend, port: 0 })
    await third.start()
    await third.start()
    const { url } = third
    await third.stop()
    await third.stop()
    await expect(fetch(url)).rejects.toThrow()
    await third.start()
    expect(await call(third.url, 'net_version')).toBe(chainId.toString())
    await third.stop()
  })

  test('lets others in between the parts of a long request', async () => {
    let turn = 0
    const seen = new Set<number>()
    const url = await serve({
      backend: {
        ...mini.backend,
        chain: {
          ...mini.chain,
          head: () => ({ ...mini.chain.head('latest'), number: 300n, gasUsed: 1n }),
          headerByNumber: () => ({ ...mini.chain.head('latest'), gasUsed: 1n }),
          blockByHash() {
            seen.add(turn)
            // As long as it takes to decode a full block.
            for (const end = performance.now() + 3; performance.now() < end;);
            return undefined
          },
        },
      },
    })
    /** Turns of the event loop in which the request had its blocks. */
    const turnsOf = async (body: unknown) => {
      let going = true
      const next = () => {
        turn++
        if (going) setImmediate(next)
      }
      next()
      seen.clear()
      await post(url, body)
      going = false
      return seen.size
    }
    const request = (method: string, ...params: unknown[]) => ({ jsonrpc: '2.0', id: 1, method, params })
    const { hash } = mini.chain.head('latest')
    expect(await turnsOf(request('eth_feeHistory', '0x12c', 'latest', [50]))).toBeGreaterThan(10)
    expect(await turnsOf(request('eth_getLogs', { fromBlock: '0x1', toBlock: '0x12c' }))).toBeGreaterThan(10)
    const batch = Array.from({ length: 300 }, () => request('eth_getBlockByHash', hash))
    expect(await turnsOf(batch)).toBeGreaterThan(10)
  })

  test('listens once however often it is started, and not after a stop in between', async () => {
    const other = rpcServer({ backend: mini.backend, port: 0 })
    await Promise.all([other.start(), other.start()])
    expect(await call(other.url, 'net_version')).toBe(chainId.toString())
    await other.stop()
    const starting = other.start()
    await other.stop()
    await starting
    await expect(fetch(other.url)).rejects.toThrow()
  })

  test('finishes requests under way when it stops', async () => {
    // The block comes from here, and may come late.
    const url = await serve({ limits: { stopGraceMs: 60_000 } })
    const raw = await transfer(2, 0)
    const answer = call<{ status: string }>(url, 'eth_sendRawTransactionSync', raw, 60_000)
    while (mini.pool.content().pending.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    const stopped = more.pop()!.stop()
    await mini.mine()
    expect((await answer).status).toBe('0x1')
    await stopped
  })
})

describe('raw transactions', () => {
  test('go to the pool together in a batch, each answered at its place', async () => {
    const raws = await Promise.all(Array.from({ length: 50 }, (_, nonce) => transfer(0, nonce)))
    const requests = [...raws, raws[0]!, '0xzz', '0x02'].map((raw, id) => ({
      jsonrpc: '2.0',
      id,
      method: 'eth_sendRawTransaction',
      params: [raw],
    }))
    const { body } = await post(server.url, [
      { jsonrpc: '2.0', id: 'first', method: 'eth_blockNumber' },
      ...requests,
    ])
    const answers = body as RpcAnswer[]
    expect(answers).toHaveLength(54)
    raws.forEach((raw, i) => {
      expect(answers[i + 1]).toEqual({
        jsonrpc: '2.0',
        id: i,
        result: keccak256Hex(Buffer.from(raw.slice(2), 'hex')),
      })
    })
    expect(answers.slice(51).map(({ id, error }) => [id, error?.code])).toEqual([
      [50, -32000],
      [51, -32602],
      [52, -32000],
    ])
    expect(answers[51]!.error!.message).toBe('already known')
    expect(await call(server.url, 'eth_getTransactionCount', accounts[0]!.address, 'pending')).toBe('0x32')
    expect(await call(server.url, 'eth_getTransactionCount', accounts[0]!.address, 'latest')).toBe('0x0')
    expect(await call(server.url, 'txpool_status')).toEqual({ pending: '0x32', queued: '0x0' })
    const content = await call<{
      pending: Record<string, Record<string, { blockHash: null; nonce: string }>>
    }>(server.url, 'txpool_content')
    expect(content.pending[accounts[0]!.address.toLowerCase()]!['7']).toMatchObject({
      blockHash: null,
      nonce: '0x7',
      from: accounts[0]!.address.toLowerCase(),
    })
    const inspect = await call<{ pending: Record<string, Record<string, string>> }>(
      server.url,
      'txpool_inspect',
    )
    expect(inspect.pending[accounts[0]!.address.toLowerCase()]!['0']).toContain('1 wei + 21000 gas')
    await mini.mine()
    expect(await call(server.url, 'eth_getTransactionCount', accounts[0]!.address, 'latest')).toBe('0x32')
  })

  test('are forwarded by a node without a pool, errors included, or refused with a reason', async () => {
    const { pool: _pool, ...withoutPool } = mini.backend
    const forwarding = await serve({ backend: withoutPool, sequencerUrl: server.url })
    const raw = await transfer(1, 0)
    const hash = await call(forwarding, 'eth_sendRawTransaction', raw)
    expect(mini.pool.get(hash)).toBeDefined()
    await expect(call(forwarding, 'eth_sendRawTransaction', raw)).rejects.toMatchObject({
      code: -32000,
      message: 'already known',
    })
    // What waits there counts for the next nonce; without an answer it is that of the newest block.
    const next = (url: string, tag = 'pending') =>
      call(url, 'eth_getTransactionCount', accounts[1]!.address, tag)
    expect([await next(forwarding), await next(forwarding, 'latest')]).toEqual(['0x1', '0x0'])
    const silent = createServer(() => {})
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const nonsense = createServer((_request, response) => response.end('{"result":"0xzz"}'))
    await new Promise<void>((resolve) => nonsense.listen(0, '127.0.0.1', resolve))
    for (const other of [silent, nonsense]) {
      const sequencerUrl = `http://127.0.0.1:${(other.address() as AddressInfo).port}`
      expect(await next(await serve({ backend: withoutPool, sequencerUrl }))).toBe('0x0')
      other.closeAllConnections()
      other.close()
    }
    const alone = await serve({ backend: withoutPool })
    await expect(call(alone, 'eth_sendRawTransaction', raw)).rejects.toMatchObject({
      code: -32000,
      message: expect.stringContaining('no pool'),
    })
    const lost = await serve({ backend: withoutPool, sequencerUrl: 'http://user:secret@127.0.0.1:1/' })
    await expect(call(lost, 'eth_sendRawTransaction', raw)).rejects.toMatchObject({
      message: expect.not.stringContaining('secret'),
    })
    expect(await next(lost)).toBe('0x0')
    await mini.mine()
  })

  test('wait for their receipt, and time out with the hash', async () => {
    const raw = await transfer(1, 1)
    const waiting = call<{ status: string; transactionHash: string }>(
      server.url,
      'eth_sendRawTransactionSync',
      raw,
      60_000,
    )
    while (mini.pool.content().pending.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    await mini.mine()
    expect(await waiting).toMatchObject({ status: '0x1' })
    const late = await transfer(1, 2)
    await expect(call(server.url, 'eth_sendRawTransactionSync', late, 20)).rejects.toMatchObject({
      code: 4,
      data: keccak256Hex(Buffer.from(late.slice(2), 'hex')),
    })
    await mini.mine()
  })
})

describe('blocks and receipts', () => {
  test('show deposits as the OP Stack does', async () => {
    const to = '0x00000000000000000000000000000000000000ee'
    const block = await mini.mine({ deposits: [deposit(to, 5n, 1), deposit(to, 7n, 2)] })
    const hash = block.transactions[1]!.hash
    expect(await call(server.url, 'eth_getTransactionByHash', hash)).toMatchObject({
      type: '0x7e',
      from: depositor,
      to,
      mint: '0x7',
      value: '0x7',
      nonce: '0x1',
      gasPrice: '0x0',
      isSystemTx: false,
      sourceHash: `0x${'2'.padStart(64, '0')}`,
      v: '0x0',
      r: '0x0',
      s: '0x0',
    })
    const receipt = await call<Record<string, unknown>>(server.url, 'eth_getTransactionReceipt', hash)
    expect(receipt).toMatchObject({
      type: '0x7e',
      status: '0x1',
      depositNonce: '0x1',
      effectiveGasPrice: '0x0',
      transactionIndex: '0x1',
    })
    expect(receipt).not.toHaveProperty('l1Fee')
    // The root hashes four fields, so a receipt has no version that promises six.
    expect(receipt).not.toHaveProperty('depositReceiptVersion')
  })

  test('give the same block by tag, number and hash, hashes or whole transactions', async () => {
    const head = await call<{ hash: string; number: string; transactions: string[] }>(
      server.url,
      'eth_getBlockByNumber',
      'latest',
      false,
    )
    const full = await call<{ transactions: { hash: string }[] }>(
      server.url,
      'eth_getBlockByHash',
      head.hash,
      true,
    )
    expect(full.transactions.map(({ hash }) => hash)).toEqual(head.transactions)
    expect(await call(server.url, 'eth_getBlockByNumber', head.number)).toEqual(head)
    expect(await call(server.url, 'eth_getBlockByNumber', 'pending')).toEqual(head)
    expect(await call(server.url, 'eth_getBlockByNumber', '0xffffff')).toBeNull()
    expect(await call(server.url, 'eth_getBlockReceipts', head.hash)).toHaveLength(head.transactions.length)
    expect(await call(server.url, 'eth_getBlockTransactionCountByHash', head.hash)).toBe('0x2')
    expect(await call(server.url, 'eth_getUncleCountByBlockNumber', 'latest')).toBe('0x0')
    await expect(call(server.url, 'eth_getBalance', depositor, '0xffffff')).rejects.toMatchObject({
      code: -32000,
      message: 'header not found',
    })
  })

  test('raw forms hash to what the header says', async () => {
    const { hash, number } = mini.chain.head('latest')
    const raw = await call<string>(server.url, 'debug_getRawHeader', `0x${number.toString(16)}`)
    expect(keccak256Hex(Buffer.from(raw.slice(2), 'hex'))).toBe(hash)
    const block = await call<string>(server.url, 'debug_getRawBlock', hash)
    const { size } = await call<{ size: string }>(server.url, 'eth_getBlockByHash', hash)
    expect(block.length / 2 - 1).toBe(Number(size))
    expect(await call(server.url, 'debug_getRawReceipts', hash)).toHaveLength(2)
  })

  test('operators see heads, outputs and the configuration', async () => {
    expect(await call(server.url, 'optimism_syncStatus')).toMatchObject({
      head_l1: { number: 12 },
      unsafe_l2: { hash: mini.chain.head('latest').hash },
      batch_count: 3,
      safe_batch: 2,
    })
    const head = mini.chain.head('latest')
    const output = await mini.backend.outputAt(head.number)
    expect(await call(server.url, 'optimism_outputAtBlock', `0x${head.number.toString(16)}`)).toMatchObject({
      outputRoot: output.outputRoot,
      stateRoot: head.stateRoot,
      blockRef: { number: Number(head.number) },
    })
    expect(await call(server.url, 'optimism_rollupConfig')).toMatchObject({ l2_chain_id: Number(chainId) })
    expect(await call(server.url, 'optimism_version')).toMatch(/^animechain\//)
    expect(await call(server.url, 'rpc_modules')).toMatchObject({ eth: '1.0', debug: '1.0', optimism: '1.0' })
  })

  test('an unexpected fault is no more than "internal error" to the caller', async () => {
    const backend = { ...mini.backend, outputAt: () => Promise.reject(new Error('/secret/path broke')) }
    const url = await serve({ backend })
    await expect(call(url, 'optimism_outputAtBlock', 'latest')).rejects.toMatchObject({
      code: -32603,
      message: 'internal error',
    })
  })
})

describe('a trace', () => {
  test('ends when it would keep too much, and leaves the server able to answer', async () => {
    const to = '0x00000000000000000000000000000000000000ab'
    const place = (code: string) => ({ stateOverrides: { [to]: { code } } })
    // So that its size ends it on any machine, and not its time.
    const url = await serve({ limits: { traceTimeoutMs: 120_000 } })
    const trace = (config: object) => call(url, 'debug_traceCall', { to, gas: '0x1c9c380' }, 'latest', config)
    // Writes far out, then jumps in place: every instruction sees a memory of 1 MiB.
    const looking = { ...place('0x600162100000525b600756'), enableMemory: true }
    await expect(trace(looking)).rejects.toMatchObject({
      message: expect.stringMatching(/^The trace is too large: .* limit/),
    })
    // Hands 1 MiB over to nobody, again and again.
    const calling = {
      ...place('0x600162100000525b5f5f620fffff5f5f5f61fffff150600756'),
      tracer: 'callTracer',
    }
    await expect(trace(calling)).rejects.toMatchObject({
      message: expect.stringMatching(/^The trace is too large: .* limit/),
    })
    expect(await call(url, 'net_version')).toBe(chainId.toString())
  }, 300_000)
})

describe('WebSocket', () => {
  const open = async (url = server.url, headers: Record<string, string> = {}) => {
    const socket = new WebSocket(url.replace('http', 'ws'), { headers })
    await once(socket, 'open')
    return socket
  }

  test('answers on the same port, batches too', async () => {
    const socket = await open()
    socket.send(JSON.stringify([{ jsonrpc: '2.0', id: 1, method: 'net_version' }]))
    const [data] = (await once(socket, 'message')) as [Buffer]
    expect(JSON.parse(data.toString())).toEqual([{ jsonrpc: '2.0', id: 1, result: chainId.toString() }])
    socket.close()
  })

  test('refuses foreign hosts and origins', async () => {
    await expect(open(server.url, { host: 'evil.example' })).rejects.toThrow(/403/)
    await expect(open(server.url, { origin: 'https://evil.example' })).rejects.toThrow(/403/)
    const socket = await open(server.url, { origin: 'https://app.example' })
    socket.close()
  })

  test('closes on messages that are too large', async () => {
    const url = await serve({ limits: { bodyBytes: 1_000 } })
    const socket = await open(url)
    socket.on('error', () => undefined)
    socket.send('x'.repeat(2_000))
    const [code] = (await once(socket, 'close')) as [number]
    expect(code).toBe(1009)
  })

  test('bounds subscriptions and refuses unknown ones', async () => {
    const url = await serve({ limits: { subscriptions: 1 } })
    const socket = await open(url)
    const ask = async (id: number, params: unknown[]) => {
      socket.send(JSON.stringify({ jsonrpc: '2.0', id, method: 'eth_subscribe', params }))
      const [data] = (await once(socket, 'message')) as [Buffer]
      return (JSON.parse(data.toString()) as RpcAnswer).error?.code
    }
    expect(await ask(1, ['dreams'])).toBe(-32602)
    expect(await ask(2, ['newHeads'])).toBeUndefined()
    expect(await ask(3, ['newHeads'])).toBe(-32005)
    socket.close()
    await expect(call(url, 'eth_subscribe', 'newHeads')).rejects.toMatchObject({ code: -32601 })
  })

  test('cuts off a client that does not read', async () => {
    const url = await serve({ limits: { socketBufferBytes: 100_000 } })
    const socket = await open(url)
    socket.on('error', () => undefined)
    socket.pause()
    const version = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'web3_sha3', params: ['0x'] })
    const closed = once(socket, 'close')
    // Answers pile up behind a client that takes none.
    const big = JSON.stringify(Array.from({ length: 900 }, () => JSON.parse(version) as unknown))
    // Until it is cut off, which it notices by what it sends: reading before would let a slow server get rid of its answers.
    for (const end = Date.now() + 60_000; socket.readyState === socket.OPEN && Date.now() < end;) {
      if (socket.bufferedAmount < 2 ** 20) socket.send(big)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    socket.resume()
    await closed
    expect(await call(url, 'net_version')).toBe(chainId.toString())
  }, 120_000)

  test('leaves no subscription behind when it closes before it is answered', async () => {
    let listeners = 0
    let go = () => {}
    const waiting = new Promise<void>((resolve) => (go = resolve))
    const chain = {
      ...mini.chain,
      subscribe: (listener: Parameters<typeof mini.chain.subscribe>[0]) => {
        listeners++
        const end = mini.chain.subscribe(listener)
        return () => {
          listeners--
          end()
        }
      },
    }
    let asked = () => {}
    const begun = new Promise<void>((resolve) => (asked = resolve))
    const outputAt = async (number: bigint) => {
      asked()
      await waiting
      return mini.backend.outputAt(number)
    }
    const url = await serve({ backend: { ...mini.backend, chain, outputAt } })
    const socket = await open(url)
    socket.send(
      JSON.stringify([
        { jsonrpc: '2.0', id: 1, method: 'optimism_outputAtBlock', params: ['latest'] },
        { jsonrpc: '2.0', id: 2, method: 'eth_subscribe', params: ['newHeads'] },
      ]),
    )
    await begun
    socket.close()
    await once(socket, 'close')
    go()
    // The batch is at its end when the server has stopped.
    await more.pop()!.stop()
    expect(listeners).toBe(0)
  })

  test('is closed with "going away" when the server stops', async () => {
    const url = await serve({})
    const socket = await open(url)
    const closed = once(socket, 'close') as Promise<[number]>
    await more.pop()!.stop()
    expect((await closed)[0]).toBe(1001)
  })
})

test('every limit is a positive number, but for the one that is off by default', () => {
  const { logBlocks, ...others } = defaultLimits
  expect(logBlocks).toBe(0n)
  for (const value of Object.values(others)) expect(value > 0).toBe(true)
})
