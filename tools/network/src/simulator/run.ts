import { randomFrom, type Random } from '../random.js'
import { ceilDiv, distribute, least, Limiter, weigh, type Rules } from './rules.js'
import type { Strategy } from './strategies.js'

/** What the rules do not fix: stated, not measured, where nothing else is said. Amounts are wei an epoch. */
export interface Inputs {
  /** A machine that derives every batch. */
  computing: bigint
  /** Asking another node instead. */
  copying: bigint
  /** wei for a unit of gas */
  gasPrice: bigint
  checkInGas: bigint
  revealGas: bigint
  /** Certificates with exits in an epoch, and exits in each. */
  certificates: number
  exits: number
  leastExit: bigint
  mostExit: bigint
  /** What the fee vaults give. */
  vaults: bigint
  /** A drill comes once in so many epochs; 0 for never. */
  drillEvery: number
  /** Somebody asserts something wrong in earnest once in so many epochs; 0 for never. */
  lieEvery: number
  /** Of so many drills and lies one is also what the node says that is copied from; 0 for none. */
  sourceLiesOneIn: number
  /** Who colludes tries it once in so many epochs, and nobody looks until all that the limits allow is taken; 0 for never. */
  attackEvery: number
}

/** Some verifiers alike. */
export interface Group {
  strategy: Strategy
  count: number
  /** of each, wei; default the least */
  stake?: bigint
}

/** What became of one strategy. */
export interface Outcome {
  strategy: Strategy
  verifiers: number
  /** Mean of what a verifier earned in an epoch, all costs and losses off, and its standard error by batch means. wei */
  earnings: number
  error: number
  /** In all, of all of them: wei. */
  fees: bigint
  rewards: bigint
  slashed: bigint
  costs: bigint
  /** What a coalition let itself be paid for nothing. */
  stolen: bigint
  /** How often one was drawn and had nothing to show, fell for a drill, and signed a lie in earnest. */
  missed: number
  drilled: number
  lied: number
}

/** A whole run. */
export interface Report {
  outcomes: Outcome[]
  exits: number
  refused: number
  /** wei that exits moved */
  paid: bigint
  burned: bigint
  insurance: bigint
  /** What the bridge paid for nothing and did not get back. wei */
  bridgeLoss: bigint
  /** What came in and is nowhere: 0n, or the simulator is wrong. wei */
  lost: bigint
}

interface Verifier {
  strategy: Strategy
  /** What it keeps its stake at. */
  full: bigint
  stake: bigint
  /** What it brought, stake that it lost and replaced with it. */
  broughtIn: bigint
  stolen: bigint
  fees: bigint
  rewards: bigint
  slashed: bigint
  costs: bigint
  here: boolean
  counts: { missed: number; drilled: number; lied: number }
}

interface Certificate {
  due: number
  amount: bigint
  fee: bigint
  signers: readonly Verifier[]
  stakes: readonly bigint[]
  stake: bigint
}

/** Epochs are put into so many batches for the standard error: what happens in one bears on those after it, for as long as a reservation lasts. */
const BATCHES = 50

/**
 * Lets verifiers go about their work for some epochs. Who is slashed pays in what it lost at once, to stay active.
 * @param mix how many verifiers have which strategy; at most as many as there are places
 */
export function simulate(options: {
  rules: Rules
  inputs: Inputs
  mix: readonly Group[]
  epochs: number
  seed: number
}): Report {
  const market = new Market(options.rules, options.inputs, options.mix, randomFrom(options.seed))
  const batch = Math.max(1, Math.floor(options.epochs / BATCHES))
  const sums: number[][] = []
  for (let epoch = 0; epoch < options.epochs; epoch++) {
    market.pass(epoch)
    if ((epoch + 1) % batch === 0) sums.push(market.wealth())
  }
  return market.report(sums, batch)
}

class Market {
  readonly #verifiers: Verifier[]
  readonly #limiter: Limiter
  #open: Certificate[] = []
  #vaults = 0n
  readonly #books = {
    ...{ exits: 0, refused: 0, paid: 0n, cameIn: 0n },
    ...{ burned: 0n, insurance: 0n, finders: 0n, refilled: 0n },
  }

  constructor(
    readonly rules: Rules,
    readonly inputs: Inputs,
    readonly mix: readonly Group[],
    readonly random: Random,
  ) {
    this.#limiter = new Limiter(rules)
    this.#verifiers = mix.flatMap(({ strategy, count, stake = rules.minStake }) =>
      Array.from({ length: count }, () => ({
        ...{ strategy, full: stake, stake, broughtIn: stake, here: true },
        ...{ fees: 0n, rewards: 0n, stolen: 0n, slashed: 0n, costs: 0n },
        counts: { missed: 0, drilled: 0, lied: 0 },
      })),
    )
    if (this.#verifiers.length > rules.maxActive)
      throw new Error(`Expected at most ${rules.maxActive} verifiers, got ${this.#verifiers.length}.`)
  }

  pass(epoch: number): void {
    for (const each of this.#verifiers) each.here = !this.random.rarely(each.strategy.awayOneIn)
    this.#release(epoch)
    this.#exits(epoch)
    if (this.random.rarely(this.inputs.drillEvery)) this.#wrong('drilled', this.rules.tenthDivisor)
    if (this.random.rarely(this.inputs.lieEvery)) this.#wrong('lied', 1n)
    if (this.random.rarely(this.inputs.attackEvery)) this.#attack()
    this.#reward(this.#draw())
    for (const each of this.#verifiers) {
      const { derives } = each.strategy
      if (derives === 'itself') each.costs += this.inputs.computing
      else if (derives !== 'nowhere') each.costs += this.inputs.copying
      const lack = each.full - each.stake
      ;[each.stake, each.broughtIn] = [each.stake + lack, each.broughtIn + lack]
    }
  }

  /** What each has above what it brought, wei. Exact sums of wei are rounded once, here. */
  wealth(): number[] {
    return this.mix.map(({ strategy }) =>
      Number(
        this.#verifiers
          .filter((each) => each.strategy === strategy)
          .reduce(
            (sum, each) => sum + each.fees + each.rewards + each.stolen - each.slashed - each.costs,
            0n,
          ),
      ),
    )
  }

  /** Signers of what is right: who derives, copies or signs anything; who follows has enough to follow. */
  #signers(): Verifier[] {
    return this.#verifiers.filter(({ here }) => here)
  }

  #exits(epoch: number): void {
    const { certificates, exits, leastExit, mostExit } = this.inputs
    const signers = this.#signers()
    const stakes = signers.map(({ stake }) => stake)
    const stake = stakes.reduce((sum, each) => sum + each, 0n)
    const { weights, total } = weigh(
      this.#verifiers.map((each) => each.stake),
      this.rules.cap,
    )
    const weight = this.#verifiers.reduce((sum, { here }, i) => (here ? sum + weights[i]! : sum), 0n)
    const certified = signers.length >= this.rules.minVerifiers && 3n * weight >= 2n * total
    const second = Math.floor(this.rules.epochSeconds / (certificates * exits))
    for (let i = 0; i < certificates; i++) {
      const certificate = {
        due: epoch + this.rules.holdEpochs,
        ...{ amount: 0n, fee: 0n, signers, stakes, stake },
      }
      for (let j = 0; j < exits; j++) {
        const now = epoch * this.rules.epochSeconds + (i * exits + j) * second
        const amount = this.random.between(leastExit, mostExit)
        if (!certified || amount > this.#limiter.left(stake, now)) {
          this.#books.refused++
          continue
        }
        this.#limiter.take(amount, stake, now)
        certificate.amount += amount
        certificate.fee += ceilDiv(amount, this.rules.feeDivisor)
        this.#books.exits++
      }
      if (certificate.amount !== 0n) this.#open.push(certificate)
      this.#books.paid += certificate.amount
      this.#books.cameIn += certificate.fee
    }
  }

  /** Ends reservations that are due, and shares their fees by stake. */
  #release(epoch: number): void {
    const due = this.#open.filter((each) => each.due <= epoch)
    this.#open = this.#open.filter((each) => each.due > epoch)
    for (const { amount, fee, signers, stakes, stake } of due) {
      this.#limiter.reserved -= amount
      let left = fee
      signers.forEach((signer, i) => {
        const share = (fee * stakes[i]!) / stake
        signer.fees += share
        left -= share
      })
      this.#books.insurance += left
    }
  }

  /** Somebody asserts something wrong: who signs it loses a part. */
  #wrong(what: 'drilled' | 'lied', divisor: bigint): void {
    const fromSource = this.random.rarely(this.inputs.sourceLiesOneIn)
    for (const each of this.#signers()) {
      const { signs, derives } = each.strategy
      if (signs !== 'anything' && !(derives === 'another node' && fromSource)) continue
      each.counts[what]++
      this.#slash(each, ceilDiv(each.stake, divisor))
    }
  }

  /** Who colludes signs what is wrong, and takes what its stake covers: all that other exits have left. */
  #attack(): void {
    const coalition = this.#verifiers.filter(({ strategy }) => strategy.signs === 'its own lie')
    const { total } = weigh(
      this.#verifiers.map(({ stake }) => stake),
      this.rules.cap,
    )
    const most = (this.#verifiers.reduce((sum, { stake }) => sum + stake, 0n) * this.rules.cap) / 1_000_000n
    const weight = coalition.reduce((sum, { stake }) => sum + least(stake, most), 0n)
    if (coalition.length < this.rules.minVerifiers || 3n * weight < 2n * total) return
    const stake = coalition.reduce((sum, each) => sum + each.stake, 0n)
    const stolen = stake / this.rules.coverDivisor - this.#limiter.reserved
    if (stolen <= 0n) return
    const fee = ceilDiv(stolen, this.rules.feeDivisor)
    ;[coalition[0]!.stolen, coalition[0]!.costs] = [coalition[0]!.stolen + stolen, coalition[0]!.costs + fee]
    this.#books.insurance += fee
    this.#books.cameIn += fee
    const { finder, burned, insured, refilled } = distribute(stake, this.rules, stolen)
    for (const each of coalition) {
      each.slashed += each.stake
      each.stake = 0n
      each.counts.lied++
    }
    this.#books.refilled += refilled
    this.#books.burned += burned
    this.#books.insurance += insured
    // The finder is one of them.
    coalition[0]!.rewards += finder
  }

  /** Check-ins and draws; gives who has a part in the rewards. */
  #draw(): Verifier[] {
    const { drawOneIn, drawsAll, penalty, tenthDivisor } = this.rules
    const { gasPrice, checkInGas, revealGas } = this.inputs
    return this.#verifiers.filter((each) => {
      const { checksIn, reveals } = each.strategy
      const drawn = this.random.rarely(drawOneIn)
      const checked = each.here && checksIn
      if (checked) each.costs += gasPrice * checkInGas
      if (!drawn || (!checked && !drawsAll)) return checked
      if (!checked || reveals === 'nothing') {
        each.counts.missed++
        this.#slash(each, penalty)
        return false
      }
      each.costs += gasPrice * revealGas
      // What is wrong is shown to be so: later than the reward is paid.
      if (reveals === 'junk') this.#slash(each, ceilDiv(each.stake, tenthDivisor))
      return true
    })
  }

  /** The share of the fee vaults, by weight. Rounding leaves something for the next epoch. */
  #reward(having: readonly Verifier[]): void {
    this.#vaults += this.inputs.vaults
    this.#books.cameIn += this.inputs.vaults
    const { weights, total } = weigh(
      having.map(({ stake }) => stake),
      this.rules.cap,
    )
    if (total === 0n) return
    const pot = this.#vaults
    having.forEach((each, i) => {
      const share = (pot * weights[i]!) / total
      each.rewards += share
      this.#vaults -= share
    })
  }

  #slash(each: Verifier, amount: bigint): void {
    const taken = least(amount, each.stake)
    each.stake -= taken
    each.slashed += taken
    const { finder, burned, insured } = distribute(taken, this.rules)
    this.#books.finders += finder
    this.#books.burned += burned
    this.#books.insurance += insured
  }

  report(sums: readonly number[][], batch: number): Report {
    const outcomes = this.mix.map(({ strategy, count }, at): Outcome => {
      const mine = this.#verifiers.filter((each) => each.strategy === strategy)
      const total = (of: 'fees' | 'rewards' | 'slashed' | 'costs' | 'stolen') =>
        mine.reduce((sum, each) => sum + each[of], 0n)
      const times = (what: keyof Verifier['counts']) =>
        mine.reduce((sum, { counts }) => sum + counts[what], 0)
      return {
        ...{ strategy, verifiers: count, ...spread(sums, at, batch * count) },
        ...{
          fees: total('fees'),
          rewards: total('rewards'),
          slashed: total('slashed'),
          costs: total('costs'),
        },
        stolen: total('stolen'),
        ...{ missed: times('missed'), drilled: times('drilled'), lied: times('lied') },
      }
    })
    return { outcomes, ...this.#end() }
  }

  #end(): Omit<Report, 'outcomes'> {
    const { exits, refused, paid, cameIn, burned, insurance, finders, refilled } = this.#books
    const of = (what: 'stake' | 'broughtIn' | 'fees' | 'rewards' | 'stolen') =>
      this.#verifiers.reduce((sum, each) => sum + each[what], 0n)
    const unshared = this.#open.reduce((sum, { fee }) => sum + fee, 0n)
    const held = of('stake') + of('fees') + of('rewards') + unshared + this.#vaults
    const lost = of('broughtIn') + cameIn - held - burned - insurance - finders - refilled
    const bridgeLoss = of('stolen') - refilled
    return { exits, refused, paid, burned, insurance, bridgeLoss, lost }
  }
}

/** Mean and its standard error, of sums that only grow, read once a batch. */
function spread(sums: readonly number[][], at: number, per: number): { earnings: number; error: number } {
  const each = sums.map((row, i) => (row[at]! - (sums[i - 1]?.[at] ?? 0)) / per)
  const mean = each.reduce((sum, value) => sum + value, 0) / each.length
  const variance = each.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, each.length - 1)
  return { earnings: mean, error: Math.sqrt(variance / each.length) }
}
