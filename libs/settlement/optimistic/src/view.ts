import {
  emptyAccumulator,
  steadyTime,
  type Address,
  type Clock,
  type Hash,
  type InboxView,
  type L1BlockRef,
  type Logger,
} from '@animechain/core'
import { headerChain, type L1Header } from '@animechain/l1'
import type { PublicClient, Transport } from 'viem'
import { reorged } from './failures.js'
import { nextFinality, type Finality } from './finality.js'
import { inboxReads } from './inboxReads.js'
import type { InboxQueue } from './inboxStorage.js'
import { l1Blocks } from './l1Blocks.js'

export interface ViewReaderOptions {
  client: PublicClient<Transport>
  inbox: Address
  /** L1 block from which on the inbox exists */
  startBlock: bigint
  clock: Clock
  logger: Logger
}

const least = (a: bigint, b: bigint) => (a < b ? a : b)

const refOf = ({ number, hash, timestamp }: L1Header): L1BlockRef => ({ number, hash, timestamp })

/** Reads the inbox at L1's newest block, and shows what was read against the headers of L1. */
export function viewReader({ client, inbox, startBlock, clock, logger }: ViewReaderOptions) {
  const blocks = l1Blocks(client)
  const chain = headerChain({ clock, byHash: blocks.byHash, range: blocks.range })
  const reads = inboxReads({ client, blocks, inbox, logger })
  let last: InboxView | undefined
  let finality: Finality = {}
  let finalCount: { hash: Hash; batches: bigint } | undefined

  /** Batches whose L1 block is final. */
  async function finalBatches({ number, hash }: L1Header): Promise<bigint> {
    if (finalCount?.hash === hash) return finalCount.batches
    const batches = number < startBlock ? 0n : await reads.batchCount(number)
    if (batches === undefined) return finalCount?.batches ?? 0n
    finalCount = { hash, batches }
    return batches
  }

  async function view(): Promise<InboxView> {
    const [head, safe, named] = await Promise.all([
      blocks.latest(),
      blocks.tagged('safe'),
      blocks.tagged('finalized'),
    ])
    const link = await chain.extend(head)
    const seen = nextFinality(finality, { named, head, at: chain.at, now: steadyTime(clock) })
    finality = seen
    const { final } = seen
    const refs = { head: refOf(head), safe: refOf(safe), finalized: refOf(final) }
    const finalized = await finalBatches(final)
    // The state of a block does not change.
    if (last?.proven && last.head.hash === head.hash)
      return (last = { ...last, ...refs, finalizedBatchCount: least(finalized, last.batchCount) })

    const { state, isShown } = await reads.state(head)
    const { acc: _acc, ...shown } = state
    return (last = {
      ...refs,
      ...shown,
      finalizedBatchCount: least(finalized, state.batchCount),
      proven: isShown && link !== 'first',
    })
  }

  /** Accumulator of the first `count` entries of a queue at a view's head. */
  async function accumulatorAt(
    { head }: Pick<InboxView, 'head'>,
    queue: InboxQueue,
    count: bigint,
  ): Promise<{ acc: Hash; proven: boolean }> {
    if (count === 0n) return { acc: emptyAccumulator, proven: true }
    const header = chain.at(head.number)
    if (header?.hash !== head.hash) throw reorged(`block ${head.number}`)
    return reads.accumulator(header, queue, count)
  }

  return { view, accumulatorAt, headerAt: chain.at }
}
