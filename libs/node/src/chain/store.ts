import {
  BaseError,
  bigIntToBytes,
  bytesToBigInt,
  bytesToHex,
  concatBytes,
  hexToBytes,
  type BlockInput,
  type BlockTag,
  type ChainBlock,
  type ChainEvent,
  type ChainReader,
  type ExecutedBlock,
  type Hash,
  type KeyValueOperation,
  type KeyValueStore,
  type Logger,
  type SealedHeader,
} from '@animechain/core'
import { unreadQueue } from '@animechain/derivation'
import { boundedMap, emitter, turns } from '@animechain/runtime'
import {
  chainBlock,
  decodeBody,
  decodeHeader,
  encodeBody,
  encodeHeader,
  type BlockMeta,
} from './blockCodec.js'
import { decodeApplied, encodeApplied, type AppliedBatch } from './batchCodec.js'
import { firstWithout } from './search.js'
import { decodeEntry, encodeEntry, type JournalEntry } from './journalEntry.js'
import { journalKeys, journalRange, type JournalKeys } from './journalKeys.js'

/** Time that the writing of a block takes before requests get their turn. milliseconds */
const SLICE_MS = 5
/** Transactions between two looks at the clock. */
const SLICE = 256

/** Headers and blocks kept decoded. */
const HEADER_CACHE = 4096
const BLOCK_CACHE = 128
/** Transactions in cached blocks together: as many as a batch holds, because the batcher reads each block twice. */
const BLOCK_CACHE_TRANSACTIONS = 32_768

/** The canonical chain on a key-value store. Every change is one atomic batch: after a crash the last complete block is the head. */
export interface ChainStore extends ChainReader {
  /** Reads the heads, or writes the genesis into an empty store. Blocks above a missing state are cut off. */
  open(genesis: SealedHeader, hasState: (header: SealedHeader) => Promise<boolean>): Promise<void>
  meta(hash: Hash): BlockMeta
  /** Puts a block on top of the head. */
  append(block: ExecutedBlock, meta: BlockMeta): Promise<void>
  /**
   * Makes an ancestor of the head the head. Returns what left, newest first.
   * @throws {BaseError} `NODE_FINALIZED` for an ancestor of the final block
   */
  rollback(to: bigint): Promise<ChainBlock[]>
  /** Number of batches applied. */
  readonly batchCount: bigint
  appliedBatch(index: bigint): AppliedBatch | undefined
  /** Records a batch whose blocks are in the chain, and moves the safe head to its end. */
  applyBatch(batch: AppliedBatch): Promise<void>
  /** Number of applied batches whose blocks are final. */
  readonly finalBatchCount: bigint
  /**
   * Forgets applied batches from `count` on, and moves the safe head back. Blocks stay.
   * @throws {BaseError} `NODE_FINALIZED` where a final block would be among what is forgotten, unless `undoFinalized`
   */
  dropBatches(count: bigint, options?: { undoFinalized?: boolean }): Promise<void>
  setFinalized(header: SealedHeader): Promise<void>
  /** Transactions of the pool's journal. `since` is undefined for what came back with a block that left the chain. */
  journal(): Iterable<{ raw: Uint8Array; since: number | undefined }>
  /** Writes changes of the journal in one atomic batch, in their order. `durable`: it is on disk, not only with the operating system. */
  writeJournal(
    changes: readonly { put?: JournalEntry; delete: readonly Hash[] }[],
    options?: { durable?: boolean },
  ): Promise<void>
}

const PREFIX = 'node/'
const encoder = new TextEncoder()
const key = (kind: string, ...parts: Uint8Array[]) => concatBytes(encoder.encode(PREFIX + kind), ...parts)
const byHash = (kind: string, hash: Hash) => key(kind, hexToBytes(hash))
const byNumber = (kind: string, number: bigint) => key(kind, bigIntToBytes(number, 8))
const HEAD = key('m/head')
const FINALIZED = key('m/finalized')
const BATCHES = key('m/batches')

const isFinal = (finalized: SealedHeader, to: bigint) =>
  new BaseError(`Block ${finalized.number} is final and is not undone.`, {
    code: 'NODE_FINALIZED',
    metaMessages: [`Expected to go back to ${finalized.number} at most, got ${to}.`],
  })

export function chainStore({ storage, logger }: { storage: KeyValueStore; logger: Logger }): ChainStore {
  const headers = boundedMap<Hash, { header: SealedHeader; meta: BlockMeta }>(HEADER_CACHE)
  const numbers = boundedMap<bigint, Hash>(HEADER_CACHE)
  const blocks = new Map<Hash, ChainBlock>()
  let cachedTransactions = 0
  const events = emitter<{ change: ChainEvent }>(logger)
  const journal = journalKeys()
  let genesis: SealedHeader
  let latest: SealedHeader
  let safe: SealedHeader
  let finalized: SealedHeader
  let batchCount = 0n

  function cacheBlock(block: ChainBlock): void {
    blocks.set(block.header.hash, block)
    cachedTransactions += block.transactions.length
    for (const [hash, old] of blocks) {
      if (blocks.size <= BLOCK_CACHE && cachedTransactions <= BLOCK_CACHE_TRANSACTIONS) break
      if (hash === block.header.hash) break
      forgetBlock(hash, old)
    }
  }
  function forgetBlock(hash: Hash, block = blocks.get(hash)): void {
    if (!block || !blocks.delete(hash)) return
    cachedTransactions -= block.transactions.length
  }
  function stored(hash: Hash) {
    const cached = headers.get(hash)
    if (cached) return cached
    const bytes = storage.get(byHash('h/', hash))
    if (!bytes) return undefined
    const found = decodeHeader(bytes)
    headers.set(hash, found)
    return found
  }
  function hashOf(number: bigint): Hash | undefined {
    const cached = numbers.get(number)
    if (cached) return cached
    if (number < genesis.number || number > latest.number) return undefined
    const bytes = storage.get(byNumber('n/', number))
    if (!bytes) return undefined
    const hash = bytesToHex(bytes)
    numbers.set(number, hash)
    return hash
  }
  function blockByHash(hash: Hash): ChainBlock | undefined {
    const cached = blocks.get(hash)
    if (cached) return cached
    const head = stored(hash)
    const body = storage.get(byHash('b/', hash))
    if (!head || !body) return undefined
    const block = chainBlock(head.header, decodeBody(body))
    cacheBlock(block)
    return block
  }
  const headerByNumber = (number: bigint) => {
    const hash = hashOf(number)
    return hash === undefined ? undefined : stored(hash)?.header
  }
  const expectHeader = (number: bigint): SealedHeader => {
    const header = headerByNumber(number)
    if (!header)
      throw new BaseError('The chain store is damaged.', {
        code: 'NODE_STORE_CORRUPT',
        metaMessages: [
          `Expected block ${number} to be there.`,
          'Restore the data folder from a copy. Without one, move it aside: an empty folder is filled from L1 again, without what was not there yet.',
        ],
      })
    return header
  }
  function appliedBatch(index: bigint): AppliedBatch | undefined {
    const bytes = storage.get(byNumber('a/', index))
    if (!bytes) return undefined
    return decodeApplied(index, bytes)
  }
  const removal = (block: ChainBlock, { put }: Pick<JournalKeys, 'put'>): KeyValueOperation[] => [
    { type: 'delete', key: byHash('h/', block.header.hash) },
    { type: 'delete', key: byHash('b/', block.header.hash) },
    { type: 'delete', key: byNumber('n/', block.header.number) },
    ...block.transactions.flatMap((tx): KeyValueOperation[] => [
      { type: 'delete', key: byHash('t/', tx.hash) },
      // What was acknowledged is not lost: it waits again, also across a crash.
      ...(tx.receipt.type === 0x7e ? [] : put(tx.hash, tx.raw)),
    ]),
  ]

  async function rollback(to: bigint): Promise<ChainBlock[]> {
    if (to >= latest.number) return []
    if (to < finalized.number) throw isFinal(finalized, to)
    const removed: ChainBlock[] = []
    for (let number = latest.number; number > to; number--) {
      const block = blockByHash(expectHeader(number).hash)
      if (block) removed.push(block)
    }
    const head = expectHeader(to)
    await journal.during((keys) =>
      storage.batch([
        ...removed.flatMap((block) => removal(block, keys)),
        { type: 'put', key: HEAD, value: bigIntToBytes(to, 8) },
      ]),
    )
    for (const block of removed) {
      headers.delete(block.header.hash)
      numbers.delete(block.header.number)
      forgetBlock(block.header.hash)
    }
    latest = head
    events.emit('change', { removed, added: [] })
    return removed
  }

  return {
    async open(genesisHeader, hasState) {
      // A second start may find another store under the same object.
      headers.clear()
      numbers.clear()
      blocks.clear()
      cachedTransactions = 0
      batchCount = 0n
      genesis = latest = safe = finalized = genesisHeader
      journal.open(storage)
      const known = storage.get(byNumber('n/', genesis.number))
      if (!known) {
        await storage.batch([
          { type: 'put', key: byHash('h/', genesis.hash), value: encodeHeader(genesis, unreadQueue) },
          { type: 'put', key: byHash('b/', genesis.hash), value: await encodeBody([]) },
          { type: 'put', key: byNumber('n/', genesis.number), value: hexToBytes(genesis.hash) },
          { type: 'put', key: HEAD, value: bigIntToBytes(genesis.number, 8) },
        ])
        return
      }
      if (bytesToHex(known) !== genesis.hash)
        throw new BaseError('The data folder belongs to another chain.', {
          code: 'NODE_GENESIS_MISMATCH',
          metaMessages: [`Expected genesis ${genesis.hash}, got ${bytesToHex(known)}.`],
        })
      const headNumber = bytesToBigInt(storage.get(HEAD)!)
      // `hashOf` looks only up to the head.
      latest = { ...genesis, number: headNumber }
      latest = expectHeader(headNumber)
      batchCount = bytesToBigInt(storage.get(BATCHES) ?? new Uint8Array())
      const last = batchCount > 0n ? appliedBatch(batchCount - 1n) : undefined
      if (last) safe = expectHeader(last.lastBlock)
      const finalizedBytes = storage.get(FINALIZED)
      if (finalizedBytes) finalized = expectHeader(bytesToBigInt(finalizedBytes))
      let usable = latest
      while (usable.number > genesis.number && !(await hasState(usable)))
        usable = expectHeader(usable.number - 1n)
      if (usable.number < latest.number) {
        logger.warn('state of the newest blocks is missing: going back', {
          from: latest.number,
          to: usable.number,
        })
        while (batchCount > 0n && appliedBatch(batchCount - 1n)!.lastBlock > usable.number) batchCount--
        const applied = batchCount > 0n ? appliedBatch(batchCount - 1n) : undefined
        safe = applied ? expectHeader(applied.lastBlock) : genesis
        if (finalized.number > safe.number) finalized = safe
        await storage.batch([
          { type: 'put', key: BATCHES, value: bigIntToBytes(batchCount, 8) },
          { type: 'put', key: FINALIZED, value: bigIntToBytes(finalized.number, 8) },
        ])
        await rollback(usable.number)
      }
    },

    head(tag: BlockTag) {
      if (!genesis) throw new BaseError('The node was not started.', { code: 'NODE_NOT_STARTED' })
      return { earliest: genesis, latest, safe, finalized }[tag]
    },
    headerByNumber,
    headerByHash: (hash) => stored(hash)?.header,
    blockByHash,
    blockByNumber(number) {
      const hash = hashOf(number)
      return hash === undefined ? undefined : blockByHash(hash)
    },
    transaction(hash) {
      const place = storage.get(byHash('t/', hash))
      if (!place) return undefined
      const blockHash = hashOf(bytesToBigInt(place.subarray(0, 8)))
      const block = blockHash && blockByHash(blockHash)
      return block ? { block, index: Number(bytesToBigInt(place.subarray(8, 12))) } : undefined
    },
    blockInput(hash): BlockInput | undefined {
      const block = blockByHash(hash)
      if (!block || block.header.number === genesis.number) return undefined
      const { header } = block
      return {
        number: header.number,
        timestamp: header.timestamp,
        beneficiary: header.beneficiary,
        gasLimit: header.gasLimit,
        prevRandao: header.prevRandao,
        extraData: header.extraData,
        parentBeaconBlockRoot: header.parentBeaconBlockRoot,
        transactions: block.transactions.map(({ raw }) => raw),
      }
    },
    subscribe: (listener) => events.on('change', listener),

    meta(hash) {
      const found = stored(hash)
      if (!found) throw new BaseError(`Block ${hash} is not in the chain.`, { code: 'NODE_BLOCK_UNKNOWN' })
      return found.meta
    },

    async append(executed, meta) {
      const { header, transactions } = executed
      if (header.parentHash !== latest.hash)
        throw new BaseError('A block can only be put on the head.', {
          code: 'NODE_NOT_ON_HEAD',
          metaMessages: [`Expected parent ${latest.hash}, got ${header.parentHash}.`],
        })
      const block = chainBlock(header, transactions)
      const number = bigIntToBytes(header.number, 8)
      const turn = turns(SLICE_MS)
      await turn()
      const body = await encodeBody(transactions, turn)
      const places: KeyValueOperation[] = []
      for (const [index, tx] of transactions.entries()) {
        if (index % SLICE === 0) await turn()
        const value = concatBytes(number, bigIntToBytes(BigInt(index), 4))
        places.push({ type: 'put', key: byHash('t/', tx.hash), value })
      }
      await turn()
      await journal.during(({ remove }) =>
        storage.batch([
          { type: 'put', key: byHash('h/', header.hash), value: encodeHeader(header, meta) },
          { type: 'put', key: byHash('b/', header.hash), value: body },
          { type: 'put', key: byNumber('n/', header.number), value: hexToBytes(header.hash) },
          ...places,
          ...transactions.flatMap((tx) => (tx.receipt.type === 0x7e ? [] : remove(tx.hash))),
          { type: 'put', key: HEAD, value: number },
        ]),
      )
      headers.set(header.hash, { header, meta })
      numbers.set(header.number, header.hash)
      cacheBlock(block)
      latest = header
      events.emit('change', { removed: [], added: [block] })
    },

    rollback,

    get batchCount() {
      return batchCount
    },
    appliedBatch: (index) => (index >= 0n && index < batchCount ? appliedBatch(index) : undefined),
    async applyBatch(batch) {
      await storage.batch([
        { type: 'put', key: byNumber('a/', batch.index), value: encodeApplied(batch) },
        { type: 'put', key: BATCHES, value: bigIntToBytes(batch.index + 1n, 8) },
      ])
      batchCount = batch.index + 1n
      safe = expectHeader(batch.lastBlock)
    },
    get finalBatchCount() {
      return firstWithout(0n, batchCount, (index) => appliedBatch(index)!.lastBlock <= finalized.number)
    },
    async dropBatches(count, { undoFinalized = false } = {}) {
      if (count >= batchCount) return
      const applied = count > 0n ? appliedBatch(count - 1n) : undefined
      const nextSafe = applied ? expectHeader(applied.lastBlock) : genesis
      if (nextSafe.number < finalized.number && !undoFinalized) throw isFinal(finalized, nextSafe.number)
      const nextFinalized = finalized.number > nextSafe.number ? nextSafe : finalized
      await storage.batch([
        { type: 'put', key: BATCHES, value: bigIntToBytes(count, 8) },
        { type: 'put', key: FINALIZED, value: bigIntToBytes(nextFinalized.number, 8) },
      ])
      batchCount = count
      safe = nextSafe
      finalized = nextFinalized
    },
    async setFinalized(header) {
      if (header.hash === finalized.hash) return
      await storage.batch([{ type: 'put', key: FINALIZED, value: bigIntToBytes(header.number, 8) }])
      finalized = header
    },

    *journal() {
      for (const [, value] of storage.iterate(journalRange())) yield decodeEntry(value)
    },
    async writeJournal(changes, options) {
      await journal.during(({ put, remove }) =>
        storage.batch(
          changes.flatMap((change): KeyValueOperation[] => [
            ...change.delete.flatMap((hash) => remove(hash)),
            ...(change.put ? put(change.put.hash, encodeEntry(change.put)) : []),
          ]),
          options,
        ),
      )
    },
  }
}
