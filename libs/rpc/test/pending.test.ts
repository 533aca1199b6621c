import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { ethereumjs } from '@animechain/execution-ethereumjs'
import { wasm } from '@animechain/execution-wasm'
import type { Hex } from 'viem'
import { accounts, call, fixture } from './fixtures.js'
import { chainId } from './miniChain.js'

/** Any address without code: each test puts its own there. */
const target = `0x${'7e'.repeat(20)}` as const
/** returns NUMBER, TIMESTAMP, BASEFEE and BLOCKHASH(NUMBER - 1) */
const teller = '0x435f524260205248604052600143034060605260805ff3' as Hex
/** Init code of a contract that stores TIMESTAMP in slot 0: as Uniswap's pairs do with the time of their last change. */
const clock = '0x63425f55005f526004601cf3' as const

interface Block {
  number: Hex
  hash: Hex
  timestamp: Hex
  baseFeePerGas: Hex
}

describe.each([
  ['ethereumjs', ethereumjs],
  ['wasm', wasm],
])('at pending, with %s,', (_, engine) => {
  let world: Awaited<ReturnType<typeof fixture>>
  let url: string
  beforeAll(async () => {
    world = await fixture({}, engine())
    url = world.server.url
    await world.mini.mine()
  })
  afterAll(() => world.stop())

  const head = () => call<Block>(url, 'eth_getBlockByNumber', 'latest', false)
  /** What the call sees: number, timestamp, base fee, hash of the parent. */
  const told = async (tag?: string, overrides?: object) => {
    const result = await call<Hex>(
      url,
      'eth_call',
      { to: target },
      tag ?? 'latest',
      { [target]: { code: teller } },
      ...(overrides ? [overrides] : []),
    )
    return [0, 1, 2, 3].map((i) => BigInt(`0x${result.slice(2 + 64 * i, 66 + 64 * i)}`))
  }
  const now = () => BigInt(Math.floor(Date.now() / 1_000))
  const sign = (from: number, nonce: number, given: { to?: Hex; data?: Hex; gas: bigint }) =>
    accounts[from]!.signTransaction({
      type: 'eip1559',
      chainId: Number(chainId),
      nonce,
      maxFeePerGas: 10n ** 10n,
      maxPriorityFeePerGas: 0n,
      ...given,
    })

  test('calls see the block that comes next', async () => {
    const latest = await head()
    const before = now()
    const [number, timestamp, baseFee, parent] = await told('pending')
    expect(number).toBe(BigInt(latest.number) + 1n)
    expect(timestamp).toBeGreaterThanOrEqual(before)
    expect(timestamp).toBeLessThanOrEqual(now())
    expect(parent).toBe(BigInt(latest.hash))
    const { header } = await world.mini.mine()
    expect(baseFee).toBe(header.baseFeePerGas)
    expect(number).toBe(header.number)
  })

  test('time goes on from a block that is ahead of the clock', async () => {
    const { header } = await world.mini.mine({ timestamp: now() + 1_000n })
    expect((await told('pending'))[1]).toBe(header.timestamp + 1n)
    await world.mini.reorg(1)
  })

  test('other tags keep the context of their block, and overrides win', async () => {
    const latest = await head()
    expect((await told('latest')).slice(0, 3)).toEqual(
      [latest.number, latest.timestamp, latest.baseFeePerGas].map(BigInt),
    )
    const [number, timestamp] = await told('pending', { time: '0x77' })
    expect([number, timestamp]).toEqual([BigInt(latest.number) + 1n, 0x77n])
  })

  test('estimates are enough for a change that time makes dearer, and need not be asked for', async () => {
    const deploy = await call<Hex>(
      url,
      'eth_sendRawTransaction',
      await sign(1, 0, { data: clock, gas: 200_000n }),
    )
    await world.mini.mine()
    const to = (await call<{ contractAddress: Hex }>(url, 'eth_getTransactionReceipt', deploy))
      .contractAddress
    await call(url, 'eth_sendRawTransaction', await sign(1, 1, { to, gas: 100_000n }))
    await world.mini.mine()

    const request = { from: accounts[1]!.address, to }
    const [byDefault, pending, latest] = await Promise.all(
      [[], ['pending'], ['latest']].map(async (tag) =>
        BigInt(await call<Hex>(url, 'eth_estimateGas', request, ...tag)),
      ),
    )
    expect(byDefault).toBe(pending)
    // In the newest block the slot has its value already.
    expect(latest).toBeLessThan(byDefault!)
    const statusWith = async (gas: bigint, nonce: number) => {
      const hash = await call<Hex>(url, 'eth_sendRawTransaction', await sign(1, nonce, { to, gas }))
      await world.mini.mine()
      return (await call<{ status: Hex }>(url, 'eth_getTransactionReceipt', hash)).status
    }
    expect(await statusWith(latest!, 2)).toBe('0x0')
    expect(await statusWith(byDefault!, 3)).toBe('0x1')
  })

  test('access lists and traces of calls see it too', async () => {
    // Reads slot NUMBER.
    const code = '0x435450' as const
    const { number } = await head()
    const next = `0x${(BigInt(number) + 1n).toString(16).padStart(64, '0')}`
    const { accessList } = await call<{ accessList: { storageKeys: Hex[] }[] }>(
      url,
      'eth_createAccessList',
      { to: target },
      'pending',
      { [target]: { code } },
    )
    expect(accessList).toEqual([{ address: target, storageKeys: [next] }])
    const traced = await call<{ output: Hex }>(url, 'debug_traceCall', { to: target }, 'pending', {
      tracer: 'callTracer',
      stateOverrides: { [target]: { code: teller } },
    })
    expect(traced.output.slice(2, 66)).toBe(next.slice(2))
  })
})
