import type { ChainBlock, Hash } from '@animechain/core'

/** Blocks that are kept decoded, bounded by their number, and by their transactions and logs together: either can fill a block. */
export interface BlockCache {
  get(hash: Hash): ChainBlock | undefined
  /** Keeps a block, and lets the ones go that came first. The newest one stays, however large it is. */
  add(block: ChainBlock): void
  delete(hash: Hash): void
  clear(): void
}

export interface BlockCacheBounds {
  blocks: number
  transactions: number
  logs: number
}

const logsOf = (block: ChainBlock): number =>
  block.transactions.reduce((sum, { receipt }) => sum + receipt.logs.length, 0)

export function blockCache(bounds: BlockCacheBounds): BlockCache {
  const blocks = new Map<Hash, ChainBlock>()
  let transactions = 0
  let logs = 0
  const fits = () =>
    blocks.size <= bounds.blocks && transactions <= bounds.transactions && logs <= bounds.logs

  function remove(hash: Hash): void {
    const block = blocks.get(hash)
    if (!block) return
    blocks.delete(hash)
    transactions -= block.transactions.length
    logs -= logsOf(block)
  }
  return {
    get: (hash) => blocks.get(hash),
    add(block) {
      const { hash } = block.header
      remove(hash)
      blocks.set(hash, block)
      transactions += block.transactions.length
      logs += logsOf(block)
      for (const oldest of blocks.keys()) {
        if (fits() || oldest === hash) return
        remove(oldest)
      }
    },
    delete: remove,
    clear() {
      blocks.clear()
      transactions = 0
      logs = 0
    },
  }
}
