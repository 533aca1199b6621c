import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from '@jest/globals'
import {
  JsonText,
  rollupChain,
  type BlockInput,
  type ExecutedBlock,
  type ExecutionEngine,
  type Genesis,
  type Hash,
  type Hex,
  type KeyValueStore,
  type SealedHeader,
} from '@animechain/core'
import { ethereumjs } from '@animechain/execution-ethereumjs'
import { wasm } from '@animechain/execution-wasm'
import { file } from '@animechain/storage-file'
import { lmdb } from '@animechain/storage-lmdb'
import { memoryStorage } from '@animechain/storage-memory'
import { readers, type Limits } from '../src/index.js'
import { inThisRealm } from './realm.js'

const word = (hex: string): Hash => `0x${hex.padStart(64, '0')}`
const address = (digit: string): Hex => `0x${digit.repeat(40)}`
const LOOP = address('a')
const ANCESTOR = address('b')
const LARGE = address('c')
/** JUMPDEST PUSH1 0 JUMP */
const ENDLESS = '0x5b600056'
/** Returns BLOCKHASH(calldata's first word). */
const BLOCKHASH = '0x6000354060005260206000f3'
const genesis: Genesis = {
  timestamp: 1n,
  gasLimit: 60_000_000n,
  baseFeePerGas: 1n,
  beneficiary: address('1'),
  extraData: '0x',
  prevRandao: `0x${'00'.repeat(32)}`,
  alloc: {
    [LOOP]: { code: ENDLESS },
    [ANCESTOR]: { code: BLOCKHASH },
    // Larger than what the bridge carries at once.
    [LARGE]: {
      code: `0x60005460005260206000f3${'5b'.repeat(150_000)}`,
      storage: { [word('0')]: word('7') },
    },
  },
}

const folders: string[] = []
const folder = async () => {
  const path = await mkdtemp(join(tmpdir(), 'readers-'))
  folders.push(path)
  return path
}
afterEach(async () => {
  for (const path of folders.splice(0)) await rm(path, { recursive: true, force: true })
})

interface World {
  engine: ExecutionEngine
  /** the same engine without threads */
  plain: ExecutionEngine
  storage: KeyValueStore
  head: SealedHeader
  grow(): Promise<ExecutedBlock & { parent: SealedHeader; input: BlockInput }>
}

async function withWorld(
  storage: KeyValueStore,
  make: () => ExecutionEngine,
  body: (world: World) => Promise<void>,
  limits: Partial<Limits> = {},
): Promise<void> {
  await storage.start()
  const plain = make()
  const engine = readers({ engine: plain, limits: { threads: 2, ...limits } })
  const hashes = new Map<bigint, Hash>()
  const first = await engine.open({
    chain: rollupChain({ chainId: 901n }),
    genesis,
    storage,
    blockHash: (number) => hashes.get(number),
  })
  hashes.set(0n, first.hash)
  const world: World = {
    engine: inThisRealm(engine),
    plain,
    storage,
    head: first,
    async grow() {
      const parent = world.head
      const input: BlockInput = {
        number: parent.number + 1n,
        timestamp: parent.timestamp + 1n,
        beneficiary: genesis.beneficiary,
        gasLimit: parent.gasLimit,
        prevRandao: genesis.prevRandao,
        extraData: '0x',
        parentBeaconBlockRoot: `0x${'00'.repeat(32)}`,
        transactions: [],
      }
      const block = await engine.executeBlock(parent, input)
      world.head = block.header
      hashes.set(block.header.number, block.header.hash)
      return { ...block, parent, input }
    },
  }
  try {
    await body(world)
  } finally {
    await engine.close()
    await storage.stop()
  }
}

const stores: Record<string, () => Promise<KeyValueStore>> = {
  memory: async () => memoryStorage(),
  file: async () => file({ path: await folder() }),
  lmdb: async () => lmdb({ path: await folder() }),
}
const cases = Object.keys(stores).flatMap((store) =>
  [wasm, ethereumjs].map((make) => [store, make.name, make] as const),
)

test.each(cases)('over %s, readers with %s see every block when it is sealed', async (store, _name, make) => {
  await withWorld(
    await stores[store]!(),
    () => make(),
    async ({ grow, engine, plain }) => {
      let before: Hash | undefined
      for (let i = 0; i < 4; i++) {
        const { header, parent, input } = await grow()
        // Two back: the parent's hash comes with the header, older ones are asked for.
        const number = header.number > 2n ? header.number - 3n : 0n
        const data: Hex = `0x${number.toString(16).padStart(64, '0')}`
        const answer = await engine.call(header, { to: ANCESTOR, data })
        expect(answer).toEqual(await plain.call(header, { to: ANCESTOR, data }))
        expect(answer.status === 'success' && BigInt(answer.returnData) > 0n).toBe(true)
        const large = await engine.call(header, { to: LARGE })
        expect(large).toMatchObject({ status: 'success', returnData: `0x${'7'.padStart(64, '0')}` })
        const trace = await engine.traceBlock(parent, input, { tracer: 'callTracer' })
        expect(trace).toEqual(await plain.traceBlock(parent, input, { tracer: 'callTracer' }))
        const slots = Array.from({ length: 20 }, (_, at): Hash => `0x${at.toString(16).padStart(64, '0')}`)
        expect(JSON.stringify(await engine.stateAt(header).getProof(LARGE, slots), text)).toBe(
          JSON.stringify(await plain.stateAt(header).getProof(LARGE, slots), text),
        )
        expect(header.hash).not.toBe(before)
        before = header.hash
      }
    },
  )
})
const text = (_key: string, value: unknown) => (typeof value === 'bigint' ? `${value}` : value)

describe.each([
  ['wasm', wasm],
  ['ethereumjs', ethereumjs],
] as const)('with %s', (_name, make) => {
  test('blocks are built while endless calls run, and short calls are answered', async () => {
    await withWorld(
      await stores.lmdb!(),
      () => make(),
      async ({ engine, grow, head }) => {
        let ended = 0
        const gone = new AbortController()
        const endless = Array.from({ length: 4 }, () =>
          engine
            .createAccessList(
              head,
              { to: LOOP },
              {
                gasCap: 1_000_000_000_000n,
                timeoutMs: 600_000,
                origin: { client: 'greedy', signal: gone.signal },
              },
            )
            .catch((error: { code?: string }) => {
              ended++
              return error.code
            }),
        )
        for (let i = 0; i < 5; i++) {
          const { header } = await grow()
          const answer = await engine.call(header, { to: LARGE }, { origin: { client: 'modest' } })
          expect(answer.status).toBe('success')
        }
        expect(ended).toBe(0)
        // Nobody waits for them any more: their work ends.
        gone.abort()
        expect(await Promise.all(endless)).toEqual(Array(4).fill('ABORTED'))
        const { header } = await grow()
        expect(await engine.call(header, { to: LARGE })).toMatchObject({ status: 'success' })
      },
      // A busy machine may make long what is short: there is a place for that.
      { threads: 3, maxWaitMs: 600_000 },
    )
  })
})

test('a trace comes as text where its caller wants text', async () => {
  await withWorld(
    memoryStorage(),
    () => wasm(),
    async ({ engine, plain, head }) => {
      const request = { to: LARGE }
      const result = await engine.traceCall(head, request, { asText: true, limit: 5 })
      expect(result).toBeInstanceOf(JsonText)
      expect(JSON.parse((result as JsonText).text)).toEqual(
        await plain.traceCall(head, request, { limit: 5 }),
      )
    },
  )
})

test('threads that are ended leave the store whole, and no reader behind', async () => {
  const path = await folder()
  await withWorld(
    lmdb({ path }),
    () => wasm(),
    async ({ engine, grow, head }) => {
      for (let round = 0; round < 12; round++) {
        // 100 Mgas without a question to the host: what runs cannot be asked to end, so its thread is ended.
        const call = engine.call(
          head,
          { to: LOOP, gas: 100_000_000n },
          { gasCap: 100_000_000n, timeoutMs: 1 },
        )
        const [{ header }] = await Promise.all([grow(), call.catch(() => undefined)])
        expect(await engine.call(header, { to: LARGE })).toMatchObject({ status: 'success' })
      }
    },
    { graceMs: 1 },
  )
  const { open } = await import('lmdb')
  const database = open({ path, noSubdir: false, keyEncoding: 'binary', encoding: 'binary' })
  try {
    // Each that was left would keep the pages of its time for ever.
    const list = (database as unknown as { readerList(): string }).readerList()
    expect(list.split('\n').filter((line) => /\d+ /.test(line)).length).toBeLessThanOrEqual(2)
  } finally {
    await database.close()
  }
})

test('an engine without a module of its own answers by itself', async () => {
  const engine = wasm()
  const { reader: _none, ...bare } = engine
  expect(readers({ engine: bare })).toBe(bare)
})
