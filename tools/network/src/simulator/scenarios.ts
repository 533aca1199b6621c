import { simulate, type Group, type Inputs, type Report } from './run.js'
import { ceilDiv, distribute, ETHER, GWEI, least, Limiter, weigh, type Rules } from './rules.js'
import { strategies, type Strategy } from './strategies.js'

/** What is assumed; docs/spec/network.md, section 12, says why. */
export const inputs: Inputs = {
  computing: 400_000n * GWEI,
  copying: 20_000n * GWEI,
  gasPrice: 2n * GWEI,
  checkInGas: 112_566n,
  revealGas: 77_710n,
  ...{ certificates: 3, exits: 2, leastExit: 2n * ETHER, mostExit: 18n * ETHER },
  vaults: (6n * ETHER) / 100n,
  ...{ drillEvery: 90, lieEvery: 1_000, sourceLiesOneIn: 2, attackEvery: 0 },
}

const quiet: Inputs = { ...inputs, drillEvery: 0, lieEvery: 0 }

/** How long and with which seed. */
export interface Length {
  epochs: number
  seed: number
}

/** All strategies at once, most verifiers being honest. */
export function mixed(rules: Rules, length: Length): Report {
  const { colluding: _, honest, ...others } = strategies
  const few = Object.values(others).map((strategy: Strategy): Group => ({ strategy, count: 3 }))
  const rest = rules.maxActive - 3 * few.length
  return simulate({ rules, inputs, mix: [{ strategy: honest, count: rest }, ...few], ...length })
}

/** What honest ones earn in an epoch more than lazy ones, where nothing but draws catches these; wei. */
export interface Lead {
  penalty: bigint
  /** of those that sign what others signed */
  following: number
  /** of those that besides never check in, where draws meet them, and where they do not */
  freeloading: number
  unmet: number
}

export function leads(rules: Rules, penalties: readonly bigint[], length: Length): Lead[] {
  const mix: Group[] = [
    { strategy: strategies.honest, count: rules.maxActive - 16 },
    { strategy: strategies.following, count: 8 },
    { strategy: strategies.freeloading, count: 8 },
  ]
  return penalties.map((penalty) => {
    const of = (drawsAll: boolean) => {
      const { outcomes } = simulate({ rules: { ...rules, penalty, drawsAll }, inputs: quiet, mix, ...length })
      const [honest, following, freeloading] = outcomes.map(({ earnings }) => earnings)
      return { following: honest! - following!, freeloading: honest! - freeloading! }
    }
    return { penalty, ...of(true), unmet: of(false).freeloading }
  })
}

/** What honest ones earn in an epoch more than those that sign what others signed and never check in, by the pot of an epoch. wei */
export function pots(
  rules: Rules,
  all: readonly bigint[],
  length: Length,
): { pot: bigint; unmet: number; met: number }[] {
  const mix: Group[] = [
    { strategy: strategies.honest, count: rules.maxActive - 8 },
    { strategy: strategies.freeloading, count: 8 },
  ]
  return all.map((pot) => {
    const of = (drawsAll: boolean) => {
      const { outcomes } = simulate({
        ...{ rules: { ...rules, drawsAll }, inputs: { ...quiet, vaults: pot }, mix, ...length },
      })
      return outcomes[0]!.earnings - outcomes[1]!.earnings
    }
    return { pot, unmet: of(false), met: of(true) }
  })
}

/** The pot that pays each for deriving, checking in and its share of reveals: with less, never checking in would pay. wei */
export const leastPot = (rules: Rules): bigint => {
  const { computing, gasPrice, checkInGas, revealGas } = inputs
  const gas = gasPrice * (checkInGas + revealGas / BigInt(rules.drawOneIn))
  return (computing + gas) * BigInt(rules.maxActive)
}

/** The least P with which being lazy earns less than staying away: what is saved and earned in an epoch, times the epochs between two draws. wei */
export const leastPenalty = (saved: bigint, earned: bigint, drawOneIn: number): bigint =>
  (saved + earned) * BigInt(drawOneIn)

/** What honest ones earn in an epoch more than others, where nothing but drills catches these; by how often one comes. wei */
export function drills(
  rules: Rules,
  every: readonly number[],
  length: Length,
): { every: number; silent: number; copying: number }[] {
  const mix: Group[] = [
    { strategy: strategies.honest, count: rules.maxActive - 16 },
    { strategy: strategies.silent, count: 8 },
    { strategy: strategies.copying, count: 8 },
  ]
  return every.map((drillEvery) => {
    const { outcomes } = simulate({
      ...{ rules: { ...rules, drawOneIn: 0 }, inputs: { ...quiet, drillEvery }, mix, ...length },
    })
    const [honest, silent, copying] = outcomes.map(({ earnings }) => earnings)
    return { every: drillEvery, silent: honest! - silent!, copying: honest! - copying! }
  })
}

/** The longest time between drills that makes a gain worthless, epochs: of so many drills one is met. */
export const longestBetweenDrills = (gain: bigint, rules: Rules, metOneIn: number): bigint =>
  rules.minStake / rules.tenthDivisor / BigInt(metOneIn) / gain

/** What a set of active verifiers with the least stake lets out. wei */
export interface Capacity {
  active: number
  /** how many are two thirds, and never fewer than a certificate needs */
  signers: number
  stake: bigint
  cover: bigint
  perDay: bigint
  single: bigint
  hour: bigint
}

export function capacity(rules: Rules, active: number): Capacity {
  const signers = Math.max(rules.minVerifiers, Math.ceil((2 * active) / 3))
  const stake = (2n * BigInt(active) * rules.minStake) / 3n
  const cover = least(stake, BigInt(active) * rules.minStake) / rules.coverDivisor
  const perDay = (cover * 86_400n) / BigInt(rules.holdEpochs * rules.epochSeconds)
  return {
    ...{ active, signers, stake, cover, perDay },
    ...{ single: cover / rules.singleDivisor, hour: cover / rules.hourDivisor },
  }
}

/** What a coalition that signs a wrong root gains and loses. wei */
export interface Attack {
  gain: bigint
  fees: bigint
  stake: bigint
  finder: bigint
  refilled: bigint
  bridgeLoss: bigint
  /** Without the insurance, and with a finder that is one of them. */
  net: bigint
}

/** Takes all that the limits allow, every minute, until somebody claims otherwise; the dispute then refills out of the stake. */
export function attack(rules: Rules, stake: bigint, unseenMinutes: number): Attack {
  const limiter = new Limiter(rules)
  let fees = 0n
  for (let minute = 0; minute <= unseenMinutes; minute++)
    for (;;) {
      const amount = limiter.left(stake, 60 * minute)
      if (amount === 0n) break
      limiter.take(amount, stake, 60 * minute)
      fees += ceilDiv(amount, rules.feeDivisor)
    }
  const gain = limiter.reserved
  const { refilled, finder } = distribute(stake, rules, gain)
  return {
    ...{ gain, fees, stake, finder, refilled, bridgeLoss: gain - refilled },
    net: gain + finder - fees - stake,
  }
}

/** One party with more stake than all others together. */
export interface Rich {
  cap: bigint
  identities: number
  /** parts of ten thousand of the weight */
  share: bigint
  certifiesAlone: boolean
  /** Without it there is no certificate. */
  blocks: boolean
  attack: Attack | undefined
}

export function rich(
  rules: Rules,
  cap: bigint,
  identities: number,
  stake: bigint,
  others: readonly bigint[],
): Rich {
  const own = Array.from({ length: identities }, () => stake / BigInt(identities))
  const { weights, total } = weigh([...own, ...others], cap)
  const weight = weights.slice(0, identities).reduce((sum, each) => sum + each, 0n)
  const certifiesAlone = identities >= rules.minVerifiers && 3n * weight >= 2n * total
  return {
    ...{ cap, identities, share: (weight * 10_000n) / total, certifiesAlone },
    blocks: 3n * (total - weight) < 2n * total,
    attack: certifiesAlone ? attack(rules, stake, 300) : undefined,
  }
}

/** 44 of 64 that collude and try it once in 1,000 epochs, beside honest ones. */
export const colluding = (rules: Rules, length: Length): Report =>
  simulate({
    ...{ rules, inputs: { ...quiet, attackEvery: 1_000 }, ...length },
    mix: [
      { strategy: strategies.honest, count: 20 },
      { strategy: strategies.colluding, count: 44 },
    ],
  })

/** One with twice the stake of all others, that is honest: in one piece, and in eight. */
export function oneRich(rules: Rules, identities: number, length: Length): Report {
  const others = rules.maxActive - 8
  const stake = 2n * BigInt(others) * rules.minStake
  return simulate({
    ...{ rules, inputs: quiet, ...length },
    mix: [
      { strategy: strategies.honest, count: others },
      {
        strategy: { ...strategies.honest, name: 'rich' },
        count: identities,
        stake: stake / BigInt(identities),
      },
    ],
  })
}
