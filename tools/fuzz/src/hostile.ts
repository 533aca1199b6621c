import { batchCodec } from '@animechain/codec'
import {
  batchAccumulator,
  bigIntToBytes,
  bytesToHex,
  concatBytes,
  depositAccumulator,
  emptyAccumulator,
  isBaseError,
  keccak256,
  keccak256Hex,
  rollupChain,
  skipReasons,
  zeroHash,
  type BatchBody,
  type BlockInput,
  type ChainConfig,
  type DepositEntry,
  type KeyValueStore,
  type L1Context,
  type SealedHeader,
} from '@animechain/core'
import { deriveBatch } from '@animechain/derivation'
import {
  precompileResult,
  preimageKinds,
  runProof,
  wasm,
  witnessHost,
  type WasmEngine,
} from '@animechain/execution-wasm'
import { memoryStorage } from '@animechain/storage-memory'
import { grouped, positive, readFlags, UsageError, type Output } from './arguments.js'
import { mutate } from './mutate.js'
import { randomFrom, type Random } from './random.js'
import { deposit, transaction, world, type World } from './world.js'

export const HOSTILE_HELP = `Feeds mutated transactions, blocks and batches to the guest. Every one must come to a defined result; nothing may bring the host down.

  npm run hostile -- [--inputs <n>] [--minutes <n>] [--seed <n>] [--kinds <list>]

  --inputs   how many (default 20,000)
  --minutes  instead: for so long
  --seed     of the numbers that decide everything (default 1)
  --kinds    which, by comma (default all):
             transaction  mutated bytes into a block under construction: included, or skipped for a reason of the protocol
             block        mutated attributes and transactions: executed or refused, the same in the node and the proof build
             input        mutated bytes of a block's input into the proof build: a root, or refused
             body         mutated bytes of a batch into the codec, whose zstd decoder is the guest's: a body, or why not
             batch        the same bytes as a batch in the inbox: the proof build, which decodes, derives and executes them,
                          comes to the output root of the node

Prints what came out how often, and the slowest input of each kind. Exit code: 0 when every result was a defined one, 1 when not.
`

const kinds = ['transaction', 'block', 'input', 'body', 'batch'] as const
type Kind = (typeof kinds)[number]
/** How many inputs of a kind a chain gets, 4,000 in all; the next ones get another chain. */
const shares: Record<Kind, number> = { transaction: 3100, block: 360, input: 20, body: 480, batch: 40 }
/** Signed transactions of a chain, to be changed: signing is what costs. */
const POOL = 64
const PROGRESS_EVERY = 30_000
const MAX_SHOWN = 20

/** What an input came to: a word that is counted. @throws when it is no defined result */
type Result = string

class Undefined extends Error {}

/** Codes that the engine's interface names for a block that cannot be. */
const refusals = ['EXECUTION_INVALID_ATTRIBUTES', 'EXECUTION_INVALID_BLOCK', 'EXECUTION_REJECTED']
/** What the proof build may say of inputs that are not those of a chain on L1. */
const proofRefusals = [...refusals, 'EXECUTION_GUEST', 'EXECUTION_STATE_MISSING']

function refused(error: unknown, codes: readonly string[]): Result {
  if (isBaseError(error) && codes.includes(error.code)) return `refused, ${error.code}`
  throw error
}

/** A chain of its own with contracts that do everything. */
async function openChain(engine: WasmEngine, random: Random) {
  const own: World = { ...world(random), signed: true, rollup: true }
  const chain: ChainConfig = {
    ...rollupChain({ chainId: 5n }),
    hardforks: [{ name: own.fork, timestamp: 0n }],
  }
  const storage: KeyValueStore = memoryStorage()
  await storage.start()
  const parent = await engine.open({
    chain,
    genesis: {
      timestamp: 1000n,
      gasLimit: 30_000_000n,
      baseFeePerGas: 7n,
      prevRandao: zeroHash,
      extraData: '0x',
      beneficiary: '0x4200000000000000000000000000000000000011',
      alloc: own.alloc,
    },
    storage,
    blockHash: () => undefined,
  })
  const pool = Array.from({ length: POOL }, (_, i) => (i % 5 ? transaction : deposit)(random, own).raw)
  return { own, parent, engine, random, pool }
}

type Chain = Awaited<ReturnType<typeof openChain>>

/** A transaction that would do, or one that has been changed. */
function raw({ random, pool }: Chain, changed: boolean): Uint8Array {
  const bytes = random.pick(pool)
  return changed ? mutate(random, bytes, random.pick(pool)) : bytes
}

function blockInput(chain: Chain): BlockInput {
  const { parent, random } = chain
  return {
    number: 1n,
    timestamp: parent.timestamp + 1n + BigInt(random.below(20)),
    beneficiary: parent.beneficiary,
    gasLimit: 30_000_000n,
    prevRandao: bytesToHex(random.bytes(32)),
    extraData: '0x',
    parentBeaconBlockRoot: zeroHash,
    transactions: Array.from({ length: random.below(4) }, () => raw(chain, random.rarely(3))),
  }
}

function hostileBlock(chain: Chain): BlockInput {
  const { below, bytes, pick, rarely } = chain.random
  const input = blockInput(chain)
  const numbers = [
    0n,
    1n,
    -1n,
    2n ** 63n - 1n,
    2n ** 63n,
    2n ** 64n - 1n,
    2n ** 64n,
    2n ** 256n - 1n,
    2n ** 256n,
  ]
  const number = () => (rarely(3) ? BigInt(below(2 ** 31)) : pick(numbers))
  const hex = (length: number) => bytesToHex(bytes(length))
  for (let changes = 1 + below(2); changes > 0; changes--)
    switch (below(11)) {
      case 0:
        input.number = number()
        break
      case 1:
        input.timestamp = number()
        break
      case 2:
        input.gasLimit = number()
        break
      case 3:
        input.baseFeePerGas = number()
        break
      case 4:
        input.excessBlobGas = number()
        break
      case 5:
        input.extraData = rarely(2)
          ? hex(below(40))
          : pick(['0x0', 'no hex', '0xzz', '0x'] as `0x${string}`[])
        break
      case 6:
        input.beneficiary = rarely(2) ? hex(20) : hex(below(40))
        break
      case 7:
        input.prevRandao = hex(below(40))
        break
      case 8:
        input.parentBeaconBlockRoot = hex(below(2) ? 32 : below(40))
        break
      case 9:
        input.systemCalls = !rarely(2)
        break
      default:
        input.withdrawals = Array.from({ length: below(3) }, () => ({
          index: number(),
          validatorIndex: number(),
          address: hex(20),
          amount: number(),
        }))
    }
  return input
}

/** A transaction into a block under construction, which goes on for some more inputs. */
async function* transactions(chain: Chain): AsyncGenerator<Result, never, undefined> {
  while (true) {
    const builder = await chain.engine.openBlock(chain.parent, { ...blockInput(chain), systemCalls: false })
    try {
      for (let i = 0; i < 100; i++) {
        const outcome = await builder.add(raw(chain, true))
        if (outcome.status === 'included') yield 'included'
        else if (Object.hasOwn(skipReasons, outcome.reason)) yield `skipped, ${outcome.reason}`
        else throw new Undefined(`skipped for an unknown reason: ${outcome.reason}`)
      }
      if (chain.random.rarely(2)) await builder.seal()
    } finally {
      await builder.abort()
    }
  }
}

async function block(chain: Chain): Promise<Result> {
  const { engine, parent, random } = chain
  const input = hostileBlock(chain)
  let header: SealedHeader
  try {
    header = (await engine.executeBlock(parent, input)).header
  } catch (error) {
    return refused(error, refusals)
  }
  if (!random.rarely(8)) return 'executed'
  const { outputRoot } = await engine.recordWitness(parent, input)
  if (outputRoot !== (await engine.outputRoot(header))) throw new Undefined('the builds part')
  return 'executed, proved'
}

async function input(chain: Chain): Promise<Result> {
  const { engine, parent, random } = chain
  const witness = await engine.recordWitness(parent, blockInput(chain))
  const changed = mutate(random, witness.preimages.get(witness.inputs[1])!)
  const hash = keccak256Hex(changed)
  try {
    const inputs = [witness.inputs[0], hash, witness.inputs[2]] as const
    const preimages = new Map(witness.preimages).set(hash, changed)
    const host = witnessHost({ ...witness, inputs, preimages })
    // Other bytes have other signatures.
    await runProof({
      inputs,
      preimage: (kind, key, call) =>
        kind === preimageKinds.precompile && call ? precompileResult(call()) : host.preimage(kind, key),
    })
    return 'proved'
  } catch (error) {
    return refused(error, proofRefusals)
  }
}

const codec = batchCodec()

/** Bytes as somebody may post them. */
async function postedBytes(chain: Chain): Promise<Uint8Array> {
  const { random } = chain
  const { below, rarely } = random
  const body: BatchBody = {
    blocks: Array.from({ length: 1 + below(3) }, () => ({
      timestampDelta: rarely(20) ? below(2 ** 31) : 1 + below(3),
      depositCount: below(3),
      transactions: Array.from({ length: below(4) }, () => raw(chain, rarely(4))),
    })),
    labels: Array.from({ length: below(3) }, () => ({
      l1BlockHash: bytesToHex(random.bytes(32)),
      logIndex: below(100),
    })),
  }
  const bytes = await codec.encode(body)
  return rarely(8) ? bytes : mutate(random, bytes)
}

async function body(chain: Chain): Promise<Result> {
  const decoded = await codec.decode(await postedBytes(chain))
  return decoded.ok ? 'decoded' : 'refused'
}

const NO_CONTEXT: L1Context = {
  number: 0n,
  timestamp: 0n,
  baseFee: 0n,
  blobBaseFee: 0n,
  parentHash: zeroHash,
  gasLimit: 0n,
  baseFeeScalar: 0,
  blobBaseFeeScalar: 0,
}

/** A deposit queue as L1 may have it. */
function entriesOf({ own, parent, random }: Chain): DepositEntry[] {
  const { below, bytes, pick, rarely } = random
  const context = (): L1Context => ({
    number: BigInt(below(1000)),
    timestamp: parent.timestamp,
    baseFee: BigInt(below(10 ** 9)),
    blobBaseFee: BigInt(below(1000)),
    parentHash: bytesToHex(bytes(32)),
    gasLimit: 30_000_000n,
    baseFeeScalar: below(10_000),
    blobBaseFeeScalar: below(10_000),
  })
  const word = (value: number) => bigIntToBytes(BigInt(value), 32)
  const entry = (): Omit<DepositEntry, 'index' | 'acc'> => {
    const nobody = `0x${'00'.repeat(20)}` as const
    if (rarely(3))
      return { kind: 1, from: nobody, to: nobody, opaqueData: new Uint8Array(0), context: context() }
    const opaque = concatBytes(
      word(below(1000)),
      word(below(1000)),
      word(20_000 + below(200_000)).subarray(24),
      Uint8Array.of(rarely(4) ? 1 : 0),
      bytes(below(60)),
    )
    return {
      kind: 0,
      from: pick(own.targets),
      to: pick(own.targets),
      opaqueData: rarely(4) ? mutate(random, opaque) : opaque,
      context: context(),
    }
  }
  const entries: DepositEntry[] = []
  for (let index = below(4); index > 0; index--) {
    const next = entry()
    const acc = depositAccumulator(entries.at(-1)?.acc ?? emptyAccumulator, next)
    entries.push({ ...next, index: BigInt(entries.length), acc })
  }
  return entries
}

async function batch(chain: Chain): Promise<Result> {
  const { engine, parent, random } = chain
  const data = await postedBytes(chain)
  const decoded = await codec.decode(data)
  const entries = entriesOf(chain)
  const blockCount = decoded.ok && !random.rarely(8) ? decoded.body.blocks.length : 1 + random.below(3)
  // What the inbox takes: a time for every block.
  const least = decoded.ok
    ? decoded.body.blocks.slice(0, -1).reduce((sum, { timestampDelta }) => sum + timestampDelta, 0) + 1
    : blockCount
  const seconds = random.rarely(6) ? blockCount : Math.max(least, blockCount)
  const header = {
    firstBlock: 1n,
    blockCount,
    depositsReadAfter: BigInt(entries.length),
    lastTimestamp: parent.timestamp + BigInt(seconds),
  }
  const derived = deriveBatch({ header, body: decoded, entries, parent })
  let head = parent
  for (const next of derived.blocks) head = (await engine.executeBlock(head, next)).header
  const evidence = {
    index: 0n,
    header,
    depositAcc: entries.at(-1)?.acc ?? emptyAccumulator,
    commitment: concatBytes(Uint8Array.of(1), keccak256(data)),
    context: entries[0]?.context ?? NO_CONTEXT,
    accBefore: emptyAccumulator,
    entries,
    data,
  }
  const witness = await engine.recordBatchWitness({ agreed: parent, batches: [evidence] })
  if (witness.inputs[1] !== batchAccumulator(emptyAccumulator, evidence))
    throw new Undefined('the witness has another accumulator')
  if (witness.outputRoot !== (await engine.outputRoot(head))) throw new Undefined('the builds part')
  return derived.fallback === undefined ? 'derived' : 'derived without its body'
}

/** One kind on a chain, for as long as it is asked. */
async function* runKind(kind: Kind, chain: Chain): AsyncGenerator<Result, never, undefined> {
  if (kind === 'transaction') return yield* transactions(chain)
  const run = { block, input, body, batch }[kind]
  while (true) yield await run(chain)
}

export async function hostile(argv: readonly string[], output: Output): Promise<number> {
  const flags = readFlags(argv, ['--inputs', '--minutes', '--seed', '--kinds'])
  const minutes = positive(flags, '--minutes')
  const wanted = minutes === undefined ? (positive(flags, '--inputs') ?? 20_000) : Infinity
  const first = positive(flags, '--seed') ?? 1
  const chosen = flags.get('--kinds')?.split(',') ?? kinds
  for (const kind of chosen)
    if (!(kinds as readonly string[]).includes(kind))
      throw new UsageError(`--kinds: expected some of ${kinds.join(', ')}, got ${kind}.`)

  const engine = wasm()
  const results = new Map<Kind, Map<Result, number>>(kinds.map((kind) => [kind, new Map()]))
  const slowest = new Map<Kind, number>()
  const started = performance.now()
  const seconds = () => (performance.now() - started) / 1000
  let inputs = 0
  let failed = 0
  let shown = performance.now()
  const over = () => inputs >= wanted || (minutes !== undefined && seconds() > minutes * 60)
  let seed = first
  for (; !over(); seed++) {
    const chain = await openChain(engine, randomFrom(seed))
    for (const kind of kinds.filter((kind) => chosen.includes(kind))) {
      let source = runKind(kind, chain)
      for (let i = 0; i < shares[kind] && !over(); i++) {
        const from = performance.now()
        inputs++
        try {
          const { value } = await source.next()
          const counts = results.get(kind)!
          counts.set(value, (counts.get(value) ?? 0) + 1)
        } catch (error) {
          failed++
          if (failed <= MAX_SHOWN)
            output.error(
              `UNDEFINED with seed ${seed}, ${kind} ${i}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
            )
          source = runKind(kind, chain)
        }
        slowest.set(kind, Math.max(slowest.get(kind) ?? 0, performance.now() - from))
      }
      await source.return(undefined as never)
    }
    await engine.close()
    if (performance.now() - shown > PROGRESS_EVERY) {
      shown = performance.now()
      output.line(`seed ${seed}: ${grouped(inputs)} inputs, ${grouped(inputs / seconds())}/s`)
    }
  }
  for (const [kind, counts] of results) {
    if (counts.size === 0) continue
    const total = [...counts.values()].reduce((sum, count) => sum + count, 0)
    output.line(`${kind}: ${grouped(total)}, the slowest ${slowest.get(kind)!.toFixed(0)} ms`)
    for (const [result, count] of [...counts].sort((a, b) => b[1] - a[1]))
      output.line(`  ${grouped(count).padStart(9)} ${result}`)
  }
  output.line(
    `${grouped(inputs)} inputs, seeds ${first} to ${seed - 1}, ${failed} without a defined result, ${seconds().toFixed(0)} s, ` +
      `${grouped(inputs / seconds())}/s`,
  )
  return failed > 0 ? 1 : 0
}
