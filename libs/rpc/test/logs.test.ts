import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { WebSocket } from 'ws'
import { encodeFunctionData, pad } from 'viem'
import type { Address, ChainReader, Hex, PooledTransaction } from '@animechain/core'
import { bloomTest } from '../src/bloom.js'
import { defaultLimits, type RpcLimits } from '../src/limits.js'
import { filters } from '../src/filters.js'
import { rpcServer, type RpcServer } from '../src/server.js'
import {
  accounts,
  call,
  counter,
  counterAbi,
  fixture,
  hitTopic,
  reverter,
  type RpcAnswer,
} from './fixtures.js'
import { chainId, deposit, type MiniChain } from './miniChain.js'

interface LogJson {
  address: Hex
  topics: Hex[]
  data: Hex
  blockNumber: Hex
  blockHash: Hex
  transactionIndex: Hex
  logIndex: Hex
  removed: boolean
}

let mini: MiniChain
let server: RpcServer
let stop: () => Promise<void>
const nonces = [0, 0, 0, 0]
const sender = (index: number) => accounts[index]!.address.toLowerCase() as Address
const senderTopic = (index: number) => pad(sender(index))

/** Puts a call of `hit` into the pool. */
async function hit(index: number, value: bigint, to: Address = counter) {
  const raw = await accounts[index]!.signTransaction({
    type: 'eip1559',
    chainId: Number(chainId),
    nonce: nonces[index]!++,
    to,
    data: encodeFunctionData({ abi: counterAbi, functionName: 'hit', args: [value] }),
    gas: 100_000n,
    maxFeePerGas: 3_000_000_000n,
    maxPriorityFeePerGas: 1n,
  })
  return call<Hex>(server.url, 'eth_sendRawTransaction', raw)
}
const getLogs = (query: unknown) => call<LogJson[]>(server.url, 'eth_getLogs', query)
const values = (logs: readonly LogJson[]) => logs.map(({ data }) => Number(data))

beforeAll(async () => {
  ;({ mini, server, stop } = await fixture())
  // Block 1: two hits. Block 2: none. Block 3: a deposit first, a failed call, one hit.
  await hit(0, 1n)
  await hit(1, 2n)
  await mini.mine()
  await mini.mine()
  await hit(2, 0n, reverter)
  await hit(0, 3n)
  await mini.mine({ deposits: [deposit(sender(3), 1n, 9)] })
})
afterAll(() => stop())

describe('eth_getLogs', () => {
  test('finds logs by range, address and topics, each in its place', async () => {
    const all = await getLogs({ fromBlock: 'earliest', toBlock: 'latest' })
    expect(values(all)).toEqual([1, 2, 3])
    expect(all[1]).toMatchObject({
      address: counter,
      topics: [hitTopic, senderTopic(1)],
      logIndex: '0x1',
      transactionIndex: '0x1',
      removed: false,
    })
    expect(all[2]).toMatchObject({ logIndex: '0x0', transactionIndex: '0x2', blockNumber: '0x3' })
    const from = { fromBlock: '0x0' }
    expect(values(await getLogs({ ...from, topics: [null, senderTopic(0)] }))).toEqual([1, 3])
    expect(
      values(
        await getLogs({
          ...from,
          topics: [
            [hitTopic, senderTopic(3)],
            [senderTopic(1), senderTopic(2)],
          ],
        }),
      ),
    ).toEqual([2])
    expect(values(await getLogs({ ...from, address: [reverter, counter], topics: [] }))).toEqual([1, 2, 3])
    expect(await getLogs({ ...from, address: reverter })).toEqual([])
    expect(await getLogs({ ...from, topics: [hitTopic, null, null] })).toEqual([])
    expect(values(await getLogs({}))).toEqual([3])
    expect(values(await getLogs({ fromBlock: '0x1', toBlock: '0x2' }))).toEqual([1, 2])
    expect(values(await getLogs({ blockHash: all[0]!.blockHash }))).toEqual([1, 2])
  })

  test('says what is wrong with a query', async () => {
    const fails = (query: unknown) =>
      getLogs(query).then(
        () => expect(true).toBe(false),
        (error: { code: number }) => error.code,
      )
    expect(await fails({ fromBlock: '0x2', toBlock: '0x1' })).toBe(-32602)
    expect(await fails({ blockHash: `0x${'11'.repeat(32)}` })).toBe(-32000)
    expect(await fails({ blockHash: `0x${'11'.repeat(32)}`, fromBlock: '0x1' })).toBe(-32602)
    expect(await fails({ topics: [null, null, null, null, null] })).toBe(-32602)
    expect(await fails({ address: '0x12' })).toBe(-32602)
    for (const place of ['fromBlock', 'toBlock'])
      await expect(getLogs({ [place]: 'pending' })).rejects.toMatchObject({
        code: -32602,
        message: 'pending logs are not supported',
      })
  })

  test('beyond the head is an error and no empty answer: a replica that lags behind hides no logs', async () => {
    const beyond = { code: -32602, message: 'block range extends beyond current head block' }
    const head = mini.chain.head('latest').number
    const [first, next, far] = [0n, head + 1n, head + 100n].map((number) => `0x${number.toString(16)}`)
    for (const range of [
      { fromBlock: first, toBlock: next },
      { fromBlock: next, toBlock: far },
      { fromBlock: next },
      { fromBlock: next, toBlock: 'latest' },
      { fromBlock: 'finalized', toBlock: far },
    ])
      await expect(getLogs(range)).rejects.toMatchObject(beyond)
    const filter = await call<Hex>(server.url, 'eth_newFilter', { fromBlock: first, toBlock: far })
    await expect(call(server.url, 'eth_getFilterLogs', filter)).rejects.toMatchObject(beyond)
    expect(await call(server.url, 'eth_getFilterChanges', filter)).toEqual([])
    await call(server.url, 'eth_uninstallFilter', filter)
  })

  test('a tag below a number that is there means no block', async () => {
    const head = `0x${mini.chain.head('latest').number.toString(16)}`
    expect(await getLogs({ fromBlock: head, toBlock: 'finalized' })).toEqual([])
    expect(await getLogs({ fromBlock: head, toBlock: 'safe' })).toEqual([])
    expect(values(await getLogs({ fromBlock: 'earliest', toBlock: 'safe' }))).toEqual([1, 2])
  })

  /** A server with other limits on the same chain. */
  async function limited<T>(limits: Partial<RpcLimits>, use: (url: string) => Promise<T>): Promise<T> {
    const narrow = rpcServer({ backend: mini.backend, port: 0, limits })
    await narrow.start()
    try {
      return await use(narrow.url)
    } finally {
      await narrow.stop()
    }
  }

  test('with too many results names a range that is answered, until all is read', async () => {
    await limited({ logResults: 1 }, async (url) => {
      const read: number[] = []
      let from = '0x1'
      for (let to: string | undefined = '0x3'; Number(from) <= 3;) {
        try {
          read.push(...values(await call<LogJson[]>(url, 'eth_getLogs', { fromBlock: from, toBlock: to })))
          from = `0x${(Number(to) + 1).toString(16)}`
          to = '0x3'
        } catch (error) {
          const { code, message, data } = error as RpcAnswer['error'] & {}
          expect(code).toBe(-32005)
          const range = data as { from: string; to: string }
          expect(message).toBe(
            `query returned more than 1 results. Try with this block range [${range.from}, ${range.to}].`,
          )
          expect(range.from).toBe(from)
          to = range.to
        }
      }
      // Block 1 alone holds more than the bound: a single block is never refused.
      expect(read).toEqual([1, 2, 3])
      const [{ blockHash }] = (await getLogs({ fromBlock: '0x1', toBlock: '0x1' })) as [LogJson]
      expect(await call(url, 'eth_getLogs', { blockHash })).toHaveLength(2)
    })
  })

  test('is bounded in bytes and time, and in blocks where that is wanted', async () => {
    const range = { fromBlock: '0x1', toBlock: '0x3' }
    const refused = (limits: Partial<RpcLimits>, message: RegExp, to: string) =>
      limited(limits, (url) =>
        expect(call(url, 'eth_getLogs', range)).rejects.toMatchObject({
          code: -32005,
          message: expect.stringMatching(message),
          data: { from: '0x1', to },
        }),
      )
    await refused({ responseBytes: 1_500 }, /more than 1500 bytes.*\[0x1, 0x2\]/, '0x2')
    await refused({ logTimeoutMs: 0 }, /longer than 0 ms.*\[0x1, 0x1\]/, '0x1')
    await refused({ logBlocks: 2n }, /maximum block range: at most 2 blocks, got 3.*\[0x1, 0x2\]/, '0x2')
    await limited({ logTimeoutMs: 0 }, async (url) =>
      expect(await call(url, 'eth_getLogs', { fromBlock: '0x1', toBlock: '0x1' })).toHaveLength(2),
    )
  })

  test('asks an index for what it covers, and headers for the rest', async () => {
    const asked: [bigint, bigint][] = []
    const chain: ChainReader = {
      ...mini.chain,
      logCandidates(query, from, to) {
        asked.push([from, to])
        expect(query).toHaveLength(1)
        return from > 2n ? undefined : { numbers: from <= 1n ? [1n] : [], to: 2n }
      },
    }
    const own = rpcServer({ backend: { ...mini.backend, chain }, port: 0 })
    await own.start()
    try {
      const query = { fromBlock: '0x0', toBlock: '0x3', address: counter }
      expect(values(await call<LogJson[]>(own.url, 'eth_getLogs', query))).toEqual([1, 2, 3])
      expect(asked).toEqual([
        [0n, 3n],
        [3n, 3n],
      ])
    } finally {
      await own.stop()
    }
  })
})

describe('the bloom test', () => {
  test('lets every block through that holds what is looked for', () => {
    const blooms = [1n, 3n].map((number) => mini.chain.headerByNumber(number)!.logsBloom)
    for (const bloom of blooms)
      for (const criteria of [
        { addresses: [], topics: [] },
        { addresses: [counter], topics: [] },
        { addresses: [reverter, counter], topics: [[hitTopic], [senderTopic(3), senderTopic(0)]] },
      ])
        expect(bloomTest(criteria)(bloom)).toBe(true)
  })

  test('rules out nearly everything else', () => {
    const bloom = mini.chain.headerByNumber(1n)!.logsBloom
    const empty = mini.chain.headerByNumber(2n)!.logsBloom
    let passed = 0
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 20, maxLength: 20 }), (bytes) => {
        const criteria = { addresses: [`0x${Buffer.from(bytes).toString('hex')}` as Hex], topics: [] }
        expect(bloomTest(criteria)(empty)).toBe(false)
        if (bloomTest(criteria)(bloom)) passed++
      }),
      { numRuns: 300 },
    )
    expect(passed).toBeLessThan(5)
  })
})

describe('filters', () => {
  test('collect logs, blocks and transactions since they were last asked, removed logs after a reorg', async () => {
    const logs = await call<Hex>(server.url, 'eth_newFilter', { address: counter })
    const blocks = await call<Hex>(server.url, 'eth_newBlockFilter')
    const pending = await call<Hex>(server.url, 'eth_newPendingTransactionFilter')
    const changes = <T>(id: Hex) => call<T[]>(server.url, 'eth_getFilterChanges', id)
    const hash = await hit(0, 10n)
    const block = await mini.mine()
    expect(await changes(pending)).toEqual([hash])
    expect(await changes(blocks)).toEqual([block.header.hash])
    expect(await changes<LogJson>(logs)).toMatchObject([{ data: pad('0x0a'), removed: false }])
    expect(await changes(logs)).toEqual([])
    await mini.reorg(1)
    nonces[0]!--
    expect(await changes<LogJson>(logs)).toMatchObject([
      { data: pad('0x0a'), removed: true, blockHash: block.header.hash },
    ])
    expect(await changes(blocks)).toEqual([mini.chain.head('latest').hash])
    expect(values(await call(server.url, 'eth_getFilterLogs', logs))).toEqual([])
    expect(await call(server.url, 'eth_uninstallFilter', logs)).toBe(true)
    expect(await call(server.url, 'eth_uninstallFilter', logs)).toBe(false)
    await expect(changes(logs)).rejects.toMatchObject({ message: 'filter not found' })
  })

  test('of many clients keep a log once', async () => {
    const kept = filters({ chain: mini.chain, pool: undefined, limits: defaultLimits })
    const ids = [1, 2].map(() => kept.add({ type: 'logs', query: { addresses: [counter], topics: [] } }, 'a'))
    await hit(2, 30n)
    await mini.mine()
    const [one, other] = await Promise.all(ids.map((id) => kept.changes(id)))
    expect(one).toMatchObject([{ data: pad('0x1e') }])
    expect(other![0]).toBe(one![0])
    kept.stop()
  })

  test('expire, are bounded in number, and listen only while there are some', async () => {
    let now = 0
    let listeners = 0
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
    const limits = { ...defaultLimits, filters: 2, filterLifetimeMs: 1_000 }
    const kept = filters({ chain, pool: undefined, limits, now: () => now })
    const first = kept.add({ type: 'blocks' }, 'a')
    const second = kept.add({ type: 'blocks' }, 'b')
    // There is no place left: who has most gives one up.
    kept.add({ type: 'blocks' }, 'b')
    await expect(kept.changes(second)).rejects.toThrow('filter not found')
    expect(listeners).toBe(1)
    now = 900
    expect(await kept.changes(first)).toEqual([])
    now = 1_500
    await expect(kept.changes(second)).rejects.toThrow('filter not found')
    expect(kept.remove(first)).toBe(true)
    expect(listeners).toBe(0)
  })

  test('give much in pages, however much there is, removed logs first', async () => {
    const limits = { ...defaultLimits, logResults: 2 }
    const kept = filters({ chain: mini.chain, pool: undefined, limits })
    const logs = kept.add({ type: 'logs', query: { addresses: [counter], topics: [] } })
    const blocks = kept.add({ type: 'blocks' })
    const pages = async () => {
      const found: { value: number; removed: boolean }[][] = []
      for (let page = await kept.changes(logs); page.length > 0; page = await kept.changes(logs))
        found.push(
          (page as never as LogJson[]).map(({ data, removed }) => ({ value: Number(data), removed })),
        )
      return found
    }
    const [gone, there] = [true, false].map((removed) => (value: number) => ({ value, removed })) as [
      (value: number) => { value: number; removed: boolean },
      (value: number) => { value: number; removed: boolean },
    ]
    // Blocks of three logs, one and one: the first is more than a page is to hold, and comes whole.
    for (const each of [[40n, 41n, 42n], [43n], [44n]]) {
      for (const value of each) await hit(3, value)
      await mini.mine()
    }
    expect(await pages()).toEqual([[40, 41, 42].map(there), [43, 44].map(there)])
    expect(await kept.changes(blocks)).toHaveLength(2)
    expect(await kept.changes(blocks)).toHaveLength(1)
    // Told of and gone: said so, newest block first. Never told of and gone: nothing.
    await hit(3, 45n)
    await mini.mine()
    await mini.reorg(3)
    nonces[3]! -= 3
    await hit(3, 46n)
    await mini.mine()
    expect(await pages()).toEqual([[44, 43].map(gone), [46].map(there)])
    expect(await kept.changes(blocks)).toHaveLength(2)
    kept.stop()
  })

  test('of waiting transactions share what they keep: one that falls behind is gone', async () => {
    let tell: (transaction: PooledTransaction) => void = () => {}
    const pool = {
      ...mini.pool,
      subscribe(listener: typeof tell) {
        tell = listener
        return () => {}
      },
    }
    const kept = filters({ chain: mini.chain, pool, limits: { ...defaultLimits, filterItems: 3 } })
    const add = (from: number, to: number) => {
      for (let i = from; i <= to; i++) tell({ hash: `0x${i}` } as PooledTransaction)
    }
    const quick = kept.add({ type: 'transactions' })
    add(1, 2)
    const slow = kept.add({ type: 'transactions' })
    add(3, 4)
    expect(await kept.changes(quick)).toEqual(['0x1', '0x2', '0x3', '0x4'])
    add(5, 7)
    expect(await kept.changes(quick)).toEqual(['0x5', '0x6', '0x7'])
    await expect(kept.changes(slow)).rejects.toThrow('filter not found')
    kept.stop()
  })

  test('watch numbers to come, and refuse ranges that have no new blocks', async () => {
    const head = mini.chain.head('latest').number
    const at = (more: bigint) => `0x${(head + more).toString(16)}` as Hex
    const newFilter = (range: object) =>
      call<Hex>(server.url, 'eth_newFilter', { address: counter, ...range })
    const invalid = { code: -32602, message: expect.stringContaining('invalid block range params') }
    await expect(newFilter({ fromBlock: at(2n), toBlock: at(1n) })).rejects.toMatchObject(invalid)
    await expect(newFilter({ fromBlock: 'latest', toBlock: at(1n) })).rejects.toMatchObject(invalid)
    await expect(newFilter({ fromBlock: 'finalized' })).rejects.toMatchObject(invalid)
    await expect(newFilter({ toBlock: 'safe' })).rejects.toMatchObject(invalid)
    for (const place of ['fromBlock', 'toBlock'])
      await expect(newFilter({ [place]: 'pending' })).rejects.toMatchObject({ code: -32602 })
    await newFilter({ fromBlock: 'earliest', toBlock: 'latest' })
    const second = await newFilter({ fromBlock: at(2n), toBlock: at(2n) })
    for (const value of [50n, 51n, 52n]) {
      await hit(1, value)
      await mini.mine()
    }
    // A reorg does not widen what it watches.
    await mini.reorg(3)
    nonces[1]! -= 3
    for (const value of [53n, 54n, 55n]) {
      await hit(1, value)
      await mini.mine()
    }
    expect(values(await call<LogJson[]>(server.url, 'eth_getFilterChanges', second))).toEqual([])
  })
})

describe('subscriptions', () => {
  test('send heads, logs with those a reorg removed, and waiting transactions', async () => {
    const socket = new WebSocket(server.url.replace('http', 'ws'))
    await once(socket, 'open')
    const messages: { id?: number; result?: Hex; params?: { subscription: Hex; result: never } }[] = []
    let wake: (() => void) | undefined
    socket.on('message', (data: Buffer) => {
      messages.push(JSON.parse(data.toString()))
      wake?.()
    })
    const next = async () => {
      while (messages.length === 0) await new Promise<void>((resolve) => (wake = resolve))
      return messages.shift()!
    }
    const subscribe = async (...params: unknown[]) => {
      socket.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_subscribe', params }))
      return (await next()).result!
    }
    const heads = await subscribe('newHeads')
    const logs = await subscribe('logs', { address: counter })
    const pending = await subscribe('newPendingTransactions')
    const syncing = await subscribe('syncing')
    expect((await next()).params).toEqual({ subscription: syncing, result: false })
    const hash = await hit(1, 20n)
    expect((await next()).params).toEqual({ subscription: pending, result: hash })
    const block = await mini.mine()
    expect((await next()).params).toMatchObject({
      subscription: heads,
      result: { hash: block.header.hash, parentHash: block.header.parentHash },
    })
    expect((await next()).params).toMatchObject({
      subscription: logs,
      result: { data: pad('0x14'), removed: false },
    })
    await mini.reorg(1)
    nonces[1]!--
    expect((await next()).params).toMatchObject({
      subscription: heads,
      result: { hash: mini.chain.head('latest').hash },
    })
    expect((await next()).params).toMatchObject({
      subscription: logs,
      result: { data: pad('0x14'), removed: true },
    })
    socket.send(JSON.stringify({ jsonrpc: '2.0', id: 2, method: 'eth_unsubscribe', params: [heads] }))
    expect((await next()).result).toBe(true)
    socket.send(JSON.stringify({ jsonrpc: '2.0', id: 3, method: 'eth_unsubscribe', params: [heads] }))
    expect(await next()).toMatchObject({ id: 3, error: { code: -32000 } })
    await mini.mine()
    socket.send(JSON.stringify({ jsonrpc: '2.0', id: 4, method: 'net_version', params: [] }))
    expect(await next()).toMatchObject({ id: 4 })
    socket.close()
  })
})
