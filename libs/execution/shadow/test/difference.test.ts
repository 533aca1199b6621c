import { describe, expect, test } from '@jest/globals'
import {
  BaseError,
  rollupChain,
  type Address,
  type BlockInput,
  type ChainReader,
  type ExecutedBlock,
  type ExecutionEngine,
  type Genesis,
  type KeyValueStore,
  type Metrics,
  type SealedHeader,
} from '@animechain/core'
import { ethereumjs } from '@animechain/execution-ethereumjs'
import { wasm } from '@animechain/execution-wasm'
import { memoryStorage } from '@animechain/storage-memory'
import { encodeDeposit } from '@animechain/tx'
import { differenceJson, shadow, type BlockDifference } from '../src/index.js'

const zero = `0x${'00'.repeat(32)}` as const
const vault: Address = '0x4200000000000000000000000000000000000011'
const genesis: Genesis = {
  timestamp: 1_000n,
  gasLimit: 30_000_000n,
  baseFeePerGas: 7n,
  prevRandao: zero,
  extraData: '0x',
  beneficiary: vault,
  alloc: { [vault]: { balance: 1n } },
}
const user = (index: number): Address => `0x${(0xabc0 + index).toString(16).padStart(40, '0')}`
const mint = (seed: number, value = 5n) =>
  encodeDeposit({
    sourceHash: `0x${seed.toString(16).padStart(64, '0')}`,
    from: user(seed),
    to: user(seed),
    mint: value,
    value,
    gasLimit: 100_000n,
    isSystemTx: false,
    data: new Uint8Array(0),
  })

const inputOn = (parent: SealedHeader, transactions: Uint8Array[]): BlockInput => ({
  number: parent.number + 1n,
  timestamp: parent.timestamp + 1n,
  beneficiary: vault,
  gasLimit: parent.gasLimit,
  prevRandao: zero,
  extraData: '0x',
  parentBeaconBlockRoot: zero,
  transactions,
})
/** Five transactions that no other block has. */
const blockOn = (parent: SealedHeader) =>
  inputOn(
    parent,
    [1, 2, 3, 4, 5].map((i) => mint(Number(parent.number) * 10 + i)),
  )

const open = (engine: ExecutionEngine, storage: KeyValueStore) =>
  engine.open({ chain: rollupChain({ chainId: 5n }), genesis, storage, blockHash: () => undefined })

async function store(): Promise<KeyValueStore> {
  const storage = memoryStorage()
  await storage.start()
  return storage
}

/** An engine whose result for one block is changed. */
function planted(
  engine: ExecutionEngine,
  number: bigint,
  change: (block: ExecutedBlock) => ExecutedBlock,
): ExecutionEngine {
  return {
    ...engine,
    async executeBlock(parent, input) {
      const block = await engine.executeBlock(parent, input)
      return input.number === number ? change(structuredClone(block)) : block
    },
  }
}
const oneGasMore =
  (index: number) =>
  (block: ExecutedBlock): ExecutedBlock => {
    block.transactions[index]!.receipt.gasUsed += 1n
    return block
  }

/** The chain as a node keeps it. */
function chainOf() {
  const blocks = new Map<string, { block: ExecutedBlock; input: BlockInput }>()
  const chain: Pick<ChainReader, 'headerByHash' | 'blockByHash' | 'blockInput'> = {
    headerByHash: (hash) => blocks.get(hash)?.block.header,
    blockByHash: (hash) => {
      const found = blocks.get(hash)?.block
      return found && { header: found.header, transactions: found.transactions, size: 0 }
    },
    blockInput: (hash) => blocks.get(hash)?.input,
  }
  return { blocks, chain }
}

async function extend(
  engine: ExecutionEngine,
  from: SealedHeader,
  count: number,
  kept?: ReturnType<typeof chainOf>['blocks'],
) {
  let head = from
  for (let i = 0; i < count; i++) {
    const input = blockOn(head)
    const block = await engine.executeBlock(head, input)
    kept?.set(block.header.hash, { block, input })
    head = block.header
  }
  return head
}

/** What an engine says of a difference: by exception, callback, status and metric. */
async function difference(
  engines: { primary: ExecutionEngine; shadow: ExecutionEngine },
  act: (engine: ReturnType<typeof shadow>, first: SealedHeader) => Promise<unknown>,
): Promise<BlockDifference> {
  const reported: BlockDifference[] = []
  const gauges = new Map<string, number>()
  const gauge: Metrics['gauge'] = ({ name }) => ({ set: (value) => void gauges.set(name, value) })
  const engine = shadow({
    ...engines,
    onDifference: (found) => reported.push(found),
    metrics: { gauge, counter: () => ({ inc() {} }), histogram: () => ({ observe() {} }) },
  })
  const first = await open(engine, await store())
  expect(gauges.get('shadow_difference')).toBe(0)
  const error: unknown = await act(engine, first).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code: 'EXECUTION_SHADOW_DIFFERENCE' })
  expect(reported).toHaveLength(1)
  expect(engine.status.difference).toBe(reported[0])
  expect(gauges.get('shadow_difference')).toBe(1)
  await engine.close()
  return reported[0]!
}

describe('two engines that agree', () => {
  test('give the blocks of the primary and count what was compared', async () => {
    const engine = shadow({ primary: wasm(), shadow: ethereumjs() })
    const alone = ethereumjs()
    const first = await open(engine, await store())
    const head = await extend(engine, first, 4)
    expect(head).toEqual(await extend(alone, await open(alone, await store()), 4))
    expect(engine.status).toEqual({
      engines: { primary: 'wasm', shadow: 'ethereumjs' },
      compared: 4,
      block: 4n,
      difference: undefined,
    })
  })

  test('go on after a restart without executing anything again', async () => {
    const storage = await store()
    const engine = shadow({ primary: wasm(), shadow: ethereumjs() })
    const head = await extend(engine, await open(engine, storage), 3)
    await engine.close()
    const again = shadow({ primary: wasm(), shadow: ethereumjs() })
    await open(again, storage)
    expect(again.status.block).toBeUndefined()
    await again.catchUp(head)
    expect(again.status).toMatchObject({ compared: 0, block: 3n })
    await extend(again, head, 1)
    expect(again.status).toMatchObject({ compared: 1, block: 4n })
  })

  test('give both the same error for attributes that no rule allows, and go on', async () => {
    const engine = shadow({ primary: wasm(), shadow: ethereumjs() })
    const first = await open(engine, await store())
    await expect(engine.executeBlock(first, { ...blockOn(first), timestamp: 1n })).rejects.toMatchObject({
      code: 'EXECUTION_INVALID_ATTRIBUTES',
    })
    await extend(engine, first, 1)
    expect(engine.status.difference).toBeUndefined()
  })
})

describe('a planted difference', () => {
  test.each([
    ['the shadow', { primary: wasm(), shadow: planted(ethereumjs(), 2n, oneGasMore(3)) }],
    ['the primary', { primary: planted(wasm(), 2n, oneGasMore(3)), shadow: ethereumjs() }],
  ])('of one gas in a receipt of %s is found with block, field and transaction', async (_, engines) => {
    const found = await difference(engines, (engine, first) => extend(engine, first, 5))
    const { hash, transaction } = found
    expect(found.number).toBe(2n)
    expect(hash.primary).toBe(hash.shadow)
    expect(found.fields.map(({ path }) => path)).toEqual(['transactions[3].receipt.gasUsed'])
    const gas = [transaction!.primary!.gasUsed, transaction!.shadow!.gasUsed]
    expect(gas.toSorted((a, b) => Number(a - b))).toEqual([21_000n, 21_001n])
    expect(transaction!.index).toBe(3)
    expect(found.input.transactions).toHaveLength(5)
    expect(found.parent.number).toBe(1n)
  })

  test('ends execution for good, and leaves reads as they were', async () => {
    const engine = shadow({ primary: wasm(), shadow: planted(ethereumjs(), 2n, oneGasMore(0)) })
    const first = await open(engine, await store())
    const head = await extend(engine, first, 1)
    await expect(extend(engine, head, 1)).rejects.toMatchObject({ code: 'EXECUTION_SHADOW_DIFFERENCE' })
    // Not even where they would agree.
    for (const act of [
      () => engine.executeBlock(first, blockOn(first)),
      () => engine.openBlock(first, blockOn(first)),
      () => engine.catchUp(head),
    ])
      await expect(act()).rejects.toMatchObject({ code: 'EXECUTION_SHADOW_DIFFERENCE' })
    expect((await engine.stateAt(head).getAccount(user(1)))?.balance).toBe(5n)
  })

  test('that only the state shows is traced to its transaction', async () => {
    const engine = ethereumjs()
    const wrong = mint(4, 6n)
    const corrupt: ExecutionEngine = {
      ...engine,
      async executeBlock(parent, input) {
        const block = await engine.executeBlock(parent, {
          ...input,
          transactions: input.transactions.map((raw, i) => (i === 3 ? wrong : raw)),
        })
        const transactions = block.transactions.map((transaction, i) =>
          i === 3 ? { ...transaction, raw: input.transactions[3]! } : transaction,
        )
        return { ...block, transactions }
      },
    }
    const found = await difference({ primary: wasm(), shadow: corrupt }, (pair, first) =>
      pair.executeBlock(first, blockOn(first)),
    )
    expect(found.fields.map(({ path }) => path)).toEqual(
      expect.arrayContaining(['header.stateRoot', 'header.hash', 'outputRoot']),
    )
    expect(found.hash.primary).not.toBe(found.hash.shadow)
    expect(found.transaction).toMatchObject({ index: 3, primary: { status: 1 }, shadow: { status: 1 } })
  })

  test('of a transaction that one engine skips is found', async () => {
    const found = await difference(
      {
        primary: wasm(),
        shadow: planted(ethereumjs(), 1n, (block) => {
          const [gone] = block.transactions.splice(1, 1)
          return { ...block, skipped: [{ raw: gone!.raw, reason: 'nonceTooLow' }] }
        }),
      },
      (engine, first) => extend(engine, first, 1),
    )
    expect(found.transaction).toMatchObject({ index: 1, primary: { status: 1 } })
    expect(found.transaction!.shadow).toBeUndefined()
  })

  test('by a crash of one engine is found, with the transaction that it crashes on', async () => {
    const inner = ethereumjs()
    const crashing: ExecutionEngine = {
      ...inner,
      executeBlock: (parent, input) =>
        input.transactions.length > 2
          ? Promise.reject(new RangeError('out of bounds'))
          : inner.executeBlock(parent, input),
    }
    const found = await difference({ primary: wasm(), shadow: crashing }, (engine, first) =>
      extend(engine, first, 1),
    )
    expect(found.fields).toEqual([
      {
        path: 'outcome',
        primary: `block ${found.hash.primary}`,
        shadow: 'RangeError: out of bounds',
      },
    ])
    expect(found.hash.shadow).toBeUndefined()
    expect(found.transaction).toMatchObject({ index: 2, primary: { status: 1 } })
  })

  test('is found while a block is built, at the transaction itself', async () => {
    const inner = ethereumjs()
    const building: ExecutionEngine = {
      ...inner,
      async openBlock(parent, attributes) {
        const builder = await inner.openBlock(parent, attributes)
        return {
          attributes,
          baseFeePerGas: builder.baseFeePerGas,
          get gasUsed() {
            return builder.gasUsed
          },
          seal: () => builder.seal(),
          abort: () => builder.abort(),
          async add(raw) {
            const outcome = structuredClone(await builder.add(raw))
            if (outcome.status === 'included') outcome.transaction.receipt.status = 0
            return outcome
          },
        }
      },
    }
    const found = await difference({ primary: wasm(), shadow: building }, async (engine, first) => {
      const block = await engine.openBlock(first, blockOn(first))
      try {
        await block.add(mint(1))
      } finally {
        await block.abort()
      }
    })
    expect(found.fields.map(({ path }) => path)).toEqual(['transactions[0].transaction.receipt.status'])
    expect(found.transaction).toMatchObject({ index: 0, primary: { status: 1 }, shadow: { status: 0 } })
  })

  test('in the genesis keeps the pair from opening', async () => {
    const inner = ethereumjs()
    const other: ExecutionEngine = {
      ...inner,
      open: async (options) => ({ ...(await inner.open(options)), stateRoot: zero }),
    }
    const engine = shadow({ primary: wasm(), shadow: other })
    await expect(open(engine, await store())).rejects.toMatchObject({ code: 'EXECUTION_SHADOW_DIFFERENCE' })
  })

  test('makes a report that is JSON and holds what is needed to execute the block again', async () => {
    const found = await difference(
      { primary: wasm(), shadow: planted(ethereumjs(), 1n, oneGasMore(2)) },
      (engine, first) => extend(engine, first, 1),
    )
    const json = JSON.parse(differenceJson(found)) as {
      number: string
      fields: { primary: string; shadow: string }[]
      transaction: { raw: string; hash: string }
      parent: { hash: string }
      input: { transactions: string[] }
    }
    expect(json.number).toBe('1')
    expect(json.fields).toEqual([
      { path: 'transactions[2].receipt.gasUsed', primary: '21000', shadow: '21001' },
    ])
    expect(json.transaction.raw).toBe(json.input.transactions[2])
    expect(json.parent.hash).toBe(found.parent.hash)
  })
})

describe('a shadow that is behind', () => {
  /** Three blocks that the primary executed alone. */
  async function before() {
    const storage = await store()
    const alone = wasm()
    const kept = chainOf()
    const head = await extend(alone, await open(alone, storage), 3, kept.blocks)
    await alone.close()
    return { storage, head, chain: () => kept.chain }
  }

  test('executes what it lacks, compared with the chain, before the next block', async () => {
    const { storage, head, chain } = await before()
    const engine = shadow({ primary: wasm(), shadow: ethereumjs(), chain })
    await open(engine, storage)
    await extend(engine, head, 1)
    expect(engine.status).toMatchObject({ compared: 4, block: 4n, difference: undefined })
  })

  test('catches up when it is asked to, and goes on from there', async () => {
    const { storage, head, chain } = await before()
    const engine = shadow({ primary: wasm(), shadow: ethereumjs(), chain })
    await open(engine, storage)
    await engine.catchUp(head)
    expect(engine.status).toMatchObject({ compared: 3, block: 3n })
    await extend(engine, head, 1)
    expect(engine.status.compared).toBe(4)
  })

  test('finds a difference in the past', async () => {
    const { storage, head, chain } = await before()
    const engine = shadow({ primary: wasm(), shadow: planted(ethereumjs(), 2n, oneGasMore(1)), chain })
    await open(engine, storage)
    await expect(engine.catchUp(head)).rejects.toMatchObject({ code: 'EXECUTION_SHADOW_DIFFERENCE' })
    expect(engine.status.difference).toMatchObject({ number: 2n, transaction: { index: 1 } })
  })

  test('stops catching up when it is told to', async () => {
    const { storage, head, chain } = await before()
    const engine = shadow({ primary: wasm(), shadow: ethereumjs(), chain })
    await open(engine, storage)
    await expect(engine.catchUp(head, { signal: AbortSignal.abort() })).rejects.toThrow(/abort/i)
    expect(engine.status.compared).toBe(0)
    await engine.catchUp(head)
    expect(engine.status.compared).toBe(3)
  })

  test('says what to do when the chain does not have the blocks', async () => {
    const { storage, head } = await before()
    const engine = shadow({ primary: wasm(), shadow: ethereumjs() })
    await open(engine, storage)
    const error: unknown = await extend(engine, head, 1).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'EXECUTION_SHADOW_BEHIND' })
    expect((error as Error).message).toMatch(/empty data folder/)
  })
})

describe('a failure of storage', () => {
  test('is no difference: the block can be executed again', async () => {
    const inner = ethereumjs()
    let failing = true
    const flaky: ExecutionEngine = {
      ...inner,
      executeBlock: (parent, input) =>
        failing
          ? Promise.reject(new BaseError('The disk is full.', { code: 'STORAGE_FAILED' }))
          : inner.executeBlock(parent, input),
    }
    const engine = shadow({ primary: wasm(), shadow: flaky })
    const first = await open(engine, await store())
    await expect(extend(engine, first, 1)).rejects.toMatchObject({ code: 'STORAGE_FAILED' })
    expect(engine.status.difference).toBeUndefined()
    failing = false
    await extend(engine, first, 1)
    expect(engine.status.compared).toBe(1)
  })
})
