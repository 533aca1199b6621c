import type { Hash } from './bytes.js'
import type { BlockInput } from './execution.js'
import type { SealedHeader } from './block.js'
import type { Assertion } from './settlement.js'
import type { Lifecycle } from './lifecycle.js'

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

/** Given a disagreement about an assertion, win it. */
export interface ProofSystem extends Lifecycle {
  readonly capabilities: ProofCapabilities
  /** Examines a dispute. Pure of side effects on L1. */
  examine(
    dispute: Dispute,
    execute: (parent: SealedHeader, input: BlockInput) => Promise<SealedHeader>,
    outputRoot: (header: SealedHeader) => Promise<Hash>,
  ): Promise<DisputeVerdict>
}
