import { outputHistory, type Address, type Assertion, type Hash, type Settlement } from '@animechain/core'
import { boundedMap } from '@animechain/runtime'
import type { OwnResult } from '../duties/decide.js'

/** A batch as the node applied it. */
export interface DerivedBatch {
  /** accumulator of the inbox after it */
  acc: Hash
  firstBlock: bigint
  lastBlock: bigint
  /** of its last block */
  outputRoot: Hash
}

/** What a verifier asks of the node that derives the chain. */
export interface DerivedChain {
  /** undefined: not derived yet. With a second engine beside the first: not until both agree on it. */
  batch(index: bigint): DerivedBatch | undefined
  /** Output root after a block of the canonical chain. */
  outputRoot(blockNumber: bigint): Promise<Hash>
}

/** What this verifier derived for an assertion, from its parent on. */
export interface DerivedClaim extends OwnResult {
  firstBlock: bigint
}

/** Claims that are remembered: they are asked for while an assertion is young. */
const MAX_CLAIMS = 64

/** Own claims for batches, of which a few are remembered. */
export function derivedClaims(chain: DerivedChain, settlement: Pick<Settlement, 'assertionRules'>) {
  const known = boundedMap<string, { outputRoots: readonly Hash[]; history: Hash }>(MAX_CLAIMS)

  /** Output roots of every block of a claim, and the commitment to them; undefined where L1 reorganised while they were read. */
  async function blocksOf(
    { batchAcc, firstBlock, blockNumber, outputRoot }: DerivedClaim,
    batchIndex: bigint,
  ) {
    const slot = `${batchIndex}/${batchAcc}/${outputRoot}`
    const before = known.get(slot)
    if (before) return before
    const { historyHeight } = await settlement.assertionRules()
    const outputRoots: Hash[] = []
    for (let number = firstBlock; number <= blockNumber; number++)
      outputRoots.push(await chain.outputRoot(number))
    if (chain.batch(batchIndex)?.acc !== batchAcc || outputRoots.at(-1) !== outputRoot) return undefined
    const blocks = { outputRoots, history: outputHistory(outputRoots, historyHeight).history }
    known.set(slot, blocks)
    return blocks
  }

  return {
    /** undefined: its batch, or that of the parent, is not derived yet. */
    async of(
      assertion: Pick<Assertion, 'batchIndex' | 'status' | 'outputRoot' | 'history'>,
    ): Promise<DerivedClaim | undefined> {
      const { batchIndex, history } = assertion
      const batch = chain.batch(batchIndex)
      if (!batch) return undefined
      const { interval } = await settlement.assertionRules()
      const parent = batchIndex < interval ? undefined : chain.batch(batchIndex - interval)
      if (batchIndex >= interval && !parent) return undefined
      const { acc: batchAcc, lastBlock: blockNumber, outputRoot } = batch
      const claim = { batchAcc, blockNumber, outputRoot, firstBlock: (parent?.lastBlock ?? 0n) + 1n, history }
      // A wrong root is wrong whatever its history; what L1 has accepted is what the next ones build on, whatever its history.
      if (assertion.outputRoot !== outputRoot || assertion.status === 'accepted') return claim
      const blocks = await blocksOf(claim, batchIndex)
      return blocks && { ...claim, history: blocks.history }
    },
    blocksOf,
  }
}

export type DerivedClaims = ReturnType<typeof derivedClaims>

/** The id of an assertion, as its game's address. */
export const gameOf = ({ id }: Pick<Assertion, 'id'>): Address => id.toLowerCase() as Address
