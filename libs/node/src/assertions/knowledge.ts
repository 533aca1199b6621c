import {
  BaseError,
  batchEvidence,
  emptyAccumulator,
  type ChainKnowledge,
  type ExecutionEngine,
  type Hash,
  type ProofInputs,
} from '@animechain/core'
import type { AppliedBatch } from '../chain/batchCodec.js'
import type { ChainStore } from '../chain/store.js'
import { fetchEvidence, type BodySources } from '../derivation/body.js'
import { outputOf } from './output.js'

/** What a node's knowledge of its chain is read from. */
export interface KnowledgeParts extends BodySources {
  store: ChainStore
  engine: ExecutionEngine
}

type Request = Parameters<ChainKnowledge['proofInputs']>[0]

const missing = (what: string): BaseError =>
  new BaseError('This node does not have what a proof reads.', {
    code: 'NODE_PROOF_INPUTS',
    metaMessages: [`Expected ${what}.`],
  })

/** The batches of a request from the one with its block on. What lies behind the last block is asked of the last batch. */
function batchesFor(store: ChainStore, { block, parentBatchIndex, batchIndex }: Request): AppliedBatch[] {
  const batches: AppliedBatch[] = []
  for (let index = parentBatchIndex + 1n; index <= batchIndex; index++) {
    const batch = store.appliedBatch(index)
    if (!batch) throw missing(`batch ${index}, which it has not derived`)
    if (batch.lastBlock >= block || index === batchIndex) batches.push(batch)
  }
  if (batches.length === 0) throw missing(`a batch after ${parentBatchIndex} up to ${batchIndex}`)
  return batches
}

/** What a proof system asks of this node's chain: all that L1's batches gave, which is the safe chain. */
export function chainKnowledge(parts: KnowledgeParts): ChainKnowledge {
  const { store, engine, settlement } = parts
  const isSafe = (block: bigint): boolean => block <= store.head('safe').number

  async function proofInputs(request: Request): Promise<ProofInputs> {
    if (!engine.proofInputs) throw missing(`an engine with a proof program, not ${engine.id}`)
    const applied = batchesFor(store, request)
    const [from, to] = [applied[0]!.index, applied.at(-1)!.index]
    const records = await settlement.getBatches(from, to + 1n)
    if (records.length !== applied.length || records.some(({ acc }, i) => acc !== applied[i]!.acc))
      throw missing(`batches ${from} to ${to} as it derived them; L1 has others now`)
    const { lastBlock } = applied.at(-1)!
    const { block } = request
    const agreed = store.headerByNumber((block > lastBlock ? lastBlock + 1n : block) - 1n)
    if (!agreed) throw missing(`the block before ${block}`)
    const evidence = await batchEvidence(settlement, records, (record) => fetchEvidence(parts, record))
    return engine.proofInputs({ agreed, block, ...evidence })
  }

  return {
    async batch(index) {
      if (index === -1n) return { firstBlock: 0n, lastBlock: 0n, acc: emptyAccumulator }
      const batch = store.appliedBatch(index)
      return batch && { firstBlock: batch.firstBlock, lastBlock: batch.lastBlock, acc: batch.acc }
    },
    async outputRoot(block): Promise<Hash | undefined> {
      const header = isSafe(block) ? store.headerByNumber(block) : undefined
      return header && (await outputOf(engine, header)).outputRoot
    },
    proofInputs,
  }
}
