import {
  type Address,
  type BaseError,
  type Clock,
  type Hex,
  type Logger,
  type Metrics,
} from '@animechain/core'
import { numberToHex } from 'viem'
import {
  entriesOf,
  ordinal,
  withPrefix,
  type MetadataOperation,
  type MetadataStore,
} from '../metadata/store.js'
import type { L1Rpc } from '../committees.js'
import type { StorageService } from '../storage/types.js'
import { answerTo, type Answer } from './answer.js'
import { challengeReader, challengeStatus, type ChallengeReader, type OpenChallenge } from './contract.js'

/** What came of an answer that was sent. */
export type AnswerOutcome =
  | { status: 'ok' }
  /** it cost nothing, or the gas of a transaction that reverted */
  | { status: 'refused'; why: string }

/**
 * Sends an answer to L1, and waits until it is mined or given up. One that would revert is not paid for, and above `maxFeePerGas` (wei) nothing is sent.
 * Never rejects but by the signal.
 */
export type AnswerSender = (
  answer: { what: string; data: Hex; maxFeePerGas: bigint },
  signal: AbortSignal,
) => Promise<AnswerOutcome>

/** How a storage node is challenged, and who pays for its answers. */
export interface ChallengeOptions {
  rpc: L1Rpc
  /** `AvailabilityChallenge` on L1 */
  contract: Address
  /** `CommitteeRegistry` on L1 */
  registry: Address
  /** first block of L1 that may have a challenge */
  fromBlock: bigint
  /** milliseconds between two looks */
  pollMs: number
  send: AnswerSender
  /** called at each look; measures what the account has that pays */
  onLook?: () => Promise<void>
}

/** Everything that answering needs of a node. */
export interface AnswererParts extends ChallengeOptions {
  storage: Pick<StorageService, 'unit' | 'known'>
  metadata: MetadataStore
  /** what the node signs with */
  node: Address
  /** asks for repair: a shard cannot be read */
  repair: () => void
  clock: Clock
  logger: Logger
  metrics: Metrics
}

/** Blocks of one question for logs. */
const BLOCKS = 2_000n
/** Questions for logs of one step: a chain of a million blocks is read in one. */
const QUESTIONS = 500
/** Gas that an answer is sent with at most: 5 KiB at the floor price of calldata (EIP-7623), and a margin. */
const ANSWER_GAS = 400_000n
/** Milliseconds before an answer is tried again, after the first failure and at most. */
const FIRST_PAUSE_MS = 2_000
const LONGEST_PAUSE_MS = 300_000
/** A pause is at most this part of the time that is left. */
const PART_OF_REST = 4

const cursorKey = 'challenges/cursor'
const challengePrefix = 'challenge/'
const challengeKey = (id: bigint) => `${challengePrefix}${ordinal(id)}`
const textOf = (value: Uint8Array | undefined) => (value ? Buffer.from(value).toString() : undefined)

/** Milliseconds until an answer that failed so often is tried again, with so many seconds left. Pure. */
export const retryPause = (failures: number, secondsLeft: number): number =>
  Math.min(
    FIRST_PAUSE_MS * 2 ** Math.min(failures - 1, 10),
    LONGEST_PAUSE_MS,
    (Math.max(secondsLeft, 0) * 1_000) / PART_OF_REST,
  )

/**
 * Challenges of a member, found by their logs. What was opened up to a finalized block is written down, and not looked for again; what came after is looked for
 * each time, so that a reorganisation of L1 changes nothing but what is found.
 */
function challengeFinder({ metadata, fromBlock }: AnswererParts, reader: ChallengeReader) {
  /** First block that is still to be read. A member without open challenges at a finalized block has none from before. */
  async function start(member: Address, finalized: bigint): Promise<bigint> {
    if ((await reader.openOf(member, numberToHex(finalized))) === 0) return finalized + 1n
    const text = textOf(await metadata.get(cursorKey))
    return text === undefined ? fromBlock : BigInt(text)
  }
  async function note(ids: readonly bigint[], cursor: bigint): Promise<void> {
    const puts = ids.map((id): MetadataOperation => ({
      type: 'put',
      key: challengeKey(id),
      value: new Uint8Array(0),
    }))
    await metadata.batch([...puts, { type: 'put', key: cursorKey, value: Buffer.from(`${cursor}`) }])
  }
  return {
    /** Ids of all that may be open. */
    async find(member: Address, signal: AbortSignal): Promise<readonly bigint[]> {
      const { number: finalized } = await reader.block('finalized')
      const { number: latest } = await reader.block('latest')
      const found = new Set<bigint>()
      let from = await start(member, finalized)
      for (let asked = 0; from <= latest && asked < QUESTIONS && !signal.aborted; asked++) {
        const last = from + BLOCKS - 1n
        const to = from <= finalized ? min(last, finalized) : min(last, latest)
        const logs = await reader.opened(member, from, to)
        for (const { id } of logs) found.add(id)
        if (to <= finalized)
          await note(
            logs.map(({ id }) => id),
            to + 1n,
          )
        from = to + 1n
      }
      for await (const [key] of entriesOf(metadata, challengePrefix))
        found.add(BigInt(key.slice(challengePrefix.length)))
      return [...found].sort((a, b) => (a < b ? -1 : 1))
    },
    /** Forgets a challenge that is over for good. */
    async forget(id: bigint): Promise<void> {
      const known = await metadata.get(challengeKey(id))
      if (known && (await reader.challenge(id, 'finalized')).status === challengeStatus.closed)
        await metadata.batch([{ type: 'delete', key: challengeKey(id) }])
    },
    /** Forgets what is written down, where a finalized block shows that nothing is open. */
    async forgetAll(member: Address): Promise<void> {
      const { gte, lt } = withPrefix(challengePrefix)
      if ((await metadata.list({ gte, lt, limit: 1 })).length === 0) return
      if ((await reader.openOf(member, 'finalized')) > 0) return
      const operations: MetadataOperation[] = []
      for await (const [key] of entriesOf(metadata, challengePrefix)) operations.push({ type: 'delete', key })
      await metadata.batch(operations)
    },
  }
}

const min = (a: bigint, b: bigint): bigint => (a < b ? a : b)

/** What is remembered of an open challenge, until it is over or the process ends. */
interface Trial {
  failures: number
  /** clock's milliseconds */
  notBefore: number
  isLost: boolean
}

function countersOf(metrics: Metrics) {
  return {
    open: metrics.gauge({
      name: 'vault_challenges_open',
      help: 'Challenges on L1 that this node has to answer, or whose leaf is not drawn yet.',
    }),
    seen: metrics.counter({
      name: 'vault_challenges_seen_total',
      help: 'Challenges of this node that were seen open on L1.',
    }),
    answered: metrics.counter({
      name: 'vault_challenges_answered_total',
      help: 'Challenges that this node answered, with a leaf or an erasure.',
    }),
    failures: metrics.counter({
      name: 'vault_challenge_failures_total',
      help: 'Answers to challenges that could not be made or were not mined, and deadlines that passed.',
    }),
  }
}

/** Makes answers and sends them; a failure is remembered in the trial, with when the next attempt is due. */
function answering(parts: AnswererParts, reader: ChallengeReader, counters: ReturnType<typeof countersOf>) {
  const { storage, send, repair, clock, logger } = parts

  function failed(id: bigint, trial: Trial, secondsLeft: number, why: string): void {
    counters.failures.inc()
    trial.failures++
    trial.notBefore = clock.now() + retryPause(trial.failures, secondsLeft)
    const rest = Number.isFinite(secondsLeft) ? { secondsLeft } : {}
    logger.warn('a challenge is not answered yet', { challenge: id, error: why, ...rest })
  }

  async function made(challenge: OpenChallenge & { id: bigint }): Promise<Answer | undefined> {
    try {
      return await answerTo(storage, challenge, () => reader.leaf(challenge.id))
    } catch (error) {
      // What is lost here may come back from the other members.
      if ((error as BaseError).code !== 'VAULT_CHALLENGES') repair()
      throw error
    }
  }

  return async (
    challenge: OpenChallenge & { id: bigint },
    trial: Trial,
    secondsLeft: number,
    signal: AbortSignal,
  ): Promise<void> => {
    const { id, blob, shard } = challenge
    try {
      const answer = await made(challenge)
      if (answer === undefined) return
      const what = `answer to challenge ${id}`
      const maxFeePerGas = (await reader.penalty()) / ANSWER_GAS
      const outcome = await send({ what, data: answer.data, maxFeePerGas }, signal)
      if (outcome.status === 'refused') return failed(id, trial, secondsLeft, outcome.why)
      counters.answered.inc()
      trial.notBefore = Infinity
      logger.info('answered a challenge', { challenge: id, blob, shard, with: answer.kind })
    } catch (error) {
      if (signal.aborted) return
      failed(id, trial, secondsLeft, (error as Error).message)
    }
  }
}

/**
 * Answers the challenges of a storage node. Each call of the function that it gives looks at L1 once, and answers what is to be answered: nothing twice,
 * also after a restart, for what L1 shows as closed is left alone.
 */
export function challengeAnswerer(parts: AnswererParts) {
  const { node, clock, logger, metrics } = parts
  const reader = challengeReader(parts.rpc, parts.contract, parts.registry)
  const finder = challengeFinder(parts, reader)
  const counters = countersOf(metrics)
  const answer = answering(parts, reader, counters)
  const trials = new Map<bigint, Trial>()
  let member: Address | undefined

  function trialOf(id: bigint, { blob, shard }: OpenChallenge): Trial {
    const known = trials.get(id)
    if (known) return known
    const made = { failures: 0, notBefore: 0, isLost: false }
    trials.set(id, made)
    counters.seen.inc()
    logger.info('challenged', { challenge: id, blob, shard })
    return made
  }

  async function look(id: bigint, now: bigint, signal: AbortSignal): Promise<void> {
    const challenge = await reader.challenge(id, 'latest')
    const { status, deadline } = challenge
    if (challenge.member.toLowerCase() !== member?.toLowerCase() || status === challengeStatus.closed) {
      trials.delete(id)
      return finder.forget(id)
    }
    const trial = trialOf(id, challenge)
    if (status === challengeStatus.drawn && now > deadline) {
      if (!trial.isLost) {
        counters.failures.inc()
        logger.error('a challenge was not answered in time: the stake will be cut', { challenge: id })
      }
      trial.isLost = true
      return
    }
    // An answer that a reorganisation took back is seen by its challenge being open again.
    if (trial.notBefore === Infinity) trial.notBefore = clock.now() + FIRST_PAUSE_MS
    if (clock.now() < trial.notBefore) return
    const secondsLeft = status === challengeStatus.drawn ? Number(deadline - now) : Infinity
    await answer({ ...challenge, id }, trial, secondsLeft, signal)
  }

  return async (signal: AbortSignal): Promise<void> => {
    await parts.onLook?.()
    member ??= await reader.memberOf(node)
    if (member === undefined) return
    const open = await reader.openOf(member, 'latest')
    counters.open.set(open)
    if (open === 0) {
      trials.clear()
      return finder.forgetAll(member)
    }
    const ids = await finder.find(member, signal)
    const { timestamp } = await reader.block('latest')
    for (const id of ids) if (!signal.aborted) await look(id, timestamp, signal)
  }
}
