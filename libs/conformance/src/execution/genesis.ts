import { bytesToHex, rollupChain } from '@animechain/core'
import { equal, rejects, withCode } from '../assert.js'
import type { Promises } from '../runner.js'
import { headerHash } from './headerHash.js'
import {
  CHAIN_ID,
  EMPTY_REQUESTS,
  EMPTY_ROOT,
  ETHER,
  STRANGER,
  ZERO_HASH,
  alice,
  contracts,
  exhausted,
  genesis,
  slot,
  type World,
} from './world.js'

/** What the genesis promises. */
export const genesisPromises: Promises<World> = {
  'is a header without transactions, the same whenever it is opened': async ({
    engine,
    genesis: first,
    storage,
    open,
  }) => {
    equal(first.number, 0n)
    equal(first.parentHash, ZERO_HASH)
    equal(first.transactionsRoot, EMPTY_ROOT)
    equal(first.receiptsRoot, EMPTY_ROOT)
    equal(first.withdrawalsRoot, EMPTY_ROOT)
    equal(first.requestsHash, EMPTY_REQUESTS)
    equal(first.gasUsed, 0n)
    equal(first.hash, headerHash(first))
    await engine.close()
    const again = await open({ storage })
    equal(again.genesis.hash, first.hash)
    await again.engine.close()
    await engine.open({
      chain: rollupChain({ chainId: CHAIN_ID }),
      genesis,
      storage,
      blockHash: () => undefined,
    })
  },

  'holds what was allocated': async ({ engine, genesis: first }) => {
    const state = engine.stateAt(first)
    equal((await state.getAccount(alice.address))?.balance, 100n * ETHER)
    equal((await state.getAccount(exhausted.address))?.nonce, 2n ** 64n - 1n)
    equal(bytesToHex(await state.getCode(contracts.counter.address)), contracts.counter.code)
    equal(BigInt(await state.getStorage(contracts.clearer.address, slot(0))), 1n)
    equal(await state.getAccount(STRANGER), undefined)
    equal((await state.getCode(STRANGER)).length, 0)
    equal(await state.getStorage(STRANGER, slot(0)), ZERO_HASH)
  },

  'leaves out what is nothing': async ({ genesis: first, open }) => {
    for (const nothing of [
      {},
      { balance: 0n, nonce: 0n, code: '0x', storage: { [slot(1)]: slot(0) } } as const,
    ]) {
      const other = await open({
        genesis: { ...genesis, alloc: { ...genesis.alloc, [STRANGER]: nothing } },
      })
      equal(other.genesis.hash, first.hash)
      await other.engine.close()
    }
  },

  'is refused on the storage of another chain': async ({ storage, create }) => {
    const other = create()
    await rejects(
      other.open({
        chain: rollupChain({ chainId: CHAIN_ID }),
        genesis: { ...genesis, timestamp: 5n },
        storage,
        blockHash: () => undefined,
      }),
      withCode('EXECUTION_GENESIS_MISMATCH'),
    )
  },
}
