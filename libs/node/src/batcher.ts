import {
  BaseError,
  emptyAccumulator,
  readBatchBase,
  type BatchBlock,
  type BatchCodec,
  type BatchHeader,
  type ChainBlock,
  type Clock,
  type DaAttachment,
  type DaLocation,
  type DataAvailability,
  type DepositLabel,
  type Hash,
  type InboxRules,
  type Logger,
  type Metrics,
  type Settlement,
} from '@animechain/core'
import { type Emitter, stopwatch } from '@animechain/runtime'
import type { BlockMeta } from './blockCodec.js'
import type { ChainStore } from './chainStore.js'
import type { Derivation } from './derivation/context.js'
import type { ServiceDefinition } from './service.js'
import type { BatcherOptions, RollupEvents } from './types.js'

/** Raw bytes of a batch before it is encoded, as a multiple of what it may be encoded: nothing compresses better here. */
const MAX_RATIO = 8
/** How much too large a batch is, going by how the last one was encoded, when another large block is not even tried. */
const HOPELESS = 1.2
/** Seconds in which the fee ceiling doubles while blocks wait. */
const CEILING_DOUBLES_SECONDS = 300

/**
 * Least pause when L1 is too dear, milliseconds: its fees change with its blocks, and each look encodes all that waits, in blobs with their commitments.
 */
const DEAR_PAUSE_MS = 6_000

/** A refused batch is tried again with this part of its blocks, down to one. */
const SHRINK = 4

interface Assembled {
  header: BatchHeader
  blocks: BatchBlock[]
  labels: DepositLabel[]
  transactions: number
  rawBytes: number
  /** accumulator of the deposit queue after the entries read */
  depositAcc: Hash
}

/** What the inbox refused of the batch that begins with `block`. */
export interface Refusal {
  block: bigint
  /** blocks of the next try; undefined: as many as fit */
  maxBlocks: number | undefined
  /** Whether the largest batch ended before the newest block: what lies behind cannot be posted with it. */
  fellShort: boolean
}

/**
 * After a refusal: fewer blocks, down to one. When not even one was taken, `force` says that no batch will be: the largest falls short of a block that the
 * inbox insists on, because that reads an overdue deposit or is young enough. The next try is whole again, in any case.
 */
export function afterRefusal(
  before: Refusal | undefined,
  { first, blockCount, head }: { first: bigint; blockCount: number; head: bigint },
): { refused: Refusal | undefined; force: boolean } {
  const known = before?.block === first ? before : undefined
  const fellShort = known?.fellShort ?? first + BigInt(blockCount) - 1n < head
  if (blockCount === 1) return { refused: undefined, force: fellShort }
  return { refused: { block: first, maxBlocks: Math.ceil(blockCount / SHRINK), fellShort }, force: false }
}

const userTransactions = (block: ChainBlock): Uint8Array[] =>
  block.transactions.filter((tx) => tx.receipt.type !== 0x7e).map((tx) => tx.raw)

/** About what a block brings into a batch before compression: its transactions, its labels, a few columns. bytes */
const rawBytes = (raws: readonly Uint8Array[], meta: BlockMeta): number =>
  raws.reduce((sum, raw) => sum + raw.length, 16 + 40 * meta.labels.length)

export interface BatcherParts {
  store: ChainStore
  settlement: Settlement
  da: DataAvailability
  codec: BatchCodec
  derivation: Derivation
  events: Emitter<RollupEvents>
  clock: Clock
  logger: Logger
  metrics: Metrics
}

/**
 * Posts unsafe blocks. It keeps no state of its own: what is posted is what the inbox has, so it resumes after a crash by looking.
 * The inbox refuses a batch that does not continue the one before, so a transaction that lands late cannot post a block twice.
 */
export function batcher(
  {
    pollMs = 1000,
    maxAgeSeconds = 10,
    maxIdleAgeSeconds = maxAgeSeconds,
    targetBytes,
    maxBytes: wantedBytes,
    maxFeePerGas,
    maxFeePerBlobGas,
  }: BatcherOptions,
  { store, settlement, da, codec, derivation, events, clock, logger, metrics }: BatcherParts,
): ServiceDefinition {
  const daBytes = Number(da.capabilities.maxBytes)
  const maxBytes = Math.min(wantedBytes ?? daBytes, daBytes, codec.limits.compressedBytes)
  const target = Math.min(targetBytes ?? Math.floor(maxBytes * 0.9), maxBytes)
  const postedBytes = metrics.counter({ name: 'rollup_batch_bytes_total', help: 'Bytes of batches posted.' })
  const postedTransactions = metrics.counter({
    name: 'rollup_batch_transactions_total',
    help: 'Transactions in batches posted.',
  })
  const waiting = metrics.gauge({
    name: 'rollup_batcher_oldest_block_age_seconds',
    help: 'Age of the oldest block that is not on L1.',
  })
  let rules: InboxRules | undefined
  /** encoded bytes for each raw byte, as last seen */
  let ratio = 1
  let refused: Refusal | undefined
  /** the blocks from `first` to `last`, as far as they were looked at */
  let seen: { first: bigint; last: { number: bigint; hash: Hash }; bytes: number; idle: boolean } | undefined
  /** the oldest waiting block, and the time since it was seen first */
  let oldest: bigint | undefined
  const sinceOldest = stopwatch(clock)

  /** Blocks from `first` on that fit one batch by every bound but the encoded size. */
  function assemble(first: bigint, maxBlocks: number): Assembled {
    const parent = store.headerByNumber(first - 1n)!
    let before = store.meta(parent.hash)
    let timestamp = parent.timestamp
    const out: Assembled = {
      header: {
        firstBlock: first,
        blockCount: 0,
        depositsReadAfter: before.depositsReadAfter,
        lastTimestamp: timestamp,
      },
      blocks: [],
      labels: [],
      transactions: 0,
      rawBytes: 0,
      depositAcc: before.depositAcc,
    }
    let gas = 0n
    const head = store.head('latest').number
    for (let number = first; number <= head && out.blocks.length < maxBlocks; number++) {
      const block = store.blockByNumber(number)
      if (!block) break
      const { header } = block
      const meta = store.meta(header.hash)
      const raws = userTransactions(block)
      const bytes = rawBytes(raws, meta)
      gas += meta.depositGas
      // As the inbox has it (docs/spec/protocol.md 1.2): the limits that L2 had before the batch and has after it, not the one that is set now.
      const gasLimit = parent.gasLimit > header.gasLimit ? parent.gasLimit : header.gasLimit
      const full =
        out.transactions + raws.length > codec.limits.transactions ||
        out.labels.length + meta.labels.length > codec.limits.labels ||
        out.rawBytes + bytes > Math.min(maxBytes * MAX_RATIO, codec.limits.decompressedBytes * 0.9) ||
        // What would be encoded for nothing: full blocks fill a batch each.
        (bytes > maxBytes / 2 && (out.rawBytes + bytes) * ratio > maxBytes * HOPELESS) ||
        gas > gasLimit
      // A block alone always goes: the sequencer bounds what one block holds.
      if (full && out.blocks.length > 0) break
      out.blocks.push({
        timestampDelta: Number(header.timestamp - timestamp),
        depositCount: Number(meta.depositsReadAfter - before.depositsReadAfter),
        transactions: raws,
      })
      out.labels.push(...meta.labels)
      out.transactions += raws.length
      out.rawBytes += bytes
      timestamp = header.timestamp
      before = meta
    }
    out.header = {
      firstBlock: first,
      blockCount: out.blocks.length,
      depositsReadAfter: before.depositsReadAfter,
      lastTimestamp: timestamp,
    }
    out.depositAcc = before.depositAcc
    return out
  }

  /** The largest batch from `first` on that fits, encoded. */
  async function encode(first: bigint, most = Infinity): Promise<Assembled & { bytes: Uint8Array }> {
    let maxBlocks = Math.min(rules!.maxBlocksPerBatch, codec.limits.blocks, most)
    for (;;) {
      const assembled = assemble(first, maxBlocks)
      const { blockCount } = assembled.header
      let bytes: Uint8Array
      try {
        bytes = await codec.encode({ blocks: assembled.blocks, labels: assembled.labels })
      } catch (error) {
        // A bound that is not visible from here.
        if ((error as BaseError).code !== 'CODEC_TOO_LARGE' || blockCount === 1) throw error
        maxBlocks = Math.ceil(blockCount / 2)
        continue
      }
      if (assembled.rawBytes > 4096) ratio = bytes.length / assembled.rawBytes
      if (bytes.length <= maxBytes) return { ...assembled, bytes }
      if (blockCount === 1)
        throw new BaseError('A single block is larger than the data availability takes.', {
          code: 'BATCHER_BLOCK_TOO_LARGE',
          metaMessages: [
            `Expected at most ${maxBytes} bytes, got ${bytes.length} for block ${first}.`,
            'Lower maxBlockBytes of the sequencer.',
          ],
        })
      maxBlocks = Math.max(
        1,
        Math.min(blockCount - 1, Math.floor((blockCount * maxBytes * 0.95) / bytes.length)),
      )
    }
  }

  /**
   * What waits from `first` on: raw bytes, counted up to what decides, and whether nobody waits for it. Each block is read once, however often it is
   * asked; `last` tells whether the chain is still the one that was read.
   */
  function lookAtWaiting(first: bigint, enough: number): { bytes: number; idle: boolean } {
    const known = seen?.first === first && store.headerByNumber(seen.last.number)?.hash === seen.last.hash
    let { bytes, idle } = known ? seen! : { bytes: 0, idle: true }
    let number = known ? seen!.last.number + 1n : first
    for (; number <= store.head('latest').number && bytes < enough; number++) {
      const block = store.blockByNumber(number)
      if (!block) break
      const { header } = block
      const meta = store.meta(header.hash)
      const raws = userTransactions(block)
      bytes += rawBytes(raws, meta)
      idle &&= raws.length === 0 && meta.labels.length === 0
      seen = { first, last: { number, hash: header.hash }, bytes, idle }
    }
    return { bytes, idle }
  }

  /** The ceiling rises while blocks wait and is gone at half of the time after which deposits are forced. */
  const ceiling = (limit: bigint | undefined, ageSeconds: number): bigint | undefined => {
    if (limit === undefined || ageSeconds >= rules!.forceDelaySeconds / 2) return undefined
    return (limit * BigInt(Math.round(1000 * 2 ** (ageSeconds / CEILING_DOUBLES_SECONDS)))) / 1000n
  }

  async function step(signal: AbortSignal): Promise<number | void> {
    if (!derivation.caughtUp) return
    rules ??= await settlement.rules()
    // The view of the last complete derivation step: local blocks up to `lastBlock` are those of the inbox.
    const view = derivation.view
    if (!view || view.batchCount !== store.batchCount) return
    const first = view.lastBlock + 1n
    const head = store.head('latest')
    if (head.number < first) {
      oldest = undefined
      waiting.set(0)
      return
    }
    if (oldest !== first) sinceOldest.restart()
    oldest = first
    // Either clock may have stood still: this process's over a restart, L2's while nothing was built.
    const l2Age = Number(head.timestamp - store.headerByNumber(first)!.timestamp)
    const age = Math.max(sinceOldest.elapsed() / 1000, l2Age)
    waiting.set(age)
    if (Number(head.number - first) + 1 < rules.maxBlocksPerBatch) {
      const { bytes, idle } = lookAtWaiting(first, target / ratio)
      // Not longer than half of the delay: deposits that are overdue could be forced past the blocks that wait.
      const idleAge = Math.max(maxAgeSeconds, Math.min(maxIdleAgeSeconds, rules.forceDelaySeconds / 2))
      if (age < (idle ? idleAge : maxAgeSeconds) && bytes * ratio < target) return
    }

    const batch = await encode(first, refused?.block === first ? refused.maxBlocks : undefined)
    const lastBlock = first + BigInt(batch.header.blockCount) - 1n
    if (batch.header.lastTimestamp + BigInt(rules.maxLagSeconds) < view.head.timestamp) {
      // The inbox wants a young block at the end: the one that is built next, or there is no room for it.
      if (lastBlock < head.number) await force(first, signal)
      return
    }
    const prepared = await prepare(batch.bytes, signal)
    if (!prepared) return
    const result = await settlement.appendBatch(
      batch.header,
      {
        parentAcc: store.appliedBatch(view.batchCount - 1n)?.acc ?? emptyAccumulator,
        depositAcc: batch.depositAcc,
      },
      prepared.commitment,
      prepared.attachment,
      prepared.location,
      {
        signal,
        maxFeePerGas: ceiling(maxFeePerGas, age),
        maxFeePerBlobGas: ceiling(maxFeePerBlobGas, age),
      },
    )
    switch (result.status) {
      case 'ok':
        refused = undefined
        postedBytes.inc(batch.bytes.length)
        postedTransactions.inc(batch.transactions)
        logger.info('batch posted', {
          firstBlock: first,
          lastBlock,
          transactions: batch.transactions,
          bytes: batch.bytes.length,
        })
        events.emit('batchPosted', {
          firstBlock: first,
          lastBlock,
          transactions: batch.transactions,
          bytes: batch.bytes.length,
        })
        // The next batch starts where the inbox says.
        await derivation.tick()
        return 0
      case 'rejected':
        logger.warn('the inbox refused a batch', { firstBlock: first, lastBlock, reason: result.reason })
        await afterRefused(first, batch.header.blockCount, head.number, signal)
        return
      case 'feeTooHigh':
        logger.info('L1 fees are above the ceiling: batches wait', {
          baseFee: result.baseFee,
          blobBaseFee: result.blobBaseFee,
          ageSeconds: Math.round(age),
        })
        return Math.max(pollMs, DEAR_PAUSE_MS)
      case 'error':
        throw result.error
    }
  }

  /** Where no batch will be taken, a forced one goes on: the blocks that waited give way, and their transactions go back to the pool. */
  async function force(first: bigint, signal: AbortSignal): Promise<void> {
    const forced = await settlement.forceBatch(new Uint8Array(0), await readBatchBase(settlement), { signal })
    logger.warn('forced a batch to get going again', { firstBlock: first, status: forced.status })
    await derivation.tick()
  }

  async function afterRefused(first: bigint, blockCount: number, head: bigint, signal: AbortSignal) {
    const next = afterRefusal(refused, { first, blockCount, head })
    refused = next.refused
    if (next.force) await force(first, signal)
    else await derivation.tick()
  }

  async function prepare(
    bytes: Uint8Array,
    signal: AbortSignal,
  ): Promise<{ commitment: Uint8Array; attachment?: DaAttachment; location?: DaLocation } | undefined> {
    if (da.prepare) {
      const prepared = await da.prepare(bytes)
      if ('status' in prepared)
        throw new BaseError('The data availability refused the size of a batch.', {
          code: 'BATCHER_BLOCK_TOO_LARGE',
          metaMessages: [`Expected at most ${prepared.maxBytes} bytes, got ${bytes.length}.`],
        })
      if (settlement.capabilities.attachments.includes(prepared.attachment.type)) return prepared
    }
    const put = await da.put(bytes, { signal })
    switch (put.status) {
      case 'ok':
        return put
      case 'rateLimited':
        logger.info('the data availability asks to wait', { retryAfterMs: put.retryAfterMs })
        await clock.sleep(Math.min(put.retryAfterMs, 60_000), signal)
        return undefined
      case 'tooLarge':
        throw new BaseError('The data availability refused the size of a batch.', {
          code: 'BATCHER_BLOCK_TOO_LARGE',
          metaMessages: [`Expected at most ${put.maxBytes} bytes, got ${bytes.length}.`],
        })
      case 'failover':
        throw new BaseError('The data availability asks to use another one.', {
          code: 'BATCHER_DA_FAILOVER',
          metaMessages: [put.reason],
        })
      case 'error':
        throw put.error
    }
  }

  return { name: 'batcher', pollMs, step }
}
