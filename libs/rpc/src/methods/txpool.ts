import type { Address, PooledTransaction } from '@animechain/core'
import { decodeTransaction } from '@animechain/tx'
import { method, type Context, type MethodTable } from '../context.js'
import { encodePooled, quantity, type Json } from '../encode.js'
import { feeCap } from '../fees.js'
import { param } from '../params.js'

function byNonce(transactions: readonly PooledTransaction[], show: (transaction: PooledTransaction) => Json) {
  const out: Record<string, Json> = {}
  for (const transaction of transactions) out[transaction.nonce.toString()] = show(transaction)
  return out
}

function bySender(
  transactions: readonly PooledTransaction[],
  show: (transaction: PooledTransaction) => Json,
) {
  const groups = new Map<Address, PooledTransaction[]>()
  for (const transaction of transactions) {
    const group = groups.get(transaction.from)
    if (group) group.push(transaction)
    else groups.set(transaction.from, [transaction])
  }
  return Object.fromEntries([...groups].map(([from, group]) => [from, byNonce(group, show)]))
}

const content = ({ backend }: Context) => backend.pool?.content() ?? { pending: [], queued: [] }

/** geth's one-line form: `to: value wei + gas gas × price wei`. */
function inspect({ raw }: PooledTransaction): string {
  const tx = decodeTransaction(raw)
  return `${tx.to ?? 'contract creation'}: ${tx.value} wei + ${tx.gasLimit} gas × ${feeCap(raw)} wei`
}

/** `txpool_`: what waits. Empty on a node without a pool. */
export const txpoolMethods: MethodTable = {
  txpool_status: method([], (context) => {
    const { pending, queued } = content(context)
    return { pending: quantity(pending.length), queued: quantity(queued.length) }
  }),
  txpool_content: method(
    [],
    (context) => {
      const { pending, queued } = content(context)
      return { pending: bySender(pending, encodePooled), queued: bySender(queued, encodePooled) }
    },
    { heavy: true },
  ),
  txpool_contentFrom: method(
    [param.address],
    (context, address) => {
      const { pending, queued } = content(context)
      const own = (transactions: readonly PooledTransaction[]) =>
        byNonce(
          transactions.filter(({ from }) => from === address),
          encodePooled,
        )
      return { pending: own(pending), queued: own(queued) }
    },
    { heavy: true },
  ),
  txpool_inspect: method(
    [],
    (context) => {
      const { pending, queued } = content(context)
      return { pending: bySender(pending, inspect), queued: bySender(queued, inspect) }
    },
    { heavy: true },
  ),
}
