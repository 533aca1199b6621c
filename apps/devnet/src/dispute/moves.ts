import { challengeTreeAbi } from '@animechain/contracts'
import type { Hash } from '@animechain/core'
import type { L1Access } from '@animechain/proving-interactive'
import { parseEventLogs, type Address, type PublicClient, type Transport } from 'viem'

/** A move in a dispute, as L1 recorded it. */
export interface MoveOnL1 {
  kind: 'claim' | 'bisect' | 'refine' | 'prove'
  /** who moved */
  account: Address
  /** 0 blocks, 1 spans of steps, 2 steps */
  level: number
  /** leaves of the level that it is about: the first of them, and how many */
  from: number
  count: number
  height: number
  l1Block: bigint
  transaction: Hash
  /** gas of the transaction, of which the move may share the cost with others */
  gas: bigint
  /** moves in that transaction */
  together: number
}

const kinds = { Opened: 'claim', Bisected: 'bisect', Refined: 'refine', Proven: 'prove' } as const

/** Follows a challenge tree: each call gives the moves since the last one. */
export function moveReader(
  client: PublicClient<Transport>,
  { access, tree, from }: { access: L1Access; tree: Address; from: bigint },
): () => Promise<MoveOnL1[]> {
  let next = from
  return async () => {
    const { view } = await access.look()
    const to = await client.getBlockNumber({ cacheTime: 0 })
    if (to < next) return []
    const logs = await client.getLogs({ address: tree, fromBlock: next, toBlock: to })
    next = to + 1n
    const events = parseEventLogs({ abi: challengeTreeAbi, logs }).filter(
      ({ eventName }) => eventName in kinds,
    )
    const moves: MoveOnL1[] = []
    for (const event of events) {
      const { transactionHash, blockNumber } = event
      const { gasUsed, from: account } = await client.getTransactionReceipt({ hash: transactionHash })
      const edge = view.edge((event.args as { id: Hash }).id)
      if (!edge) continue
      moves.push({
        kind: kinds[event.eventName as keyof typeof kinds],
        ...{ account, level: edge.level, height: edge.height },
        from: edge.position * 2 ** edge.height,
        count: 2 ** edge.height,
        ...{ l1Block: blockNumber, transaction: transactionHash, gas: gasUsed },
        together: events.filter((other) => other.transactionHash === transactionHash).length,
      })
    }
    return moves
  }
}
