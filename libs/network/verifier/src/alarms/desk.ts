import {
  steadyTime,
  type Address,
  type Clock,
  type Logger,
  type Metrics,
  type Settlement,
} from '@animechain/core'
import type { Alarm } from '@animechain/network-protocol'
import { boundedMap } from '@animechain/runtime'
import { assertionIndex } from './assertions.js'
import { judgeAlarm, judgeByOwn, type AlarmVerdict, type AssertionSays, type OwnBatch } from './judge.js'

/** What an alarm desk judges by. Nothing that a stranger says makes the node derive or execute anything. */
export interface AlarmDeskOptions {
  /** The assertion at the address of a game: `assertionIndex`. Asked only about batches that are derived, and where own derivation agrees with the alarm. */
  assertionOf(game: Address): Promise<AssertionSays | undefined>
  /** what this node derived from a batch; undefined: nothing yet */
  own(batchIndex: bigint): OwnBatch | undefined
  /** batches that L1 has, as far as this node knows */
  batchCount(): bigint
  /** Told of each right alarm, three of a game at most. */
  onRight?(raised: RaisedAlarm): void
  clock: Clock
  logger: Logger
  metrics: Metrics
  bounds?: Partial<AlarmBounds>
}

/** Bounds of an alarm desk. */
export interface AlarmBounds {
  /** false alarms of a key after which no other of it is looked at; default 3 */
  maxFalse: number
  /** milliseconds until a key is heard again; default 3,600,000 */
  mutedMs: number
  /** keys with a false alarm that are remembered, the newest; default 4,096 */
  maxKeys: number
  /** right alarms that are told and listed of one game; default 3 */
  perGame: number
  /** games of which they are counted, the newest; default 4,096 */
  maxGames: number
  /** right alarms that are listed, the newest; default 256 */
  maxListed: number
}

/** A right alarm. */
export interface RaisedAlarm {
  alarm: Alarm
  /** who signed it */
  by: Address
  /** milliseconds since the Unix epoch, by this node's clock */
  at: number
}

/** Checks alarms of others. */
export interface AlarmDesk {
  /** True where this node came to the same result itself; else why it is not taken. `isAboutGame` of `@animechain/network-gossip`. */
  check(alarm: Alarm, by: Address): Promise<true | string>
  /** The right ones, from the oldest to the newest. */
  raised(): readonly RaisedAlarm[]
  /** Keys that are not heard now. */
  muted(): number
}

const defaults: AlarmBounds = {
  maxFalse: 3,
  mutedMs: 3_600_000,
  maxKeys: 4_096,
  perGame: 3,
  maxGames: 4_096,
  maxListed: 256,
}

/** Keys by their false alarms, forgotten after a while. */
function keysThatLied({ maxFalse, mutedMs, maxKeys }: AlarmBounds, clock: Clock) {
  const lies = boundedMap<string, { count: number; until: number }>(maxKeys)
  const of = (by: string): number => {
    const found = lies.get(by)
    return found && found.until > steadyTime(clock) ? found.count : 0
  }
  return {
    isMuted: (by: string) => of(by) >= maxFalse,
    add: (by: string) => lies.set(by, { count: of(by) + 1, until: steadyTime(clock) + mutedMs }),
    muted: () => [...lies.keys()].filter((by) => of(by) >= maxFalse).length,
  }
}

/**
 * Checks each alarm that comes in by what this node derived itself. An alarm costs two look-ups in memory, and L1 a look for all of them together in a
 * second: about a batch that is not derived, or that L1 does not have, nothing is asked and nothing computed. A key that raised false ones is not heard for a
 * while. Keys are free, so that this is a bound on noise; what bounds the cost is the rate of the gossip.
 */
export function alarmDesk(options: AlarmDeskOptions): AlarmDesk {
  const { clock, logger, metrics } = options
  const bounds = { ...defaults, ...options.bounds }
  const liars = keysThatLied(bounds, clock)
  const told = boundedMap<string, number>(bounds.maxGames)
  const listed: RaisedAlarm[] = []
  const count = metrics.counter({
    name: 'network_alarms_total',
    help: 'Alarms that came in, by what own derivation says of them; muted: of a key that raised false ones.',
    labels: ['verdict'],
  })

  async function judged(alarm: Alarm): Promise<AlarmVerdict> {
    const batches = options.batchCount()
    if (alarm.batchIndex >= batches)
      return { is: 'open', why: `batch ${alarm.batchIndex} is not on L1, which has ${batches}` }
    const own = options.own(alarm.batchIndex)
    return judgeByOwn(alarm, own) ?? judgeAlarm(alarm, own, await options.assertionOf(alarm.game))
  }

  function tell(alarm: Alarm, by: Address): void {
    const game = alarm.game.toLowerCase()
    const before = told.get(game) ?? 0
    if (before >= bounds.perGame) return
    told.set(game, before + 1)
    const raised = { alarm, by, at: clock.now() }
    listed.push(raised)
    if (listed.length > bounds.maxListed) listed.shift()
    const { batchIndex, l2BlockNumber: blockNumber, claimed, derived } = alarm
    logger.warn('an alarm is right', { game, batchIndex, blockNumber, claimed, derived, by })
    options.onRight?.(raised)
  }

  return {
    async check(alarm, signer) {
      const by = signer.toLowerCase() as Address
      if (liars.isMuted(by)) {
        count.inc(1, { verdict: 'muted' })
        return `${by} raised false alarms`
      }
      const verdict = await judged(alarm)
      count.inc(1, { verdict: verdict.is })
      if (verdict.is === 'right') {
        tell(alarm, by)
        return true
      }
      if (verdict.is === 'false') {
        liars.add(by)
        logger.debug('a false alarm', { game: alarm.game, by, why: verdict.why })
      }
      return verdict.is === 'false' ? `a false alarm: ${verdict.why}` : verdict.why
    },
    raised: () => [...listed],
    muted: () => liars.muted(),
  }
}

/** What an alarm desk asks of a rollup node: a `Rollup` of `@animechain/node` has it. */
export interface DerivingNode {
  settlement: Pick<Settlement, 'assertionCount' | 'getAssertions'>
  derivedBatch(index: bigint): OwnBatch | undefined
  syncStatus(): { batchCount: bigint }
}

/** The alarm desk of a rollup node: by its derivation, and by the assertions that its settlement lists. */
export function nodeAlarmDesk(
  node: DerivingNode,
  options: Omit<AlarmDeskOptions, 'assertionOf' | 'own' | 'batchCount'>,
): AlarmDesk {
  const { clock } = options
  return alarmDesk({
    ...options,
    assertionOf: assertionIndex({ settlement: node.settlement, clock }),
    own: (index) => node.derivedBatch(index),
    batchCount: () => node.syncStatus().batchCount,
  })
}
