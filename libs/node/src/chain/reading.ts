import {
  BaseError,
  bytesToHex,
  type BlockInput,
  type ChainBlock,
  type Hash,
  type SealedHeader,
} from '@animechain/core'
import { decodeApplied, type AppliedBatch } from './batchCodec.js'
import { chainBlock, decodeBody, decodeHeader, type BlockMeta } from './blockCodec.js'
import { headsOf, type ChainContext } from './context.js'
import { decodePlace, keys } from './keys.js'

type StoredHeader = { header: SealedHeader; meta: BlockMeta }

function storedHeader({ storage, headers }: ChainContext, hash: Hash): StoredHeader | undefined {
  const cached = headers.get(hash)
  if (cached) return cached
  const bytes = storage.get(keys.header(hash))
  if (!bytes) return undefined
  const found = decodeHeader(bytes)
  headers.set(hash, found)
  return found
}

/** Hash of the canonical block. */
function hashByNumber(context: ChainContext, number: bigint): Hash | undefined {
  const { storage, numbers } = context
  const cached = numbers.get(number)
  if (cached) return cached
  const { genesis, latest } = headsOf(context)
  if (number < genesis.number || number > latest.number) return undefined
  const bytes = storage.get(keys.number(number))
  if (!bytes) return undefined
  const hash = bytesToHex(bytes)
  numbers.set(number, hash)
  return hash
}

export const headerByHash = (context: ChainContext, hash: Hash): SealedHeader | undefined =>
  storedHeader(context, hash)?.header

export function headerByNumber(context: ChainContext, number: bigint): SealedHeader | undefined {
  const hash = hashByNumber(context, number)
  return hash === undefined ? undefined : headerByHash(context, hash)
}

/** @throws {BaseError} `NODE_STORE_CORRUPT` for a canonical block that is not there */
export function expectHeader(context: ChainContext, number: bigint): SealedHeader {
  const header = headerByNumber(context, number)
  if (header) return header
  throw new BaseError('The chain store is damaged.', {
    code: 'NODE_STORE_CORRUPT',
    metaMessages: [
      `Expected block ${number} to be there.`,
      'Restore the data folder from a copy. Without one, move it aside: an empty folder is filled from L1 again, without what was not there yet.',
    ],
  })
}

/** @throws {BaseError} `NODE_BLOCK_UNKNOWN` */
export function metaOf(context: ChainContext, hash: Hash): BlockMeta {
  const found = storedHeader(context, hash)
  if (!found) throw new BaseError(`Block ${hash} is not in the chain.`, { code: 'NODE_BLOCK_UNKNOWN' })
  return found.meta
}

export function blockByHash(context: ChainContext, hash: Hash): ChainBlock | undefined {
  const { storage, blocks } = context
  const cached = blocks.get(hash)
  if (cached) return cached
  const header = headerByHash(context, hash)
  const body = storage.get(keys.body(hash))
  if (!header || !body) return undefined
  const block = chainBlock(header, decodeBody(body))
  blocks.add(block)
  return block
}

export function blockByNumber(context: ChainContext, number: bigint): ChainBlock | undefined {
  const hash = hashByNumber(context, number)
  return hash === undefined ? undefined : blockByHash(context, hash)
}

export function findTransaction(
  context: ChainContext,
  hash: Hash,
): { block: ChainBlock; index: number } | undefined {
  const place = context.storage.get(keys.transaction(hash))
  if (!place) return undefined
  const { number, index } = decodePlace(place)
  const block = blockByNumber(context, number)
  return block && { block, index }
}

/** The input that gives the block again; undefined for the genesis, which has none. */
export function blockInput(context: ChainContext, hash: Hash): BlockInput | undefined {
  const block = blockByHash(context, hash)
  if (!block || block.header.number === headsOf(context).genesis.number) return undefined
  const { number, timestamp, beneficiary, gasLimit, prevRandao, extraData, parentBeaconBlockRoot } =
    block.header
  return {
    number,
    timestamp,
    beneficiary,
    gasLimit,
    prevRandao,
    extraData,
    parentBeaconBlockRoot,
    transactions: block.transactions.map(({ raw }) => raw),
  }
}

/** What is recorded under the index, also of a batch that does not count any more. */
export function recordedBatch({ storage }: ChainContext, index: bigint): AppliedBatch | undefined {
  const bytes = storage.get(keys.applied(index))
  return bytes && decodeApplied(index, bytes)
}

/** A batch that is applied. */
export function appliedBatch(context: ChainContext, index: bigint): AppliedBatch | undefined {
  const applied = context.heads?.batchCount ?? 0n
  return index >= 0n && index < applied ? recordedBatch(context, index) : undefined
}

/** The safe head of a chain with so many batches. */
export function safeHeadAfter(context: ChainContext, batchCount: bigint): SealedHeader {
  const last = batchCount > 0n ? recordedBatch(context, batchCount - 1n) : undefined
  return last ? expectHeader(context, last.lastBlock) : headsOf(context).genesis
}
