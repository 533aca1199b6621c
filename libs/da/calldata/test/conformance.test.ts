import { afterAll, beforeAll, describe, test } from '@jest/globals'
import { daSuite } from '@animechain/conformance'
import { anvil, testAccount, type Anvil } from '@animechain/testing'
import { calldata } from '../src/index.js'

let l1: Anvil
beforeAll(async () => {
  l1 = await anvil({ blockTime: 0.3, mineAtOnce: true, slotsInAnEpoch: 1 })
})
afterAll(() => l1?.stop())

daSuite({
  name: 'calldata',
  describe,
  test,
  create: async () => calldata({ rpcUrl: l1.url, account: testAccount(0) }),
  features: { prepare: true, ranges: true },
  reader: async () => calldata({ rpcUrl: l1.url }),
  through: { url: () => l1.url, create: async (url) => calldata({ rpcUrl: url, account: testAccount(1) }) },
  unreachable: async () => calldata({ rpcUrl: 'http://127.0.0.1:1', account: testAccount(0) }),
})
