import { hexToBytes, keccak256, type ChainKnowledge, type Hash } from '@animechain/core'
import { Commitment, stateHash, type MachineState } from '@animechain/proving-machine'
import {
  Commitments,
  type BlockCommitments,
  type CommitmentsOptions,
  type DisputedBlock,
} from './commitments.js'
import type { ProvenStep } from './run.js'

// The other side of a dispute, for tests, demonstrations and measurements: `@animechain/proving-interactive/liar`.

/** From where on the states of a wrong block are made up. */
export interface Lie {
  /** span in which it begins, and step in it */
  span: number
  step: number
  seed: number
  /** Right states after all spans, made up ones within this one only. */
  within?: boolean
}

/** The right output root after a block. */
export type Truth = (block: DisputedBlock) => Promise<Hash>

/** Leaves of a tree from one place on made up, with a given last leaf. */
function bent(right: Commitment, from: number, last: Uint8Array, seed: number): Commitment {
  const count = 2 ** right.height
  const leaves = new Uint8Array(32 * count)
  for (let i = 0; i < count; i++)
    leaves.set(i < from ? right.node(0, i) : keccak256(Uint8Array.of(seed, i & 0xff, i >> 8)), 32 * i)
  leaves.set(last, 32 * (count - 1))
  return new Commitment(right.height, leaves)
}

/** What a consistent liar commits to: right states up to the lie, made up ones after it, and ends that bind as the game wants. */
export class LyingCommitments implements BlockCommitments {
  readonly #right: Commitments
  readonly #lie: Lie
  readonly #made = new Map<string, Commitment>()

  readonly #truthAfter: Truth

  /** @param options with the chain as it is */
  constructor(options: CommitmentsOptions, lie: Lie, truth: Truth) {
    this.#right = new Commitments(options)
    this.#lie = lie
    this.#truthAfter = truth
  }

  keyOf(block: DisputedBlock): Hash {
    return this.#right.keyOf(block)
  }

  knownSpans(block: DisputedBlock): Commitment | undefined {
    return this.#made.get(this.#right.keyOf(block))
  }

  knownSteps(block: DisputedBlock, span: number): Commitment | undefined {
    return this.#made.get(`${this.#right.keyOf(block)} ${span}`)
  }

  async spans(block: DisputedBlock): Promise<Commitment> {
    const right = await this.#right.spans({ ...block, after: await this.#truth(block) })
    const last = hexToBytes(stateHash(await this.lastState(block)))
    const { span, seed, within } = this.#lie
    const made = within ? right : bent(right, span, last, seed)
    this.#made.set(this.#right.keyOf(block), made)
    return made
  }

  async steps(block: DisputedBlock, span: number): Promise<Commitment> {
    const right = await this.#right.steps({ ...block, after: await this.#truth(block) }, span)
    const spans = this.knownSpans(block) ?? (await this.spans(block))
    const isRight = span < this.#lie.span || (this.#lie.within && span > this.#lie.span)
    const from = span === this.#lie.span ? this.#lie.step : isRight ? 2 ** right.height : 0
    const made = bent(right, from, spans.node(0, span), this.#lie.seed)
    this.#made.set(`${this.#right.keyOf(block)} ${span}`, made)
    return made
  }

  /** The right end with the wrong output, which nothing gives. */
  async lastState(block: DisputedBlock): Promise<MachineState> {
    const right = await this.#right.lastState({ ...block, after: await this.#truth(block) })
    return { ...right, output: block.after }
  }

  async proveStep(block: DisputedBlock, span: number, step: number): Promise<ProvenStep> {
    return this.#right.proveStep({ ...block, after: await this.#truth(block) }, span, step)
  }

  async drop(): Promise<void> {}

  #truth(block: DisputedBlock): Promise<Hash> {
    return this.#truthAfter(block)
  }
}

/** The truth out of a right chain; beyond the end of the disputed batch blocks change nothing. */
export const truthFrom =
  (chain: ChainKnowledge): Truth =>
  async ({ number, before, batchIndex }) => {
    const batch = await chain.batch(batchIndex)
    return batch === undefined || number > batch.lastBlock ? before : (await chain.outputRoot(number))!
  }
