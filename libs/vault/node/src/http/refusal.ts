import { BaseError } from '@animechain/core'

/** What the API answers instead of what was asked for, with its HTTP status. */
export class Refusal extends BaseError {
  readonly status: number
  readonly headers: Record<string, string>
  constructor(
    status: number,
    code:
      | 'VAULT_MALFORMED'
      | 'VAULT_UNKNOWN'
      | 'VAULT_CONFLICT'
      | 'VAULT_FORBIDDEN'
      | 'VAULT_FULL'
      | 'VAULT_BUSY'
      | 'VAULT_UNAVAILABLE'
      | 'VAULT_ERASED',
    message: string,
    options: { headers?: Record<string, string>; cause?: unknown } = {},
  ) {
    super(message, { code, cause: options.cause })
    this.status = status
    this.headers = options.headers ?? {}
  }
}

/** The request is not of its shape. HTTP 400 */
export const malformed = (message: string, cause?: unknown) =>
  new Refusal(400, 'VAULT_MALFORMED', message, { cause })
/** The node knows that it has it not. HTTP 404 */
export const unknown = (message: string) => new Refusal(404, 'VAULT_UNKNOWN', message)
/** It does not fit what is here. HTTP 409 */
export const conflict = (message: string, headers?: Record<string, string>) =>
  new Refusal(409, 'VAULT_CONFLICT', message, headers && { headers })
/** Who asks may not. HTTP 403 */
export const forbidden = (message: string) => new Refusal(403, 'VAULT_FORBIDDEN', message)
/** What was asked for was erased. HTTP 410 */
export const erased = (message: string) => new Refusal(410, 'VAULT_ERASED', message)
/** There is no room for it. HTTP 507 */
export const full = (message: string) => new Refusal(507, 'VAULT_FULL', message)
/** Too much at once. HTTP 429 */
export const busy = (message: string) => new Refusal(429, 'VAULT_BUSY', message)
/** The node cannot tell at the moment. HTTP 503 */
export const unavailable = (message: string, cause?: unknown) =>
  new Refusal(503, 'VAULT_UNAVAILABLE', message, { cause })
