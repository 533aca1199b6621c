import { afterEach, describe, expect, test } from '@jest/globals'
import {
  hexToBytes,
  rollupChain,
  type Address,
  type BlockInput,
  type Genesis,
  type SealedHeader,
} from '@animechain/core'
import { memoryStorage } from '@animechain/storage-memory'
import { encodeDeposit, senderRecovery } from '@animechain/tx'
import { privateKeyToAccount } from 'viem/accounts'
import { wasm, type WasmEngine, type WasmOptions } from '../src/index.js'

const zero = `0x${'00'.repeat(32)}` as const
const beneficiary: Address = '0x4200000000000000000000000000000000000011'
const account = privateKeyToAccount(`0x${'11'.repeat(32)}`)
const sender = account.address.toLowerCase() as Address
const genesis: Genesis = {
  timestamp: 1000n,
  gasLimit: 30_000_000n,
  baseFeePerGas: 7n,
  prevRandao: zero,
  extraData: '0x',
  beneficiary,
  alloc: { [sender]: { balance: 10n ** 20n } },
}

/** More than two slices of transactions, a deposit in front and one that is none in the middle. */
async function block(): Promise<BlockInput> {
  const deposit = encodeDeposit({
    sourceHash: zero,
    from: sender,
    to: sender,
    mint: 1n,
    value: 0n,
    gasLimit: 50_000n,
    isSystemTx: false,
    data: new Uint8Array(0),
  })
  const signed = await Promise.all(
    Array.from({ length: 150 }, (_, i) =>
      // The deposit took nonce 0.
      account.signTransaction({
        chainId: 5,
        nonce: i + 1,
        gas: 21_000n,
        gasPrice: 10n,
        to: beneficiary,
        value: 1n,
      }),
    ),
  )
  const transactions = [deposit, ...signed.map(hexToBytes)]
  transactions.splice(100, 0, Uint8Array.of(0x02, 0xc0))
  return {
    number: 1n,
    timestamp: 1002n,
    beneficiary,
    gasLimit: 30_000_000n,
    prevRandao: zero,
    extraData: '0x',
    parentBeaconBlockRoot: zero,
    transactions,
  }
}

const engines: WasmEngine[] = []
async function opened(options?: WasmOptions): Promise<{ engine: WasmEngine; head: SealedHeader }> {
  const engine = wasm(options)
  engines.push(engine)
  const storage = memoryStorage()
  await storage.start()
  const chain = rollupChain({ chainId: 5n })
  return { engine, head: await engine.open({ chain, genesis, storage, blockHash: () => undefined }) }
}

afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.close()
})

describe('senders recovered ahead', () => {
  test('give the block that the engine makes on its own', async () => {
    const input = await block()
    const alone = await opened()
    const expected = await alone.engine.executeBlock(alone.head, input)
    expect(expected.transactions).toHaveLength(151)
    expect(expected.skipped).toHaveLength(1)

    const threads = senderRecovery({ threads: 1 })
    try {
      const helped = await opened({ senders: threads })
      expect(await helped.engine.executeBlock(helped.head, input)).toEqual(expected)
    } finally {
      await threads.stop()
    }
  })

  test('may be missing', async () => {
    const input = await block()
    const alone = await opened()
    const helped = await opened({ senders: { recover: async () => [] } })
    const { header } = await helped.engine.executeBlock(helped.head, input)
    expect(header).toEqual((await alone.engine.executeBlock(alone.head, input)).header)
  })

  test('that cannot be recovered fail the block and leave the engine usable', async () => {
    const input = await block()
    let calls = 0
    const { engine, head } = await opened({
      senders: {
        async recover() {
          if (++calls > 1 && calls < 4) throw new Error('no thread is left')
          return []
        },
      },
    })
    await expect(engine.executeBlock(head, input)).rejects.toThrow('no thread is left')
    expect((await engine.executeBlock(head, input)).transactions).toHaveLength(151)
  })
})
