import { accounts, type Action, type Kind } from './actions.js'
import { Refused, require, setting } from './registry.js'

/** A claim as far as a drill is about it. */
export interface Drilled {
  end: 'open' | 'right' | 'wrong'
  amount: bigint
  createdAt: bigint
  rival?: 'wins' | 'loses'
  /** number of the drill that it turned out to be */
  drill?: number
}

interface Drill {
  maker: number
  /** of the claim that it is to be, if that has its amount */
  claim: number
  amount: bigint
  /** wei that is left of it */
  bounty: bigint
  committedAt: bigint
  expiresAt: bigint
  /** zero before */
  revealedAt: bigint
  closesAt: bigint
  /** number of the first right alarm, zero for none */
  best: number
  winner: number
}

/** What drills touch of the books of the others. */
export interface DrilledChain {
  claims: readonly Drilled[]
  burn(amount: bigint): void
}

/** Kinds of actions on Drills. */
export const drillKinds: ReadonlySet<Kind> = new Set([
  ...(['commitDrill', 'revealDrill', 'commitAlarm', 'revealAlarm', 'decideDrill'] as const),
  ...(['closeDrill', 'expireDrill', 'claimBounty'] as const),
])

/** Model of Drills. Whoever raises an alarm says the root of the rival, or a wrong one. */
export class Drills {
  readonly all: Drill[] = []
  readonly credit = accounts()
  readonly #alarms = new Map<string, { number: number; committedAt: bigint }>()

  constructor(readonly chain: DrilledChain) {}

  /** Does what an action does. @throws {Refused} */
  act(action: Action, now: bigint): void {
    this.#doing(action, now)()
  }

  /** Whether an action would be allowed. */
  allows(action: Action, now: bigint): boolean {
    try {
      this.#doing(action, now)
      return true
    } catch (error) {
      if (error instanceof Refused) return false
      throw error
    }
  }

  /** Whether a claim is what somebody committed to. */
  isMeant(claim: number): boolean {
    const amount = this.chain.claims[claim]?.amount
    return this.all.some((drill) => drill.claim === claim && drill.amount === amount)
  }

  /** Checks an action; gives what it does. */
  #doing({ kind, a, b, amount }: Action, now: bigint): () => void {
    switch (kind) {
      case 'commitDrill':
        return this.#commit(a, amount, now + 1n)
      case 'revealDrill':
        return this.#reveal(a, b, now)
      case 'commitAlarm':
        return this.#commitAlarm(`${a} ${b} ${amount}`, b, now)
      case 'revealAlarm':
        return this.#revealAlarm(a, b, amount, now)
      case 'decideDrill':
        return this.#decide(b, now)
      case 'closeDrill':
        return this.#close(b, now)
      case 'expireDrill':
        return this.#expire(b, now)
      default:
        require(this.credit[a] !== 0n, 'nothing')
        return () => void (this.credit[a] = 0n)
    }
  }

  #commit(maker: number, amount: bigint, now: bigint): () => void {
    require(amount >= setting.penalty, 'too little')
    return () =>
      void this.all.push({
        ...{ maker, claim: this.chain.claims.length, amount, bounty: amount },
        ...{ committedAt: now, expiresAt: now + setting.unbonding },
        ...{ revealedAt: 0n, closesAt: 0n, best: 0, winner: maker },
      })
  }

  #reveal(maker: number, which: number, now: bigint): () => void {
    const it = this.all[which]
    if (!it) throw new Refused('no such drill')
    const claim = this.chain.claims[it.claim]
    if (!claim) throw new Refused('no such claim')
    require(it.maker === maker && claim.amount === it.amount, 'is not it')
    require(it.revealedAt === 0n && claim.drill === undefined, 'is revealed')
    require(now <= it.expiresAt, 'too late')
    require(claim.rival !== undefined && claim.end !== 'right', 'is no drill')
    return () => {
      it.revealedAt = now
      claim.drill = which
    }
  }

  #commitAlarm(key: string, number: number, now: bigint): () => void {
    require(this.chain.claims[number] !== undefined, 'no such claim')
    require(!this.#alarms.has(key), 'is known')
    return () => void this.#alarms.set(key, { number: this.#alarms.size + 1, committedAt: now })
  }

  #revealAlarm(who: number, number: number, wrong: bigint, now: bigint): () => void {
    const [claim, it] = this.#open(number)
    require(it.closesAt !== 0n && now <= it.closesAt, 'not now')
    const alarm = this.#alarms.get(`${who} ${number} ${wrong}`)
    if (!alarm) throw new Refused('no such alarm')
    const { committedAt } = alarm
    require(wrong === 0n && committedAt > claim.createdAt && committedAt < it.revealedAt, 'is none')
    require(it.best === 0 || alarm.number < it.best, 'is not the first')
    return () => {
      it.best = alarm.number
      it.winner = who
    }
  }

  #decide(number: number, now: bigint): () => void {
    const [claim, it] = this.#open(number)
    require(it.closesAt === 0n && claim.end !== 'open', 'is decided, or cannot be')
    return () => {
      if (claim.end === 'right') this.#burn(it)
      else it.closesAt = now + setting.revealTime
    }
  }

  #close(number: number, now: bigint): () => void {
    const [, it] = this.#open(number)
    require(it.closesAt !== 0n && now > it.closesAt, 'not now')
    return () => {
      this.credit[it.winner]! += it.bounty
      it.bounty = 0n
    }
  }

  #expire(which: number, now: bigint): () => void {
    const it = this.all[which]
    if (!it) throw new Refused('no such drill')
    require(it.bounty !== 0n && it.closesAt === 0n, 'is over')
    require(now > it.expiresAt + (it.revealedAt === 0n ? 0n : setting.unbonding), 'not yet')
    return () => this.#burn(it)
  }

  #burn(it: Drill): void {
    this.chain.burn(it.bounty)
    it.bounty = 0n
  }

  /** The drill that a claim turned out to be, with its bounty. */
  #open(number: number): [Drilled, Drill] {
    const claim = this.chain.claims[number]
    const it = claim?.drill === undefined ? undefined : this.all[claim.drill]
    if (!claim || !it || it.bounty === 0n) throw new Refused('no such drill')
    return [claim, it]
  }
}
