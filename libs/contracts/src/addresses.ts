import type { Address } from '@animechain/core'

/** Names of the L1 contracts behind proxies. */
export const proxied = [
  'systemConfig',
  'inbox',
  'optimismPortal',
  'disputeGameFactory',
  'anchorStateRegistry',
  'l1CrossDomainMessenger',
  'l1StandardBridge',
  'l1Erc721Bridge',
  'l1Erc1155Bridge',
] as const
/** Contracts of L1 behind a proxy: their address stays when the timelock gives them other code. */
export type ProxiedName = (typeof proxied)[number]

/** Contracts behind a proxy that a configuration may ask for. */
export type OptionalProxyName = 'committeeRegistry' | 'stakeRegistry'

/** Names of the L1 contracts that stand for themselves. */
export const standalone = [
  'timelock',
  'calldataDa',
  'blobDa',
  /** Checks one step of the machine. */
  'oneStepProver',
  /** Where disputes are carried out, and bonds held. */
  'challengeTree',
  /** The code that the assertions delegate to; each assertion is its clone. The challenge tree creates it. */
  'assertionGame',
  'multicall3',
] as const
/** Contracts of L1 without a proxy: other code is another address. */
export type StandaloneName = (typeof standalone)[number]

/** Where the L1 contracts of a chain are. */
export type L1Addresses = Record<ProxiedName | StandaloneName, Address> & {
  /** Only where the configuration asked for `memoryDa`. */
  memoryDa?: Address
  /** Committees and their stake, behind a proxy. Only where the configuration has `vault`. */
  committeeRegistry?: Address
  /** Takes certificates of a storage committee (DA kind 4). Only where the configuration has `vault.keyRoot`. */
  privateDa?: Address
  /** Challenges storage nodes. Only where the configuration has `vault`. */
  availabilityChallenge?: Address
  /** Verifiers and their stake, behind a proxy. Only where the configuration has `network`. */
  stakeRegistry?: Address
  /** Takes certificates of verifiers and reserves what is paid early. Only where the configuration has `network`. */
  fastExits?: Address
  /** Wrong assertions on purpose, and what alarms about them earn. Only where the configuration has `network`. */
  drills?: Address
  /** Draws verifiers and rewards the diligent. Only where the configuration has `network`. */
  diligence?: Address
  /** Gets what the fee vaults of L2 pay out. Only where the configuration has `network.feeRecipient`. */
  feeSplitter?: Address
  /** Only where the configuration has `altDa`. */
  altDa?: Address
}
