import {
  emptyAccumulator,
  rollupChain,
  silentLogger,
  silentMetrics,
  type Address,
  type ChainBlock,
  type ChainEvent,
  type ExecutionEngine,
  type Hash,
  type SealedHeader,
} from '@animechain/core'
import { decodeTransaction, encodeTransaction } from '@animechain/tx'
import type { PoolOptions } from '@animechain/node'
import type { JournalEntry } from '../src/chain/journalEntry.js'
import type { ChainStore } from '../src/chain/store.js'
import { pool, type Pool } from '../src/pool/index.js'
import { manualClock } from './kit.js'

export const gwei = 1_000_000_000n
export const ether = 10n ** 18n
/** The hash of no code, and one of some. */
const noCode: Hash = '0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470'

interface Fields {
  maxFeePerGas?: bigint
  maxPriorityFeePerGas?: bigint
  value?: bigint
  gasLimit?: bigint
  dataBytes?: number
}

export const person = (n: number): Address => `0x${n.toString(16).padStart(40, '0')}`

/** A transaction whose signature names its sender: no curve is needed where thousands are sent. */
export const signed = (from: number, nonce: number, fields: Fields = {}): Uint8Array =>
  encodeTransaction({
    type: 2,
    chainId: 26_463n,
    nonce: BigInt(nonce),
    to: person(0xaa),
    value: fields.value ?? 1n,
    gasLimit: fields.gasLimit ?? 21_000n,
    maxFeePerGas: fields.maxFeePerGas ?? 2n * gwei,
    maxPriorityFeePerGas: fields.maxPriorityFeePerGas ?? 1_000_000n,
    data: new Uint8Array(fields.dataBytes ?? 0),
    accessList: [],
    yParity: 0,
    r: BigInt(person(from)),
    s: 1n,
  })

const sender = (raw: Uint8Array): Address => {
  const tx = decodeTransaction(raw)
  if (tx.type === 0x7e) return tx.from
  return `0x${tx.r.toString(16).padStart(40, '0')}`
}

/** A pool over a state, a head and a journal that the test moves as it likes. */
export async function poolKit(
  options: PoolOptions = {},
  {
    journal = new Map<Hash, { raw: Uint8Array; since: number | undefined }>(),
    clock = manualClock(),
    accounts = new Map<Address, { balance: bigint; nonce: bigint; codeHash: Hash }>(),
  } = {},
) {
  const zero = emptyAccumulator
  const genesis = {
    number: 0n,
    hash: zero,
    gasLimit: 30_000_000n,
    gasUsed: 15_000_000n,
    timestamp: 1_700_000_000n,
    baseFeePerGas: gwei,
  } as SealedHeader
  const listeners = new Set<(event: ChainEvent) => void>()
  const writes: { put?: JournalEntry; delete: readonly Hash[] }[][] = []
  const kit = {
    head: genesis,
    journal,
    writes,
    clock,
    accounts,
    /** What a write of the journal waits for. */
    disk: async () => {},
    pool: undefined as unknown as Pool,
    give(who: number, state: { balance?: bigint; nonce?: bigint; delegated?: boolean }) {
      accounts.set(person(who), {
        balance: state.balance ?? ether,
        nonce: state.nonce ?? 0n,
        codeHash: state.delegated ? `0x${'11'.repeat(32)}` : noCode,
      })
    },
    /** A new head with this base fee for the block after it. */
    next(
      over: Partial<SealedHeader> = {},
      event: { added?: ChainBlock['transactions']; removed?: ChainBlock['transactions'] } = {},
    ) {
      const number = kit.head.number + 1n
      kit.head = { ...kit.head, number, hash: `0x${number.toString(16).padStart(64, '0')}`, ...over }
      const block = (transactions: ChainBlock['transactions'] | undefined) =>
        transactions ? [{ header: kit.head, transactions, size: 0 } as ChainBlock] : []
      for (const listener of listeners) listener({ removed: block(event.removed), added: block(event.added) })
    },
  }
  const store = {
    head: (tag: string) => (tag === 'earliest' ? genesis : kit.head),
    transaction: () => undefined,
    subscribe(listener: (event: ChainEvent) => void) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    journal: () => journal.values(),
    async writeJournal(changes: (typeof writes)[number]) {
      writes.push(changes)
      await kit.disk()
      for (const change of changes) {
        for (const hash of change.delete) journal.delete(hash)
        if (change.put) journal.set(change.put.hash, change.put)
      }
    },
  } as unknown as ChainStore
  const engine = {
    stateAt: () => ({ getAccount: async (address: Address) => accounts.get(address) }),
  } as unknown as ExecutionEngine
  kit.pool = pool(options, {
    chain: { ...rollupChain({ chainId: 26_463n }), rollup: undefined } as never,
    store,
    engine,
    clock,
    logger: silentLogger,
    metrics: silentMetrics,
    recoverSender: sender,
  })
  await kit.pool.open()
  return kit
}

/** A transaction as a block has it. */
export const inBlock = (raw: Uint8Array, hash: Hash): ChainBlock['transactions'][number] =>
  ({ raw, hash, from: sender(raw), receipt: { type: 2 } }) as ChainBlock['transactions'][number]
