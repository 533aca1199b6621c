import { ceilDiv, least } from '../simulator/rules.js'
import { ACTORS } from './actions.js'

/** What the contracts of a trace are built with. Times are seconds. */
export interface Setting {
  epochLength: bigint
  unbonding: bigint
  minStake: bigint
  maxActive: number
  /** parts per million */
  cap: bigint
  minVerifiers: number
  /** What who was drawn and does not answer loses, wei. */
  penalty: bigint
  /** Time to answer. */
  revealTime: bigint
}

/** The same in NetworkBooks.t.sol. */
export const setting: Setting = {
  ...{ epochLength: 1_000n, unbonding: 4_000n, minStake: 10n ** 18n },
  ...{ maxActive: 8, cap: 300_000n, minVerifiers: 5, penalty: 10n ** 17n, revealTime: 800n },
}

const MILLION = 1_000_000n

/** What an action comes to that the contracts refuse: nothing. */
export class Refused extends Error {}

export function require(holds: boolean, why: string): void {
  if (!holds) throw new Refused(why)
}

/** A value by epoch, as OpenZeppelin's checkpoints have it. */
class Trace {
  readonly #points: { epoch: bigint; value: bigint }[] = []

  get latest(): bigint {
    return this.#points.at(-1)?.value ?? 0n
  }

  push(epoch: bigint, value: bigint): void {
    const last = this.#points.at(-1)
    if (last?.epoch === epoch) last.value = value
    else this.#points.push({ epoch, value })
  }

  at(epoch: bigint): bigint {
    return this.#points.findLast((point) => point.epoch <= epoch)?.value ?? 0n
  }
}

export interface Member {
  since: bigint
  leavingAt: bigint
  stake: bigint
  locks: number
}

/** Model of StakeRegistry for one role and one token, with members that keep their keys. */
export class Registry {
  readonly members: (Member | undefined)[] = Array.from({ length: ACTORS })
  readonly tokenStakes: bigint[] = Array.from({ length: ACTORS }, () => 0n)
  /** Who ever joined has its key for good. */
  readonly known: boolean[] = Array.from({ length: ACTORS }, () => false)
  /** Tokens that fast exits seized and did not collect. */
  seized = 0n
  /** In the order of the contract: a place that falls free is taken by the last one. */
  readonly places: number[] = []
  readonly #stakes = Array.from({ length: ACTORS }, () => new Trace())
  readonly #totals = new Trace()
  readonly #weights = new Trace()

  constructor(readonly rules: Setting) {}

  epochAt(time: bigint): bigint {
    return time / this.rules.epochLength + 1n
  }

  join(i: number, value: bigint, now: bigint): void {
    require(this.members[i]?.leavingAt === undefined || this.members[i].leavingAt === 0n, 'is leaving')
    this.known[i] = true
    this.members[i] ??= { since: this.epochAt(now) + 1n, leavingAt: 0n, stake: 0n, locks: 0 }
    if (value !== 0n) this.stake(i, value, now)
  }

  stake(i: number, value: bigint, now: bigint): void {
    const member = this.#staying(i)
    require(value !== 0n, 'nothing')
    member.stake += value
    if (this.places.includes(i)) this.#record(i, now)
    else if (!this.#seat(i, now)) return
    this.#weigh(now)
  }

  stakeToken(i: number, amount: bigint): void {
    this.#staying(i)
    require(amount !== 0n, 'nothing')
    this.tokenStakes[i]! += amount
  }

  takePlace(i: number, now: bigint): void {
    this.#staying(i)
    require(this.#seat(i, now), 'no place')
    this.#weigh(now)
  }

  leave(i: number, now: bigint): void {
    this.#staying(i).leavingAt = now + this.rules.unbonding
    if (!this.places.includes(i)) return
    this.#unseat(i, now)
    this.#weigh(now)
  }

  /** Gives what is paid, wei. */
  withdraw(i: number, now: bigint): bigint {
    const member = this.memberOf(i)
    this.#payable(member, now)
    this.members[i] = undefined
    return member.stake
  }

  withdrawToken(i: number, now: bigint): bigint {
    if (this.members[i]) this.#payable(this.members[i], now)
    const amount = this.tokenStakes[i]!
    require(amount !== 0n, 'nothing')
    this.tokenStakes[i] = 0n
    return amount
  }

  /** Takes ETH of a member, at most what it has. */
  slash(i: number, amount: bigint, now: bigint): bigint {
    const taken = this.#slash(i, amount, now)
    if (taken !== 0n) this.#weigh(now)
    return taken
  }

  /** Takes a part of all stakes, parts per million, rounded up; tokens stay here, seized. */
  slashAll(members: readonly number[], part: bigint, now: bigint): { eth: bigint; tokens: bigint } {
    let [eth, tokens] = [0n, 0n]
    for (const i of members) {
      eth += this.#slash(i, ceilDiv(this.memberOf(i).stake * part, MILLION), now)
      const taken = ceilDiv(this.tokenStakes[i]! * part, MILLION)
      this.tokenStakes[i]! -= taken
      tokens += taken
    }
    this.seized += tokens
    if (eth !== 0n) this.#weigh(now)
    return { eth, tokens }
  }

  /** Requires that a member answers for an epoch: that it was paid and came again since, if ever, before it. */
  requireBound(i: number, epoch: bigint): void {
    const member = this.members[i]
    require(member !== undefined && member.since <= epoch, 'nothing to answer with')
  }

  /** Requires that all of them were active at an epoch, and are members since; gives their weight and that of all. */
  signersAt(epoch: bigint, members: readonly number[]): { weight: bigint; total: bigint } {
    const most = this.#capped(this.#totals.at(epoch))
    let weight = 0n
    for (const i of members) {
      const stake = this.#stakes[i]!.at(epoch)
      const member = this.members[i]
      require(stake !== 0n && member !== undefined && member.since <= epoch, 'not active')
      weight += least(stake, most)
    }
    return { weight, total: this.#weights.at(epoch) }
  }

  weightAt(i: number, epoch: bigint): bigint {
    return least(this.#stakes[i]!.at(epoch), this.#capped(this.#totals.at(epoch)))
  }

  totalWeightAt(epoch: bigint): bigint {
    return this.#weights.at(epoch)
  }

  memberOf(i: number): Member {
    const member = this.members[i]
    if (!member) throw new Refused('not a member')
    return member
  }

  #staying(i: number): Member {
    const member = this.memberOf(i)
    require(member.leavingAt === 0n, 'is leaving')
    return member
  }

  #payable({ leavingAt, locks }: Member, now: bigint): void {
    require(leavingAt !== 0n && now >= leavingAt && locks === 0, 'not yet')
  }

  #slash(i: number, amount: bigint, now: bigint): bigint {
    const member = this.memberOf(i)
    const taken = least(amount, member.stake)
    if (taken === 0n) return 0n
    member.stake -= taken
    if (!this.places.includes(i)) return taken
    if (member.stake < this.rules.minStake) this.#unseat(i, now)
    else this.#record(i, now)
    return taken
  }

  #seat(i: number, now: bigint): boolean {
    if (this.places.includes(i) || this.memberOf(i).stake < this.#needed()) return false
    if (this.places.length >= this.rules.maxActive) this.#unseat(this.#least(), now)
    this.places.push(i)
    this.#record(i, now)
    return true
  }

  #unseat(i: number, now: bigint): void {
    const last = this.places.at(-1)!
    this.places[this.places.indexOf(i)] = last
    this.places.pop()
    this.#addTotal(-this.#stakes[i]!.latest, now)
    this.#stakes[i]!.push(this.epochAt(now) + 1n, 0n)
  }

  #record(i: number, now: bigint): void {
    const before = this.#stakes[i]!.latest
    const { stake } = this.memberOf(i)
    this.#stakes[i]!.push(this.epochAt(now) + 1n, stake)
    this.#addTotal(stake - before, now)
  }

  #addTotal(change: bigint, now: bigint): void {
    this.#totals.push(this.epochAt(now) + 1n, this.#totals.latest + change)
  }

  #weigh(now: bigint): void {
    const most = this.#capped(this.#totals.latest)
    const sum = this.places.reduce((all, i) => all + least(this.memberOf(i).stake, most), 0n)
    this.#weights.push(this.epochAt(now) + 1n, sum)
  }

  #capped(total: bigint): bigint {
    return (total * this.rules.cap) / MILLION
  }

  #needed(): bigint {
    const { minStake, maxActive } = this.rules
    if (this.places.length < maxActive) return minStake
    const { stake } = this.memberOf(this.#least())
    const lead = stake + ceilDiv(stake, 10n)
    return lead > minStake ? lead : minStake
  }

  #least(): number {
    return this.places.reduce((low, i) => (this.memberOf(i).stake < this.memberOf(low).stake ? i : low))
  }
}
