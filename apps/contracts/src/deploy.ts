import {
  executeDeployment,
  planL1,
  prepareDeployment,
  settlePending,
  verifyDeployment,
  type DeployOptions,
  type L1Deployment,
} from '@animechain/contracts'
import { BaseError, InvalidInputError, silentLogger, type Address } from '@animechain/core'
import { l1Transport } from '@animechain/l1'
import { writeDeployment } from '@animechain/stack'
import { createPublicClient, type Account, type PublicClient, type Transport } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { chainConfig, type DeployValues } from './chainConfig.js'
import { assertFunds, costsOf } from './costs.js'
import { deploymentFile, genesisFor, outputFor } from './genesis.js'
import { assertL1Needs, l1Needs } from './l1Needs.js'
import { assertVerified, dryRunLines, needLines } from './report.js'
import { deploySender } from './sender.js'
import { untilSettled } from './settled.js'

type Say = (line: string) => void

/** What a transaction may take to be answered for, milliseconds. */
const REQUEST_TIMEOUT_MS = 20_000

/**
 * The command `deploy`. Resolves once the deployment file is written, or, for a dry run, once everything is printed.
 * @throws {BaseError} what stands in its way: `DEPLOY_L1`, `DEPLOY_FUNDS`, `DEPLOY_STATE_MISMATCH`, `DEPLOY_FAILED`, `DEPLOY_NOT_FINAL`, `DEPLOY_VERIFY`
 * @throws {InvalidInputError} a configuration that cannot work
 */
export async function deploy(values: DeployValues, say: Say): Promise<void> {
  const { account, deployer } = accountOf(values)
  const transport = l1Transport(values.l1RpcUrl, { timeoutMs: REQUEST_TIMEOUT_MS })
  const client = createPublicClient({ transport, cacheTime: 0, pollingInterval: 500 })
  const options = await optionsFor(client, values)
  const needs = await l1Needs(client, values)
  say(`L1 ${values.l1ChainId}:`)
  needLines(needs).forEach(say)
  assertL1Needs(needs)

  const prepared = await prepareDeployment(deployer, options)
  const costs = await costsOf(client, deployer, prepared)
  if (values.dryRun) {
    dryRunLines(deployer, prepared, costs).forEach(say)
    say('a dry run: nothing was sent, nothing was written')
    return
  }
  if (!account) throw new InvalidInputError('deployerKey', 'the key of the deploying account', 'nothing')
  assertFunds(deployer, costs)
  say(
    prepared.transactions.length > 0
      ? `${prepared.transactions.length} transactions to send, ${prepared.plan.creations.length + 2 - prepared.transactions.length} done before`
      : 'everything stands already',
  )
  const deployed = await deployAndSettle(client, transport, account, values, options, say)
  const block = genesisFor(values, options.config, deployed)
  const { hash, outputRoot } = await outputFor(values, block)
  const checks = await verifyDeployment(client, planL1(deployer, options.config), {
    ...deployed,
    genesisOutputRoot: outputRoot,
  })
  assertVerified(checks)
  say(`verified: ${checks.length} facts read back from L1`)
  writeDeployment(values.deployment, deploymentFile(values, deployed, { genesis: block, hash }))
  say(
    `wrote ${values.deployment}: L2 ${values.l2ChainId}, block 0 ${hash}, from L1 block ${deployed.startBlock}`,
  )
}

function accountOf({ deployerKey, deployer, dryRun }: DeployValues): {
  account?: Account
  deployer: Address
} {
  const account = deployerKey && privateKeyToAccount(deployerKey)
  const own = account?.address.toLowerCase() as Address | undefined
  if (own && deployer && own !== deployer)
    throw new InvalidInputError('deployer', `the account of the key, ${own}`, deployer)
  if (account && own) return { account, deployer: own }
  if (!dryRun)
    throw new InvalidInputError(
      'deployerKey',
      'a private key in ANIMECHAIN_DEPLOYER_KEY or the file that ANIMECHAIN_DEPLOYER_KEY_FILE names',
      'nothing',
    )
  if (!deployer) throw new InvalidInputError('deployer', 'an account, with --deployer or its key', 'nothing')
  return { deployer }
}

/** @throws {BaseError} `DEPLOY_L1` when the endpoint is of another chain */
async function optionsFor(client: PublicClient<Transport>, values: DeployValues): Promise<DeployOptions> {
  const chainId = await client.getChainId()
  if (chainId !== values.l1ChainId)
    throw new BaseError('The L1 endpoint is of another chain.', {
      code: 'DEPLOY_L1',
      metaMessages: [`Expected chain id ${values.l1ChainId}, got ${chainId}.`],
    })
  const { hash: l1GenesisHash } = await client.getBlock({ blockNumber: 0n })
  const config = await chainConfig(values)
  return {
    publicClient: client,
    config,
    statePath: values.state,
    l1GenesisHash,
    timeoutMs: values.timeout * 1_000,
    genesisOutputRoot: async (at) => (await outputFor(values, genesisFor(values, config, at))).outputRoot,
    ...(values.genesisTimestamp === undefined ? {} : { genesisTimestamp: values.genesisTimestamp }),
  }
}

/** Deploys until what it sent is settled: what a reorg of L1 takes away is sent again. */
async function deployAndSettle(
  client: PublicClient<Transport>,
  transport: Transport,
  account: Account,
  values: DeployValues,
  options: DeployOptions,
  say: Say,
): Promise<L1Deployment> {
  const deployer = account.address.toLowerCase() as Address
  const resendAfterMs = values.resendAfter * 1_000
  const sender = deploySender({
    client,
    transport,
    account,
    maxFeePerGas: values.maxFeePerGas,
    resendAfterMs,
    say,
    logger: silentLogger,
  })
  // What a run before sent is waited for; what L1 does not take at its fees is outbid.
  await settlePending(client, deployer, resendAfterMs).catch((error: Error) => say(error.message))
  for (let before: L1Deployment | undefined; ;) {
    let sent = 0
    const deployed = await executeDeployment(deployer, sender, {
      ...options,
      onStep({ name, index, total, status }) {
        if (status === 'present') return
        if (status === 'sent') sent++
        say(`${index + 1}/${total} ${name} ${status}`)
      },
    })
    if (before && sent === 0 && deployed.startBlock === before.startBlock) return deployed
    before = deployed
    const head = await client.getBlockNumber({ cacheTime: 0 })
    say(
      `waiting until L1 block ${head} ${values.wait === 'confirmations' ? `has ${values.confirmations} confirmations` : `is ${values.wait}`}`,
    )
    await untilSettled(client, head, values)
  }
}
