import { ceilDiv, least } from '../simulator/rules.js'
import { accounts, FINDER, MAX_REWARD, type Action, type Kind } from './actions.js'
import { Refused, require, setting, type Registry } from './registry.js'

/** A claim as far as a check-in is about it. */
interface Claimed {
  end: 'open' | 'right' | 'wrong'
  /** in which its game was made */
  epoch: bigint
}

interface CheckIn {
  weight: bigint
  /** how many batches it says that it is of */
  count: number
  /** those batches that it can be of, from the first of the epoch on; none where there are not so many */
  claims: readonly Claimed[]
  status: 'checkedIn' | 'revealed' | 'missed' | 'disproved'
}

interface Epoch {
  /** zero before it is drawn */
  revealUntil: bigint
  closed: boolean
  /** in the order of the check-ins */
  checkIns: Map<number, CheckIn>
  /** who paid for not checking in */
  absent: Set<number>
}

/** What the draws touch of the books of the others. */
export interface Surroundings {
  registry: Registry
  /** claims whose games were made in an epoch, in the order of their batches */
  claimsIn(epoch: bigint): Claimed[]
  claim(number: number): Claimed | undefined
  /** whether the portal names fast exits */
  isNamed(): boolean
  insure(amount: bigint): void
  burn(amount: bigint): void
}

/** Kinds of actions on Diligence. */
export const diligenceKinds: ReadonlySet<Kind> = new Set([
  ...(['give', 'checkIn', 'draw', 'reveal', 'missed', 'absent', 'disprove', 'contradict'] as const),
  ...(['close', 'insure', 'claimReward'] as const),
])

/** Epochs after the check-ins in which an epoch can be drawn. */
const DRAW_EPOCHS = 7n
/** Seconds from the call that fixes the block of a draw to the draw: two blocks are between them. */
export const DRAW_TIME = 3n

/**
 * Model of Diligence where every member is drawn: who is asked what does not change its books, so that the randomness is not in it. Answers of check-ins of one
 * batch alone can be disproved here, as it is known which claim they are about.
 */
export class Diligence {
  /** wei by epoch */
  readonly pots = new Map<bigint, bigint>()
  readonly credit = accounts()
  uninsured = 0n
  readonly #epochs = new Map<bigint, Epoch>()
  readonly #contradicted = new Set<string>()

  constructor(readonly around: Surroundings) {}

  potOf(epoch: bigint): bigint {
    return this.pots.get(epoch) ?? 0n
  }

  /** An epoch as it is; not kept where nothing happened. */
  epochOf(epoch: bigint): Epoch {
    return (
      this.#epochs.get(epoch) ?? { revealUntil: 0n, closed: false, checkIns: new Map(), absent: new Set() }
    )
  }

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

  receive(amount: bigint, now: bigint): void {
    const epoch = this.around.registry.epochAt(now)
    this.pots.set(epoch, this.potOf(epoch) + amount)
  }

  /** Checks an action; gives what it does. */
  #doing({ kind, a, b, amount }: Action, now: bigint): () => void {
    const epoch = BigInt(b)
    switch (kind) {
      case 'give':
        return () => this.receive(amount, now)
      case 'checkIn':
        return this.#checkIn(a, epoch, Number(amount), now)
      case 'draw':
        return this.#draw(epoch, now)
      case 'reveal':
        return this.#reveal(a, epoch, now)
      case 'missed':
        return this.#missed(a, epoch, now)
      case 'absent':
        return this.#absent(a, epoch, now)
      case 'disprove':
        return this.#disprove(a, epoch, now)
      case 'contradict':
        return this.#contradict(a, b, now)
      case 'close':
        return this.#close(epoch, now)
      case 'insure':
        require(this.uninsured !== 0n, 'nothing')
        return () => this.#insure()
      default:
        require(this.credit[a] !== 0n, 'nothing')
        return () => void (this.credit[a] = 0n)
    }
  }

  #kept(epoch: bigint): Epoch {
    const it = this.epochOf(epoch)
    this.#epochs.set(epoch, it)
    return it
  }

  #checkIn(i: number, epoch: bigint, count: number, now: bigint): () => void {
    const { registry } = this.around
    require(epoch !== 0n && epoch === registry.epochAt(now) - 1n, 'another epoch')
    const weight = registry.weightAt(i, epoch)
    require(weight !== 0n, 'not active')
    registry.requireBound(i, epoch)
    const it = this.epochOf(epoch)
    require(!it.checkIns.has(i), 'did already')
    return () => {
      const claims = this.around.claimsIn(epoch)
      const those = count <= claims.length ? claims.slice(0, count) : []
      this.#kept(epoch).checkIns.set(i, { weight, count, claims: those, status: 'checkedIn' })
    }
  }

  #draw(epoch: bigint, now: bigint): () => void {
    const { registry } = this.around
    const it = this.epochOf(epoch)
    for (const time of [now, now + DRAW_TIME]) {
      const current = registry.epochAt(time)
      require(epoch !== 0n && current >= epoch + 2n && current <= epoch + 1n + DRAW_EPOCHS, 'not now')
    }
    require(it.revealUntil === 0n && it.checkIns.size !== 0, 'nothing')
    return () => void (this.#kept(epoch).revealUntil = now + DRAW_TIME + setting.revealTime)
  }

  #reveal(i: number, epoch: bigint, now: bigint): () => void {
    const { revealUntil, checkIns } = this.epochOf(epoch)
    const mine = checkIns.get(i)
    require(mine?.status === 'checkedIn' && revealUntil !== 0n && mine.count !== 0, 'is not asked')
    require(now <= revealUntil, 'too late')
    require(mine!.claims.length === mine!.count, 'is not there')
    return () => void (mine!.status = 'revealed')
  }

  #missed(i: number, epoch: bigint, now: bigint): () => void {
    const mine = this.epochOf(epoch).checkIns.get(i)
    require(mine?.status === 'checkedIn', 'has another status')
    if (mine!.count === 0) this.#requireBatches(epoch)
    this.#requireMissed(i, epoch, now)
    return () => {
      mine!.status = 'missed'
      this.#take(i, setting.penalty, now)
    }
  }

  #absent(i: number, epoch: bigint, now: bigint): () => void {
    const { registry } = this.around
    const it = this.epochOf(epoch)
    require(registry.known[i]! && registry.weightAt(i, epoch) !== 0n, 'not active')
    require(!it.checkIns.has(i) && !it.absent.has(i), 'has a status')
    this.#requireBatches(epoch)
    this.#requireMissed(i, epoch, now)
    return () => {
      it.absent.add(i)
      this.#take(i, setting.penalty, now)
    }
  }

  #disprove(i: number, epoch: bigint, now: bigint): () => void {
    const mine = this.epochOf(epoch).checkIns.get(i)
    require(mine?.status === 'revealed' && mine.claims.length === 1, 'has no such answer')
    require(mine!.claims[0]!.end === 'wrong', 'is not wrong')
    this.around.registry.requireBound(i, epoch)
    return () => {
      mine!.status = 'disproved'
      this.#takeTenth(i, now)
    }
  }

  #contradict(i: number, number: number, now: bigint): () => void {
    const claim = this.around.claim(number)
    if (!claim) throw new Refused('no such claim')
    const key = `${i} ${number}`
    require(!this.#contradicted.has(key), 'nothing')
    this.around.registry.requireBound(i, claim.epoch)
    return () => {
      this.#contradicted.add(key)
      this.#takeTenth(i, now)
    }
  }

  // --- what is taken

  /** Whether check-ins with batches have half of an epoch's weight. */
  #requireBatches(epoch: bigint): void {
    let sum = 0n
    for (const { count, weight } of this.epochOf(epoch).checkIns.values()) if (count !== 0) sum += weight
    require(sum !== 0n && 2n * sum >= this.around.registry.totalWeightAt(epoch), 'no batches')
  }

  #requireMissed(i: number, epoch: bigint, now: bigint): void {
    const { revealUntil } = this.epochOf(epoch)
    require(revealUntil !== 0n && now > revealUntil, 'may still answer')
    this.around.registry.requireBound(i, epoch)
  }

  #takeTenth(i: number, now: bigint): void {
    this.#take(i, ceilDiv(this.around.registry.memberOf(i).stake, 10n), now)
  }

  #take(i: number, amount: bigint, now: bigint): void {
    const taken = this.around.registry.slash(i, amount, now)
    if (taken === 0n) return
    const [reward, burned] = [least(taken / 10n, MAX_REWARD), taken / 5n]
    this.credit[FINDER]! += reward
    this.uninsured += taken - reward - burned
    this.#insure()
    this.around.burn(burned)
  }

  #insure(): void {
    if (!this.around.isNamed()) return
    const amount = this.uninsured
    this.uninsured = 0n
    this.around.insure(amount)
  }

  // --- rewards

  #close(epoch: bigint, now: bigint): () => void {
    const { closed, revealUntil, checkIns } = this.epochOf(epoch)
    const current = this.around.registry.epochAt(now)
    require(!closed, 'is closed')
    require(epoch !== 0n && current >= epoch + 2n, 'not now')
    const over =
      revealUntil !== 0n ? now > revealUntil : checkIns.size === 0 || current > epoch + 1n + DRAW_EPOCHS
    require(over, 'may still answer')
    return () => {
      this.#kept(epoch).closed = true
      const pot = this.potOf(epoch)
      const points = this.#points(epoch)
      const sum = points.reduce((all, [, its]) => all + its, 0n)
      let left = pot
      this.pots.set(epoch, 0n)
      if (sum !== 0n)
        for (const [i, its] of points) {
          const share = (pot * its) / sum
          left -= share
          this.credit[i]! += share
        }
      this.pots.set(current, this.potOf(current) + left)
    }
  }

  /** Weight times batches of each whose check-in stands. */
  #points(epoch: bigint): [member: number, points: bigint][] {
    const { revealUntil, checkIns } = this.epochOf(epoch)
    const standing = [...checkIns].filter(
      ([, { status, count }]) =>
        status === 'revealed' || (status === 'checkedIn' && (count === 0 || revealUntil === 0n)),
    )
    const weightFrom = (count: number) =>
      standing.reduce((sum, [, each]) => (each.count >= count ? sum + each.weight : sum), 0n)
    const all = weightFrom(0)
    const batches = Math.max(
      ...[0, ...standing.map(([, { count }]) => (2n * weightFrom(count) >= all ? count : 0))],
    )
    return standing.map(([i, { weight, count }]) => [
      i,
      batches === 0 ? weight : weight * BigInt(Math.min(count, batches)),
    ])
  }
}
