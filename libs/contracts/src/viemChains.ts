import { defineChain, getAddress, zeroAddress, type Chain, type ChainContract } from 'viem'
import { chainConfig } from 'viem/op-stack'
import type { Address } from '@animechain/core'
import type { L1Addresses } from './addresses.js'
import { preinstalls, type PreinstallName } from './preinstalls/index.js'

/** Where both layers of a chain are, for viem's chain objects. */
export interface ViemChainsParameters {
  l1: {
    chainId: number
    rpcUrl: string
    wsUrl?: string
    name?: string
    /** milliseconds */ blockTime?: number
  }
  l2: {
    chainId: number | bigint
    rpcUrl: string
    wsUrl?: string
    name?: string
    /** milliseconds */ blockTime?: number
  }
  addresses: L1Addresses
  /** L1 block from which on the contracts exist. */
  startBlock?: bigint
}

type Contract = { address: Address; blockCreated: number }
/** A contract on L1, under the chain id of L1. */
type OnL1 = { [sourceId: number]: Contract }

/** What `viemChains` gives. Named in full, since what TypeScript infers names parts of viem that are not exported. */
export interface ViemChains {
  l1: Chain & { contracts: { multicall3: Contract } }
  l2: Chain<(typeof chainConfig)['formatters']> & {
    serializers: (typeof chainConfig)['serializers']
    sourceId: number
    contracts: (typeof chainConfig)['contracts'] &
      Record<PreinstallName, ChainContract> & {
        portal: OnL1
        disputeGameFactory: OnL1
        l2OutputOracle: OnL1
        l1StandardBridge: OnL1
        l1CrossDomainMessenger: OnL1
        l1Erc721Bridge: OnL1
        l1Erc1155Bridge: OnL1
      }
  }
}

/**
 * The two chains as viem describes chains, `l2` with `contracts` and `sourceId` as the actions of `viem/op-stack` read them, and with
 * the preinstalled contracts by name.
 *
 * The formatters and serialisers of `l2` are functions and are lost in JSON: who reads a chain from a file spreads it over
 * `chainConfig` of `viem/op-stack`.
 */
export function viemChains(parameters: ViemChainsParameters): ViemChains {
  const { addresses } = parameters
  const sourceId = parameters.l1.chainId
  const blockCreated = Number(parameters.startBlock ?? 0n)
  const nativeCurrency = { name: 'Ether', symbol: 'ETH', decimals: 18 }
  const urls = ({ rpcUrl, wsUrl }: { rpcUrl: string; wsUrl?: string }): Chain['rpcUrls'] => ({
    default: { http: [rpcUrl], ...(wsUrl ? { webSocket: [wsUrl] } : {}) },
  })
  const onL1 = (address: `0x${string}`) => ({ [sourceId]: { address, blockCreated } })

  const l1 = defineChain({
    id: sourceId,
    name: parameters.l1.name ?? 'L1',
    nativeCurrency,
    rpcUrls: urls(parameters.l1),
    blockTime: parameters.l1.blockTime,
    contracts: { multicall3: { address: addresses.multicall3, blockCreated } },
  })
  const l2 = defineChain({
    ...chainConfig,
    id: Number(parameters.l2.chainId),
    name: parameters.l2.name ?? 'L2',
    nativeCurrency,
    rpcUrls: urls(parameters.l2),
    blockTime: parameters.l2.blockTime ?? chainConfig.blockTime,
    contracts: {
      ...chainConfig.contracts,
      ...preinstalledContracts(),
      portal: onL1(addresses.optimismPortal),
      disputeGameFactory: onL1(addresses.disputeGameFactory),
      // There is none. The types of viem's finalisation actions ask for it; with a portal of version 3 or later nothing reads it.
      l2OutputOracle: onL1(zeroAddress),
      l1StandardBridge: onL1(addresses.l1StandardBridge),
      l1CrossDomainMessenger: onL1(addresses.l1CrossDomainMessenger),
      l1Erc721Bridge: onL1(addresses.l1Erc721Bridge),
      l1Erc1155Bridge: onL1(addresses.l1Erc1155Bridge),
    },
    sourceId,
  })
  return { l1, l2 }
}

function preinstalledContracts() {
  const entries = Object.entries(preinstalls).map(([name, { address }]) => [
    name,
    { address: getAddress(address), blockCreated: 0 },
  ])
  return Object.fromEntries(entries) as Record<PreinstallName, ChainContract>
}
