import {
  BaseError,
  CompositionError,
  InvalidInputError,
  silentLogger,
  silentMetrics,
  systemClock,
  type Clock,
  type DataAvailability,
  type InboxRules,
  type Lifecycle,
  type Settlement,
} from '@animechain/core'
import { batchCodec } from '@animechain/codec'
import { emitter, mutex, stopwatch } from '@animechain/runtime'
import { batcher } from './batching/service.js'
import { blockRoom, unseenBytes } from './sequencing/blockRoom.js'
import { chainStore, type ChainStore } from './chain/store.js'
import { depositFeed } from './sequencing/deposits.js'
import { outputOf } from './assertions/output.js'
import { FORCED_KIND } from './derivation/body.js'
import type { Derivation } from './derivation/context.js'
import { derivation } from './derivation/service.js'
import { logIndex } from './chain/logIndex.js'
import { pool as createPool } from './pool/index.js'
import { stalls, warnings, type ProgressFacts } from './progress.js'
import { proposer } from './assertions/proposer.js'
import { sequencer } from './sequencing/service.js'
import { service, type LoopService, type ServiceDefinition } from './service.js'
import type { BatcherOptions, Rollup, RollupEvents, RollupOptions, ServiceName } from './types.js'
import { challenger } from './assertions/challenger.js'

/** Faster blocks would have times ahead of every clock: derivation and the proof program want each to be later than its parent. milliseconds */
const MIN_BLOCK_TIME = 1_000
/** Defaults of the options of the same names. */
const MAX_DRIFT_SECONDS = 10
const MAX_AGE_SECONDS = 10

function check(options: RollupOptions, readers: readonly DataAvailability[]): void {
  const { chain, execution, da, settlement, proving, blockTime = 1000, role = 'sequencer' } = options
  const settlementName = `settlement ${settlement.capabilities.id}`
  const daName = `data availability ${da.capabilities.id}`
  if (role !== 'sequencer' && role !== 'verifier')
    throw new InvalidInputError('role', 'sequencer or verifier', role)
  if (!(blockTime >= MIN_BLOCK_TIME))
    throw new InvalidInputError(
      'blockTime',
      `at least ${MIN_BLOCK_TIME} milliseconds, because timestamps are whole seconds and rise with every block`,
      blockTime,
    )
  if (!chain.rollup)
    throw new CompositionError('createRollup', 'a chain with rollup rules', 'the chain configuration', 'none')
  const { daPrefixes } = settlement.capabilities
  if (daPrefixes && !daPrefixes.includes(da.capabilities.prefix))
    throw new CompositionError(
      daName,
      `an inbox that takes DA kind ${da.capabilities.prefix}`,
      settlementName,
      daPrefixes.length ? `kinds ${daPrefixes.join(', ')}` : 'none',
    )
  if (!settlement.getBody && !readers.some((reader) => reader.capabilities.prefix === FORCED_KIND))
    throw new CompositionError(
      settlementName,
      'a reader of DA kind 1 for batches that anyone may force',
      daName,
      `kind ${da.capabilities.prefix}`,
    )
  const { engines } = proving.capabilities
  if (engines && !engines.includes(execution.id))
    throw new CompositionError(
      `proof system ${proving.capabilities.id}`,
      `one of the engines ${engines.join(', ')}`,
      'execution',
      execution.id,
    )
}

const settings = <T extends object>(option: T | boolean | undefined, byDefault: boolean): T | undefined => {
  if (option === false || (option === undefined && !byDefault)) return undefined
  return typeof option === 'object' ? option : ({} as T)
}

/** Watches for how long the oldest block that L1 does not have has been waiting. */
function unpostedBlocks(
  { store, settlement, clock }: { store: ChainStore; settlement: Settlement; clock: Clock },
  { maxAgeSeconds = MAX_AGE_SECONDS, maxIdleAgeSeconds = maxAgeSeconds }: BatcherOptions,
) {
  const since = stopwatch(clock)
  let oldest: bigint | undefined
  let rules: InboxRules | undefined
  const age = (): ProgressFacts['unposted'] => {
    const block = store.head('safe').number + 1n
    if (block > store.head('latest').number || block !== oldest) since.restart()
    oldest = block
    // The ceiling on fees falls away at half of the delay.
    const onPurpose = Math.max(maxAgeSeconds, maxIdleAgeSeconds, (rules?.forceDelaySeconds ?? Infinity) / 2)
    return { block, ageMs: since.elapsed(), allowedMs: onPurpose * 1000 }
  }
  return {
    age,
    get rules() {
      return rules
    },
    async look(): Promise<void> {
      rules ??= await settlement.rules()
      age()
    },
  }
}

/**
 * Composes a node. Checks that the parts fit; does no I/O before `start`.
 * @throws CompositionError naming both parts that do not fit
 */
export function createRollup(options: RollupOptions): Rollup {
  const {
    chain,
    genesis,
    execution: engine,
    da,
    settlement,
    proving,
    storage,
    codec = batchCodec(),
    role = 'sequencer',
    blockTime = 1000,
    logger = silentLogger,
    metrics = silentMetrics,
    clock = systemClock,
  } = options
  const readers = [da, ...(options.readers ?? []).filter((reader) => reader !== da)]
  check(options, readers)

  const events = emitter<RollupEvents>(logger)
  const lock = mutex()
  const store = chainStore({ storage, logger })
  const logs = logIndex({ storage, chain: store, logger: logger.child({ service: 'logs' }) })
  const isSequencer = role === 'sequencer'
  const feed = isSequencer ? depositFeed({ settlement, store }) : undefined
  const sinceLook = stopwatch(clock)
  const sinceBatch = stopwatch(clock)
  events.on('batch', () => sinceBatch.restart())

  const run = (definition: ServiceDefinition): LoopService =>
    service(definition, {
      clock,
      logger: logger.child({ service: definition.name }),
      metrics,
      onError: (error) => events.emit('serviceError', { service: definition.name, error }),
    })

  const log = (name: ServiceName) => logger.child({ service: name })
  const following = derivation(options.derivation ?? {}, {
    role,
    store,
    engine,
    settlement,
    readers,
    codec,
    lock,
    events,
    clock,
    logger: log('derivation'),
    metrics,
  })
  const derivationService = run({
    name: 'derivation',
    pollMs: following.pollMs,
    ...(following.maxBackoffMs === undefined ? {} : { maxBackoffMs: following.maxBackoffMs }),
    async step(signal) {
      const delay = await following.step(signal)
      if (feed && following.view) await feed.refresh(following.view)
      if (feed || batching) await unposted.look()
      sinceLook.restart()
      // L1 is back: what failed for want of it need not wait any longer.
      if (derivationService.lastError && following.caughtUp)
        for (const each of Object.values(services)) if (each.lastError) each.wake()
      return delay
    },
  })
  const heads: Derivation = {
    get view() {
      return following.view
    },
    get seenAt() {
      return following.seenAt
    },
    get caughtUp() {
      return following.caughtUp
    },
    get mayBuild() {
      return following.mayBuild
    },
    async tick() {
      try {
        // While it fails, its own loop says when L1 is asked again.
        if (derivationService.running && derivationService.lastError) throw derivationService.lastError
        await derivationService.tick()
      } catch (error) {
        // All there was is derived; what is sent may be what makes L1 move.
        if ((error as BaseError).code !== 'DERIVATION_L1_STALE') throw error
      }
    },
    wake: () => derivationService.wake(),
  }
  const parts = { store, engine, settlement, derivation: heads, lock, events, clock, metrics }

  const batching = settings(options.batcher, isSequencer)
  const unposted = unpostedBlocks({ store, settlement, clock }, batching ?? {})
  const proposing = settings(options.proposer, isSequencer)
  const verifying = settings(options.verifier, !isSequencer)
  const daBytes = Math.min(
    Number(da.capabilities.maxBytes),
    codec.limits.compressedBytes,
    batching?.maxBytes ?? Infinity,
  )
  const fixedBytes = options.sequencer?.maxBlockBytes
  const maxBlockBytes = fixedBytes ?? unseenBytes(daBytes)
  const pool = isSequencer
    ? createPool(
        // What no block can hold would wait for ever.
        {
          ...options.pool,
          maxTransactionBytes: Math.min(options.pool?.maxTransactionBytes ?? 131_072, maxBlockBytes),
        },
        {
          ...{ chain, store, engine, clock, logger, metrics },
          ...(options.recoverSender && { recoverSender: options.recoverSender }),
        },
      )
    : undefined
  const building =
    pool &&
    sequencer(options.sequencer ?? {}, blockTime, {
      ...parts,
      room: blockRoom({ codec, batchBytes: daBytes, ...(fixedBytes === undefined ? {} : { fixedBytes }) }),
      pool,
      feed: feed!,
      rules: () => unposted.rules,
      logger: log('sequencer'),
    })
  const asserting = proposing && proposer(proposing, { ...parts, logger: log('proposer') })
  const services = {
    derivation: derivationService,
    ...(building && { sequencer: run(building) }),
    ...(batching && { batcher: run(batcher(batching, { ...parts, da, codec, logger: log('batcher') })) }),
    ...(asserting && { proposer: run(asserting) }),
    ...(verifying && {
      verifier: run(challenger(verifying, { ...parts, proving, logger: log('verifier') })),
    }),
  }

  function progress(): ProgressFacts {
    const failures = Object.values(services).flatMap(({ name, lastError }) =>
      lastError ? [{ service: name, message: lastError.message.split('\n')[0]! }] : [],
    )
    const [latest, safe] = [store.head('latest').number, store.head('safe').number]
    return {
      failures,
      sinceLookMs: sinceLook.elapsed(),
      sinceBatchMs: sinceBatch.elapsed(),
      batchesApplied: store.batchCount,
      ...(building && {
        build: {
          ...building.status(),
          blockTimeMs: blockTime,
          maxDriftSeconds: options.sequencer?.maxDriftSeconds ?? MAX_DRIFT_SECONDS,
          unsafeBlocks: latest - safe,
        },
      }),
      ...(batching && { unposted: unposted.age() }),
      ...(asserting && { assertionDueMs: asserting.dueForMs }),
    }
  }

  let state: 'new' | 'started' | 'stopped' = 'new'
  /** The chain can be read. */
  let isOpen = false
  const layers: Lifecycle[] = [storage, settlement, ...readers, proving]
  /** A stop that comes during a start waits for it: what the start has yet to open would stay open. */
  const lifecycle = mutex()

  async function open(): Promise<void> {
    if (state === 'started') return
    state = 'started'
    following.reset()
    try {
      for (const layer of layers) await layer.start()
      const header = await engine.open({
        chain,
        genesis,
        storage,
        blockHash: (number) => store.headerByNumber(number)?.hash,
      })
      await store.open(header, (candidate) => engine.hasState(candidate))
      await pool?.open()
      logs.start()
      sinceLook.restart()
      sinceBatch.restart()
      isOpen = true
      for (const each of Object.values(services)) await each.start()
    } catch (error) {
      await close().catch((second: unknown) => logger.warn('stopping failed', { error: String(second) }))
      throw error
    }
  }

  async function close(): Promise<void> {
    if (state === 'new') return
    state = 'new'
    isOpen = false
    // In the order of who works for whom; each waits for its step.
    for (const running of Object.values(services).reverse()) await running.stop()
    await pool?.close()
    await logs.stop()
    await lock.run(async () => {})
    await engine.close()
    for (const layer of [...layers].reverse()) await layer.stop()
  }

  return {
    role,
    config: chain,
    chain: Object.assign(store, { logCandidates: logs.candidates }),
    engine,
    settlement,
    da,
    ...(pool && { pool }),
    services,
    start: () => lifecycle.run(open),
    stop: () => lifecycle.run(close),
    syncStatus() {
      const { view } = following
      const safeBatch = store.batchCount - 1n
      return {
        l1: {
          head: view?.head.number ?? 0n,
          safe: view?.safe.number ?? 0n,
          finalized: view?.finalized.number ?? 0n,
        },
        l2: { unsafe: store.head('latest'), safe: store.head('safe'), finalized: store.head('finalized') },
        batchCount: view?.batchCount ?? store.batchCount,
        ...(safeBatch >= 0n ? { safeBatch } : {}),
      }
    },
    async outputAt(blockNumber) {
      const header = store.headerByNumber(blockNumber)
      if (!header)
        throw new BaseError(`Block ${blockNumber} is not in the chain.`, { code: 'NODE_BLOCK_UNKNOWN' })
      return outputOf(engine, header)
    },
    on: (event, listener) => events.on(event, listener),
    health() {
      if (state !== 'started') return { ok: false, detail: 'not started' }
      if (!isOpen) return { ok: false, detail: 'starting' }
      const facts = progress()
      const reasons = stalls(facts)
      const detail = [...reasons, ...warnings(facts)].join('; ')
      return { ok: reasons.length === 0, ...(detail && { detail }) }
    },
  }
}
