import { afterEach, describe, expect, test } from '@jest/globals'
import {
  readBatchBase,
  silentLogger,
  silentMetrics,
  type Logger,
  type Metrics,
  type Settlement,
} from '@animechain/core'
import { ethereumjs } from '@animechain/execution-ethereumjs'
import type { Rollup } from '@animechain/node'
import { addressOf, block, world, wrap, type World } from './kit.js'

let w: World
afterEach(() => w?.stop())

/** A logger and metrics that keep what they are told; debug lines apart. */
function listening() {
  const lines: string[] = []
  const counts: Record<string, number> = {}
  const line = (message: string) => void lines.push(message)
  const logger: Logger = { ...silentLogger, info: line, warn: line, error: line, child: () => logger }
  const metrics: Metrics = {
    ...silentMetrics,
    counter: ({ name }) => ({
      inc(by = 1, labels = {}) {
        const series = [name, ...Object.values(labels)].join(' ')
        counts[series] = (counts[series] ?? 0) + by
      },
    }),
  }
  return { lines, counts, logger, metrics }
}

const derive = (node: Rollup) => node.services.derivation.tick()

/** What fails while `isOut` is set. */
function outage(settlement: Settlement, names: readonly (keyof Settlement)[]) {
  const state = { isOut: false }
  const over = names.map((name) => [
    name,
    async (...args: unknown[]) => {
      if (state.isOut) throw new Error('L1 does not answer')
      return (settlement[name] as (...args: unknown[]) => unknown)(...args)
    },
  ])
  return { state, settlement: wrap(settlement, Object.fromEntries(over) as Partial<Settlement>) }
}

describe('each event is logged and counted once', () => {
  test('a batch that was derived, by a verifier; by the sequencer that posted it, as it does', async () => {
    w = world()
    const [posting, checking] = [listening(), listening()]
    const sequencer = await w.sequencer({ logger: posting.logger, metrics: posting.metrics })
    await block(w, sequencer)
    await sequencer.services.batcher!.tick()
    await w.verifier({ logger: checking.logger, metrics: checking.metrics })
    expect(posting.lines).toEqual(['batch posted'])
    expect(checking.lines).toEqual(['batch derived'])
  })

  test('a batch of useless bytes, also where its blocks can be executed at the second attempt only', async () => {
    w = world({ forceDelaySeconds: 100 })
    w.settlement.l1.deposit({ from: addressOf(0), to: addressOf(1), mint: 1n })
    w.clock.advance(120_000)
    const { lines, counts, logger, metrics } = listening()
    const engine = ethereumjs()
    let failures = 0
    const execution: typeof engine = {
      ...engine,
      async executeBlock(...args) {
        if (failures++ === 0) throw new Error('no memory')
        return engine.executeBlock(...args)
      },
    }
    const verifier = await w.verifier({ execution, logger, metrics })
    await w.settlement.forceBatch(Uint8Array.of(9), await readBatchBase(w.settlement))
    await expect(derive(verifier)).rejects.toThrow('no memory')
    await derive(verifier)
    expect(verifier.chain.head('safe').number).toBeGreaterThan(0n)
    expect(lines).toEqual(['a batch derives by the fallback', 'L1 is followed again'])
    expect(counts['rollup_fallback_batches_total']).toBe(1)
    expect(counts['rollup_service_errors_total derivation']).toBe(1)
  })

  test('a failure of derivation that the batcher meets', async () => {
    w = world()
    const { counts, metrics } = listening()
    const { state, settlement } = outage(w.settlement, ['view'])
    const sequencer = await w.sequencer({ settlement, metrics })
    await block(w, sequencer)
    state.isOut = true
    const { batcher } = sequencer.services
    await expect(batcher!.tick()).rejects.toThrow('L1 does not answer')
    expect(batcher!.lastError?.message).toBe('L1 does not answer')
    expect(counts['rollup_service_errors_total derivation']).toBe(1)
    expect(counts['rollup_service_errors_total batcher']).toBe(0)
  })

  test('an L1 reorg, also where L1 goes out of reach before all of it is undone', async () => {
    w = world({ finalizedDistance: 30n })
    const { lines, counts, logger, metrics } = listening()
    const { state, settlement } = outage(w.settlement, ['getDeposits'])
    const node = await w.sequencer({ settlement, logger, metrics })
    w.settlement.l1.mine(12)
    await derive(node)
    await block(w, node)
    await node.services.batcher!.tick()
    w.settlement.l1.deposit({ from: addressOf(0), to: addressOf(3), mint: 2n })
    await derive(node)
    await block(w, node)
    const safe: bigint[] = []
    node.on('safe', ({ header }) => safe.push(header.number))
    expect([node.chain.head('safe').number, node.chain.head('latest').number]).toEqual([1n, 2n])

    w.settlement.l1.reorg(5)
    w.settlement.l1.deposit({ from: addressOf(0), to: addressOf(3), mint: 4n })
    state.isOut = true
    await expect(derive(node)).rejects.toThrow('L1 does not answer')
    expect(lines.filter((each) => each === 'L1 reorg')).toHaveLength(1)
    expect(counts['rollup_l1_reorgs_total']).toBe(1)
    expect(safe).toEqual([0n])

    state.isOut = false
    await derive(node)
    expect(node.chain.head('latest').number).toBe(1n)
  })
})
