import {
  steadyTime,
  systemClock,
  type Address,
  type Clock,
  type Hash,
  type KeyValueStore,
  type Lifecycle,
  type Logger,
  type Metrics,
  type Settlement,
} from '@animechain/core'
import {
  encodeMessage,
  signerOf,
  type Attestation,
  type MessageSigner,
  type NetworkDomain,
  type Signed,
} from '@animechain/network-protocol'
import { loop, type Loop } from '@animechain/runtime'
import { formatEther, zeroAddress, type PublicClient, type Transport } from 'viem'
import { diligenceCalls, diligenceReads } from '../l1/diligence.js'
import { exitEvents, type ExitEvents } from '../l1/events.js'
import { exitCalls } from '../l1/exitCalls.js'
import type { NetworkMember, NetworkReads, NetworkRules } from '../l1/reads.js'
import type { NetworkWriter } from '../l1/writer.js'
import type { AttestationSigner } from '../signer/signer.js'
import { attempts, type Attempts } from './attempts.js'
import { attester } from './attester.js'
import { derivedClaims, type DerivedChain } from './chain.js'
import { diligenceService } from './diligence.js'
import type { VerifierGossip } from './gossip.js'
import { journalIn, type Journal } from './journal.js'
import { l1AlarmsOf, type L1Alarms, type WrongAssertion } from './l1Alarms.js'
import { listener, type Listener } from './listener.js'
import { settler, type Settler } from './settler.js'
import { verifierMeters, type DutyName, type VerifierMeters } from './meters.js'

/** What a verifier of the network is made of. */
export interface NetworkVerifierOptions {
  domain: NetworkDomain
  reads: NetworkReads
  settlement: Pick<Settlement, 'assertionCount' | 'getAssertions' | 'assertionRules'>
  chain: DerivedChain
  gossip: VerifierGossip
  signer: AttestationSigner
  /** first batch that the log signs; 0 where the log is with a remote signer */
  floor?: () => bigint
  /** signs alarms; default: none are raised */
  alarms?: MessageSigner
  /** wei that commitments to alarms on L1 cost in a day at most, where the deployment has drills, and there are `alarms` and a `writer`; 0: none; default 0.02 ether */
  alarmFeePerDay?: bigint
  /** 32 bytes, of this verifier alone: with another one after a reveal was drawn, that reveal is missed */
  secret: Uint8Array
  /** reads events */
  client: PublicClient<Transport>
  /** L1 block from which on the contracts exist; default 0 */
  startBlock?: bigint
  /** Sends the duties on L1, by the key or another account that pays; default: none of them is done. */
  writer?: NetworkWriter
  /** its own, for the journal */
  store: KeyValueStore
  /** milliseconds between looks; default 1,000 */
  pollMs?: number
  /** milliseconds that a member leaves to those before it in doing what anybody may do; default 20,000 */
  turnMs?: number
  /** milliseconds that peers are given to tell what they know of the key, before the first signature; default 10,000 */
  observeMs?: number
  clock?: Clock
  logger: Logger
  metrics: Metrics
}

/** How a verifier of the network does. */
export interface NetworkVerifierHealth {
  ready: boolean
  detail?: string
  details: Record<string, unknown>
}

/** A verifier that is a member of the network, or is going to be. */
export interface NetworkVerifier extends Lifecycle {
  health(): NetworkVerifierHealth
  /**
   * Takes an assertion that the node found to be wrong before L1 finalised it, once: for the alarm on L1, of which the first counts. Those that L1 finalised are
   * found without it.
   * @param derived own output root of its batch
   */
  wrongAssertion(assertion: WrongAssertion, derived: Hash): Promise<void>
}

/** What all duties share. */
interface Shared extends NetworkVerifierOptions {
  clock: Clock
  journal: Journal
  meters: VerifierMeters
  heard: Listener
  sending: Attempts | undefined
  settling: Settler
  /** Takes an attestation that L1 shows. */
  see(attestation: Signed<Attestation>): Promise<void>
  events: ExitEvents
}

/**
 * Takes attestations that L1 shows, of members alone: whoever sends a transaction through a contract of its own writes into its input what it likes, and the
 * box of ballots has room for so many keys.
 */
const shownOnL1 =
  ({ domain, reads, heard }: Pick<Shared, 'domain' | 'reads' | 'heard'>) =>
  async (attestation: Signed<Attestation>): Promise<void> => {
    const key = await signerOf('attestation', domain, attestation)
    if (key !== undefined && (await reads.ownerOfKey(key)) !== undefined) await heard.see(attestation)
  }

/** Peers are asked for what they know of the key before anything new is signed in a run. */
function observer({ gossip, heard, settling, clock, observeMs = 10_000 }: Shared) {
  let since: number | undefined
  let isDone = false
  return async function observed(): Promise<boolean> {
    if (isDone) return true
    since ??= steadyTime(clock)
    if (steadyTime(clock) - since < observeMs && !gossip.health().ready) return false
    await heard.observeOwn()
    if (!settling.isCaughtUp) await settling.follow()
    return (isDone = true)
  }
}

/** What of a member is shown. */
function standing({ reads, client, signer, meters }: Shared) {
  let member: NetworkMember | undefined
  const { diligence } = reads.contracts
  const creditOf = async (owner: Address): Promise<bigint> =>
    (await reads.credit(zeroAddress, owner)) +
    (diligence ? await diligenceReads(client, diligence).credit(owner) : 0n)
  let share: { epoch: bigint; weight: bigint; total: bigint } | undefined
  return {
    async look(): Promise<void> {
      const owner = await reads.ownerOfKey(signer.address)
      member = owner && (await reads.member(owner))
      const { epoch } = await reads.now()
      const weights = await reads.weights(epoch, [signer.address])
      const weight = weights.of.get(signer.address) ?? 0n
      share = { epoch, weight, total: weights.total }
      meters.stake.set(Number(formatEther(member?.stake ?? 0n)))
      if (owner) meters.credit.set(Number(formatEther(await creditOf(owner))))
      meters.weight.set(weights.total > 0n ? Number((weight * 1_000_000n) / weights.total) / 1e6 : 0)
    },
    /** Peers that members name. */
    async peers(): Promise<string[]> {
      const endpoints = (await reads.active()).map(({ endpoint }) => endpoint)
      return endpoints.filter((endpoint) => endpoint.startsWith('/') && endpoint.includes('/p2p/'))
    },
    get details() {
      return {
        key: signer.address,
        owner: member?.owner,
        stake: member && formatEther(member.stake),
        ...(share && {
          epoch: share.epoch,
          weight: formatEther(share.weight),
          totalWeight: formatEther(share.total),
        }),
        ...(member && member.leavingAt > 0n && { leavingAt: member.leavingAt }),
      }
    },
  }
}

/** Least credit that is worth a transaction, wei. */
const LEAST_CREDIT = 10n ** 15n

/** Longest time between two looks at the epochs, milliseconds. */
const MOST_LOOK_MS = 60_000

/** Check-ins, draws and answers, where the deployment has them and somebody pays. */
function diligenceOf(shared: Shared, judgedTo: () => bigint) {
  const { reads, client, sending, writer, settling, events, startBlock = 0n, pollMs = 1_000 } = shared
  const { diligence: address } = reads.contracts
  if (!address || !sending || !writer) return undefined
  let rules: NetworkRules | undefined
  const service = diligenceService({
    ...shared,
    ...{ sending, startBlock, sender: writer.address },
    diligence: diligenceReads(client, address),
    calls: diligenceCalls(address),
    isJudged: (epoch) => rules !== undefined && judgedTo() >= rules.epochStart + epoch * rules.epochLength,
    acceptedGame: settling.acceptedGame,
    see: shared.see,
    finalBlock: events.finalBlock,
  })
  return async function step(signal: AbortSignal): Promise<number> {
    rules = await reads.rules()
    await service.step(signal)
    return Math.min(MOST_LOOK_MS, Math.max(2 * pollMs, Number(rules.epochLength) * 20))
  }
}

/** Alarms on L1, where the deployment has drills and somebody pays. */
function drillAlarms({ settling, ...shared }: Shared): L1Alarms | undefined {
  const { reads, client, writer, sending, store, signer, clock, logger, alarmFeePerDay } = shared
  const { drills } = reads.contracts
  if (!drills || !writer || !sending || !shared.alarms || alarmFeePerDay === 0n) return undefined
  return l1AlarmsOf({
    ...{ reads, client, drills, writer, sending, store, clock, logger },
    acceptedGame: settling.acceptedGame,
    // Little stays with a hot key.
    receiver: async () => (await reads.ownerOfKey(signer.address)) ?? writer.address,
    ...(alarmFeePerDay !== undefined && { feePerDay: alarmFeePerDay }),
  })
}

/** What the paying account was credited as a finder goes to the owner of the stake, once an epoch at most: little stays with a hot key. */
function claimer({ reads, client, sending, writer, journal, signer }: Shared) {
  return async function claim(signal: AbortSignal): Promise<void> {
    if (!sending || !writer) return
    const { epoch } = await reads.now()
    if (journal.note<bigint>('claimed') === epoch) return
    const receiver = (await reads.ownerOfKey(signer.address)) ?? writer.address
    const { diligence: address } = reads.contracts
    if ((await reads.credit(zeroAddress, writer.address)) >= LEAST_CREDIT)
      await sending.send(
        'claim',
        'claim/exits',
        exitCalls(reads.contracts).claimCredit(zeroAddress, receiver),
        signal,
      )
    if (address && (await diligenceReads(client, address).credit(writer.address)) >= LEAST_CREDIT)
      await sending.send('claim', 'claim/diligence', diligenceCalls(address).claimCredit(receiver), signal)
    await journal.setNote('claimed', epoch)
  }
}

/** Attestations that peers may have missed are told again at the start. */
const TOLD_AGAIN = 64

async function tellAgain({ journal, gossip, reads }: Shared): Promise<void> {
  const { epoch } = await reads.now()
  const own = [...journal.attestedIn(epoch - 1n), ...journal.attestedIn(epoch)].slice(-TOLD_AGAIN)
  for (const { message, signature } of own)
    await gossip.publish('attestation', encodeMessage('attestation', { message, signature }))
}

/** What a verifier tells its supervisor, and `animechain-verifier status`. */
function healthOf(
  { gossip, heard, journal, meters, settling }: Shared,
  loops: readonly Loop[],
  shown: Record<string, unknown>,
): NetworkVerifierHealth {
  const failing = loops.find(({ lastError }) => lastError !== undefined)
  return {
    ready: failing === undefined,
    ...(failing && { detail: `${failing.name}: ${failing.lastError!.message.split('\n')[0]}` }),
    details: {
      ...shown,
      duties: { ...meters.counts },
      missed: meters.missedCount(),
      certificates: settling.open(),
      ballots: heard.box.size,
      wrong: journal.wrong().length,
      contradictions: journal.contradictions().length,
      peers: gossip.peers().length,
    },
  }
}

/** Keeps up with what others say, who they are and what is old, and once says again what this verifier said before. */
function observing(shared: Shared, shown: ReturnType<typeof standing>): () => Promise<void> {
  const { heard, gossip, reads, journal } = shared
  let isToldAgain = false
  return async () => {
    await heard.compare()
    await shown.look()
    await gossip.addPeers(await shown.peers())
    const [{ epoch }, { certificateEpochs }] = await Promise.all([reads.now(), reads.rules()])
    if (epoch > 2n * certificateEpochs) await journal.prune(epoch - 2n * certificateEpochs)
    if (!isToldAgain) await tellAgain(shared)
    isToldAgain = true
  }
}

/**
 * A verifier of the network: attests to what it derived itself and L1 has finalised, raises alarms about what is wrong, and hears what others attest. Start it
 * after gossip and the node run, and stop it before them.
 */
export function networkVerifier(options: NetworkVerifierOptions): NetworkVerifier {
  const { clock = systemClock, pollMs = 1_000, store, signer } = options
  const logger = options.logger.child({ layer: 'network' })
  const meters = verifierMeters(options.metrics)
  const journal = journalIn(store)
  const heard = listener({ ...options, logger, journal, meters })
  const sending = options.writer && attempts({ writer: options.writer, clock, meters, logger })
  const parts = { ...options, clock, logger, journal, meters, heard, sending }
  const events = exitEvents(options.client, options.reads.contracts)
  const see = shownOnL1(parts)
  const settling = settler({
    ...parts,
    events,
    calls: exitCalls(options.reads.contracts),
    startBlock: options.startBlock ?? 0n,
    see,
  })
  const shared: Shared = { ...parts, settling, events, see }
  const claims = derivedClaims(options.chain, options.settlement)
  const onL1 = drillAlarms(shared)
  const attesting = attester({
    ...shared,
    onL1,
    claims,
    alarms: options.alarms,
    floor: options.floor ?? (() => 0n),
    observed: observer(shared),
  })
  const shown = standing(shared)
  const claim = claimer(shared)
  const diligent = diligenceOf(shared, attesting.judgedTo)

  const duty = (
    name: DutyName,
    everyMs: number,
    step: (signal: AbortSignal) => Promise<number | void>,
  ): Loop =>
    loop(
      { name, pollMs: everyMs, maxBackoffMs: Math.max(everyMs, 10_000), step },
      { clock, logger, onFailure: () => meters.failed(name) },
    )
  const alarming = onL1 && duty('drill', 2 * pollMs, onL1.step)
  const loops = [
    duty('attest', pollMs, attesting.step),
    duty('observe', 5 * pollMs, observing(shared, shown)),
    duty('settle', 5 * pollMs, settling.step),
    ...(diligent ? [duty('diligence', 2 * pollMs, diligent)] : []),
    ...(alarming ? [alarming] : []),
    duty('claim', 30 * pollMs, async (signal) => {
      await options.writer?.look()
      await claim(signal)
    }),
  ]

  return {
    async start() {
      heard.start()
      for (const each of loops) await each.start()
      logger.info('the verifier network is watched', { key: signer.address })
    },
    async stop() {
      await heard.stop()
      await Promise.all(loops.map((each) => each.stop()))
    },
    health: () =>
      healthOf(shared, loops, {
        ...shown.details,
        open: attesting.open().length,
        ...(onL1 && { l1Alarms: onL1.counts() }),
      }),
    async wrongAssertion(assertion, derived) {
      await onL1?.found(assertion, derived)
      // The first commitment wins.
      alarming?.wake()
    },
  }
}
