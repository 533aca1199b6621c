import { BaseError } from '@animechain/core'
import type { errorCatalogue } from '../catalogue.js'

/** Why a run could not go on. The machine stands before the step that it could not do. docs/spec/machine.md */
export class ReplayError extends BaseError {
  declare readonly code: keyof typeof errorCatalogue

  constructor(
    message: string,
    code: keyof typeof errorCatalogue,
    options: { cause?: unknown; metaMessages?: readonly string[] } = {},
  ) {
    super(message, { code, docsPath: '/spec/machine.md', ...options })
    this.name = 'ReplayError'
  }
}
