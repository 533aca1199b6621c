import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BaseError, Logger } from '@animechain/core'
import { differenceJson, type BlockDifference } from '@animechain/execution-shadow'
import type { DamageWord } from './words.js'

/** What a node does about failures that none of its services gets over. */
export interface NodeFailures {
  /** the first one of the store */
  readonly ofStore: BaseError | undefined
  onStorageFailure(error: BaseError): void
  onDifference(difference: BlockDifference): void
}

/**
 * Whether a failure of the store ends the program: the next start looks through the store and begins anew where it must. A sequencer goes on with what it
 * can still read: it may be the only one that has it.
 */
export const endsProgram = (code: string, onDamage: DamageWord): boolean =>
  code === 'STORAGE_FAILED' || onDamage === 'rederive'

/** Writes what two engines made of a block, and answers where. */
function writeReport(folder: string, difference: BlockDifference): string {
  const path = join(folder, 'shadow-difference.json')
  writeFileSync(`${path}.tmp`, differenceJson(difference))
  renameSync(`${path}.tmp`, path)
  return path
}

/** @param fail ends the program, and says why */
export function nodeFailures({
  dataDir,
  onDamage,
  logger,
  fail,
}: {
  dataDir: string
  onDamage: DamageWord
  logger: Logger
  fail: (error: Error) => void
}): NodeFailures {
  let ofStore: BaseError | undefined
  let isEnding = false
  return {
    get ofStore() {
      return ofStore
    },
    onStorageFailure(error) {
      if (endsProgram(error.code, onDamage)) {
        if (!isEnding) fail(error)
        isEnding = true
      } else if (!ofStore) logger.error('the store failed', { code: error.code, error: error.message })
      ofStore ??= error
    },
    onDifference(difference) {
      const path = writeReport(dataDir, difference)
      fail(new Error(`The engines differ at block ${difference.number}. The report: ${path}`))
    },
  }
}
