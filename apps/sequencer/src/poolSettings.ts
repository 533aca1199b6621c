import type { PoolOptions } from '@animechain/node'
import type { ConfigTable, ConfigValues } from '@animechain/observability'

/** Settings of the pool of transactions. */
export const poolTable = {
  rpcAllowUnprotectedTxs: {
    type: 'boolean',
    default: false,
    help: 'Take transactions without a chain id (before EIP-155), which anybody can send on every chain: deployers with one address everywhere need it.',
  },
  poolMaxTransactions: {
    type: 'integer',
    default: 50_000,
    min: 100,
    help: 'Transactions that wait, in all.',
  },
  poolMaxBytes: {
    type: 'integer',
    default: 128 * 1024 * 1024,
    min: 1_048_576,
    unit: 'bytes',
    help: 'The same in bytes.',
  },
  poolMaxPerAccount: {
    type: 'integer',
    default: 5_000,
    min: 1,
    help: 'Transactions of one account; fewer as the pool fills.',
  },
  poolMaxQueuedPerAccount: {
    type: 'integer',
    default: 64,
    min: 0,
    help: 'Transactions of one account behind a nonce gap.',
  },
  poolMaxPerDelegatedAccount: {
    type: 'integer',
    default: 16,
    min: 1,
    help: 'Transactions of an account with a delegation (EIP-7702), whose funds others can move.',
  },
  poolPriceBump: {
    type: 'integer',
    default: 10,
    min: 0,
    max: 1_000,
    unit: '%',
    help: 'By how much both fees must rise to replace a transaction.',
  },
  poolMinTip: {
    type: 'bigint',
    default: 0n,
    min: 0,
    unit: 'wei',
    help: 'Least priority fee per gas that is taken.',
  },
  poolLifetime: {
    type: 'integer',
    default: 10_800,
    min: 60,
    unit: 's',
    help: 'A transaction leaves when it could not be included for so long: behind a nonce gap, or below the base fee.',
  },
  poolDurable: {
    type: 'boolean',
    default: true,
    help: 'Acknowledge a transaction only when it is on disk: it survives a power failure. Without, it survives the death of the process.',
  },
} as const satisfies ConfigTable

/** The pool's options as the settings say. */
export const poolOptions = (values: ConfigValues<typeof poolTable>): PoolOptions => ({
  allowUnprotected: values.rpcAllowUnprotectedTxs,
  maxTransactions: values.poolMaxTransactions,
  maxBytes: values.poolMaxBytes,
  maxPerAccount: values.poolMaxPerAccount,
  maxQueuedPerAccount: values.poolMaxQueuedPerAccount,
  maxPerDelegatedAccount: values.poolMaxPerDelegatedAccount,
  priceBumpPercent: values.poolPriceBump,
  minTip: values.poolMinTip,
  queuedLifetimeSeconds: values.poolLifetime,
  durable: values.poolDurable,
})
