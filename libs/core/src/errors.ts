import type { executionErrors } from './catalogue.js'
import { redactUrls } from './redact.js'

const BRAND = Symbol.for('animechain.error')

/** What every error of this project carries besides its message. */
export interface BaseErrorOptions {
  /**
   * Machine-readable, stable, e.g. `L1_NOT_MINED`. Each code of this project has its cause and remedy in `src/catalogue.ts` of the package
   * that throws it; `npm run check:reference` fails without.
   */
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

/** What each means and what to do about it: `executionErrors` in catalogue.ts, and docs/reference/errors.md. */
export type ExecutionErrorCode = keyof typeof executionErrors

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
