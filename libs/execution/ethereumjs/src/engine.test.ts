import { describe, expect, test } from '@jest/globals'
import { bytesToHex, rollupChain, type Genesis } from '@animechain/core'
import { memory } from '@animechain/storage-memory'
import { encodeDeposit } from '@animechain/tx'
import { ethereumjs } from './index.js'

const zero = `0x${'00'.repeat(32)}` as const
const genesis: Genesis = {
  timestamp: 1000n,
  gasLimit: 30_000_000n,
  baseFeePerGas: 7n,
  prevRandao: zero,
  extraData: '0x',
  beneficiary: '0x4200000000000000000000000000000000000011',
  alloc: { '0x1111111111111111111111111111111111111111': { balance: 5n } },
}

describe('ethereumjs', () => {
  test('mints by deposit and finds the state again after a restart', async () => {
    const storage = memory()
    await storage.start()
    const chain = rollupChain({ chainId: 5n })
    const engine = ethereumjs()
    const head = await engine.open({ chain, genesis, storage, blockHash: () => undefined })
    const deposit = encodeDeposit({
      sourceHash: zero,
      from: '0x2222222222222222222222222222222222222222',
      to: '0x3333333333333333333333333333333333333333',
      mint: 10n,
      value: 4n,
      gasLimit: 100_000n,
      isSystemTx: false,
      data: new Uint8Array(0),
    })
    const block = await engine.executeBlock(head, {
      number: 1n,
      timestamp: 1001n,
      beneficiary: genesis.beneficiary,
      gasLimit: 30_000_000n,
      prevRandao: zero,
      extraData: '0x',
      parentBeaconBlockRoot: zero,
      transactions: [deposit],
    })
    expect(block.transactions[0]!.receipt).toMatchObject({ status: 1, gasUsed: 21_000n, depositNonce: 0n })
    await engine.close()
    const again = ethereumjs()
    expect((await again.open({ chain, genesis, storage, blockHash: () => undefined })).hash).toBe(head.hash)
    const state = again.stateAt(block.header)
    expect(await state.getAccount('0x2222222222222222222222222222222222222222')).toMatchObject({
      balance: 6n,
      nonce: 1n,
    })
    expect(await state.getAccount('0x3333333333333333333333333333333333333333')).toMatchObject({
      balance: 4n,
    })
    expect(bytesToHex(await state.getCode('0x3333333333333333333333333333333333333333'))).toBe('0x')
    await again.close()
  })
})
