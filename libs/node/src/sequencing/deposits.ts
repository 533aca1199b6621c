import type { BaseError, DepositEntry, DepositLabel, InboxView, Settlement } from '@animechain/core'
import { depositGas } from '@animechain/derivation'
import type { ChainStore } from '../chain/store.js'
import type { BlockMeta } from '../chain/blockCodec.js'

/** Entries held at once: what a second of fast blocks can read. */
const MAX_ENTRIES = 2_000
/** Bytes of their data at once, but for the last page. */
const MAX_BYTES = 16 * 1024 * 1024
/** Entries fetched together. */
const PAGE = 100n

/**
 * Entries of the deposit queue that the next blocks read, fetched ahead: building a block never waits for L1. Derivation refreshes them after each of its
 * steps; while L1 does not answer, deposits wait and blocks do not.
 */
export interface DepositFeed {
  /** What is held from `index` on, in order. Does not wait. */
  from(index: bigint): readonly DepositEntry[]
  /** Drops what L1 no longer has and what was read, and fetches more. */
  refresh(view: InboxView): Promise<void>
  /** Forgets all: it did not fit the chain. */
  clear(): void
}

/** What a block reads of the queue, and how that stands after it. */
export interface QueuedDeposits {
  entries: readonly DepositEntry[]
  labels: readonly DepositLabel[]
  meta: BlockMeta
}

/**
 * Entries that the next block reads of those that are held: confirmed on L1, and within the gas of a block but for the first.
 * @param newest L1 block up to which entries are confirmed
 */
export function depositsOfBlock(
  held: readonly DepositEntry[],
  { newest, most }: { newest: bigint; most: number },
): readonly DepositEntry[] {
  let gas = 0n
  let count = 0
  for (const entry of held.slice(0, most)) {
    gas += depositGas(entry)
    // The inbox bounds the gas of the deposits in a batch by the same limit.
    if (entry.context.number > newest || (count > 0 && gas > entry.context.gasLimit)) break
    count++
  }
  return held.slice(0, count)
}

export function depositFeed({
  settlement,
  store,
}: {
  settlement: Pick<Settlement, 'getDeposits'>
  store: Pick<ChainStore, 'head' | 'meta'>
}): DepositFeed {
  let held: DepositEntry[] = []
  let checkedAt: string | undefined

  const from = (index: bigint): DepositEntry[] => {
    const first = held[0]
    return !first || index < first.index ? [] : held.slice(Number(index - first.index))
  }

  /** Accumulators chain: the newest vouches for those before it. */
  async function isStillOnL1(view: InboxView): Promise<boolean> {
    const last = held.at(-1)
    if (!last || checkedAt === view.head.hash) return true
    if (last.index >= view.depositCount) return false
    const [now] = await settlement.getDeposits(last.index, last.index + 1n)
    return now?.acc === last.acc
  }

  async function fill(view: InboxView): Promise<void> {
    if (!(await isStillOnL1(view))) held = []
    checkedAt = view.head.hash
    const next = store.meta(store.head('latest').hash).depositsReadAfter
    held = from(next)
    let bytes = held.reduce((sum, { opaqueData }) => sum + opaqueData.length, 0)
    for (;;) {
      const start = held.length > 0 ? held.at(-1)!.index + 1n : next
      if (start >= view.depositCount || held.length >= MAX_ENTRIES || bytes >= MAX_BYTES) return
      const end = start + PAGE < view.depositCount ? start + PAGE : view.depositCount
      const page = await settlement.getDeposits(start, end)
      // Blocks read meanwhile, and what is held may have been cleared.
      if (held.length > 0 ? held.at(-1)!.index + 1n !== start : start !== next) return
      held = [...held, ...page]
      bytes += page.reduce((sum, { opaqueData }) => sum + opaqueData.length, 0)
    }
  }

  return {
    from,
    async refresh(view) {
      try {
        await fill(view)
      } catch (error) {
        // Seen in the middle of a reorg: the next look decides.
        if ((error as BaseError).code !== 'SETTLEMENT_REORGED') throw error
        held = []
      }
    },
    clear() {
      held = []
    },
  }
}
