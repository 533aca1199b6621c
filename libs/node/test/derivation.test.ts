import { afterEach, describe, expect, test } from '@jest/globals'
import { keccak256Hex, readBatchBase, type BatchBody, type BatchHeader, type Hash } from '@animechain/core'
import { memoryStorage } from '@animechain/storage-memory'
import { encodeDeposit } from '@animechain/tx'
import fc from 'fast-check'
import { addressOf, block, codec, hashes, transfer, world, type World } from './kit.js'
import type { RollupEvents } from '@animechain/node'

let w: World
afterEach(() => w?.stop())

/** Posts bytes under a header that continues the chain, as a batcher that lies would. */
async function post(bytes: Uint8Array, over: Partial<BatchHeader> = {}) {
  const view = await w.settlement.view()
  const put = await w.da.put(bytes)
  if (put.status !== 'ok') throw new Error(put.status)
  const header = {
    firstBlock: view.lastBlock + 1n,
    blockCount: 2,
    depositsReadAfter: view.depositCount,
    lastTimestamp: view.lastTimestamp + 5n,
    ...over,
  }
  const result = await w.settlement.appendBatch(
    header,
    await readBatchBase(w.settlement, header.depositsReadAfter),
    put.commitment,
    undefined,
    undefined,
  )
  expect(result.status).toBe('ok')
}

const body = (over: Partial<BatchBody> = {}): BatchBody => ({
  blocks: [
    { timestampDelta: 2, depositCount: 0, transactions: [] },
    { timestampDelta: 3, depositCount: 0, transactions: [] },
  ],
  labels: [],
  ...over,
})

describe('batches that hold something else than they announce', () => {
  test('two verifiers and the sequencer agree after any bytes at all, and go on', async () => {
    w = world()
    const sequencer = await w.sequencer()
    const early = await w.verifier()
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        await post(bytes, { depositsReadAfter: (await w.settlement.view()).depositsRead })
        await early.services.derivation.tick()
        await sequencer.services.derivation.tick()
        expect(early.chain.head('safe').hash).toBe(sequencer.chain.head('safe').hash)
      }),
      { numRuns: 25 },
    )
    await block(w, sequencer, 2)
    await sequencer.services.batcher!.tick()
    await early.services.derivation.tick()
    const late = await w.verifier()
    expect(hashes(late)).toEqual(hashes(sequencer))
    expect(hashes(early)).toEqual(hashes(sequencer))
  })

  test('a zip bomb costs what its bytes cost, and derives as empty blocks', async () => {
    w = world()
    // Version 1, then a zstd frame (RFC 8878) that announces 4 GiB and has RLE blocks for 12 of them.
    const blocks = 100_000
    const frame = new Uint8Array(10 + 4 * blocks)
    frame.set([0x28, 0xb5, 0x2f, 0xfd, 0x80, 0x38, 0xff, 0xff, 0xff, 0xff])
    for (let i = 0; i < blocks; i++) {
      const header = (131_072 << 3) | (1 << 1) | (i === blocks - 1 ? 1 : 0)
      frame.set([header & 255, (header >> 8) & 255, (header >> 16) & 255, 0], 10 + 4 * i)
    }
    const bomb = new Uint8Array(5 + frame.length)
    bomb[0] = 1
    new DataView(bomb.buffer).setUint32(1, frame.length)
    bomb.set(frame, 5)
    await post(bomb)
    const [a, b] = [await w.verifier(), await w.sequencer()]
    expect(a.chain.head('safe').number).toBe(2n)
    expect(hashes(a)).toEqual(hashes(b))
  })

  test('a truncated batch derives as empty blocks with the deposits first', async () => {
    w = world()
    w.settlement.l1.deposit({ from: addressOf(0), to: addressOf(1), mint: 7n })
    const whole = await codec.encode(
      body({ blocks: [{ timestampDelta: 5, depositCount: 1, transactions: [await transfer(0, 0)] }] }),
    )
    const verifier = await w.verifier()
    const seen: RollupEvents['batch'][] = []
    verifier.on('batch', (event) => seen.push(event))
    await post(whole.subarray(0, whole.length - 5))
    await verifier.services.derivation.tick()
    expect(seen[0]!.fallback).toEqual(expect.any(String))
    expect(verifier.chain.blockByNumber(1n)!.transactions).toHaveLength(2)
    expect(verifier.chain.blockByNumber(2n)!.transactions).toHaveLength(0)
    expect(verifier.chain.head('latest').timestamp).toBe(w.genesis.timestamp + 5n)
  })

  test('a transaction that cannot be included is skipped, its neighbours stay', async () => {
    w = world()
    const wrong = [
      Uint8Array.of(1, 2, 3),
      await transfer(0, 5),
      await transfer(0, 0, { chainId: 1 }),
      await transfer(0, 0, { value: 10n ** 30n }),
      encodeDeposit({
        sourceHash: `0x${'11'.repeat(32)}`,
        from: addressOf(0),
        to: addressOf(1),
        mint: 10n ** 30n,
        value: 0n,
        gasLimit: 100_000n,
        isSystemTx: false,
        data: new Uint8Array(),
      }),
    ]
    const good = [await transfer(0, 0), await transfer(1, 0)]
    await post(
      await codec.encode(
        body({
          blocks: [
            { timestampDelta: 2, depositCount: 0, transactions: [wrong[0]!, good[0]!, ...wrong.slice(1)] },
            { timestampDelta: 3, depositCount: 0, transactions: [good[1]!, good[0]!] },
          ],
        }),
      ),
    )
    const [a, b] = [await w.verifier(), await w.sequencer()]
    expect(a.chain.blockByNumber(1n)!.transactions).toHaveLength(1)
    expect(a.chain.blockByNumber(2n)!.transactions).toHaveLength(1)
    expect(hashes(a)).toEqual(hashes(b))
  })

  test('a wrong label changes a hash only, and is reported', async () => {
    w = world()
    w.settlement.l1.deposit({ from: addressOf(0), to: addressOf(1), mint: 7n })
    const verifier = await w.verifier()
    const lies: RollupEvents['wrongLabel'][] = []
    verifier.on('wrongLabel', (event) => lies.push(event))
    await post(
      await codec.encode(
        body({
          blocks: [{ timestampDelta: 5, depositCount: 1, transactions: [] }],
          labels: [{ l1BlockHash: `0x${'99'.repeat(32)}`, logIndex: 3 }],
        }),
      ),
      { blockCount: 1 },
    )
    await verifier.services.derivation.tick()
    expect(lies).toEqual([
      {
        batchIndex: 0n,
        depositIndex: 0n,
        claimed: expect.stringContaining('9999'),
        expected: expect.any(String),
      },
    ])
    const state = verifier.engine.stateAt(verifier.chain.head('latest'))
    expect((await state.getAccount(addressOf(1)))!.balance).toBe(10n ** 21n + 7n)
  })
})

describe('data that cannot be read', () => {
  test('derivation waits for it and takes no other answer for its absence', async () => {
    w = world()
    const sequencer = await w.sequencer()
    await block(w, sequencer)
    await sequencer.services.batcher!.tick()
    let answer: 'missing' | 'unavailable' | 'data' = 'missing'
    const da = {
      ...w.da,
      get: async (...args: Parameters<typeof w.da.get>) =>
        answer === 'data'
          ? w.da.get(...args)
          : answer === 'missing'
            ? { status: 'missing' as const, authoritative: true }
            : { status: 'unavailable' as const, error: new Error('offline') },
    }
    const verifier = w.node({ role: 'verifier', da })
    await verifier.start()
    for (const service of Object.values(verifier.services)) await service.stop()
    for (const now of ['missing', 'unavailable'] as const) {
      answer = now
      await expect(verifier.services.derivation.tick()).rejects.toMatchObject({
        code: 'DERIVATION_DATA_UNAVAILABLE',
      })
      expect(verifier.chain.head('safe').number).toBe(0n)
      expect(verifier.health().ok).toBe(false)
    }
    answer = 'data'
    await verifier.services.derivation.tick()
    expect(verifier.chain.head('safe').hash).toBe(sequencer.chain.head('latest').hash)
    expect(verifier.health().ok).toBe(true)
  })

  test('a node without a reader for the kind of a batch waits, whatever the settlement says of its bytes', async () => {
    w = world()
    const sequencer = await w.sequencer()
    await block(w, sequencer)
    await sequencer.services.batcher!.tick()
    const settlement = {
      ...w.settlement,
      getBody: async () => ({ status: 'invalid' as const, reason: 'not mine' }),
    }
    const calldataOnly = {
      ...w.da,
      capabilities: { ...w.da.capabilities, id: 'calldata', prefix: 1 },
    }
    const verifier = w.node({ role: 'verifier', da: calldataOnly, settlement })
    await verifier.start()
    for (const service of Object.values(verifier.services)) await service.stop()
    await expect(verifier.services.derivation.tick()).rejects.toMatchObject({
      code: 'DERIVATION_DATA_UNAVAILABLE',
    })
    expect(verifier.chain.head('latest').number).toBe(0n)
  })

  test('an L1 node that lies about a record is not believed', async () => {
    w = world()
    w.settlement.l1.deposit({ from: addressOf(0), mint: 7n })
    const sequencer = await w.sequencer()
    await block(w, sequencer)
    await sequencer.services.batcher!.tick()
    const settlement = {
      ...w.settlement,
      getDeposits: async (from: bigint, to: bigint) =>
        (await w.settlement.getDeposits(from, to)).map((entry) => ({ ...entry, from: addressOf(5) })),
    }
    const verifier = await w.verifier({ settlement })
    expect(verifier.chain.head('safe').number).toBe(0n)
  })
})

describe('force inclusion', () => {
  test('with the sequencer gone, a forced batch executes the deposit; the sequencer takes it over and loses nothing', async () => {
    w = world({ forceDelaySeconds: 100 })
    const storage = memoryStorage()
    const sequencer = await w.sequencer({ storage })
    await sequencer.pool!.add(await transfer(2, 0))
    await block(w, sequencer, 3)
    expect(sequencer.chain.head('latest').number).toBe(3n)
    w.settlement.l1.deposit({ from: addressOf(0), to: addressOf(1), mint: 5n })
    expect((await w.settlement.forceBatch(new Uint8Array(), await readBatchBase(w.settlement))).status).toBe(
      'rejected',
    )
    w.clock.advance(101_000)
    expect((await w.settlement.forceBatch(new Uint8Array(), await readBatchBase(w.settlement))).status).toBe(
      'ok',
    )

    const verifier = await w.verifier()
    expect(verifier.chain.head('safe').number).toBe(1n)
    const state = verifier.engine.stateAt(verifier.chain.head('safe'))
    expect((await state.getAccount(addressOf(1)))!.balance).toBe(10n ** 21n + 5n)

    await sequencer.services.derivation.tick()
    expect(sequencer.chain.head('safe').hash).toBe(verifier.chain.head('safe').hash)
    expect(sequencer.chain.head('latest').number).toBe(1n)
    expect(sequencer.pool!.content().pending).toHaveLength(1)
    await block(w, sequencer)
    await sequencer.services.batcher!.tick()
    await verifier.services.derivation.tick()
    expect(hashes(verifier)).toEqual(hashes(sequencer))
    expect(sequencer.chain.transaction(keccak256Hex(await transfer(2, 0)))).toBeDefined()
  })

  test('a body made before the last deposit came reads it all the same, and the chain goes on', async () => {
    w = world({ forceDelaySeconds: 100 })
    const sequencer = await w.sequencer()
    const verifier = await w.verifier()
    const first = w.settlement.l1.deposit({ from: addressOf(0), to: addressOf(1), mint: 5n })
    const body = await codec.encode({
      blocks: [{ timestampDelta: 1, depositCount: 1, transactions: [] }],
      labels: [first.label!],
    })
    w.settlement.l1.deposit({ from: addressOf(0), to: addressOf(1), mint: 7n })
    w.clock.advance(120_000)
    expect((await w.settlement.forceBatch(body, await readBatchBase(w.settlement))).status).toBe('ok')
    await sequencer.services.derivation.tick()
    await verifier.services.derivation.tick()
    const state = verifier.engine.stateAt(verifier.chain.head('safe'))
    expect((await state.getAccount(addressOf(1)))!.balance).toBe(10n ** 21n + 12n)

    // Nothing is left over: the next batch continues where the forced one ended.
    await sequencer.services.derivation.tick()
    await block(w, sequencer, 2)
    await sequencer.services.batcher!.tick()
    await verifier.services.derivation.tick()
    expect(verifier.chain.head('safe').number).toBe(3n)
    expect(hashes(verifier)).toEqual(hashes(sequencer))
  })
})

describe('an L1 reorg of ten blocks', () => {
  test('safe rolls back, nothing acknowledged is lost, the chain converges', async () => {
    w = world({ finalizedDistance: 20n })
    const sequencer = await w.sequencer()
    const verifier = await w.verifier()
    const reorgs: RollupEvents['l1Reorg'][] = []
    verifier.on('l1Reorg', (event) => reorgs.push(event))
    const acknowledged: Hash[] = []
    for (let nonce = 0; nonce < 8; nonce++) {
      if (nonce % 2 === 0) w.settlement.l1.deposit({ from: addressOf(0), to: addressOf(3), mint: 1n })
      else w.settlement.l1.mine()
      await sequencer.services.derivation.tick()
      acknowledged.push(await sequencer.pool!.add(await transfer(1, nonce)))
      await block(w, sequencer)
      await sequencer.services.batcher!.tick()
    }
    await verifier.services.derivation.tick()
    expect(verifier.chain.head('safe').number).toBe(8n)

    const dropped = w.settlement.l1.reorg(10, { keepDeposits: true })
    expect(dropped.batches.length).toBeGreaterThan(3)
    expect(dropped.deposits.length).toBeGreaterThan(1)
    await verifier.services.derivation.tick()
    expect(reorgs).toHaveLength(1)
    expect(verifier.chain.head('safe').number).toBe(8n - BigInt(dropped.batches.length))
    expect(verifier.chain.head('latest').hash).toBe(verifier.chain.head('safe').hash)

    await sequencer.services.derivation.tick()
    for (let i = 0; i < 4; i++) {
      await block(w, sequencer)
      await sequencer.services.batcher!.tick()
    }
    await verifier.services.derivation.tick()
    expect(verifier.chain.head('safe').hash).toBe(sequencer.chain.head('safe').hash)
    for (const hash of acknowledged) expect(verifier.chain.transaction(hash)).toBeDefined()
    const fresh = await w.verifier()
    expect(hashes(fresh)).toEqual(hashes(verifier))
    const state = fresh.engine.stateAt(fresh.chain.head('safe'))
    expect((await state.getAccount(addressOf(3)))!.balance).toBe(10n ** 21n + 4n)
  })

  test('blocks that read no deposit of the dropped ones keep their hashes', async () => {
    w = world({ finalizedDistance: 20n })
    const sequencer = await w.sequencer({ sequencer: { l1Confirmations: 100 } })
    w.settlement.l1.mine(12)
    await sequencer.pool!.add(await transfer(1, 0))
    await block(w, sequencer, 3)
    await sequencer.services.batcher!.tick()
    const before = hashes(sequencer)
    w.settlement.l1.reorg(10)
    await sequencer.services.derivation.tick()
    expect(sequencer.chain.head('safe').number).toBe(0n)
    expect(hashes(sequencer)).toEqual(before)
    await sequencer.services.batcher!.tick()
    expect(sequencer.chain.head('safe').hash).toBe(before[3])
  })
})

test('the head of finality follows L1 finality', async () => {
  w = world()
  const sequencer = await w.sequencer()
  await block(w, sequencer)
  await sequencer.services.batcher!.tick()
  expect(sequencer.chain.head('finalized').number).toBe(0n)
  w.settlement.l1.mine(3)
  await sequencer.services.derivation.tick()
  expect(sequencer.chain.head('finalized').number).toBe(1n)
})
