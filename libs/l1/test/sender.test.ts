import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { silentLogger, systemClock, type Address, type Clock, type Logger } from '@animechain/core'
import { anvil, eventually, testAccount, type Anvil } from '@animechain/testing'
import { createPublicClient, http, parseGwei, RpcRequestError, TimeoutError, type Transport } from 'viem'
import { l1Sender, type L1Call } from '../src/index.js'

const account = testAccount(0)
const to = '0x00000000000000000000000000000000000000cc' as Address

describe('sending to an L1 that is slow', () => {
  let l1: Anvil
  beforeAll(async () => {
    // Mines only when it is told.
    l1 = await anvil({ blockTime: 3600 })
  }, 60_000)
  afterAll(() => l1?.stop())

  /** `intercept` sees every request before L1 does and may answer instead of it. */
  const sender = (
    resendAfterMs: number,
    attempts = 20,
    {
      clock = systemClock,
      intercept,
      logger = silentLogger,
    }: { clock?: Clock; intercept?: (method: string) => Promise<void>; logger?: Logger } = {},
  ) => {
    const transport: Transport = (config) => {
      const made = http(l1.url, { retryCount: 0 })(config)
      return {
        ...made,
        async request(args, options) {
          await intercept?.(args.method)
          return made.request(args, options)
        },
      } as ReturnType<Transport>
    }
    return l1Sender({
      client: createPublicClient({ transport, cacheTime: 0 }),
      transport,
      account,
      logger,
      clock,
      resendAfterMs,
      attempts,
    })
  }
  const call = (data: `0x${string}`): L1Call => ({ what: 'test', to, data })
  const mine = () => l1.request('evm_mine', [])
  const waiting = async () => {
    const content = await l1.request<{
      pending: Record<string, Record<string, { input: string; maxFeePerGas: string }>>
    }>('txpool_content')
    return Object.values(
      content.pending[account.address] ?? content.pending[account.address.toLowerCase()] ?? {},
    )
  }
  const until = (what: () => Promise<boolean>) =>
    eventually('what is to be seen', what, { timeoutMs: 60_000, intervalMs: 50 })
  const nonce = async () =>
    Number(await l1.request<string>('eth_getTransactionCount', [account.address, 'latest']))

  test('what is stuck is sent again with higher fees under the same nonce, and counts once', async () => {
    const before = await nonce()
    const hashes: string[] = []
    const sent = sender(300).send({ ...call('0x01'), onSent: (hash) => hashes.push(hash) })
    await until(async () => (await waiting()).length === 1)
    const first = BigInt((await waiting())[0]!.maxFeePerGas)
    await until(async () => BigInt((await waiting())[0]!.maxFeePerGas) > (first * 11n) / 10n)
    await mine()
    const outcome = await sent
    expect(outcome.status).toBe('ok')
    // Each time under another hash; the last one that was taken counts.
    expect(hashes.length).toBeGreaterThan(1)
    expect(hashes).toContain((outcome as { hash: string }).hash)
    expect(await nonce()).toBe(before + 1)
    expect(await waiting()).toEqual([])
  })

  test('fees never pass the limit', async () => {
    const fees = (await l1.request<{ baseFeePerGas: string }>('eth_getBlockByNumber', ['latest', false]))
      .baseFeePerGas
    const maxFeePerGas = 2n * BigInt(fees) + 1_500_000_000n
    const sent = sender(200, 5).send(call('0x02'), { maxFeePerGas })
    const outcome = await sent
    expect(outcome).toMatchObject({ status: 'error', retryable: true })
    expect(BigInt((await waiting())[0]!.maxFeePerGas)).toBeLessThanOrEqual(maxFeePerGas)
    expect(await sender(200).send(call('0x02'), { maxFeePerGas: 1n })).toMatchObject({ status: 'feeTooHigh' })
    await mine()
  })

  test('an L1 that stands still does not make it offer without end', async () => {
    const { baseFeePerGas } = await l1.request<{ baseFeePerGas: string }>('eth_getBlockByNumber', [
      'latest',
      false,
    ])
    const limit = [5n * (2n * BigInt(baseFeePerGas) + parseGwei('1')), parseGwei('100')].reduce((a, b) =>
      a > b ? a : b,
    )
    const outcome = await sender(1, 30).send(call('0x0a'))
    expect(outcome).toMatchObject({ status: 'error', error: { code: 'L1_NOT_MINED' } })
    const offered = BigInt((await waiting())[0]!.maxFeePerGas)
    expect(offered).toBeGreaterThan(limit / 2n)
    expect(offered).toBeLessThanOrEqual(limit)
    await mine()
  }, 200_000)

  test('what another process of this account has sent already is waited for', async () => {
    const stop = new AbortController()
    const before = await nonce()
    const first = sender(60_000).send(call('0x0b'), { signal: stop.signal })
    await until(async () => (await waiting()).length === 1)
    stop.abort()
    await first
    let refused = false
    const again = sender(60_000, 20, {
      async intercept(method) {
        if (method !== 'eth_sendRawTransaction') return
        refused = true
        // geth's answer; anvil's differs.
        throw new RpcRequestError({
          body: {},
          url: l1.url,
          error: { code: -32000, message: 'already known' },
        })
      },
    }).send(call('0x0b'))
    await until(async () => refused)
    await mine()
    expect(await again).toMatchObject({ status: 'error', error: { code: 'L1_NONCE_OVERTAKEN' } })
    expect(await nonce()).toBe(before + 1)
  }, 200_000)

  test('what was sent without an answer is outbid at once', async () => {
    let lost = true
    const one = sender(60_000, 20, {
      async intercept(method) {
        if (method !== 'eth_sendRawTransaction' || !lost) return
        lost = false
        // It arrives, its answer does not.
        await sender(60_000).send(call('0x0c'), { signal: AbortSignal.timeout(500) })
        throw new TimeoutError({ body: {}, url: l1.url })
      },
    })
    expect(await one.send(call('0x0c'))).toMatchObject({ status: 'error', retryable: true })
    const again = one.send(call('0x0d'))
    await until(async () => (await waiting())[0]?.input === '0x0d')
    await mine()
    expect((await again).status).toBe('ok')
  }, 200_000)

  test('what is mined just before it would be sent again counts as done', async () => {
    const once = '0x00000000000000000000000000000000000000dd' as Address
    // Reverts once slot 0 is set, else sets it.
    await l1.request('anvil_setCode', [once, '0x5f54600a5760015f55005b5f5ffd'])
    let looks = 0
    const sent = sender(400, 20, {
      async intercept(method) {
        // After the last look it asks whether sending again is worth it.
        if (method === 'eth_getTransactionReceipt') looks++
        else if (looks > 0) {
          looks = -Infinity
          await mine()
        }
      },
    }).send({ ...call('0x'), to: once })
    expect((await sent).status).toBe('ok')
  }, 200_000)

  test('a clock that is set back does not keep it from being sent again', async () => {
    let now = systemClock.now()
    const sent = sender(200, 20, { clock: { ...systemClock, now: () => (now -= 60_000) } }).send(call('0x0e'))
    await until(async () => (await waiting()).length === 1)
    const first = BigInt((await waiting())[0]!.maxFeePerGas)
    await until(async () => BigInt((await waiting())[0]!.maxFeePerGas) > first)
    await mine()
    expect((await sent).status).toBe('ok')
  }, 200_000)

  test('what was abandoned is outbid by what comes next, also by another process', async () => {
    const before = await nonce()
    const mineOwn = sender(60_000)
    const stop = new AbortController()
    const first = mineOwn.send(call('0x03'), { signal: stop.signal })
    await until(async () => (await waiting()).length === 1)
    stop.abort()
    expect(await first).toMatchObject({ status: 'error', retryable: false })
    const second = mineOwn.send(call('0x04'))
    await until(async () => (await waiting())[0]?.input === '0x04')
    const other = sender(200).send(call('0x05'))
    await until(async () => (await waiting())[0]?.input === '0x05')
    await mine()
    expect((await other).status).toBe('ok')
    expect(await second).toMatchObject({
      status: 'error',
      retryable: true,
      error: { code: 'L1_NONCE_OVERTAKEN' },
    })
    expect(await nonce()).toBe(before + 1)
  }, 200_000)

  test('a transaction that L1 forgot is sent again at once', async () => {
    const before = await nonce()
    const sent = sender(60_000).send(call('0x06'))
    await until(async () => (await waiting()).length === 1)
    await l1.request('anvil_dropAllTransactions')
    await until(async () => (await waiting()).length === 1)
    await mine()
    expect((await sent).status).toBe('ok')
    expect(await nonce()).toBe(before + 1)
  }, 200_000)

  test('two calls go one after the other', async () => {
    const one = sender(60_000)
    const results = [one.send(call('0x07')), one.send(call('0x08'))]
    for (const input of ['0x07', '0x08']) {
      await until(async () => (await waiting())[0]?.input === input)
      await mine()
    }
    expect((await Promise.all(results)).map(({ status }) => status)).toEqual(['ok', 'ok'])
  }, 200_000)

  test('a nonce that others have moved on is said, once it is known what comes next', async () => {
    const said: unknown[] = []
    const one = sender(60_000, 20, {
      logger: { ...silentLogger, warn: (text, fields) => void said.push([text, fields]) },
    })
    const mined = async (by: typeof one, input: `0x${string}`) => {
      const sent = by.send(call(input))
      await until(async () => (await waiting())[0]?.input === input)
      await mine()
      expect((await sent).status).toBe('ok')
    }
    await mined(one, '0x0b')
    await mined(one, '0x0c')
    expect(said).toEqual([])
    const expected = await nonce()
    await mined(sender(60_000), '0x0d')
    await mined(one, '0x0e')
    expect(said).toEqual([
      [
        'the nonce is ahead of what was sent from here',
        expect.objectContaining({ expected, got: expected + 1 }),
      ],
    ])
  }, 200_000)

  test('there is gas for what only time makes necessary', async () => {
    const { timestamp } = await l1.request<{ timestamp: string }>('eth_getBlockByNumber', ['latest', false])
    const later = Number(timestamp) + 1_000
    const hex = later.toString(16).padStart(8, '0')
    // Fills two slots once TIMESTAMP is past `later`.
    await l1.request('anvil_setCode', [to, `0x4263${hex}101560155760016000556001600155` + '5b00'])
    const sent = sender(60_000).send(call('0x05'))
    await until(async () => (await waiting()).length === 1)
    await l1.request('evm_setNextBlockTimestamp', [later + 1])
    await mine()
    expect((await sent).status).toBe('ok')
    expect(await l1.request('eth_getStorageAt', [to, '0x1', 'latest'])).toMatch(/1$/)
  })
})
