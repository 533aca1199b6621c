import { batchCodec } from '@animechain/codec'
import {
  rollupChain,
  rollupRules,
  type DataAvailability,
  type Genesis,
  type Settlement,
} from '@animechain/core'
import { memoryDa } from '@animechain/da-memory'
import { wasm } from '@animechain/execution-wasm'
import { createRollup, type Rollup, type RollupRole } from '@animechain/node'
import { reexecution } from '@animechain/proving-reexecution'
import { memorySettlement } from '@animechain/settlement-memory'
import { memoryStorage } from '@animechain/storage-memory'
import { parseEther, type Address } from 'viem'

/** Choose one that nobody has: chainlist.org. */
export const chainId = 424_242n

/** What all nodes of the chain have in common. */
export interface Chain {
  genesis: Genesis
  da: DataAvailability
  settlement: Settlement
}

/** A chain in this process. `funded` have ether from block 0 on. */
export function newChain(funded: readonly Address[]): Chain {
  const timestamp = BigInt(Math.floor(Date.now() / 1000))
  return {
    genesis: {
      timestamp,
      gasLimit: 16_000_000n,
      baseFeePerGas: 1_000_000_000n,
      prevRandao: `0x${'00'.repeat(32)}`,
      extraData: '0x',
      beneficiary: rollupRules.sequencerFeeVault,
      alloc: Object.fromEntries(
        funded.map((address) => [address.toLowerCase(), { balance: parseEther('1000') }]),
      ),
    },
    // On an L1: blob({ rpcUrl }) of @animechain/da-blob, or calldata({ rpcUrl }) of @animechain/da-calldata.
    da: memoryDa(),
    // On an L1: optimistic({ l1, contracts, accounts }) of @animechain/settlement-optimistic.
    settlement: memorySettlement({ genesisTimestamp: timestamp, blockTime: 1 }),
  }
}

/** A node of the chain: the one place where the layers are chosen. */
export function node(role: RollupRole, { genesis, da, settlement }: Chain): Rollup {
  return createRollup({
    role,
    chain: rollupChain({ chainId }),
    genesis,
    execution: wasm(),
    da,
    settlement,
    proving: reexecution(),
    // To keep it: lmdb({ path }) of @animechain/storage-lmdb, or file({ path }) of @animechain/storage-file.
    storage: memoryStorage(),
    codec: batchCodec(),
    ...(role === 'sequencer' ? { batcher: { maxAgeSeconds: 2 } } : {}),
  })
}
