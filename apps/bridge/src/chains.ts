import type { BridgeAddresses } from '@animechain/bridge'
import type { Deployment } from '@animechain/stack'
import type { Chain } from 'viem'

/** The same chain, reached under another address. */
export function withUrl<C extends Chain>(chain: C, url: string): C {
  return { ...chain, rpcUrls: { ...chain.rpcUrls, default: { ...chain.rpcUrls.default, http: [url] } } }
}

export function bridgeAddresses({ addresses }: Deployment): BridgeAddresses {
  return {
    portal: addresses.optimismPortal,
    l1StandardBridge: addresses.l1StandardBridge,
    l1Erc721Bridge: addresses.l1Erc721Bridge,
    l1Erc1155Bridge: addresses.l1Erc1155Bridge,
  }
}
