import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { WebSocket } from 'ws'
import { encodeFunctionData, pad } from 'viem'
import type { Address, Hex } from '@animechain/core'
import { bloomTest } from '../src/bloom.js'
import { defaultLimits } from '../src/backend.js'
import { filters } from '../src/filters.js'
import { rpcServer, type RpcServer } from '../src/server.js'
import { accounts, call, counter, counterAbi, fixture, hitTopic, reverter } from './fixtures.js'
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
    expect(values(await getLogs({ fromBlock: '0x0', toBlock: '0xffff' }))).toEqual([1, 2, 3])
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
  })

  test('is bounded in blocks and results', async () => {
    const narrow = rpcServer({ backend: mini.backend, port: 0, limits: { logBlocks: 2n, logResults: 1 } })
    await narrow.start()
    try {
      await expect(
        call(narrow.url, 'eth_getLogs', { fromBlock: '0x1', toBlock: '0x3' }),
      ).rejects.toMatchObject({ code: -32602, message: expect.stringContaining('2 blocks') })
      await expect(
        call(narrow.url, 'eth_getLogs', { fromBlock: '0x1', toBlock: '0x1' }),
      ).rejects.toMatchObject({ code: -32005 })
    } finally {
      await narrow.stop()
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
    const ids = [1, 2].map(() => kept.add({ type: 'logs', query: { addresses: [counter], topics: [] } }))
    await hit(2, 30n)
    await mini.mine()
    const [one, other] = ids.map((id) => kept.changes(id))
    expect(one).toMatchObject([{ data: pad('0x1e') }])
    expect(other![0]).toBe(one![0])
    kept.stop()
  })

  test('expire, are bounded in number and in what they keep, and listen only while there are some', async () => {
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
    const limits = { ...defaultLimits, filters: 2, filterItems: 3, filterLifetimeMs: 1_000 }
    const kept = filters({ chain, pool: undefined, limits, now: () => now })
    const first = kept.add({ type: 'blocks' })
    const second = kept.add({ type: 'blocks' })
    expect(() => kept.add({ type: 'blocks' })).toThrow(/too many filters/)
    expect(listeners).toBe(1)
    now = 900
    expect(kept.changes(first)).toEqual([])
    now = 1_500
    expect(() => kept.changes(second)).toThrow('filter not found')
    for (let i = 0; i < 4; i++) await mini.mine()
    expect(() => kept.changes(first)).toThrow('filter not found')
    expect(listeners).toBe(0)
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
