import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { anvil, patient, testAccount, type Anvil } from '@animechain/testing'
import { bytesToHex } from '@animechain/core'
import {
  concatHex,
  createWalletClient,
  encodeFunctionData,
  http,
  numberToHex,
  parseAbi,
  toFunctionSelector,
  zeroHash,
} from 'viem'
import { calldata, maxCalldataBytes } from '../src/index.js'

const bytes = (length: number) => Uint8Array.from({ length }, (_, i) => (i * 31 + 7) & 0xff)

describe('calldata on a real L1', () => {
  let l1: Anvil
  beforeAll(async () => {
    l1 = await anvil({ blockTime: 1 })
  })
  afterAll(() => l1?.stop())

  test('what is put is read back by a reader that has only the commitment and the location', async () => {
    for (const length of [0, 1, 5_000, maxCalldataBytes]) {
      const data = bytes(length)
      const put = await calldata({ rpcUrl: l1.url, account: testAccount(0) }).put(data)
      if (put.status !== 'ok') throw put.status === 'error' ? put.error : new Error(put.status)
      const reader = calldata({ rpcUrl: l1.url })
      const got = await reader.get(put.commitment, { location: put.location })
      expect(got.status === 'data' && bytesToHex(got.data) === bytesToHex(data)).toBe(true)
      expect(await reader.verify(put.commitment, data)).toEqual({ valid: true })
    }
  }, 300_000)

  test('the evidence of an inbox call is found in its input', async () => {
    const data = bytes(300)
    const wallet = createWalletClient({ account: testAccount(1), transport: http(l1.url, patient) })
    const input = encodeFunctionData({
      abi: parseAbi([
        'function forceBatch(bytes32 parentAcc, uint64 depositsKnown, bytes32 depositAcc, bytes evidence)',
      ]),
      args: [zeroHash, 0n, zeroHash, bytesToHex(data)],
    })
    const hash = await wallet.sendTransaction({ chain: null, to: testAccount(2).address, data: input })
    const da = calldata({ rpcUrl: l1.url })
    const prepared = await da.prepare!(data)
    if (!('commitment' in prepared)) throw new Error('too large')
    const got = await da.get(prepared.commitment, { location: { l1TransactionHash: hash } })
    expect(got.status === 'data' && bytesToHex(got.data)).toBe(bytesToHex(data))
  })

  test('an empty body is found where the inbox reads one: at an offset to any word of zeros', async () => {
    const wallet = createWalletClient({ account: testAccount(4), transport: http(l1.url, patient) })
    const selector = toFunctionSelector('forceBatch(bytes32,uint64,bytes32,bytes)')
    // The offset is that of the number of deposits, which is 0, and nothing stands behind it.
    const input = concatHex([selector, zeroHash, zeroHash, zeroHash, numberToHex(32, { size: 32 })])
    const hash = await wallet.sendTransaction({ chain: null, to: testAccount(2).address, data: input })
    const da = calldata({ rpcUrl: l1.url })
    const prepared = await da.prepare!(new Uint8Array())
    if (!('commitment' in prepared)) throw new Error('too large')
    expect(await da.get(prepared.commitment, { location: { l1TransactionHash: hash } })).toEqual({
      status: 'data',
      data: new Uint8Array(),
    })
  })

  test('two puts with the same key are one transaction', async () => {
    const da = calldata({ rpcUrl: l1.url, account: testAccount(3) })
    const [a, b] = await Promise.all([
      da.put(bytes(10), { idempotencyKey: 'a' }),
      da.put(bytes(10), { idempotencyKey: 'a' }),
    ])
    expect(a).toEqual(b)
    expect(await l1.request('eth_getTransactionCount', [testAccount(3).address, 'latest'])).toBe('0x1')
  })

  test('failures are told apart', async () => {
    const { commitment } = (await calldata({ rpcUrl: l1.url }).prepare!(bytes(4))) as {
      commitment: Uint8Array
    }
    const nowhere = { l1TransactionHash: `0x${'ab'.repeat(32)}` } as const
    expect(
      (await calldata({ rpcUrl: 'http://127.0.0.1:1' }).get(commitment, { location: nowhere })).status,
    ).toBe('unavailable')
    expect(await calldata({ rpcUrl: l1.url }).get(commitment, { location: nowhere })).toEqual({
      status: 'missing',
      authoritative: false,
    })
    expect(await calldata({ rpcUrl: l1.url }).get(commitment)).toEqual({
      status: 'missing',
      authoritative: false,
    })
    expect((await calldata({ rpcUrl: l1.url }).get(Uint8Array.of(1))).status).toBe('invalid')
    expect((await calldata({ rpcUrl: l1.url }).put(bytes(1))).status).toBe('error')
    expect((await calldata({ rpcUrl: l1.url }).put(new Uint8Array(maxCalldataBytes + 1))).status).toBe(
      'tooLarge',
    )
    const aborted = AbortSignal.abort()
    expect(
      (await calldata({ rpcUrl: l1.url, account: testAccount(0) }).put(bytes(1), { signal: aborted })).status,
    ).toBe('error')
    expect((await calldata({ rpcUrl: l1.url }).verify(commitment, bytes(5))).valid).toBe(false)
  }, 300_000)
})
