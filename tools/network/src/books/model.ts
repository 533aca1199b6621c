import { ceilDiv, least, Limiter, productionRules } from '../simulator/rules.js'
import { accounts, ACTORS, durationOf, FINDER, MAX_REWARD, withdrawalsOf, type Action } from './actions.js'
import { Diligence, diligenceKinds } from './diligence.js'
import { Drills, drillKinds } from './drills.js'
import { Refused, Registry, require, setting } from './registry.js'
import { Splitter } from './splitter.js'

const [ETH, TOKEN] = [0, 1]
const [ALL, TENTH] = [1_000_000n, 100_000n]

/** When a trace begins, seconds after the first epoch did. */
export const START = 2_000n
/** What the portal and the bridge have then. */
export const PORTAL = 10n ** 24n
export const DEPOSITS = 10n ** 9n

export interface Claim {
  number: number
  amounts: [bigint, bigint, bigint, bigint]
  /** Those that were paid. */
  paid: Set<number>
  end: 'open' | 'right' | 'wrong'
  /** what the withdrawals are made of */
  amount: bigint
  createdAt: bigint
  /** in which its game was made */
  epoch: bigint
  /** That there is one, and how it ends. */
  rival?: 'wins' | 'loses'
  /** Number of the drill that it turned out to be. */
  drill?: number
}

export interface Certificate {
  claim: Claim
  epoch: bigint
  members: readonly number[]
  stakes: readonly bigint[]
  stake: bigint
  status: 'open' | 'released' | 'refilled'
  used: boolean
  fees: [bigint, bigint]
  reserved: [bigint, bigint]
  /** What a member lost for its attestation, parts per million. */
  punished: Map<number, bigint>
}

/** Model of the books of StakeRegistry, FastExits, Diligence, Drills and FeeSplitter, to the wei. Signatures, proofs and games are not in it: whom they speak for, and who wins, is. */
export class Books {
  now = START
  readonly registry = new Registry(setting)
  readonly claims: Claim[] = []
  readonly certificates: Certificate[] = []
  readonly reserved: [bigint, bigint] = [0n, 0n]
  readonly insurance: [bigint, bigint] = [0n, 0n]
  owed = 0n
  /** By asset and account. */
  readonly credit: [bigint[], bigint[]] = [accounts(), accounts()]
  portal = PORTAL
  deposits = DEPOSITS
  burned = 0n
  /** What the other slasher keeps. */
  other = 0n
  /** What came to the contracts, and what they paid to somebody, by asset. */
  readonly came: [bigint, bigint] = [0n, 0n]
  readonly gone: [bigint, bigint] = [0n, 0n]
  /** Whether the portal names the fast exits. */
  isNamed = true
  readonly diligence = new Diligence({
    registry: this.registry,
    claimsIn: (epoch) => this.claims.filter((claim) => claim.epoch === epoch),
    claim: (number) => this.claims[number],
    isNamed: () => this.isNamed,
    insure: (amount) => this.#insure(amount),
    burn: (amount) => (this.burned += amount),
  })
  readonly drills = new Drills({
    claims: this.claims,
    burn: (amount) => (this.burned += amount),
  })
  readonly splitter = new Splitter((amount, now) => this.diligence.receive(amount, now))
  readonly #limiters = [new Limiter(productionRules), new Limiter(productionRules)] as const
  readonly #equivocated = new Set<string>()

  /** The claim that is not decided, or the last one. */
  get claim(): Claim | undefined {
    return this.claims.at(-1)
  }

  /** Does what an action does; gives whether the contracts allow it. */
  act(action: Action): boolean {
    const now = this.now + 1n
    this.now += durationOf(action)
    try {
      this.#act(action, now)
      return true
    } catch (error) {
      if (error instanceof Refused) return false
      throw error
    }
  }

  #act({ kind, a, b, amount }: Action, now: bigint): void {
    const { registry } = this
    switch (kind) {
      case 'pass':
        return
      case 'join':
        registry.join(a, amount, now)
        return this.#receive(ETH, amount)
      case 'stake':
        registry.stake(a, amount, now)
        return this.#receive(ETH, amount)
      case 'stakeToken':
        registry.stakeToken(a, amount)
        return this.#receive(TOKEN, amount)
      case 'leave':
        return registry.leave(a, now)
      case 'withdraw':
        return this.#pay(ETH, registry.withdraw(a, now))
      case 'withdrawToken':
        return this.#pay(TOKEN, registry.withdrawToken(a, now))
      case 'takePlace':
        return registry.takePlace(a, now)
      case 'claim':
        return this.#claim(amount, now)
      case 'certify':
        return this.#certify(b, now)
      case 'exit':
        return this.#exit(a, b, now)
      case 'decide':
        return this.#decide()
      case 'rival':
        return this.#rival(a)
      case 'nameExits':
        this.isNamed = a === 1
        return
      case 'fees':
        this.splitter.fresh += amount
        return this.#receive(ETH, amount)
      case 'split':
        return this.splitter.split(a === 1, now)
      default:
        if (drillKinds.has(kind) || diligenceKinds.has(kind)) return this.#duty({ kind, a, b, amount }, now)
        return this.#settlement({ kind, a, b, amount }, now)
    }
  }

  #duty(action: Action, now: bigint): void {
    const { kind, a, amount } = action
    const { diligence, drills } = this
    const [reward, bounty] = [diligence.credit[a]!, drills.credit[a]!]
    if (drillKinds.has(kind)) drills.act(action, now)
    else diligence.act(action, now)
    if (kind === 'give' || kind === 'commitDrill') this.#receive(ETH, amount)
    if (kind === 'claimReward') this.#pay(ETH, reward)
    if (kind === 'claimBounty') this.#pay(ETH, bounty)
  }

  #receive(asset: number, amount: bigint): void {
    this.came[asset]! += amount
  }

  #pay(asset: number, amount: bigint): void {
    this.gone[asset]! += amount
  }

  #settlement({ kind, a, b, amount }: Action, now: bigint): void {
    switch (kind) {
      case 'settle':
        return this.#settle(this.#certificate(b), now)
      case 'refillToken':
        return this.#refillToken(this.#certificate(b))
      case 'shareFees':
        return this.#shareFeesOf(this.#certificate(b), a)
      case 'slashWrong':
        return this.#slashWrong(a, this.#certificate(b), now)
      case 'equivocate':
        return this.#equivocate(a, now)
      case 'take': {
        const taken = this.registry.slash(a, amount, now)
        const gift = (taken * 7n + 9n) / 10n
        this.other += taken - gift
        return this.#insure(gift)
      }
      case 'claimCredit':
        require(this.credit[b]![a] !== 0n, 'nothing')
        this.#pay(b, this.credit[b]![a]!)
        this.credit[b]![a] = 0n
    }
  }

  #certificate(b: number): Certificate {
    const certificate = this.certificates[b]
    if (!certificate) throw new Refused('no such certificate')
    return certificate
  }

  #claim(amount: bigint, now: bigint): void {
    require(this.claim?.end !== 'open', 'one is open')
    const number = this.claims.length
    this.claims.push({
      ...{ number, amounts: withdrawalsOf(amount, number), paid: new Set(), end: 'open', amount },
      // The batch takes the first second.
      ...{ createdAt: now + 1n, epoch: this.registry.epochAt(now + 1n) },
    })
  }

  #certify(mask: number, now: bigint): void {
    const { claim } = this
    if (claim?.end !== 'open') throw new Refused('none is open')
    const epoch = this.registry.epochAt(now)
    require(!this.certificates.some((each) => each.claim === claim && each.epoch === epoch), 'is there')
    const members = Array.from({ length: ACTORS }, (_, i) => i).filter((i) => (mask >> i) & 1)
    require(members.length >= setting.minVerifiers, 'too few')
    const { weight, total } = this.registry.signersAt(epoch, members)
    require(3n * weight >= 2n * total, 'no quorum')
    const stakes = members.map((i) => this.registry.memberOf(i).stake)
    for (const i of members) this.registry.memberOf(i).locks++
    this.certificates.push({
      ...{ claim, epoch, members, stakes, stake: stakes.reduce((sum, each) => sum + each, 0n) },
      ...{ status: 'open', used: false, fees: [0n, 0n], reserved: [0n, 0n], punished: new Map() },
    })
  }

  #exit(which: number, b: number, now: bigint): void {
    const it = this.#certificate(b)
    const { claim } = it
    require(this.isNamed, 'the portal names none')
    require(claim === this.claim && claim.rival === undefined, 'has a rival')
    require(it.status === 'open' && !claim.paid.has(which), 'is paid')
    const asset = which === 3 ? TOKEN : ETH
    const amount = claim.amounts[which]!
    const stake = it.members.reduce(
      (sum, i) => sum + (asset === ETH ? this.registry.memberOf(i).stake : this.registry.tokenStakes[i]!),
      0n,
    )
    const limiter = this.#limiters[asset]!
    limiter.reserved = this.reserved[asset]!
    require(amount <= limiter.left(stake, Number(now)), 'too much')
    limiter.take(amount, stake, Number(now))
    claim.paid.add(which)
    it.used = true
    const fee = ceilDiv(amount, productionRules.feeDivisor)
    it.fees[asset]! += fee
    this.#receive(asset, fee)
    this.#pay(asset, amount)
    it.reserved[asset]! += amount
    this.reserved[asset]! += amount
    if (asset === ETH) this.portal -= amount
    else this.deposits -= amount
  }

  #rival(how: number): void {
    const { claim } = this
    if (claim?.end !== 'open' || claim.rival) throw new Refused('none is open without one')
    claim.rival = how === 0 ? 'wins' : 'loses'
  }

  #decide(): void {
    const { claim } = this
    if (claim?.end !== 'open') throw new Refused('none is open')
    claim.end = claim.rival === 'wins' ? 'wrong' : 'right'
  }

  #settle(it: Certificate, now: bigint): void {
    require(it.status === 'open' && it.claim.end !== 'open', 'not decided')
    if (it.claim.end === 'right') {
      it.status = 'released'
      this.#free(it, ETH)
      this.#free(it, TOKEN)
      this.#shareFees(it, ETH)
    } else {
      it.status = 'refilled'
      this.#refill(it, it.claim.drill !== undefined && !it.used ? TENTH : ALL, now)
    }
    for (const i of it.members) this.registry.memberOf(i).locks--
  }

  #refill(it: Certificate, part: bigint, now: bigint): void {
    const members = it.used
      ? it.members
      : it.members.filter((i) => {
          if ((it.punished.get(i) ?? 0n) >= part) return false
          it.punished.set(i, part)
          return true
        })
    this.owed += it.reserved[ETH]!
    this.#free(it, ETH)
    for (const asset of it.reserved[TOKEN] === 0n ? [ETH] : [ETH, TOKEN]) {
      this.insurance[asset]! += it.fees[asset]!
      it.fees[asset] = 0n
    }
    this.#distribute(this.#take(members, part, now))
  }

  #free(it: Certificate, asset: number): void {
    this.reserved[asset]! -= it.reserved[asset]!
    it.reserved[asset] = 0n
  }

  #take(members: readonly number[], part: bigint, now: bigint): bigint {
    const { eth, tokens } = this.registry.slashAll(members, part, now)
    this.insurance[TOKEN]! += tokens
    return eth
  }

  #distribute(slashed: bigint): void {
    const held = this.insurance[ETH]! + slashed
    const refilled = least(this.owed, held)
    const rest = slashed - least(refilled, slashed)
    const reward = least(least(slashed / 10n, MAX_REWARD), rest)
    const burned = least(ceilDiv(slashed, 5n), rest - reward)
    this.owed -= refilled
    this.insurance[ETH] = held - refilled - reward - burned
    this.credit[ETH]![FINDER]! += reward
    this.portal += refilled
    this.burned += burned
  }

  #insure(amount: bigint): void {
    this.insurance[ETH]! += amount
    this.#distribute(0n)
  }

  #refillToken(it: Certificate): void {
    require(it.status === 'refilled', 'not refilled')
    const amount = least(it.reserved[TOKEN]!, this.insurance[TOKEN]!)
    require(amount !== 0n, 'nothing')
    this.registry.seized = 0n
    it.reserved[TOKEN]! -= amount
    this.reserved[TOKEN]! -= amount
    this.insurance[TOKEN]! -= amount
    this.deposits += amount
  }

  #shareFeesOf(it: Certificate, asset: number): void {
    require(it.status === 'released' && it.fees[asset] !== 0n, 'nothing')
    this.#shareFees(it, asset)
  }

  #shareFees(it: Certificate, asset: number): void {
    const amount = it.fees[asset]!
    it.fees[asset] = 0n
    let left = amount
    it.members.forEach((i, at) => {
      const share = it.stake === 0n ? 0n : (amount * it.stakes[at]!) / it.stake
      left -= share
      this.credit[asset]![i]! += share
    })
    this.insurance[asset]! += left
  }

  #slashWrong(i: number, it: Certificate, now: bigint): void {
    require(it.claim.end === 'wrong', 'not wrong')
    const part = it.claim.drill !== undefined && !it.used ? TENTH : ALL
    require((it.punished.get(i) ?? 0n) < part, 'nothing')
    this.registry.requireBound(i, it.epoch)
    it.punished.set(i, part)
    this.#distribute(this.#take([i], part, now))
  }

  #equivocate(i: number, now: bigint): void {
    require(this.claim !== undefined, 'no claim')
    this.registry.requireBound(i, this.registry.epochAt(now))
    const key = `${i} ${this.claim!.number}`
    require(!this.#equivocated.has(key), 'nothing')
    this.#equivocated.add(key)
    this.#distribute(this.#take([i], ALL, now))
  }
}

const total = (all: readonly bigint[]) => all.reduce((sum, each) => sum + each, 0n)

/** Names of {@link sumsOf}, in the order of NetworkBooks.t.sol. */
export const sumNames = [
  ...['stake', 'token stake', 'locks', 'active', 'weight'],
  ...['registry ETH', 'registry tokens', 'seized tokens', 'reserved ETH', 'reserved tokens'],
  ...[
    'insurance ETH',
    'insurance tokens',
    'owed',
    'credits ETH',
    'credits tokens',
    'exits ETH',
    'exits tokens',
  ],
  ...['portal', 'deposits', 'burned', 'other slasher'],
  ...['pots', 'rewards', 'uninsured', 'diligence ETH'],
  ...['fees that wait', 'splitter ETH', 'fee recipient'],
  ...['bounties', 'bounties won', 'drills ETH'],
]

/** Sums over the books. What the contracts hold is what they owe to somebody, to the wei. */
export function sumsOf(books: Books): bigint[] {
  const { registry, certificates, credit, insurance, reserved, diligence, splitter, drills } = books
  const stakes = registry.members.map((member) => member?.stake ?? 0n)
  const locks = registry.members.reduce((sum, member) => sum + (member?.locks ?? 0), 0)
  const fees = ([ETH, TOKEN] as const).map((asset) => total(certificates.map((each) => each.fees[asset]!)))
  const [bounties, won] = [total(drills.all.map(({ bounty }) => bounty)), total(drills.credit)]
  const [pots, rewards] = [total([...diligence.pots.values()]), total(diligence.credit)]
  return [
    ...[total(stakes), total(registry.tokenStakes), BigInt(locks), BigInt(registry.places.length)],
    registry.totalWeightAt(registry.epochAt(books.now) + 1n),
    ...[total(stakes), total(registry.tokenStakes) + registry.seized, registry.seized],
    ...[reserved[ETH]!, reserved[TOKEN]!, insurance[ETH]!, insurance[TOKEN]!, books.owed],
    ...[total(credit[ETH]!), total(credit[TOKEN]!)],
    insurance[ETH]! + total(credit[ETH]!) + fees[ETH]!,
    // What was seized stands in both books until it is collected.
    insurance[TOKEN]! + total(credit[TOKEN]!) + fees[TOKEN]! - registry.seized,
    ...[books.portal, books.deposits, books.burned, books.other],
    ...[pots, rewards, diligence.uninsured, pots + rewards + diligence.uninsured],
    ...[splitter.owed, splitter.fresh + splitter.owed, splitter.paid],
    ...[bounties, won, bounties + won],
  ]
}
