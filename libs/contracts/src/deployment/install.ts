import { predeploys, zeroAddress, type Hash, type Hex } from '@animechain/core'
import { encodeFunctionData, getContractAddress } from 'viem'
import type { OptionalProxyName, ProxiedName } from '../addresses.js'
import { assertionGameType } from '../config.js'
import {
  anchorStateRegistryAbi,
  bootstrapAbi,
  committeeRegistryAbi,
  disputeGameFactoryAbi,
  inboxAbi,
  l1CrossDomainMessengerAbi,
  l1StandardBridgeAbi,
  optimismPortalAbi,
  stakeRegistryAbi,
  systemConfigAbi,
} from '../generated/index.js'
import { proxiesOf, storeRoles, verifierRoles, type L1Plan } from './plan.js'

/** What L2 begins with. */
export interface GenesisChoice {
  /** Timestamp of L2 block 0, seconds. */
  genesisTimestamp: bigint
  /** Output root of L2 block 0. */
  genesisOutputRoot: Hash
}

/** Input of the bootstrap contract's transaction that initialises all proxies and hands them to the timelock. */
export function installData(plan: L1Plan, genesis: GenesisChoice): Hex {
  const { addresses, implementations } = plan
  const data = {
    ...coreInitializers(plan, genesis),
    ...bridgeInitializers(plan),
    committeeRegistry: storeInitializer(plan),
    stakeRegistry: networkInitializer(plan),
  }
  return encodeFunctionData({
    abi: bootstrapAbi,
    functionName: 'install',
    args: [
      proxiesOf(plan).map((name) => ({
        admin: proxyAdmin(plan, name),
        proxy: addresses[name]!,
        implementation: implementations[name]!,
        data: data[name],
      })),
      addresses.timelock,
    ],
  })
}

/** The admin contract of a proxy: a transparent proxy creates it first thing, so with its nonce 1. */
export const proxyAdmin = ({ addresses }: L1Plan, name: ProxiedName | OptionalProxyName) =>
  getContractAddress({ from: addresses[name]!, nonce: 1n })

function storeInitializer({ addresses, config: { vault, l2ChainId } }: L1Plan): Hex {
  if (!vault) return '0x'
  return encodeFunctionData({
    abi: committeeRegistryAbi,
    functionName: 'initialize',
    args: [
      addresses.systemConfig,
      l2ChainId,
      predeploys.accessRegistry,
      BigInt(vault.notice),
      storeRoles(vault, addresses.availabilityChallenge!),
    ],
  })
}

function networkInitializer({ addresses, config }: L1Plan): Hex {
  const { network } = config
  if (!network) return '0x'
  return encodeFunctionData({
    abi: stakeRegistryAbi,
    functionName: 'initialize',
    args: [
      addresses.systemConfig,
      BigInt(network.epochLength),
      // From the installation on.
      0n,
      verifierRoles(config, network, addresses),
      network.tokens ?? [],
    ],
  })
}

type BridgeName = 'l1CrossDomainMessenger' | 'l1StandardBridge' | 'l1Erc721Bridge' | 'l1Erc1155Bridge'

function coreInitializers(
  { addresses, config }: L1Plan,
  { genesisTimestamp, genesisOutputRoot }: GenesisChoice,
): Record<Exclude<ProxiedName, BridgeName>, Hex> {
  const { systemConfig, inbox, anchorStateRegistry } = addresses
  const { roles } = config
  return {
    systemConfig: encodeFunctionData({
      abi: systemConfigAbi,
      functionName: 'initialize',
      args: [
        {
          owner: addresses.timelock,
          operator: roles.operator,
          guardian: roles.guardian,
          sequencer: roles.sequencer,
          batcher: roles.batcher,
          proposer: roles.proposer,
          challenger: roles.challenger,
          gasLimit: config.gasLimit,
          baseFeeScalar: config.baseFeeScalar,
          blobBaseFeeScalar: config.blobBaseFeeScalar,
          pauseDuration: BigInt(config.pauseDuration),
        },
      ],
    }),
    inbox: encodeFunctionData({
      abi: inboxAbi,
      functionName: 'initialize',
      args: [
        systemConfig,
        addresses.optimismPortal,
        genesisTimestamp,
        BigInt(config.forceDelay),
        BigInt(config.contextInterval),
        [
          addresses.calldataDa,
          addresses.blobDa,
          ...(addresses.memoryDa ? [addresses.memoryDa] : []),
          ...(addresses.privateDa ? [addresses.privateDa] : []),
          ...(addresses.altDa ? [addresses.altDa] : []),
        ],
      ],
    }),
    optimismPortal: encodeFunctionData({
      abi: optimismPortalAbi,
      functionName: 'initialize',
      args: [
        systemConfig,
        inbox,
        anchorStateRegistry,
        BigInt(config.proofMaturityDelay),
        addresses.fastExits ?? zeroAddress,
      ],
    }),
    disputeGameFactory: encodeFunctionData({
      abi: disputeGameFactoryAbi,
      functionName: 'initialize',
      args: [
        systemConfig,
        anchorStateRegistry,
        BigInt(config.listingDelay),
        assertionGameType,
        addresses.assertionGame,
      ],
    }),
    anchorStateRegistry: encodeFunctionData({
      abi: anchorStateRegistryAbi,
      functionName: 'initialize',
      args: [
        systemConfig,
        addresses.disputeGameFactory,
        assertionGameType,
        BigInt(config.finalityDelay),
        genesisOutputRoot,
      ],
    }),
  }
}

function bridgeInitializers({ addresses }: L1Plan): Record<BridgeName, Hex> {
  const bridge = encodeFunctionData({
    abi: l1StandardBridgeAbi,
    functionName: 'initialize',
    args: [addresses.l1CrossDomainMessenger, addresses.systemConfig],
  })
  return {
    l1CrossDomainMessenger: encodeFunctionData({
      abi: l1CrossDomainMessengerAbi,
      functionName: 'initialize',
      args: [addresses.systemConfig, addresses.optimismPortal],
    }),
    // The three bridges are initialised alike.
    l1StandardBridge: bridge,
    l1Erc721Bridge: bridge,
    l1Erc1155Bridge: bridge,
  }
}
