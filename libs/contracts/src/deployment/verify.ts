import { predeploys, zeroAddress, type Address, type Hex } from '@animechain/core'
import { domainSeparator, keccak256, parseAbi, stringToHex, type Abi } from 'viem'
import { assertionGameType } from '../config.js'
import { wordToAddress } from '../create2.js'
import {
  anchorStateRegistryAbi,
  assertionGameAbi,
  assertionGameDeployedBytecode,
  availabilityChallengeAbi,
  challengeTreeAbi,
  committeeRegistryAbi,
  diligenceAbi,
  disputeGameFactoryAbi,
  drillsAbi,
  fastExitsAbi,
  feeSplitterAbi,
  inboxAbi,
  l1CrossDomainMessengerAbi,
  l1StandardBridgeAbi,
  optimismPortalAbi,
  privateDaAbi,
  stakeRegistryAbi,
  systemConfigAbi,
  timelockControllerAbi,
} from '../generated/index.js'
import type { L1Deployment } from './execute.js'
import { proxyAdmin } from './install.js'
import { proxiesOf, storeRoles, treeParameters, verifierRoles, type L1Plan } from './plan.js'
import { IMPLEMENTATION_SLOT, type L1Client } from './survey.js'

/** keccak256('eip1967.proxy.admin') - 1 (EIP-1967). */
const ADMIN_SLOT = '0xb53127684a568b3173ae13b9f8a6016e243e63b6e8ee1178d6a717850b5d6103'
/** Role of the timelock that schedules. */
const proposerRole = keccak256(stringToHex('PROPOSER_ROLE'))
const ownableAbi = parseAbi(['function owner() view returns (address)'])

/** One thing that was read back from L1. */
export interface DeploymentCheck {
  /** e.g. `code of inbox`, `systemConfig.batcher` */
  what: string
  expected: string
  found: string
  ok: boolean
}

type Expectation = readonly [functionName: string, expected: unknown, args?: readonly unknown[]]

/**
 * Reads a deployment back from L1 and compares it with its plan: the code of every contract with the compiler's, where each proxy points and who owns it, and
 * every setting. Holds for a deployment that nobody has changed since; the timelock and the operator may.
 */
export async function verifyDeployment(
  client: L1Client,
  plan: L1Plan,
  deployment: Pick<L1Deployment, 'genesisTimestamp' | 'genesisOutputRoot'>,
): Promise<DeploymentCheck[]> {
  const checks: DeploymentCheck[] = []
  const check = (what: string, expected: unknown, found: unknown) => {
    const [a, b] = [textOf(expected), textOf(found)]
    checks.push({ what, expected: a, found: b, ok: a === b })
  }
  for (const { name, address, deployedCode } of [...plan.creations, createdByTree(plan)]) {
    const code = (await client.getCode({ address })) ?? '0x'
    const same = isCompiledFrom(code, deployedCode)
    check(`code of ${name}`, 'as compiled', same ? 'as compiled' : code === '0x' ? 'no code' : 'other code')
  }
  for (const name of proxiesOf(plan)) {
    const address = plan.addresses[name]!
    const [implementation, admin] = await Promise.all([
      client.getStorageAt({ address, slot: IMPLEMENTATION_SLOT }),
      client.getStorageAt({ address, slot: ADMIN_SLOT }),
    ])
    check(`${name}: implementation`, plan.implementations[name], wordToAddress(implementation))
    check(`${name}: admin`, proxyAdmin(plan, name), wordToAddress(admin))
    const owner = await client
      .readContract({ address: proxyAdmin(plan, name), abi: ownableAbi, functionName: 'owner' })
      .catch(() => 'no answer')
    check(`${name}: owner of the admin`, plan.addresses.timelock, owner)
  }
  for (const { name, address, abi, expectations } of settingsOf(plan, deployment))
    for (const [functionName, expected, args = []] of expectations) {
      const found = await client
        .readContract({ address, abi, functionName, args })
        .catch((error: Error) => `no answer: ${error.message.split('\n')[0]}`)
      check(`${name}.${functionName}(${args.join(', ')})`, expected, found)
    }
  return checks
}

/** The code of the assertions, which is no creation of the plan's own. */
const createdByTree = ({ addresses }: L1Plan) => ({
  name: 'assertionGame',
  address: addresses.assertionGame,
  deployedCode: assertionGameDeployedBytecode,
})

/** A value as text; of an object, its names and values. */
function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(textOf).join(',')
  if (typeof value !== 'object' || value === null) return String(value).toLowerCase()
  return Object.entries(value)
    .map(([key, part]) => `${key}: ${textOf(part)}`)
    .sort()
    .join('; ')
}

const PUSH32 = '7f'
const ZERO_WORD = '0'.repeat(64)

/** Whether code is the compiler's but for immutables, which the compiler leaves as PUSH32 of zero. */
export function isCompiledFrom(code: Hex, compiled: Hex): boolean {
  if (code.length !== compiled.length) return false
  for (let i = 2; i < code.length; i += 2) {
    if (code.slice(i, i + 2) !== compiled.slice(i, i + 2)) return false
    if (compiled.slice(i, i + 2) === PUSH32 && compiled.slice(i + 2, i + 66) === ZERO_WORD) i += 64
  }
  return true
}

interface Settings {
  name: string
  address: Address
  abi: Abi
  expectations: Expectation[]
}

function settingsOf(
  plan: L1Plan,
  genesis: Pick<L1Deployment, 'genesisTimestamp' | 'genesisOutputRoot'>,
): Settings[] {
  const { addresses: at, config } = plan
  const system: Expectation = ['systemConfig', at.systemConfig]
  return [
    ...rolesAndAdapters(plan, genesis.genesisTimestamp),
    {
      name: 'optimismPortal',
      address: at.optimismPortal,
      abi: optimismPortalAbi as Abi,
      expectations: [
        system,
        ['inbox', at.inbox],
        ['anchorStateRegistry', at.anchorStateRegistry],
        ['proofMaturityDelaySeconds', config.proofMaturityDelay],
        ['fastExits', at.fastExits ?? zeroAddress],
        ['guardian', config.roles.guardian],
        ['paused', false],
      ],
    },
    {
      name: 'disputeGameFactory',
      address: at.disputeGameFactory,
      abi: disputeGameFactoryAbi as Abi,
      expectations: [
        system,
        ['anchorStateRegistry', at.anchorStateRegistry],
        ['listingDelay', config.listingDelay],
        ['gameImpls', at.assertionGame, [assertionGameType]],
        ['initBonds', config.assertionBond, [assertionGameType]],
      ],
    },
    {
      name: 'anchorStateRegistry',
      address: at.anchorStateRegistry,
      abi: anchorStateRegistryAbi as Abi,
      expectations: [
        system,
        ['disputeGameFactory', at.disputeGameFactory],
        ['respectedGameType', assertionGameType],
        ['disputeGameFinalityDelaySeconds', config.finalityDelay],
        ['genesisOutputRoot', genesis.genesisOutputRoot],
      ],
    },
    ...gameAndBridges(plan),
    ...store(plan),
    ...network(plan),
  ]
}

/** What the verifier network has on L1. */
function network({ addresses: at, config }: L1Plan): Settings[] {
  if (!config.network) return []
  const { minAge, certificateEpochs, minVerifiers, epochLength, tokens = [], feeRecipient } = config.network
  return [
    {
      name: 'stakeRegistry',
      address: at.stakeRegistry!,
      abi: stakeRegistryAbi as Abi,
      expectations: [
        ['systemConfig', at.systemConfig],
        ['epochLength', epochLength],
        ['tokens', tokens],
        ...tokens.map((token): Expectation => ['isListed', true, [token]]),
        ...verifierRoles(config, config.network, at).flatMap(
          ({ role, parameters, slashers }): Expectation[] => [
            ['parametersOf', parameters, [role]],
            ...slashers.map((slasher): Expectation => ['isSlasher', true, [role, slasher]]),
          ],
        ),
      ],
    },
    {
      name: 'fastExits',
      address: at.fastExits!,
      abi: fastExitsAbi as Abi,
      expectations: [
        ['registry', at.stakeRegistry],
        ['anchorStateRegistry', at.anchorStateRegistry],
        ['drills', at.drills],
        ['portal', at.optimismPortal],
        ['minAge', minAge],
        ['certificateEpochs', certificateEpochs],
        ['minVerifiers', minVerifiers],
      ],
    },
    {
      name: 'drills',
      address: at.drills!,
      abi: drillsAbi as Abi,
      expectations: [
        ['registry', at.stakeRegistry],
        ['anchorStateRegistry', at.anchorStateRegistry],
        ['leastBounty', config.network.diligence.penalty],
        ['revealTime', config.network.diligence.revealTime],
      ],
    },
    {
      name: 'diligence',
      address: at.diligence!,
      abi: diligenceAbi as Abi,
      expectations: [
        ['registry', at.stakeRegistry],
        ['anchorStateRegistry', at.anchorStateRegistry],
        ['portal', at.optimismPortal],
        ...Object.entries(config.network.diligence),
      ],
    },
    ...(feeRecipient
      ? [
          {
            name: 'feeSplitter',
            address: at.feeSplitter!,
            abi: feeSplitterAbi as Abi,
            expectations: [
              ['diligence', at.diligence],
              ['recipient', feeRecipient],
            ] as Expectation[],
          },
        ]
      : []),
  ]
}

/** EIP-712 domain separator of what is signed for the private store (docs/spec/vault.md, section 4). */
const storeDomain = (chainId: bigint) =>
  domainSeparator({
    domain: {
      name: 'Animechain Vault',
      version: '1',
      chainId: Number(chainId),
      verifyingContract: predeploys.accessRegistry,
    },
  })

/** What the private store has on L1. */
function store({ addresses: at, config: { vault, l2ChainId } }: L1Plan): Settings[] {
  if (!vault) return []
  const { committeeRegistry, privateDa, availabilityChallenge } = at
  const { challenge } = vault
  return [
    {
      name: 'committeeRegistry',
      address: committeeRegistry!,
      abi: committeeRegistryAbi as Abi,
      expectations: [
        ['systemConfig', at.systemConfig],
        ['notice', vault.notice],
        ['storeDomain', storeDomain(l2ChainId)],
        ...storeRoles(vault, availabilityChallenge!).flatMap(
          ({ role, minStake, unbonding, slashers }): Expectation[] => [
            ['parametersOf', { minStake, unbonding }, [role]],
            ...slashers.map((slasher): Expectation => ['isSlasher', true, [role, slasher]]),
          ],
        ),
      ],
    },
    ...(privateDa
      ? [
          {
            name: 'privateDa',
            address: privateDa,
            abi: privateDaAbi as Abi,
            expectations: [
              ['registry', committeeRegistry],
              ['keyRoot', vault.keyRoot],
              ['retention', vault.retention],
              ['grace', vault.grace],
            ] as Expectation[],
          },
        ]
      : []),
    {
      name: 'availabilityChallenge',
      address: availabilityChallenge!,
      abi: availabilityChallengeAbi as Abi,
      expectations: [['registry', committeeRegistry], ...Object.entries(challenge)],
    },
  ]
}

function rolesAndAdapters({ addresses: at, config }: L1Plan, genesisTimestamp: bigint): Settings[] {
  const { timelockProposer, ...roles } = config.roles
  return [
    {
      name: 'systemConfig',
      address: at.systemConfig,
      abi: systemConfigAbi as Abi,
      expectations: [
        ['owner', at.timelock],
        ...Object.entries(roles),
        ['gasLimit', config.gasLimit],
        ['baseFeeScalar', config.baseFeeScalar],
        ['blobBaseFeeScalar', config.blobBaseFeeScalar],
        ['pauseDuration', config.pauseDuration],
      ],
    },
    {
      name: 'timelock',
      address: at.timelock,
      abi: timelockControllerAbi as Abi,
      expectations: [
        ['getMinDelay', config.timelockDelay],
        ['hasRole', true, [proposerRole, timelockProposer]],
      ],
    },
    {
      name: 'inbox',
      address: at.inbox,
      abi: inboxAbi as Abi,
      expectations: [
        ['systemConfig', at.systemConfig],
        ['portal', at.optimismPortal],
        ['genesisTimestamp', genesisTimestamp],
        ['forceDelay', config.forceDelay],
        ['contextInterval', config.contextInterval],
        ['adapters', at.calldataDa, [1]],
        ['adapters', at.blobDa, [2]],
        ['adapters', at.memoryDa ?? zeroAddress, [0]],
        ['adapters', at.privateDa ?? zeroAddress, [4]],
        ['adapters', at.altDa ?? zeroAddress, [3]],
      ],
    },
  ]
}

function gameAndBridges({ addresses: at, config }: L1Plan): Settings[] {
  const bridge: Expectation[] = [
    ['messenger', at.l1CrossDomainMessenger],
    ['systemConfig', at.systemConfig],
  ]
  return [
    {
      name: 'assertionGame',
      address: at.assertionGame,
      abi: assertionGameAbi as Abi,
      expectations: [
        ['tree', at.challengeTree],
        ['factory', at.disputeGameFactory],
        ['anchorStateRegistry', at.anchorStateRegistry],
        ['inbox', at.inbox],
        ['gameType', assertionGameType],
        ['challengePeriod', config.challengePeriod],
        ['historyHeight', config.heights.blocks],
        ['interval', config.assertionInterval],
        ['bond', config.assertionBond],
      ],
    },
    {
      name: 'challengeTree',
      address: at.challengeTree,
      abi: challengeTreeAbi as Abi,
      expectations: [
        ['game', at.assertionGame],
        ['parameters', treeParameters(config, at, at.oneStepProver)],
      ],
    },
    {
      name: 'l1CrossDomainMessenger',
      address: at.l1CrossDomainMessenger,
      abi: l1CrossDomainMessengerAbi as Abi,
      expectations: [
        ['portal', at.optimismPortal],
        ['systemConfig', at.systemConfig],
      ],
    },
    ...(['l1StandardBridge', 'l1Erc721Bridge', 'l1Erc1155Bridge'] as const).map((name) => ({
      name,
      address: at[name],
      abi: l1StandardBridgeAbi as Abi,
      expectations: bridge,
    })),
  ]
}
