import {
  bigIntToBytes,
  concatBytes,
  emptyAccumulator,
  hexToBytes,
  keccak256Hex,
  type Hash,
  type L1BlockRef,
} from '@animechain/core'

/** A longer pause of the clock becomes one L1 block. */
const MAX_BLOCKS_AT_ONCE = 256
/** L1 blocks kept for reorgs; older ones cannot be taken back. */
const MAX_REORG_DEPTH = 4096

/** The blocks of the L1 that is played. */
export interface L1Blocks {
  /** The newest ones, ascending; never empty. */
  list: L1BlockRef[]
  /** Reorganisations so far: blocks of each have hashes of their own. */
  fork: bigint
}

function blockHash(parent: Hash, { number, timestamp }: Omit<L1BlockRef, 'hash'>, fork: bigint): Hash {
  return keccak256Hex(
    concatBytes(
      hexToBytes(parent),
      bigIntToBytes(number, 8),
      bigIntToBytes(timestamp, 8),
      bigIntToBytes(fork, 8),
    ),
  )
}

/** An L1 with one block. */
export function firstBlocks(timestamp: bigint): L1Blocks {
  const first = { number: 1n, timestamp }
  return { list: [{ ...first, hash: blockHash(emptyAccumulator, first, 0n) }], fork: 0n }
}

export const headOf = ({ list }: L1Blocks): L1BlockRef => list[list.length - 1]!

/** The block so far behind the head, or the oldest one. */
export const blockBehind = ({ list }: L1Blocks, distance: bigint): L1BlockRef =>
  list[Math.max(0, list.length - 1 - Number(distance))]!

export const parentHashOf = ({ list }: L1Blocks): Hash => list[list.length - 2]?.hash ?? emptyAccumulator

/** The time of the next block when the clock shows `now`: later than the head's. */
export const nextTimestamp = (blocks: L1Blocks, now: bigint): bigint => {
  const { timestamp } = headOf(blocks)
  return now > timestamp ? now : timestamp + 1n
}

/** Adds a block, at `now` or just after the head. */
export function mine(blocks: L1Blocks, now: bigint): L1BlockRef {
  const parent = headOf(blocks)
  const block = { number: parent.number + 1n, timestamp: nextTimestamp(blocks, now) }
  blocks.list.push({ ...block, hash: blockHash(parent.hash, block, blocks.fork) })
  if (blocks.list.length > MAX_REORG_DEPTH) blocks.list.shift()
  return headOf(blocks)
}

/** Timestamps of the blocks that are due at `now`, one every `blockTime` seconds after the head; with 0 none come by themselves. */
export function dueBlocks(head: bigint, now: bigint, blockTime: number): bigint[] {
  if (blockTime <= 0) return []
  const step = BigInt(blockTime)
  const missing = Number((now - head) / step)
  if (missing <= 0) return []
  const skips = missing > MAX_BLOCKS_AT_ONCE
  const first = skips ? now - step * BigInt(MAX_BLOCKS_AT_ONCE) : head
  const after = Array.from(
    { length: Math.min(missing, MAX_BLOCKS_AT_ONCE) },
    (_, i) => first + step * BigInt(i + 1),
  )
  return skips ? [first, ...after] : after
}

/** Takes the newest `depth` blocks back. Returns the number of the new head. */
export function dropBlocks(blocks: L1Blocks, depth: number): bigint {
  const { list } = blocks
  if (depth < 1 || depth >= list.length)
    throw new RangeError(`expected a depth of 1 to ${list.length - 1}, got ${depth}`)
  list.splice(list.length - depth)
  blocks.fork++
  return headOf(blocks).number
}

/** Cuts off the newest items of a list that stand above an L1 block, and returns them. */
export function cutAbove<T>(list: T[], last: bigint, numberOf: (item: T) => bigint): T[] {
  let length = list.length
  while (length > 0 && numberOf(list[length - 1]!) > last) length--
  return list.splice(length)
}
