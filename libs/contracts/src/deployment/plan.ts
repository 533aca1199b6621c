import { type Address, type Hash, type Hex } from '@animechain/core'
import {
  concatHex,
  encodeAbiParameters,
  encodeDeployData,
  encodeFunctionData,
  getContractAddress,
  keccak256,
  stringToHex,
} from 'viem'
import {
  proxied,
  type L1Addresses,
  type OptionalProxyName,
  type ProxiedName,
  type StandaloneName,
} from '../addresses.js'
import {
  assertionGameType,
  leastVerifierUnbonding,
  type AltDaConfig,
  type L1Config,
  type NetworkConfig,
  type VaultConfig,
} from '../config.js'
import { committeeRoles } from '../committees.js'
import { create2Address } from '../create2.js'
import { networkRoles } from '../networkRoles.js'
import {
  anchorStateRegistryBytecode,
  anchorStateRegistryDeployedBytecode,
  availabilityChallengeAbi,
  availabilityChallengeBytecode,
  availabilityChallengeDeployedBytecode,
  blobDaBytecode,
  blobDaDeployedBytecode,
  bootstrapAbi,
  bootstrapBytecode,
  bootstrapDeployedBytecode,
  calldataDaBytecode,
  calldataDaDeployedBytecode,
  challengeTreeAbi,
  challengeTreeBytecode,
  challengeTreeDeployedBytecode,
  committeeRegistryBytecode,
  committeeRegistryDeployedBytecode,
  controlFacetBytecode,
  controlFacetDeployedBytecode,
  diligenceAbi,
  diligenceBytecode,
  diligenceDeployedBytecode,
  disputeGameFactoryBytecode,
  disputeGameFactoryDeployedBytecode,
  drillsAbi,
  drillsBytecode,
  drillsDeployedBytecode,
  fastExitsAbi,
  fastExitsBytecode,
  fastExitsDeployedBytecode,
  feeSplitterAbi,
  feeSplitterBytecode,
  feeSplitterDeployedBytecode,
  hostFacetBytecode,
  hostFacetDeployedBytecode,
  inboxBytecode,
  inboxDeployedBytecode,
  l1CrossDomainMessengerBytecode,
  l1CrossDomainMessengerDeployedBytecode,
  l1Erc1155BridgeBytecode,
  l1Erc1155BridgeDeployedBytecode,
  l1Erc721BridgeBytecode,
  l1Erc721BridgeDeployedBytecode,
  l1StandardBridgeBytecode,
  l1StandardBridgeDeployedBytecode,
  altDaAbi,
  altDaBytecode,
  altDaDeployedBytecode,
  memoryDaBytecode,
  memoryDaDeployedBytecode,
  memoryFacetBytecode,
  memoryFacetDeployedBytecode,
  multicall3Bytecode,
  multicall3DeployedBytecode,
  numericFacetBytecode,
  numericFacetDeployedBytecode,
  oneStepProverAbi,
  oneStepProverBytecode,
  oneStepProverDeployedBytecode,
  optimismPortalBytecode,
  optimismPortalDeployedBytecode,
  privateDaAbi,
  privateDaBytecode,
  privateDaDeployedBytecode,
  stakeRegistryBytecode,
  stakeRegistryDeployedBytecode,
  systemConfigBytecode,
  systemConfigDeployedBytecode,
  timelockControllerAbi,
  timelockControllerBytecode,
  timelockControllerDeployedBytecode,
  transparentUpgradeableProxyAbi,
  transparentUpgradeableProxyBytecode,
  transparentUpgradeableProxyDeployedBytecode,
} from '../generated/index.js'

/** Gas of a creation besides what its code costs: most constructors write a slot or none, the timelock's a few. */
const CREATION_GAS = 80_000n
const TIMELOCK_GAS = 400_000n
/** A proxy creates its admin. */
const PROXY_GAS = 500_000n
/** The challenge tree creates the code of the assertions. */
const TREE_GAS = 2_500_000n

/** A contract that is created with CREATE2. */
export interface Creation {
  name: string
  salt: Hash
  initCode: Hex
  address: Address
  /** gas at most of its constructor */
  gas: bigint
  /** The compiler's code of the contract, its immutables zero. */
  deployedCode: Hex
}

/** The contracts of a configuration and where one account's deployment puts them. */
export interface L1Plan {
  deployer: Address
  config: L1Config
  bootstrap: Address
  /** In the order in which they are created; none needs another one to be there. */
  creations: readonly Creation[]
  addresses: L1Addresses
  /** Code that each proxy gets. */
  implementations: Record<ProxiedName, Address> & Partial<Record<OptionalProxyName, Address>>
}

/** What stands behind a proxy of this plan, and is installed in this order. */
export const proxiesOf = ({ config }: L1Plan): (ProxiedName | OptionalProxyName)[] => [
  ...proxied,
  ...(config.vault ? (['committeeRegistry'] as const) : []),
  ...(config.network ? (['stakeRegistry'] as const) : []),
]

/** Code of what stands behind proxies: with constructor, and as it is deployed. */
const proxiedCode: Record<ProxiedName, readonly [creation: Hex, deployed: Hex]> = {
  systemConfig: [systemConfigBytecode, systemConfigDeployedBytecode],
  inbox: [inboxBytecode, inboxDeployedBytecode],
  optimismPortal: [optimismPortalBytecode, optimismPortalDeployedBytecode],
  disputeGameFactory: [disputeGameFactoryBytecode, disputeGameFactoryDeployedBytecode],
  anchorStateRegistry: [anchorStateRegistryBytecode, anchorStateRegistryDeployedBytecode],
  l1CrossDomainMessenger: [l1CrossDomainMessengerBytecode, l1CrossDomainMessengerDeployedBytecode],
  l1StandardBridge: [l1StandardBridgeBytecode, l1StandardBridgeDeployedBytecode],
  l1Erc721Bridge: [l1Erc721BridgeBytecode, l1Erc721BridgeDeployedBytecode],
  l1Erc1155Bridge: [l1Erc1155BridgeBytecode, l1Erc1155BridgeDeployedBytecode],
}

type Create = (name: string, initCode: Hex, deployedCode: Hex, gas?: bigint) => Address

/** What is deployed for this configuration by this account, and where. Pure: asks no chain. */
export function planL1(account: Address, config: L1Config): L1Plan {
  const deployer = account.toLowerCase() as Address
  const base = keccak256(
    encodeAbiParameters([{ type: 'address' }, { type: 'bytes32' }], [deployer, hashConfig(config)]),
  )
  const creations: Creation[] = []
  const create: Create = (name, initCode, deployedCode, gas = CREATION_GAS) => {
    const salt = keccak256(concatHex([base, stringToHex(name)]))
    const address = create2Address(salt, initCode)
    creations.push({ name, salt, initCode, address, gas, deployedCode })
    return address
  }

  const bootstrap = create(
    'bootstrap',
    encodeDeployData({ abi: bootstrapAbi, bytecode: bootstrapBytecode, args: [deployer] }),
    bootstrapDeployedBytecode,
  )
  const createProxy = proxyCreator(create, bootstrap)
  const proxies = Object.fromEntries(proxied.map((name) => [name, createProxy(name)])) as Record<
    ProxiedName,
    Address
  >
  const own = createStandalone(create, config, proxies)
  const memoryDa = config.memoryDa
    ? create('memoryDa', memoryDaBytecode, memoryDaDeployedBytecode)
    : undefined
  const altDa = config.altDa && createAltDa(create, config.altDa, proxies.systemConfig)
  const implementations = Object.fromEntries(
    proxied.map((name) => [name, create(`${name} implementation`, ...proxiedCode[name])]),
  ) as Record<ProxiedName, Address>
  const store = config.vault ? createStore(create, config.vault, createProxy('committeeRegistry')) : undefined
  const network = config.network
    ? createNetwork(create, config.network, proxies, createProxy('stakeRegistry'))
    : undefined
  return {
    deployer,
    config,
    bootstrap,
    creations,
    implementations: {
      ...implementations,
      ...(store ? { committeeRegistry: store.implementation } : {}),
      ...(network ? { stakeRegistry: network.implementation } : {}),
    },
    addresses: {
      ...proxies,
      ...own,
      ...(memoryDa ? { memoryDa } : {}),
      ...(altDa ? { altDa } : {}),
      ...store?.addresses,
      ...network?.addresses,
    },
  }
}

/** Where `deployL1` puts the contracts of this configuration when this account deploys them. */
export function l1Addresses(deployer: Address, config: L1Config): L1Addresses {
  return planL1(deployer, config).addresses
}

/** Makes proxies that point to the bootstrap contract, which gives them their code later. */
function proxyCreator(create: Create, bootstrap: Address): (name: string) => Address {
  const shell = encodeDeployData({
    abi: transparentUpgradeableProxyAbi,
    bytecode: transparentUpgradeableProxyBytecode,
    args: [bootstrap, bootstrap, encodeFunctionData({ abi: bootstrapAbi, functionName: 'idle' })],
  })
  return (name) => create(name, shell, transparentUpgradeableProxyDeployedBytecode, PROXY_GAS)
}

/** The contracts without proxies, in the order of their creation. */
function createStandalone(
  create: Create,
  config: L1Config,
  proxies: Record<ProxiedName, Address>,
): Record<StandaloneName, Address> {
  const zero = '0x0000000000000000000000000000000000000000'
  const timelock = create(
    'timelock',
    encodeDeployData({
      abi: timelockControllerAbi,
      bytecode: timelockControllerBytecode,
      // Anybody may execute what has waited long enough, and nobody administers but the timelock itself.
      args: [BigInt(config.timelockDelay), [config.roles.timelockProposer], [zero], zero],
    }),
    timelockControllerDeployedBytecode,
    TIMELOCK_GAS,
  )
  const oneStepProver = config.proving.prover ?? createProver(create)
  const challengeTree = createTree(create, config, proxies, oneStepProver)
  return {
    timelock,
    oneStepProver,
    challengeTree,
    // It is the first contract that the tree creates.
    assertionGame: getContractAddress({ from: challengeTree, nonce: 1n }).toLowerCase() as Address,
    calldataDa: create('calldataDa', calldataDaBytecode, calldataDaDeployedBytecode),
    blobDa: create('blobDa', blobDaBytecode, blobDaDeployedBytecode),
    multicall3: create('multicall3', multicall3Bytecode, multicall3DeployedBytecode),
  }
}

/** The adapter of alt-DA servers, which keeps announcements and challenges. */
function createAltDa(create: Create, config: AltDaConfig, systemConfig: Address): Address {
  const { challengeWindow, resolveWindow, takeWindow, bond } = config
  return create(
    'altDa',
    encodeDeployData({
      abi: altDaAbi,
      bytecode: altDaBytecode,
      args: [systemConfig, BigInt(challengeWindow), BigInt(resolveWindow), BigInt(takeWindow), bond],
    }),
    altDaDeployedBytecode,
  )
}

/** The one-step prover and what it delegates to. */
function createProver(create: Create): Address {
  const facets = [
    create('numericFacet', numericFacetBytecode, numericFacetDeployedBytecode),
    create('controlFacet', controlFacetBytecode, controlFacetDeployedBytecode),
    create('memoryFacet', memoryFacetBytecode, memoryFacetDeployedBytecode),
    create('hostFacet', hostFacetBytecode, hostFacetDeployedBytecode),
  ] as const
  return create(
    'oneStepProver',
    encodeDeployData({ abi: oneStepProverAbi, bytecode: oneStepProverBytecode, args: facets }),
    oneStepProverDeployedBytecode,
  )
}

function createTree(
  create: Create,
  config: L1Config,
  proxies: Record<ProxiedName, Address>,
  prover: Address,
): Address {
  return create(
    'challengeTree',
    encodeDeployData({
      abi: challengeTreeAbi,
      bytecode: challengeTreeBytecode,
      args: [treeParameters(config, proxies, prover)],
    }),
    challengeTreeDeployedBytecode,
    TREE_GAS,
  )
}

/** What the private store has on L1. */
function createStore(create: Create, vault: VaultConfig, committeeRegistry: Address) {
  const implementation = create(
    'committeeRegistry implementation',
    committeeRegistryBytecode,
    committeeRegistryDeployedBytecode,
  )
  const { penalty, bond, responseTime, drawDelay } = vault.challenge
  const availabilityChallenge = create(
    'availabilityChallenge',
    encodeDeployData({
      abi: availabilityChallengeAbi,
      bytecode: availabilityChallengeBytecode,
      args: [committeeRegistry, { penalty, bond, responseTime: BigInt(responseTime), drawDelay }],
    }),
    availabilityChallengeDeployedBytecode,
  )
  const { keyRoot } = vault
  const adapter = keyRoot
    ? { privateDa: createAdapter(create, { ...vault, keyRoot }, committeeRegistry) }
    : {}
  return { implementation, addresses: { committeeRegistry, availabilityChallenge, ...adapter } }
}

/** What the verifier network has on L1. */
function createNetwork(
  create: Create,
  network: NetworkConfig,
  proxies: Record<ProxiedName, Address>,
  stakeRegistry: Address,
) {
  const implementation = create(
    'stakeRegistry implementation',
    stakeRegistryBytecode,
    stakeRegistryDeployedBytecode,
  )
  const drills = createDrills(create, network, proxies, stakeRegistry)
  // Asks the portal for fast exits.
  const diligence = createDiligence(create, network, proxies, stakeRegistry)
  const fastExits = create(
    'fastExits',
    encodeDeployData({
      abi: fastExitsAbi,
      bytecode: fastExitsBytecode,
      args: [
        {
          registry: stakeRegistry,
          anchorStateRegistry: proxies.anchorStateRegistry,
          drills,
          known: {
            portal: proxies.optimismPortal,
            inbox: proxies.inbox,
            messenger: proxies.l1CrossDomainMessenger,
            standardBridge: proxies.l1StandardBridge,
            erc721Bridge: proxies.l1Erc721Bridge,
            erc1155Bridge: proxies.l1Erc1155Bridge,
          },
          minAge: BigInt(network.minAge),
          certificateEpochs: BigInt(network.certificateEpochs),
          minVerifiers: BigInt(network.minVerifiers),
        },
      ],
    }),
    fastExitsDeployedBytecode,
  )
  const { feeRecipient } = network
  const splitter = feeRecipient
    ? { feeSplitter: createFeeSplitter(create, diligence, feeRecipient) }
    : undefined
  return { implementation, addresses: { stakeRegistry, fastExits, drills, diligence, ...splitter } }
}

const createDrills = (
  create: Create,
  { diligence: { penalty, revealTime } }: NetworkConfig,
  { anchorStateRegistry }: Record<ProxiedName, Address>,
  stakeRegistry: Address,
): Address =>
  create(
    'drills',
    encodeDeployData({
      abi: drillsAbi,
      bytecode: drillsBytecode,
      args: [stakeRegistry, anchorStateRegistry, penalty, BigInt(revealTime)],
    }),
    drillsDeployedBytecode,
  )

/** What draws verifiers and rewards them. */
function createDiligence(
  create: Create,
  { diligence: { penalty, revealTime, drawDelay, oneIn } }: NetworkConfig,
  proxies: Record<ProxiedName, Address>,
  stakeRegistry: Address,
): Address {
  return create(
    'diligence',
    encodeDeployData({
      abi: diligenceAbi,
      bytecode: diligenceBytecode,
      args: [
        {
          registry: stakeRegistry,
          anchorStateRegistry: proxies.anchorStateRegistry,
          portal: proxies.optimismPortal,
          penalty,
          revealTime: BigInt(revealTime),
          drawDelay,
          oneIn,
        },
      ],
    }),
    diligenceDeployedBytecode,
  )
}

const createFeeSplitter = (create: Create, diligence: Address, recipient: Address): Address =>
  create(
    'feeSplitter',
    encodeDeployData({
      abi: feeSplitterAbi,
      bytecode: feeSplitterBytecode,
      args: [diligence, recipient],
    }),
    feeSplitterDeployedBytecode,
  )

/** The role of verifiers as the registry is given it: `keccak256` of its name, see NetworkRoles.sol. */
export function verifierRoles(config: L1Config, network: NetworkConfig, addresses: L1Addresses) {
  const { minStake, maxActive, cap, unbonding = leastVerifierUnbonding(config, network) } = network
  return [
    {
      role: networkRoles.verifier,
      parameters: { minStake, unbonding, maxActive, cap },
      slashers: [addresses.fastExits!, addresses.diligence!],
    },
  ] as const
}

const createAdapter = (
  create: Create,
  { keyRoot, retention, grace }: VaultConfig & { keyRoot: Hash },
  committeeRegistry: Address,
): Address =>
  create(
    'privateDa',
    encodeDeployData({
      abi: privateDaAbi,
      bytecode: privateDaBytecode,
      args: [committeeRegistry, keyRoot, BigInt(retention), BigInt(grace)],
    }),
    privateDaDeployedBytecode,
  )

/** The roles that stake is held for, as the registry is given them: `keccak256` of their names, see Roles.sol. */
export function storeRoles(vault: VaultConfig, availabilityChallenge: Address) {
  const unbonding = BigInt(vault.unbonding)
  return [
    {
      role: committeeRoles.storage,
      minStake: vault.stakes.storage,
      unbonding,
      slashers: [availabilityChallenge],
    },
    { role: committeeRoles.keys, minStake: vault.stakes.keys, unbonding, slashers: [] },
  ] as const
}

/** The rules of disputes as the challenge tree is given them. */
export function treeParameters(config: L1Config, proxies: Record<ProxiedName, Address>, prover: Address) {
  const { heights, stakes, rewards, proving } = config
  return {
    factory: proxies.disputeGameFactory,
    anchorStateRegistry: proxies.anchorStateRegistry,
    inbox: proxies.inbox,
    prover,
    gameType: assertionGameType,
    challengePeriod: BigInt(config.challengePeriod),
    heights: [heights.blocks, heights.spans, heights.steps],
    interval: BigInt(config.assertionInterval),
    stakes: [config.assertionBond, stakes.spans, stakes.steps],
    rewards: [rewards.assertion, rewards.bisection, rewards.refinement, rewards.proof],
    codeRoot: proving.program.codeRoot,
    ramRoot: proving.program.ramRoot,
    pages: proving.program.pages,
    rulesHash: proving.rulesHash,
  } as const
}

/** Two configurations have the same contracts exactly if this is the same. */
export function hashConfig(config: L1Config): Hash {
  const { memoryDa, ...rest } = config
  const entries = [...(memoryDa ? [['memoryDa', 'true']] : []), ...entriesOf(rest)].sort(([a], [b]) =>
    a! < b! ? -1 : 1,
  )
  return keccak256(stringToHex(JSON.stringify(entries)))
}

/** Names and values of what stands in a configuration; those of a part in it begin with its name. Addresses and hashes in lower case. */
function entriesOf(part: object, prefix = ''): [string, string][] {
  return Object.entries(part).flatMap(([key, value]): [string, string][] => {
    if (value === undefined) return []
    if (typeof value === 'object' && value !== null) return entriesOf(value, `${prefix}${key}.`)
    const text = String(value)
    return [[`${prefix}${key}`, prefix && /^0x/i.test(text) ? text.toLowerCase() : text]]
  })
}
