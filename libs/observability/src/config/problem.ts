import { BaseError } from '@animechain/core'

/** One value that cannot be used: what was expected, what came, and what to do. */
export interface ConfigProblem {
  key: string
  source: string
  expected: string
  /** As given; hidden for secrets. */
  got: string
  fix: string
}

/** The configuration will not do. Lists every problem, not only the first. `code` is `CONFIG_INVALID`. */
export class ConfigError extends BaseError {
  readonly problems: readonly ConfigProblem[]

  constructor(problems: readonly ConfigProblem[]) {
    super(
      problems.length === 1
        ? 'The configuration has a problem.'
        : `The configuration has ${problems.length} problems.`,
      {
        code: 'CONFIG_INVALID',
        metaMessages: problems.flatMap(({ key, source, expected, got, fix }) => [
          `${key} (${source}): expected ${expected}, got ${got}.`,
          `  ${fix}`,
        ]),
      },
    )
    this.name = 'ConfigError'
    this.problems = problems
  }
}
