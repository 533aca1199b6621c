import type { Lifecycle } from '@animechain/core'
import { mutex } from '@animechain/runtime'
import type { NodeParts } from './parts.js'
import type { NodeServices } from './services.js'

/** Where a node is: `open` once its chain can be read. */
export type Phase = 'new' | 'starting' | 'open'

/** Starts and stops a node. */
export interface NodeLifecycle extends Lifecycle {
  readonly phase: Phase
}

const layersOf = ({ settings }: NodeParts): readonly Lifecycle[] => {
  const { storage, settlement, readers, proving } = settings
  return [storage, settlement, ...readers, proving]
}

/** Opens what is read from, from the bottom up. */
async function open(parts: NodeParts, { pool, announcing }: NodeServices): Promise<void> {
  const { settings, store, logs, keepsUnsafe, sinceLook, sinceBatch } = parts
  const { chain, genesis, storage, execution: engine } = settings
  for (const layer of layersOf(parts)) await layer.start()
  const header = await engine.open({
    ...{ chain, genesis, storage },
    blockHash: (number) => store.headerByNumber(number)?.hash,
  })
  await store.open(header, (candidate) => engine.hasState(candidate))
  // What was announced in an earlier run, of a node that follows announcements no more.
  if (!keepsUnsafe) await store.rollback(store.head('safe').number)
  await pool?.open()
  logs.start()
  announcing?.open()
  sinceLook.restart()
  sinceBatch.restart()
}

/** Closes everything in the order of who works for whom; each service waits for its step. */
async function close(parts: NodeParts, { services, pool, announcing }: NodeServices): Promise<void> {
  const { settings, logs, lock } = parts
  announcing?.close()
  for (const running of Object.values(services).reverse()) await running.stop()
  await pool?.close()
  await logs.stop()
  await lock.run(async () => {})
  await settings.execution.close()
  for (const layer of [...layersOf(parts)].reverse()) await layer.stop()
}

export function nodeLifecycle(parts: NodeParts, running: NodeServices): NodeLifecycle {
  /** A stop that comes during a start waits for it: what the start has yet to open would stay open. */
  const turn = mutex()
  let phase: Phase = 'new'

  async function stop(): Promise<void> {
    if (phase === 'new') return
    phase = 'new'
    await close(parts, running)
  }
  async function start(): Promise<void> {
    if (phase !== 'new') return
    phase = 'starting'
    parts.following.reset()
    try {
      await open(parts, running)
      phase = 'open'
      for (const each of Object.values(running.services)) await each.start()
    } catch (error) {
      const { logger } = parts.settings
      await stop().catch((second: unknown) => logger.warn('stopping failed', { error: String(second) }))
      throw error
    }
  }
  return {
    get phase() {
      return phase
    },
    start: () => turn.run(start),
    stop: () => turn.run(stop),
  }
}
