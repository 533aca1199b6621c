import {
  silentLogger,
  steadyTime,
  type Address,
  type Clock,
  type Logger,
  type Metrics,
} from '@animechain/core'
import { formatEther, type TransactionReceipt } from 'viem'

/** What the fees of a transaction are made of, as its receipt has them. */
export type TransactionFees = Pick<
  TransactionReceipt,
  'from' | 'gasUsed' | 'effectiveGasPrice' | 'blobGasUsed' | 'blobGasPrice'
>

/** Measures what the accounts of a program have on L1, and what they pay there. */
export interface Purses {
  /** Counts the fees of a transaction that was mined, also of one that reverted. */
  paid(receipt: TransactionFees): void
  /** Asks L1 for the balances, once a minute at most. Never rejects: what L1 does not answer stays as it was. */
  look(): Promise<void>
}

/** Between two looks, milliseconds. */
const LOOK_MS = 60_000

const ether = (wei: bigint): number => Number(formatEther(wei))

/** Gas and blob gas of a transaction, wei. What it carried is no fee. */
export const feesOf = ({ gasUsed, effectiveGasPrice, blobGasUsed, blobGasPrice }: TransactionFees): bigint =>
  gasUsed * effectiveGasPrice + (blobGasUsed ?? 0n) * (blobGasPrice ?? 0n)

/** Whose purses, and where they are read and shown. */
export interface PursesOptions {
  client: { getBalance(parameters: { address: Address }): Promise<bigint> }
  /** Accounts by what they pay for. */
  accounts: Readonly<Record<string, Address | undefined>>
  metrics: Metrics
  clock: Clock
  logger?: Logger
}

/**
 * Purses of the accounts that pay for each role. Roles that share an account share a series, `batcher+proposer`. Without an account
 * nothing is measured and L1 is not asked.
 */
export function purses(options: PursesOptions): Purses {
  const { client, metrics, clock, logger = silentLogger } = options
  const rolesOf = new Map<Address, string>()
  for (const [role, account] of Object.entries(options.accounts)) {
    if (account === undefined) continue
    const address = account.toLowerCase() as Address
    const other = rolesOf.get(address)
    rolesOf.set(address, other === undefined ? role : `${other}+${role}`)
  }
  if (rolesOf.size === 0) return { paid() {}, async look() {} }

  const balance = metrics.gauge({
    name: 'l1_balance_ether',
    help: 'Ether on L1 of an account that pays there, once a minute.',
    labels: ['role', 'account'],
  })
  const fees = metrics.counter({
    name: 'l1_fees_ether_total',
    help: 'Ether paid for gas and blob gas on L1. Bonds are none of it.',
    labels: ['role', 'account'],
  })
  for (const [account, role] of rolesOf) fees.inc(0, { role, account })
  let lookedAt: number | undefined
  return {
    paid(receipt) {
      const account = receipt.from.toLowerCase() as Address
      const role = rolesOf.get(account)
      if (role !== undefined) fees.inc(ether(feesOf(receipt)), { role, account })
    },
    async look() {
      const now = steadyTime(clock)
      if (lookedAt !== undefined && now - lookedAt < LOOK_MS) return
      lookedAt = now
      await Promise.all(
        [...rolesOf].map(async ([account, role]) => {
          try {
            balance.set(ether(await client.getBalance({ address: account })), { role, account })
          } catch (error) {
            logger.debug('the balance of an account was not read', { account, role, error: String(error) })
          }
        }),
      )
    },
  }
}
