import { require } from './registry.js'

/** Verifiers get one part in so many, rounded down. */
const VERIFIERS_DIVISOR = 5n

/** Model of FeeSplitter. */
export class Splitter {
  /** wei that came and is not divided */
  fresh = 0n
  /** wei that waits for the recipient */
  owed = 0n
  /** wei that the recipient got */
  paid = 0n

  constructor(readonly give: (amount: bigint, now: bigint) => void) {}

  /** @throws {Refused} where there is nothing to divide, and nothing that waits is paid */
  split(refuses: boolean, now: bigint): void {
    const { fresh } = this
    const pays = this.owed !== 0n && !refuses
    require(fresh !== 0n || pays, 'nothing')
    const verifiers = fresh / VERIFIERS_DIVISOR
    this.fresh = 0n
    this.owed += fresh - verifiers
    this.give(verifiers, now)
    if (refuses) return
    this.paid += this.owed
    this.owed = 0n
  }
}
