import { BaseError, systemClock } from '@animechain/core'
import { pinoLogger, prometheusMetrics, type ConfigValues, type LogLevel } from '@animechain/observability'
import { readDeployment } from '@animechain/stack'
import type { watchConfig } from '../watchConfig.js'
import { lineOf } from './lines.js'
import { watcher, type Watcher } from './watcher.js'

/** milliseconds between looks at how far derivation is */
const LOOK_MS = 250
/** milliseconds for a node that alarms are posted to */
const GIVE_UP_MS = 60_000
/** milliseconds for a peer over libp2p to connect */
const CONNECT_MS = 15_000
/** milliseconds for a peer that is connected to get what it asks for first of all: the alarms that it missed */
const LINGER_MS = 2_000

/** Exit codes of `watch --once` besides 0, 1 and 2. */
export const exitCodes = { wrong: 3, notTaken: 4 } as const

/** Assertions that were compared, those of them that are wrong, and answers of nodes that took an alarm. */
interface Counts {
  assertions: number
  wrong: number
  taken: number
}

/** Waits until all batches that L1 has now are derived. */
async function derived({ rollup }: Watcher, signal: AbortSignal): Promise<bigint> {
  const { batchCount } = await rollup.settlement.view()
  for (;;) {
    const { safeBatch = -1n } = rollup.syncStatus()
    if (safeBatch + 1n >= batchCount || signal.aborted) return batchCount
    await systemClock.sleep(LOOK_MS, signal)
  }
}

/** Over libp2p nobody answers: who connects asks for what it missed. @returns whether somebody was there */
async function sentToPeers({ gossip }: Watcher, signal: AbortSignal): Promise<boolean> {
  if (gossip?.peerId === undefined) return false
  const end = Date.now() + CONNECT_MS
  while (gossip.peers().length === 0 && Date.now() < end && !signal.aborted)
    await systemClock.sleep(LOOK_MS, signal)
  if (gossip.peers().length === 0) return false
  await systemClock.sleep(LINGER_MS, signal)
  return true
}

const late = (watching: Watcher): BaseError =>
  new BaseError('The watcher was not done in time.', {
    code: 'WATCH_TIMEOUT',
    metaMessages: [
      `Derived up to block ${watching.rollup.syncStatus().l2.safe.number}; L1 is at block ${watching.rollup.syncStatus().l1.head}.`,
      watching.rollup.health().detail ?? 'Nothing is in the way.',
    ],
  })

/** Does what is due of each alarm on L1, and says how they are. */
async function claimed(
  claims: NonNullable<Watcher['claims']>,
  { print, signal }: { print(line: string): void; signal: AbortSignal },
): Promise<void> {
  const who = `alarms on L1 of ${claims.account}`
  try {
    await claims.look()
    await claims.round(signal)
  } catch (error) {
    // What is wrong is wrong all the same, and the next run goes on here.
    print(`${who}: not all is done: ${String((error as Error).message).split('\n')[0]}`)
  }
  const { open, ended } = claims.counts()
  const others = Object.entries(ended)
    .sort()
    .map(([end, count]) => `, ${count} ${end}`)
  print(`${who}: ${open} open${others.join('')}`)
}

/** Compares all that L1 has now, and says so. @returns the exit code */
async function look(
  watching: Watcher,
  { counts, print, signal }: { counts: Readonly<Counts>; print(line: string): void; signal: AbortSignal },
): Promise<number> {
  const { rollup, by } = watching
  await watching.start()
  if (!watching.hasNetwork)
    print('this deployment has no verifier network: wrong assertions are named here, and no alarm is raised')
  const batches = await derived(watching, signal)
  if (signal.aborted) throw late(watching)
  await rollup.services.challenger!.tick()
  const { assertions, wrong } = counts
  const { l1, l2 } = rollup.syncStatus()
  print(
    `L1 block ${l1.head}: ${batches} batches derived up to block ${l2.safe.number}; ${assertions} assertions, ${wrong} wrong`,
  )
  const { claims } = watching
  // On L1 also where nothing is wrong now: alarms of earlier runs go on.
  await Promise.all([watching.settled(), claims && claimed(claims, { print, signal })])
  if (wrong === 0) return 0
  if (!watching.hasNetwork) return exitCodes.wrong
  if ((await sentToPeers(watching, signal)) || counts.taken > 0) return exitCodes.wrong
  print(`nobody took the alarms of ${by}`)
  return exitCodes.notTaken
}

/**
 * `watch --once`: compares every assertion that L1 has now, raises alarms about wrong ones, and ends.
 * @param print takes lines for people
 * @returns the exit code: 0 all are right, 3 one is wrong, 4 one is wrong and nobody took the alarm
 * @throws {BaseError} `WATCH_TIMEOUT`, and what composing and starting throw
 */
export async function watchOnce(
  values: ConfigValues<(typeof watchConfig)['table']>,
  print: (line: string) => void,
): Promise<number> {
  const logger = pinoLogger({
    ...{ level: values.logLevel as LogLevel, format: values.logFormat, name: 'watch' },
    destination: { write: (line) => void process.stderr.write(line) },
  })
  const counts: Counts = { assertions: 0, wrong: 0, taken: 0 }
  const stopping = new AbortController()
  const timer = setTimeout(() => stopping.abort(), values.onceTimeout * 1_000)
  let failure: BaseError | undefined
  const watching = await watcher({
    ...{ values, deployment: readDeployment(values.deployment), logger },
    metrics: prometheusMetrics(),
    giveUpMs: GIVE_UP_MS,
    onSeen(each) {
      if (each.kind === 'assertion') {
        counts.assertions++
        if (each.verdict === 'wrong') counts.wrong++
      } else if (each.kind === 'answer' && each.answer.outcome === 'taken') counts.taken++
      print(lineOf(each))
    },
    onFailure(error) {
      failure ??= error
      stopping.abort()
    },
  })
  try {
    return await look(watching, { counts, print, signal: stopping.signal })
  } catch (error) {
    throw failure ?? error
  } finally {
    clearTimeout(timer)
    await watching.stop()
  }
}
