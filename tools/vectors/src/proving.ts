import { isBaseError, type ExecutionEngine } from '@animechain/core'
import { runProof, witnessHost, type BlockWitness, type WasmEngine } from '@animechain/execution-wasm'
import { Mismatch, same } from './outcome.js'

export interface ProofCounts {
  /** blocks whose output root the proof build came to, fed by recorded preimages alone */
  blocks: number
  /** blocks that cannot exist, refused by both builds */
  refused: number
}

/**
 * The engine, but every block that it executes is recorded before, and proved after: the proof build, which sees nothing but the recorded
 * preimages, must come to the output root of the node build.
 */
export function proving(engine: WasmEngine, counts: ProofCounts): ExecutionEngine {
  return {
    ...engine,
    async executeBlock(parent, input) {
      let witness: BlockWitness | undefined
      let refusal: unknown
      try {
        witness = await engine.recordWitness(parent, input)
      } catch (error) {
        refusal = error
      }
      const block = await engine.executeBlock(parent, input).catch((error: unknown) => {
        if (witness !== undefined) throw new Mismatch('proof build', 'no such block', witness.outputRoot)
        counts.refused++
        throw error
      })
      if (witness === undefined)
        throw new Mismatch(
          'recording of the preimages',
          'an output root',
          isBaseError(refusal) ? refusal.shortMessage : refusal,
        )
      const root = await runProof(witnessHost(witness))
      same('output root of the proof build', root, await engine.outputRoot(block.header))
      counts.blocks++
      return block
    },
  }
}
