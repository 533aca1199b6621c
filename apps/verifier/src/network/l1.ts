import { BaseError, type Address } from '@animechain/core'
import { l1Transport } from '@animechain/l1'
import { networkReads, type NetworkContracts, type NetworkReads } from '@animechain/network-verifier'
import type { NetworkDomain } from '@animechain/network-protocol'
import type { Deployment } from '@animechain/stack'
import { createPublicClient, type PublicClient, type Transport } from 'viem'

/** Where the network is. */
export interface NetworkAt {
  client: PublicClient<Transport>
  transport: Transport
  contracts: NetworkContracts
  domain: NetworkDomain
  reads: NetworkReads
}

/** For a request to L1, milliseconds. */
const TIMEOUT_MS = 20_000

/** @throws {BaseError} `VERIFIER_NO_NETWORK` where the deployment has none */
export function networkContracts({ addresses }: Pick<Deployment, 'addresses'>): NetworkContracts {
  const { stakeRegistry, fastExits, anchorStateRegistry, diligence, drills } = addresses
  if (!stakeRegistry || !fastExits)
    throw new BaseError('This chain has no verifier network.', {
      code: 'VERIFIER_NO_NETWORK',
      metaMessages: [
        'Expected stakeRegistry and fastExits among the addresses of the deployment file.',
        'A chain has them where its configuration had `network` when it was deployed.',
      ],
    })
  return {
    ...{ stakeRegistry, fastExits, anchorStateRegistry },
    ...(diligence && { diligence }),
    ...(drills && { drills }),
  }
}

/** Where drills are made and alarms about them raised. @throws {BaseError} `VERIFIER_NO_NETWORK` where the deployment has no such contract */
export function drillsContract({ drills }: Pick<NetworkContracts, 'drills'>): Address {
  if (drills) return drills
  throw new BaseError('This chain has no contract for drills.', {
    code: 'VERIFIER_NO_NETWORK',
    metaMessages: [
      'Expected drills among the addresses of the deployment file.',
      'A chain has it where its configuration had `network` when it was deployed.',
    ],
  })
}

/** Reaches the network of a deployment. @throws {BaseError} `VERIFIER_NO_NETWORK` */
export function networkAt(
  deployment: Deployment,
  { l1RpcUrl, l1Quorum }: { l1RpcUrl: readonly string[]; l1Quorum?: number | undefined },
): NetworkAt {
  const contracts = networkContracts(deployment)
  const transport = l1Transport(l1RpcUrl, {
    timeoutMs: TIMEOUT_MS,
    ...(l1Quorum === undefined ? {} : { quorum: l1Quorum }),
  })
  const client = createPublicClient({ transport, cacheTime: 0, pollingInterval: 250 })
  return {
    ...{ client, transport, contracts },
    domain: { chainId: deployment.l1.id, registry: contracts.stakeRegistry.toLowerCase() as Address },
    reads: networkReads({ client, contracts }),
  }
}
