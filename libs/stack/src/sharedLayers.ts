import type { DataAvailability } from '@animechain/core'
import { memoryDa } from '@animechain/da-memory'
import { memorySettlement, type MemorySettlement } from '@animechain/settlement-memory'
import type { Deployment } from './deployment.js'
import type { DaWord, SettlementWord } from './words.js'

/**
 * The layers of a composition that live in this process's memory: two nodes have the same one only by having the same object.
 * Layers on an L1 are not here, every node has its own view of them.
 */
export interface SharedLayers {
  da?: DataAvailability
  settlement?: MemorySettlement
}

/** Makes what `memory` names in these words. Give the result to {@link composeNode} of every node of the process. */
export function sharedLayers(settings: {
  da: DaWord
  settlement: SettlementWord
  deployment: Deployment
}): SharedLayers {
  const { timestamp, gasLimit } = settings.deployment.rollup.genesis
  return {
    ...(settings.da === 'memory' ? { da: memoryDa() } : {}),
    ...(settings.settlement === 'memory'
      ? { settlement: memorySettlement({ genesisTimestamp: timestamp, gasLimit, blockTime: 1 }) }
      : {}),
  }
}
