import { BaseError } from '@animechain/core'
import type { errorCatalogue } from './catalogue.js'

/** What each means and what to do about it: `errorCatalogue` in catalogue.ts, and docs/reference/errors.md. */
export type GossipErrorCode = keyof typeof errorCatalogue

/** The gossip node cannot do what it was asked. docs/spec/network.md, section 10 */
export class GossipError extends BaseError {
  declare readonly code: GossipErrorCode
  constructor(
    message: string,
    code: GossipErrorCode,
    options: { cause?: unknown; metaMessages?: readonly string[] } = {},
  ) {
    super(message, { code, docsPath: '/spec/network.md', ...options })
    this.name = 'GossipError'
  }
}
