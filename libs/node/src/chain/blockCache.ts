import type { ChainBlock, Hash } from '@animechain/core'

/** Blocks that are kept decoded, bounded by their number and by their transactions together. */
export interface BlockCache {
  get(hash: Hash): ChainBlock | undefined
  /** Keeps a block, and lets the ones go that came first. The newest one stays, however large it is. */
  add(block: ChainBlock): void
  delete(hash: Hash): void
  clear(): void
}

export function blockCache(bounds: { blocks: number; transactions: number }): BlockCache {
  const blocks = new Map<Hash, ChainBlock>()
  let transactions = 0

  function remove(hash: Hash): void {
    const block = blocks.get(hash)
    if (!block) return
    blocks.delete(hash)
    transactions -= block.transactions.length
  }
  return {
    get: (hash) => blocks.get(hash),
    add(block) {
      const { hash } = block.header
      remove(hash)
      blocks.set(hash, block)
      transactions += block.transactions.length
      for (const oldest of blocks.keys()) {
        if (blocks.size <= bounds.blocks && transactions <= bounds.transactions) return
        if (oldest === hash) return
        remove(oldest)
      }
    },
    delete: remove,
    clear() {
      blocks.clear()
      transactions = 0
    },
  }
}
