import type { BridgeAddresses, ExitContracts } from '@animechain/bridge'
import { l1Transport } from '@animechain/l1'
import type { Deployment } from '@animechain/stack'
import type { Chain, Transport } from 'viem'

/** The same chain, reached under other addresses. */
function withUrls<C extends Chain>(chain: C, http: readonly string[]): C {
  return { ...chain, rpcUrls: { ...chain.rpcUrls, default: { ...chain.rpcUrls.default, http } } }
}

/** Where the two chains are reached. */
export interface Endpoints {
  l1RpcUrl: readonly string[]
  l1Quorum?: number | undefined
  l2RpcUrl: string
}

export interface Chains {
  l1: Chain
  l2: Chain
  /** To L1, whose endpoints must agree on what decides. Requests take so long at most, milliseconds. */
  l1Transport: (timeoutMs: number) => Transport
}

/** @throws {InvalidInputError} for a quorum that the endpoints cannot reach */
export function chainsOf(deployment: Deployment, { l1RpcUrl, l1Quorum, l2RpcUrl }: Endpoints): Chains {
  const transport = (timeoutMs: number) =>
    l1Transport(l1RpcUrl, { timeoutMs, ...(l1Quorum === undefined ? {} : { quorum: l1Quorum }) })
  return {
    l1: withUrls(deployment.l1, l1RpcUrl),
    l2: withUrls(deployment.l2, [l2RpcUrl]),
    l1Transport: transport,
  }
}

export const bridgeAddresses = (deployment: Deployment): BridgeAddresses => exitContracts(deployment)

export function exitContracts({ addresses }: Deployment): ExitContracts {
  return {
    portal: addresses.optimismPortal,
    l1CrossDomainMessenger: addresses.l1CrossDomainMessenger,
    l1StandardBridge: addresses.l1StandardBridge,
    l1Erc721Bridge: addresses.l1Erc721Bridge,
    l1Erc1155Bridge: addresses.l1Erc1155Bridge,
  }
}
