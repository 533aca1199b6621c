import { AbortedError, isBaseError } from '@animechain/core'
import { unavailable } from '../bodies.js'
import type { ObjectFailure } from '../store.js'

/** What of an error of the SDK is looked at. */
interface SdkError {
  name?: string
  message?: string
  $metadata?: { httpStatusCode?: number }
}

/** Codes by which a server says that it will not, whoever asks again. */
const REFUSALS = [
  ...['AccessDenied', 'AllAccessDisabled', 'AccountProblem', 'ExpiredToken', 'Forbidden'],
  ...['InvalidAccessKeyId', 'InvalidToken', 'SignatureDoesNotMatch', '403'],
]

export const statusOf = (error: unknown) => (error as SdkError)?.$metadata?.httpStatusCode
const nameOf = (error: unknown) => (error as SdkError)?.name ?? ''

/**
 * The server's own word that there is no such object: its status and the code in its answer. A 404 alone may be a proxy's, or the bucket's.
 */
export const isMissing = (error: unknown) => statusOf(error) === 404 && nameOf(error) === 'NoSuchKey'

/** Without what the SDK's errors hold besides: the request with its signature, the answer as it came. */
function plain(error: unknown): Error {
  const status = statusOf(error)
  const { message = String(error) } = (error ?? {}) as SdkError
  return new Error(
    `${nameOf(error) || 'error'}: ${message.slice(0, 300)}${status ? ` (HTTP ${status})` : ''}`,
  )
}

/** What a failed request of S3 means. */
export function failureOf(what: string, error: unknown, signal: AbortSignal | undefined): ObjectFailure {
  if (isBaseError(error)) return { status: 'unavailable', error: error as unknown as Error }
  if (signal?.aborted) return { status: 'unavailable', error: new AbortedError(what) }
  if (statusOf(error) === 403 && REFUSALS.includes(nameOf(error)))
    return { status: 'forbidden', reason: `S3 refuses: ${nameOf(error)}` }
  return unavailable(what, plain(error))
}
