import { randomBytes } from 'node:crypto'
import {
  bytesToHex,
  silentLogger,
  silentMetrics,
  steadyTime,
  systemClock,
  type Address,
  type Assertion,
  type Clock,
  type Hash,
  type KeyValueStore,
  type Logger,
  type Metrics,
} from '@animechain/core'
import { mutex } from '@animechain/runtime'
import { decideL1Alarm, type L1AlarmDuty, type L1AlarmEnd } from '../duties/drills.js'
import { alarmCommitment, drillCalls, drillReads } from '../l1/drills.js'
import type { NetworkReads } from '../l1/reads.js'
import type { NetworkCall, NetworkWriter } from '../l1/writer.js'
import { attempts, type Attempts } from './attempts.js'
import { gameOf } from './chain.js'
import { journalIn, type Journal } from './journal.js'
import { dutyMeters } from './meters.js'

/** Fees of commitments to alarms in a day unless told otherwise, wei: a fifth of the least bounty of a drill that `productionNetwork` has. */
export const ALARM_DAY_FEE = 20_000_000_000_000_000n
/** A commitment costs this part of it at most. */
const PER_ALARM = 2n
/** What is sent once a bounty is there to be had costs this part of it at most: four transactions. */
const PER_BOUNTY = 8n
/** Alarms that are looked after. More wrong assertions at once, each with a bond that is lost, are not committed to. */
const MOST_OPEN = 256
/** Those of them that one step looks at. */
const PER_STEP = 32
/** Ended ones that are remembered, so that none is raised again. */
const MOST_ENDED = 4_096
const DAY_MS = 86_400_000

/** An alarm on L1, as the journal keeps it. */
interface Entry {
  game: Address
  batchIndex: bigint
  batchAcc: Hash
  derived: Hash
  /** seconds */
  createdAt: bigint
  /** who commits, in lower case */
  who: Address
  /** Nobody else may know it before the reveal. */
  salt: Hash
  /** what its commitment has cost, and may cost yet where that is not known: wei, of a day since the Unix epoch */
  fee?: { day: number; paid: bigint; open: bigint }
  end?: L1AlarmEnd
}

/** What a found assertion has to say of itself. */
export type WrongAssertion = Pick<Assertion, 'id' | 'batchIndex' | 'batchAcc' | 'createdAt' | 'status'>

/** What raises alarms on L1. */
export interface L1AlarmsOptions {
  reads: NetworkReads
  /** pays, and is who raises them */
  writer: NetworkWriter
  /** keeps salts and fees over restarts: its own, or that of the verifier's journal */
  store: KeyValueStore
  /**
   * An accepted and final game of a batch; undefined: none is known. Without it somebody else must have drills decided.
   * @param game the one that is wrong, for `rivalReads`
   */
  acceptedGame?(batchIndex: bigint, batchAcc: Hash, game: Address): Promise<Address | undefined>
  /** whom bounties are paid to; default: who pays */
  receiver?(): Promise<Address>
  /** wei that commitments cost in a day (UTC) at most, half of it each; default {@link ALARM_DAY_FEE} */
  feePerDay?: bigint
  clock?: Clock
  logger?: Logger
  metrics?: Metrics
}

/** Alarms on L1: docs/spec/network.md, section 8. */
export interface L1Alarms {
  /** Takes an assertion whose root is wrong, once. Resolves when it is on disk. @param derived own output root of its batch */
  found(assertion: WrongAssertion, derived: Hash): Promise<void>
  /** Commits, reveals, closes and claims what is due. What fails keeps nothing else from being done, and is tried again at the next step. */
  step(signal?: AbortSignal): Promise<void>
  /** As many steps as it takes to look at every open alarm once: for programs that end by themselves. Throws the first failure, after the last step. */
  round(signal?: AbortSignal): Promise<void>
  /** `open`: not ended; `ended`: how the others did, of this and earlier runs */
  counts(): { open: number; ended: Partial<Record<L1AlarmEnd, number>> }
}

const PREFIX = 'alarm/'
const nameOf = (game: Address): string => `${PREFIX}${game.toLowerCase()}`

/** Entries on disk. */
function entriesOf(journal: Journal) {
  const all = (): Entry[] => journal.notes<Entry>(PREFIX).map(([, entry]) => entry)
  return {
    all,
    of: (game: Address) => journal.note<Entry>(nameOf(game)),
    set: (entry: Entry) => journal.setNote(nameOf(entry.game), entry),
    open: () => all().filter(({ end }) => end === undefined),
    /** Forgets the oldest of those that ended. */
    async prune(): Promise<void> {
      const ended = all().filter(({ end }) => end !== undefined)
      ended.sort((a, b) => Number(b.createdAt - a.createdAt))
      for (const { game } of ended.slice(MOST_ENDED)) await journal.dropNote(nameOf(game))
    },
  }
}

type Entries = ReturnType<typeof entriesOf>

/** What sends, and what it is bounded by. */
interface Parts extends L1AlarmsOptions {
  entries: Entries
  sending: Attempts
  clock: Clock
  logger: Logger
  calls: ReturnType<typeof drillCalls>
}

const ends: Record<L1AlarmEnd, string> = {
  won: 'the bounty of a drill was won',
  lost: 'another alarm about a drill was earlier',
  late: 'an alarm on L1 was too late',
  none: 'no drill came of an assertion that an alarm is about',
  wrong: 'L1 accepted another root than this node derived',
}

async function conclude({ entries, logger }: Parts, entry: Entry, end: L1AlarmEnd): Promise<void> {
  await entries.set({ ...entry, end })
  await entries.prune()
  const { game, batchIndex } = entry
  logger[end === 'wrong' ? 'error' : 'info'](ends[end], { game, batchIndex })
}

/** What a commitment may cost now, wei, and what it has cost today. */
function allowance({ entries, feePerDay = ALARM_DAY_FEE }: Parts, entry: Entry, day: number) {
  const spent = entries
    .all()
    .filter(({ game, fee }) => game !== entry.game && fee?.day === day)
    .reduce((sum, { fee }) => sum + fee!.paid + fee!.open, 0n)
  const paid = entry.fee?.day === day ? entry.fee.paid : 0n
  const [left, each] = [feePerDay - spent - paid, feePerDay / PER_ALARM - paid]
  return { paid, most: left < each ? left : each }
}

/** Commits to an alarm. What it may cost is on disk before, and what it has cost after: where a crash is in between, it counts as the most. */
async function commit(parts: Parts, entry: Entry, signal?: AbortSignal): Promise<void> {
  const { entries, sending, clock, logger, calls } = parts
  const { game, batchIndex } = entry
  const thing = `alarm/commit/${game}`
  if (sending.isTooEarly(thing)) return
  const day = Math.floor(clock.now() / DAY_MS)
  const { paid, most } = allowance(parts, entry, day)
  if (most <= 0n) {
    logger.debug('no alarm on L1: the fees of the day are used up', { game })
    return
  }
  await entries.set({ ...entry, fee: { day, paid, open: most } })
  const call = { ...calls.commitAlarm(alarmCommitment(entry)), maxFee: most }
  const sent = await sending.send('drill', thing, call, signal)
  const fee = 'fee' in sent ? sent.fee : 0n
  await entries.set({ ...entry, fee: { day, paid: paid + fee, open: 0n } })
  if (sent.status === 'ok') logger.info('committed to an alarm on L1', { game, batchIndex, fee })
}

/** The call of a duty that a bounty pays for; undefined: what it needs is not there yet. */
async function callOf(
  { calls, acceptedGame, receiver, writer }: Parts,
  { game, batchIndex, batchAcc, derived, salt }: Entry,
  is: 'decide' | 'reveal' | 'close' | 'claim',
): Promise<NetworkCall | undefined> {
  switch (is) {
    case 'decide': {
      const accepted = await acceptedGame?.(batchIndex, batchAcc, game)
      return accepted && calls.decideDrill(game, accepted)
    }
    case 'reveal':
      return calls.revealAlarm({ game, derived, salt })
    case 'close':
      return calls.closeDrill(game)
    case 'claim':
      return calls.claimCredit((await receiver?.()) ?? writer.address)
  }
}

async function perform(parts: Parts, entry: Entry, duty: L1AlarmDuty, signal?: AbortSignal): Promise<void> {
  switch (duty.is) {
    case 'wait':
      return
    case 'over':
      return conclude(parts, entry, duty.end)
    case 'commit':
      return commit(parts, entry, signal)
    default: {
      const call = await callOf(parts, entry, duty.is)
      if (!call) return
      const thing = `alarm/${duty.is}/${duty.is === 'claim' ? '' : entry.game}`
      // A race that is lost is refused by the simulation, and seen for what it is at the next look.
      await parts.sending.send('drill', thing, { ...call, maxFee: duty.worth / PER_BOUNTY }, signal)
    }
  }
}

/** The same with what the verifier that it is part of shares. */
export function l1AlarmsOf(
  options: L1AlarmsOptions &
    Pick<Parts, 'sending' | 'clock' | 'logger'> & { client: Client; drills: Address },
): L1Alarms {
  const { reads, writer, client, drills, store, clock, logger } = options
  const entries = entriesOf(journalIn(store))
  const onL1 = drillReads(client, drills)
  const parts: Parts = { ...options, entries, calls: drillCalls(drills) }
  const own = writer.address.toLowerCase() as Address
  const finding = mutex()
  /** where the next step goes on, of the open ones */
  let next = 0
  let unbonding: { seconds: bigint; until: number } | undefined

  async function unbondingTime(): Promise<bigint> {
    if (!unbonding || steadyTime(clock) >= unbonding.until)
      unbonding = { seconds: (await reads.role()).unbonding, until: steadyTime(clock) + 600_000 }
    return unbonding.seconds
  }

  async function look(entry: Entry, signal?: AbortSignal): Promise<void> {
    if (entry.who !== own) {
      logger.debug('an alarm of another account waits', { game: entry.game, who: entry.who })
      return
    }
    const [{ timestamp: now }, drill, alarm, seconds] = await Promise.all([
      reads.now(),
      onL1.drillOfGame(entry.game),
      onL1.alarm(alarmCommitment(entry)),
      unbondingTime(),
    ])
    const credit = drill?.bounty === 0n ? await onL1.credit(own) : 0n
    const { derived, createdAt } = entry
    const duty = decideL1Alarm({ own, derived, createdAt, now, unbonding: seconds, alarm, drill, credit })
    await perform(parts, entry, duty, signal)
  }

  async function step(signal?: AbortSignal): Promise<void> {
    const open = entries.open()
    if (next >= open.length) next = 0
    let failure: unknown
    for (const entry of open.slice(next, next + PER_STEP))
      await look(entry, signal).catch((error: unknown) => {
        failure ??= error
      })
    next += PER_STEP
    if (failure !== undefined) throw failure as Error
  }

  return {
    // One at a time: two that find the same must not make two salts.
    found: ({ id, batchIndex, batchAcc, createdAt, status }, derived) =>
      finding.run(async () => {
        const game = gameOf({ id })
        // What L1 has decided can be no drill that pays.
        if (status === 'accepted' || status === 'rejected' || entries.of(game)) return
        const open = entries.open().length
        if (open >= MOST_OPEN) {
          logger.warn('no alarm on L1: too many are open', { game, open })
          return
        }
        const salt = bytesToHex(randomBytes(32))
        await entries.set({ game, batchIndex, batchAcc, derived, createdAt, who: own, salt })
      }),
    step,
    async round(signal) {
      next = 0
      let failure: unknown
      for (let left = entries.open().length; left > 0; left -= PER_STEP)
        await step(signal).catch((error: unknown) => {
          failure ??= error
        })
      if (failure !== undefined) throw failure as Error
    },
    counts() {
      const ended: Partial<Record<L1AlarmEnd, number>> = {}
      let open = 0
      for (const { end } of entries.all())
        if (end === undefined) open++
        else ended[end] = (ended[end] ?? 0) + 1
      return { open, ended }
    },
  }
}

type Client = Parameters<typeof drillReads>[0]

/**
 * Raises alarms about wrong assertions on L1, by commit and reveal, for the bounty of those that turn out to be drills. Needs no stake. Nothing is done twice for
 * one assertion, also over restarts, as long as the store is there; what a commitment costs is bounded for a day, and what comes after it by the bounty.
 * @param options.client reads `Drills`, at `options.drills`
 */
export function l1Alarms(options: L1AlarmsOptions & { client: Client; drills: Address }): L1Alarms {
  const { clock = systemClock, logger = silentLogger, metrics = silentMetrics, writer } = options
  const sending = attempts({ writer, clock, meters: dutyMeters(metrics, ['drill']), logger })
  return l1AlarmsOf({ ...options, sending, clock, logger })
}
