import type { Address } from '@animechain/core'
import type { Account, Chain, Transport, WalletClient } from 'viem'
import { assertL1Config } from './config.js'
import {
  defaultTimeoutMs,
  executeDeployment,
  settlePending,
  type DeployOptions,
  type L1Deployment,
} from './deployment/execute.js'
import { walletSender } from './deployment/walletSender.js'

export interface DeployL1Parameters extends DeployOptions {
  /** Pays for the deployment. Has no rights afterwards. */
  walletClient: WalletClient<Transport, Chain | undefined, Account>
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
  const { publicClient, walletClient, timeoutMs = defaultTimeoutMs } = parameters
  assertL1Config(parameters.config)
  const deployer = walletClient.account.address.toLowerCase() as Address
  await settlePending(publicClient, deployer, timeoutMs)
  return executeDeployment(deployer, walletSender(publicClient, walletClient, timeoutMs), parameters)
}
