import {
  create2Deployer,
  proxied,
  type DeployTransaction,
  type PreparedDeployment,
} from '@animechain/contracts'
import { BaseError, type Address } from '@animechain/core'
import { MIN_TIP } from '@animechain/l1'
import { formatEther, type PublicClient, type Transport } from 'viem'

/** Gas, measured, of what cannot be estimated before other contracts of the deployment stand. */
const measuredGas: Readonly<Record<string, bigint>> = {
  ...Object.fromEntries(proxied.map((name) => [name, 640_000n])),
  install: 1_500_000n,
  'first context': 125_000n,
}

/** A transaction with what it costs. */
export interface PricedTransaction {
  transaction: DeployTransaction
  gas: bigint
  /** Whether L1 estimated it; otherwise it was measured before. */
  estimated: boolean
  /** wei, at the fees of now */
  cost: bigint
}

export interface Costs {
  transactions: PricedTransaction[]
  /** wei per gas: L1's base fee and the priority fee that is offered */
  feePerGas: bigint
  gas: bigint
  /** wei; with what the deterministic deployer costs where L1 lacks it */
  cost: bigint
  balance: bigint
  /** wei that the deterministic deployer's creator is given first; 0 where it stands */
  create2Deployer: bigint
}

/** What the transactions that a deployment lacks cost at the fees of now. Sends nothing. */
export async function costsOf(
  client: PublicClient<Transport>,
  deployer: Address,
  { transactions, plan }: PreparedDeployment,
): Promise<Costs> {
  const [{ baseFeePerGas }, balance, code] = await Promise.all([
    client.getBlock(),
    client.getBalance({ address: deployer }),
    client.getCode({ address: create2Deployer.address }),
  ])
  const feePerGas = (baseFeePerGas ?? 0n) + MIN_TIP
  const hasDeployer = code !== undefined && code !== '0x'
  const initCodes = new Map(plan.creations.map(({ name, initCode }) => [name, initCode]))
  const priced = await Promise.all(
    transactions.map(async (transaction): Promise<PricedTransaction> => {
      const { name, to, data, creates } = transaction
      // Without the deterministic deployer the same code is created by the account itself, for nearly the same gas.
      const request = creates && !hasDeployer ? { data: initCodes.get(name)! } : { to, data }
      const estimate =
        creates || transactions.length <= 2
          ? await client.estimateGas({ account: deployer, ...request }).catch(() => undefined)
          : undefined
      const gas = estimate ?? measuredGas[name] ?? transaction.gas
      return { transaction, gas, estimated: estimate !== undefined, cost: gas * feePerGas }
    }),
  )
  const signerNeeds = transactions.length > 0 && !hasDeployer ? create2Deployer.cost : 0n
  return {
    transactions: priced,
    feePerGas,
    gas: priced.reduce((sum, { gas }) => sum + gas, 0n),
    cost: priced.reduce((sum, { cost }) => sum + cost, signerNeeds),
    balance,
    create2Deployer: signerNeeds,
  }
}

/** @throws {BaseError} `DEPLOY_FUNDS` when the account has less than that */
export function assertFunds(deployer: Address, { balance, cost }: Costs): void {
  if (balance >= cost) return
  throw new BaseError('The deploying account has not enough ether on L1.', {
    code: 'DEPLOY_FUNDS',
    metaMessages: [
      `Account: ${deployer}`,
      `Expected ${formatEther(cost)} ETH for what is left at the fees of now, got ${formatEther(balance)} ETH.`,
      'Send it more, twice as much for fees that rise meanwhile.',
    ],
  })
}
