import { genesis, viemChains, type L1Config, type L1Deployment } from '@animechain/contracts'
import type { Genesis } from '@animechain/core'
import { genesisOutput, type Deployment } from '@animechain/stack'
import type { DeployValues } from './chainConfig.js'

/** Block 0 of L2 for contracts at these addresses. */
export function genesisFor(
  values: DeployValues,
  config: L1Config,
  { addresses, genesisTimestamp }: Pick<L1Deployment, 'addresses' | 'genesisTimestamp'>,
): Genesis {
  return genesis({
    addresses,
    l1ChainId: values.l1ChainId,
    l2ChainId: values.l2ChainId,
    timestamp: genesisTimestamp,
    gasLimit: config.gasLimit,
    feeRecipient: values.feeRecipient,
  })
}

/** Hash and output root of that block. */
export const outputFor = (values: DeployValues, blockZero: Genesis) =>
  genesisOutput({ chainId: BigInt(values.l2ChainId), genesis: blockZero })

/** What the deployment file says. */
export function deploymentFile(
  values: DeployValues,
  deployed: L1Deployment,
  block: { genesis: Genesis; hash: `0x${string}` },
): Deployment {
  const { l1, l2 } = viemChains({
    l1: { chainId: values.l1ChainId, rpcUrl: values.l1PublicUrl ?? '', name: values.l1Name },
    l2: {
      chainId: values.l2ChainId,
      rpcUrl: values.l2RpcUrl,
      name: values.l2Name,
      blockTime: values.blockTime,
    },
    addresses: deployed.addresses,
    startBlock: deployed.startBlock,
  })
  return {
    l1,
    l2,
    addresses: deployed.addresses,
    rollup: {
      chainId: BigInt(values.l2ChainId),
      genesis: block.genesis,
      genesisHash: block.hash,
      l1StartBlock: deployed.startBlock,
    },
  }
}
