import { InvalidInputError } from '@animechain/core'

/** Label of CAWG's assertion; `c2pa.training-mining` is deprecated for it. */
export const TRAINING_LABEL = 'cawg.training-mining'

const entries = {
  aiTraining: 'cawg.ai_training',
  aiGenerativeTraining: 'cawg.ai_generative_training',
  aiInference: 'cawg.ai_inference',
  dataMining: 'cawg.data_mining',
} as const

/** What machines may do with a file. */
export type TrainingUse = keyof typeof entries
/** Whether they may, or under which conditions, in words for people (1,000 characters at most). */
export type TrainingPermission = 'allowed' | 'notAllowed' | { constrained: string }
/** A permission for each use. */
export type TrainingMining = Record<TrainingUse, TrainingPermission>

const uses = Object.keys(entries) as TrainingUse[]
const MOST_CHARACTERS = 1_000

function entryOf(use: TrainingUse, permission: TrainingPermission): Record<string, string> {
  if (permission === 'allowed' || permission === 'notAllowed') return { use: permission }
  const words = (permission as { constrained?: unknown } | null)?.constrained
  if (typeof words === 'string' && words.length > 0 && words.length <= MOST_CHARACTERS)
    return { use: 'constrained', constraint_info: words }
  throw new InvalidInputError(
    `training.${use}`,
    `allowed, notAllowed, or { constrained } with 1 to ${MOST_CHARACTERS} characters`,
    permission,
  )
}

/**
 * The assertion's data. What is not said is not allowed, as with consents on the chain.
 * @throws {InvalidInputError} for a use or a permission that there is none of.
 */
export function trainingAssertion(given: Partial<TrainingMining> = {}) {
  const unknown = Object.keys(given).find((use) => !uses.includes(use as TrainingUse))
  if (unknown !== undefined) throw new InvalidInputError('training', `uses of ${uses.join(', ')}`, unknown)
  return {
    entries: Object.fromEntries(uses.map((use) => [entries[use], entryOf(use, given[use] ?? 'notAllowed')])),
  }
}

/** What an assertion says; what it does not say, or says in words that are not CAWG's, is not allowed. */
export function trainingOf(data: unknown): TrainingMining {
  const said = (data as { entries?: Record<string, { use?: unknown; constraint_info?: unknown }> } | null)
    ?.entries
  const permission = (use: TrainingUse): TrainingPermission => {
    const entry = said?.[entries[use]]
    if (entry?.use === 'allowed') return 'allowed'
    if (entry?.use === 'constrained')
      return { constrained: typeof entry.constraint_info === 'string' ? entry.constraint_info : '' }
    return 'notAllowed'
  }
  return Object.fromEntries(uses.map((use) => [use, permission(use)])) as TrainingMining
}
