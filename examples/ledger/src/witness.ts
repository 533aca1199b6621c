import { bigIntToBytes, bytesToHex, type ProofInputs } from '@animechain/core'
import { hostData, type HostData } from '@animechain/proving-machine'
import type { LedgerBatch } from './inbox.js'
import { nextBlock, type Chain, type LedgerBlock, type Reads } from './model.js'

/** The blocks of batches, from the block before them on. */
export function blocksOf(genesis: LedgerBlock, batches: readonly LedgerBatch[], chain: Chain): LedgerBlock[] {
  const blocks = [genesis]
  for (const { blockCount, body } of batches)
    for (let i = 0; i < blockCount; i++) blocks.push(nextBlock(blocks.at(-1)!, body, i, chain))
  return blocks
}

/**
 * The inputs of a run of the program and all that it asks for: from an agreed block, by the batches of the inbox, to a block.
 * @param batches all batches up to the one whose accumulator is the input, which is the last
 */
export function blockReads(
  agreed: LedgerBlock,
  batches: readonly LedgerBatch[],
  number: bigint,
  chain: Chain,
): ProofInputs {
  const reads: Reads = { preimages: [agreed.output, agreed.header], precompiles: [] }
  let block = agreed
  for (const { firstBlock, blockCount, record, commitment, body } of batches) {
    reads.preimages.push(record, commitment, ...(body ? [body] : []))
    for (let i = 0; i < blockCount; i++)
      if (firstBlock + BigInt(i) === block.number + 1n && block.number < number)
        block = nextBlock(block, body, i, chain, reads)
  }
  const inputs = [agreed.outputRoot, batches.at(-1)!.acc, bytesToHex(bigIntToBytes(number, 32)), chain.rules]
  return { inputs, ...reads, blobs: [], sha256: [] }
}

/** The same, as the machine asks for it. */
export const blockWitness = (...block: Parameters<typeof blockReads>): HostData =>
  hostData(blockReads(...block))
