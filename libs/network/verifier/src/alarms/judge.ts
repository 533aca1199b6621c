import type { Assertion, Hash, Hex } from '@animechain/core'
import type { Alarm } from '@animechain/network-protocol'

/** What this node derived itself from a batch, as a rollup node tells it. */
export interface OwnBatch {
  /** accumulator of the inbox after the batch, as this node read it */
  acc: Hash
  /** of its last block */
  outputRoot: Hash
}

/** What an assertion says, as far as an alarm repeats it. */
export type AssertionSays = Pick<Assertion, 'batchIndex' | 'batchAcc' | 'blockNumber' | 'outputRoot'>

/** What is said of an alarm. */
export type AlarmVerdict =
  /** L1 has the assertion, and this node derived what the alarm says instead of it. */
  | { is: 'right' }
  /** Whatever L1 does: this node derived from that very history something else than the alarm says. */
  | { is: 'false'; why: string }
  /** It cannot be told, or not yet. Nobody's fault. */
  | { is: 'open'; why: string }

const same = (a: Hex, b: Hex): boolean => a.toLowerCase() === b.toLowerCase()
const open = (why: string): AlarmVerdict => ({ is: 'open', why })
const wrong = (why: string): AlarmVerdict => ({ is: 'false', why })

/**
 * What own derivation alone says of an alarm, before L1 is asked for its assertion: most that is false is found here. Undefined: the assertion decides. Pure.
 */
export function judgeByOwn(alarm: Alarm, own: OwnBatch | undefined): AlarmVerdict | undefined {
  if (same(alarm.claimed, alarm.derived)) return wrong('it says the root that it is about')
  if (own === undefined) return open(`batch ${alarm.batchIndex} is not derived here yet`)
  if (!same(own.acc, alarm.batchAcc)) return open(`batch ${alarm.batchIndex} is another one here`)
  if (same(own.outputRoot, alarm.claimed)) return wrong(`this node derived ${own.outputRoot} too`)
  if (!same(own.outputRoot, alarm.derived))
    return wrong(`expected the root ${own.outputRoot}, got ${alarm.derived}`)
  return undefined
}

/** What is to be said of an alarm, with the assertion that L1 has at the address of its game; undefined: none, as far as is known. Pure. */
export function judgeAlarm(
  alarm: Alarm,
  own: OwnBatch | undefined,
  assertion: AssertionSays | undefined,
): AlarmVerdict {
  const byOwn = judgeByOwn(alarm, own)
  if (byOwn) return byOwn
  if (assertion === undefined) return open(`no assertion is known at ${alarm.game}`)
  // Another one may have come to this address in a reorg of L1.
  const isIt =
    assertion.batchIndex === alarm.batchIndex &&
    assertion.blockNumber === alarm.l2BlockNumber &&
    same(assertion.batchAcc, alarm.batchAcc) &&
    same(assertion.outputRoot, alarm.claimed)
  return isIt ? { is: 'right' } : open(`the assertion at ${alarm.game} says something else`)
}
