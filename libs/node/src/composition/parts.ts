import type { Logger } from '@animechain/core'
import { emitter, mutex, stopwatch, type Emitter, type Mutex, type Stopwatch } from '@animechain/runtime'
import { unpostedBlocks, type UnpostedBlocks } from '../batching/unposted.js'
import { logIndex, type LogIndex } from '../chain/logIndex.js'
import { chainStore, type ChainStore } from '../chain/store.js'
import { derivation, type DerivationService } from '../derivation/service.js'
import type { RollupEvents, ServiceName } from '../types.js'
import type { Settings } from './settings.js'

/** What the services of a node share. */
export interface NodeParts {
  settings: Settings
  store: ChainStore
  logs: LogIndex
  /** Held by whoever changes the chain. */
  lock: Mutex
  /** Whether this node has blocks above the safe one. */
  keepsUnsafe: boolean
  events: Emitter<RollupEvents>
  following: DerivationService
  unposted: UnpostedBlocks
  /** since derivation completed a step */
  sinceLook: Stopwatch
  /** since it applied a batch */
  sinceBatch: Stopwatch
  log(service: ServiceName | 'logs'): Logger
}

export function nodeParts(settings: Settings): NodeParts {
  const { role, storage, execution: engine, settlement, readers, codec, clock, logger, metrics } = settings
  const log = (service: ServiceName | 'logs') => logger.child({ service })
  const events = emitter<RollupEvents>(logger)
  const lock = mutex()
  const isSequencer = role === 'sequencer'
  const store = chainStore({ storage, logger, hasPool: isSequencer })
  const keepsUnsafe = isSequencer || settings.announcements !== undefined
  const sinceBatch = stopwatch(clock)
  events.on('batch', () => sinceBatch.restart())
  return {
    settings,
    store,
    logs: logIndex({ storage, chain: store, logger: log('logs') }),
    lock,
    keepsUnsafe,
    events,
    following: derivation(settings.derivation ?? {}, {
      ...{ role, keepsUnsafe, store, engine, settlement, readers, codec, lock, events, clock, metrics },
      logger: log('derivation'),
    }),
    unposted: unpostedBlocks({ store, settlement, clock }, settings.batcher ?? {}),
    sinceLook: stopwatch(clock),
    sinceBatch,
    log,
  }
}
