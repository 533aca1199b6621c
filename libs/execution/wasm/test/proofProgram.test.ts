import { batchCodec, codecLimits } from '@animechain/codec'
import { ethereumjs } from '@animechain/execution-ethereumjs'
import { putTogether, readStrings, takeApart, writeStrings } from './bodies.js'
import { testInbox } from './inbox.js'
import { describe, expect, test } from '@jest/globals'
import {
  concatBytes,
  hexToBytes,
  keccak256Hex,
  predeploys,
  rollupChain,
  type Address,
  type ChainConfig,
  type ExecutionEngine,
  type Genesis,
  type Hash,
  type Hex,
  type SealedHeader,
} from '@animechain/core'
import { memoryStorage } from '@animechain/storage-memory'
import { privateKeyToAccount } from 'viem/accounts'
import {
  preimageKinds,
  runProof,
  wasm,
  witnessHost,
  type BlockWitness,
  type WasmEngine,
} from '../src/index.js'
import { guestModule } from '../src/guest.js'
import { runProgram } from '../src/proof.js'
import { variant } from './variant.js'

const zero: Hash = `0x${'00'.repeat(32)}`
const account = privateKeyToAccount(`0x${'5'.padStart(64, '0')}`)
const osaka = rollupChain({ chainId: 5n })
/** EIP-7825. */
const GAS_CAP = 16_777_216n
/** SystemConfig.MAX_GAS_LIMIT */
const MAX_GAS_LIMIT = 500_000_000

const addressOf = (n: number): Address => `0x${(0xc0de00 + n).toString(16).padStart(40, '0')}`

const genesisOf = (codes: readonly Hex[], gasLimit: bigint): Genesis => ({
  timestamp: 1000n,
  gasLimit,
  baseFeePerGas: 7n,
  prevRandao: zero,
  extraData: '0x',
  beneficiary: predeploys.sequencerFeeVault,
  alloc: {
    [account.address.toLowerCase()]: { balance: 10n ** 24n },
    ...Object.fromEntries(
      codes.map((code, i) => [
        addressOf(i),
        { nonce: 1n, code, storage: { [zero]: `0x${word(i + 1)}` as Hash } },
      ]),
    ),
  },
})

/** An engine on a chain whose genesis has these contracts at `addressOf(0)`, ... */
async function opened<E extends ExecutionEngine>(
  engine: E,
  codes: readonly Hex[],
  { chain = osaka, gasLimit = 30_000_000n }: { chain?: ChainConfig; gasLimit?: bigint } = {},
) {
  const storage = memoryStorage()
  await storage.start()
  const headers: SealedHeader[] = []
  const blockHash = (n: bigint) => headers[Number(n)]?.hash
  headers.push(await engine.open({ chain, genesis: genesisOf(codes, gasLimit), storage, blockHash }))
  const inputOf = (transactions: readonly Uint8Array[]) => ({
    number: BigInt(headers.length),
    timestamp: headers.at(-1)!.timestamp + 1n,
    beneficiary: predeploys.sequencerFeeVault,
    gasLimit,
    prevRandao: zero,
    extraData: '0x' as const,
    parentBeaconBlockRoot: zero,
    transactions,
  })
  return {
    engine,
    headers,
    inputOf,
    async execute(transactions: readonly Uint8Array[]) {
      const { header, transactions: executed } = await engine.executeBlock(
        headers.at(-1)!,
        inputOf(transactions),
      )
      headers.push(header)
      return { header, statuses: executed.map(({ receipt }) => receipt.status) }
    },
  }
}

/** The witness of the next block of a chain, which is not executed. */
const record = (
  { engine, headers, inputOf }: Awaited<ReturnType<typeof opened<WasmEngine>>>,
  transactions: readonly Uint8Array[],
): Promise<BlockWitness> => engine.recordWitness(headers.at(-1)!, inputOf(transactions))

let nonce = 0
const sign = async (fields: { to?: Address; data?: Hex; gas?: bigint; nonce?: number }) =>
  hexToBytes(
    await account.signTransaction({
      type: 'eip1559',
      chainId: 5,
      nonce: nonce++,
      gas: GAS_CAP,
      maxFeePerGas: 10n ** 9n,
      maxPriorityFeePerGas: 0n,
      ...fields,
    }),
  )

const word = (n: number) => n.toString(16).padStart(64, '0')
/** Where the arena ends when the program does: bytes. */
const topOf = async (witness: BlockWitness) => (await runProgram(witnessHost(witness))).top

/** Init code that deploys this code. */
const deploying = (code: string): Hex => {
  const size = (code.length / 2).toString(16).padStart(4, '0')
  return `0x61${size}600c5f3961${size}5ff3${code}`
}
/** Code that gives a precompile its calldata and keeps success, size and first word of the output in storage. */
const asks = (precompile: number): Hex =>
  `0x365f5f37610100610400365f61${precompile.toString(16).padStart(4, '0')}6201d4c0fa5f553d6001556104005160025500`

describe('the proof build', () => {
  test('imports three functions, runs without parameters, and never goes on behind its output', async () => {
    const module = await guestModule('proof')
    expect(WebAssembly.Module.imports(module).map(({ module: from, name }) => `${from}.${name}`)).toEqual(
      expect.arrayContaining(['host.input', 'host.preimage', 'host.output']),
    )
    expect(WebAssembly.Module.imports(module)).toHaveLength(3)
    const witness = await record(await opened(wasm(), []), [])
    const host = witnessHost(witness)
    let output: Hash | undefined
    // A host that returns from `output`: the program has nothing left to do.
    const instance = new WebAssembly.Instance(module, {
      host: {
        input: (index: number, out: number) => bytes().set(hexToBytes(witness.inputs[index]!), out),
        preimage(kind: number, key: number, offset: number, out: number) {
          expect([key % 32, offset % 32, out % 32]).toEqual([0, 0, 0])
          const data = host.preimage(kind, `0x${Buffer.from(bytes().slice(key, key + 32)).toString('hex')}`)!
          bytes()
            .fill(0, out, out + 32)
            .set(data.subarray(offset, offset + 32), out)
          return Math.max(0, Math.min(32, data.length - offset))
        },
        output(value: number) {
          output = `0x${Buffer.from(bytes().slice(value, value + 32)).toString('hex')}`
        },
      },
    })
    const bytes = () => new Uint8Array((instance.exports.memory as WebAssembly.Memory).buffer)
    const { run, runBlock } = instance.exports as Record<'run' | 'runBlock', () => void>
    expect([run.length, runBlock.length]).toEqual([0, 0])
    expect(() => runBlock()).toThrow(WebAssembly.RuntimeError)
    expect(output).toBe(witness.outputRoot)
  })

  test('walks to 256 ancestors once, whatever the order in which they are asked for', async () => {
    // Sums block hashes of the last 256 blocks: from the oldest on, and from the newest on.
    const oldestFirst: Hex = '0x5f6101005b8043034091820191506001900380600457505f5500'
    const newestFirst: Hex = '0x5f60015b804303409182019150600101806101011415600357505f5500'
    const world = await opened(wasm(), [oldestFirst, newestFirst])
    const { execute, headers, engine } = world
    while (headers.length < 300) await execute([])
    nonce = 0
    const transactions = [
      await sign({ to: addressOf(0) }),
      await sign({ to: addressOf(1) }),
      await sign({ to: addressOf(0) }),
    ]
    const witness = await record(world, transactions)
    const host = witnessHost(witness)
    const hashes = new Set(headers.map(({ hash }) => hash))
    const asked: Hash[] = []
    const root = await runProof({
      ...host,
      preimage(kind, key) {
        if (hashes.has(key)) asked.push(key)
        return host.preimage(kind, key)
      },
    })
    const { header, statuses } = await execute(transactions)
    expect(statuses).toEqual([1, 1, 1])
    expect(root).toBe(await engine.outputRoot(header))
    // The parent, as the agreed block and as the first of the walk; the hash of the oldest stands in the one behind it.
    expect(asked).toHaveLength(1 + 255)
    expect(new Set(asked).size).toBe(255)
  }, 60_000)

  test('reads nothing that is not paid for', async () => {
    const target = addressOf(8).slice(2)
    const asking = [
      `73${target}31`, // BALANCE
      `73${target}3b`, // EXTCODESIZE
      `5f5f5f73${target}3c`, // EXTCODECOPY
      `73${target}3f`, // EXTCODEHASH
      `5f5f5f5f73${target}5afa`, // STATICCALL
      '5f54', // SLOAD
      `73${target}ff`, // SELFDESTRUCT, which costs 5,000 besides
    ]
    const calling = asking.map(
      (_, i) => `5f5f5f5f5f73${addressOf(i).slice(2)}${i === 6 ? '6113885f3501' : '5f35'}f150`,
    )
    const targetCode: Hex = '0x5b5b5b00'
    const codes: Hex[] = [...asking.map((code): Hex => `0x${code}`), `0x${calling.join('')}`, targetCode]
    const world = await opened(wasm(), codes)
    const read = async (gas: number) => {
      nonce = 0
      const witness = await record(world, [
        await sign({ to: addressOf(7), data: `0x${word(gas)}`, gas: 1_000_000n }),
      ])
      const { preimages } = witness
      const values = [...preimages.values()].map((bytes) => Buffer.from(bytes).toString('hex'))
      // The target's code and the end of its leaf; the leaf of the slot, which holds 6.
      return {
        witness,
        code: values.includes(targetCode.slice(2)),
        account: values.some((value) => value.endsWith(keccak256Hex(hexToBytes(targetCode)).slice(2))),
        slot: values.some((value) => value.endsWith('06') && value.length === 2 * 36),
      }
    }
    const { witness, ...poor } = await read(2_000)
    expect(poor).toEqual({ code: false, account: false, slot: false })
    expect(await read(2_700)).toMatchObject({ code: true, account: true, slot: true })
    nonce = 0
    const { header } = await world.execute([
      await sign({ to: addressOf(7), data: `0x${word(2_000)}`, gas: 1_000_000n }),
    ])
    expect(witness.outputRoot).toBe(await world.engine.outputRoot(header))
  }, 60_000)

  test('takes the results of precompiles by the hash of number and input', async () => {
    const numbers = [1, 6, 8, 11, 256]
    const world = await opened(wasm(), numbers.map(asks))
    nonce = 0
    const calls: [contract: number, data: string][] = [
      [0, '01'.repeat(128)],
      [1, '00'.repeat(128)],
      [1, 'ff'.repeat(128)],
      [2, '00'.repeat(192)],
      [3, '00'.repeat(256)],
      [4, '11'.repeat(160)],
    ]
    const signed: Uint8Array[] = []
    for (const [contract, data] of calls)
      signed.push(await sign({ to: addressOf(contract), data: `0x${data}`, gas: 1_000_000n }))
    const witness = await record(world, signed)
    // Those of the senders, too.
    expect(witness.precompiles.size).toBe(2 * signed.length)
    for (const [key, { number, input }] of witness.precompiles)
      expect(keccak256Hex(concatBytes(hexToBytes(`0x${word(number)}`), input))).toBe(key)
    expect(await runProof(witnessHost(witness))).toBe(witness.outputRoot)
    const host = witnessHost(witness)
    const answering = (change: (key: Hash, data: Uint8Array) => Uint8Array | undefined) =>
      runProof({
        ...host,
        preimage(kind, key) {
          const data = host.preimage(kind, key)
          return kind === preimageKinds.precompile ? change(key, data!) : data
        },
      })
    for (const missing of witness.precompiles.keys())
      await expect(answering((key, data) => (key === missing ? undefined : data))).rejects.toMatchObject({
        code: 'EXECUTION_STATE_MISSING',
      })
    // What L1's precompile cannot give
    const set = (data: Uint8Array, at: number, value: number) => {
      const out = data.slice()
      out[at] = value
      return out
    }
    for (const [at, value] of [
      [31, 2],
      [0, 1],
      [62, 2],
      [40, 1],
    ] as const)
      await expect(answering((_, data) => set(data, at, value))).rejects.toMatchObject({
        code: 'EXECUTION_GUEST',
      })
    // Another result is another chain.
    const [first] = [...witness.precompiles].find(([, { number }]) => number === 8)!
    expect(await answering((key, data) => (key === first ? set(data, 95, 0) : data))).not.toBe(
      witness.outputRoot,
    )
  }, 60_000)
})

/** The guest with room for hardly anything: what it would keep for later it reads again. */
const CRAMPED = [
  ['memory.ts', 'const CODE_KEPT: usize = 0x0600_0000', 'const CODE_KEPT: usize = 0'],
  ['memory.ts', 'const CODE_END: usize = 0x2200_0000', 'const CODE_END: usize = 0x1000_1000'],
  ['witness.ts', 'ARENA_BASE + 0x1000_0000', 'ARENA_BASE'],
] as const

describe('with little memory', () => {
  test('both builds come to the same blocks', async () => {
    const cramped = variant(['node', 'proof'], CRAMPED)
    const calling = (n: number) => `5f5f60205f5f73${addressOf(n).slice(2)}5af150`
    const second = '5b'.repeat(3_000) + '5f35546001015f355500'
    const third = `${'5b'.repeat(2_000)}73${addressOf(1).slice(2)}3b5f355500`
    const contracts: Hex[] = [
      // Keeps the number of the block, behind a jump.
      '0x6003565b435f355500',
      // Raises a slot; keeps the size of the code before; both behind much code.
      `0x${second}`,
      `0x${third}`,
      // Calls all three, empties a slot, and keeps the hash of some of the third's code.
      `0x5f355f52${calling(0)}${calling(1)}${calling(2)}5f5f35556108005f5f73${addressOf(2).slice(2)}3c6108005f2060015500`,
    ]
    const [ours, other] = await Promise.all([
      opened(wasm(), contracts),
      opened(wasm({ guests: cramped }), contracts),
    ])
    nonce = 0
    for (let block = 0; block < 4; block++) {
      const transactions: Uint8Array[] = []
      for (let i = 0; i < 12; i++) {
        const data: Hex = `0x${word((block * 7 + i) % 5)}`
        transactions.push(await sign({ to: addressOf(i % 4), data, gas: 2_000_000n }))
        if (i % 4) continue
        // Code that is there already, and code that is new
        transactions.push(await sign({ data: deploying(third), gas: 2_000_000n }))
        transactions.push(await sign({ data: deploying(`5b${word(block * 100 + i)}`), gas: 2_000_000n }))
      }
      const witness = await record(ours, transactions)
      const theirs = await record(other, transactions)
      expect(theirs.outputRoot).toBe(witness.outputRoot)
      expect(new Set(theirs.preimages.keys())).toEqual(new Set(witness.preimages.keys()))
      expect(await runProof(witnessHost(witness), cramped.proof)).toBe(witness.outputRoot)
      const { header, statuses } = await ours.execute(transactions)
      expect(statuses).toEqual(Array(18).fill(1))
      expect((await other.execute(transactions)).header).toEqual(header)
      expect(await ours.engine.outputRoot(header)).toBe(witness.outputRoot)
    }
  }, 120_000)
})

describe('at the largest gas limit that L1 allows', () => {
  // Bytes of the arena (docs/spec/execution.md, "Memory of the program"). What a transaction of 2^24 gas takes is measured; blocks have as many of
  // them as their gas limit holds.
  const ARENA_BASE = 0x2200_0000
  const ARENA = 0x7fff_0000 - ARENA_BASE
  /** Nodes of tries that stay after reads. */
  const KEPT_NODES = 0x1000_0000
  /** A decoded batch: payload, content of the frame, dictionaries of its numbers, transactions, blocks, labels. */
  const BATCH = 33_554_432 + 2 * 4_194_304 + 32 * 4_194_304 + 2 * 16_777_216
  const repeated = (code: string, times: number) => `0x5b${code.repeat(times)}5f56` as Hex

  test('no way of spending gas fills the arena', async () => {
    // A call with 7 gas of the contract behind these, which asks for the balance of its calldata.
    const unpaid = `5a5f525f5f60205f73${addressOf(12).slice(2)}6007fa50`
    const shapes: [what: string, code: Hex][] = [
      ['transient slots that are read', repeated('5a5c50', 1_000)],
      ['transient slots that are written', repeated('5a5a5d', 1_000)],
      ['empty slots that are read', repeated('5a5450', 1_000)],
      ['slots that are written', repeated('5a5a55', 500)],
      ['accounts that do not exist', repeated('5a3150', 1_000)],
      ['accounts that are made', repeated('5f5f5f5f60015a5ff150', 500)],
      ['creations', repeated('5f5f5ff050', 500)],
      ['logs without data', repeated('5f5fa0', 1_000)],
      ['logs with topics', repeated('5a5a5a5a5f5fa4', 1_000)],
      ['logs with data', repeated('6120005fa0', 500)],
      ['accounts that are named and not paid for', repeated(unpaid, 500)],
      ['return data', repeated(`5f5f6180005f60045a5ff150`, 500)],
      ['nothing', '0x5f3531'],
    ]
    const { engine, headers, inputOf } = await opened(
      wasm(),
      shapes.map(([, code]) => code),
    )
    nonce = 0
    const empty = await topOf(await engine.recordWitness(headers[0]!, inputOf([])))
    for (const [i, [what]] of shapes.slice(0, -1).entries()) {
      nonce = 0
      const input = inputOf([await sign({ to: addressOf(i) })])
      const { header } = await engine.executeBlock(headers[0]!, input)
      const top = await topOf(await engine.recordWitness(headers[0]!, input))
      const bytes = top - empty
      const gas = Number(header.gasUsed)
      expect([what, gas > 16_000_000]).toEqual([what, true])
      const most = BATCH > KEPT_NODES ? BATCH : KEPT_NODES
      expect([what, most + (bytes / gas) * MAX_GAS_LIMIT < ARENA]).toEqual([what, true])
    }
  }, 120_000)

  test('code that one transaction reads, on top of what was kept, has room of its own', () => {
    const [kept, room] = [0x0600_0000, 0x2200_0000 - 0x1000_0000]
    // An address on the access list and a call of it: 2,500 gas. Code, padding, bitmap of jump destinations.
    const codes = (Number(GAS_CAP) - 21_000) / 2_500
    expect(kept + codes * (24_576 + 64 + 3_104)).toBeLessThan(room)
  })

  test('memories of nested calls fit, whatever the gas of the first', async () => {
    // Each call takes a memory that costs a 64th of its gas, notes its depth, and calls itself with the rest: no way of nesting has more memory.
    const code: Hex =
      '0x5f60015f3503536001602035556040603f5f3502045f526001602035016020525f5f60405f5f305af15000'
    const chain = { ...osaka, hardforks: [{ name: 'prague', timestamp: 0n } as const] }
    const options = { chain, gasLimit: BigInt(MAX_GAS_LIMIT) }
    const ours = await opened(wasm(), [code], options)
    const reference = await opened(ethereumjs(), [code], options)
    nonce = 0
    const first = Math.floor(Math.sqrt(8 * MAX_GAS_LIMIT)) * 32
    const transaction = await sign({
      to: addressOf(0),
      data: `0x${word(first)}${word(1)}`,
      gas: options.gasLimit,
    })
    const input = ours.inputOf([transaction])
    const [mine, theirs] = [
      await ours.engine.executeBlock(ours.headers[0]!, input),
      await reference.engine.executeBlock(reference.headers[0]!, input),
    ]
    expect(mine.header).toEqual(theirs.header)
    const witness = await ours.engine.recordWitness(ours.headers[0]!, input)
    expect(witness.outputRoot).toBe(await ours.engine.outputRoot(mine.header))
    await reference.engine.close()
  }, 120_000)

  test('a batch of the most transactions, all of them skipped, and one that announces the most numbers fit', async () => {
    const { engine, headers } = await opened(wasm(), [])
    const peak = async (body: Uint8Array, blockCount: number): Promise<number> => {
      const inbox = testInbox(1000n)
      const batch = inbox.append({ kind: 1, data: body, blockCount, seconds: 10n })
      const witness = await engine.recordBatchWitness({ agreed: headers[0]!, batches: [batch] })
      return (await runProgram(witnessHost(witness))).memory - ARENA_BASE
    }
    const skipped = await sign({ to: addressOf(0), nonce: 99 })
    // A body of one transaction that is raw, then of as many as there may be.
    const transactions = [Uint8Array.of(1, 2, 3)]
    const one = await batchCodec().encode({
      blocks: [{ timestampDelta: 1, depositCount: 0, transactions }],
      labels: [],
    })
    const { content, tail } = takeApart(one)
    const columns = readStrings(content)
    const [counts, kinds, lengths, raw] = [2, 6, 65, 66]
    columns[counts] = Uint8Array.of(0x80, 0x80, 0x02)
    columns[kinds] = new Uint8Array(32_768).fill(7)
    columns[lengths] = new Uint8Array(32_768).fill(skipped.length)
    columns[raw] = concatBytes(...Array<Uint8Array>(32_768).fill(skipped))
    const body = putTogether({ content: writeStrings(columns), tail })
    // With a sender of its own each would take another record.
    const records = 32_768 * (256 + 64)
    expect((await peak(body, 1)) + records).toBeLessThan(128 * 2 ** 20)

    // All eight groups of words, with an entry for each byte
    columns[kinds] = Uint8Array.of(2)
    columns[lengths] = columns[raw] = new Uint8Array(0)
    for (let group = 0; group < 8; group++) columns[28 + 4 * group + 2] = new Uint8Array(500_000)
    const greedy = putTogether({ content: writeStrings(columns), tail: new Uint8Array(64) })
    expect(greedy.length).toBeLessThan(codecLimits.compressedBytes)
    const taken = await peak(greedy, 1)
    expect(taken).toBeGreaterThan(32 * 4_000_000)
    expect(taken).toBeLessThan(BATCH)
  }, 120_000)
})
