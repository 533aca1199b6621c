import { zeroHash } from 'viem'
import type { Address, Hash } from '@animechain/core'
import type { CommittedAlarm, DrillOnL1 } from '../l1/drills.js'

/** What is known of an alarm on L1 and of the assertion that it is about. */
export interface L1AlarmState {
  /** who commits to it, in lower case */
  own: Address
  /** own output root of the assertion's batch */
  derived: Hash
  /** when the assertion was made, seconds */
  createdAt: bigint
  /** time of L1's newest block, seconds */
  now: bigint
  /** seconds that a maker has from its commitment on to reveal a drill */
  unbonding: bigint
  /** as L1 has it */
  alarm: CommittedAlarm
  /** undefined: the assertion was none, as far as it is revealed */
  drill: DrillOnL1 | undefined
  /** wei that the account can claim */
  credit: bigint
}

/**
 * How an alarm on L1 ended. `won`: the bounty is credited and claimed; `lost`: to another one that was earlier; `late`: it was not committed to before the
 * drill was revealed, or not revealed in time; `none`: the assertion was no drill, or its bounty was burned; `wrong`: L1 accepted another root than this node's.
 */
export type L1AlarmEnd = 'won' | 'lost' | 'late' | 'none' | 'wrong'

/** What to do about an alarm on L1. `worth`: wei that it brings, by which its fees are bounded. */
export type L1AlarmDuty =
  | { is: 'commit' }
  | { is: 'decide' | 'reveal' | 'close' | 'claim'; worth: bigint }
  | { is: 'wait'; why: string }
  | { is: 'over'; end: L1AlarmEnd }

const over = (end: L1AlarmEnd): L1AlarmDuty => ({ is: 'over', end })
const isOwn = ({ own }: L1AlarmState, account: Address): boolean => account.toLowerCase() === own

/** Once L1 has accepted another root than the drill's. */
function ofDecided(state: L1AlarmState, drill: DrillOnL1): L1AlarmDuty {
  const { now, alarm, derived } = state
  if (drill.rightRoot.toLowerCase() !== derived.toLowerCase()) return over('wrong')
  if (drill.best !== 0n && isOwn(state, drill.winner))
    return now > drill.closesAt
      ? { is: 'close', worth: drill.bounty }
      : { is: 'wait', why: `earlier alarms can be revealed until ${drill.closesAt}` }
  if (drill.best !== 0n && drill.best < alarm.number) return over('lost')
  return now > drill.closesAt ? over('late') : { is: 'reveal', worth: drill.bounty }
}

/** After its bounty is gone. */
function ofEnded(state: L1AlarmState, drill: DrillOnL1): L1AlarmDuty {
  if (drill.rightRoot === zeroHash) return over('none')
  if (drill.best === 0n) return over('late')
  if (!isOwn(state, drill.winner)) return over('lost')
  return state.credit > 0n ? { is: 'claim', worth: state.credit } : over('won')
}

/**
 * What to do about an alarm on L1. Pure. A commitment alone earns nothing; what comes after it is done only where the bounty of a drill is there to be had: the
 * rules are those of `Drills`, docs/spec/network.md, section 8.
 */
export function decideL1Alarm(state: L1AlarmState): L1AlarmDuty {
  const { now, unbonding, createdAt, alarm, drill } = state
  if (!drill) {
    // Its maker committed before, and had to reveal it in this time.
    if (now > createdAt + unbonding) return over('none')
    return alarm.number === 0n ? { is: 'commit' } : { is: 'wait', why: 'no drill is revealed' }
  }
  // What is committed to from now on is not counted.
  if (alarm.number === 0n || alarm.committedAt <= createdAt || alarm.committedAt >= drill.revealedAt)
    return over('late')
  if (drill.bounty === 0n) return ofEnded(state, drill)
  return drill.closesAt === 0n ? { is: 'decide', worth: drill.bounty } : ofDecided(state, drill)
}
