import { redactUrls } from './redact.js'

const BRAND = Symbol.for('animechain.error')

/** What every error of this project carries besides its message. */
export interface BaseErrorOptions {
  /** Machine-readable, stable, e.g. `DA_COMMITMENT_MISMATCH`. */
  code?: string
  cause?: unknown
  /** Path below the documentation's root, e.g. `/spec/protocol#inbox`. */
  docsPath?: string
  /** Further lines: what was expected, what came, what to do. */
  metaMessages?: readonly string[]
}

/**
 * The base of all errors: a short message, a machine-readable code, the cause. Secrets in URLs are stripped.
 * Recognise it with {@link isBaseError}, which also holds for another copy of this package.
 */
export class BaseError extends Error {
  readonly code: string
  readonly shortMessage: string
  readonly docsPath: string | undefined
  readonly metaMessages: readonly string[]
  readonly [BRAND] = true

  constructor(shortMessage: string, options: BaseErrorOptions = {}) {
    const meta = (options.metaMessages ?? []).map(redactUrls)
    const short = redactUrls(shortMessage)
    const cause = options.cause
    const details = cause instanceof Error ? redactUrls(cause.message) : undefined
    super(
      [
        short,
        ...(meta.length ? ['', ...meta] : []),
        ...(options.docsPath ? ['', `Docs: docs${options.docsPath}`] : []),
        ...(details && details !== short ? ['', `Details: ${details}`] : []),
      ].join('\n'),
      cause === undefined ? undefined : { cause },
    )
    this.name = 'BaseError'
    this.code = options.code ?? 'ERROR'
    this.shortMessage = short
    this.docsPath = options.docsPath
    this.metaMessages = meta
  }

  /** Walks the chain of causes and returns the first that matches, or undefined. */
  walk(match: (error: unknown) => boolean): unknown {
    if (match(this)) return this
    let error = this.cause
    // A chain of causes may be a circle.
    for (let depth = 0; depth < 32 && error !== undefined && error !== null; depth++) {
      if (match(error)) return error
      error = (error as { cause?: unknown }).cause
    }
    return undefined
  }
}

/** Whether a value is a {@link BaseError} of any copy of this package. */
export function isBaseError(value: unknown): value is BaseError {
  return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[BRAND] === true
}

/** Bad input from a caller: says what was expected and what came. */
export class InvalidInputError extends BaseError {
  constructor(what: string, expected: string, got: unknown, options: BaseErrorOptions = {}) {
    const shown =
      typeof got === 'string'
        ? got
        : typeof got === 'bigint'
          ? `${got}`
          : (JSON.stringify(got, (_k, v) => (typeof v === 'bigint' ? `${v}` : v)) ?? String(got))
    super(
      `Invalid ${what}: expected ${expected}, got ${shown.length > 120 ? `${shown.slice(0, 120)}…` : shown}.`,
      {
        code: 'INVALID_INPUT',
        ...options,
      },
    )
    this.name = 'InvalidInputError'
  }
}

/** Two parts of a composition that do not fit; names both. */
export class CompositionError extends BaseError {
  constructor(part: string, requires: string, other: string, provides: string) {
    super(`${part} requires ${requires}, but ${other} provides ${provides}.`, {
      code: 'COMPOSITION',
      docsPath: '/composition.md',
    })
    this.name = 'CompositionError'
  }
}

/** The work was cancelled through its signal. */
export class AbortedError extends BaseError {
  constructor(what: string, cause?: unknown) {
    super(`${what} was aborted.`, { code: 'ABORTED', cause })
    this.name = 'AbortedError'
  }
}

/**
 * - `EXECUTION_STATE_MISSING`: the state of a block, or a node of it, is not in the storage.
 * - `EXECUTION_STATE_CORRUPT`: what the storage gave is not what its key promises.
 * - `EXECUTION_INVALID_ATTRIBUTES`: no chain rule allows a block with these attributes.
 * - `EXECUTION_INVALID_BLOCK`: a system contract that the chain's rules demand failed; the block cannot exist.
 * - `EXECUTION_GENESIS_MISMATCH`: the storage holds another chain.
 * - `EXECUTION_BUSY`: a block is under construction already.
 * - `EXECUTION_CLOSED`: not open, or the builder has ended.
 * - `EXECUTION_REJECTED`: what was asked for cannot be done, e.g. a tracer that is not known; the message says why.
 * - `EXECUTION_TIMEOUT`: a call or trace took longer than its caller allowed.
 * - `EXECUTION_TRACE_TOO_LARGE`: a trace would keep more than its engine allows.
 * - `EXECUTION_READS_BUSY`: too many reads wait for their turn; try again later.
 * - `EXECUTION_READER`: the thread that read the state ended before it was done.
 * - `EXECUTION_GUEST`: an engine's WebAssembly program trapped or cannot be loaded.
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
  | 'EXECUTION_TRACE_TOO_LARGE'
  | 'EXECUTION_READS_BUSY'
  | 'EXECUTION_READER'
  | 'EXECUTION_GUEST'

/** An engine could not do what it was asked. docs/spec/execution.md */
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
