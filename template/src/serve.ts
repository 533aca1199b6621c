import type { Rollup } from '@animechain/node'
import { rpcServer } from '@animechain/rpc'

/** JSON-RPC of a node. Port 0 takes a free one. */
export function serve(rollup: Rollup, port: number) {
  return rpcServer({
    backend: {
      chainConfig: rollup.config,
      chain: rollup.chain,
      engine: rollup.engine,
      syncStatus: () => rollup.syncStatus(),
      outputAt: (number) => rollup.outputAt(number),
      ...(rollup.pool ? { pool: rollup.pool } : {}),
    },
    port,
  })
}
