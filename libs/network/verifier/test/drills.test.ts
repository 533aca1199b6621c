import { describe, expect, test } from '@jest/globals'
import { testAccount as account } from '@animechain/testing'
import { zeroAddress, zeroHash } from 'viem'
import { decideL1Alarm, drillStage, type L1AlarmState } from '../src/index.js'
import { hash } from './world.js'

const own = account(1).address.toLowerCase() as L1AlarmState['own']
const other = account(2).address
const derived = hash('right')
/** Asserted at 100, committed to at 110, revealed at 120, to be closed after 160. */
const drill: NonNullable<L1AlarmState['drill']> = {
  commitment: hash('drill'),
  maker: account(3).address,
  committedAt: 90n,
  expiresAt: 1_090n,
  bounty: 1_000n,
  game: account(4).address,
  revealedAt: 120n,
  closesAt: 160n,
  rightRoot: derived,
  best: 0n,
  winner: zeroAddress,
}
const decide = (changes: Partial<L1AlarmState> = {}, ofDrill: Partial<typeof drill> | null = {}) =>
  decideL1Alarm({
    ...{ own, derived, createdAt: 100n, now: 130n, unbonding: 1_000n, credit: 0n },
    alarm: { number: 5n, committedAt: 110n },
    drill: ofDrill === null ? undefined : { ...drill, ...ofDrill },
    ...changes,
  })
const none = { number: 0n, committedAt: 0n }

describe('what is done about an alarm on L1', () => {
  test('before a drill is revealed: commit once, and wait as long as one can be', () => {
    expect(decide({ alarm: none }, null)).toEqual({ is: 'commit' })
    expect(decide({}, null)).toMatchObject({ is: 'wait' })
    expect(decide({ now: 1_100n }, null)).toMatchObject({ is: 'wait' })
    expect(decide({ now: 1_101n }, null)).toEqual({ is: 'over', end: 'none' })
    expect(decide({ now: 1_101n, alarm: none }, null)).toEqual({ is: 'over', end: 'none' })
  })

  test('a commitment counts after the assertion and before the drill is revealed', () => {
    for (const committedAt of [99n, 100n, 120n, 121n])
      expect(decide({ alarm: { number: 5n, committedAt } })).toEqual({ is: 'over', end: 'late' })
    for (const committedAt of [101n, 119n])
      expect(decide({ alarm: { number: 5n, committedAt } })).toMatchObject({ is: 'reveal' })
    expect(decide({ alarm: none })).toEqual({ is: 'over', end: 'late' })
  })

  test('a drill that is not decided is decided, and the alarm revealed until it closes', () => {
    expect(decide({}, { closesAt: 0n, rightRoot: zeroHash })).toEqual({ is: 'decide', worth: 1_000n })
    expect(decide({ now: 160n })).toEqual({ is: 'reveal', worth: 1_000n })
    expect(decide({ now: 161n })).toEqual({ is: 'over', end: 'late' })
    expect(decide({}, { rightRoot: hash('another') })).toEqual({ is: 'over', end: 'wrong' })
  })

  test('the earliest alarm wins: a later one gives up, an earlier one is revealed over it', () => {
    expect(decide({}, { best: 4n, winner: other })).toEqual({ is: 'over', end: 'lost' })
    expect(decide({}, { best: 6n, winner: other })).toEqual({ is: 'reveal', worth: 1_000n })
    expect(decide({ now: 160n }, { best: 5n, winner: account(1).address })).toMatchObject({ is: 'wait' })
    expect(decide({ now: 161n }, { best: 5n, winner: account(1).address })).toEqual({
      is: 'close',
      worth: 1_000n,
    })
  })

  test('once the bounty is gone it is claimed by its winner, and over for the others', () => {
    const ended = { bounty: 0n, best: 5n, winner: account(1).address }
    expect(decide({ credit: 7n }, ended)).toEqual({ is: 'claim', worth: 7n })
    expect(decide({}, ended)).toEqual({ is: 'over', end: 'won' })
    expect(decide({ credit: 7n }, { ...ended, winner: other })).toEqual({ is: 'over', end: 'lost' })
    expect(decide({}, { ...ended, best: 0n, winner: zeroAddress })).toEqual({ is: 'over', end: 'late' })
    expect(decide({}, { ...ended, rightRoot: zeroHash, best: 0n, winner: zeroAddress })).toEqual({
      is: 'over',
      end: 'none',
    })
  })
})

describe('where a drill stands', () => {
  const stage = (now: bigint, changes: Partial<typeof drill> = {}) =>
    drillStage({ ...drill, ...changes }, now)
  const committed = { game: zeroAddress, revealedAt: 0n, closesAt: 0n, rightRoot: zeroHash }
  const revealed = { closesAt: 0n, rightRoot: zeroHash }

  test('it is revealed in the time that L1 gave it, decided in as much again, and closed after alarms about it', () => {
    expect(stage(1_090n, committed)).toEqual({ is: 'committed', until: 1_090n })
    expect(stage(1_091n, committed)).toEqual({ is: 'late' })
    expect(stage(2_090n, revealed)).toEqual({ is: 'revealed', until: 2_090n })
    expect(stage(2_091n, revealed)).toEqual({ is: 'late' })
    expect(stage(160n)).toEqual({ is: 'decided', until: 160n })
    expect(stage(161n)).toEqual({ is: 'closable' })
    // It has no last time: an alarm that won is paid however late.
    expect(stage(9_999n, { best: 5n, winner: other })).toEqual({ is: 'closable' })
  })

  test('its bounty is paid, goes back, or is burned', () => {
    const ended = { bounty: 0n }
    expect(stage(161n, { ...ended, best: 5n, winner: other })).toEqual({ is: 'paid' })
    expect(stage(161n, ended)).toEqual({ is: 'returned' })
    for (const burned of [committed, revealed])
      expect(stage(161n, { ...burned, ...ended })).toEqual({ is: 'burned' })
  })
})
