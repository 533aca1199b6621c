import type { L1Header } from '@animechain/l1'
import { reorged } from './failures.js'

/** How long an answer may name a final block that is older than one seen before: servers behind a load balancer differ by so much. milliseconds */
const FINALITY_LAG_MS = 20_000

/** The newest final block seen, and when an older one was named first since, milliseconds. */
export interface Finality {
  readonly final?: L1Header | undefined
  readonly olderSince?: number | undefined
}

/**
 * The final block when L1 names one.
 *
 * @param named the final block that L1 names beside its newest block `head`
 * @param at headers that are known to chain up to `head`
 * @param now milliseconds on a steady clock
 * @throws {BaseError} `SETTLEMENT_REORGED` where that cannot be, or where older ones are named for too long
 */
export function nextFinality(
  { final, olderSince }: Finality,
  {
    named,
    head,
    at,
    now,
  }: {
    named: L1Header
    head: L1Header
    at: (number: bigint) => L1Header | undefined
    now: number
  },
): Finality & { readonly final: L1Header } {
  if (named.number > head.number)
    throw reorged(`block ${named.number}, which it calls final above its newest block ${head.number}`)
  const own = at(named.number)
  if (own && own.hash !== named.hash)
    throw reorged(`the final block ${named.number} among the ancestors of its newest one`)
  if (!final || named.number >= final.number) return { final: named }
  // L1 left it behind: what that means is for derivation to say.
  if (at(final.number)?.hash !== final.hash) return { final: named, olderSince }
  const since = olderSince ?? now
  if (now - since > FINALITY_LAG_MS) throw reorged(`${final.number} as final block: it names ${named.number}`)
  return { final, olderSince: since }
}
