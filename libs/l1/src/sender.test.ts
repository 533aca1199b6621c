import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { silentLogger, systemClock, type Address } from '@animechain/core'
import { anvil, testAccount, type Anvil } from '@animechain/testing'
import { createPublicClient, http } from 'viem'
import { l1Sender, type L1Call } from './index.js'

const account = testAccount(0)
const to = '0x00000000000000000000000000000000000000cc' as Address

describe('sending to an L1 that is slow', () => {
  let l1: Anvil
  beforeAll(async () => {
    // Mines only when it is told.
    l1 = await anvil({ blockTime: 3600 })
  }, 60_000)
  afterAll(() => l1?.stop())

  const sender = (resendAfterMs: number, attempts = 20) => {
    const transport = http(l1.url)
    return l1Sender({
      client: createPublicClient({ transport, cacheTime: 0 }),
      transport,
      account,
      logger: silentLogger,
      clock: systemClock,
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
  const until = async (what: () => Promise<boolean>) => {
    const end = Date.now() + 10_000
    while (!(await what())) {
      if (Date.now() > end) throw new Error('waited in vain')
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
  const nonce = async () =>
    Number(await l1.request<string>('eth_getTransactionCount', [account.address, 'latest']))

  test('what is stuck is sent again with higher fees under the same nonce, and counts once', async () => {
    const before = await nonce()
    const sent = sender(300).send(call('0x01'))
    await until(async () => (await waiting()).length === 1)
    const first = BigInt((await waiting())[0]!.maxFeePerGas)
    await until(async () => BigInt((await waiting())[0]!.maxFeePerGas) > (first * 11n) / 10n)
    await mine()
    expect((await sent).status).toBe('ok')
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
  }, 30_000)

  test('a transaction that L1 forgot is sent again at once', async () => {
    const before = await nonce()
    const sent = sender(60_000).send(call('0x06'))
    await until(async () => (await waiting()).length === 1)
    await l1.request('anvil_dropAllTransactions')
    await until(async () => (await waiting()).length === 1)
    await mine()
    expect((await sent).status).toBe('ok')
    expect(await nonce()).toBe(before + 1)
  }, 30_000)

  test('two calls go one after the other', async () => {
    const one = sender(60_000)
    const results = [one.send(call('0x07')), one.send(call('0x08'))]
    for (const input of ['0x07', '0x08']) {
      await until(async () => (await waiting())[0]?.input === input)
      await mine()
    }
    expect((await Promise.all(results)).map(({ status }) => status)).toEqual(['ok', 'ok'])
  }, 30_000)

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
