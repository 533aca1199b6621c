import {
  systemClock,
  type Address,
  type Assertion,
  type BaseError,
  type Lifecycle,
  type Logger,
  type Metrics,
} from '@animechain/core'
import { alarmTopic, gossip, type GossipNode } from '@animechain/network-gossip'
import type { Alarm, NetworkDomain } from '@animechain/network-protocol'
import {
  alarmAbout,
  alarmPoster,
  nodeAlarmDesk,
  signAlarm,
  type AlarmAnswer,
  type RaisedAlarm,
} from '@animechain/network-verifier'
import type { Rollup, RollupEvents } from '@animechain/node'
import type { ConfigValues } from '@animechain/observability'
import {
  bucketOf,
  checkGenesis,
  checkNodeFolder,
  composeNode,
  gossipSides,
  type Deployment,
} from '@animechain/stack'
import { watchAccount } from './account.js'
import { claimAccount, watchClaims, type WatchClaims } from './claims.js'
import type { watchConfig } from '../watchConfig.js'

/** What a watcher saw, or was told. */
export type Seen =
  | { kind: 'assertion'; assertion: Assertion; verdict: 'right' | 'wrong' | 'apart' }
  /** `peers`: those over libp2p that it was sent to; they answer nothing. undefined: there is no libp2p */
  | { kind: 'raised'; alarm: Alarm; by: Address; peers: number | undefined }
  /** A node that it was posted to answered; `last`: it is not asked again. */
  | { kind: 'answer'; alarm: Alarm; answer: AlarmAnswer; last: boolean }
  /** of somebody else, and right */
  | { kind: 'heard'; raised: RaisedAlarm }

/** What a watcher is made of. */
export interface WatcherOptions {
  values: ConfigValues<(typeof watchConfig)['table']>
  deployment: Deployment
  logger: Logger
  metrics: Metrics
  onSeen(seen: Seen): void
  /** Told where the store fails in a way that it does not get over. */
  onFailure(error: BaseError): void
  /** milliseconds after which a node that could not tell is asked no more; default: 10 minutes */
  giveUpMs?: number
}

/** Somebody who watches without stake. */
export interface Watcher extends Lifecycle {
  readonly rollup: Rollup
  /** who signs its alarms */
  readonly by: Address
  /** where it takes alarms, and gives those that are right; with libp2p or HTTP only */
  readonly gossip: GossipNode<'alarm'> | undefined
  /** Whether alarms can be signed: only where the deployment has a verifier network. */
  readonly hasNetwork: boolean
  /** Alarms on L1, with `--claim`. `start` of the watcher does not start what they are stepped by. */
  readonly claims: WatchClaims | undefined
  /** Resolves when each alarm that was raised was sent and noted for L1, and every node it was posted to has answered or was given up. */
  settled(): Promise<void>
}

/** Composes a node that derives the chain from L1, and asserts, posts and disputes nothing. */
async function node({ values, deployment, logger, metrics, onFailure }: WatcherOptions) {
  return composeNode({
    ...values,
    ...{ da: 'blob', settlement: 'optimistic', proving: 'reexecution' },
    s3: bucketOf(values),
    deployment,
    onStorageFailure: onFailure,
    options: {
      role: 'verifier',
      challenger: { pollMs: values.pollInterval },
      derivation: { pollMs: values.l1PollInterval, undoFinalized: values.undoFinalized },
    },
    logger,
    metrics,
  })
}

/** Where others are heard and told; undefined where the settings name nobody. */
function gossipOf(
  { values, deployment, logger, metrics }: WatcherOptions,
  domain: NetworkDomain,
  isAboutGame: (alarm: Alarm, signer: Address) => Promise<true | string>,
): GossipNode<'alarm'> | undefined {
  const { p2p, http, bounds } = gossipSides(values, values.dataDir)
  if (p2p === false && http === undefined) return undefined
  return gossip({
    chainId: deployment.rollup.chainId,
    topics: { alarm: alarmTopic({ domain, isAboutGame }) },
    ...{ p2p, ...(http && { http }), bounds },
    logger,
    metrics,
  })
}

/** Signs alarms and sends them everywhere. */
function raiser(
  options: WatcherOptions,
  {
    domain,
    account,
    node: own,
  }: {
    domain: NetworkDomain
    account: Awaited<ReturnType<typeof watchAccount>>
    node: GossipNode<'alarm'> | undefined
  },
) {
  const { values, logger, onSeen, giveUpMs } = options
  const by = account.address.toLowerCase() as Address
  const alarms = new Map<Uint8Array, Alarm>()
  const poster = alarmPoster({
    ...{ urls: values.gossipHttpPeers ?? [], clock: systemClock },
    ...(giveUpMs === undefined ? {} : { giveUpMs }),
    onAnswer: (bytes, answer, last) => onSeen({ kind: 'answer', alarm: alarms.get(bytes)!, answer, last }),
  })
  return {
    stop: () => poster.stop(),
    async raise({ assertion, expected }: RollupEvents['wrongAssertion']): Promise<void> {
      const alarm = alarmAbout(assertion, expected)
      const bytes = await signAlarm(account, domain, alarm)
      const sent = await own?.publish('alarm', bytes).catch((error: unknown) => {
        logger.warn('an alarm was not gossiped', { game: alarm.game, error: String(error) })
        return undefined
      })
      onSeen({ kind: 'raised', alarm, by, peers: own?.peerId === undefined ? undefined : (sent?.peers ?? 0) })
      alarms.set(bytes, alarm)
      await poster.post(bytes)
      alarms.delete(bytes)
    },
  }
}

/**
 * Composes a watcher: a node that derives the chain, and what raises and checks alarms. Opens the stores of its folder; starts nothing else.
 * @throws {BaseError} `NODE_FOLDER` for a folder of another chain or role; `WATCH_KEY`; with `--claim` `WATCH_ALARMS` and `VERIFIER_NO_NETWORK`; {InvalidInputError} for
 *   an address of a peer that is none, and where `--claim` lacks an account or a folder
 */
export async function watcher(options: WatcherOptions): Promise<Watcher> {
  const { values, deployment, logger, metrics, onSeen } = options
  // Before anything is opened.
  claimAccount(values)
  const claim =
    values.storage === 'memory' ? undefined : await checkNodeFolder(values.dataDir, 'verifier', deployment)
  const account = await watchAccount(values.watchKey, values.dataDir)
  const by = account.address.toLowerCase() as Address
  const claims = await watchClaims(values, { deployment, logger, metrics })
  const { rollup, close } = await node(options).catch(async (error: unknown) => {
    await claims?.close()
    throw error
  })
  const registry = deployment.addresses.stakeRegistry
  const domain = registry && { chainId: deployment.l1.id, registry }
  let alarms: ReturnType<typeof raiser> | undefined
  let own: GossipNode<'alarm'> | undefined
  try {
    if (domain) {
      const desk = nodeAlarmDesk(rollup, {
        ...{ clock: systemClock, logger, metrics },
        onRight: (raised) => onSeen({ kind: 'heard', raised }),
      })
      // What this node says itself it has just derived.
      own = gossipOf(options, domain, async (alarm, signer) => signer === by || desk.check(alarm, signer))
      alarms = raiser(options, { domain, account, node: own })
    }
  } catch (error) {
    await claims?.close()
    await close()
    throw error
  }
  const raising = new Set<Promise<void>>()
  rollup.on('assertionChecked', (checked) => onSeen({ kind: 'assertion', ...checked }))
  const raise = ({ id }: RollupEvents['wrongAssertion'], raised: Promise<void>) => {
    const done: Promise<void> = raised
      .catch((error: unknown) => logger.error('an alarm was not raised', { id, error: String(error) }))
      .finally(() => raising.delete(done))
    raising.add(done)
  }
  rollup.on('wrongAssertion', (event) => {
    // On L1 the first one wins.
    if (claims) raise(event, claims.found(event.assertion, event.expected))
    if (alarms) raise(event, alarms.raise(event))
  })
  return {
    rollup,
    by,
    gossip: own,
    hasNetwork: domain !== undefined,
    claims,
    async settled() {
      while (raising.size > 0) await Promise.all(raising)
    },
    async start() {
      await own?.start()
      await rollup.start()
      checkGenesis(deployment, rollup.chain.headerByNumber(0n)?.hash)
      claim?.()
    },
    async stop() {
      alarms?.stop()
      await rollup.stop()
      await Promise.all(raising)
      await claims?.close()
      await own?.stop()
      await close()
    },
  }
}
