import {
  bigIntToBytes,
  bytesToHex,
  concatBytes,
  hexToBytes,
  type BloomQuery,
  type ChainReader,
  type Hash,
  type Hex,
  type KeyValueOperation,
  type KeyValueStore,
  type LogCandidates,
  type Logger,
} from '@animechain/core'

/** Lets what waits run first, in Node and in browsers. */
const nextTurn = () => new Promise<void>((resolve) => setTimeout(resolve, 0))

/** Blocks in one section. */
export const SECTION_BLOCKS = 2_048
const SIZE = BigInt(SECTION_BLOCKS)
const ROW_BYTES = SECTION_BLOCKS / 8
/** The row that says which blocks have logs at all, after those of the bloom's 2,048 bits. */
const ANY = 2_048
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

export function logIndex({
  storage,
  chain,
  logger,
}: {
  storage: KeyValueStore
  chain: ChainReader
  logger: Logger
}): LogIndex {
  let stopped = true
  let running: Promise<void> | undefined
  let unsubscribe = () => {}
  /** The first section that may have to be built. */
  let next = 0n
  /** Counts reorgs: what was read before one is not the chain any more. */
  let reorgs = 0

  const lastHash = (section: bigint): Hash | undefined =>
    chain.headerByNumber((section + 1n) * SIZE - 1n)?.hash
  function isIndexed(section: bigint): boolean {
    const recorded = storage.get(sectionKey(section))
    return recorded !== undefined && bytesToHex(recorded) === lastHash(section)
  }

  async function build(section: bigint): Promise<boolean> {
    const hash = lastHash(section)
    if (hash === undefined) return false
    const before = reorgs
    const rows = sectionRows()
    const { number: earliest } = chain.head('earliest')
    for (let i = 0; i < SECTION_BLOCKS; i++) {
      if (i % SLICE === SLICE - 1) await nextTurn()
      if (stopped || reorgs !== before) return false
      const number = section * SIZE + BigInt(i)
      const header = chain.headerByNumber(number)
      if (header !== undefined) rows.add(i, header.logsBloom)
      else if (number >= earliest) return false
    }
    const isThere = storage.get(sectionKey(section)) !== undefined
    const operations: KeyValueOperation[] = [
      { type: 'put', key: sectionKey(section), value: hexToBytes(hash) },
    ]
    for (let row = 0; row <= ANY; row++) {
      const value = rows.row(row)
      if (value) operations.push({ type: 'put', key: rowKey(section, row), value })
      else if (isThere) operations.push({ type: 'delete', key: rowKey(section, row) })
    }
    await storage.batch(operations)
    return true
  }

  async function catchUp(): Promise<void> {
    while (!stopped && (next + 1n) * SIZE - 1n <= chain.head('latest').number) {
      const section = next
      const before = reorgs
      if (!isIndexed(section) && !(await build(section)) && reorgs === before) return
      if (reorgs === before) next = section + 1n
    }
  }
  function kick(): void {
    if (stopped || running) return
    running = catchUp()
      .catch((error: unknown) =>
        logger.warn('logs were not indexed: searches read headers until the next attempt', {
          section: next,
          error: String(error),
        }),
      )
      .finally(() => (running = undefined))
  }

  return {
    candidates(query, from, to) {
      const section = from / SIZE
      if (!isIndexed(section)) return undefined
      const first = section * SIZE
      const end = first + SIZE - 1n
      const last = to < end ? to : end
      const found = matching(query, (row) => storage.get(rowKey(section, row)))
      const numbers: bigint[] = []
      for (let i = Number(from - first); found && i <= Number(last - first); i++)
        if ((found[i >> 3]! >> (i & 7)) & 1) numbers.push(first + BigInt(i))
      return { numbers, to: last }
    },
    start() {
      stopped = false
      next = 0n
      unsubscribe = chain.subscribe(({ removed, added }) => {
        for (const { header } of removed) if (header.number / SIZE < next) next = header.number / SIZE
        if (removed.length > 0) reorgs++
        if (added.length > 0 && (next + 1n) * SIZE - 1n <= added[added.length - 1]!.header.number) kick()
      })
      kick()
    },
    async stop() {
      stopped = true
      unsubscribe()
      await running
    },
    async idle() {
      kick()
      await running
    },
  }
}

/** The blooms of a section, turned on their side: a row for each bit. */
function sectionRows() {
  const bytes = new Uint8Array((ANY + 1) * ROW_BYTES)
  const used = new Uint8Array(ANY + 1)
  const set = (row: number, i: number) => {
    bytes[row * ROW_BYTES + (i >> 3)]! |= 1 << (i & 7)
    used[row] = 1
  }
  return {
    /** The bloom of the section's block `i`. */
    add(i: number, bloom: Hex): void {
      let any = false
      for (let digit = 0; digit < 512; digit++) {
        const code = bloom.charCodeAt(2 + digit)
        if (code === 48) continue
        any = true
        const value = code <= 57 ? code - 48 : (code | 32) - 87
        // The first digit holds the highest four bits.
        for (let bit = 0; bit < 4; bit++) if ((value >> bit) & 1) set(4 * (511 - digit) + bit, i)
      }
      if (any) set(ANY, i)
    },
    /** undefined: no block has the bit. */
    row: (row: number) => (used[row] === 0 ? undefined : bytes.slice(row * ROW_BYTES, (row + 1) * ROW_BYTES)),
  }
}

/** Which blocks of a section a query lets through, a bit for each; undefined for none. */
function matching(query: BloomQuery, row: (row: number) => Uint8Array | undefined): Uint8Array | undefined {
  const any = row(ANY)
  if (any === undefined) return undefined
  const found = any.slice()
  for (const group of query) {
    const either = new Uint8Array(ROW_BYTES)
    for (const bits of group) {
      const rows = bits.map(row)
      for (let i = 0; i < ROW_BYTES && !rows.includes(undefined); i++)
        either[i]! |= rows.reduce((all, each) => all & each![i]!, 0xff)
    }
    let some = 0
    for (let i = 0; i < ROW_BYTES; i++) some |= found[i]! &= either[i]!
    if (some === 0) return undefined
  }
  return found
}
