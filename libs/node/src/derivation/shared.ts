import type { BaseError } from '@animechain/core'
import type { LoopService } from '../service.js'
import type { Derivation } from './context.js'
import type { DerivationService } from './service.js'

/** Derivation as the other services of a node have it: what it saw, and a step when they need one. */
export function sharedDerivation(following: DerivationService, loop: LoopService): Derivation {
  return {
    get view() {
      return following.view
    },
    get caughtUp() {
      return following.caughtUp
    },
    get mayBuild() {
      return following.mayBuild
    },
    async tick() {
      try {
        // While it fails, its own loop says when L1 is asked again.
        if (loop.running && loop.lastError) throw loop.lastError
        await loop.tick()
      } catch (error) {
        // All there was is derived; what is sent may be what makes L1 move.
        if ((error as BaseError).code !== 'DERIVATION_L1_STALE') throw error
      }
    },
    wake: () => loop.wake(),
  }
}
