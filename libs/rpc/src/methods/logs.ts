import { method, type MethodTable } from '../context.js'
import { invalidParams, RpcError, rpcErrorCodes, serverError } from '../errors.js'
import { findLogs, PENDING_LOGS } from '../logs.js'
import { optional, param, type BlockRef, type LogQuery } from '../params.js'
import { subscribeHeads, subscribeLogs, subscribeSyncing, subscribeTransactions } from '../subscriptions.js'

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
  eth_newFilter: method([param.logQuery], ({ filters }, query) =>
    filters.add({ type: 'logs', query: watched(query) }),
  ),
  eth_newBlockFilter: method([], ({ filters }) => filters.add({ type: 'blocks' })),
  eth_newPendingTransactionFilter: method([optional(param.boolean)], ({ filters }) =>
    filters.add({ type: 'transactions' }),
  ),
  eth_uninstallFilter: method([param.text], ({ filters }, id) => filters.remove(id)),
  eth_getFilterChanges: method([param.text], ({ filters }, id) => filters.changes(id), { heavy: true }),
  eth_getFilterLogs: method([param.text], (context, id) => findLogs(context, context.filters.query(id)), {
    heavy: true,
  }),
  eth_subscribe: method(
    [param.text, optional(param.any)],
    ({ backend, connection, limits }, kind, options) => {
      if (connection === undefined)
        throw new RpcError(
          rpcErrorCodes.methodNotFound,
          'notifications not supported: subscribe over WebSocket',
        )
      // Nobody would end it any more.
      if (!connection.isOpen) throw serverError('the connection is closed')
      if (connection.subscriptions.size >= limits.subscriptions)
        throw new RpcError(
          rpcErrorCodes.limitExceeded,
          `too many subscriptions: at most ${limits.subscriptions} on one connection`,
        )
      switch (kind) {
        case 'newHeads':
          return subscribeHeads(connection, backend.chain)
        case 'logs':
          return subscribeLogs(
            connection,
            backend.chain,
            options === undefined ? ANY_LOG : param.logQuery(options, 'argument 1'),
          )
        case 'newPendingTransactions':
          return subscribeTransactions(
            connection,
            backend.pool,
            options === undefined ? false : param.boolean(options, 'argument 1'),
          )
        case 'syncing':
          return subscribeSyncing(connection)
      }
      throw invalidParams(
        `no "${kind.slice(0, 40)}" subscription in eth namespace: expected newHeads, logs, newPendingTransactions or syncing`,
      )
    },
  ),
  eth_unsubscribe: method([param.text], ({ connection }, id) => {
    const end = connection?.subscriptions.get(id)
    if (end === undefined) throw serverError('subscription not found')
    connection!.subscriptions.delete(id)
    end()
    return true
  }),
}
