import { hexToBytes, type ChainKnowledge, type Hash, type ProofInputs } from '@animechain/core'
import { Commitment, inputsHash, status, type MachineState } from '@animechain/proving-machine'
import { boundedMap, type BoundedMap } from '@animechain/runtime'
import type { DisputeStore } from './disputeStore.js'
import { InteractiveError } from './errors.js'
import type { MachineRun, ProvenStep, Runner } from './run.js'

/** A block whose output root is disputed, in the words of the program's inputs. */
export interface DisputedBlock {
  tournament: Hash
  number: bigint
  /** output root before it */
  before: Hash
  /** its output root, as this node computed it */
  after: Hash
  /** accumulator of the batches */
  batchAcc: Hash
  /** last batch that is agreed, -1 for none, and last batch of the tournament */
  parentBatchIndex: bigint
  batchIndex: bigint
}

/** What commitments of disputed blocks are made of, and how many are kept. */
export interface CommitmentsOptions {
  runner: Runner
  /** h0, h1, h2 */
  heights: readonly [number, number, number]
  /** hash of the rules: the program's last input */
  rules: Hash
  chain: Pick<ChainKnowledge, 'proofInputs'>
  store: DisputeStore
  /** Commitments to steps that are kept in memory, 32 bytes a step each. default: 4 */
  stepsKept?: number
  /** Runs that are kept open. default: 1 */
  runsKept?: number
}

/** The right commitments of the levels 1 and 2, as the player asks for them. What `known` says is there at once, the rest takes as long as a run of the block. */
export interface BlockCommitments {
  /** Hash of the program's inputs for a block: it names the run. */
  keyOf(block: DisputedBlock): Hash
  knownSpans(block: DisputedBlock): Commitment | undefined
  knownSteps(block: DisputedBlock, span: number): Commitment | undefined
  spans(block: DisputedBlock): Promise<Commitment>
  steps(block: DisputedBlock, span: number): Promise<Commitment>
  lastState(block: DisputedBlock): Promise<MachineState>
  proveStep(block: DisputedBlock, span: number, step: number): Promise<ProvenStep>
  /** Drops what was kept for a tournament that is over. */
  drop(tournament: Hash): Promise<void>
}

/** Commitments to spans are small: 32 bytes for 2^h2 steps. */
const SPANS_KEPT = 64

/**
 * The right commitments of the levels 1 and 2, and witnesses of steps. What was computed is kept while there is room, and computed again when it is asked for and gone:
 * all of it follows from the proof inputs, which are on disk before the first run.
 */
export class Commitments implements BlockCommitments {
  readonly #options: CommitmentsOptions
  readonly #runs = new Map<Hash, { of: Hash; run: MachineRun }>()
  readonly #spans: BoundedMap<Hash, Commitment> = boundedMap(SPANS_KEPT)
  readonly #steps: BoundedMap<string, Commitment>

  constructor(options: CommitmentsOptions) {
    this.#options = options
    this.#steps = boundedMap(options.stepsKept ?? 4)
  }

  keyOf(block: DisputedBlock): Hash {
    return inputsHash(this.#inputsOf(block))
  }

  /** The commitment to the spans of a block, when it is in memory. */
  knownSpans(block: DisputedBlock): Commitment | undefined {
    return this.#spans.get(this.keyOf(block))
  }

  /** The commitment to the steps of a span, when it is in memory. */
  knownSteps(block: DisputedBlock, span: number): Commitment | undefined {
    return this.#steps.get(`${this.keyOf(block)} ${span}`)
  }

  /**
   * States after each span of a block.
   * @throws {InteractiveError} `PROVING_PROGRAM_DIFFERS` when the program does not end with the block's output root within the steps that the game knows,
   * `PROVING_INPUTS_MISSING`, `PROVING_STORE`
   */
  async spans(block: DisputedBlock): Promise<Commitment> {
    const key = this.keyOf(block)
    const known = this.#spans.get(key)
    if (known) return known
    const [, height, log2Stride] = this.#options.heights
    const run = await this.#open(block)
    const made = await run.commit({ from: 0n, height, log2Stride })
    this.#expectEnd(block, await run.state(this.#lastStep()))
    this.#spans.set(key, made)
    return made
  }

  /** States after each step of a span. @throws as {@link spans} */
  async steps(block: DisputedBlock, span: number): Promise<Commitment> {
    const key = this.keyOf(block)
    const known = this.knownSteps(block, span)
    if (known) return known
    const { heights, store } = this.#options
    const height = heights[2]
    const kept = { tournament: block.tournament, inputs: key }
    const leaves = store.leaves(kept, span)
    let made = leaves && this.#restored(height, leaves)
    if (made === undefined) {
      const run = await this.#open(block)
      made = await run.commit({ from: BigInt(span) * 2n ** BigInt(height), height, log2Stride: 0 })
      await store.keepLeaves(kept, span, leavesOf(made))
    }
    this.#steps.set(`${key} ${span}`, made)
    return made
  }

  /** The state that a block's run ends with. @throws as {@link spans} */
  async lastState(block: DisputedBlock): Promise<MachineState> {
    const run = await this.#open(block)
    const state = await run.state(this.#lastStep())
    this.#expectEnd(block, state)
    return state
  }

  /** Witness of one step: `step` of `span`. @throws as {@link spans} */
  async proveStep(block: DisputedBlock, span: number, step: number): Promise<ProvenStep> {
    const run = await this.#open(block)
    return run.proveStep(BigInt(span) * 2n ** BigInt(this.#options.heights[2]) + BigInt(step))
  }

  async drop(tournament: Hash): Promise<void> {
    for (const [key, { of }] of this.#runs) if (of === tournament) await this.#closeRun(key)
    await this.#options.store.drop(tournament)
  }

  async close(): Promise<void> {
    for (const key of [...this.#runs.keys()]) await this.#closeRun(key)
  }

  #inputsOf({ before, batchAcc, number }: DisputedBlock): readonly [Hash, Hash, Hash, Hash] {
    return [before, batchAcc, `0x${number.toString(16).padStart(64, '0')}`, this.#options.rules]
  }

  /** The last step that the game knows of a block. */
  #lastStep(): bigint {
    const [, spans, steps] = this.#options.heights
    return 2n ** BigInt(spans + steps)
  }

  async #open(block: DisputedBlock): Promise<MachineRun> {
    const key = this.keyOf(block)
    const open = this.#runs.get(key)
    if (open) return open.run
    const { runner, runsKept = 1 } = this.#options
    const inputs = await this.#proofInputs(block, key)
    for (const other of [...this.#runs.keys()].slice(0, Math.max(0, this.#runs.size - runsKept + 1)))
      await this.#closeRun(other)
    const run = await runner.open(inputs)
    this.#runs.set(key, { of: block.tournament, run })
    return run
  }

  async #proofInputs(block: DisputedBlock, inputs: Hash): Promise<ProofInputs> {
    const key = { tournament: block.tournament, inputs }
    const { store, chain } = this.#options
    const kept = store.inputs(key)
    if (kept) return kept
    const { number, parentBatchIndex, batchIndex } = block
    const asked = await chain
      .proofInputs({ block: number, parentBatchIndex, batchIndex })
      .catch((cause: unknown) => {
        throw new InteractiveError(
          `What the program reads for block ${number} is not here.`,
          'PROVING_INPUTS_MISSING',
          {
            cause,
          },
        )
      })
    const got = inputsHash(asked.inputs)
    if (got !== inputs)
      throw new InteractiveError(
        `The node gives other inputs for block ${number} than L1.`,
        'PROVING_PROGRAM_DIFFERS',
        {
          metaMessages: [`Expected ${this.#inputsOf(block).join(', ')}, got ${asked.inputs.join(', ')}.`],
        },
      )
    await store.keepInputs(key, asked)
    return asked
  }

  #expectEnd({ number, after }: DisputedBlock, state: MachineState): void {
    if (state.status === status.halted && state.output === after) return
    const ends = ['is still running', 'halts', 'traps'][state.status]
    throw new InteractiveError(
      `The program does not give what the node computed for block ${number}.`,
      'PROVING_PROGRAM_DIFFERS',
      {
        metaMessages: [`Expected it to halt with ${after}; it ${ends}, its output is ${state.output}.`],
      },
    )
  }

  async #closeRun(key: Hash): Promise<void> {
    const { run } = this.#runs.get(key)!
    this.#runs.delete(key)
    await run.close()
  }

  /** Leaves as they were kept, unless they are cut short. */
  #restored(height: number, leaves: Uint8Array): Commitment | undefined {
    const count = leaves.length / 32
    return Number.isInteger(count) && count > 0 && count <= 2 ** height
      ? new Commitment(height, leaves)
      : undefined
  }
}

/** The leaves of a commitment up to the one that is repeated to its end, 32 bytes each: what `Commitment` makes it of again. */
export function leavesOf(commitment: Commitment): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(32 * commitment.distinct)
  for (let i = 0; i < commitment.distinct; i++) all.set(commitment.node(0, i), 32 * i)
  return all
}

/** The history of an assertion: output roots of the blocks after its parent's, the last one repeated. */
export function historyOf(height: number, outputs: readonly Hash[]): Commitment {
  const leaves = new Uint8Array(32 * outputs.length)
  outputs.forEach((output, i) => leaves.set(hexToBytes(output), 32 * i))
  return new Commitment(height, leaves)
}
