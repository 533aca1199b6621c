import {
  bytesToHex,
  hexToBytes,
  keccak256,
  orderedBytesMap,
  rollupChain,
  zeroHash,
  type Address,
  type Genesis,
  type Hash,
  type KeyValueStore,
  type SealedHeader,
} from '@animechain/core'
import { wasm } from '@animechain/execution-wasm'
import { encodeDeposit, encodeTransaction, rlpDecode, type RlpItem } from '@animechain/tx'
import { grouped, positive, readFlags, type Output } from './arguments.js'
import { randomFrom, type Random } from './random.js'

export const SOAK_HELP = `Builds many blocks in one process and shows what they leave in memory: of the guest, of the heap, of the process.

  npm run soak -- [--blocks <n>] [--seed <n>]

  --blocks  how many (default 5,000)
  --seed    of the numbers that decide the transactions (default 1)

The state stays of one size: the same accounts, tokens and slots, and contracts that destroy themselves. Old trie nodes are swept from the
storage now and then, which the engine never does by itself, so that what grows is a leak. Some blocks are proved, called and traced.
The last line compares the second half of the run with the first. Exit code: 0 when the guest's memory, heap and buffers
grew by no more than a tenth or 8 MiB, and the process (which keeps what it once had from the system) by no more than half; 1 when not.
`

const PAGE = 65_536
const SAMPLES = 20
const TRANSACTIONS = 6
/** blocks between sweeps of the storage */
const SWEEP_EVERY = 1000
/** blocks between proofs, calls and traces */
const READ_EVERY = 100
/** What live memory may grow by, and what the process may hold of it beyond. */
const GROWTH = { guest: 1.1, heap: 1.1, external: 1.1, resident: 1.5 }
const MIB = 1024 * 1024
/** Growth that says nothing: caches fill, code is compiled. bytes */
const SLACK = 8 * MIB

const address = (n: number): Address => `0x${n.toString(16).padStart(40, '0')}`
const accounts = Array.from({ length: 200 }, (_, i) => address(0x10000 + i))
const senders = accounts.slice(0, 20)
const [token, factory, hog, logger] = [0xc1, 0xc2, 0xc3, 0xc4].map(address) as [
  Address,
  Address,
  Address,
  Address,
]

const contracts: Genesis['alloc'] = {
  // Takes from one slot and gives to another, as tokens do: SLOAD, SUB, SSTORE; SLOAD, ADD, SSTORE; LOG1.
  [token]: { code: '0x602035600035548190036000355560403554016040355560206000a000' },
  // CREATE of init code that destroys itself: 32ff (ORIGIN SELFDESTRUCT).
  [factory]: { code: '0x6132ff6000526002601e6000f05000' },
  // Memory up to the offset in the calldata.
  [hog]: { code: '0x60016000355200' },
  // Calldata into a log of two topics.
  [logger]: { code: '0x3660006000373233366000a200' },
}

function transactionOf(random: Random, sender: number, nonce: bigint): Uint8Array {
  const { below, pick } = random
  const word = (value: number) => value.toString(16).padStart(64, '0')
  const common = {
    type: 2 as const,
    chainId: 5n,
    nonce,
    maxFeePerGas: 10n ** 6n,
    maxPriorityFeePerGas: 1n,
    accessList: [],
    yParity: 0 as const,
    r: 1n,
    s: BigInt(1 + sender),
  }
  const send = (to: Address, data: string, gasLimit: number, value = 0n) =>
    encodeTransaction({ ...common, to, data: hexToBytes(`0x${data}`), gasLimit: BigInt(gasLimit), value })
  switch (below(6)) {
    case 0:
    case 1:
      return send(pick(accounts), '', 21_000, 1n)
    case 2:
      return send(token, word(below(50)) + word(1 + below(5)) + word(below(50)), 120_000)
    case 3:
      return send(factory, '', 120_000)
    case 4:
      return send(hog, word(below(100) ? below(100_000) : 1_000_000), 5_000_000)
    default:
      return send(logger, bytesToHex(random.bytes(below(500))).slice(2), 100_000)
  }
}

/** A key-value store in memory that can forget every trie node that a root does not lead to. */
function sweepable(): KeyValueStore & { sweep(root: Hash): void; readonly size: number } {
  let map = orderedBytesMap()
  const node = (hash: Uint8Array) => {
    const key = Buffer.concat([Buffer.from('wasmn'), hash])
    return [key, map.get(key)] as const
  }
  const keep = (hash: Uint8Array, into: ReturnType<typeof orderedBytesMap>, isAccounts: boolean): void => {
    const [key, value] = node(hash)
    if (value === undefined || into.get(key) !== undefined) return
    into.set(key, value)
    walk(rlpDecode(value), into, isAccounts)
  }
  const walk = (item: RlpItem, into: ReturnType<typeof orderedBytesMap>, isAccounts: boolean): void => {
    if (item instanceof Uint8Array) return
    const child = (next: RlpItem) => {
      if (!(next instanceof Uint8Array)) walk(next, into, isAccounts)
      else if (next.length === 32) keep(next, into, isAccounts)
    }
    if (item.length === 17) item.slice(0, 16).forEach(child)
    else if (((item[0] as Uint8Array)[0]! & 0x20) === 0) child(item[1]!)
    else if (isAccounts) {
      const [, , storageRoot] = rlpDecode(item[1] as Uint8Array) as Uint8Array[]
      keep(storageRoot!, into, false)
    }
  }
  return {
    id: 'sweepable',
    async start() {},
    async stop() {},
    get: (key) => map.get(key),
    async batch(operations) {
      for (const operation of operations)
        if (operation.type === 'put') map.set(operation.key, operation.value.slice())
        else map.delete(operation.key)
    },
    iterate: (range) => map.entries(range),
    sweep(root) {
      const next = orderedBytesMap()
      // Code and the genesis stay, headers and nodes do not.
      for (const kind of ['wasmc', 'wasmm'])
        for (const [key, value] of map.entries({
          gte: Buffer.from(kind),
          lt: Buffer.from(`${kind}\xff`, 'latin1'),
        }))
          next.set(key, value)
      keep(hexToBytes(root), next, true)
      map = next
    },
    get size() {
      let count = 0
      for (const entry of map.entries({})) count += entry.length > 0 ? 1 : 0
      return count
    },
  }
}

interface Sample {
  block: number
  guest: number
  heap: number
  external: number
  resident: number
}

/** What is live, after a garbage collection when node was started with --expose-gc. */
function sample(block: number, guest: number): Sample {
  ;(globalThis as { gc?: () => void }).gc?.()
  const { heapUsed, external, rss } = process.memoryUsage()
  return { block, guest, heap: heapUsed, external, resident: rss }
}

/** The chain that is soaked, and what it has done. */
interface Chain {
  engine: ReturnType<typeof wasm>
  storage: ReturnType<typeof sweepable>
  random: Random
  head: SealedHeader
  hashes: Map<bigint, Hash>
  /** of the senders: the first accounts */
  nonces: bigint[]
  transactions: number
  failed: number
}

async function openChain(random: Random): Promise<Chain> {
  const storage = sweepable()
  const engine = wasm()
  const hashes = new Map<bigint, Hash>()
  const head = await engine.open({
    chain: rollupChain({ chainId: 5n }),
    genesis: {
      timestamp: 1000n,
      gasLimit: 30_000_000n,
      baseFeePerGas: 7n,
      prevRandao: zeroHash,
      extraData: '0x',
      beneficiary: '0x4200000000000000000000000000000000000011',
      alloc: { ...contracts, ...Object.fromEntries(accounts.map((name) => [name, { balance: 10n ** 24n }])) },
    },
    storage,
    blockHash: (number) => hashes.get(number),
  })
  const nonces = senders.map(() => 0n)
  return { engine, storage, random, head, hashes, nonces, transactions: 0, failed: 0 }
}

/** A deposit; of nobody who also sends, for it counts against its sender's nonce. */
const depositOf = (random: Random) =>
  encodeDeposit({
    sourceHash: bytesToHex(random.bytes(32)),
    from: random.pick(accounts.slice(senders.length)),
    to: random.pick(accounts),
    mint: 1n,
    value: 1n,
    gasLimit: 21_000n,
    isSystemTx: false,
    data: new Uint8Array(0),
  })

/** Builds the next block on the head. Some blocks are proved, called and traced besides. */
async function extend(chain: Chain, number: number): Promise<void> {
  const { engine, random, nonces, hashes, head: parent } = chain
  const input = {
    number: BigInt(number),
    timestamp: parent.timestamp + 1n,
    beneficiary: parent.beneficiary,
    gasLimit: 30_000_000n,
    prevRandao: bytesToHex(keccak256(hexToBytes(parent.hash))),
    extraData: '0x',
    parentBeaconBlockRoot: zeroHash,
  } as const
  const builder = await engine.openBlock(parent, input)
  const raws = [depositOf(random)]
  await builder.add(raws[0]!)
  for (let i = 0; i < TRANSACTIONS; i++) {
    const who = random.below(senders.length)
    const raw = transactionOf(random, who, nonces[who]!)
    raws.push(raw)
    const outcome = await builder.add(raw, { sender: senders[who]! })
    if (outcome.status === 'skipped')
      throw new Error(`A transaction of block ${number} was skipped: ${outcome.reason}`)
    nonces[who]!++
    chain.transactions++
    if (outcome.transaction.receipt.status === 0) chain.failed++
  }
  const { header: head } = await builder.seal()
  chain.head = head
  hashes.set(head.number, head.hash)
  hashes.delete(head.number - 300n)
  if (number % READ_EVERY !== 0) return
  await engine.recordWitness(parent, { ...input, transactions: raws })
  await engine.call(head, { from: accounts[0], to: logger, data: '0x1234' })
  await engine.estimateGas(head, { from: accounts[0], to: factory })
  await engine.traceBlock(parent, { ...input, transactions: raws }, { tracer: 'callTracer' })
}

/** The first tenth warms up; after it, the highest of the second half against the highest of the first. */
function growthOf(samples: readonly Sample[]) {
  const warm = samples.slice(Math.floor(samples.length / 10))
  const middle = Math.floor(warm.length / 2)
  return (['guest', 'heap', 'external', 'resident'] as const).map((name) => {
    const highest = (part: readonly Sample[]) => Math.max(1, ...part.map((one) => one[name]))
    const [before, after] = [highest(warm.slice(0, middle)), highest(warm.slice(middle))]
    return { name, ratio: after / before, leaks: after - before > SLACK && after / before > GROWTH[name] }
  })
}

function row({ block, guest, heap, external, resident }: Sample): string {
  const cell = (bytes: number, width: number) => (bytes / MIB).toFixed(1).padStart(width)
  return `${grouped(block).padStart(9)}${grouped(guest / PAGE).padStart(14)}${cell(heap, 11)}${cell(external, 14)}${cell(resident, 15)}`
}

export async function soak(argv: readonly string[], output: Output): Promise<number> {
  const flags = readFlags(argv, ['--blocks', '--seed'])
  const blocks = positive(flags, '--blocks') ?? 5000
  const chain = await openChain(randomFrom(positive(flags, '--seed') ?? 1))
  const samples: Sample[] = []
  const started = performance.now()
  output.line('    block   guest pages   heap MiB   buffers MiB   resident MiB')
  for (let number = 1; number <= blocks; number++) {
    await extend(chain, number)
    if (number % SWEEP_EVERY === 0) chain.storage.sweep(chain.head.stateRoot)
    if (number % Math.ceil(blocks / SAMPLES) === 0 || number === blocks) {
      const now = sample(number, chain.engine.guestMemory())
      samples.push(now)
      output.line(row(now))
    }
  }
  await chain.engine.close()
  const seconds = (performance.now() - started) / 1000
  const growth = growthOf(samples)
  output.line(
    `${grouped(blocks)} blocks, ${grouped(chain.transactions)} transactions (${grouped(chain.failed)} failed), ${grouped(chain.storage.size)} entries of state, ` +
      `${seconds.toFixed(0)} s; second half against first: ${growth.map(({ name, ratio }) => `${name} x${ratio.toFixed(2)}`).join(', ')}`,
  )
  return growth.some(({ leaks }) => leaks) ? 1 : 0
}
