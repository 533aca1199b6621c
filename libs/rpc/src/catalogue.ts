import type { ErrorCatalogue, ErrorText } from '@animechain/core'
import type { rpcErrorCodes } from './errors.js'

/** What each error code of this package means: docs/reference/errors.md. */
export const errorCatalogue = {
  RPC_LISTEN: {
    cause: 'The port of JSON-RPC cannot be opened.',
    remedy: 'Give another `--rpc-port`, or 0 for any free one; check `--rpc-host`.',
  },
} as const satisfies ErrorCatalogue

/** The same for the numbers that JSON-RPC answers with. */
export const rpcErrorTexts = {
  parse: {
    cause: 'The body is not JSON.',
    remedy: 'Send one JSON object, or a list of them, as UTF-8.',
  },
  invalidRequest: {
    cause:
      'The JSON is no request of JSON-RPC 2.0: no method, an id of another type, or an empty or too long batch.',
    remedy: 'Send `jsonrpc`, `id`, `method` and `params`; split long batches (`--rpc-batch-items`).',
  },
  methodNotFound: {
    cause: 'This node has no such method.',
    remedy: 'Use one that it has. Methods of transactions need a node with a pool, or `--sequencer-url`.',
  },
  invalidParams: {
    cause: 'Parameters are missing, of another type, or out of range. The message has what was expected.',
    remedy: 'Correct the parameter that the message names.',
  },
  internal: {
    cause: 'A fault of this project: the cause is in the log of the node, not in the answer.',
    remedy: 'Report it with the line of the log.',
  },
  server: {
    cause:
      'What was asked for could not be done; the code that execution clients use for nearly everything. Refusals of the pool come with it, in the words of geth.',
    remedy: 'See the message, and the codes below that begin with the layer: `POOL_`, `EXECUTION_`, `NODE_`.',
  },
  timeout: {
    cause: 'The request was not answered in time.',
    remedy: 'Ask for less. On the server: `--rpc-answer-timeout-ms`.',
  },
  tooLarge: {
    cause: 'The answer would be larger than the server sends.',
    remedy: 'Ask for fewer blocks, logs or steps. On the server: `--rpc-answer-bytes`.',
  },
  limitExceeded: {
    cause: 'A bound on what one client may have at once, or ask for at once, is reached.',
    remedy: 'Wait, or ask for less. The message names the bound; each is a flag of the node.',
  },
  reverted: {
    cause: 'The call reverted. `data` has what it returned.',
    remedy: 'Decode `data` with the ABI of the contract.',
  },
  syncTimeout: {
    cause: 'A transaction of `eth_sendRawTransactionSync` was taken, and not included in time.',
    remedy: 'Ask for its receipt later: it waits in the pool.',
  },
} as const satisfies Record<keyof typeof rpcErrorCodes, ErrorText>
