import { subscribe as observe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { Agent, request as httpRequest } from 'node:http'
import { connect, type Socket } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { WebSocket } from 'ws'
import type { ChainBlock, ChainEvent, PooledTransaction } from '@animechain/core'
import { answerWriter, longList, writeResult } from '../src/answer.js'
import { clientAddress, forwardedAddress } from '../src/connections.js'
import type { RpcLimits } from '../src/limits.js'
import { MAX_DEPTH, scanBody } from '../src/dispatch/scan.js'
import { rpcServer, type RpcServer, type RpcServerOptions } from '../src/server.js'
import { accounts, call, fixture, post, type RpcAnswer } from './fixtures.js'
import { chainId, type MiniChain } from './miniChain.js'

let mini: MiniChain
let stop: () => Promise<void>
const servers: RpcServer[] = []
const sockets: { destroy?: () => void; terminate?: () => void }[] = []
beforeAll(async () => {
  ;({ mini, stop } = await fixture())
})
afterEach(async () => {
  for (const socket of sockets.splice(0)) (socket.destroy ?? socket.terminate)!.call(socket)
  for (const server of servers.splice(0)) await server.stop()
})
afterAll(() => stop())

async function serve(
  limits: Partial<RpcLimits>,
  options: Partial<RpcServerOptions> = {},
): Promise<{ url: string; port: number }> {
  const server = rpcServer({ backend: mini.backend, port: 0, limits, ...options })
  servers.push(server)
  await server.start()
  return server
}

/** A connection that may come from another address of this machine. */
async function tcp(port: number, localAddress?: string): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', ...(localAddress ? { localAddress } : {}) })
  sockets.push(socket)
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  return socket
}

async function webSocket(url: string, localAddress?: string): Promise<WebSocket> {
  const socket = new WebSocket(url.replace('http', 'ws'), localAddress ? { localAddress } : {})
  sockets.push(socket)
  socket.on('error', () => undefined)
  await once(socket, 'open')
  return socket
}

const closed = (socket: WebSocket) =>
  once(socket, 'close').then(([code, reason]) => ({ code: code as number, reason: String(reason) }))

const head = (length: number, more = '') =>
  `POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n${more}\r\n`
const ask = (method: string, params: unknown[] = [], id = 1) =>
  JSON.stringify({ jsonrpc: '2.0', id, method, params })

const works = async (url: string) => expect(await call(url, 'net_version')).toBe(chainId.toString())

describe('the shape of a body', () => {
  const shape = (text: string, max = 1_000) => scanBody(Buffer.from(text), max)

  test('is counted without parsing, strings left aside', () => {
    expect(shape('{}')).toEqual({ values: 1, depth: 1, entries: 0 })
    expect(shape(' [1,{"a":[2,3]},"x"]')).toEqual({ values: 6, depth: 3, entries: 3 })
    expect(shape('["a,b","[{","\\"],[",""]').values).toBe(4)
    const long = 'x'.repeat(300)
    expect(shape(`["${long},\\\\","${long}\\",[["]`)).toEqual({ values: 2, depth: 1, entries: 2 })
    expect(shape('"never ends').values).toBe(0)
    expect(shape('"\\').values).toBe(0)
  })

  test('is not looked at any further once it is too much', () => {
    expect(shape(`[${'{},'.repeat(10_000)}{}]`, 100).values).toBe(101)
    expect(shape('['.repeat(10_000), 1_000_000).depth).toBe(MAX_DEPTH + 1)
  })

  test('refuses 10 MB of {} quickly, and a batch with too many entries', async () => {
    const { url } = await serve({})
    const body = `[${'{},'.repeat(3_000_000)}{}]`
    expect((await post(url, body)).body).toMatchObject({
      error: { code: -32600, message: expect.stringMatching(/batch too large|JSON values/) },
    })
    const nested = `{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[${'[],'.repeat(300_000)}[]]}`
    expect((await post(url, nested)).body).toMatchObject({
      error: { code: -32600, message: expect.stringContaining('JSON values') },
    })
    await works(url)
  })
})

describe('bodies', () => {
  test('that stall share a bound: the oldest gives way, and small requests always pass', async () => {
    const { url, port } = await serve({ bodiesBytes: 400_000, clientBodiesBytes: 300_000 })
    const stalled = await Promise.all(Array.from({ length: 6 }, () => tcp(port, '127.0.0.2')))
    const ends = stalled.map((socket) => {
      socket.resume()
      return new Promise<number>((resolve) => socket.once('close', () => resolve(Date.now())))
    })
    for (const socket of stalled) {
      socket.write(head(1_000_000) + ' '.repeat(120_000))
      await works(url)
    }
    await Promise.race(ends)
    // A body that needs much of it passes too: what stalls gives way.
    const { body } = await post(url, ' '.repeat(150_000) + ask('net_version'))
    expect(body).toMatchObject({ result: chainId.toString() })
  })

  test('that come too slowly end', async () => {
    const { port } = await serve({ transferGraceMs: 200 })
    const socket = await tcp(port)
    socket.write(head(1_000_000) + ' '.repeat(100))
    const [answer] = (await once(socket, 'data')) as [Buffer]
    expect(answer.toString()).toContain(' 408 ')
    await once(socket, 'close')
  })

  test('of WebSocket messages that never end are ended with a reason', async () => {
    const { url } = await serve({ transferGraceMs: 200, bodiesBytes: 500_000, clientBodiesBytes: 200_000 })
    const slow = await webSocket(url)
    slow.send('x'.repeat(50_000), { fin: false })
    expect(await closed(slow)).toMatchObject({ code: 1008, reason: expect.stringContaining('too slowly') })
    const greedy = await webSocket(url)
    greedy.send('x'.repeat(300_000), { fin: false })
    expect(await closed(greedy)).toMatchObject({ code: 1013, reason: expect.stringContaining('busy') })
    await works(url)
  })

  test('of WebSocket messages: who is refused is not read any further', async () => {
    const accepted: Socket[] = []
    const keep = (message: unknown) => accepted.push((message as { socket: Socket }).socket)
    observe('net.server.socket', keep)
    const { url } = await serve({ bodiesBytes: 500_000, clientBodiesBytes: 200_000 })
    const greedy = await webSocket(url)
    unsubscribe('net.server.socket', keep)
    for (let i = 0; i < 9; i++) greedy.send(Buffer.alloc(1_000_000, 'x'), { fin: false })
    await once(accepted[0]!, 'close')
    // What was read with the bytes that were too many, and some that were on their way.
    expect(accepted[0]!.bytesRead).toBeLessThan(1_500_000)
    await works(url)
  })

  test('of a WebSocket: a client that only pings holds nothing', async () => {
    const { url } = await serve({ bodiesBytes: 150_000, clientBodiesBytes: 150_000 })
    const socket = await webSocket(url)
    for (let i = 0; i < 600 && socket.readyState === socket.OPEN; i++) {
      socket.ping('x'.repeat(100))
      await Promise.race([once(socket, 'pong'), once(socket, 'close')])
    }
    socket.send(ask('net_version'))
    const [data] = (await Promise.race([once(socket, 'message'), once(socket, 'close')])) as [Buffer]
    expect(JSON.parse(data.toString())).toMatchObject({ result: chainId.toString() })
  })
})

describe('connections', () => {
  test('of one address give way to one of another', async () => {
    const { url, port } = await serve({ connections: 8, clientConnections: 8 })
    const taken = await Promise.all(Array.from({ length: 8 }, () => tcp(port, '127.0.0.2')))
    await works(url)
    expect(taken.filter(({ destroyed }) => !destroyed).length).toBeLessThanOrEqual(8)
    for (let i = 0; i < 3; i++) taken.push(await tcp(port, '127.0.0.2'))
    await works(url)
  })

  test('of the same address give way, the longest idle first; one that works stays', async () => {
    const { url, port } = await serve({ connections: 8, clientConnections: 8 })
    const honest = await webSocket(url)
    const answer = async () => {
      honest.send(ask('net_version'))
      await once(honest, 'message')
    }
    await answer()
    for (let i = 0; i < 20; i++) {
      await tcp(port)
      await answer()
    }
    expect(honest.readyState).toBe(honest.OPEN)
    await works(url)
  })

  test('are counted for the client that a trusted proxy names', async () => {
    const limits = { filters: 4, clientFilters: 2 }
    const { url } = await serve(limits, { trustedProxies: ['127.0.0.1'] })
    const filter = async (client: string) => {
      const { body } = await post(url, ask('eth_newBlockFilter'), { 'x-forwarded-for': client })
      return (body as RpcAnswer).result as unknown as string
    }
    const changes = async (id: string) =>
      ((await post(url, ask('eth_getFilterChanges', [id]))).body as RpcAnswer).error?.message
    const theirs = await filter('198.51.100.7')
    const mine = [await filter('203.0.113.5'), await filter('203.0.113.5'), await filter('203.0.113.5')]
    expect(await changes(mine[0]!)).toBe('filter not found')
    expect(await changes(mine[2]!)).toBeUndefined()
    expect(await changes(theirs)).toBeUndefined()
  })

  test('addresses: IPv4 as such, IPv6 by site, proxies from the end of the chain', () => {
    expect(clientAddress('::ffff:127.0.0.1')).toBe('127.0.0.1')
    expect(clientAddress('::1')).toBe('::1')
    expect(clientAddress('2001:DB8:0:1:2:3:4:5')).toBe(clientAddress('2001:db8:0:1::9'))
    expect(clientAddress('2001:db8::1')).not.toBe(clientAddress('2001:db8:0:1::1'))
    const proxies = ['10.0.0.1', '10.0.0.2']
    expect(forwardedAddress('1.1.1.1, 2.2.2.2, 10.0.0.2', '10.0.0.1', proxies)).toBe('2.2.2.2')
    expect(forwardedAddress('1.1.1.1', '9.9.9.9', proxies)).toBe('9.9.9.9')
    expect(forwardedAddress(undefined, '10.0.0.1', proxies)).toBe('10.0.0.1')
  })

  test('that send 2,000 requests without waiting get all answers, in order', async () => {
    const { port } = await serve({})
    const socket = await tcp(port)
    let text = ''
    socket.on('data', (data: Buffer) => (text += data.toString()))
    const count = 2_000
    for (let id = 0; id < count; id++) {
      const body = ask('eth_blockNumber', [], id)
      socket.write(head(body.length) + body)
    }
    while ((text.match(/"id":/g)?.length ?? 0) < count) await once(socket, 'data')
    const ids = [...text.matchAll(/"id":(\d+)/g)].map(([, id]) => Number(id))
    expect(ids).toEqual(Array.from({ length: count }, (_, id) => id))
  })
})

test('requests that come at once on one connection are worked on a few at a time', async () => {
  let running = 0
  let most = 0
  const backend = {
    ...mini.backend,
    outputAt: async (number: bigint) => {
      most = Math.max(most, ++running)
      await new Promise((resolve) => setTimeout(resolve, 1))
      running--
      return mini.backend.outputAt(number)
    },
  }
  const { port } = await serve({ socketInFlight: 4 }, { backend })
  const body = ask('optimism_outputAtBlock', ['latest'])
  const socket = await tcp(port)
  let text = ''
  socket.on('data', (data: Buffer) => (text += data.toString()))
  socket.write((head(body.length) + body).repeat(200))
  while ((text.match(/"jsonrpc"/g)?.length ?? 0) < 200) await once(socket, 'data')
  expect(most).toBeGreaterThan(0)
  expect(most).toBeLessThanOrEqual(4)

  // Who leaves takes what waits along.
  const hasty = await tcp(port)
  hasty.write((head(body.length) + body).repeat(200))
  await once(hasty, 'data')
  hasty.destroy()
  await post(`http://127.0.0.1:${port}`, JSON.parse(body))
  while (running > 0) await new Promise((resolve) => setTimeout(resolve, 5))
  expect(most).toBeLessThanOrEqual(4 + 1)
})

describe('answers', () => {
  const waiting = (count: number, bytes: number): PooledTransaction[] =>
    Array.from({ length: count }, (_, i) => ({
      hash: `0x${i.toString(16).padStart(64, '0')}`,
      from: '0x00000000000000000000000000000000000000aa',
      nonce: BigInt(i),
      raw: new Uint8Array(bytes),
    }))

  test('are written in parts within their bound, and give back what they held', () => {
    let held = 0
    const bytes = {
      take: (more: number) => (held += more) <= 1_000_000,
      give: (less: number) => void (held -= less),
    }
    const long = answerWriter(900_000, bytes)
    for (let i = 0; i < 8; i++) long.add('x'.repeat(100_000))
    const text = long.end()
    expect(typeof text === 'string' ? 0 : text.parts.reduce((sum, part) => sum + part.length, 0)).toBe(
      800_000,
    )
    expect(held).toBe(800_000)
    const other = answerWriter(900_000, bytes)
    expect(() => other.add('x'.repeat(900_001))).toThrow(/response too large/)
    expect(() => other.add('x'.repeat(400_000))).toThrow(/too many long answers/)
    long.drop()
    expect(held).toBeLessThanOrEqual(400_000)
  })

  test('that were given up are not written any further', () => {
    let held = 0
    const writer = answerWriter(Infinity, {
      take: (more) => (held += more) > 0,
      give: (less) => void (held -= less),
    })
    writer.add('x'.repeat(300_000))
    expect(held).toBe(300_000)
    writer.drop()
    expect(() => writer.add('x'.repeat(300_000))).toThrow(/timed out/)
    expect(held).toBe(0)
  })

  test('are the same JSON whether written as one or piece by piece', async () => {
    const unbounded = { take: () => true, give: () => undefined }
    const list = Array.from({ length: 100 }, (_, i) => ({ i, gone: undefined, text: 'a"b' }))
    for (const value of [
      null,
      undefined,
      [],
      {},
      list,
      { structLogs: list, gas: 1, nothing: undefined, 'a"b': [] },
      [{ txHash: '0x', result: { structLogs: list } }, null],
      [...list, [list], undefined],
    ]) {
      const writer = answerWriter(Infinity, unbounded)
      await writeResult(writer, value)
      expect(writer.end()).toBe(JSON.stringify(value ?? null))
    }
    const long = answerWriter(Infinity, unbounded)
    await writeResult(long, longList(list))
    expect(long.end()).toBe(JSON.stringify(list))
  })

  test('about the pool are refused before anything is made of them, and others go on', async () => {
    const pool = { ...mini.pool, content: () => ({ pending: waiting(100, 100_000), queued: [] }) }
    const { url } = await serve({ answerBytes: 2_000_000 }, { backend: { ...mini.backend, pool } })
    await expect(call(url, 'txpool_content')).rejects.toMatchObject({
      code: -32003,
      message: expect.stringContaining('2000000 bytes'),
    })
    expect(await call(url, 'txpool_status')).toEqual({ pending: '0x64', queued: '0x0' })
  })

  test('of any method end at their bound', async () => {
    const { url } = await serve({ answerBytes: 300 })
    await expect(call(url, 'eth_getBlockByNumber', 'latest', true)).rejects.toMatchObject({ code: -32003 })
    expect(await call(url, 'eth_blockNumber')).toBeDefined()
  })

  test('that nobody reads end, and let others have theirs', async () => {
    const pool = { ...mini.pool, content: () => ({ pending: [], queued: [] }) }
    const data = `0x${'00'.repeat(7_000_000)}`
    const backend = { ...mini.backend, pool, rollupConfig: { data } }
    const { url, port } = await serve(
      {
        answersBytes: 20_000_000,
        clientAnswersBytes: 20_000_000,
        transferGraceMs: 300,
        transferRate: 1_000_000,
      },
      { backend },
    )
    const body = ask('optimism_rollupConfig')
    const readers = await Promise.all(Array.from({ length: 10 }, () => tcp(port)))
    const ends = readers.map((socket) => {
      socket.pause()
      socket.write(head(body.length) + body)
      return new Promise((resolve) => socket.once('close', resolve))
    })
    expect((await call<{ data: string }>(url, 'optimism_rollupConfig')).data).toBe(data)
    // Who does not read hears of its end when it writes.
    const poke = setInterval(() => readers.forEach((socket) => socket.writable && socket.write('\r\n')), 100)
    // What the system's buffers take whole is sent, whoever reads it.
    await Promise.race(ends)
    clearInterval(poke)
  })

  test('to a batch have a time as a whole: what is not done gets an error each', async () => {
    const backend = {
      ...mini.backend,
      outputAt: async (number: bigint) => {
        await new Promise((resolve) => setTimeout(resolve, 60))
        return mini.backend.outputAt(number)
      },
    }
    const { url } = await serve({ answerTimeoutMs: 300 }, { backend })
    const batch = Array.from({ length: 40 }, (_, id) => ({
      jsonrpc: '2.0',
      id,
      method: 'optimism_outputAtBlock',
      params: ['latest'],
    }))
    const answers = (await post(url, batch)).body as RpcAnswer[]
    expect(answers.map(({ id }) => id)).toEqual(batch.map(({ id }) => id))
    expect(answers[0]!.error).toBeUndefined()
    expect(answers[39]!.error).toMatchObject({ code: -32002, message: expect.stringContaining('timed out') })
  })
})

describe('subscriptions', () => {
  const subscribe = async (socket: WebSocket, params: unknown[]) => {
    socket.send(ask('eth_subscribe', params))
    const [data] = (await once(socket, 'message')) as [Buffer]
    return JSON.parse(data.toString()) as RpcAnswer
  }
  /** A pool that tells of a transaction whenever it is called. */
  const talking = () => {
    const listeners = new Set<(transaction: PooledTransaction) => void>()
    const pool = {
      ...mini.pool,
      subscribe: (listener: (transaction: PooledTransaction) => void) => {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
    }
    const tell = (transaction: PooledTransaction) => {
      for (const listener of listeners) listener(transaction)
    }
    return { backend: { ...mini.backend, pool }, tell, listeners }
  }
  const transaction = async (bytes: number): Promise<PooledTransaction> => {
    const raw = await accounts[0]!.signTransaction({
      type: 'eip1559',
      chainId: Number(chainId),
      nonce: 7,
      to: accounts[1]!.address,
      gas: 21_000n,
      maxFeePerGas: 1n,
      data: `0x${'ab'.repeat(bytes)}`,
    })
    return {
      hash: `0x${'12'.repeat(32)}`,
      from: '0x00000000000000000000000000000000000000aa',
      nonce: 7n,
      raw: Buffer.from(raw.slice(2), 'hex'),
    }
  }

  test('to the same event send one result, long ones in frames; the greedy is closed, others are told', async () => {
    const { backend, tell, listeners } = talking()
    const { url } = await serve({ socketBufferBytes: 2_000_000 }, { backend })
    const greedy = await webSocket(url)
    for (let i = 0; i < 20; i++)
      expect((await subscribe(greedy, ['newPendingTransactions', true])).error).toBeUndefined()
    const modest = await webSocket(url)
    const { result } = await subscribe(modest, ['newPendingTransactions', true])
    expect(listeners.size).toBe(1)
    const heard = once(modest, 'message') as Promise<[Buffer]>
    const end = closed(greedy)
    tell(await transaction(130_000))
    const [data] = await heard
    const { params } = JSON.parse(data.toString()) as {
      params: { subscription: string; result: { input: string } }
    }
    expect(params.subscription).toBe(result)
    expect(params.result.input).toHaveLength(2 + 2 * 130_000)
    expect(await end).toMatchObject({ code: 1008, reason: expect.stringContaining('subscribe to less') })
    modest.terminate()
    await once(modest, 'close')
    while (listeners.size > 0) await new Promise((resolve) => setTimeout(resolve, 5))
  })

  test('to many logs of one block leave the thread to others while they are handed out', async () => {
    const listeners = new Set<(event: ChainEvent) => void>()
    const chain = {
      ...mini.backend.chain,
      subscribe: (listener: (event: ChainEvent) => void) => {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
    }
    const { url } = await serve({}, { backend: { ...mini.backend, chain } })
    const socket = await webSocket(url)
    await subscribe(socket, ['logs', {}])
    const log = {
      address: '0x00000000000000000000000000000000000000aa' as const,
      topics: [],
      data: '0x' as const,
    }
    const block = {
      header: { number: 1n, timestamp: 1n, hash: `0x${'34'.repeat(32)}`, logsBloom: `0x${'ff'.repeat(256)}` },
      transactions: [
        {
          hash: `0x${'12'.repeat(32)}`,
          receipt: { logs: Array.from({ length: 15_000 }, () => ({ ...log })) },
        },
      ],
    } as unknown as ChainBlock
    let turns = 0
    let going = true
    const count = () => {
      turns++
      if (going) setImmediate(count)
    }
    count()
    for (const listener of listeners) listener({ added: [block], removed: [] } as unknown as ChainEvent)
    const [data] = (await Promise.race([once(socket, 'message'), once(socket, 'close')])) as [Buffer]
    going = false
    expect(JSON.parse(data.toString())).toMatchObject({ params: { result: { logIndex: '0x0' } } })
    // Sending begins after all was handed out.
    expect(turns).toBeGreaterThan(20)
  })

  test('to heads and their sending do not wait for logs that are handed out', async () => {
    const listeners = new Set<(event: ChainEvent) => void>()
    const chain = {
      ...mini.backend.chain,
      subscribe: (listener: (event: ChainEvent) => void) => {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
    }
    const { url } = await serve(
      { socketBufferBytes: 1e9, clientNoticesBytes: 1e9, noticesBytes: 2e9 },
      { backend: { ...mini.backend, chain } },
    )
    const greedy = await webSocket(url, '127.0.0.2')
    for (let i = 0; i < 100; i++) await subscribe(greedy, ['logs', {}])
    const modest = await webSocket(url)
    await subscribe(modest, ['newHeads'])
    const header = chain.head('latest')
    const block = {
      header: { ...header, logsBloom: `0x${'ff'.repeat(256)}` },
      transactions: [
        {
          hash: `0x${'12'.repeat(32)}`,
          receipt: {
            logs: Array.from({ length: 3_000 }, () => ({
              address: '0x00000000000000000000000000000000000000aa',
              topics: [],
              data: '0x',
            })),
          },
        },
      ],
    } as unknown as ChainBlock
    let logs = 0
    greedy.on('message', () => logs++)
    const heard = once(modest, 'message')
    for (const listener of listeners) listener({ added: [block], removed: [] } as unknown as ChainEvent)
    await heard
    // 300,000 logs were to be handed out: their sending has hardly begun.
    expect(logs).toBeLessThan(100_000)
  })

  test('have places for each client; when all are taken, who has most loses them', async () => {
    const { url } = await serve({ subscriptions: 10, clientSubscriptions: 30, allSubscriptions: 35 })
    const many = await Promise.all([1, 2, 3].map(() => webSocket(url, '127.0.0.2')))
    for (const socket of many)
      for (let i = 0; i < 10; i++) expect((await subscribe(socket, ['newHeads'])).error).toBeUndefined()
    const ends = many.map(closed)
    const other = await webSocket(url)
    for (let i = 0; i < 6; i++) expect((await subscribe(other, ['newHeads'])).error).toBeUndefined()
    expect(await Promise.race(ends)).toMatchObject({
      code: 1013,
      reason: expect.stringContaining('others need'),
    })
  })

  test('that are not read are closed, and the rest is told all the while', async () => {
    const { backend, tell } = talking()
    const { url } = await serve({ socketBufferBytes: 3_000_000 }, { backend })
    const deaf = await webSocket(url)
    await subscribe(deaf, ['newPendingTransactions', true])
    deaf.pause()
    const modest = await webSocket(url)
    await subscribe(modest, ['newPendingTransactions'])
    const big = await transaction(100_000)
    const end = closed(deaf)
    let heard = 0
    modest.on('message', () => heard++)
    let told = 0
    for (; deaf.readyState === deaf.OPEN && told < 400; told++) {
      const before = heard
      tell(big)
      while (heard === before) await once(modest, 'message')
      // By then the server has given up on it: what it says waits behind all that was not read.
      if (told === 150) deaf.resume()
    }
    expect((await end).code).not.toBe(1000)
    await works(url)
  })
})

test('one agent with many connections is served as before', async () => {
  const { url } = await serve({})
  const agent = new Agent({ keepAlive: true, maxSockets: 20 })
  const one = (id: number) =>
    new Promise<string>((resolve, reject) => {
      const body = ask('eth_chainId', [], id)
      const request = httpRequest(
        url,
        { agent, method: 'POST', headers: { 'content-type': 'application/json' } },
        (response) => {
          let text = ''
          response.on('data', (data: Buffer) => (text += data.toString()))
          response.on('end', () => resolve(text))
        },
      )
      request.on('error', reject)
      request.end(body)
    })
  const answers = await Promise.all(Array.from({ length: 300 }, (_, id) => one(id)))
  answers.forEach((text, id) => expect((JSON.parse(text) as RpcAnswer).id).toBe(id))
  agent.destroy()
})
