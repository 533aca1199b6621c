import type { Logger, ProofSystem } from '@animechain/core'
import type { Derivation } from '../derivation/context.js'
import type { ServiceDefinition } from '../service.js'
import type { ChallengerOptions } from '../types.js'
import { chainKnowledge, type KnowledgeParts } from './knowledge.js'

/** What the disputes of a node are played with. */
export interface DisputeParts extends KnowledgeParts {
  proving: ProofSystem & Required<Pick<ProofSystem, 'enforce'>>
  derivation: Derivation
  logger: Logger
}

/** Whether a proof system wins disputes by itself. */
export const enforces = (proving: ProofSystem): proving is DisputeParts['proving'] =>
  proving.enforce !== undefined

/**
 * Has the proof system look at the disputes on L1 and make the moves that are due, from what this node derived. Claims about batches that it has not got to wait for
 * the next look.
 */
export function disputes({ pollMs = 1000 }: ChallengerOptions, parts: DisputeParts): ServiceDefinition {
  const { proving, derivation, logger } = parts
  // One chain for all looks: the proof system keeps what it knows of it.
  const chain = chainKnowledge(parts)
  return {
    name: 'disputes',
    pollMs,
    // Time runs against whoever does not move.
    maxBackoffMs: pollMs,
    async step(signal) {
      let failure: unknown
      // Data of a new batch that is withheld must not keep the disputes about earlier ones from being played.
      await derivation.tick().catch((error: unknown) => (failure = error))
      const { movesMade, lookAgainInMs } = await proving.enforce(chain, { signal })
      if (movesMade > 0) logger.info('moves made in disputes', { moves: movesMade })
      if (failure !== undefined) throw failure as Error
      return lookAgainInMs === undefined ? pollMs : Math.min(pollMs, lookAgainInMs)
    },
  }
}
