import { challenger, type ChallengerParts } from '../assertions/challenger.js'
import { disputes, enforces } from '../assertions/disputes.js'
import { proposer } from '../assertions/proposer.js'
import { batcher } from '../batching/service.js'
import type { Derivation } from '../derivation/context.js'
import { sharedDerivation } from '../derivation/shared.js'
import { pool as createPool, type Pool } from '../pool/index.js'
import { limitsOf } from '../pool/limits.js'
import { blockRoom, unseenBytes } from '../sequencing/blockRoom.js'
import { depositFeed, type DepositFeed } from '../sequencing/deposits.js'
import { sequencer } from '../sequencing/service.js'
import { service, type LoopService, type ServiceDefinition } from '../service.js'
import type { ChallengerOptions, ServiceName } from '../types.js'
import { announcingOf, type Announcing } from './announcing.js'
import type { NodeParts } from './parts.js'
import type { Settings } from './settings.js'

export type Services = { readonly derivation: LoopService } & { readonly [name in ServiceName]?: LoopService }

/** The services of a node, and what else of them it asks. */
export interface NodeServices {
  services: Services
  pool: Pool | undefined
  announcing: Announcing | undefined
  building: ReturnType<typeof sequencer> | undefined
  asserting: ReturnType<typeof proposer> | undefined
}

function run({ settings, events, log }: NodeParts, definition: ServiceDefinition): LoopService {
  const { clock, metrics } = settings
  const { name } = definition
  return service(definition, {
    clock,
    metrics,
    logger: log(name),
    onError: (error) => events.emit('serviceError', { service: name, error }),
  })
}

/** Derivation with what follows each of its steps: deposits are fetched ahead, and who failed for want of L1 is told that it is back. */
function followL1(
  parts: NodeParts,
  feed: DepositFeed | undefined,
  others: () => readonly LoopService[],
): LoopService {
  const { settings, following, unposted, sinceLook } = parts
  const { name, pollMs, maxBackoffMs } = following
  const loop = run(parts, {
    ...{ name, pollMs },
    ...(maxBackoffMs !== undefined && { maxBackoffMs }),
    async step(signal) {
      const delay = await following.step(signal)
      if (feed && following.view) await feed.refresh(following.view)
      if (feed || settings.batcher) await unposted.look()
      sinceLook.restart()
      if (loop.lastError && following.caughtUp)
        for (const other of others()) if (other.lastError) other.wake()
      return delay
    },
  })
  return loop
}

/** Raw bytes of user transactions that a block surely may have. */
const blockBytes = ({ sequencer: options, batchBytes }: Settings): number =>
  options?.maxBlockBytes ?? unseenBytes(batchBytes)

function poolOf({ settings, store }: NodeParts): Pool {
  const { chain, execution: engine, clock, logger, metrics, recoverSender } = settings
  const { maxTransactionBytes } = limitsOf(settings.pool ?? {})
  return createPool(
    // What no block can hold would wait for ever.
    { ...settings.pool, maxTransactionBytes: Math.min(maxTransactionBytes, blockBytes(settings)) },
    { ...{ chain, store, engine, clock, logger, metrics }, ...(recoverSender && { recoverSender }) },
  )
}

function buildingOf(
  { settings, store, lock, unposted, log }: NodeParts,
  { derivation, pool, feed }: { derivation: Derivation; pool: Pool; feed: DepositFeed },
): ReturnType<typeof sequencer> {
  const { execution: engine, codec, batchBytes, blockTime, clock, metrics } = settings
  const fixedBytes = settings.sequencer?.maxBlockBytes
  return sequencer(settings.sequencer ?? {}, blockTime, {
    ...{ store, engine, derivation, lock, clock, metrics, pool, feed },
    room: blockRoom({ codec, batchBytes, ...(fixedBytes !== undefined && { fixedBytes }) }),
    rules: () => unposted.rules,
    logger: log('sequencer'),
  })
}

/** Who names wrong assertions, and who fights them: the proof system where it can, else the challenger itself with a claim of its own. */
function checkingOf(
  { settings, log }: NodeParts,
  options: ChallengerOptions,
  shared: Omit<ChallengerParts, 'proving' | 'logger'>,
): { challenger: ServiceDefinition; disputes: ServiceDefinition | undefined } {
  const { proving, readers } = settings
  const isPlayed = options.challenge === true && enforces(proving)
  return {
    challenger: challenger(
      { ...options, ...(isPlayed && { challenge: false }) },
      { ...shared, proving, logger: log('challenger') },
    ),
    disputes: isPlayed
      ? disputes(options, { ...shared, proving, readers, logger: log('disputes') })
      : undefined,
  }
}

/** The services that the settings switch on, over what they share. */
export function composeServices(parts: NodeParts): NodeServices {
  const { settings, store, lock, events, following, log } = parts
  const { role, execution: engine, settlement, da, codec, clock, metrics } = settings
  const isSequencer = role === 'sequencer'
  const feed = isSequencer ? depositFeed({ settlement, store }) : undefined
  const pool = isSequencer ? poolOf(parts) : undefined
  const loop = followL1(parts, feed, () => Object.values(services))
  const derivation = sharedDerivation(following, loop)
  const shared = { store, engine, settlement, derivation, lock, events, clock, metrics }

  const building = pool && feed && buildingOf(parts, { derivation, pool, feed })
  const asserting = settings.proposer && proposer(settings.proposer, { ...shared, logger: log('proposer') })
  const posting =
    settings.batcher && batcher(settings.batcher, { ...shared, da, codec, logger: log('batcher') })
  const checking = settings.challenger && checkingOf(parts, settings.challenger, shared)
  const announcing =
    settings.announcements && announcingOf(parts, settings.announcements, derivation, (of) => run(parts, of))
  const services: Services = {
    derivation: loop,
    ...(building && { sequencer: run(parts, building) }),
    ...(posting && { batcher: run(parts, posting) }),
    ...(asserting && { proposer: run(parts, asserting) }),
    ...(checking && { challenger: run(parts, checking.challenger) }),
    ...(checking?.disputes && { disputes: run(parts, checking.disputes) }),
    ...announcing?.services,
  }
  return { services, pool, announcing, building, asserting }
}
