import { bytesToHex, keccak256Hex, type ChainKnowledge, type Hash } from '@animechain/core'
import { historyOf } from '../src/index.js'
import { toyBatch, toyInputs, toyOutput } from './toyProgram.js'

/** What a node knows, and how often it was asked for a witness. */
export type ToyChain = ChainKnowledge & { inputsAsked: number }

export const BLOCKS_PER_BATCH = 3

export const genesisOutput: Hash = `0x${'a0'.repeat(32)}`
export const toyRules: Hash = `0x${'b1'.repeat(32)}`
/** An output root that no run gives. */
export const wrongOutput = (block: bigint, seed = 0): Hash =>
  keccak256Hex(new TextEncoder().encode(`wrong ${block} ${seed}`))

export interface ToyBatch {
  firstBlock: bigint
  lastBlock: bigint
  acc: Hash
  /** what the accumulator hashes */
  preimage: Uint8Array
}

export interface ToyChainOptions {
  /** Batches that this node has executed. */
  batches?: readonly ToyBatch[]
  /** From this block on the outputs are wrong. */
  wrongFrom?: bigint
  seed?: number
}

export const toyBatches = (count: number): ToyBatch[] =>
  Array.from({ length: count }, (_, index) => {
    const firstBlock = BigInt(index * BLOCKS_PER_BATCH + 1)
    const preimage = toyBatch(index, firstBlock, BLOCKS_PER_BATCH)
    const lastBlock = firstBlock + BigInt(BLOCKS_PER_BATCH) - 1n
    return { firstBlock, lastBlock, acc: keccak256Hex(preimage), preimage }
  })

/** A node's knowledge of a chain of toy batches, each block's output being what the toy program gives. */
export function toyChain({ batches = toyBatches(3), wrongFrom, seed = 0 }: ToyChainOptions = {}): ToyChain {
  const outputs = new Map<bigint, Hash>([[0n, genesisOutput]])
  const batchOf = (block: bigint): ToyBatch | undefined =>
    batches.find(({ firstBlock, lastBlock }) => block >= firstBlock && block <= lastBlock)
  const outputRoot = (block: bigint): Hash | undefined => {
    const known = outputs.get(block)
    if (known !== undefined) return known
    const batch = batchOf(block)
    if (batch === undefined) return undefined
    const output =
      wrongFrom !== undefined && block >= wrongFrom
        ? wrongOutput(block, seed)
        : toyOutput(outputRoot(block - 1n)!, batch.preimage, block, toyRules)
    outputs.set(block, output)
    return output
  }
  return {
    inputsAsked: 0,
    batch: async (index) => batches[Number(index)],
    outputRoot: async (block) => outputRoot(block),
    async proofInputs({ block, batchIndex }) {
      this.inputsAsked++
      const batch = batches[Number(batchIndex)]!
      const before = block > batch.lastBlock ? batch.lastBlock : block - 1n
      return toyInputs(outputRoot(before)!, batch.preimage, block, toyRules)
    },
  }
}

/** The claim that a chain makes about a batch: history, output root, and siblings of the last leaf. */
export async function toyClaim(chain: ChainKnowledge, height: number, batchIndex: number) {
  const { firstBlock, lastBlock } = (await chain.batch(BigInt(batchIndex)))!
  const outputs: Hash[] = []
  for (let block = firstBlock; block <= lastBlock; block++) outputs.push((await chain.outputRoot(block))!)
  const history = historyOf(height, outputs)
  const siblings = history.siblings(0, 2 ** height - 1).map((node) => bytesToHex(node))
  return { root: history.root, output: outputs.at(-1)!, siblings }
}
