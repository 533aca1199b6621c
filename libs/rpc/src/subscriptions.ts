import type { ChainReader, TransactionPool } from '@animechain/core'
import { bloomTest } from './bloom.js'
import type { Connection } from './context.js'
import { encodeHeader, encodePooled, type Json } from './encode.js'
import { newId } from './filters.js'
import { blockLogs } from './logs.js'
import type { LogCriteria } from './params.js'

const notice = (id: string, result: string) =>
  `{"jsonrpc":"2.0","method":"eth_subscription","params":{"subscription":"${id}","result":${result}}}`

/** Registers the end of a subscription with its connection; returns its id. `begin` gets what sends one result as JSON text. */
function open(connection: Connection, begin: (send: (result: string) => void) => () => void): string {
  const id = newId()
  connection.subscriptions.set(
    id,
    begin((result) => connection.send(notice(id, result))),
  )
  return id
}

/** Every header that joins the canonical chain. */
export function subscribeHeads(connection: Connection, chain: ChainReader): string {
  return open(connection, (send) =>
    chain.subscribe(({ added }) => {
      for (const block of added) send(JSON.stringify(encodeHeader(block.header)))
    }),
  )
}

/** Logs of new blocks; of blocks that a reorg removed once more with `removed: true`, newest block first. */
export function subscribeLogs(connection: Connection, chain: ChainReader, criteria: LogCriteria): string {
  const mayHold = bloomTest(criteria)
  return open(connection, (send) =>
    chain.subscribe(({ removed, added }) => {
      const each = (logs: readonly Json[]) => {
        for (const log of logs) send(JSON.stringify(log))
      }
      for (const block of removed) if (mayHold(block.header.logsBloom)) each(blockLogs(block, criteria, true))
      for (const block of added) if (mayHold(block.header.logsBloom)) each(blockLogs(block, criteria, false))
    }),
  )
}

/** Hashes of transactions that enter the pool, or whole transactions. */
export function subscribeTransactions(
  connection: Connection,
  pool: TransactionPool | undefined,
  full: boolean,
): string {
  return open(connection, (send) =>
    pool === undefined
      ? () => undefined
      : pool.subscribe((transaction) =>
          send(JSON.stringify(full ? encodePooled(transaction) : transaction.hash)),
        ),
  )
}

/** Whether the node is catching up, as eth_syncing answers it: once, and as that never changes nothing further. */
export function subscribeSyncing(connection: Connection): string {
  return open(connection, (send) => {
    // After the answer that names the subscription.
    const soon = setImmediate(() => send('false'))
    return () => clearImmediate(soon)
  })
}
