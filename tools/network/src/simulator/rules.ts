import { leastVerifierUnbonding, productionDefaults, productionNetwork } from '@animechain/contracts/config'

export const ETHER = 10n ** 18n
export const GWEI = 10n ** 9n
const MILLION = 1_000_000n
const DAY = 86_400

/** Rules of the contracts, docs/spec/network.md. Amounts are wei, divisors stand for one part in so many. */
export interface Rules {
  minStake: bigint
  maxActive: number
  /** parts per million */
  cap: bigint
  minVerifiers: number
  coverDivisor: bigint
  singleDivisor: bigint
  hourDivisor: bigint
  feeDivisor: bigint
  rewardDivisor: bigint
  maxReward: bigint
  burnDivisor: bigint
  /** What a drill and a wrong block cost, one part in so many of the stake. */
  tenthDivisor: bigint
  /** A draw meets a verifier once in so many epochs; 0 for never. */
  drawOneIn: number
  /** What a missed draw costs. */
  penalty: bigint
  /** Whether a draw meets who did not check in. */
  drawsAll: boolean
  /** Epochs from an exit to the end of its reservation. */
  holdEpochs: number
  epochSeconds: number
}

/** What the deployment for chains that hold value has, with the constants of the contracts. */
export const productionRules: Rules = {
  ...{ minStake: productionNetwork.minStake, maxActive: productionNetwork.maxActive },
  ...{ cap: BigInt(productionNetwork.cap), minVerifiers: productionNetwork.minVerifiers },
  ...{ coverDivisor: 2n, singleDivisor: 10n, hourDivisor: 4n, feeDivisor: 1_000n },
  ...{ rewardDivisor: 10n, maxReward: 5n * ETHER, burnDivisor: 5n, tenthDivisor: 10n },
  ...{ drawOneIn: productionNetwork.diligence.oneIn, penalty: productionNetwork.diligence.penalty },
  // Diligence: who was active and checked in no batch, though there were batches, misses as who does not answer.
  drawsAll: true,
  holdEpochs: (productionDefaults.challengePeriod + productionDefaults.finalityDelay) / DAY,
  epochSeconds: productionNetwork.epochLength,
}

/** Days that stake is bound for after its owner asked to leave. */
export const unbondingDays = leastVerifierUnbonding(productionDefaults, productionNetwork) / DAY

export const least = (a: bigint, b: bigint): bigint => (a < b ? a : b)
export const ceilDiv = (a: bigint, b: bigint): bigint => (a + b - 1n) / b

/** Weights of stakes, and their sum: as StakeRegistry counts them. */
export function weigh(stakes: readonly bigint[], cap: bigint): { weights: bigint[]; total: bigint } {
  const most = (stakes.reduce((sum, stake) => sum + stake, 0n) * cap) / MILLION
  const weights = stakes.map((stake) => least(stake, most))
  return { weights, total: weights.reduce((sum, weight) => sum + weight, 0n) }
}

/** Where slashed ETH goes: first to the portal, as far as that is owed something; the rest as FastExits shares it. */
export function distribute(
  slashed: bigint,
  rules: Rules,
  owed = 0n,
): { refilled: bigint; finder: bigint; burned: bigint; insured: bigint } {
  const refilled = least(owed, slashed)
  const rest = slashed - refilled
  const finder = least(least(slashed / rules.rewardDivisor, rules.maxReward), rest)
  const burned = least(ceilDiv(slashed, rules.burnDivisor), rest - finder)
  return { refilled, finder, burned, insured: rest - finder - burned }
}

/** How much a certificate whose signers have this stake lets out: OpenZeppelin's refilling bucket, and the cover. */
export class Limiter {
  /** What is reserved, wei. */
  reserved = 0n
  #used = 0n
  #at = 0

  constructor(readonly rules: Rules) {}

  /** The most that one exit can take at a time in seconds, which never goes back. */
  left(stake: bigint, now: number): bigint {
    const { coverDivisor, singleDivisor, hourDivisor } = this.rules
    const cover = stake / coverDivisor
    const uncovered = cover > this.reserved ? cover - this.reserved : 0n
    const capacity = cover / hourDivisor
    const used = this.#usedAt(now, capacity)
    return least(least(uncovered, cover / singleDivisor), capacity > used ? capacity - used : 0n)
  }

  /** Takes what `left` allows. */
  take(amount: bigint, stake: bigint, now: number): void {
    const capacity = stake / this.rules.coverDivisor / this.rules.hourDivisor
    this.#used = this.#usedAt(now, capacity) + amount
    this.#at = now
    this.reserved += amount
  }

  #usedAt(now: number, capacity: bigint): bigint {
    const refilled = (BigInt(now - this.#at) * capacity) / 3_600n
    return this.#used > refilled ? this.#used - refilled : 0n
  }
}
