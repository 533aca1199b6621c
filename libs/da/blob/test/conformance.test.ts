import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { daSuite } from '@animechain/conformance'
import { anvil, eventually, testAccount, type Anvil } from '@animechain/testing'
import { blob } from '../src/index.js'

/** anvil answers its first blob transaction only once it has loaded the trusted setup, which takes seconds, on a busy machine very many. */
const firstBlob = (l1: Anvil) =>
  eventually(
    'the first blob',
    async () =>
      (await blob({ rpcUrl: l1.url, account: testAccount(9) }).put(Uint8Array.of(0))).status === 'ok',
    { timeoutMs: 240_000 },
  )

let l1: Anvil
beforeAll(async () => {
  l1 = await anvil({ blockTime: 0.3, mineAtOnce: true, slotsInAnEpoch: 1 })
  await firstBlob(l1)
}, 300_000)
afterAll(() => l1?.stop())

daSuite({
  name: 'blob',
  describe,
  test,
  create: async () => blob({ rpcUrl: l1.url, account: testAccount(0) }),
  features: { prepare: true },
  reader: async () => blob({ rpcUrl: l1.url }),
  through: { url: () => l1.url, create: async (url) => blob({ rpcUrl: url, account: testAccount(1) }) },
  unreachable: async () => blob({ rpcUrl: 'http://127.0.0.1:1', account: testAccount(0) }),
  sizes: [0, 1, 1_000, 200_000],
})

describe('a transaction that L1 does not take', () => {
  /** Mines only when it is told. */
  let slow: Anvil
  beforeAll(async () => {
    slow = await anvil({ blockTime: 1 })
    await firstBlob(slow)
    await slow.request('evm_setIntervalMining', [0])
  }, 300_000)
  afterAll(() => slow?.stop())

  test('is replaced at higher fees when the base fee has risen', async () => {
    const gwei = (n: number) => `0x${(n * 1_000_000_000).toString(16)}`
    await slow.request('anvil_setNextBlockBaseFeePerGas', [gwei(1)])
    await slow.request('evm_mine')
    const account = testAccount(5)
    const put = blob({ rpcUrl: slow.url, account, timeoutMs: 20_000 }).put(Uint8Array.of(1, 2, 3))
    let done = false
    const finished = put.finally(() => (done = true))
    const pending = async () => (await slow.request<{ pending: string }>('txpool_status')).pending
    while (!done && (await pending()) !== '0x1') await new Promise((resolve) => setTimeout(resolve, 50))
    // From here on the first attempt, at twice the base fee it saw, is too cheap for every block.
    while (!done) {
      await slow.request('anvil_setNextBlockBaseFeePerGas', [gwei(4)])
      await slow.request('evm_mine')
      await new Promise((resolve) => setTimeout(resolve, 300))
    }
    expect((await finished).status).toBe('ok')
    expect(await slow.request('eth_getTransactionCount', [account.address, 'latest'])).toBe('0x1')
  }, 400_000)

  test('is given up in bounded time, as an error that can be tried again', async () => {
    const da = blob({ rpcUrl: slow.url, account: testAccount(0), timeoutMs: 3_000 })
    const result = await da.put(Uint8Array.of(1))
    expect(result.status === 'error' && result.retryable).toBe(true)
    expect(result.status === 'error' && (result.error as { code?: string }).code).toBe('L1_NOT_MINED')
  }, 400_000)
})
