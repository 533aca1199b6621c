import { afterEach, describe, expect, test } from '@jest/globals'
import { hexToBytes, silentMetrics, type ExecutionEngine } from '@animechain/core'
import { ethereumjs } from '@animechain/execution-ethereumjs'
import { memoryStorage } from '@animechain/storage-memory'
import fc from 'fast-check'
import type { PoolOptions, Rollup } from '@animechain/node'
import { accounts, addressOf, block, chain, crashing, hashes, transfer, world, type World } from './kit.js'

let w: World
afterEach(() => w?.stop())

const node = async (pool: PoolOptions = {}): Promise<Rollup> => {
  w = world()
  return w.sequencer({ pool })
}
const gwei = 1_000_000_000n
type AccountInfo = Awaited<ReturnType<ReturnType<ExecutionEngine['stateAt']>['getAccount']>>

describe('what the pool refuses, in geth’s words', () => {
  test.each<[string, () => Promise<Uint8Array>, string, RegExp]>([
    ['no transaction', async () => Uint8Array.of(0xc0), 'POOL_UNDECODABLE', /could not be decoded/],
    ['an unknown type', async () => Uint8Array.of(0x55, 1), 'POOL_TYPE_NOT_SUPPORTED', /type not supported/],
    ['a deposit', async () => Uint8Array.of(0x7e, 0xc0), 'POOL_UNDECODABLE', /could not be decoded/],
    ['another chain', () => transfer(0, 0, { chainId: 1 }), 'POOL_WRONG_CHAIN_ID', /invalid chain id/],
    ['too little gas', () => transfer(0, 0, { gas: 20_999n }), 'POOL_INTRINSIC_GAS', /intrinsic gas too low/],
    [
      'too little gas for its data (EIP-7623)',
      () => transfer(0, 0, { gas: 21_000n + 16n * 100n, data: `0x${'ff'.repeat(100)}` }),
      'POOL_FLOOR_GAS',
      /floor data gas/,
    ],
    [
      'more gas than a block',
      () => transfer(0, 0, { gas: 30_000_001n }),
      'POOL_GAS_LIMIT',
      /exceeds block gas limit/,
    ],
    [
      'more gas than EIP-7825 allows',
      () => transfer(0, 0, { gas: (1n << 24n) + 1n }),
      'POOL_GAS_LIMIT',
      /gas limit too high/,
    ],
    [
      'more value than there is',
      () => transfer(0, 0, { value: 10n ** 21n }),
      'POOL_INSUFFICIENT_FUNDS',
      /insufficient funds for gas \* price \+ value/,
    ],
    ['too many bytes', async () => new Uint8Array(131_073), 'POOL_OVERSIZED', /oversized data/],
    [
      'no replay protection',
      async () =>
        hexToBytes(
          await accounts[0]!.signTransaction({
            type: 'legacy',
            nonce: 0,
            gas: 21_000n,
            gasPrice: gwei,
            to: addressOf(1),
          }),
        ),
      'POOL_NOT_REPLAY_PROTECTED',
      /replay-protected/,
    ],
  ])('%s', async (_name, make, code, message) => {
    const { pool } = await node()
    const error = await pool!.add(await make()).catch((e: unknown) => e)
    expect(error).toMatchObject({ code, shortMessage: expect.stringMatching(message) })
    expect(pool!.content()).toEqual({ pending: [], queued: [] })
  })

  test('the same again', async () => {
    const { pool } = await node()
    const raw = await transfer(0, 0)
    await pool!.add(raw)
    await expect(pool!.add(raw)).rejects.toMatchObject({ code: 'POOL_ALREADY_KNOWN' })
  })

  test('a nonce that is used', async () => {
    const rollup = await node()
    await rollup.pool!.add(await transfer(0, 0))
    await block(w, rollup)
    await expect(rollup.pool!.add(await transfer(0, 0, { value: 2n }))).rejects.toMatchObject({
      code: 'POOL_NONCE_TOO_LOW',
      shortMessage: 'nonce too low: next nonce 1, tx nonce 0',
    })
  })

  test('more than the account owns over all that waits', async () => {
    const { pool } = await node()
    await pool!.add(await transfer(0, 0, { value: 6n * 10n ** 20n }))
    await expect(pool!.add(await transfer(0, 1, { value: 6n * 10n ** 20n }))).rejects.toMatchObject({
      code: 'POOL_INSUFFICIENT_FUNDS',
      shortMessage: expect.stringContaining('queued cost'),
    })
  })

  test('a replacement that does not raise both fees by a tenth', async () => {
    const { pool } = await node()
    const fees = { maxFeePerGas: 10n * gwei, maxPriorityFeePerGas: gwei }
    await pool!.add(await transfer(0, 0, fees))
    for (const over of [
      { ...fees, value: 2n },
      { maxFeePerGas: 11n * gwei, maxPriorityFeePerGas: gwei },
      { maxFeePerGas: 10n * gwei, maxPriorityFeePerGas: 2n * gwei },
    ])
      await expect(pool!.add(await transfer(0, 0, over))).rejects.toMatchObject({
        shortMessage: 'replacement transaction underpriced',
      })
    const hash = await pool!.add(
      await transfer(0, 0, { maxFeePerGas: 11n * gwei, maxPriorityFeePerGas: (11n * gwei) / 10n }),
    )
    expect(pool!.content().pending.map((tx) => tx.hash)).toEqual([hash])
  })
})

describe('limits', () => {
  test('of one account, and behind a nonce gap', async () => {
    const { pool } = await node({ maxPerAccount: 4, maxQueuedPerAccount: 2 })
    await pool!.add(await transfer(0, 5))
    await pool!.add(await transfer(0, 6))
    await expect(pool!.add(await transfer(0, 7))).rejects.toMatchObject({ code: 'POOL_ACCOUNT_LIMIT' })
    expect(pool!.content().queued).toHaveLength(2)
    await pool!.add(await transfer(0, 0))
    await pool!.add(await transfer(0, 1))
    await expect(pool!.add(await transfer(0, 2))).rejects.toMatchObject({ code: 'POOL_ACCOUNT_LIMIT' })
    expect(await pool!.pendingNonce(addressOf(0))).toBe(2n)
  })

  test('a full pool gives up its cheapest for a better one, and takes no worse one', async () => {
    const { pool } = await node({ maxTransactions: 3 })
    const tip = (n: bigint) => ({ maxPriorityFeePerGas: n * 1_000_000n })
    const cheap = await pool!.add(await transfer(0, 0, tip(1n)))
    await pool!.add(await transfer(1, 0, tip(5n)))
    await pool!.add(await transfer(2, 0, tip(6n)))
    await expect(pool!.add(await transfer(3, 0, tip(1n)))).rejects.toMatchObject({ code: 'POOL_UNDERPRICED' })
    await pool!.add(await transfer(3, 0, tip(4n)))
    expect(pool!.get(cheap)).toBeUndefined()
    expect(pool!.content().pending).toHaveLength(3)
  })
})

describe('order', () => {
  test('by tip, then by arrival, and by nonce within an account', async () => {
    const rollup = await node()
    const tip = (n: bigint) => ({ maxPriorityFeePerGas: n * 1_000_000n })
    const first = await rollup.pool!.add(await transfer(0, 1, tip(9n)))
    const low = await rollup.pool!.add(await transfer(0, 0, tip(1n)))
    const mid = await rollup.pool!.add(await transfer(1, 0, tip(5n)))
    const same = await rollup.pool!.add(await transfer(2, 0, tip(5n)))
    await block(w, rollup)
    expect(rollup.chain.blockByNumber(1n)!.transactions.map((tx) => tx.hash)).toEqual([mid, same, low, first])
  })

  test('a gap holds back what is behind it until it is filled', async () => {
    const rollup = await node()
    await rollup.pool!.add(await transfer(0, 1))
    await block(w, rollup)
    expect(rollup.chain.blockByNumber(1n)!.transactions).toHaveLength(0)
    expect(await rollup.pool!.pendingNonce(addressOf(0))).toBe(0n)
    await rollup.pool!.add(await transfer(0, 0))
    expect(await rollup.pool!.pendingNonce(addressOf(0))).toBe(2n)
    await block(w, rollup)
    expect(rollup.chain.blockByNumber(2n)!.transactions).toHaveLength(2)
  })

  test('what cannot pay the base fee waits', async () => {
    const rollup = await node()
    await rollup.pool!.add(await transfer(0, 0, { maxFeePerGas: gwei / 2n, maxPriorityFeePerGas: 1n }))
    await block(w, rollup)
    expect(rollup.pool!.content().pending).toHaveLength(1)
    // Empty blocks lower the base fee until it can.
    await block(w, rollup, 40)
    expect(rollup.pool!.content().pending).toHaveLength(0)
  })
})

test('what did not fit into a block is pending at once, without a look at the state', async () => {
  w = world()
  const rollup = await w.sequencer({ sequencer: { maxBlockBytes: 150 } })
  for (const nonce of [0, 1, 2]) await rollup.pool!.add(await transfer(0, nonce))
  await block(w, rollup)
  expect(rollup.chain.blockByNumber(1n)!.transactions).toHaveLength(1)
  expect(rollup.pool!.content().pending.map((tx) => tx.nonce)).toEqual([1n, 2n])
})

test('subscribers hear of every transaction that is taken', async () => {
  const { pool } = await node()
  const heard: string[] = []
  const stop = pool!.subscribe((tx) => heard.push(tx.hash))
  const hash = await pool!.add(await transfer(0, 0))
  stop()
  await pool!.add(await transfer(0, 1))
  expect(heard).toEqual([hash])
})

test('a deposit takes the next nonce of its sender, and a transaction that waited with it is counted as dropped', async () => {
  w = world()
  const reasons: unknown[] = []
  const metrics = {
    ...silentMetrics,
    counter: ({ name }: { name: string }) => ({
      inc: (by?: number, labels?: object) => {
        if (name === 'rollup_pool_dropped_total' && by !== 0) reasons.push(labels)
      },
    }),
  }
  const sequencer = await w.sequencer({ metrics })
  const { pool } = sequencer
  const lost = await pool!.add(await transfer(0, 0))
  const kept = await pool!.add(await transfer(0, 1))
  w.settlement.l1.deposit({ from: addressOf(0), mint: 1n })
  await sequencer.services.derivation.tick()
  await block(w, sequencer, 2)
  expect(sequencer.chain.transaction(lost)).toBeUndefined()
  expect(pool!.get(lost)).toBeUndefined()
  expect(sequencer.chain.transaction(kept)).toBeDefined()
  expect(reasons).toEqual([{ reason: 'nonceTooLow' }])
})

test('what was acknowledged waits again after a restart', async () => {
  w = world()
  const disk = memoryStorage()
  await disk.start()
  const before = await w.sequencer({ storage: crashing(disk, Infinity) })
  const waiting = [await before.pool!.add(await transfer(0, 0)), await before.pool!.add(await transfer(0, 2))]
  const after = await w.sequencer({ storage: crashing(disk, Infinity) })
  expect(after.pool!.content().pending.map((tx) => tx.hash)).toEqual([waiting[0]])
  expect(after.pool!.content().queued.map((tx) => tx.hash)).toEqual([waiting[1]])
})

test('a replacement that was acknowledged is there after a crash at any write', async () => {
  for (let writes = 1; ; writes++) {
    w = world()
    const disk = memoryStorage()
    await disk.start()
    const setUp = await w.sequencer({ storage: crashing(disk, Infinity) })
    const acknowledged = [await setUp.pool!.add(await transfer(0, 0))]
    let crashed = false
    const before = await w.sequencer({ storage: crashing(disk, writes) })
    for (let bump = 1n; bump <= 3n; bump++) {
      const fees = { maxFeePerGas: 20n ** bump * gwei, maxPriorityFeePerGas: 2n ** bump * 1_000_000n }
      await before.pool!.add(await transfer(0, 0, fees)).then(
        (hash) => acknowledged.push(hash),
        () => (crashed = true),
      )
      if (crashed) break
    }
    const after = await w.sequencer({ storage: crashing(disk, Infinity) })
    expect(after.pool!.content()).toEqual({
      pending: [expect.objectContaining({ hash: acknowledged.at(-1) })],
      queued: [],
    })
    await w.stop()
    if (!crashed) break
  }
})

describe('a transaction from before EIP-155', () => {
  /** Nick’s deployment of the deterministic deployer: its sender follows from the signature. */
  const deployer = hexToBytes(
    '0xf8a58085174876e800830186a08080b853604580600e600039806000f350fe7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035828234f58015156039578182fd5b8082525050506014600cf31ba02222222222222222222222222222222222222222222222222222222222222222a02222222222222222222222222222222222222222222222222222222222222222',
  )

  test('is taken where the switch says so, and comes out of L1 again', async () => {
    w = world()
    const genesis = {
      ...w.genesis,
      alloc: { ...w.genesis.alloc, '0x3fab184622dc19b6109349b94811493bf2a45362': { balance: 10n ** 18n } },
    }
    const rollup = await w.sequencer({ genesis, pool: { allowUnprotected: true } })
    const hash = await rollup.pool!.add(deployer)
    await block(w, rollup)
    expect(rollup.chain.transaction(hash)?.block.transactions[0]!.receipt).toMatchObject({ status: 1 })
    await rollup.services.batcher!.tick()
    const verifier = await w.verifier({ genesis })
    expect(hashes(verifier)).toEqual(hashes(rollup))
    expect(verifier.chain.transaction(hash)?.block.header.number).toBe(1n)
    const code = '0x4e59b44847b379578588920ca78fbf26c0b4956c'
    for (const { engine, chain } of [rollup, verifier])
      expect((await engine.stateAt(chain.head('latest')).getCode(code)).length).toBe(69)
  })
})

test('an account with a delegation (EIP-7702) that somebody empties leaves nothing behind', async () => {
  w = world()
  const sweeper = '0x00000000000000000000000000000000000000cc'
  const rollup = await w.sequencer({
    genesis: {
      ...w.genesis,
      // Sends all that it has to 0xdd.
      alloc: { ...w.genesis.alloc, [sweeper]: { balance: 0n, code: '0x5f5f5f5f4760dd5af100' } },
    },
  })
  const authorization = await accounts[0]!.signAuthorization!({
    address: sweeper,
    chainId: Number(chain.chainId),
    nonce: 0,
  })
  await rollup.pool!.add(
    hexToBytes(
      await accounts[1]!.signTransaction({
        type: 'eip7702',
        chainId: Number(chain.chainId),
        nonce: 0,
        to: addressOf(5),
        gas: 100_000n,
        maxFeePerGas: 10n * gwei,
        maxPriorityFeePerGas: 1_000_000n,
        authorizationList: [authorization],
      }),
    ),
  )
  await block(w, rollup)
  // The authorization has taken nonce 0.
  expect(await rollup.pool!.pendingNonce(addressOf(0))).toBe(1n)
  // They wait below the base fee, and the account is emptied before it falls.
  for (let nonce = 1; nonce <= 16; nonce++)
    await rollup.pool!.add(await transfer(0, nonce, { maxFeePerGas: gwei / 2n, maxPriorityFeePerGas: 1n }))
  await expect(rollup.pool!.add(await transfer(0, 17))).rejects.toMatchObject({ code: 'POOL_ACCOUNT_LIMIT' })
  await rollup.pool!.add(await transfer(2, 0, { to: addressOf(0), gas: 100_000n }))
  await block(w, rollup, 2)
  expect((await rollup.engine.stateAt(rollup.chain.head('latest')).getAccount(addressOf(0)))!.balance).toBe(
    0n,
  )
  expect(rollup.pool!.content()).toEqual({ pending: [], queued: [] })
})

test('a transaction that no block could hold is refused', async () => {
  w = world()
  const rollup = await w.sequencer({ sequencer: { maxBlockBytes: 400 } })
  const data = { data: `0x${'00'.repeat(400)}`, gas: 30_000n } as const
  await expect(rollup.pool!.add(await transfer(0, 0, data))).rejects.toMatchObject({ code: 'POOL_OVERSIZED' })
})

describe('an account that is read again after a block', () => {
  /** A sequencer whose user 1 has grown richer by a deposit in the newest block, and waits behind a nonce gap. */
  const grown = async (getAccount: (read: () => Promise<AccountInfo>) => Promise<AccountInfo>) => {
    w = world()
    const engine = ethereumjs()
    let watched = false
    const node = await w.sequencer({
      execution: {
        ...engine,
        stateAt: (header) => {
          const state = engine.stateAt(header)
          return {
            ...state,
            getAccount: (address) =>
              watched && address === addressOf(1)
                ? getAccount(() => state.getAccount(address))
                : state.getAccount(address),
          }
        },
      },
    })
    await node.pool!.add(await transfer(1, 0))
    await node.pool!.add(await transfer(1, 2))
    w.settlement.l1.deposit({ from: addressOf(0), to: addressOf(1), mint: 10n ** 21n })
    await node.services.derivation.tick()
    await block(w, node)
    watched = true
    return node.pool!
  }
  const large = { value: (10n ** 21n * 3n) / 2n }

  test('has its new balance also after a read that failed', async () => {
    let failed = false
    const pool = await grown((read) => {
      if (failed) return read()
      failed = true
      return Promise.reject(new Error('disk'))
    })
    await expect(pool.pendingNonce(addressOf(1))).rejects.toThrow('disk')
    await pool.add(await transfer(1, 1, large))
    expect(await pool.pendingNonce(addressOf(1))).toBe(3n)
  })

  test('has its new balance for whoever asks while it is read', async () => {
    let first = true
    const pool = await grown(async (read) => {
      if (first) {
        first = false
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
      return read()
    })
    const slow = pool.pendingNonce(addressOf(1))
    await pool.add(await transfer(1, 1, large))
    await slow
    expect(await pool.pendingNonce(addressOf(1))).toBe(3n)
  })
})

test('of two first transactions with one nonce that come together, one is refused', async () => {
  w = world()
  const disk = memoryStorage()
  // As disks do: what waits is written together, and whoever waits hears of it together.
  let written: Promise<void> | undefined
  const { pool } = await w.sequencer({
    storage: {
      ...disk,
      async batch(operations) {
        await disk.batch(operations)
        await (written ??= new Promise((resolve) => setTimeout(resolve, 20)))
      },
    },
  })
  written = undefined
  const both = await Promise.allSettled([
    pool!.add(await transfer(0, 0, { value: 1n })),
    pool!.add(await transfer(0, 0, { value: 2n })),
  ])
  expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  expect(pool!.content().pending).toHaveLength(1)
})

test('whatever is sent in whatever order, blocks hold each account’s nonces in order and pool and chain never share a transaction', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.oneof(
          fc.record({
            kind: fc.constant('send' as const),
            from: fc.nat({ max: 2 }),
            nonce: fc.nat({ max: 5 }),
            tip: fc.integer({ min: 1, max: 50 }),
          }),
          fc.record({ kind: fc.constant('block' as const) }),
          fc.record({ kind: fc.constant('post' as const) }),
          fc.record({ kind: fc.constant('reorg' as const), depth: fc.integer({ min: 1, max: 3 }) }),
        ),
        { maxLength: 40 },
      ),
      async (steps) => {
        const rollup = await node()
        w.settlement.l1.mine(5)
        try {
          for (const step of steps) {
            if (step.kind === 'send')
              await rollup
                .pool!.add(
                  await transfer(step.from, step.nonce, {
                    maxPriorityFeePerGas: BigInt(step.tip) * 1_000_000n,
                    maxFeePerGas: BigInt(step.tip) * gwei + 5n * gwei,
                  }),
                )
                .catch((error: { code: string }) => expect(error.code).toMatch(/^POOL_/))
            else if (step.kind === 'block') await block(w, rollup)
            else if (step.kind === 'post') await rollup.services.batcher!.tick()
            else {
              w.settlement.l1.reorg(step.depth)
              await rollup.services.derivation.tick()
            }
            const nonces = new Map<string, number>()
            for (let n = 1n; n <= rollup.chain.head('latest').number; n++)
              for (const tx of rollup.chain.blockByNumber(n)!.transactions) {
                if (tx.receipt.type === 0x7e) continue
                nonces.set(tx.from, (nonces.get(tx.from) ?? 0) + 1)
                expect(rollup.pool!.get(tx.hash)).toBeUndefined()
              }
            const { pending } = rollup.pool!.content()
            for (const account of [0, 1, 2]) {
              const mined = nonces.get(addressOf(account)) ?? 0
              const mine = pending.filter((tx) => tx.from === addressOf(account))
              expect(mine.map((tx) => tx.nonce)).toEqual(mine.map((_, i) => BigInt(mined + i)))
              expect(await rollup.pool!.pendingNonce(addressOf(account))).toBe(BigInt(mined + mine.length))
            }
          }
        } finally {
          await w.stop()
        }
      },
    ),
    { numRuns: 30 },
  )
}, 300_000)
