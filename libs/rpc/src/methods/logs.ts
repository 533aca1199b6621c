import { method, type MethodTable } from '../context.js'
import { serverError } from '../errors.js'
import { findLogs } from '../logs.js'
import { optional, param } from '../params.js'
import { invalidParams, RpcError, rpcErrorCodes } from '../errors.js'
import { subscribeHeads, subscribeLogs, subscribeTransactions } from '../subscriptions.js'

const ANY_LOG = { addresses: [], topics: [] }

/** `eth_`: logs, filters and subscriptions. */
export const logMethods: MethodTable = {
  eth_getLogs: method([param.logQuery], findLogs, { heavy: true }),
  eth_newFilter: method([param.logQuery], ({ filters }, query) => {
    if (query.blockHash !== undefined)
      throw invalidParams('a filter cannot have a blockHash: use eth_getLogs')
    return filters.add({ type: 'logs', query })
  }),
  eth_newBlockFilter: method([], ({ filters }) => filters.add({ type: 'blocks' })),
  eth_newPendingTransactionFilter: method([optional(param.boolean)], ({ filters }) =>
    filters.add({ type: 'transactions' }),
  ),
  eth_uninstallFilter: method([param.text], ({ filters }, id) => filters.remove(id)),
  eth_getFilterChanges: method([param.text], ({ filters }, id) => filters.changes(id)),
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
      }
      throw invalidParams(
        `no "${kind.slice(0, 40)}" subscription in eth namespace: expected newHeads, logs or newPendingTransactions`,
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
