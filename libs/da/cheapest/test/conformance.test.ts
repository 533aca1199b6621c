import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { daSuite } from '@animechain/conformance'
import { blob } from '@animechain/da-blob'
import { calldata } from '@animechain/da-calldata'
import { anvil, eventually, testAccount, type Anvil } from '@animechain/testing'
import { cheapest } from '../src/index.js'

let l1: Anvil
const on = (rpcUrl: string, account?: ReturnType<typeof testAccount>, more = {}) => {
  const given = { rpcUrl, ...(account ? { account } : {}), ...more }
  return cheapest({ of: [blob(given), calldata(given)] })
}
/** What L1 asks from its next block on, wei. */
const baseFee = async (wei: number) => {
  await l1.request('anvil_setNextBlockBaseFeePerGas', [`0x${wei.toString(16)}`])
  await l1.request('evm_mine')
}

beforeAll(async () => {
  l1 = await anvil({ blockTime: 0.3, mineAtOnce: true, slotsInAnEpoch: 1 })
  // anvil answers its first blob transaction only once it has loaded the trusted setup.
  await eventually(
    'the first blob',
    async () => (await blob({ rpcUrl: l1.url, account: testAccount(9) }).put(data)).status === 'ok',
    { timeoutMs: 240_000 },
  )
}, 300_000)
afterAll(() => l1?.stop())

const data = new Uint8Array(2_000).fill(7)

daSuite({
  name: 'cheapest of blob and calldata',
  describe,
  test,
  create: async () => on(l1.url, testAccount(0)),
  reader: async () => on(l1.url),
  unreachable: async () => on('http://127.0.0.1:1', testAccount(0)),
  through: { url: () => l1.url, create: async (url) => on(url, testAccount(1)) },
  sizes: [0, 1, 1_000, 70_000],
})

test('the fees of L1 decide: blobs where its gas is dear, calldata where it costs next to nothing', async () => {
  // A blob transaction costs 131,072 wei at least for its blob, and little gas besides.
  const da = on(l1.url, testAccount(2), { callGas: 90_000n })
  const kind = async () => {
    const put = await da.put(data)
    if (put.status !== 'ok') throw put.status === 'error' ? put.error : new Error(put.status)
    expect((await da.get(put.commitment, { location: put.location })).status).toBe('data')
    return put.commitment[0]
  }
  await baseFee(1_000_000_000)
  expect(await kind()).toBe(2)
  await baseFee(1)
  expect(await kind()).toBe(1)
  await baseFee(1_000_000_000)
  expect(await kind()).toBe(2)
})
