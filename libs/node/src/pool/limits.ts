import type { PoolOptions } from '../types.js'

export type Limits = Required<PoolOptions>

/** The limits in force: those given, and the defaults of {@link PoolOptions}. */
export const limitsOf = (options: PoolOptions): Limits => ({
  maxTransactions: options.maxTransactions ?? 50_000,
  maxBytes: options.maxBytes ?? 128 * 1024 * 1024,
  maxPerAccount: options.maxPerAccount ?? 5_000,
  maxQueuedPerAccount: options.maxQueuedPerAccount ?? 64,
  maxPerDelegatedAccount: options.maxPerDelegatedAccount ?? 16,
  maxTransactionBytes: options.maxTransactionBytes ?? 131_072,
  priceBumpPercent: options.priceBumpPercent ?? 10,
  minTip: options.minTip ?? 0n,
  queuedLifetimeSeconds: options.queuedLifetimeSeconds ?? 10_800,
  allowUnprotected: options.allowUnprotected ?? false,
  durable: options.durable ?? true,
})
