import { steadyTime, type Clock } from '@animechain/core'

const HOUR_MS = 3_600_000
/** Part of the free room that one account may take: what one can hold shrinks as the list fills. */
const SHARE = 10
/** Pauses after steps that failed, milliseconds: doubled each time, from the first to the longest. */
const FIRST_PAUSE_MS = 2_000
const LONGEST_PAUSE_MS = 3_600_000

/** A sum that fades evenly over an hour. */
interface Meter {
  used: number
  at: number
}

/**
 * The L1 gas, or fees, that the relayer gives in an hour, to all and to one account: whoever starts withdrawals pays L2 fees only. A step is taken while there is
 * some left, and charged with what it took.
 */
export function gasBudget({
  perHour,
  perAccount,
  unit = 'L1 gas',
  clock,
}: {
  perHour: number
  perAccount: number
  /** what is counted, in words; default `L1 gas` */
  unit?: string
  clock: Pick<Clock, 'now' | 'elapsed'>
}) {
  const all: Meter = { used: 0, at: steadyTime(clock) }
  /** Only of accounts that have used something in the last hour. */
  const accounts = new Map<string, Meter>()

  const fade = (meter: Meter, limit: number): number => {
    const now = steadyTime(clock)
    // A clock that was set back has counted nothing.
    const passed = Math.max(0, now - meter.at)
    meter.at = now
    meter.used = Math.max(0, meter.used - (limit * passed) / HOUR_MS)
    return meter.used
  }
  const usedBy = (account: string): number => {
    const meter = accounts.get(account)
    if (!meter) return 0
    if (fade(meter, perAccount) === 0) accounts.delete(account)
    return meter.used
  }

  return {
    usedBy,
    /** Why no step may be taken for an account now; undefined: it may. */
    refusal(account: string): string | undefined {
      if (usedBy(account) >= perAccount) return `its account has used the ${perAccount} ${unit} of an hour`
      if (fade(all, perHour) >= perHour) return `the relayer has used the ${perHour} ${unit} of an hour`
      return undefined
    },
    charge(account: string, gas: number): void {
      fade(all, perHour)
      all.used += gas
      usedBy(account)
      const meter = accounts.get(account) ?? { used: 0, at: steadyTime(clock) }
      meter.used += gas
      accounts.set(account, meter)
      for (const known of [...accounts.keys()]) usedBy(known)
    },
  }
}

/** Withdrawals that one account may have open when so many are open in all. */
export function shareOf(open: number, maxOpen: number, maxPerAccount: number): number {
  if (open >= maxOpen) return 0
  return Math.min(maxPerAccount, Math.max(1, Math.floor((maxOpen - open) / SHARE)))
}

/** After so many failures in a row, milliseconds. */
export const pauseAfter = (failures: number): number =>
  failures === 0 ? 0 : Math.min(FIRST_PAUSE_MS * 2 ** Math.min(failures - 1, 20), LONGEST_PAUSE_MS)

export type GasBudget = ReturnType<typeof gasBudget>
