import { describe, expect, test } from '@jest/globals'
import { hexToBytes, predeploys, rollupChain, type SealedHeader } from '@animechain/core'
import { ethereumjs } from '@animechain/execution-ethereumjs'
import { wasm, type WasmEngine } from '@animechain/execution-wasm'
import { memoryStorage } from '@animechain/storage-memory'
import { encodeTransaction, rlpEncode, uintToBytes, type RlpItem } from '@animechain/tx'
import { decodeBlock, InvalidBlock, validateHeader } from '../src/blockRlp.js'
import { blockchainTest } from '../src/blockchainTest.js'
import { chainOf } from '../src/forks.js'
import { newProofCounts, proving, replayOf, type Replay } from '../src/proving.js'
import type { FixtureState } from '../src/state.js'
import { stateTests } from '../src/stateTest.js'

const chain = chainOf('Cancun', 1n)!
const engine = { name: 'ethereumjs', create: ethereumjs }
const hex = (bytes: Uint8Array) => `0x${Buffer.from(bytes).toString('hex')}`
const zero = `0x${'00'.repeat(32)}` as const

const fieldsOf = (header: SealedHeader): RlpItem[] => [
  hexToBytes(header.parentHash),
  hexToBytes('0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347'),
  hexToBytes(header.beneficiary),
  hexToBytes(header.stateRoot),
  hexToBytes(header.transactionsRoot),
  hexToBytes(header.receiptsRoot),
  hexToBytes(header.logsBloom),
  uintToBytes(0n),
  uintToBytes(header.number),
  uintToBytes(header.gasLimit),
  uintToBytes(header.gasUsed),
  uintToBytes(header.timestamp),
  hexToBytes(header.extraData),
  hexToBytes(header.prevRandao),
  new Uint8Array(8),
  uintToBytes(header.baseFeePerGas),
  hexToBytes(header.withdrawalsRoot),
  uintToBytes(header.blobGasUsed),
  uintToBytes(header.excessBlobGas),
  hexToBytes(header.parentBeaconBlockRoot),
]

const genesis = {
  timestamp: 0n,
  gasLimit: 30_000_000n,
  baseFeePerGas: 1_000n,
  prevRandao: zero,
  extraData: '0x',
  beneficiary: predeploys.weth9,
  alloc: { [predeploys.weth9]: { balance: 5n } },
} as const

/** A genesis and an empty block on it with a withdrawal, from the engine. */
async function sample() {
  const storage = memoryStorage()
  await storage.start()
  const own = ethereumjs()
  const first = await own.open({ chain, genesis, storage, blockHash: () => undefined })
  const { header } = await own.executeBlock(first, {
    number: 1n,
    timestamp: 12n,
    beneficiary: predeploys.weth9,
    gasLimit: 30_000_000n,
    prevRandao: zero,
    extraData: '0x',
    parentBeaconBlockRoot: zero,
    withdrawals: [{ index: 0n, validatorIndex: 1n, address: predeploys.l1Block, amount: 3n }],
    transactions: [],
  })
  await own.close()
  return { first, header }
}
const withdrawals: RlpItem = [
  [uintToBytes(0n), uintToBytes(1n), hexToBytes(predeploys.l1Block), uintToBytes(3n)],
]
const blockOf = (header: RlpItem[], more: RlpItem[] = [[], [], withdrawals]) => rlpEncode([header, ...more])

describe('blocks on the wire', () => {
  test('decode to what they were', async () => {
    const { first, header } = await sample()
    const block = decodeBlock(blockOf(fieldsOf(header)), chain)
    expect(block.header).toEqual(header)
    expect(block.withdrawals).toHaveLength(1)
    expect(() => validateHeader(first, header)).not.toThrow()
  })
  test('are refused when any rule is broken', async () => {
    const { first, header } = await sample()
    const change = (at: number, value: RlpItem) =>
      fieldsOf(header).map((field, i) => (i === at ? value : field))
    const decodes: [string, Uint8Array][] = [
      ['two parts', rlpEncode([fieldsOf(header), []])],
      ['five parts', blockOf(fieldsOf(header), [[], [], withdrawals, []])],
      ['an ommer', blockOf(fieldsOf(header), [[], [[]], withdrawals])],
      ['difficulty', blockOf(change(7, uintToBytes(1n)))],
      ['nonce', blockOf(change(14, Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1)))],
      ['extra data', blockOf(change(12, new Uint8Array(33)))],
      ['a leading zero', blockOf(change(9, Uint8Array.of(0, 1)))],
      ['65 bits', blockOf(change(9, uintToBytes(2n ** 64n)))],
      ['a requests hash before Prague', blockOf([...fieldsOf(header), new Uint8Array(32)])],
      [
        'a legacy transaction as a string',
        blockOf(fieldsOf(header), [[Uint8Array.of(0xc0)], [], withdrawals]),
      ],
      ['no RLP', Uint8Array.of(0xf8)],
    ]
    for (const [what, encoded] of decodes)
      expect([what, thrown(() => decodeBlock(encoded, chain))]).toEqual([what, true])
    for (const changes of [
      { number: 2n },
      { timestamp: 0n },
      { gasLimit: 30_029_297n },
      { gasLimit: 4_999n },
      { gasUsed: 30_000_001n },
    ])
      expect(thrown(() => validateHeader(first, { ...header, ...changes }))).toBe(true)
    expect(() => validateHeader(first, { ...header, gasLimit: 30_029_295n })).not.toThrow()
  })
})

const thrown = (body: () => unknown) => {
  try {
    body()
    return false
  } catch (error) {
    return error instanceof InvalidBlock
  }
}

const quantityOf = (value: bigint) => `0x${value.toString(16).padStart(2, '0')}`
/** A header as the fixtures write it. */
const fieldsOfJson = (header: SealedHeader): Record<string, string> => ({
  parentHash: header.parentHash,
  uncleHash: '0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347',
  coinbase: header.beneficiary,
  stateRoot: header.stateRoot,
  transactionsTrie: header.transactionsRoot,
  receiptTrie: header.receiptsRoot,
  bloom: header.logsBloom,
  difficulty: '0x00',
  number: quantityOf(header.number),
  gasLimit: quantityOf(header.gasLimit),
  gasUsed: quantityOf(header.gasUsed),
  timestamp: quantityOf(header.timestamp),
  extraData: header.extraData,
  mixHash: header.prevRandao,
  nonce: '0x0000000000000000',
  baseFeePerGas: quantityOf(header.baseFeePerGas),
  withdrawalsRoot: header.withdrawalsRoot,
  blobGasUsed: quantityOf(header.blobGasUsed),
  excessBlobGas: quantityOf(header.excessBlobGas),
  parentBeaconBlockRoot: header.parentBeaconBlockRoot,
  hash: header.hash,
})

describe('a blockchain test', () => {
  const fixture = async (
    changes: { rlp?: string; expectException?: string; lastblockhash?: string } = {},
  ) => {
    const { first, header } = await sample()
    return {
      network: 'Cancun',
      genesisBlockHeader: fieldsOfJson(first),
      pre: { [predeploys.weth9]: { balance: '0x05', nonce: '0x00', code: '0x', storage: {} } },
      lastblockhash: changes.lastblockhash ?? header.hash,
      blocks: [
        {
          rlp: changes.rlp ?? hex(blockOf(fieldsOf(header))),
          expectException: changes.expectException,
          blockHeader: fieldsOfJson(header),
        },
      ],
      genesisRLP: hex(blockOf(fieldsOf(first), [[], [], []])),
      postState: {
        [predeploys.weth9]: {
          balance: '0x05',
          nonce: '0x00',
          code: '0x',
          storage: {} as Record<string, string>,
        },
        [predeploys.l1Block]: { balance: '0xb2d05e00', nonce: '0x', code: '0x', storage: {} },
      } as FixtureState,
      postStateHash: header.stateRoot as string,
    }
  }
  const run = async (test: Awaited<ReturnType<typeof fixture>>) =>
    blockchainTest('p', 'n', test, engine).cases[0]!.run()

  test('passes with the right block and fails with any other outcome', async () => {
    await run(await fixture())
    const { first, header } = await sample()
    const wrong = hex(blockOf(fieldsOf({ ...header, stateRoot: first.stateRoot })))
    await expect(run(await fixture({ rlp: wrong }))).rejects.toThrow('stateRoot: computed')
    await expect(run(await fixture({ expectException: 'BlockException.X' }))).rejects.toThrow('got imported')
    await expect(run(await fixture({ lastblockhash: zero }))).rejects.toThrow('hash of the last block')
  })
  test('fails when anything that its file says of headers and states is not so', async () => {
    const lies: [string, (test: Awaited<ReturnType<typeof fixture>>) => void][] = []
    for (const field of Object.keys((await fixture()).genesisBlockHeader)) {
      const lie = (fields: Record<string, string>) => (fields[field] = `${fields[field]!.slice(0, -2)}11`)
      lies.push([`block: ${field}`, (test) => lie(test.blocks[0]!.blockHeader)])
      lies.push([`genesis: ${field}`, (test) => lie(test.genesisBlockHeader)])
    }
    lies.push(['genesisRLP', (test) => (test.genesisRLP = test.blocks[0]!.rlp)])
    lies.push(['postStateHash', (test) => (test.postStateHash = zero)])
    lies.push(['balance', (test) => (test.postState[predeploys.l1Block]!.balance = '0x01')])
    lies.push(['slot', (test) => (test.postState[predeploys.l1Block]!.storage['0x01'] = '0x01')])
    lies.push(['account left out', (test) => delete test.postState[predeploys.weth9]])
    for (const [what, lie] of lies) {
      const test = await fixture()
      lie(test)
      const failed = await run(test).then(
        () => false,
        () => true,
      )
      expect([what, failed]).toEqual([what, true])
    }
  })
  test('with --proof fails when the proof build comes to another root, or is refused what the node executes', async () => {
    const proved = async (changes: Partial<WasmEngine>, replay?: Replay) => {
      const counts = newProofCounts()
      const create = () => proving({ ...wasm(), ...changes }, counts, replay)
      await blockchainTest('p', 'n', await fixture(), { name: 'wasm', create, proof: counts }).cases[0]!.run()
      return counts
    }
    expect(await proved({})).toEqual({ blocks: 1, refused: 0, replayed: 0, steps: 0n, aboveMachine: 0 })
    const replayed = await proved({}, await replayOf())
    expect(replayed).toMatchObject({ blocks: 1, refused: 0, replayed: 1 })
    expect(replayed.steps).toBeGreaterThan(100_000n)
    await expect(proved({}, async () => ({ output: zero, steps: 1n }))).rejects.toThrow(
      'output of the proving machine',
    )
    await expect(proved({}, async () => ({ output: undefined, steps: 1n }))).rejects.toThrow('got a trap')
    await expect(proved({ outputRoot: async () => zero })).rejects.toThrow('output root of the proof build')
    const nothing = async () => Promise.reject(new Error('no preimage'))
    await expect(proved({ recordWitness: nothing })).rejects.toThrow('recording of the preimages')
  })
  test('with --replay may trap only when a transaction has more gas than memories of the machine are for', async () => {
    const storage = memoryStorage()
    await storage.start()
    const counts = newProofCounts()
    const own = proving(wasm(), counts, await replayOf())
    const free = { ...genesis, gasLimit: 2_000_000_000n, baseFeePerGas: 0n }
    const parent = await own.open({ chain, genesis: free, storage, blockHash: () => undefined })
    const withGas = (gasLimit: bigint) =>
      own.executeBlock(parent, {
        ...free,
        number: 1n,
        timestamp: 12n,
        parentBeaconBlockRoot: zero,
        transactions: [
          encodeTransaction({
            ...{ type: 2, chainId: 1n, nonce: 0n, gasLimit, to: predeploys.weth9, value: 0n },
            ...{ data: new Uint8Array(0), accessList: [], maxFeePerGas: 0n, maxPriorityFeePerGas: 0n },
            ...{ r: 1n, s: 1n, yParity: 0 },
          }),
        ],
      })
    expect((await withGas(800_000_000n)).header.gasUsed).toBe(21_000n)
    expect(counts).toMatchObject({ blocks: 1, replayed: 1, aboveMachine: 0 })
    expect((await withGas(900_000_000n)).header.gasUsed).toBe(21_000n)
    expect(counts).toMatchObject({ blocks: 2, replayed: 1, aboveMachine: 1 })
    await own.close()
    await storage.stop()
  })
  test('of an older fork is skipped', async () => {
    expect(
      blockchainTest('p', 'n', { ...(await fixture()), network: 'ShanghaiToCancunAtTime15k' }, engine),
    ).toEqual({
      cases: [],
      skipped: { 'older fork': 1 },
    })
    expect(
      chainOf('CancunToPragueAtTime15k', 1n)!.hardforks.map(({ name, timestamp }) => [name, timestamp]),
    ).toEqual([
      ['cancun', 0n],
      ['prague', 15_000n],
    ])
  })
})

describe('a state test', () => {
  type Post = { hash: string; logs: string; txbytes: string; expectException?: string; state?: FixtureState }
  const fixture = (post: Post) => ({
    env: {
      currentCoinbase: predeploys.weth9,
      currentGasLimit: '0x0186a0',
      currentNumber: '0x01',
      currentTimestamp: '0x0a',
      currentBaseFee: '0x07',
      currentRandom: zero,
    },
    pre: {},
    post: { London: [post], Cancun: [post] },
  })
  const EMPTY = '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421'
  const NO_LOGS = '0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347'
  test('wants the root, the logs, and the transaction refused or not', async () => {
    const run = (post: Parameters<typeof fixture>[0]) =>
      stateTests('p', 'n', fixture(post), engine).cases[0]!.run()
    const good = { hash: EMPTY, logs: NO_LOGS, txbytes: '0x02c0', expectException: 'any' }
    await run(good)
    await expect(run({ ...good, hash: zero })).rejects.toThrow('state root')
    await expect(run({ ...good, logs: zero })).rejects.toThrow('hash of the logs')
    const state = { [predeploys.weth9]: { balance: '0x01', nonce: '0x', code: '0x', storage: {} } }
    await run({ ...good, state: {} })
    await expect(run({ ...good, state })).rejects.toThrow('root of the post state')
    await expect(run({ ...good, expectException: undefined })).rejects.toThrow(
      'expected included, got undecodable',
    )
    expect(stateTests('p', 'n', fixture(good), engine).skipped).toEqual({ 'older fork': 1 })
  })
  test('runs on plain Ethereum', () => {
    expect(chain.rollup).toBeUndefined()
    expect(rollupChain({ chainId: 1n }).rollup).toBeDefined()
  })
})
