import { concatBytes, hexToBytes } from '@animechain/core'
import {
  Commitment,
  Replayer,
  status,
  witness,
  type HostData,
  type MachineState,
  type Program,
  type StepWitness,
} from '@animechain/proving-machine'
import type { LedgerBatch } from './inbox.js'
import type { Chain, LedgerBlock } from './model.js'
import { blocksOf, blockWitness } from './witness.js'

/** Heights of the three levels: 2^blocks blocks of an assertion, a run of 2^spans spans of 2^steps steps each. A chain on L1 has 13, 20 and 20. */
export interface Heights {
  blocks: number
  spans: number
  steps: number
}

/**
 * Somebody who claims what the blocks of a batch are, and can commit to every run of the program behind the claim. A liar is a player for whom the chain is another
 * than L1's, here one with another ecrecover: the claim then follows from the chain in every step but those.
 */
export class Player {
  readonly name: string
  /** to the output roots of the blocks of the last batch */
  readonly history: Commitment
  readonly blocks: readonly LedgerBlock[]
  /** number of the first block of the history */
  readonly firstBlock: number
  readonly #program: Program
  readonly #heights: Heights
  readonly #chain: Chain
  readonly #batches: readonly LedgerBatch[]

  constructor(
    name: string,
    claim: { genesis: LedgerBlock; batches: readonly LedgerBatch[]; chain: Chain },
    program: Program,
    heights: Heights,
  ) {
    this.name = name
    this.#program = program
    this.#heights = heights
    this.#chain = claim.chain
    this.#batches = claim.batches
    this.firstBlock = Number(claim.batches.at(-1)!.firstBlock)
    this.blocks = blocksOf(claim.genesis, claim.batches, claim.chain)
    const claimed = this.blocks.slice(this.firstBlock)
    this.history = new Commitment(
      heights.blocks,
      concatBytes(...claimed.map(({ outputRoot }) => hexToBytes(outputRoot))),
    )
  }

  #host(block: number): HostData {
    return blockWitness(this.blocks[block - 1]!, this.#batches, BigInt(block), this.#chain)
  }

  /** Commitment to the spans of a block's run, and the state at its end. */
  async spans(block: number): Promise<{ commitment: Commitment; end: MachineState }> {
    const { spans, steps } = this.#heights
    const run = await Replayer.create(this.#program, this.#host(block))
    const commitment = run.commit({ from: 0n, height: spans, log2Stride: steps })
    if (run.state.status !== status.halted)
      throw new Error(`expected a run that halts within 2^${spans + steps} steps`)
    return { commitment, end: run.state }
  }

  /** Commitment to the steps of a span. */
  async steps(block: number, span: number): Promise<Commitment> {
    const { steps } = this.#heights
    const run = await Replayer.create(this.#program, this.#host(block))
    return run.commit({ from: BigInt(span) << BigInt(steps), height: steps, log2Stride: 0 })
  }

  /** What L1 needs to do the step after so many of a block's run. */
  async witness(block: number, step: number): Promise<StepWitness> {
    const host = this.#host(block)
    const run = await Replayer.create(this.#program, host)
    run.seek(BigInt(step))
    return witness(run.state, this.#program, run, host).witness
  }
}
