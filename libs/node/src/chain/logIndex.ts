import {
  bigIntToBytes,
  bytesToHex,
  concatBytes,
  hexToBytes,
  type BloomQuery,
  type ChainEvent,
  type ChainReader,
  type Hash,
  type KeyValueOperation,
  type KeyValueStore,
  type LogCandidates,
  type Logger,
} from '@animechain/core'
import { matching, numbersOf, ROWS, SECTION_BLOCKS, sectionRows } from './bloomRows.js'

export { SECTION_BLOCKS }

/** Lets what waits run first, in Node and in browsers. */
const nextTurn = () => new Promise<void>((resolve) => setTimeout(resolve, 0))

const SIZE = BigInt(SECTION_BLOCKS)
/** Blocks that are read before other work gets its turn. */
const SLICE = 128

/**
 * An index of the blooms of the canonical chain, beside the blocks: for each section of 2,048 blocks and each bit of a bloom, which of the blocks
 * have it. A search reads three rows of 256 bytes for a value instead of 2,048 headers.
 *
 * A section names the hash of its last block. It counts only while that block is canonical, so a reorg needs no care, and neither does a crash:
 * what does not fit the chain is built again.
 */
export interface LogIndex {
  candidates(query: BloomQuery, from: bigint, to: bigint): LogCandidates | undefined
  /** Indexes what is complete, now and as the chain grows, in the background. */
  start(): void
  stop(): Promise<void>
  /** Resolves when every complete section is indexed. */
  idle(): Promise<void>
}

const PREFIX = new TextEncoder().encode('node/l/')
const sectionKey = (section: bigint) => concatBytes(PREFIX, bigIntToBytes(section, 8))
const rowKey = (section: bigint, row: number) =>
  concatBytes(sectionKey(section), Uint8Array.of(row >> 8, row & 0xff))

const sectionOf = (number: bigint): bigint => number / SIZE
const firstOf = (section: bigint): bigint => section * SIZE
const lastOf = (section: bigint): bigint => firstOf(section + 1n) - 1n

interface LogIndexParts {
  storage: KeyValueStore
  chain: ChainReader
  logger: Logger
}

interface LogIndexContext extends LogIndexParts {
  stopped: boolean
  /** The first section that may have to be built. */
  next: bigint
  /** Counts reorgs: what was read before one is not the chain any more. */
  reorgs: number
}

const lastHash = ({ chain }: LogIndexParts, section: bigint): Hash | undefined =>
  chain.headerByNumber(lastOf(section))?.hash

function isIndexed(parts: LogIndexParts, section: bigint): boolean {
  const recorded = parts.storage.get(sectionKey(section))
  return recorded !== undefined && bytesToHex(recorded) === lastHash(parts, section)
}

/** The rows of a section; undefined where it is not complete, or the chain changed while it was read. */
async function readRows(
  context: LogIndexContext,
  section: bigint,
): Promise<ReturnType<typeof sectionRows> | undefined> {
  const { chain, reorgs } = context
  const rows = sectionRows()
  const { number: earliest } = chain.head('earliest')
  for (let i = 0; i < SECTION_BLOCKS; i++) {
    if (i % SLICE === SLICE - 1) await nextTurn()
    if (context.stopped || context.reorgs !== reorgs) return undefined
    const number = firstOf(section) + BigInt(i)
    const header = chain.headerByNumber(number)
    if (header !== undefined) rows.add(i, header.logsBloom)
    else if (number >= earliest) return undefined
  }
  return rows
}

/** Indexes a section. False: that was not possible. */
async function build(context: LogIndexContext, section: bigint): Promise<boolean> {
  const { storage } = context
  const hash = lastHash(context, section)
  const rows = hash && (await readRows(context, section))
  if (!rows) return false
  const isThere = storage.get(sectionKey(section)) !== undefined
  const operations: KeyValueOperation[] = [{ type: 'put', key: sectionKey(section), value: hexToBytes(hash) }]
  for (let row = 0; row < ROWS; row++) {
    const value = rows.row(row)
    if (value) operations.push({ type: 'put', key: rowKey(section, row), value })
    else if (isThere) operations.push({ type: 'delete', key: rowKey(section, row) })
  }
  await storage.batch(operations)
  return true
}

const isComplete = (section: bigint, head: bigint): boolean => lastOf(section) <= head

/** Indexes what is complete. */
async function catchUp(context: LogIndexContext): Promise<void> {
  while (!context.stopped && isComplete(context.next, context.chain.head('latest').number)) {
    const { next: section, reorgs } = context
    const isDone = isIndexed(context, section) || (await build(context, section))
    const isSameChain = context.reorgs === reorgs
    if (!isDone && isSameChain) return
    if (isSameChain) context.next = section + 1n
  }
}

/** Notes what a change of the chain undid. Answers whether a section may be complete that was not. */
function follow(context: LogIndexContext, { removed, added }: ChainEvent): boolean {
  for (const { header } of removed)
    if (sectionOf(header.number) < context.next) context.next = sectionOf(header.number)
  if (removed.length > 0) context.reorgs++
  const newest = added[added.length - 1]
  return newest !== undefined && isComplete(context.next, newest.header.number)
}

function candidates(
  parts: LogIndexParts,
  query: BloomQuery,
  from: bigint,
  to: bigint,
): LogCandidates | undefined {
  const section = sectionOf(from)
  if (!isIndexed(parts, section)) return undefined
  const last = to < lastOf(section) ? to : lastOf(section)
  const found = matching(query, (row) => parts.storage.get(rowKey(section, row)))
  return { numbers: found ? numbersOf(found, firstOf(section), from, last) : [], to: last }
}

export function logIndex(parts: LogIndexParts): LogIndex {
  const { chain, logger } = parts
  const context: LogIndexContext = { ...parts, stopped: true, next: 0n, reorgs: 0 }
  let running: Promise<void> | undefined
  let unsubscribe = () => {}

  function kick(): void {
    if (context.stopped || running) return
    running = catchUp(context)
      .catch((error: unknown) =>
        logger.warn('logs were not indexed: searches read headers until the next attempt', {
          section: context.next,
          error: String(error),
        }),
      )
      .finally(() => (running = undefined))
  }

  return {
    candidates: (query, from, to) => candidates(parts, query, from, to),
    start() {
      context.stopped = false
      context.next = 0n
      unsubscribe = chain.subscribe((change) => {
        if (follow(context, change)) kick()
      })
      kick()
    },
    async stop() {
      context.stopped = true
      unsubscribe()
      await running
    },
    async idle() {
      kick()
      await running
    },
  }
}
