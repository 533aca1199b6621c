import { method, type MethodTable } from '../context.js'
import { invalidParams, RpcError, rpcErrorCodes, serverError } from '../errors.js'
import { findLogs, PENDING_LOGS } from '../logQuery.js'
import { optional, param, type BlockRef, type LogQuery } from '../params.js'
import type { SubscriptionKind } from '../subscriptions/subscriptions.js'

const ANY_LOG = { addresses: [], topics: [] }

/** A filter watches new blocks: from now on, or from a number on, up to another. As geth, it knows no other tags than `earliest` and `latest`. */
function watched(query: LogQuery): LogQuery {
  if (query.blockHash !== undefined) throw invalidParams('a filter cannot have a blockHash: use eth_getLogs')
  const { fromBlock, toBlock } = query
  const bound = (ref: BlockRef | undefined): bigint | undefined => {
    if (ref === undefined || ref.type === 'hash') return undefined
    if (ref.type === 'number') return ref.number
    if (ref.tag === 'earliest') return 0n
    if (ref.tag === 'latest') return undefined
    throw invalidParams(
      ref.tag === 'pending'
        ? PENDING_LOGS
        : `invalid block range params: expected a number, earliest or latest in a filter, got ${ref.tag}`,
    )
  }
  const [from, to] = [bound(fromBlock), bound(toBlock)]
  // What is new now is above a number that is not.
  if (to !== undefined && (from === undefined || from > to)) throw invalidParams('invalid block range params')
  return query
}

/** `eth_`: logs, filters and subscriptions. */
export const logMethods: MethodTable = {
  eth_getLogs: method([param.logQuery], findLogs, { heavy: true }),
  eth_newFilter: method([param.logQuery], ({ filters, client }, query) =>
    filters.add({ type: 'logs', query: watched(query) }, client.address),
  ),
  eth_newBlockFilter: method([], ({ filters, client }) => filters.add({ type: 'blocks' }, client.address)),
  eth_newPendingTransactionFilter: method([optional(param.boolean)], ({ filters, client }) =>
    filters.add({ type: 'transactions' }, client.address),
  ),
  eth_uninstallFilter: method([param.text], ({ filters }, id) => filters.remove(id)),
  eth_getFilterChanges: method([param.text], ({ filters }, id) => filters.changes(id), { heavy: true }),
  eth_getFilterLogs: method([param.text], (context, id) => findLogs(context, context.filters.query(id)), {
    heavy: true,
  }),
  eth_subscribe: method([param.text, optional(param.any)], ({ connection, subscriptions }, kind, options) => {
    if (connection === undefined)
      throw new RpcError(
        rpcErrorCodes.methodNotFound,
        'notifications not supported: subscribe over WebSocket',
      )
    // Nobody would end it any more.
    if (!connection.isOpen) throw serverError('the connection is closed')
    return subscriptions.add(connection, subscriptionKind(kind, options))
  }),
  eth_unsubscribe: method([param.text], ({ connection, subscriptions }, id) => {
    if (connection === undefined || !subscriptions.remove(connection, id))
      throw serverError('subscription not found')
    return true
  }),
}

function subscriptionKind(kind: string, options: unknown): SubscriptionKind {
  switch (kind) {
    case 'newHeads':
      return { type: 'heads' }
    case 'logs':
      return {
        type: 'logs',
        criteria: options === undefined ? ANY_LOG : param.logQuery(options, 'argument 1'),
      }
    case 'newPendingTransactions':
      return {
        type: 'transactions',
        full: options === undefined ? false : param.boolean(options, 'argument 1'),
      }
    case 'syncing':
      return { type: 'syncing' }
  }
  throw invalidParams(
    `no "${kind.slice(0, 40)}" subscription in eth namespace: expected newHeads, logs, newPendingTransactions or syncing`,
  )
}
