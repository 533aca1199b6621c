import { BaseError } from '@animechain/core'
import type { errorCatalogue } from './catalogue.js'

/** Why the player cannot go on with a dispute, or at all. */
export class InteractiveError extends BaseError {
  declare readonly code: keyof typeof errorCatalogue

  constructor(
    message: string,
    code: keyof typeof errorCatalogue,
    options: { cause?: unknown; metaMessages?: readonly string[] } = {},
  ) {
    super(message, { code, docsPath: '/spec/game.md', ...options })
    this.name = 'InteractiveError'
  }
}
