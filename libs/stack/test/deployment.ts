import type { Address, Hash } from '@animechain/core'
import {
  devnetDefaults,
  devnetVault,
  genesis,
  l1Addresses,
  viemChains,
  type AltDaConfig,
} from '@animechain/contracts'
import { unplayed } from '@animechain/testing'
import type { Deployment } from '../src/deployment.js'

/** Account that plays every role. */
export const key: Address = `0x${'ab'.repeat(20)}`

/** What a deployment file says; composing reads no chain. */
export function deployment(
  memoryDa = false,
  { keyRoot, altDa }: { keyRoot?: Hash; altDa?: AltDaConfig } = {},
): Deployment {
  const addresses = l1Addresses(key, {
    ...devnetDefaults,
    proving: unplayed.proving,
    l2ChainId: 26_463n,
    roles: {
      timelockProposer: key,
      operator: key,
      guardian: key,
      sequencer: key,
      batcher: key,
      proposer: key,
      challenger: key,
    },
    memoryDa,
    ...(keyRoot ? { vault: { ...devnetVault, keyRoot } } : {}),
    ...(altDa ? { altDa } : {}),
  })
  return {
    ...viemChains({ l1: { chainId: 31_337, rpcUrl: '' }, l2: { chainId: 26_463, rpcUrl: '' }, addresses }),
    addresses,
    rollup: {
      chainId: 26_463n,
      genesis: genesis({
        addresses,
        l1ChainId: 31_337,
        l2ChainId: 26_463,
        timestamp: 1_700_000_000n,
        gasLimit: 16_000_000n,
      }),
      genesisHash: `0x${'00'.repeat(32)}` as Hash,
      l1StartBlock: 0n,
    },
  }
}
