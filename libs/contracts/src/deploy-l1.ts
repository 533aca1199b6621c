import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import {
  BaseError,
  InvalidInputError,
  silentLogger,
  type Address,
  type Hash,
  type Hex,
  type Logger,
} from '@animechain/core'
import {
  concatHex,
  encodeAbiParameters,
  encodeDeployData,
  encodeFunctionData,
  getContractAddress,
  keccak256,
  stringToHex,
  zeroHash,
  type Account,
  type Chain,
  type PublicClient,
  type Transport,
  type WalletClient,
} from 'viem'
import { proxied, type L1Addresses, type ProxiedName, type StandaloneName } from './addresses.js'
import { assertionGameType, assertL1Config, developmentChainIds, type L1Config } from './config.js'
import { create2Address, create2Deployer, create2Gas, create2Input, wordToAddress } from './create2.js'
import {
  anchorStateRegistryAbi,
  anchorStateRegistryBytecode,
  assertionGameAbi,
  assertionGameBytecode,
  blobDaBytecode,
  bootstrapAbi,
  bootstrapBytecode,
  calldataDaBytecode,
  disputeGameFactoryAbi,
  disputeGameFactoryBytecode,
  guardianDisputeResolverAbi,
  guardianDisputeResolverBytecode,
  inboxAbi,
  inboxBytecode,
  l1CrossDomainMessengerAbi,
  l1CrossDomainMessengerBytecode,
  l1Erc1155BridgeBytecode,
  l1Erc721BridgeBytecode,
  l1StandardBridgeAbi,
  l1StandardBridgeBytecode,
  memoryDaBytecode,
  multicall3Bytecode,
  optimismPortalAbi,
  optimismPortalBytecode,
  systemConfigAbi,
  systemConfigBytecode,
  timelockControllerAbi,
  timelockControllerBytecode,
  transparentUpgradeableProxyAbi,
  transparentUpgradeableProxyBytecode,
} from './generated/index.js'

/** keccak256('eip1967.proxy.implementation') - 1 (EIP-1967). */
const IMPLEMENTATION_SLOT = '0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc'

/** Gas of a creation besides what its code costs: most constructors write a slot or none, the timelock's a few. */
const CREATION_GAS = 80_000n
const TIMELOCK_GAS = 400_000n
/** A proxy creates its admin. */
const PROXY_GAS = 500_000n
/** The installation takes about 3.2 million. */
const INSTALL_GAS = 9_000_000n
const CONTEXT_GAS = 400_000n

/** A chain's contracts on L1. */
export interface L1Deployment {
  l1ChainId: number
  l2ChainId: bigint
  addresses: L1Addresses
  /** L1 block from which on to read events. */
  startBlock: bigint
  /** Timestamp of L2 block 0, seconds. */
  genesisTimestamp: bigint
  /** Output root of L2 block 0 as the registry has it; zero if none was given. */
  genesisOutputRoot: Hash
}

/** One step of a deployment, for showing progress. */
export interface DeployStep {
  name: string
  index: number
  total: number
  status: 'present' | 'sent' | 'done'
}

export interface DeployL1Parameters {
  publicClient: PublicClient<Transport, Chain | undefined>
  /** Pays for the deployment. Has no rights afterwards. */
  walletClient: WalletClient<Transport, Chain | undefined, Account>
  config: L1Config
  /** File that records each step. Optional: addresses follow from account and configuration, so a second run finds them on chain. */
  statePath?: string
  /** seconds; default: timestamp of the newest L1 block at the deployment */
  genesisTimestamp?: bigint
  /** Computes the output root of L2 block 0 for these contracts. Without it the registry starts from zero. */
  genesisOutputRoot?: (contracts: {
    addresses: L1Addresses
    genesisTimestamp: bigint
  }) => Hash | Promise<Hash>
  onStep?: (step: DeployStep) => void
  logger?: Logger
  /** milliseconds to wait for the transactions; default 180,000 */
  timeoutMs?: number
}

/**
 * The receipt of a transaction. Nodes may drop one from their pool, anvil does when it does not fit into the block at hand: then it is
 * sent again, as it was.
 */
async function mined(
  client: PublicClient<Transport, Chain | undefined>,
  hash: Hash,
  send: () => Promise<Hash>,
  timeoutMs: number,
) {
  const end = Date.now() + timeoutMs
  for (let lastLook = Date.now(); ;) {
    const receipt = await client.getTransactionReceipt({ hash }).catch(() => undefined)
    if (receipt) return receipt
    if (Date.now() > end)
      throw new BaseError(`The transaction ${hash} was not mined within ${timeoutMs / 1_000} s.`, {
        code: 'DEPLOY_FAILED',
        metaMessages: ['Run the deployment again to resume it.'],
      })
    if (Date.now() - lastLook > 2_000) {
      lastLook = Date.now()
      const known = await client.getTransaction({ hash }).catch(() => undefined)
      // Its nonce may have been used by itself in between: then the next look finds the receipt.
      if (!known) await send().catch(() => undefined)
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

/** What stands in the state file. */
interface DeployState {
  version: 1
  l1ChainId: number
  l2ChainId: string
  configHash: Hash
  deployer: Address
  /** Block hash of `startBlock`: tells whether L1 is still the same chain. */
  startBlock?: string
  startBlockHash?: Hash
  genesisTimestamp?: string
  genesisOutputRoot?: Hash
  addresses: L1Addresses
  steps: Record<string, { address?: Address; transaction?: Hash; done: boolean }>
}

interface Creation {
  name: string
  salt: Hash
  initCode: Hex
  address: Address
  gas: bigint
}

/**
 * Deploys the L1 contracts of a chain, or finds them.
 *
 * Every contract is created with CREATE2 at an address that follows from the deploying account and the configuration, and the
 * proxies are initialised and handed to the timelock in one transaction. So a run that was cut off is resumed by running it
 * again, and a run after a complete one sends nothing. What the state file says is believed only as far as the code on chain bears it out.
 *
 * @throws {InvalidInputError} when the configuration cannot work.
 * @throws {BaseError} `DEPLOY_STATE_MISMATCH` when the state file is of another configuration or chain id, `DEPLOY_FAILED` when a transaction fails.
 */
export async function deployL1(parameters: DeployL1Parameters): Promise<L1Deployment> {
  const {
    publicClient,
    walletClient,
    config,
    onStep,
    logger = silentLogger,
    timeoutMs = 180_000,
  } = parameters
  assertL1Config(config)
  const deployer = walletClient.account.address.toLowerCase() as Address
  const l1ChainId = await publicClient.getChainId()
  if (config.memoryDa && !developmentChainIds.includes(l1ChainId))
    throw new InvalidInputError(
      'memoryDa',
      `false on an L1 with chain id ${l1ChainId}: batches in memory are for tests, on chain id ${developmentChainIds.join(' or ')}`,
      config.memoryDa,
    )
  if (config.l2ChainId === BigInt(l1ChainId))
    throw new InvalidInputError(
      'l2ChainId',
      `another than that of L1: transactions of one chain would be valid on the other`,
      config.l2ChainId,
    )
  const configHash = hashConfig(config)
  const plan = planL1(deployer, config)
  const { addresses } = plan

  const state: DeployState = {
    version: 1,
    l1ChainId,
    l2ChainId: config.l2ChainId.toString(),
    configHash,
    deployer,
    addresses,
    steps: {},
  }
  const before = parameters.statePath ? readState(parameters.statePath) : undefined
  if (before) {
    assertSame('L1 chain id', before.l1ChainId, l1ChainId, parameters.statePath!)
    assertSame('configuration', before.configHash, configHash, parameters.statePath!)
    assertSame('deploying account', before.deployer, deployer, parameters.statePath!)
  }
  const save = () => {
    if (parameters.statePath) writeState(parameters.statePath, state)
  }

  await settlePending(publicClient, deployer, timeoutMs)
  const [present, installed] = await Promise.all([
    Promise.all(plan.creations.map(async ({ address }) => hasCode(publicClient, address))),
    isInstalled(publicClient, plan),
  ])
  const missing = plan.creations.filter((_, i) => !present[i])
  const total = plan.creations.length + 2
  plan.creations.forEach(({ name, address }, index) => {
    state.steps[name] = { ...before?.steps[name], address, done: present[index]! }
    if (present[index]) onStep?.({ name, index, total, status: 'present' })
  })

  let genesisTimestamp: bigint
  let genesisOutputRoot: Hash
  if (installed) {
    genesisTimestamp = await publicClient.readContract({
      address: addresses.inbox,
      abi: inboxAbi,
      functionName: 'genesisTimestamp',
    })
    genesisOutputRoot = await publicClient.readContract({
      address: addresses.anchorStateRegistry,
      abi: anchorStateRegistryAbi,
      functionName: 'genesisOutputRoot',
    })
  } else {
    const { timestamp } = await publicClient.getBlock()
    genesisTimestamp = parameters.genesisTimestamp ?? timestamp
    if (genesisTimestamp < 0n || genesisTimestamp > timestamp)
      throw new InvalidInputError(
        'genesisTimestamp',
        `at most the time of L1's newest block, ${timestamp}`,
        genesisTimestamp,
      )
    genesisOutputRoot = (await parameters.genesisOutputRoot?.({ addresses, genesisTimestamp })) ?? zeroHash
  }

  // A blockful at a time is sent with consecutive nonces: the contracts do not need each other before the last step but one.
  const transactions: { name: string; index: number; to: Address; data: Hex; gas: bigint }[] = []
  for (const creation of missing) {
    transactions.push({
      name: creation.name,
      index: plan.creations.indexOf(creation),
      to: create2Deployer.address,
      data: create2Input(creation.salt, creation.initCode),
      gas: create2Gas(creation.initCode, creation.gas),
    })
  }
  if (!installed) {
    transactions.push({
      name: 'install',
      index: total - 2,
      to: plan.bootstrap,
      data: installData(plan, config, genesisTimestamp, genesisOutputRoot),
      gas: INSTALL_GAS,
    })
  }
  const needsContext =
    !installed ||
    (await publicClient.readContract({
      address: addresses.inbox,
      abi: inboxAbi,
      functionName: 'depositCount',
    })) === 0n
  if (needsContext) {
    // So that the first batch already tells L2 about L1.
    transactions.push({
      name: 'first context',
      index: total - 1,
      to: addresses.inbox,
      data: encodeFunctionData({ abi: inboxAbi, functionName: 'appendContext' }),
      gas: CONTEXT_GAS,
    })
  }

  if (transactions.length > 0) {
    await ensureCreate2Deployer(parameters, timeoutMs)
    logger.info('Deploying L1 contracts', { transactions: transactions.length, l1ChainId })
    const fees = await publicClient.estimateFeesPerGas()
    let nonce = await publicClient.getTransactionCount({ address: deployer, blockTag: 'pending' })
    const { gasLimit: blockGasLimit } = await publicClient.getBlock()
    for (const wave of wavesOf(transactions, (blockGasLimit * 9n) / 10n)) {
      const sent: { name: string; index: number; hash: Hash; send: () => Promise<Hash> }[] = []
      for (const { name, index, to, data, gas } of wave) {
        const mine = nonce++
        const send = () =>
          walletClient.sendTransaction({
            account: walletClient.account,
            chain: walletClient.chain ?? null,
            to,
            data,
            gas,
            nonce: mine,
            maxFeePerGas: fees.maxFeePerGas * 2n,
            maxPriorityFeePerGas: fees.maxPriorityFeePerGas,
          })
        const hash = await send()
        sent.push({ name, index, hash, send })
        state.steps[name] = { ...state.steps[name], transaction: hash, done: false }
        onStep?.({ name, index, total, status: 'sent' })
        save()
      }
      for (const { name, index, hash, send } of sent) {
        const receipt = await mined(publicClient, hash, send, timeoutMs)
        if (receipt.status !== 'success')
          throw new BaseError(`The transaction "${name}" of the deployment failed.`, {
            code: 'DEPLOY_FAILED',
            metaMessages: [
              `Transaction: ${hash}`,
              `Gas used: ${receipt.gasUsed}`,
              'Run the deployment again to resume it.',
            ],
          })
        if (name === 'install') {
          state.startBlock = receipt.blockNumber.toString()
          state.startBlockHash = receipt.blockHash
        }
        state.steps[name] = { ...state.steps[name], done: true }
        onStep?.({ name, index, total, status: 'done' })
        save()
      }
    }
    for (const { name, address } of missing)
      if (!(await hasCode(publicClient, address)))
        throw new BaseError(`There is no code of "${name}" although its transaction succeeded.`, {
          code: 'DEPLOY_FAILED',
          metaMessages: [`Address: ${address}`],
        })
  }

  if (state.startBlock === undefined) {
    state.startBlock = (await findStartBlock(publicClient, addresses.inbox, before)).toString()
    state.startBlockHash = (await publicClient.getBlock({ blockNumber: BigInt(state.startBlock) })).hash
  }
  state.steps['install'] = { ...before?.steps['install'], ...state.steps['install'], done: true }
  state.steps['first context'] = {
    ...before?.steps['first context'],
    ...state.steps['first context'],
    done: true,
  }
  state.genesisTimestamp = genesisTimestamp.toString()
  state.genesisOutputRoot = genesisOutputRoot
  save()
  return {
    l1ChainId,
    l2ChainId: config.l2ChainId,
    addresses,
    startBlock: BigInt(state.startBlock),
    genesisTimestamp,
    genesisOutputRoot,
  }
}

/** Where `deployL1` puts the contracts of this configuration when this account deploys them. */
export function l1Addresses(deployer: Address, config: L1Config): L1Addresses {
  return planL1(deployer.toLowerCase() as Address, config).addresses
}

interface Plan {
  bootstrap: Address
  creations: Creation[]
  addresses: L1Addresses
  /** Code that each proxy gets. */
  implementations: Record<ProxiedName, Address>
}

function planL1(deployer: Address, config: L1Config): Plan {
  const base = keccak256(
    encodeAbiParameters([{ type: 'address' }, { type: 'bytes32' }], [deployer, hashConfig(config)]),
  )
  const creations: Creation[] = []
  const create = (name: string, initCode: Hex, gas = CREATION_GAS): Address => {
    const salt = keccak256(concatHex([base, stringToHex(name)]))
    const address = create2Address(salt, initCode)
    creations.push({ name, salt, initCode, address, gas })
    return address
  }

  const bootstrap = create(
    'bootstrap',
    encodeDeployData({ abi: bootstrapAbi, bytecode: bootstrapBytecode, args: [deployer] }),
  )
  const shell = encodeDeployData({
    abi: transparentUpgradeableProxyAbi,
    bytecode: transparentUpgradeableProxyBytecode,
    args: [bootstrap, bootstrap, encodeFunctionData({ abi: bootstrapAbi, functionName: 'idle' })],
  })
  const proxies = Object.fromEntries(proxied.map((name) => [name, create(name, shell, PROXY_GAS)])) as Record<
    ProxiedName,
    Address
  >

  const timelock = create(
    'timelock',
    encodeDeployData({
      abi: timelockControllerAbi,
      bytecode: timelockControllerBytecode,
      // Anybody may execute what has waited long enough, and nobody administers but the timelock itself.
      args: [
        BigInt(config.timelockDelay),
        [config.roles.timelockProposer],
        ['0x0000000000000000000000000000000000000000'],
        '0x0000000000000000000000000000000000000000',
      ],
    }),
    TIMELOCK_GAS,
  )
  const disputeResolver = create(
    'disputeResolver',
    encodeDeployData({
      abi: guardianDisputeResolverAbi,
      bytecode: guardianDisputeResolverBytecode,
      args: [proxies.systemConfig],
    }),
  )
  const own: Record<StandaloneName, Address> = {
    timelock,
    disputeResolver,
    calldataDa: create('calldataDa', calldataDaBytecode),
    blobDa: create('blobDa', blobDaBytecode),
    multicall3: create('multicall3', multicall3Bytecode),
    assertionGame: create(
      'assertionGame',
      encodeDeployData({
        abi: assertionGameAbi,
        bytecode: assertionGameBytecode,
        args: [
          proxies.disputeGameFactory,
          proxies.anchorStateRegistry,
          disputeResolver,
          BigInt(config.challengePeriod),
          BigInt(config.resolutionPeriod),
          config.challengeBond,
        ],
      }),
    ),
  }
  const memoryDa = config.memoryDa ? create('memoryDa', memoryDaBytecode) : undefined
  const code: Record<ProxiedName, Hex> = {
    systemConfig: systemConfigBytecode,
    inbox: inboxBytecode,
    optimismPortal: optimismPortalBytecode,
    disputeGameFactory: disputeGameFactoryBytecode,
    anchorStateRegistry: anchorStateRegistryBytecode,
    l1CrossDomainMessenger: l1CrossDomainMessengerBytecode,
    l1StandardBridge: l1StandardBridgeBytecode,
    l1Erc721Bridge: l1Erc721BridgeBytecode,
    l1Erc1155Bridge: l1Erc1155BridgeBytecode,
  }
  const implementations = Object.fromEntries(
    proxied.map((name) => [name, create(`${name} implementation`, code[name])]),
  ) as Record<ProxiedName, Address>
  return {
    bootstrap,
    creations,
    implementations,
    addresses: { ...proxies, ...own, ...(memoryDa ? { memoryDa } : {}) },
  }
}

/** The transaction that initialises all proxies and hands them to the timelock. */
function installData(plan: Plan, config: L1Config, genesisTimestamp: bigint, genesisOutputRoot: Hash): Hex {
  const { addresses, implementations } = plan
  const { roles } = config
  const bridge = encodeFunctionData({
    abi: l1StandardBridgeAbi,
    functionName: 'initialize',
    args: [addresses.l1CrossDomainMessenger, addresses.systemConfig],
  })
  const data: Record<ProxiedName, Hex> = {
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
        addresses.systemConfig,
        addresses.optimismPortal,
        genesisTimestamp,
        BigInt(config.forceDelay),
        BigInt(config.contextInterval),
        [addresses.calldataDa, addresses.blobDa, ...(addresses.memoryDa ? [addresses.memoryDa] : [])],
      ],
    }),
    optimismPortal: encodeFunctionData({
      abi: optimismPortalAbi,
      functionName: 'initialize',
      args: [
        addresses.systemConfig,
        addresses.inbox,
        addresses.anchorStateRegistry,
        BigInt(config.proofMaturityDelay),
      ],
    }),
    disputeGameFactory: encodeFunctionData({
      abi: disputeGameFactoryAbi,
      functionName: 'initialize',
      args: [
        addresses.systemConfig,
        addresses.inbox,
        addresses.anchorStateRegistry,
        BigInt(config.listingDelay),
        assertionGameType,
        addresses.assertionGame,
        config.assertionBond,
      ],
    }),
    anchorStateRegistry: encodeFunctionData({
      abi: anchorStateRegistryAbi,
      functionName: 'initialize',
      args: [
        addresses.systemConfig,
        addresses.disputeGameFactory,
        assertionGameType,
        BigInt(config.finalityDelay),
        genesisOutputRoot,
      ],
    }),
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
  return encodeFunctionData({
    abi: bootstrapAbi,
    functionName: 'install',
    args: [
      proxied.map((name) => ({
        // A transparent proxy creates its admin first thing, so with its nonce 1.
        admin: getContractAddress({ from: addresses[name], nonce: 1n }),
        proxy: addresses[name],
        implementation: implementations[name],
        data: data[name],
      })),
      addresses.timelock,
    ],
  })
}

/** Waits until nothing of the account is on its way, so that what a run before sent is not sent twice. */
async function settlePending(
  client: DeployL1Parameters['publicClient'],
  address: Address,
  timeoutMs: number,
): Promise<void> {
  const end = Date.now() + timeoutMs
  for (;;) {
    const [pending, latest] = await Promise.all([
      client.getTransactionCount({ address, blockTag: 'pending' }),
      client.getTransactionCount({ address, blockTag: 'latest' }),
    ])
    if (pending === latest) return
    if (Date.now() > end)
      throw new BaseError('The deploying account has transactions that L1 does not include.', {
        code: 'DEPLOY_PENDING',
        metaMessages: [`Account: ${address}`, `Next nonce: ${latest}`, `Waiting: ${pending - latest}`],
      })
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

/** Cuts a list so that each piece fits a block: nodes drop what follows a transaction that had no room. */
function wavesOf<T extends { gas: bigint }>(transactions: readonly T[], limit: bigint): T[][] {
  const waves: T[][] = []
  let room = 0n
  for (const transaction of transactions) {
    if (waves.length === 0 || transaction.gas > room) {
      waves.push([])
      room = limit
    }
    waves.at(-1)!.push(transaction)
    room -= transaction.gas
  }
  return waves
}

async function hasCode(client: DeployL1Parameters['publicClient'], address: Address): Promise<boolean> {
  const code = await client.getCode({ address })
  return code !== undefined && code !== '0x'
}

/** Whether the proxies have code of their own: all or none, as it is one transaction. The timelock may have upgraded them since. */
async function isInstalled(client: DeployL1Parameters['publicClient'], plan: Plan): Promise<boolean> {
  const word = await client.getStorageAt({ address: plan.addresses.systemConfig, slot: IMPLEMENTATION_SLOT })
  const implementation = wordToAddress(word)
  return BigInt(implementation) !== 0n && implementation !== plan.bootstrap
}

async function ensureCreate2Deployer(parameters: DeployL1Parameters, timeout: number): Promise<void> {
  const { publicClient, walletClient } = parameters
  if (await hasCode(publicClient, create2Deployer.address)) return
  const funding = await walletClient.sendTransaction({
    account: walletClient.account,
    chain: walletClient.chain ?? null,
    to: create2Deployer.signer,
    value: create2Deployer.cost,
  })
  await publicClient.waitForTransactionReceipt({ hash: funding, timeout })
  const hash = await publicClient.sendRawTransaction({ serializedTransaction: create2Deployer.transaction })
  await publicClient.waitForTransactionReceipt({ hash, timeout })
}

/** The block in which the inbox was initialised. */
async function findStartBlock(
  client: DeployL1Parameters['publicClient'],
  inbox: Address,
  before: DeployState | undefined,
): Promise<bigint> {
  if (before?.startBlock !== undefined) {
    const block = await client.getBlock({ blockNumber: BigInt(before.startBlock) }).catch(() => undefined)
    if (block?.hash === before.startBlockHash) return BigInt(before.startBlock)
  }
  const [log] = await client.getContractEvents({
    address: inbox,
    abi: inboxAbi,
    eventName: 'Initialized',
    fromBlock: 0n,
  })
  return log?.blockNumber ?? 0n
}

/** Two configurations have the same contracts exactly if this is the same. */
function hashConfig(config: L1Config): Hash {
  const { roles, memoryDa, ...rest } = config
  const entries = [
    ...(memoryDa ? [['memoryDa', 'true']] : []),
    ...Object.entries(rest).map(([key, value]) => [key, String(value)]),
    ...Object.entries(roles).map(([key, value]) => [`roles.${key}`, value.toLowerCase()]),
  ].sort(([a], [b]) => (a! < b! ? -1 : 1))
  return keccak256(stringToHex(JSON.stringify(entries)))
}

function assertSame(what: string, before: string | number, now: string | number, path: string): void {
  if (before === now) return
  throw new BaseError(`The deployment in ${path} is of another ${what}.`, {
    code: 'DEPLOY_STATE_MISMATCH',
    metaMessages: [
      `Recorded: ${before}`,
      `Now: ${now}`,
      'Use another state file, or remove it to deploy anew.',
    ],
  })
}

function readState(path: string): DeployState | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  try {
    const state = JSON.parse(text) as DeployState
    if (state.version === 1 && typeof state.steps === 'object') return state
  } catch (cause) {
    throw new BaseError(`${path} is no deployment record.`, { code: 'DEPLOY_STATE_CORRUPT', cause })
  }
  throw new BaseError(`${path} is no deployment record of version 1.`, { code: 'DEPLOY_STATE_CORRUPT' })
}

/** Written aside and renamed, so that a crash leaves the old record or the new one. */
function writeState(path: string, state: DeployState): void {
  mkdirSync(dirname(path), { recursive: true })
  const aside = `${path}.${process.pid}.tmp`
  writeFileSync(aside, `${JSON.stringify(state, null, 2)}\n`)
  renameSync(aside, path)
}
