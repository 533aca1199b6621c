import { hexToBytes, isBaseError, revertReason, type Hex } from '@animechain/core'

/** Codes of JSON-RPC 2.0 and of the execution-apis specification. */
export const rpcErrorCodes = {
  parse: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internal: -32603,
  /** geth's code for nearly everything that went wrong in the node */
  server: -32000,
  /** the request was not answered in time */
  timeout: -32002,
  /** an answer that is larger than the server sends */
  tooLarge: -32003,
  /** EIP-1474: too much was asked for */
  limitExceeded: -32005,
  /** a call that reverted, with its return data */
  reverted: 3,
  /** EIP-7966: not included in time */
  syncTimeout: 4,
} as const

/** An answer that is an error. Its message is for the caller. */
export class RpcError extends Error {
  readonly code: number
  readonly data: unknown

  constructor(code: number, message: string, data?: unknown) {
    super(message)
    this.name = 'RpcError'
    this.code = code
    this.data = data
  }
}

export const invalidParams = (message: string) => new RpcError(rpcErrorCodes.invalidParams, message)
export const serverError = (message: string) => new RpcError(rpcErrorCodes.server, message)

/** Code 3 with the return data, as execution clients answer it. */
export function revertError(data: Hex): RpcError {
  const reason = revertReason(hexToBytes(data))
  return new RpcError(
    rpcErrorCodes.reverted,
    reason === undefined ? 'execution reverted' : `execution reverted: ${reason}`,
    data,
  )
}

/** By the code of an error. */
const codes: Record<string, number> = {
  INVALID_INPUT: rpcErrorCodes.invalidParams,
  EXECUTION_READS_BUSY: rpcErrorCodes.limitExceeded,
}

/** What a caller is told about anything thrown; undefined when it is a fault of ours that it must not see. */
export function toRpcError(error: unknown): RpcError | undefined {
  if (error instanceof RpcError) return error
  if (!isBaseError(error)) return undefined
  return new RpcError(codes[error.code] ?? rpcErrorCodes.server, error.shortMessage)
}
