import type { Hash } from '@animechain/core'
import { concatHex, keccak256 } from 'viem'
import type { ProvingConfig } from '../src/index.js'

const hash = (byte: string): Hash => `0x${byte.repeat(32)}`

/** A program that no test runs: what a deployment must be told of one. */
export const proving: ProvingConfig = {
  program: { codeRoot: hash('c0'), ramRoot: hash('aa'), pages: 17 },
  rulesHash: hash('e1'),
}

/** Output root of an L2 block 0 that no test looks into. */
export const genesisRoot = hash('11')
export const genesisOutputRoot = () => genesisRoot

/** Nodes of a commitment all leaves of which are one: leaf first, root last. All but the root are the siblings of its last leaf. */
export function flatHistory(leaf: Hash, depth: number): Hash[] {
  const nodes = [leaf]
  for (let i = 0; i < depth; i++) nodes.push(keccak256(concatHex([nodes[i]!, nodes[i]!])))
  return nodes
}
