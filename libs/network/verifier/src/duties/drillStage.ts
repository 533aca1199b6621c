import { zeroAddress, zeroHash } from 'viem'
import type { DrillOnL1 } from '../l1/drills.js'

/**
 * Where a drill stands. `until`: last second in which it can go on; from the next one on anybody can have its bounty burned.
 * `committed`: to be asserted, and revealed once somebody asserts another root. `revealed`: to be decided once L1 has accepted another root.
 * `decided`: alarms about it can be revealed, `until` then. `closable`: the bounty can be paid, for which there is no last time. `late`: neither revealed nor
 * decided in time. `paid`: its bounty went to the first right alarm. `returned`: nobody raised one, it went back to the maker. `burned`: late, or L1 accepted its
 * root.
 */
export type DrillStage =
  { is: 'committed' | 'revealed' | 'decided'; until: bigint } | { is: 'closable' | DrillEnd } | { is: 'late' }

/** How a drill ended. */
export type DrillEnd = 'paid' | 'returned' | 'burned'

/** Where a drill stands, by the rules of `Drills`: docs/spec/network.md, section 8. Pure. @param now time of L1's newest block, seconds */
export function drillStage(drill: DrillOnL1, now: bigint): DrillStage {
  const { bounty, game, committedAt, expiresAt, closesAt, rightRoot, winner } = drill
  if (bounty === 0n) {
    if (rightRoot === zeroHash) return { is: 'burned' }
    return { is: winner === zeroAddress ? 'returned' : 'paid' }
  }
  if (closesAt !== 0n) return now > closesAt ? { is: 'closable' } : { is: 'decided', until: closesAt }
  if (game === zeroAddress) return now > expiresAt ? { is: 'late' } : { is: 'committed', until: expiresAt }
  // Who revealed it waits for a decision, which the owner of the chain may have set back. It can be decided as long as nobody has it expire.
  const until = expiresAt + (expiresAt - committedAt)
  return now > until ? { is: 'late' } : { is: 'revealed', until }
}
