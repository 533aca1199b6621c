import type { Address, PooledTransaction } from '@animechain/core'
import { decodeTransaction } from '@animechain/tx'
import { answerTooLarge, LongResult } from '../answer.js'
import { method, type Context, type MethodTable } from '../context.js'
import { encodePooled, quantity, type Json } from '../encode.js'
import { feeCap } from '../fees.js'
import { param } from '../params.js'

type Show = (transaction: PooledTransaction) => Json

const content = ({ backend }: Context) => backend.pool?.content() ?? { pending: [], queued: [] }

/** geth's one-line form: `to: value wei + gas gas × price wei`. */
function inspect({ raw }: PooledTransaction): string {
  const tx = decodeTransaction(raw)
  return `${tx.to ?? 'contract creation'}: ${tx.value} wei + ${tx.gasLimit} gas × ${feeCap(raw)} wei`
}

function bySender(transactions: Iterable<PooledTransaction>): Map<Address, PooledTransaction[]> {
  const groups = new Map<Address, PooledTransaction[]>()
  for (const transaction of transactions) {
    const group = groups.get(transaction.from)
    if (group) group.push(transaction)
    else groups.set(transaction.from, [transaction])
  }
  return groups
}

/** An object by nonce, piece by piece: a pool may hold more than one answer may. */
function* noncePieces(transactions: Iterable<PooledTransaction>, show: Show): Generator<string> {
  let before = '{'
  for (const transaction of transactions) {
    yield `${before}"${transaction.nonce}":${JSON.stringify(show(transaction))}`
    before = ','
  }
  yield before === '{' ? '{}' : '}'
}

function* senderPieces(transactions: Iterable<PooledTransaction>, show: Show): Generator<string> {
  let before = '{'
  for (const [from, group] of bySender(transactions)) {
    yield `${before}"${from}":`
    yield* noncePieces(group, show)
    before = ','
  }
  yield before === '{' ? '{}' : '}'
}

function* poolPieces(
  { pending, queued }: { pending: Iterable<PooledTransaction>; queued: Iterable<PooledTransaction> },
  pieces: (transactions: Iterable<PooledTransaction>, show: Show) => Iterable<string>,
  show: Show,
): Generator<string> {
  yield '{"pending":'
  yield* pieces(pending, show)
  yield ',"queued":'
  yield* pieces(queued, show)
  yield '}'
}

/** Refuses what cannot fit before anything is made of it: a hex digit takes half a byte. */
function refuseTooLarge({ limits }: Context, ...lists: Iterable<PooledTransaction>[]): void {
  let bytes = 0
  for (const list of lists) for (const { raw } of list) bytes += 2 * raw.length
  if (bytes > limits.answerBytes) throw answerTooLarge(limits.answerBytes)
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
      refuseTooLarge(context, pending, queued)
      return new LongResult(poolPieces({ pending, queued }, senderPieces, encodePooled))
    },
    { heavy: true },
  ),
  txpool_contentFrom: method(
    [param.address],
    (context, address) => {
      const own = (transactions: readonly PooledTransaction[]) =>
        transactions.filter(({ from }) => from === address)
      const { pending, queued } = content(context)
      const shown = { pending: own(pending), queued: own(queued) }
      refuseTooLarge(context, shown.pending, shown.queued)
      return new LongResult(poolPieces(shown, noncePieces, encodePooled))
    },
    { heavy: true },
  ),
  txpool_inspect: method(
    [],
    (context) => new LongResult(poolPieces(content(context), senderPieces, inspect)),
    { heavy: true },
  ),
}
