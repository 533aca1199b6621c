import {
  BaseError,
  ExecutionError,
  isBaseError,
  type Address,
  type ChainConfig,
  type ExecutionEngine,
  type ExecutionErrorCode,
  type Genesis,
  type Hash,
  type SealedHeader,
  type ThreadModule,
} from '@animechain/core'

/** What a thread is started with. */
export interface ThreadData {
  engine: ThreadModule
  /** absent: keys are asked for through the bridge */
  view?: ThreadModule
  chain: ChainConfig
  genesis: Genesis
  bridge: SharedArrayBuffer
  /** one Int32: 1 asks the job under way to end */
  cancel: SharedArrayBuffer
}

/** To a thread: a method of the engine with its arguments; their origins stay behind. */
export type Job =
  | { method: 'call'; args: Parameters<ExecutionEngine['call']> }
  | { method: 'estimateGas'; args: Parameters<ExecutionEngine['estimateGas']> }
  | { method: 'createAccessList'; args: Parameters<ExecutionEngine['createAccessList']> }
  | { method: 'traceCall'; args: Parameters<ExecutionEngine['traceCall']> }
  | { method: 'traceBlock'; args: Parameters<ExecutionEngine['traceBlock']> }
  | { method: 'getProof'; args: [header: SealedHeader, address: Address, slots: readonly Hash[]] }

/** From a thread. */
export type Message =
  | { type: 'ready' }
  | { type: 'ask'; question: 'get' | 'blockHash'; key: Uint8Array | bigint; at: number }
  | { type: 'done'; value: unknown }
  | { type: 'failed'; error: PlainError }

/** An error between threads: what is cloned of an Error itself loses its code. */
export interface PlainError {
  execution: boolean
  code?: string
  message: string
  metaMessages?: readonly string[]
}

export function plainError(error: unknown): PlainError {
  if (isBaseError(error))
    return {
      execution: error.name === 'ExecutionError',
      code: error.code,
      message: error.shortMessage,
      metaMessages: error.metaMessages,
    }
  return {
    execution: false,
    message: error instanceof Error ? (error.stack ?? error.message) : String(error),
  }
}

export function errorOf({ execution, code, message, metaMessages = [] }: PlainError): Error {
  if (code === undefined) return new Error(message)
  return execution
    ? new ExecutionError(message, code as ExecutionErrorCode, { metaMessages })
    : new BaseError(message, { code, metaMessages })
}
