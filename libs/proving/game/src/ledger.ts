/** Wei that came in, and where they are. */
export class Ledger {
  received = 0n
  paidOut = 0n
  burned = 0n
  /** Bonds and stakes in play. */
  held = 0n
  pots = 0n
  readonly credits = new Map<string, bigint>()

  /** Wei that belong to accounts which have not fetched them. */
  credited(): bigint {
    let sum = 0n
    for (const amount of this.credits.values()) sum += amount
    return sum
  }

  credit(account: string, amount: bigint): void {
    if (amount > 0n) this.credits.set(account, (this.credits.get(account) ?? 0n) + amount)
  }

  clone(): Ledger {
    const copy = new Ledger()
    Object.assign(copy, { ...this, credits: new Map(this.credits) })
    return copy
  }
}

/** What of a lost bond is burned at once: a fifth, rounded up. The rest goes to the pot. */
export const burnedShare = (amount: bigint): bigint => (amount + 4n) / 5n
