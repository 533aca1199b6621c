import { isBaseError, type BaseError, type Hash } from '@animechain/core'
import {
  HttpRequestError,
  TimeoutError,
  type BaseError as ViemError,
  type PublicClient,
  type Transport,
} from 'viem'
import { reorged } from './failures.js'

export type RecordKind = 'batch' | 'deposit'

/** What the inbox's events have in common. */
export interface RecordLog {
  args: { index: bigint; context: { number: bigint } }
  blockNumber: bigint
  blockHash: Hash
}

/** Places of records that are known to be final, one every so many records: where a scan may begin. */
const CHECKPOINT_EVERY = 128n

/** What is known of the final records of a kind: L1 blocks by index. */
export interface Places {
  readonly checkpoints: Map<bigint, bigint>
  newest?: { index: bigint; block: bigint }
}

/** L1 block at or before the record with this index, `startBlock` where none is known. */
export function beginning({ checkpoints, newest }: Places, index: bigint, startBlock: bigint): bigint {
  let best = startBlock
  for (const [at, block] of checkpoints) if (at <= index && block > best) best = block
  return newest && newest.index <= index && newest.block > best ? newest.block : best
}

/** Notes where a record stands, where that is final. */
export function remember(places: Places, index: bigint, block: bigint, finalized: bigint): void {
  if (block > finalized) return
  if (index % CHECKPOINT_EVERY === 0n) places.checkpoints.set(index, block)
  if (index >= (places.newest?.index ?? 0n)) places.newest = { index, block }
}

/**
 * Whether asking for fewer blocks may help. Nodes refuse answers above a size or a number of logs, each in words of its own, and anybody
 * can fill blocks with large deposits.
 */
export function isTooMuch(error: unknown): boolean {
  // An L1 that cannot be reached is for the caller to try again, not for each size once here.
  if (error instanceof HttpRequestError && error.status === undefined) return false
  if (error instanceof TimeoutError) return false
  const code = (error as ViemError).walk?.((cause) => isBaseError(cause)) as BaseError | null | undefined
  return !isBaseError(error) && (!code || code.code === 'L1_ANSWER_TOO_LARGE')
}

/**
 * A log stands in the L1 block that its own content names, and that block is in L1's chain: the accumulators cover the content only.
 * @throws {BaseError} `SETTLEMENT_REORGED`
 */
export function expectPlace(
  kind: RecordKind,
  { args, blockNumber, blockHash }: RecordLog,
  hashAt: (number: bigint) => Hash | undefined,
): void {
  const { index, context } = args
  if (context.number !== blockNumber) throw reorged(`${kind} ${index} in block ${blockNumber}`)
  const hash = hashAt(blockNumber)
  if (hash !== undefined && hash !== blockHash) throw reorged(`${kind} ${index} in ${blockHash}`)
}

/**
 * The logs are those of the records [from, to): two answers may come from two chains while L1 reorganises.
 * @throws {BaseError} `SETTLEMENT_REORGED`
 */
export function expectWhole(kind: RecordKind, logs: readonly RecordLog[], from: bigint, to: bigint): void {
  for (const [i, log] of logs.entries())
    if (log.args.index !== from + BigInt(i)) throw reorged(`${kind} ${from + BigInt(i)}`)
  if (logs.length !== Number(to - from)) throw reorged(`${kind} ${from + BigInt(logs.length)}`)
}

export interface LogScanOptions {
  client: PublicClient<Transport>
  /** L1 block from which on there are events */
  startBlock: bigint
  /** L1 blocks asked for at once, unless L1 refuses so many */
  logRange: bigint
  /** Hash of an L1 block among the newest, whose headers are known. */
  hashAt: (number: bigint) => Hash | undefined
}

/** Finds the logs of records by scanning L1 forward. */
export function logScan({ client, startBlock, logRange, hashAt }: LogScanOptions) {
  const places: Record<RecordKind, Places> = {
    batch: { checkpoints: new Map() },
    deposit: { checkpoints: new Map() },
  }
  /** L1 blocks asked for at once: fewer than `logRange` after L1 refused so many. */
  let range = logRange

  /** Logs from a block on, of as many blocks as L1 answers for, and the last of those. */
  async function readFrom<L>(
    block: bigint,
    head: bigint,
    read: (fromBlock: bigint, toBlock: bigint) => Promise<L[]>,
  ): Promise<{ logs: L[]; end: bigint }> {
    for (;;) {
      const end = block + range - 1n < head ? block + range - 1n : head
      const fewer = () => (range = (end - block + 1n) / 2n)
      try {
        return { logs: await read(block, end), end }
      } catch (error) {
        // Too many blocks may also take too long: fewer at the next try.
        if (error instanceof TimeoutError && end > block) fewer()
        if (end === block || !isTooMuch(error)) throw error
        fewer()
      }
    }
  }

  /** The logs of the records [from, to) of a kind. @throws {BaseError} `SETTLEMENT_REORGED` where L1 does not have them all */
  return async function scan<L extends RecordLog>(
    kind: RecordKind,
    from: bigint,
    to: bigint,
    read: (fromBlock: bigint, toBlock: bigint) => Promise<L[]>,
  ): Promise<L[]> {
    if (from >= to) return []
    const head = await client.getBlockNumber({ cacheTime: 0 })
    const { number: finalized } = await client
      .getBlock({ blockTag: 'finalized' })
      .catch(() => ({ number: 0n }))
    const found: L[] = []
    range = range * 2n < logRange ? range * 2n : logRange
    for (let block = beginning(places[kind], from, startBlock); block <= head;) {
      const { logs, end } = await readFrom(block, head, read)
      block = end + 1n
      for (const log of logs) {
        expectPlace(kind, log, hashAt)
        remember(places[kind], log.args.index, log.blockNumber, finalized)
        if (log.args.index >= from && log.args.index < to) found.push(log)
      }
      if (found.at(-1)?.args.index === to - 1n) break
    }
    expectWhole(kind, found, from, to)
    return found
  }
}
