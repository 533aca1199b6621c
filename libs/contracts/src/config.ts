import { InvalidInputError, type Address } from '@animechain/core'

/** The game type of assertions. */
export const assertionGameType = 0

/** Who holds which key of a chain. Each can be replaced on chain later. */
export interface Roles {
  /** Proposes to the timelock, which owns all proxies: a multi-signature wallet or a governor. */
  timelockProposer: Address
  /** Rotates keys, sets fees and the gas limit without delay, within hard bounds. */
  operator: Address
  /** Pauses withdrawals for a bounded time, bars outputs that are not final, decides disputes. */
  guardian: Address
  sequencer: Address
  batcher: Address
  proposer: Address
  challenger: Address
}

/** What a chain's L1 contracts are built with. All periods in seconds. */
export interface L1Config {
  l2ChainId: bigint
  roles: Roles
  /** How long an assertion can be challenged. */
  challengePeriod: number
  /** How long the resolver has to decide a dispute, before both sides get their bonds back and the assertion falls. */
  resolutionPeriod: number
  /** Between the end of an assertion's game and its being final: the guardian can bar it. */
  finalityDelay: number
  /** Between the proof of a withdrawal and its payment. Keep it above challengePeriod + finalityDelay: clients count this one only. */
  proofMaturityDelay: number
  /** How long the batcher may leave a deposit unread before anybody can force it. */
  forceDelay: number
  /** Greatest age of the L1 context that L2 knows, before the inbox records a new one with the next batch. */
  contextInterval: number
  /** How long an assertion by somebody else than the proposer stands before clients are shown it. */
  listingDelay: number
  /** Longest pause by the guardian; another may follow as long after its end. */
  pauseDuration: number
  /** Delay of the timelock. Must be longer than the exit window, see {@link exitWindow}. */
  timelockDelay: number
  /** wei */
  assertionBond: bigint
  /** wei */
  challengeBond: bigint
  /** L2 block gas limit, 8,000,000 to 500,000,000; chosen by the slowest code (docs/adr/0006-block-gas-limit.md) */
  gasLimit: bigint
  /** Parts per million of the L1 base fee: batch bytes on L1 for each byte of transactions, for batches in calldata. */
  baseFeeScalar: number
  /** Parts per million of the L1 blob base fee, for batches in blobs. */
  blobBaseFeeScalar: number
  /**
   * Lets the inbox take batches that are in the memory of the batcher's process alone (DA kind 0), for tests. Nobody else can read them, so it works on
   * {@link developmentChainIds} only, and an inbox that was installed without it never takes them. Default false.
   */
  memoryDa?: boolean
  /** Makes another set of contracts for the same configuration; default empty. */
  salt?: string
}

/** Ids of L1 chains that hold nothing of value: geth's developer mode, anvil and Hardhat. `MemoryDA` works on no others. */
export const developmentChainIds: readonly number[] = [1_337, 31_337]

/** Defaults of {@link L1Config}: all but the chain id and the keys. */
export type L1ConfigDefaults = Omit<L1Config, 'l2ChainId' | 'roles' | 'memoryDa' | 'salt'>

const HOUR = 3_600
const DAY = 86_400

/** Short periods, so that a withdrawal takes seconds. Never for anything of value. */
export const devnetDefaults: L1ConfigDefaults = {
  challengePeriod: 6,
  resolutionPeriod: 120,
  finalityDelay: 0,
  proofMaturityDelay: 12,
  forceDelay: 30,
  contextInterval: 12,
  listingDelay: 15,
  pauseDuration: 15,
  timelockDelay: 60,
  assertionBond: 10n ** 17n,
  challengeBond: 10n ** 17n,
  gasLimit: 16_000_000n,
  baseFeeScalar: 500_000,
  blobBaseFeeScalar: 0,
}

/**
 * For chains that hold value. A week to challenge, as other optimistic rollups have: long enough to get a challenge through
 * censorship of L1. A day in which the guardian can bar an output that was accepted wrongly.
 */
export const productionDefaults: L1ConfigDefaults = {
  challengePeriod: 7 * DAY,
  resolutionPeriod: 14 * DAY,
  finalityDelay: DAY,
  proofMaturityDelay: 8 * DAY + HOUR,
  forceDelay: 12 * HOUR,
  contextInterval: 600,
  listingDelay: HOUR,
  pauseDuration: 3 * DAY,
  timelockDelay: 21 * DAY,
  assertionBond: 10n ** 18n,
  challengeBond: 10n ** 18n,
  gasLimit: 16_000_000n,
  baseFeeScalar: 500_000,
  blobBaseFeeScalar: 0,
}

/**
 * The time that a user needs to leave against the will of the sequencer and of the guardian: force a withdrawal, assert, prove, wait, finalise. Seconds.
 * A pause can hold up the proof, and another one the end, but not when that comes before another is allowed: as long after the first as that lasted.
 */
export function exitWindow(
  config: Pick<
    L1Config,
    'forceDelay' | 'challengePeriod' | 'finalityDelay' | 'proofMaturityDelay' | 'pauseDuration'
  >,
): number {
  const { forceDelay, challengePeriod, finalityDelay, proofMaturityDelay, pauseDuration } = config
  const wait = Math.max(challengePeriod + finalityDelay, proofMaturityDelay)
  return forceDelay + wait + (wait < pauseDuration ? 1 : 2) * pauseDuration
}

/** The bounds of SystemConfig. */
const MIN_GAS_LIMIT = 8_000_000n
const MAX_GAS_LIMIT = 500_000_000n
const MAX_SCALAR = 10_000_000

/** Bounds of the bonds, wei: those of DisputeGameFactory. Without a bond assertions and challenges cost nothing; above, nobody could pay one. */
const MIN_BOND = 10n ** 15n
const MAX_BOND = 1_000n * 10n ** 18n

/** Least and greatest length of each period, seconds: nothing that lasts so long that funds are as good as lost, or so short that it is no period. */
const periods = {
  challengePeriod: [1, 30 * DAY],
  resolutionPeriod: [1, 60 * DAY],
  finalityDelay: [0, 30 * DAY],
  proofMaturityDelay: [1, 60 * DAY],
  forceDelay: [1, 7 * DAY],
  contextInterval: [0, DAY],
  listingDelay: [0, 7 * DAY],
  pauseDuration: [0, 7 * DAY],
  timelockDelay: [1, 365 * DAY],
} as const satisfies Partial<Record<keyof L1Config, readonly [number, number]>>

/**
 * Checks what the contracts cannot check themselves or would refuse.
 * @throws {InvalidInputError} that names the field, what was expected and what came.
 */
export function assertL1Config(config: L1Config): void {
  for (const [name, address] of Object.entries(config.roles))
    if (!/^0x[0-9a-fA-F]{40}$/.test(address) || /^0x0{40}$/.test(address))
      throw new InvalidInputError(`roles.${name}`, 'an address other than zero', address)
  for (const [name, [min, max]] of Object.entries(periods)) {
    const value = config[name as keyof typeof periods]
    if (!Number.isSafeInteger(value) || value < min || value > max)
      throw new InvalidInputError(name, `whole seconds from ${min} to ${max}`, value)
  }
  if (config.l2ChainId <= 0n || config.l2ChainId > BigInt(Number.MAX_SAFE_INTEGER))
    throw new InvalidInputError('l2ChainId', `1 to ${Number.MAX_SAFE_INTEGER}`, config.l2ChainId)
  if (config.proofMaturityDelay < config.challengePeriod + config.finalityDelay)
    throw new InvalidInputError(
      'proofMaturityDelay',
      `at least challengePeriod + finalityDelay = ${config.challengePeriod + config.finalityDelay}`,
      config.proofMaturityDelay,
    )
  const window = exitWindow(config)
  if (config.timelockDelay <= window)
    throw new InvalidInputError(
      'timelockDelay',
      `more than the exit window of ${window} s`,
      config.timelockDelay,
    )
  if (config.gasLimit < MIN_GAS_LIMIT || config.gasLimit > MAX_GAS_LIMIT)
    throw new InvalidInputError('gasLimit', `${MIN_GAS_LIMIT} to ${MAX_GAS_LIMIT}`, config.gasLimit)
  for (const name of ['baseFeeScalar', 'blobBaseFeeScalar'] as const)
    if (!Number.isSafeInteger(config[name]) || config[name] < 0 || config[name] > MAX_SCALAR)
      throw new InvalidInputError(name, `parts per million, 0 to ${MAX_SCALAR}`, config[name])
  for (const name of ['assertionBond', 'challengeBond'] as const)
    if (config[name] < MIN_BOND || config[name] > MAX_BOND)
      throw new InvalidInputError(name, `${MIN_BOND} to ${MAX_BOND} wei`, config[name])
}
