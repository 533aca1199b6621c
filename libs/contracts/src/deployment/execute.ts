import {
  BaseError,
  InvalidInputError,
  silentLogger,
  type Address,
  type Hash,
  type Logger,
} from '@animechain/core'
import type { L1Addresses } from '../addresses.js'
import { assertL1Config, developmentChainIds, type L1Config } from '../config.js'
import { create2Deployer } from '../create2.js'
import { anchorStateRegistryAbi, inboxAbi } from '../generated/index.js'
import type { GenesisChoice } from './install.js'
import { planL1, type L1Plan } from './plan.js'
import { assertSameDeployment, beginState, readState, writeState, type DeployState } from './stateFile.js'
import { findStartBlock, hasCode, hasContext, isInstalled, surveyL1, type L1Client } from './survey.js'
import { missingTransactions, stepCount, type DeployTransaction, type Survey } from './transactions.js'

/** A chain's contracts on L1. */
export interface L1Deployment {
  l1ChainId: number
  l2ChainId: bigint
  addresses: L1Addresses
  /** L1 block from which on to read events. */
  startBlock: bigint
  /** Timestamp of L2 block 0, seconds. */
  genesisTimestamp: bigint
  /** Output root of L2 block 0, as the registry has it. */
  genesisOutputRoot: Hash
}

/** One step of a deployment, for showing progress. */
export interface DeployStep {
  name: string
  index: number
  total: number
  status: 'present' | 'sent' | 'done'
}

/** How the transactions of a deployment get to L1. */
export interface DeploySender {
  /**
   * Sends transactions of the deploying account in this order, and resolves once all are mined.
   * @throws when one fails and what it was for does not stand
   */
  send(transactions: readonly DeployTransaction[], events: DeployEvents): Promise<void>
}

/** What `executeDeployment` tells, and asks, while it sends the transactions of a deployment. */
export interface DeployEvents {
  /** A transaction is in L1's mempool, perhaps again with higher fees. */
  sent(transaction: DeployTransaction, hash: Hash): void
  /** It is in this block; without a block, its work was found done. */
  mined(transaction: DeployTransaction, blockNumber?: bigint): void
  /** Whether what the transaction is for stands on L1. */
  stands(transaction: DeployTransaction): Promise<boolean>
}

/** What every deployment is told, however it sends. */
export interface DeployOptions {
  publicClient: L1Client
  config: L1Config
  /** File that records each step. Optional: addresses follow from account and configuration, so a second run finds them on chain. */
  statePath?: string
  /** seconds; default: timestamp of the newest L1 block at the deployment */
  genesisTimestamp?: bigint
  /** Computes the output root of L2 block 0 for these contracts. Everything that is asserted starts from it. */
  genesisOutputRoot: (contracts: { addresses: L1Addresses; genesisTimestamp: bigint }) => Hash | Promise<Hash>
  /**
   * Hash of L1's block 0. With it a state file of another L1 with the same chain id, or of other contract code, is refused; without it the deployment begins anew
   * there, as a development chain that was set back needs it.
   */
  l1GenesisHash?: Hash
  onStep?: (step: DeployStep) => void
  logger?: Logger
  /** milliseconds to wait for the transactions; default 180,000 */
  timeoutMs?: number
}

/** Default of {@link DeployOptions.timeoutMs}. */
export const defaultTimeoutMs = 180_000

/** What was found and decided before anything is sent. */
export interface PreparedDeployment {
  plan: L1Plan
  l1ChainId: number
  survey: Survey
  genesis: GenesisChoice
  transactions: DeployTransaction[]
  /** What the state file says, if there is one. */
  before: DeployState | undefined
  state: DeployState
}

/**
 * Checks configuration and state file against L1 and tells what is to be sent. Sends nothing.
 * @throws {InvalidInputError} when the configuration cannot work
 * @throws {BaseError} `DEPLOY_STATE_MISMATCH`, `DEPLOY_STATE_CORRUPT`
 */
export async function prepareDeployment(
  deployer: Address,
  options: DeployOptions,
): Promise<PreparedDeployment> {
  const { publicClient, config, statePath, l1GenesisHash } = options
  assertL1Config(config)
  const l1ChainId = await publicClient.getChainId()
  assertFitsL1(config, l1ChainId)
  const plan = planL1(deployer, config)
  const state = beginState(plan, {
    chainId: l1ChainId,
    ...(l1GenesisHash ? { genesisHash: l1GenesisHash } : {}),
  })
  const before = statePath ? readState(statePath) : undefined
  if (before) assertSameDeployment(before, state, statePath!)
  const survey = await surveyL1(publicClient, plan)
  plan.creations.forEach(({ name, address }, i) => {
    state.steps[name] = { ...before?.steps[name], address, done: survey.present[i]! }
  })
  for (const [name, done] of [
    ['install', survey.installed],
    ['first context', survey.hasContext],
  ] as const)
    if (done || before?.steps[name]) state.steps[name] = { ...before?.steps[name], done }
  const genesis = survey.installed
    ? await installedGenesis(publicClient, plan)
    : await chooseGenesis(options, plan)
  state.genesisTimestamp = genesis.genesisTimestamp.toString()
  state.genesisOutputRoot = genesis.genesisOutputRoot
  return {
    plan,
    l1ChainId,
    survey,
    genesis,
    transactions: missingTransactions(plan, survey, genesis),
    before,
    state,
  }
}

function assertFitsL1(config: L1Config, l1ChainId: number): void {
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
}

async function installedGenesis(client: L1Client, { addresses }: L1Plan): Promise<GenesisChoice> {
  const [genesisTimestamp, genesisOutputRoot] = await Promise.all([
    client.readContract({ address: addresses.inbox, abi: inboxAbi, functionName: 'genesisTimestamp' }),
    client.readContract({
      address: addresses.anchorStateRegistry,
      abi: anchorStateRegistryAbi,
      functionName: 'genesisOutputRoot',
    }),
  ])
  return { genesisTimestamp, genesisOutputRoot }
}

async function chooseGenesis(options: DeployOptions, { addresses }: L1Plan): Promise<GenesisChoice> {
  const { timestamp } = await options.publicClient.getBlock()
  const genesisTimestamp = options.genesisTimestamp ?? timestamp
  if (genesisTimestamp < 0n || genesisTimestamp > timestamp)
    throw new InvalidInputError(
      'genesisTimestamp',
      `at most the time of L1's newest block, ${timestamp}`,
      genesisTimestamp,
    )
  const genesisOutputRoot = await options.genesisOutputRoot({ addresses, genesisTimestamp })
  if (!/^0x[0-9a-fA-F]{64}$/.test(genesisOutputRoot) || BigInt(genesisOutputRoot) === 0n)
    throw new InvalidInputError(
      'genesisOutputRoot',
      '32 bytes other than zero: what is asserted starts from it',
      genesisOutputRoot,
    )
  return { genesisTimestamp, genesisOutputRoot }
}

/**
 * Deploys the L1 contracts of a chain through a sender, or finds them. What stands is read from L1, and the state file is a record of it: a run that was
 * cut off at any point is resumed by running it again.
 *
 * @throws {InvalidInputError} when the configuration cannot work
 * @throws {BaseError} `DEPLOY_STATE_MISMATCH`, `DEPLOY_STATE_CORRUPT`, or `DEPLOY_FAILED` when a transaction fails
 */
export async function executeDeployment(
  deployer: Address,
  sender: DeploySender,
  options: DeployOptions,
): Promise<L1Deployment> {
  const { publicClient, statePath, logger = silentLogger, onStep } = options
  const { plan, l1ChainId, survey, genesis, transactions, before, state } = await prepareDeployment(
    deployer,
    options,
  )
  const total = stepCount(plan)
  const save = () => {
    if (statePath) writeState(statePath, state)
  }
  plan.creations.forEach(({ name }, index) => {
    if (survey.present[index]) onStep?.({ name, index, total, status: 'present' })
  })
  save()
  if (transactions.length > 0) {
    await ensureCreate2Deployer(publicClient, sender, options.timeoutMs ?? defaultTimeoutMs)
    logger.info('Deploying L1 contracts', { transactions: transactions.length, l1ChainId })
    let installedAt: bigint | undefined
    await sender.send(transactions, {
      sent({ name, index }, hash) {
        state.steps[name] = { ...state.steps[name], transaction: hash, done: false }
        onStep?.({ name, index, total, status: 'sent' })
        save()
      },
      mined({ name, index }, blockNumber) {
        if (name === 'install') installedAt = blockNumber
        state.steps[name] = { ...state.steps[name], done: true }
        onStep?.({ name, index, total, status: 'done' })
        save()
      },
      stands: (transaction) => stands(publicClient, plan, transaction),
    })
    await assertCode(publicClient, transactions)
    if (installedAt !== undefined) await recordStartBlock(publicClient, state, installedAt)
  }
  if (state.startBlock === undefined)
    await recordStartBlock(publicClient, state, await startBlockOf(publicClient, state, before))
  // Another run's installation may have been mined instead of ours.
  const decided = survey.installed ? genesis : await installedGenesis(publicClient, plan)
  for (const name of ['install', 'first context']) state.steps[name] = { ...state.steps[name], done: true }
  state.genesisTimestamp = decided.genesisTimestamp.toString()
  state.genesisOutputRoot = decided.genesisOutputRoot
  save()
  return {
    l1ChainId,
    l2ChainId: plan.config.l2ChainId,
    addresses: plan.addresses,
    startBlock: BigInt(state.startBlock!),
    ...decided,
  }
}

function stands(client: L1Client, plan: L1Plan, { creates, name }: DeployTransaction): Promise<boolean> {
  if (creates) return hasCode(client, creates)
  return name === 'install' ? isInstalled(client, plan) : hasContext(client, plan)
}

async function assertCode(client: L1Client, transactions: readonly DeployTransaction[]): Promise<void> {
  for (const { name, creates } of transactions)
    if (creates && !(await hasCode(client, creates)))
      throw new BaseError(`There is no code of "${name}" although its transaction succeeded.`, {
        code: 'DEPLOY_FAILED',
        metaMessages: [`Address: ${creates}`],
      })
}

async function recordStartBlock(client: L1Client, state: DeployState, blockNumber: bigint): Promise<void> {
  const { hash } = await client.getBlock({ blockNumber })
  state.startBlock = blockNumber.toString()
  state.startBlockHash = hash
}

/** The block of the installation: as recorded, by its recorded transaction, or else as L1's logs have it. */
async function startBlockOf(
  client: L1Client,
  { addresses, steps }: DeployState,
  before: DeployState | undefined,
): Promise<bigint> {
  if (before?.startBlock !== undefined) {
    const block = await client.getBlock({ blockNumber: BigInt(before.startBlock) }).catch(() => undefined)
    if (block?.hash === before.startBlockHash) return BigInt(before.startBlock)
  }
  const hash = steps['install']?.transaction
  const receipt = hash && (await client.getTransactionReceipt({ hash }).catch(() => undefined))
  if (receipt?.status === 'success') return receipt.blockNumber
  return findStartBlock(client, addresses.inbox)
}

/** Has the deterministic deployer put where it is missing, with the transaction of its creator, whose account is given the gas for it. */
async function ensureCreate2Deployer(client: L1Client, sender: DeploySender, timeout: number): Promise<void> {
  const { address, signer, cost, transaction } = create2Deployer
  const isThere = () => hasCode(client, address)
  if (await isThere()) return
  const balance = await client.getBalance({ address: signer })
  if (balance < cost)
    await sender.send(
      [
        {
          name: "funds of the deterministic deployer's signer",
          index: 0,
          to: signer,
          data: '0x',
          value: cost - balance,
          gas: 21_000n,
        },
      ],
      {
        sent() {},
        mined() {},
        stands: async () => (await client.getBalance({ address: signer })) >= cost || (await isThere()),
      },
    )
  try {
    const hash = await client.sendRawTransaction({ serializedTransaction: transaction })
    await client.waitForTransactionReceipt({ hash, timeout })
  } catch (cause) {
    if (await isThere()) return
    throw new BaseError(
      'This L1 has no deterministic deployer and does not take the transaction that creates it.',
      {
        code: 'DEPLOY_FAILED',
        cause,
        metaMessages: [
          `Expected code at ${address} (github.com/Arachnid/deterministic-deployment-proxy).`,
          'Its transaction is legacy, valid on every chain and at a fixed 100 gwei: send it through an endpoint that allows unprotected transactions.',
        ],
      },
    )
  }
}

/** Waits until nothing of the account is on its way, so that what a run before sent is not sent twice. */
export async function settlePending(client: L1Client, address: Address, timeoutMs: number): Promise<void> {
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
