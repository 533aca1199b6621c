import {
  bigIntToBytes,
  bytesToHex,
  isBaseError,
  keccak256,
  rollupChain,
  zeroHash,
  type AddOutcome,
  type BlockBuilder,
  type ChainConfig,
  type ExecutedBlock,
  type ExecutionEngine,
  type Genesis,
  type Hash,
  type SealedHeader,
} from '@animechain/core'
import { memoryStorage } from '@animechain/storage-memory'
import type { Case, CaseBlock, CaseTransaction } from './case.js'

const GAS_LIMIT = 60_000_000n

/** The two engines; both closed between runs. */
export interface Engines {
  reference: ExecutionEngine
  subject: ExecutionEngine
}

export interface Difference {
  /** block in which the engines part, from 0 */
  block: number
  /** transaction in it; absent: the sealed block differs */
  transaction?: number
  /** what differs, e.g. `transaction.receipt.gasUsed` */
  what: string
  reference: string
  subject: string
}

/** Both engines on one chain. They are fed alike, and compared after every transaction and block. */
export interface Pair {
  begin(block: Omit<CaseBlock, 'transactions'>): Promise<Difference | undefined>
  /** The outcome that both agree on, or where they part. */
  add(transaction: CaseTransaction): Promise<AddOutcome | Difference>
  /** undefined: agreed. A block that neither can seal is dropped. */
  end(): Promise<Difference | undefined>
  nonceOf(address: `0x${string}`): Promise<bigint>
  close(): Promise<void>
}

export const isDifference = (value: object): value is Difference => 'what' in value

function chainOf({ fork, rollup }: Pick<Case, 'fork' | 'rollup'>): ChainConfig {
  const hardforks = [{ name: fork, timestamp: 0n }]
  if (rollup) return { ...rollupChain({ chainId: 5n }), hardforks }
  return { chainId: 5n, hardforks, eip1559: { elasticityMultiplier: 2n, baseFeeMaxChangeDenominator: 8n } }
}

/** What an error is to a comparison: its code. */
function errorOf(error: unknown): { error: string } {
  if (isBaseError(error)) return { error: error.code }
  return { error: error instanceof Error ? `${error.name}: ${error.message}` : String(error) }
}

const settle = async <T extends object>(work: Promise<T>): Promise<T | { error: string }> => {
  try {
    return await work
  } catch (error) {
    return errorOf(error)
  }
}

const show = (value: unknown): string =>
  JSON.stringify(value, (_, item: unknown) =>
    typeof item === 'bigint'
      ? `${item}`
      : item instanceof Uint8Array
        ? Buffer.from(item).toString('hex')
        : item,
  )?.slice(0, 300) ?? 'undefined'

/** Path to the first place where two values differ. `detail` is for people and may differ. */
function firstDifference(a: unknown, b: unknown, path = ''): string | undefined {
  if (a === b) return undefined
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return path || 'value'
  if (a instanceof Uint8Array && b instanceof Uint8Array)
    return a.length === b.length && a.every((byte, i) => byte === b[i]) ? undefined : path
  const left = a as Record<string, unknown>
  const right = b as Record<string, unknown>
  for (const name of new Set([...Object.keys(left), ...Object.keys(right)])) {
    if (name === 'detail') continue
    const found = firstDifference(left[name], right[name], path ? `${path}.${name}` : name)
    if (found !== undefined) return found
  }
  return undefined
}

const at = (value: unknown, path: string): unknown =>
  path
    .split('.')
    .reduce<unknown>((from, name) => (from as Record<string, unknown> | undefined)?.[name], value)

/** A chain in one engine. */
interface OpenChain {
  engine: ExecutionEngine
  head: SealedHeader
}

/** Opens the case's genesis in both engines. They see the hashes of `hashes`, the genesis' first. */
async function openChains(
  { reference, subject }: Engines,
  chainCase: Omit<Case, 'blocks'>,
): Promise<{ chains: readonly [OpenChain, OpenChain]; hashes: Hash[] }> {
  const chain = chainOf(chainCase)
  const first = chainCase.number ?? 0n
  const genesis: Genesis = {
    number: first,
    timestamp: 1000n,
    gasLimit: GAS_LIMIT,
    baseFeePerGas: 7n,
    prevRandao: zeroHash,
    extraData: '0x',
    beneficiary: '0x4200000000000000000000000000000000000011',
    alloc: chainCase.alloc,
  }
  const hashes: Hash[] = []
  const blockHash = (number: bigint): Hash | undefined => {
    if (number >= first) return hashes[Number(number - first)]
    // The genesis names its parent: no hash at all.
    return number === first - 1n ? zeroHash : bytesToHex(keccak256(bigIntToBytes(number, 32)))
  }
  const open = async (engine: ExecutionEngine): Promise<OpenChain> => {
    const storage = memoryStorage()
    await storage.start()
    return { engine, head: await engine.open({ chain, genesis, storage, blockHash }) }
  }
  const chains = [await open(reference), await open(subject)] as const
  hashes.push(chains[0].head.hash)
  return { chains, hashes }
}

export async function openPair(engines: Engines, chainCase: Omit<Case, 'blocks'>): Promise<Pair> {
  const { chains, hashes } = await openChains(engines, chainCase)
  const [reference, subject] = chains
  let builders: [BlockBuilder, BlockBuilder] | undefined
  let block = -1
  let count = 0
  const difference = (a: unknown, b: unknown, transaction?: number): Difference | undefined => {
    const what = firstDifference(a, b)
    if (what === undefined) return undefined
    return { block, transaction, what, reference: show(at(a, what)), subject: show(at(b, what)) }
  }
  return {
    async begin(attributes) {
      block++
      count = 0
      builders = undefined
      const open = ({ engine, head: parent }: OpenChain) =>
        settle(
          engine.openBlock(parent, {
            ...attributes,
            number: parent.number + 1n,
            timestamp: parent.timestamp + 1n,
            gasLimit: GAS_LIMIT,
            extraData: '0x',
            parentBeaconBlockRoot: reference.head.hash,
          }),
        )
      const a = await open(reference)
      const b = await open(subject)
      if ('error' in a || 'error' in b)
        return difference(
          { opening: 'error' in a ? a.error : 'ok' },
          { opening: 'error' in b ? b.error : 'ok' },
        )
      builders = [a, b]
      return undefined
    },
    async add({ raw, sender }) {
      if (builders === undefined) return { status: 'skipped', reason: 'undecodable' }
      const a = await settle<AddOutcome>(builders[0].add(raw, { sender }))
      const b = await settle<AddOutcome>(builders[1].add(raw, { sender }))
      const found = difference(a, b, count++)
      if (found !== undefined) return found
      if ('error' in a) {
        const both = `both: ${a.error}`
        return { block, transaction: count - 1, what: 'error', reference: both, subject: both }
      }
      return a
    },
    async end() {
      if (builders === undefined) return undefined
      const a = await settle<ExecutedBlock>(builders[0].seal())
      const b = await settle<ExecutedBlock>(builders[1].seal())
      await builders[0].abort()
      await builders[1].abort()
      builders = undefined
      const found = difference(a, b)
      if (found !== undefined || 'error' in a || 'error' in b) return found
      reference.head = a.header
      subject.head = b.header
      hashes.push(a.header.hash)
      return undefined
    },
    nonceOf: async (address) =>
      (await reference.engine.stateAt(reference.head).getAccount(address))?.nonce ?? 0n,
    async close() {
      for (const builder of builders ?? []) await builder.abort()
      for (const { engine } of chains) await engine.close()
    },
  }
}

/** Runs a recorded case; the first difference, if any. */
export async function replay(engines: Engines, recorded: Case): Promise<Difference | undefined> {
  const pair = await openPair(engines, recorded)
  try {
    for (const { transactions, ...attributes } of recorded.blocks) {
      const opened = await pair.begin(attributes)
      if (opened !== undefined) return opened
      for (const transaction of transactions) {
        const outcome = await pair.add(transaction)
        if (isDifference(outcome)) return outcome
      }
      const sealed = await pair.end()
      if (sealed !== undefined) return sealed
    }
    return undefined
  } finally {
    await pair.close()
  }
}
