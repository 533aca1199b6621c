import { describe, expect, test } from '@jest/globals'
import { silentLogger, systemClock, type Address, type Metrics } from '@animechain/core'
import { anvil, testAccount } from '@animechain/testing'
import { createPublicClient, http, parseEther } from 'viem'
import { l1Sender, purses } from '../src/index.js'
import { feesOf } from '../src/purses.js'

const batcher = `0x${'Ba'.repeat(20)}` as Address
const proposer = `0x${'0c'.repeat(20)}` as Address

/** Metrics as the last value of each series, by `name role`. */
function recorded(): { metrics: Metrics; values: Record<string, number>; accounts: Set<string> } {
  const values: Record<string, number> = {}
  const accounts = new Set<string>()
  const series = (name: string, labels: Record<string, string> = {}) => {
    if (labels.account) accounts.add(labels.account)
    return `${name} ${labels.role}`
  }
  return {
    values,
    accounts,
    metrics: {
      counter: ({ name }) => ({
        inc(by = 1, labels) {
          values[series(name, labels)] = (values[series(name, labels)] ?? 0) + by
        },
      }),
      gauge: ({ name }) => ({
        set(value, labels) {
          values[series(name, labels)] = value
        },
      }),
      histogram: () => ({ observe() {} }),
    },
  }
}

describe('purses', () => {
  const clock = { ...systemClock, now: () => time, elapsed: () => time }
  let time = 0
  const of = (accounts: Record<string, Address | undefined>, balanceOf: () => Promise<bigint>) => {
    const { metrics, values, accounts: seen } = recorded()
    let asked = 0
    const client = {
      getBalance: () => {
        asked++
        return balanceOf()
      },
    }
    return { purse: purses({ client, accounts, metrics, clock }), values, seen, asked: () => asked }
  }

  test('ask for each account once a minute, and say which roles it pays for', async () => {
    const { purse, values, seen, asked } = of({ batcher, proposer, challenger: batcher }, async () =>
      parseEther('2.5'),
    )
    expect(values).toEqual({ 'l1_fees_ether_total batcher+challenger': 0, 'l1_fees_ether_total proposer': 0 })
    await purse.look()
    await purse.look()
    expect(asked()).toBe(2)
    expect(values).toMatchObject({
      'l1_balance_ether batcher+challenger': 2.5,
      'l1_balance_ether proposer': 2.5,
    })
    expect([...seen]).toEqual([batcher.toLowerCase(), proposer])
    time += 60_000
    await purse.look()
    expect(asked()).toBe(4)
  })

  test('keep the last balance while L1 does not answer', async () => {
    let answers = true
    const { purse, values } = of({ batcher }, async () => {
      if (!answers) throw new Error('no answer')
      return parseEther('1')
    })
    await purse.look()
    answers = false
    time += 60_000
    await purse.look()
    expect(values['l1_balance_ether batcher']).toBe(1)
  })

  test('measure nothing without an account', async () => {
    const { purse, values, asked } = of({ batcher: undefined }, async () => 0n)
    await purse.look()
    purse.paid({ from: batcher, gasUsed: 1n, effectiveGasPrice: 1n } as never)
    expect(values).toEqual({})
    expect(asked()).toBe(0)
  })

  test('count gas and blob gas, of their own accounts alone', () => {
    const { purse, values } = of({ batcher }, async () => 0n)
    const receipt = {
      gasUsed: 100_000n,
      effectiveGasPrice: 10n ** 10n,
      blobGasUsed: 131_072n,
      blobGasPrice: 10n ** 9n,
    }
    expect(feesOf({ from: batcher, ...receipt })).toBe(10n ** 15n + 131_072n * 10n ** 9n)
    purse.paid({ from: batcher.toLowerCase() as Address, ...receipt })
    purse.paid({ from: proposer, ...receipt })
    expect(values['l1_fees_ether_total batcher']).toBeCloseTo(0.001131072, 15)
  })
})

test('fees are what the balance loses on a real L1', async () => {
  const l1 = await anvil()
  try {
    const transport = http(l1.url)
    const client = createPublicClient({ transport, cacheTime: 0 })
    const account = testAccount(0)
    const { metrics, values } = recorded()
    const purse = purses({ client, accounts: { batcher: account.address }, metrics, clock: systemClock })
    const sender = l1Sender({
      client,
      transport,
      account,
      logger: silentLogger,
      clock: systemClock,
      resendAfterMs: 30_000,
      attempts: 6,
      onMined: purse.paid,
    })
    const before = await client.getBalance({ address: account.address })
    const value = parseEther('1')
    expect(await sender.send({ what: 'pay', to: proposer, data: '0x', value })).toMatchObject({
      status: 'ok',
    })
    const spent = before - (await client.getBalance({ address: account.address })) - value
    expect(spent).toBeGreaterThan(0n)
    expect(values['l1_fees_ether_total batcher']).toBeCloseTo(Number(spent) / 1e18, 12)
  } finally {
    await l1.stop()
  }
}, 60_000)
