import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { daSuite } from '@animechain/conformance'
import { anvil, testAccount, type Anvil } from '@animechain/testing'
import { calldata } from './index.js'

let l1: Anvil
beforeAll(async () => {
  l1 = await anvil({ blockTime: 1, slotsInAnEpoch: 1 })
})
afterAll(() => l1?.stop())

daSuite({
  name: 'calldata',
  describe,
  test,
  create: async () => calldata({ rpcUrl: l1.url, account: testAccount(0) }),
  reader: async () => calldata({ rpcUrl: l1.url }),
  unreachable: async () => calldata({ rpcUrl: 'http://127.0.0.1:1', account: testAccount(0) }),
})

describe('a transaction that L1 does not take', () => {
  test('is replaced at higher fees when the base fee has risen', async () => {
    const account = testAccount(5)
    await l1.request('anvil_setNextBlockBaseFeePerGas', ['0x3b9aca00'])
    const da = calldata({ rpcUrl: l1.url, account, timeoutMs: 40_000 })
    const put = da.put(Uint8Array.of(1, 2, 3))
    // Far above twice what the first attempt saw.
    await l1.request('anvil_setNextBlockBaseFeePerGas', ['0x12a05f200'])
    expect((await put).status).toBe('ok')
    expect(await l1.request('eth_getTransactionCount', [account.address, 'latest'])).toBe('0x1')
  }, 60_000)

  test('is given up in bounded time, as an error that can be tried again', async () => {
    const stuck = await anvil({ blockTime: 3_600 })
    try {
      const da = calldata({ rpcUrl: stuck.url, account: testAccount(0), timeoutMs: 3_000 })
      const started = Date.now()
      const result = await da.put(Uint8Array.of(1))
      expect(result.status === 'error' && result.retryable).toBe(true)
      expect(result.status === 'error' && (result.error as { code?: string }).code).toBe('DA_NOT_INCLUDED')
      expect(Date.now() - started).toBeLessThan(20_000)
    } finally {
      await stuck.stop()
    }
  }, 60_000)
})
