import { InvalidInputError, type Address, type Hash } from '@animechain/core'

/** The game type of assertions. */
export const assertionGameType = 0

/** Who holds which key of a chain. Each can be replaced on chain later. */
export interface Roles {
  /** Proposes to the timelock, which owns all proxies: a multi-signature wallet or a governor. */
  timelockProposer: Address
  /** Rotates keys, sets fees and the gas limit without delay, within hard bounds. */
  operator: Address
  /** Pauses withdrawals for a bounded time, and nothing else. */
  guardian: Address
  sequencer: Address
  batcher: Address
  proposer: Address
  challenger: Address
}

/** What decides disputes: the program that a block is proven with, and the machine on L1 that checks a step of it. */
export interface ProvingConfig {
  /** A `OneStepProver` that stands on L1 already. Without it the deployment creates one. */
  prover?: Address
  /** The program, as the machine loads it (docs/spec/machine.md). */
  program: {
    /** Root of its code tree. */
    codeRoot: Hash
    /** Root of its RAM tree before the first step. */
    ramRoot: Hash
    /** Size of its memory before the first step, in pages of 65,536 bytes. */
    pages: number
  }
  /** Hash of the rules of the chain, the last input of the program. Not zero. */
  rulesHash: Hash
}

/** What the private store has on L1: committees with stake, the adapter of their certificates, challenges. Amounts in wei, periods in seconds. */
export interface VaultConfig {
  /**
   * Root over the hashes of all keys that batches may be sealed with (docs/spec/vault.md, section 6). With it there is a `PrivateDA`, and the inbox takes batches
   * that a storage committee certifies (DA kind 4). The owner can add one later, and take it away.
   */
  keyRoot?: Hash
  /** Least stake of a storage node and of a key node. */
  stakes: { storage: bigint; keys: bigint }
  /** Least time between forming an epoch of committees and its being in force. */
  notice: number
  /** For how long shards of a batch are kept at least. Covers an exit, where batches are with the committee. */
  retention: number
  /** How long certificates of an epoch count after the next one began. */
  grace: number
  /** Between a member's asking to leave and its being paid. Covers what it promised before: see {@link leastUnbonding}. */
  unbonding: number
  /** What challenges of storage nodes ask and cost. */
  challenge: {
    /** What a node loses that does not answer. */
    penalty: bigint
    /** Least bond of a challenge; pays for the answer. */
    bond: bigint
    /** Time to answer. */
    responseTime: number
    /** L1 blocks from the opening to the block whose randomness picks the leaf. */
    drawDelay: number
  }
}

/**
 * Rules of challenges to commitments of alt-DA servers; each window 1 to 50,400 L1 blocks. A batch waits for the challenge window before the inbox takes it, so
 * that window must pass well within `forceDelay`.
 */
export interface AltDaConfig {
  /** How long a commitment may be challenged. */
  challengeWindow: number
  /** How long the bytes of a challenged commitment may be posted. */
  resolveWindow: number
  /** How long after the challenge window the inbox takes a commitment that was not challenged. */
  takeWindow: number
  /** What a challenge costs until it is decided, wei: 1 to 100 ether. Should cover 5,010,000 gas, what the longest answer costs. */
  bond: bigint
}

/** What the verifier network has on L1 (docs/spec/network.md): stake, certificates, fast exits. Periods in seconds. */
export interface NetworkConfig {
  /** Least age of an assertion before withdrawals in it are paid early. Protects verifiers, not the bridge: L1 must have finalised the assertion before they sign. */
  minAge: number
  /** Length of an epoch. */
  epochLength: number
  /** For how many epochs attestations serve in a certificate. */
  certificateEpochs: number
  /** Least number of signatures of a certificate. */
  minVerifiers: number
  /** Least stake of an active verifier, wei. */
  minStake: bigint
  /** Places of active verifiers, 64 at most. */
  maxActive: number
  /** Greatest weight of a verifier, parts per million of all active stake; 1,000,000 for none. For good. */
  cap: number
  /** Time to show, after the longest dispute is final and the last draw is answered, that a verifier attested to something wrong. */
  evidence: number
  /** Between a verifier's asking to leave and its being paid. Default, and least: {@link leastVerifierUnbonding}. */
  unbonding?: number
  /** ERC-20 tokens on L1 that are cover besides ETH, 8 at most. They must neither take fees on transfers nor change balances by themselves. Default none. */
  tokens?: readonly Address[]
  /** What draws of verifiers ask and cost. */
  diligence: {
    /** One verifier in so many is drawn, each epoch. */
    oneIn: number
    /** What a verifier loses that was drawn and does not answer, wei; the least bounty of a drill too. */
    penalty: bigint
    /** Time to answer. */
    revealTime: number
    /** L1 blocks until the one whose randomness draws. */
    drawDelay: number
  }
  /**
   * Gets four fifths of what the fee vaults of L2 pay out, and verifiers a fifth: with it there is a `FeeSplitter`, which the genesis of L2 must name as recipient
   * of the vaults, as `genesis()` does. Default: verifiers get none of it.
   */
  feeRecipient?: Address
}

/** What a chain's L1 contracts are built with. All periods in seconds. */
export interface L1Config {
  l2ChainId: bigint
  roles: Roles
  proving: ProvingConfig
  /** Time for which an assertion must have stood without a rival, itself or what is below it, to be accepted. */
  challengePeriod: number
  /** What an honest player's answers in one dispute take together, at most {@link answersOf} of them. Must be below challengePeriod. */
  answeringTime: number
  /** Depths of the levels of a dispute: blocks of an assertion, spans of a block's run, steps of a span. 1 to 32 each. */
  heights: { blocks: number; spans: number; steps: number }
  /** Batches between an assertion and the one that it continues. */
  assertionInterval: number
  /** Between the end of an assertion's game and its being final: the timelock can bar it. */
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
  /** wei. A loser's bond, less the fifth that is burned, must pay for the moves that it forces: see {@link leastStakes}. */
  assertionBond: bigint
  /** What a refinement to the level of spans or steps stakes, wei; back when it was right. */
  stakes: { spans: bigint; steps: bigint }
  /** What a move on the winning side earns out of what losers lost, wei. */
  rewards: { assertion: bigint; bisection: bigint; refinement: bigint; proof: bigint }
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
  /** The private store's contracts on L1; default none. Those on L2 are in every genesis. */
  vault?: VaultConfig
  /** Verifiers with stake, and withdrawals that are paid early out of it; default none. */
  network?: NetworkConfig
  /** Lets the inbox take batches that are with alt-DA servers (DA kind 3). Default: it takes none. */
  altDa?: AltDaConfig
  /** Makes another set of contracts for the same configuration; default empty. */
  salt?: string
}

/** Ids of L1 chains that hold nothing of value: geth's developer mode, anvil and Hardhat. `MemoryDA` works on no others. */
export const developmentChainIds: readonly number[] = [1_337, 31_337]

/** Defaults of {@link L1Config}: all but the chain id, the keys and the program. */
export type L1ConfigDefaults = Omit<
  L1Config,
  'l2ChainId' | 'roles' | 'proving' | 'memoryDa' | 'vault' | 'network' | 'altDa' | 'salt'
>

const HOUR = 3_600
const DAY = 86_400

/** Short periods, so that a withdrawal takes seconds. Never for anything of value. */
export const devnetDefaults: L1ConfigDefaults = {
  challengePeriod: 6,
  answeringTime: 5,
  heights: { blocks: 13, spans: 20, steps: 20 },
  assertionInterval: 1,
  finalityDelay: 0,
  proofMaturityDelay: 12,
  forceDelay: 30,
  contextInterval: 12,
  listingDelay: 15,
  pauseDuration: 15,
  timelockDelay: 120,
  assertionBond: 10n ** 17n,
  stakes: { spans: 4n * 10n ** 16n, steps: 15n * 10n ** 15n },
  rewards: {
    assertion: 10n ** 14n,
    bisection: 10n ** 14n,
    refinement: 4n * 10n ** 14n,
    proof: 8n * 10n ** 15n,
  },
  gasLimit: 16_000_000n,
  baseFeeScalar: 500_000,
  blobBaseFeeScalar: 0,
}

/**
 * For chains that hold value. A week for the timers of a dispute, as other optimistic rollups have: long enough to get answers through
 * censorship of L1. Rewards pay for a move's gas at 50 gwei: about 150,000 gas a bisection, 400,000 a refinement, 6,000,000 a proof.
 */
export const productionDefaults: L1ConfigDefaults = {
  challengePeriod: 7 * DAY,
  answeringTime: DAY,
  heights: { blocks: 13, spans: 20, steps: 20 },
  assertionInterval: 1,
  finalityDelay: DAY,
  proofMaturityDelay: 8 * DAY + HOUR,
  forceDelay: 12 * HOUR,
  contextInterval: 600,
  listingDelay: HOUR,
  pauseDuration: 3 * DAY,
  timelockDelay: 32 * DAY,
  assertionBond: 4n * 10n ** 18n,
  stakes: { spans: 15n * 10n ** 17n, steps: 6n * 10n ** 17n },
  rewards: {
    assertion: 3n * 10n ** 16n,
    bisection: 75n * 10n ** 14n,
    refinement: 2n * 10n ** 16n,
    proof: 3n * 10n ** 17n,
  },
  gasLimit: 16_000_000n,
  baseFeeScalar: 500_000,
  blobBaseFeeScalar: 0,
}

/** Defaults of {@link VaultConfig} for a devnet. */
export const devnetVault: Omit<VaultConfig, 'keyRoot'> = {
  stakes: { storage: 10n ** 17n, keys: 10n ** 17n },
  notice: 0,
  retention: DAY,
  grace: 60,
  unbonding: 2 * DAY,
  challenge: { penalty: 10n ** 17n, bond: 10n ** 16n, responseTime: 60, drawDelay: 2 },
}

/** Defaults of {@link VaultConfig} for chains that hold value. An answer takes about 400,000 gas: the bond pays for it up to 100 gwei. */
export const productionVault: Omit<VaultConfig, 'keyRoot'> = {
  stakes: { storage: 4n * 10n ** 18n, keys: 4n * 10n ** 18n },
  notice: DAY,
  retention: 32 * DAY,
  grace: HOUR,
  unbonding: 35 * DAY,
  challenge: { penalty: 4n * 10n ** 18n, bond: 5n * 10n ** 16n, responseTime: DAY, drawDelay: 64 },
}

/** Defaults of {@link NetworkConfig} for a devnet. */
export const devnetNetwork: NetworkConfig = {
  minAge: 10,
  epochLength: 30,
  certificateEpochs: 60,
  minVerifiers: 5,
  minStake: 10n ** 18n,
  maxActive: 16,
  cap: 1_000_000,
  evidence: 66,
  diligence: { oneIn: 2, penalty: 10n ** 17n, revealTime: 30, drawDelay: 2 },
}

/** Defaults of {@link NetworkConfig} for chains that hold value. Half an hour is more than twice what L1 takes to finalise; six holders at least make a certificate. */
export const productionNetwork: NetworkConfig = {
  minAge: 1_800,
  epochLength: DAY,
  certificateEpochs: 30,
  minVerifiers: 5,
  minStake: 32n * 10n ** 18n,
  maxActive: 64,
  cap: 125_000,
  evidence: 7 * DAY,
  diligence: { oneIn: 16, penalty: 10n ** 17n, revealTime: 6 * HOUR, drawDelay: 32 },
}

/** For development chains with blocks of a second. */
export const devnetAltDa: AltDaConfig = {
  challengeWindow: 2,
  resolveWindow: 20,
  takeWindow: 600,
  bond: 10n ** 16n,
}

/** Half an hour for a challenge, an hour for its answer, at 12 seconds a block; the bond covers answers at 50 gwei. */
export const productionAltDa: AltDaConfig = {
  challengeWindow: 150,
  resolveWindow: 300,
  takeWindow: 300,
  bond: 25n * 10n ** 16n,
}

/** Answers of an honest player on one path of a dispute, at most: a bisection for each height, and assertion, refinements and proof. */
export const answersOf = ({ heights }: Pick<L1Config, 'heights'>): number =>
  heights.blocks + heights.spans + heights.steps + 3

/**
 * The longest that an assertion which an honest player makes or defends can be held up by disputes. Seconds. That of the assertions before it runs at
 * the same time.
 */
export const longestDispute = ({
  challengePeriod,
  answeringTime,
}: Pick<L1Config, 'challengePeriod' | 'answeringTime'>): number => 2 * challengePeriod + answeringTime

/**
 * The time that a user needs to leave against the will of the sequencer, of liars and of the guardian: force a withdrawal, wait for the longest dispute and
 * for its end to be final, prove, wait, finalise, and two pauses. Seconds.
 */
export function exitWindow(
  config: Pick<
    L1Config,
    | 'forceDelay'
    | 'challengePeriod'
    | 'answeringTime'
    | 'finalityDelay'
    | 'proofMaturityDelay'
    | 'pauseDuration'
  >,
): number {
  const { forceDelay, finalityDelay, proofMaturityDelay, pauseDuration } = config
  return forceDelay + longestDispute(config) + finalityDelay + proofMaturityDelay + 2 * pauseDuration
}

/**
 * The least bonds with these rewards, wei: a loser leaves four fifths of its own in the pot, which must pay for the moves that it forces. At the place where a
 * wrong commitment parts from the right one two edges may be refined without a stake, hence the factor of two.
 */
export function leastStakes({ heights, rewards }: Pick<L1Config, 'heights' | 'rewards'>): {
  blocks: bigint
  spans: bigint
  steps: bigint
} {
  const { assertion, bisection, refinement, proof } = rewards
  const steps = BigInt(heights.steps) * bisection + proof
  const spans = BigInt(heights.spans) * bisection + refinement + 2n * steps
  const blocks = assertion + BigInt(heights.blocks) * bisection + refinement + 2n * spans
  const least = (cost: bigint) => (cost * 5n + 3n) / 4n
  return { blocks: least(blocks), spans: least(spans), steps: least(steps) }
}

/** Time to draw the leaf of a challenge, seconds: that of AvailabilityChallenge. */
const DRAW_TIME = HOUR

/** The least `unbonding`, seconds: what a member promised on the day that it asked to leave can be challenged until the promise ends, and answered. */
export const leastUnbonding = ({ retention, grace, challenge }: VaultConfig): number =>
  retention + grace + DRAW_TIME + challenge.responseTime

/**
 * The least `unbonding` of verifiers, seconds. Who asks to leave has weight until the epoch ends. What it attested to then is disputed for as long as a dispute
 * can take, and is final after that; meanwhile it checks in, in the next epoch, and is drawn and answers in the one after. Then it can be shown to be wrong.
 *
 * The challenge period is in the longest dispute twice, and not once more: a rival comes within one period of a claim, and no claim is confirmed later than two
 * of them after the first of its tournament (docs/spec/game.md, section 4). Assertions before this one were made before it, so their disputes end no later. Who
 * attests to a later assertion in the name of an old epoch is held back by the certificate, which is worth nothing without its stake.
 */
export const leastVerifierUnbonding = (
  config: Pick<L1Config, 'challengePeriod' | 'answeringTime' | 'finalityDelay'>,
  { evidence, epochLength, diligence }: Pick<NetworkConfig, 'evidence' | 'epochLength' | 'diligence'>,
): number => {
  const decided = longestDispute(config) + config.finalityDelay
  const answered = 2 * epochLength + diligence.revealTime
  return epochLength + Math.max(decided, answered) + evidence
}

/** The bounds of SystemConfig. */
const MIN_GAS_LIMIT = 8_000_000n
const MAX_GAS_LIMIT = 500_000_000n
const MAX_SCALAR = 10_000_000

/** Bounds of bonds and stakes, wei: those of ChallengeTree. Without them junk costs nothing; above, nobody could pay one. */
const MIN_BOND = 10n ** 15n
const MAX_BOND = 1_000n * 10n ** 18n

/** Blocks that a batch can have: those of Inbox. */
const MAX_BLOCKS_PER_BATCH = 8_192
/** Greatest depth of a level: that of ChallengeTree. */
const MAX_HEIGHT = 32
/** Pages of a memory of 4 GiB, the most that a machine can have. */
const MAX_PAGES = 65_536

/** Least and greatest length of each period, seconds: nothing that lasts so long that funds are as good as lost, or so short that it is no period. */
const periods = {
  challengePeriod: [1, 30 * DAY],
  answeringTime: [0, 30 * DAY],
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
  if (config.altDa) assertAltDa(config.altDa)
  assertProving(config.proving)
  assertLevels(config)
  assertMoney(config)
  if (config.vault) assertVault(config.vault, window)
  if (config.network) assertNetwork(config, config.network)
}

/** Bounds of StakeRegistry and FastExits. */
const MAX_ACTIVE = 64
const MAX_TOKENS = 8
const MILLION = 1_000_000

function assertNetwork(config: L1Config, network: NetworkConfig): void {
  const least = leastVerifierUnbonding(config, network)
  const whole = {
    minAge: [network.minAge, 0, config.proofMaturityDelay],
    epochLength: [network.epochLength, 1, 30 * DAY],
    certificateEpochs: [network.certificateEpochs, 1, 10_000],
    maxActive: [network.maxActive, 1, MAX_ACTIVE],
    minVerifiers: [network.minVerifiers, 1, network.maxActive],
    cap: [network.cap, 1, MILLION],
    evidence: [network.evidence, 1, 60 * DAY],
    'diligence.oneIn': [network.diligence.oneIn, 1, 1_000_000],
    'diligence.revealTime': [network.diligence.revealTime, 1, 30 * DAY],
    'diligence.drawDelay': [network.diligence.drawDelay, 1, 200],
    unbonding: [network.unbonding ?? least, least, 365 * DAY],
  } as const
  for (const [name, [value, min, max]] of Object.entries(whole))
    if (!Number.isSafeInteger(value) || value < min || value > max)
      throw new InvalidInputError(`network.${name}`, `a whole number from ${min} to ${max}`, value)
  const amounts = { minStake: network.minStake, 'diligence.penalty': network.diligence.penalty }
  for (const [name, amount] of Object.entries(amounts))
    if (amount < MIN_BOND || amount > MAX_BOND)
      throw new InvalidInputError(`network.${name}`, `${MIN_BOND} to ${MAX_BOND} wei`, amount)
  const { feeRecipient } = network
  if (
    feeRecipient !== undefined &&
    (!/^0x[0-9a-fA-F]{40}$/.test(feeRecipient) || BigInt(feeRecipient) === 0n)
  )
    throw new InvalidInputError('network.feeRecipient', 'an address other than zero', feeRecipient)
  const tokens = (network.tokens ?? []).map((token) => token.toLowerCase())
  if (tokens.length > MAX_TOKENS || new Set(tokens).size !== tokens.length)
    throw new InvalidInputError('network.tokens', `up to ${MAX_TOKENS} tokens, each once`, tokens)
  for (const token of tokens)
    if (!/^0x[0-9a-f]{40}$/.test(token) || BigInt(token) === 0n)
      throw new InvalidInputError('network.tokens', 'addresses other than zero', token)
}

function assertVault(vault: VaultConfig, window: number): void {
  const { stakes, challenge, keyRoot } = vault
  if (keyRoot !== undefined && (!/^0x[0-9a-f]{64}$/.test(keyRoot) || BigInt(keyRoot) === 0n))
    throw new InvalidInputError('vault.keyRoot', '32 bytes other than zero, in lower case', keyRoot)
  const whole = {
    notice: [vault.notice, 0, 30 * DAY],
    retention: [vault.retention, vault.keyRoot ? window : 1, 365 * DAY],
    grace: [vault.grace, 0, DAY],
    unbonding: [vault.unbonding, leastUnbonding(vault), 365 * DAY],
    'challenge.responseTime': [challenge.responseTime, 1, 30 * DAY],
    'challenge.drawDelay': [challenge.drawDelay, 1, 200],
  } as const
  for (const [name, [value, min, max]] of Object.entries(whole))
    if (!Number.isSafeInteger(value) || value < min || value > max)
      throw new InvalidInputError(`vault.${name}`, `a whole number from ${min} to ${max}`, value)
  const amounts = {
    'stakes.storage': stakes.storage,
    'stakes.keys': stakes.keys,
    'challenge.penalty': challenge.penalty,
    'challenge.bond': challenge.bond,
  }
  for (const [name, amount] of Object.entries(amounts))
    if (amount < MIN_BOND || amount > MAX_BOND)
      throw new InvalidInputError(`vault.${name}`, `${MIN_BOND} to ${MAX_BOND} wei`, amount)
}

/** Greatest window and bond of AltDA. */
const MAX_WINDOW = 50_400
const MAX_ALT_DA_BOND = 100n * 10n ** 18n

function assertAltDa(config: AltDaConfig): void {
  for (const name of ['challengeWindow', 'resolveWindow', 'takeWindow'] as const)
    if (!Number.isSafeInteger(config[name]) || config[name] < 1 || config[name] > MAX_WINDOW)
      throw new InvalidInputError(`altDa.${name}`, `L1 blocks, 1 to ${MAX_WINDOW}`, config[name])
  if (config.bond < 1n || config.bond > MAX_ALT_DA_BOND)
    throw new InvalidInputError('altDa.bond', `1 to ${MAX_ALT_DA_BOND} wei`, config.bond)
}

function assertProving({ prover, program, rulesHash }: ProvingConfig): void {
  if (prover !== undefined && (!/^0x[0-9a-fA-F]{40}$/.test(prover) || BigInt(prover) === 0n))
    throw new InvalidInputError('proving.prover', 'an address other than zero', prover)
  const hashes = {
    'program.codeRoot': program.codeRoot,
    'program.ramRoot': program.ramRoot,
    rulesHash,
  }
  for (const [name, hash] of Object.entries(hashes))
    if (!/^0x[0-9a-f]{64}$/.test(hash) || BigInt(hash) === 0n)
      throw new InvalidInputError(`proving.${name}`, '32 bytes other than zero, in lower case', hash)
  if (!Number.isSafeInteger(program.pages) || program.pages < 0 || program.pages > MAX_PAGES)
    throw new InvalidInputError('proving.program.pages', `0 to ${MAX_PAGES}`, program.pages)
}

function assertLevels(config: L1Config): void {
  const { heights, assertionInterval, answeringTime, challengePeriod, finalityDelay } = config
  for (const [name, height] of Object.entries(heights))
    if (!Number.isSafeInteger(height) || height < 1 || height > MAX_HEIGHT)
      throw new InvalidInputError(`heights.${name}`, `1 to ${MAX_HEIGHT}`, height)
  if (!Number.isSafeInteger(assertionInterval) || assertionInterval < 1)
    throw new InvalidInputError('assertionInterval', 'a whole number from 1', assertionInterval)
  const blocks = MAX_BLOCKS_PER_BATCH * assertionInterval
  if (2 ** heights.blocks < blocks)
    throw new InvalidInputError(
      'heights.blocks',
      `at least ${Math.ceil(Math.log2(blocks))}, for ${blocks} blocks an assertion`,
      heights.blocks,
    )
  if (answeringTime >= challengePeriod)
    throw new InvalidInputError(
      'answeringTime',
      `less than challengePeriod, ${challengePeriod} s: else a wrong claim could be confirmed before the last answer`,
      answeringTime,
    )
  if (finalityDelay > challengePeriod)
    throw new InvalidInputError(
      'finalityDelay',
      `at most challengePeriod, ${challengePeriod} s: rewards are asked for after it, and pots are closed 4 such periods after the decision`,
      finalityDelay,
    )
}

function assertMoney(config: L1Config): void {
  const { assertionBond, stakes, rewards } = config
  for (const [name, reward] of Object.entries(rewards))
    if (reward < 0n || reward > MAX_BOND)
      throw new InvalidInputError(`rewards.${name}`, `0 to ${MAX_BOND} wei`, reward)
  const least = leastStakes(config)
  const amounts = {
    assertionBond: [assertionBond, least.blocks],
    'stakes.spans': [stakes.spans, least.spans],
    'stakes.steps': [stakes.steps, least.steps],
  } as const
  for (const [name, [amount, forMoves]] of Object.entries(amounts)) {
    const min = forMoves > MIN_BOND ? forMoves : MIN_BOND
    if (amount < min || amount > MAX_BOND)
      throw new InvalidInputError(name, `${min} to ${MAX_BOND} wei`, amount)
  }
}
