import type { Hash, Hex } from './bytes.js'
import type { BlockInput } from './execution.js'
import type { SealedHeader } from './block.js'
import type { Assertion } from './settlement.js'
import type { Lifecycle } from './lifecycle.js'
import type { ProofInputs } from './proofInputs.js'

/** A disagreement: an assertion and what the honest node knows about the chain below it. */
export interface Dispute {
  assertion: Assertion
  /** The output root that this node computed for the assertion's block. */
  expectedOutputRoot: Hash
  /** The last block that both sides agree on (the previous batch's last block). */
  agreed: SealedHeader
  /** Blocks of the disputed batch, in order. */
  blocks: readonly { header: SealedHeader; input: BlockInput }[]
}

/** What was found, for a human and for a log. */
export interface DisputeVerdict {
  assertionWrong: boolean
  /** Block at which the claim parts from the truth, where it can be named. */
  blockNumber: bigint
  claimed: Hash
  expected: Hash
}

/** What a proof system is and can prove: composing a node checks it against the engine. */
export interface ProofCapabilities {
  id: string
  /** Engines whose program it can prove; undefined: any. */
  engines?: readonly string[]
  /** Whether a verdict is enforced on L1 by the proof itself, needing no trusted party. */
  permissionless: boolean
}

/** A batch as a node has derived and executed it. */
export interface KnownBatch {
  firstBlock: bigint
  lastBlock: bigint
  /** accumulator of the inbox after it */
  acc: Hash
}

/**
 * What a node knows of its chain: all that an enforcing proof system asks of it. Answers are about the chain that the node holds to be the right one at
 * that moment; when L1 reorganises they change with it, and whoever asks compares accumulators.
 */
export interface ChainKnowledge {
  /** The batch of an index; undefined while this node has not executed it. Index -1 is genesis: blocks 0 to 0, the empty accumulator. */
  batch(index: bigint): Promise<KnownBatch | undefined>
  /** Output root after a block that was executed; undefined when it was not. */
  outputRoot(block: bigint): Promise<Hash | undefined>
  /**
   * What the program reads when it is asked for `block` after the batches up to `batchIndex`. `parentBatchIndex` is the last batch that is agreed (-1: none):
   * batches after it are to be read. Blocks beyond the end change nothing, and can be asked for too. Must be there for as long as a dispute about them can last.
   * @throws when what it needs is not here; it is asked for again then
   */
  proofInputs(request: { block: bigint; parentBatchIndex: bigint; batchIndex: bigint }): Promise<ProofInputs>
}

/** What became of one look at the disputes on L1. */
export interface EnforcementReport {
  /** Claims that L1 has not decided and that the node's own execution contradicts. */
  wrongClaims: readonly { id: Hex; batchIndex: bigint; claimed: Hash; expected: Hash }[]
  /** Moves that L1 took. */
  movesMade: number
  /** milliseconds after which the next look is due at the latest; undefined: at the caller's leisure */
  lookAgainInMs: number | undefined
}

/**
 * Given a disagreement about an assertion, win it.
 *
 * A system that only examines leaves it to others to act on what it found. One that enforces verdicts on L1 by itself (`permissionless`) has `enforce`
 * besides: the node calls it again and again as a service of its own, and whatever it has to know about the chain it asks {@link ChainKnowledge} for.
 */
export interface ProofSystem extends Lifecycle {
  readonly capabilities: ProofCapabilities
  /** Examines a dispute. Pure of side effects on L1. */
  examine(
    dispute: Dispute,
    execute: (parent: SealedHeader, input: BlockInput) => Promise<SealedHeader>,
    outputRoot: (header: SealedHeader) => Promise<Hash>,
  ): Promise<DisputeVerdict>
  /**
   * One look at the disputes on L1, and the moves that are due in them: wrong claims are answered, right ones of whomever defended, what was won is collected.
   * Must be idempotent and must resume from L1 and what `chain` knows alone: it may be interrupted at any point. Required where `permissionless` is true.
   */
  enforce?(chain: ChainKnowledge, options?: { signal?: AbortSignal }): Promise<EnforcementReport>
}
