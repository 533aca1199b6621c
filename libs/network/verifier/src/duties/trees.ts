import type { Attestation } from '@animechain/network-protocol'

/**
 * Whether two attestations of one key are for one batch and output root, and name two trees of its blocks: the key pays for it (docs/spec/network.md, section 7).
 * Two output roots are equivocation instead. Pure.
 */
export const isTwoTrees = (a: Attestation, b: Attestation): boolean =>
  a.batchIndex === b.batchIndex &&
  a.batchAcc.toLowerCase() === b.batchAcc.toLowerCase() &&
  a.outputRoot.toLowerCase() === b.outputRoot.toLowerCase() &&
  a.blocksRoot.toLowerCase() !== b.blocksRoot.toLowerCase()
