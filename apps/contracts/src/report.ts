import { create2Deployer, type DeploymentCheck, type PreparedDeployment } from '@animechain/contracts'
import { BaseError, type Address } from '@animechain/core'
import { formatEther, formatGwei } from 'viem'
import type { Costs } from './costs.js'
import type { L1Need } from './l1Needs.js'

/** What L1 has and lacks, a line each. */
export function needLines(needs: readonly L1Need[]): string[] {
  return needs.map(
    ({ what, met, detail, required }) =>
      `  ${met ? 'has  ' : required ? 'LACKS' : 'lacks'} ${what}${met ? '' : `: expected ${detail}`}`,
  )
}

/** Every transaction of a deployment with its cost, and the addresses that result. */
export function dryRunLines(deployer: Address, prepared: PreparedDeployment, costs: Costs): string[] {
  const { plan, l1ChainId, survey } = prepared
  const present = plan.creations.filter((_, i) => survey.present[i])
  return [
    `from ${deployer} on L1 ${l1ChainId}, at ${formatGwei(costs.feePerGas)} gwei a gas`,
    ...present.map(({ name, address }) => `  stands  ${name} at ${address}`),
    ...(costs.create2Deployer > 0n
      ? [
          `  send    ${formatEther(costs.create2Deployer)} ETH to ${create2Deployer.signer}, then its transaction, which creates ${create2Deployer.address}`,
        ]
      : []),
    ...costs.transactions.map(
      ({ transaction: { name, to, creates }, gas, estimated, cost }) =>
        `  send    ${name}: to ${to}, ${gas} gas${estimated ? '' : ' (as measured)'}, ${formatEther(cost)} ETH${creates ? `, creates ${creates}` : ''}`,
    ),
    `${costs.transactions.length} transactions, ${costs.gas} gas, ${formatEther(costs.cost)} ETH at the fees of now; the account has ${formatEther(costs.balance)} ETH`,
    'addresses:',
    ...Object.entries(plan.addresses).map(([name, address]) => `  ${name} ${address}`),
  ]
}

/** @throws {BaseError} `DEPLOY_VERIFY` that lists what differs */
export function assertVerified(checks: readonly DeploymentCheck[]): void {
  const wrong = checks.filter(({ ok }) => !ok)
  if (wrong.length === 0) return
  throw new BaseError('What stands on L1 is not what the configuration says.', {
    code: 'DEPLOY_VERIFY',
    metaMessages: [
      ...wrong.map(({ what, expected, found }) => `${what}: expected ${expected}, got ${found}`),
      'The timelock or the operator may have changed it since; then the deployment file that was written first is still right.',
    ],
  })
}
