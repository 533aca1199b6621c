import { afterEach, describe, expect, test } from '@jest/globals'
import {
  CompositionError,
  systemClock,
  type Hash,
  type Hex,
  type InboxView,
  type Settlement,
} from '@animechain/core'
import { batchCodec } from '@animechain/codec'
import { memoryDa } from '@animechain/da-memory'
import { ethereumjs } from '@animechain/execution-ethereumjs'
import { memorySettlement } from '@animechain/settlement-memory'
import { memoryStorage } from '@animechain/storage-memory'
import { eventually } from '@animechain/testing'
import { concatHex, keccak256, numberToHex } from 'viem'
import type { Rollup, RollupEvents } from '@animechain/node'
import {
  addressOf,
  block,
  chain,
  claimOf,
  crashing,
  hashes,
  lying,
  manualClock,
  transfer,
  world,
  wrap,
  type World,
} from './kit.js'

let w: World
afterEach(() => w?.stop())

describe('composition', () => {
  test('parts that do not fit are refused before anything starts, and both are named', () => {
    w = world()
    const over = (capabilities: Partial<Settlement['capabilities']>, rest: Partial<Settlement> = {}) =>
      w.node({
        settlement: {
          ...w.settlement,
          ...rest,
          capabilities: { ...w.settlement.capabilities, ...capabilities },
        },
      })
    expect(() => over({ daPrefixes: [1, 2] })).toThrow(CompositionError)
    expect(() => over({ daPrefixes: [1, 2] })).toThrow(/data availability memory requires.*settlement memory/)
    expect(() => over({}, { getBody: undefined })).toThrow(
      /settlement memory requires a reader of DA kind 1.*data availability memory/,
    )
    expect(() => w.node({ chain: { ...chain, rollup: undefined } })).toThrow(/rollup rules/)
    expect(() =>
      w.node({
        proving: {
          capabilities: { id: 'p', engines: ['wasm'], permissionless: true },
          start: async () => {},
          stop: async () => {},
          examine: async () => {
            throw new Error('unused')
          },
        },
      }),
    ).toThrow(/proof system p requires one of the engines wasm, but execution provides ethereumjs/)
    for (const blockTime of [0, 100, 999, NaN])
      expect(() => w.node({ blockTime })).toThrow(/blockTime: expected at least 1000 .* whole seconds/)
    expect(() => w.node({ blockTime: 1_000 })).not.toThrow()
  })

  test('a second start and a second stop change nothing', async () => {
    w = world()
    const node = await w.sequencer()
    await node.start()
    await node.stop()
    await node.stop()
    expect(node.health()).toEqual({ ok: false, detail: 'not started' })
  })

  test('a stop in the middle of a start leaves nothing running', async () => {
    w = world()
    const closed: string[] = []
    const storage = memoryStorage()
    const healths: unknown[] = []
    const node: Rollup = w.node({
      storage: {
        ...storage,
        async start() {
          healths.push(node.health())
          await storage.start()
        },
        async stop() {
          closed.push('storage')
          await storage.stop()
        },
      },
    })
    const starting = node.start()
    await node.stop()
    await starting
    expect(Object.values(node.services).filter(({ running }) => running)).toEqual([])
    expect(closed).toEqual(['storage'])
    expect(healths).toEqual([{ ok: false, detail: 'starting' }])
  })

  test('whoever starts twice waits for the one start', async () => {
    w = world()
    const node = w.node()
    void node.start()
    await node.start()
    expect(node.services.derivation.running).toBe(true)
  })

  test('a node that was stopped starts again where it was', async () => {
    w = world()
    const node = await w.sequencer()
    await block(w, node, 3)
    await node.services.batcher!.tick()
    await block(w, node, 2)
    await node.stop()
    await node.start()
    for (const service of Object.values(node.services)) await service.stop()
    await node.services.derivation.tick()
    expect(node.chain.head('latest').number).toBe(5n)
    expect(node.chain.head('safe').number).toBe(3n)
    await block(w, node)
    await node.services.batcher!.tick()
    expect(hashes(await w.verifier())).toEqual(hashes(node))
  })

  test('a data folder of another genesis is refused', async () => {
    w = world()
    const storage = memoryStorage()
    const kept = { ...storage, stop: async () => {} }
    const node = await w.sequencer({ storage: kept })
    await node.stop()
    const other = w.node({ storage: kept, genesis: { ...w.genesis, gasLimit: 20_000_000n } })
    await expect(other.start()).rejects.toThrow(/genesis/i)
  })
})

describe('sequencer', () => {
  test('empty blocks follow the policy', async () => {
    w = world()
    const lazy = await w.sequencer({ sequencer: { emptyBlocks: 'whenTransactions', maxIdleSeconds: 10 } })
    await block(w, lazy, 5)
    expect(lazy.chain.head('latest').number).toBe(0n)
    await lazy.pool!.add(await transfer(0, 0))
    await block(w, lazy, 1)
    expect(lazy.chain.head('latest').number).toBe(1n)
    await block(w, lazy, 9)
    expect(lazy.chain.head('latest').number).toBe(1n)
    await block(w, lazy, 1)
    expect(lazy.chain.head('latest').number).toBe(2n)
    w.settlement.l1.deposit({ from: addressOf(0), mint: 1n })
    await lazy.services.derivation.tick()
    await block(w, lazy, 1)
    expect(lazy.chain.head('latest').number).toBe(3n)
  })

  test('timestamps rise strictly and never run ahead of the clock by more than the bound', async () => {
    w = world()
    const node = await w.sequencer({ sequencer: { maxDriftSeconds: 3 } })
    for (let i = 0; i < 10; i++) await node.services.sequencer!.tick()
    const head = node.chain.head('latest')
    expect(head.timestamp).toBe(w.genesis.timestamp + 3n)
    expect(head.number).toBe(3n)
  })

  test('an L1 whose clock is behind takes the batches all the same', async () => {
    w = world()
    const behind = manualClock(w.clock.now() - 3_600_000)
    const settlement = memorySettlement({
      clock: behind,
      genesisTimestamp: BigInt(behind.now() / 1000),
    })
    const genesis = { ...w.genesis, timestamp: BigInt(behind.now() / 1000) }
    const node = await w.sequencer({ settlement, genesis })
    await block(w, node, 3)
    await node.services.batcher!.tick()
    expect(node.chain.head('safe').number).toBe(3n)
    expect(node.chain.head('safe').timestamp).toBeLessThanOrEqual(genesis.timestamp + 310n)
  })

  test('building stops when L1 falls too far behind, and goes on when it catches up', async () => {
    w = world()
    const node = await w.sequencer({ sequencer: { maxUnsafeBlocks: 4 } })
    await block(w, node, 8)
    expect(node.chain.head('latest').number).toBe(4n)
    await node.services.batcher!.tick()
    await block(w, node, 1)
    expect(node.chain.head('latest').number).toBe(5n)
  })

  test('blocks go on while L1 is out of reach, and are posted when it is back', async () => {
    w = world()
    let offline = false
    const settlement = wrap(w.settlement, {
      view: async () => {
        if (offline) throw new Error('L1 is offline')
        return w.settlement.view()
      },
    })
    const node = await w.sequencer({ settlement })
    offline = true
    for (let i = 0; i < 5; i++) {
      await expect(node.services.derivation.tick()).rejects.toThrow('offline')
      await block(w, node)
    }
    expect(node.chain.head('latest').number).toBe(5n)
    expect(node.health().ok).toBe(false)
    offline = false
    await node.services.derivation.tick()
    await node.services.batcher!.tick()
    expect(node.chain.head('safe').number).toBe(5n)
    expect(node.health().ok).toBe(true)
  })

  test('deposits wait for their confirmations', async () => {
    w = world()
    const node = await w.sequencer({ sequencer: { l1Confirmations: 2 } })
    w.settlement.l1.deposit({ from: addressOf(0), mint: 1n })
    await node.services.derivation.tick()
    await block(w, node)
    expect(node.chain.blockByNumber(1n)!.transactions).toHaveLength(0)
    w.settlement.l1.mine(2)
    await node.services.derivation.tick()
    await block(w, node)
    expect(node.chain.blockByNumber(2n)!.transactions).toHaveLength(2)
  })

  test('a block ends when its time is used', async () => {
    w = world()
    const node = await w.sequencer({ sequencer: { buildBudgetMs: 0 } })
    await node.pool!.add(await transfer(0, 0))
    await block(w, node)
    expect(node.chain.blockByNumber(1n)!.transactions).toHaveLength(0)
    expect(node.pool!.content().pending).toHaveLength(1)
  })
})

describe('batcher', () => {
  test('what is too large for one batch is split', async () => {
    w = world()
    const da = memoryDa({ maxBytes: 700 })
    const node = await w.sequencer({ da })
    for (let nonce = 0; nonce < 12; nonce++) {
      await node.pool!.add(await transfer(0, nonce))
      await block(w, node)
    }
    for (let i = 0; i < 20 && node.chain.head('safe').number < 12n; i++) await node.services.batcher!.tick()
    expect(node.chain.head('safe').number).toBe(12n)
    expect(node.syncStatus().batchCount).toBeGreaterThan(1n)
    expect(hashes(await w.verifier({ da }))).toEqual(hashes(node))
  })

  test('a block that encodes well is larger than a batch, one that does not is built again', async () => {
    w = world()
    // It is loaded then: what a block tells is known before the next is built.
    await batchCodec().encode({ blocks: [], labels: [] })
    const da = memoryDa({ maxBytes: 6_000 })
    const node = await w.sequencer({ da })
    const send = async (count: number, from: number, data: (nonce: number) => Hex) => {
      for (let nonce = from; nonce < from + count; nonce++)
        await node.pool!.add(await transfer(0, nonce, { data: data(nonce), gas: 60_000n }))
    }
    const counts = () =>
      [...Array(Number(node.chain.head('latest').number)).keys()].map(
        (i) => node.chain.blockByNumber(BigInt(i + 1))!.transactions.length,
      )
    await send(57, 0, () => `0x${'00'.repeat(200)}`)
    await block(w, node, 2)
    const [first, second] = counts()
    expect(first).toBeLessThan(20)
    expect(second).toBe(57 - first!)
    // Nothing of this can be compressed.
    await send(40, 57, (nonce) =>
      concatHex([1, 2, 3, 4, 5, 6].map((i) => keccak256(numberToHex(nonce * 8 + i)))),
    )
    await block(w, node)
    expect(counts()).toHaveLength(2)
    await block(w, node, 3)
    expect(
      counts()
        .slice(2, 4)
        .every((count) => count > 10 && count < 20),
    ).toBe(true)
    for (let i = 0; i < 20 && node.chain.head('safe').number < 5n; i++) await node.services.batcher!.tick()
    expect(node.chain.head('safe').number).toBe(5n)
    expect(hashes(await w.verifier({ da }))).toEqual(hashes(node))
  })

  test('bounds of the codec split a batch too', async () => {
    w = world()
    const narrow = batchCodec({ limits: { transactionBytes: 700 } })
    const node = await w.sequencer({ codec: narrow, sequencer: { maxBlockBytes: 300 } })
    for (let nonce = 0; nonce < 12; nonce++) await node.pool!.add(await transfer(0, nonce))
    await block(w, node, 6)
    for (let i = 0; i < 8; i++) await node.services.batcher!.tick()
    expect(node.chain.head('safe').number).toBe(6n)
    expect(node.syncStatus().batchCount).toBeGreaterThan(1n)
    expect(hashes(await w.verifier({ codec: narrow }))).toEqual(hashes(node))
  })

  test('it waits for size or age', async () => {
    w = world()
    const node = await w.sequencer({ batcher: { maxAgeSeconds: 30, targetBytes: 3_000 } })
    await block(w, node, 3)
    await node.services.batcher!.tick()
    expect(node.chain.head('safe').number).toBe(0n)
    await node.pool!.add(await transfer(0, 0, { data: `0x${'ab'.repeat(4000)}`, gas: 400_000n }))
    await block(w, node)
    await node.services.batcher!.tick()
    expect(node.chain.head('safe').number).toBe(4n)
    await block(w, node, 31)
    await node.services.batcher!.tick()
    expect(node.chain.head('safe').number).toBe(35n)
  })

  test('blocks that nobody waits for may wait longer, with what comes after them no longer', async () => {
    w = world()
    const node = await w.sequencer({ batcher: { maxAgeSeconds: 4, maxIdleAgeSeconds: 20 } })
    await block(w, node, 18)
    await node.services.batcher!.tick()
    expect(node.chain.head('safe').number).toBe(0n)
    await node.pool!.add(await transfer(0, 0))
    await block(w, node)
    await node.services.batcher!.tick()
    expect(node.chain.head('safe').number).toBe(19n)
    await block(w, node, 21)
    await node.services.batcher!.tick()
    expect(node.chain.head('safe').number).toBe(40n)
  })

  test('it waits out a fee spike, but not for ever', async () => {
    w = world({ forceDelaySeconds: 4000 })
    const node = await w.sequencer({ batcher: { maxAgeSeconds: 0, maxFeePerGas: 2_000_000_000n } })
    w.settlement.l1.setFees({ baseFee: 3_000_000_000n })
    await block(w, node)
    await node.services.batcher!.tick()
    expect(node.chain.head('safe').number).toBe(0n)
    // The ceiling rises with the age of what waits.
    w.clock.advance(299_000)
    await node.services.batcher!.tick()
    expect(node.chain.head('safe').number).toBe(1n)
    w.settlement.l1.setFees({ baseFee: 10n ** 15n })
    await block(w, node)
    await node.services.batcher!.tick()
    expect(node.chain.head('safe').number).toBe(1n)
    w.clock.advance(2_000_000)
    await node.services.batcher!.tick()
    expect(node.chain.head('safe').number).toBeGreaterThan(1n)
  })

  test('while L1 is too dear, what waits is not encoded at every look', async () => {
    w = world({ forceDelaySeconds: 4000 })
    const waits: number[] = []
    const clock = {
      ...w.clock,
      sleep: (ms: number, signal?: AbortSignal) => (waits.push(ms), w.clock.sleep(ms, signal)),
    }
    const node = await w.sequencer({ clock, batcher: { maxAgeSeconds: 0, maxFeePerGas: 1n } })
    await block(w, node)
    waits.length = 0
    await node.services.batcher!.start()
    while (waits.length === 0) await new Promise((resolve) => setImmediate(resolve))
    expect(waits[0]).toBeGreaterThanOrEqual(6_000)
  })

  test('deposits of more gas than a batch may carry go into several', async () => {
    w = world()
    const node = await w.sequencer()
    for (let i = 0; i < 5; i++)
      w.settlement.l1.deposit({ from: addressOf(0), mint: 1n, gasLimit: 14_000_000n })
    await node.services.derivation.tick()
    await block(w, node, 4)
    for (let i = 0; i < 4; i++) await node.services.batcher!.tick()
    expect(node.chain.head('safe').number).toBe(4n)
    expect(node.syncStatus().batchCount).toBe(3n)
    expect(hashes(await w.verifier())).toEqual(hashes(node))
  })

  test('what waits can be posted whatever the gas limit is set to meanwhile', async () => {
    for (const [before, after] of [
      [30_000_000n, 8_000_000n],
      [8_000_000n, 30_000_000n],
    ] as const) {
      w = world({ gasLimit: before })
      const genesis = { ...w.genesis, gasLimit: before }
      const node = await w.sequencer({ genesis })
      const deposit = (count: number) => {
        for (let i = 0; i < count; i++)
          w.settlement.l1.deposit({ from: addressOf(0), mint: 1n, gasLimit: 8_000_000n })
      }
      deposit(3)
      await node.services.derivation.tick()
      await block(w, node)
      w.settlement.l1.setGasLimit(after)
      deposit(2)
      await node.services.derivation.tick()
      await block(w, node, 5)
      const built = hashes(node)
      for (let i = 0; i < 8; i++) await node.services.batcher!.tick()
      expect(node.chain.head('safe').number).toBe(6n)
      expect(hashes(node)).toEqual(built)
      expect(hashes(await w.verifier({ genesis }))).toEqual(built)
      await w.stop()
    }
  })

  test('a refused batch is tried with fewer blocks, and the next is whole again', async () => {
    w = world()
    const counts: number[] = []
    let bound = 3
    const settlement = wrap(w.settlement, {
      appendBatch: async (...args) => {
        counts.push(args[0].blockCount)
        if (args[0].blockCount > bound) return { status: 'rejected', reason: 'TooLarge' }
        return w.settlement.appendBatch(...args)
      },
    })
    const node = await w.sequencer({ settlement })
    await block(w, node, 20)
    for (let i = 0; i < 3; i++) await node.services.batcher!.tick()
    expect(counts).toEqual([20, 5, 2])
    bound = 100
    await node.services.batcher!.tick()
    expect(counts).toEqual([20, 5, 2, 18])
    expect(node.chain.head('safe').number).toBe(20n)
  })

  test('blocks from before a jump of the time of L1 are posted as they are', async () => {
    w = world()
    const node = await w.sequencer()
    await block(w, node, 3)
    const built = hashes(node)
    w.settlement.l1.increaseTime(7 * 86_400)
    w.settlement.l1.mine()
    await node.services.derivation.tick()
    // Nothing young enough ends the batch yet.
    await node.services.batcher!.tick()
    expect(node.chain.head('safe').number).toBe(0n)
    await block(w, node, 2)
    await node.services.batcher!.tick()
    expect(node.chain.head('safe').number).toBe(5n)
    expect(hashes(node).slice(0, built.length)).toEqual(built)
    const { head } = await w.settlement.view()
    expect(head.timestamp - node.chain.head('safe').timestamp).toBeLessThan(310n)
    expect(hashes(await w.verifier())).toEqual(hashes(node))
  })

  test('blocks that no batch can take with a young one give way to a forced batch', async () => {
    w = world()
    const settlement = wrap(w.settlement, {
      rules: async () => ({ ...(await w.settlement.rules()), maxBlocksPerBatch: 3 }),
    })
    const node = await w.sequencer({ settlement })
    const hash = await node.pool!.add(await transfer(0, 0))
    await block(w, node, 6)
    w.settlement.l1.increaseTime(86_400)
    w.settlement.l1.mine()
    await node.services.derivation.tick()
    await block(w, node)
    for (let i = 0; i < 3; i++) await node.services.batcher!.tick()
    const [forced] = await w.settlement.getBatches(0n, 1n)
    expect(forced!.header.blockCount).toBe(1)
    await node.services.derivation.tick()
    await block(w, node, 2)
    await node.services.batcher!.tick()
    expect(node.chain.head('safe').hash).toBe(node.chain.head('latest').hash)
    expect(node.chain.transaction(hash)).toBeDefined()
  })

  test('a chain that waits for L1 builds a young block in time', async () => {
    w = world()
    const node = await w.sequencer({ sequencer: { maxUnsafeBlocks: 2 } })
    await block(w, node, 5)
    expect(node.chain.head('latest').number).toBe(2n)
    w.settlement.l1.increaseTime(86_400)
    w.settlement.l1.mine()
    await node.services.derivation.tick()
    await block(w, node, 3)
    expect(node.chain.head('latest').number).toBe(3n)
    await node.services.batcher!.tick()
    expect(node.chain.head('safe').number).toBe(3n)
  })

  test('a batch whose answer was lost is not posted again', async () => {
    w = world()
    let lost = true
    const settlement = wrap(w.settlement, {
      appendBatch: async (...args) => {
        const result = await w.settlement.appendBatch(...args)
        if (!lost) return result
        lost = false
        return { status: 'error', error: new Error('connection reset'), retryable: true }
      },
    })
    const node = await w.sequencer({ settlement })
    await block(w, node, 2)
    await expect(node.services.batcher!.tick()).rejects.toThrow('connection reset')
    await node.services.batcher!.tick()
    await node.services.derivation.tick()
    await node.services.batcher!.tick()
    expect((await w.settlement.view()).batchCount).toBe(1n)
    expect(node.chain.head('safe').number).toBe(2n)
  })
})

describe('a crash', () => {
  test('at any write leaves a store that goes on from the last complete block, and loses no acknowledged transaction', async () => {
    for (let writes = 1; writes < 40; writes += 1) {
      w = world()
      const disk = memoryStorage()
      await disk.start()
      const acknowledged: Hash[] = []
      try {
        const node = await w.sequencer({ storage: crashing(disk, writes) })
        w.settlement.l1.deposit({ from: addressOf(0), to: addressOf(4), mint: 3n })
        await node.services.derivation.tick()
        for (let nonce = 0; nonce < 4; nonce++) {
          acknowledged.push(await node.pool!.add(await transfer(1, nonce)))
          await block(w, node)
          if (nonce % 2) await node.services.batcher!.tick()
        }
      } catch (error) {
        expect(String(error)).toContain('crash')
      }
      const again = await w.sequencer({ storage: crashing(disk, Infinity) })
      for (let i = 0; i < 3; i++) {
        await block(w, again)
        await again.services.batcher!.tick()
      }
      for (const hash of acknowledged) expect(again.chain.transaction(hash)).toBeDefined()
      expect(again.chain.head('safe').hash).toBe(again.chain.head('latest').hash)
      const verifier = await w.verifier()
      expect(hashes(verifier)).toEqual(hashes(again))
      await w.stop()
    }
  }, 300_000)

  test('of a verifier at any write is forgotten after the next start', async () => {
    w = world()
    const sequencer = await w.sequencer()
    for (let nonce = 0; nonce < 4; nonce++) {
      await sequencer.pool!.add(await transfer(1, nonce))
      await block(w, sequencer)
      await sequencer.services.batcher!.tick()
    }
    for (let writes = 0; writes < 20; writes++) {
      const disk = memoryStorage()
      await disk.start()
      await w.verifier({ storage: crashing(disk, writes) }).catch((error: unknown) => {
        expect(String(error)).toContain('crash')
      })
      const again = await w.verifier({ storage: crashing(disk, Infinity) })
      expect(hashes(again)).toEqual(hashes(sequencer))
    }
  }, 300_000)
})

test('a clock that is set back while a block is built delays no block', async () => {
  w = world()
  const waits: number[] = []
  const clock = {
    ...w.clock,
    sleep: (ms: number, signal?: AbortSignal) => (waits.push(ms), w.clock.sleep(ms, signal)),
  }
  const engine = ethereumjs()
  const node = await w.sequencer({
    clock,
    execution: {
      ...engine,
      openBlock: async (parent, attributes) => {
        const builder = await engine.openBlock(parent, attributes)
        w.clock.advance(-3_600_000)
        return builder
      },
    },
  })
  w.clock.advance(1000)
  waits.length = 0
  await node.services.sequencer!.start()
  while (waits.length === 0) await new Promise((resolve) => setImmediate(resolve))
  expect(waits[0]).toBeLessThanOrEqual(1000)
  expect(node.chain.head('latest').number).toBe(1n)
})

describe('a server of L1 that lags behind the others', () => {
  test('undoes nothing, and is named when it goes on', async () => {
    w = world()
    let stale = undefined as InboxView | undefined
    const settlement = wrap(w.settlement, { view: async () => stale ?? w.settlement.view() })
    const sequencer = await w.sequencer({ settlement })
    const verifier = await w.verifier({ settlement })
    const reorgs: unknown[] = []
    for (const node of [sequencer, verifier]) node.on('l1Reorg', (event) => reorgs.push(event))
    const old = await w.settlement.view()
    w.settlement.l1.deposit({ from: addressOf(0), to: addressOf(1), mint: 1n })
    await sequencer.services.derivation.tick()
    await block(w, sequencer)
    await sequencer.services.batcher!.tick()
    w.settlement.l1.deposit({ from: addressOf(0), to: addressOf(1), mint: 1n })
    await sequencer.services.derivation.tick()
    await block(w, sequencer)
    await verifier.services.derivation.tick()
    const before = [hashes(sequencer), hashes(verifier)]
    expect(before.map(({ length }) => length)).toEqual([3, 2])

    stale = old
    for (const node of [sequencer, verifier]) await node.services.derivation.tick()
    expect([hashes(sequencer), hashes(verifier)]).toEqual(before)
    expect(verifier.chain.head('safe').number).toBe(1n)
    expect(reorgs).toEqual([])

    // Another block where L1 had one before is of another branch.
    stale = { ...old, head: { ...old.head, hash: `0x${'0b'.repeat(32)}` } }
    await verifier.services.derivation.tick()
    expect(verifier.chain.head('latest').number).toBe(0n)
    expect(reorgs).toHaveLength(1)

    // An L1 that stays where it was before is named, and still nothing is undone by it.
    stale = old
    w.clock.advance(21_000)
    await expect(sequencer.services.derivation.tick()).rejects.toMatchObject({ code: 'DERIVATION_L1_BEHIND' })
    expect(sequencer.health()).toMatchObject({
      ok: false,
      detail: expect.stringContaining('L1 answers with an older'),
    })
    expect(hashes(sequencer)).toEqual(before[0])
    expect(reorgs).toHaveLength(1)
    stale = undefined
    await sequencer.services.derivation.tick()
    await block(w, sequencer)
    expect(sequencer.health().ok).toBe(true)
  })
})

describe('assertions', () => {
  test('a lie is named within one look: assertion, block and both roots; the right claim follows', async () => {
    w = world()
    const sequencer = await w.sequencer({
      settlement: lying(w.settlement, (batchIndex) => batchIndex === 1n),
    })
    const verifier = await w.verifier({ challenger: { challenge: true } })
    const lies: RollupEvents['wrongAssertion'][] = []
    verifier.on('wrongAssertion', (event) => lies.push(event))
    const verdicts: string[] = []
    verifier.on('assertionChecked', ({ verdict }) => verdicts.push(verdict))
    for (let i = 0; i < 3; i++) {
      await sequencer.pool!.add(await transfer(1, i))
      await block(w, sequencer)
      await sequencer.services.batcher!.tick()
      await sequencer.services.proposer!.tick()
      await verifier.services.challenger!.tick()
      expect(lies).toHaveLength(i >= 1 ? 1 : 0)
    }
    const [, wrong] = await w.settlement.getAssertions(0n, 10)
    expect(lies[0]).toMatchObject({
      id: wrong!.id,
      batchIndex: 1n,
      blockNumber: 2n,
      claimed: `0x${'bad0'.repeat(16)}`,
      expected: (await verifier.outputAt(2n)).outputRoot,
      assertion: { ...wrong, status: 'pending' },
    })
    expect(verdicts).toEqual(['right', 'wrong', 'right', 'right'])
    expect(verifier.derivedBatch(1n)).toEqual({
      ...{ index: 1n, acc: wrong!.batchAcc, firstBlock: 2n, lastBlock: 2n },
      outputRoot: lies[0]!.expected,
    })
    expect(verifier.derivedBatch(3n)).toBeUndefined()
    // Of the verifier; the sequencer builds the next one on it.
    const [, , right, next] = await w.settlement.getAssertions(0n, 10)
    expect(right).toMatchObject({ batchIndex: 1n, outputRoot: lies[0]!.expected })
    expect(next).toMatchObject({ batchIndex: 2n, parent: right!.id })
    expect((await w.settlement.getAssertions(0n, 10)).map((a) => a.status)).toEqual([
      ...['pending', 'disputed', 'disputed', 'pending'],
    ])
  })

  test('one that cannot be disputed now does not hide the next', async () => {
    w = world()
    const sequencer = await w.sequencer({ proposer: false })
    await block(w, sequencer)
    await sequencer.services.batcher!.tick()
    await w.settlement.assert(await claimOf(w.settlement, 0n, `0x${'bad0'.repeat(16)}`))
    let refused = false
    const settlement = wrap(w.settlement, {
      assert: async (claim, options) => {
        if (refused) return w.settlement.assert(claim, options)
        refused = true
        return { status: 'error', error: new Error('insufficient funds'), retryable: true }
      },
    })
    await w.settlement.assert(await claimOf(w.settlement, 0n, `0x${'bad1'.repeat(16)}`))
    const verifier = await w.verifier({ settlement, challenger: { challenge: true } })
    const lies: Hash[] = []
    verifier.on('wrongAssertion', ({ claimed }) => lies.push(claimed))
    await expect(verifier.services.challenger!.tick()).rejects.toThrow('insufficient funds')
    expect(lies).toHaveLength(2)
    // The second lie was answered, with what answers the first as well.
    expect((await w.settlement.getAssertions(0n, 10)).map((a) => a.status)).toEqual(Array(3).fill('disputed'))
  })

  test('one that an L1 reorg took away is made again, also when its batch stayed', async () => {
    w = world()
    const node = await w.sequencer()
    await block(w, node)
    await node.services.batcher!.tick()
    w.settlement.l1.mine(3)
    await node.services.derivation.tick()
    for (let i = 0; i < 2; i++) await node.services.proposer!.tick()
    expect(await w.settlement.assertionCount()).toBe(1n)
    w.settlement.l1.reorg(1)
    expect(await w.settlement.assertionCount()).toBe(0n)
    await node.services.derivation.tick()
    expect(node.syncStatus().batchCount).toBe(1n)
    await node.services.proposer!.tick()
    expect(await w.settlement.assertionCount()).toBe(1n)
  })

  test('no batch is asserted twice, also not after a restart, and what ran out is accepted', async () => {
    w = world({ challengePeriodSeconds: 30 })
    const sequencer = await w.sequencer()
    await block(w, sequencer)
    await sequencer.services.batcher!.tick()
    await sequencer.services.proposer!.tick()
    await sequencer.services.proposer!.tick()
    const second = await w.sequencer()
    await second.services.proposer!.tick()
    expect(await w.settlement.assertionCount()).toBe(1n)
    w.clock.advance(31_000)
    w.settlement.l1.mine()
    await second.services.derivation.tick()
    await second.services.proposer!.tick()
    expect((await w.settlement.getAssertions(0n, 1))[0]!.status).toBe('accepted')
  })

  test('every n-th batch only, as L1 wants it, each on the one before', async () => {
    w = world({ interval: 3n })
    const node = await w.sequencer()
    for (let i = 0; i < 7; i++) {
      await block(w, node)
      await node.services.batcher!.tick()
      await node.services.proposer!.tick()
    }
    const assertions = await w.settlement.getAssertions(0n, 10)
    expect(assertions.map((a) => a.batchIndex)).toEqual([2n, 5n])
    expect(assertions.map((a) => a.parent)).toEqual([undefined, assertions[0]!.id])
    const verifier = await w.verifier()
    const lies: bigint[] = []
    verifier.on('wrongAssertion', ({ batchIndex }) => lies.push(batchIndex))
    await verifier.services.challenger!.tick()
    expect(lies).toEqual([])
  })

  test('batches that wait are asserted at one look', async () => {
    w = world()
    const node = await w.sequencer()
    for (let i = 0; i < 3; i++) {
      await block(w, node)
      await node.services.batcher!.tick()
    }
    await node.services.proposer!.tick()
    expect((await w.settlement.getAssertions(0n, 10)).map((a) => a.batchIndex)).toEqual([0n, 1n, 2n])
  })
})

test('a running node does all of it by itself', async () => {
  w = world()
  const settlement = memorySettlement({
    genesisTimestamp: w.genesis.timestamp,
    blockTime: 1,
    challengePeriodSeconds: 1,
  })
  const fast = { pollMs: 20 }
  const shared = { settlement, clock: systemClock, derivation: fast }
  const sequencer = w.node({
    ...shared,
    batcher: { ...fast, maxAgeSeconds: 0 },
    proposer: fast,
  })
  const verifier = w.node({ ...shared, role: 'verifier', batcher: false, challenger: fast })
  await sequencer.start()
  await verifier.start()
  const hash = await sequencer.pool!.add(await transfer(0, 0))
  const often = { timeoutMs: 120_000, intervalMs: 20 }
  await eventually('the transaction on the verifier', () => verifier.chain.transaction(hash), often)
  await eventually('an assertion', async () => (await settlement.assertionCount()) > 0n, often)
  // One look that failed, or came late, is not what is meant.
  await eventually('a healthy sequencer', () => sequencer.health().ok, often)
  expect(sequencer.syncStatus().l2.safe.number).toBeGreaterThan(0n)
}, 300_000)

test('a backlog that no batch can carry to an overdue deposit is broken by a forced batch', async () => {
  w = world({ forceDelaySeconds: 60 })
  const da = memoryDa({ maxBytes: 400 })
  const node = await w.sequencer({ da, sequencer: { maxBlockBytes: 300 } })
  const acknowledged: Hash[] = []
  for (let nonce = 0; nonce < 12; nonce++) {
    acknowledged.push(await node.pool!.add(await transfer(nonce % 3, Math.floor(nonce / 3))))
    await block(w, node)
  }
  w.settlement.l1.deposit({ from: addressOf(4), mint: 1n })
  w.clock.advance(100_000)
  await node.services.derivation.tick()
  const fallbacks: (string | undefined)[] = []
  node.on('batch', ({ fallback }) => fallbacks.push(fallback))
  for (let i = 0; i < 30; i++) {
    await block(w, node)
    await node.services.batcher!.tick()
  }
  expect(fallbacks.filter((fallback) => fallback !== undefined)).toHaveLength(1)
  for (const hash of acknowledged) {
    const found = node.chain.transaction(hash)
    expect(found && found.block.header.number <= node.chain.head('safe').number).toBe(true)
  }
  expect(hashes(await w.verifier({ da }), node.chain.head('safe').number)).toEqual(
    hashes(node, node.chain.head('safe').number),
  )
})
