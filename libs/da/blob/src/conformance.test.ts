import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { daSuite } from '@animechain/conformance'
import { anvil, testAccount, type Anvil } from '@animechain/testing'
import { blob } from './index.js'

let l1: Anvil
beforeAll(async () => {
  l1 = await anvil({ blockTime: 1, slotsInAnEpoch: 1 })
})
afterAll(() => l1?.stop())

daSuite({
  name: 'blob',
  describe,
  test,
  create: async () => blob({ rpcUrl: l1.url, account: testAccount(0) }),
  reader: async () => blob({ rpcUrl: l1.url }),
  unreachable: async () => blob({ rpcUrl: 'http://127.0.0.1:1', account: testAccount(0) }),
  sizes: [0, 1, 1_000, 200_000],
})

describe('a transaction that L1 does not take', () => {
  test('is replaced at higher fees when the base fee has risen', async () => {
    const slow = await anvil({ blockTime: 3_600 })
    try {
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
    } finally {
      await slow.stop()
    }
  }, 300_000)

  test('is given up in bounded time, as an error that can be tried again', async () => {
    const stuck = await anvil({ blockTime: 3_600 })
    try {
      const da = blob({ rpcUrl: stuck.url, account: testAccount(0), timeoutMs: 3_000 })
      const result = await da.put(Uint8Array.of(1))
      expect(result.status === 'error' && result.retryable).toBe(true)
      expect(result.status === 'error' && (result.error as { code?: string }).code).toBe('L1_NOT_MINED')
    } finally {
      await stuck.stop()
    }
  }, 200_000)
})
