import { isBaseError, type Hex } from '@animechain/core'

/** Codes of JSON-RPC 2.0 and of the execution-apis specification. */
export const rpcErrorCodes = {
  parse: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internal: -32603,
  /** geth's code for nearly everything that went wrong in the node */
  server: -32000,
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

/** Selector of Solidity's `Error(string)`. */
const ERROR_STRING = '0x08c379a0'
/** Selector of Solidity's `Panic(uint256)`. */
const PANIC = '0x4e487b71'
/** Solidity documentation, "Panic via assert and Error via require". */
const PANIC_REASONS: Record<string, string> = {
  '1': 'assert(false)',
  '11': 'arithmetic underflow or overflow',
  '12': 'division or modulo by zero',
  '21': 'enum overflow',
  '22': 'invalid encoded storage byte array accessed',
  '31': 'out-of-bounds array access; popping on an empty array',
  '32': 'out-of-bounds access of an array or bytesN',
  '41': 'out of memory',
  '51': 'uninitialized function',
}

/** The reason in revert data, when it is one of Solidity's own forms. */
export function revertReason(data: Hex): string | undefined {
  if (data.startsWith(ERROR_STRING) && data.length >= 10 + 128) {
    const offset = Number(`0x${data.slice(10, 74)}`)
    if (offset !== 32) return undefined
    const length = Number(`0x${data.slice(74, 138)}`)
    if (!Number.isSafeInteger(length) || 138 + 2 * length > data.length) return undefined
    return Buffer.from(data.slice(138, 138 + 2 * length), 'hex').toString('utf8')
  }
  if (data.startsWith(PANIC) && data.length === 10 + 64) {
    const code = BigInt(`0x${data.slice(10)}`).toString(16)
    return PANIC_REASONS[code] ?? `unknown panic code: 0x${code}`
  }
  return undefined
}

/** Code 3 with the return data, as execution clients answer it. */
export function revertError(data: Hex): RpcError {
  const reason = revertReason(data)
  return new RpcError(
    rpcErrorCodes.reverted,
    reason === undefined ? 'execution reverted' : `execution reverted: ${reason}`,
    data,
  )
}

/** What a caller is told about anything thrown; undefined when it is a fault of ours that it must not see. */
export function toRpcError(error: unknown): RpcError | undefined {
  if (error instanceof RpcError) return error
  if (!isBaseError(error)) return undefined
  return new RpcError(
    error.code === 'INVALID_INPUT' ? rpcErrorCodes.invalidParams : rpcErrorCodes.server,
    error.shortMessage,
  )
}
