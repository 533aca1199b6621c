import { BaseError } from '@animechain/core'

/**
 * - `EXECUTION_STATE_MISSING`: the state of a block, or a node of it, is not in the storage.
 * - `EXECUTION_STATE_CORRUPT`: what the storage gave is not what its key promises.
 * - `EXECUTION_INVALID_ATTRIBUTES`: no chain rule allows a block with these attributes.
 * - `EXECUTION_INVALID_BLOCK`: a system contract that the chain's rules demand failed; the block cannot exist.
 * - `EXECUTION_GENESIS_MISMATCH`: the storage holds another chain.
 * - `EXECUTION_BUSY`: a block is under construction already.
 * - `EXECUTION_CLOSED`: not open, or the builder has ended.
 * - `EXECUTION_REJECTED`: a call that cannot start, e.g. for want of funds; the message says why.
 * - `EXECUTION_TIMEOUT`: a call or trace took longer than its caller allowed.
 * - `EXECUTION_GUEST`: the guest trapped or cannot be loaded.
 */
export type ExecutionErrorCode =
  | 'EXECUTION_STATE_MISSING'
  | 'EXECUTION_STATE_CORRUPT'
  | 'EXECUTION_INVALID_ATTRIBUTES'
  | 'EXECUTION_INVALID_BLOCK'
  | 'EXECUTION_GENESIS_MISMATCH'
  | 'EXECUTION_BUSY'
  | 'EXECUTION_CLOSED'
  | 'EXECUTION_REJECTED'
  | 'EXECUTION_TIMEOUT'
  | 'EXECUTION_GUEST'

export class ExecutionError extends BaseError {
  declare readonly code: ExecutionErrorCode
  constructor(
    message: string,
    code: ExecutionErrorCode,
    options: { cause?: unknown; metaMessages?: readonly string[] } = {},
  ) {
    super(message, { code, docsPath: '/spec/execution.md', ...options })
    this.name = 'ExecutionError'
  }
}
