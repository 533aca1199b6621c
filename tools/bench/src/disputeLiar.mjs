// A liar that plays to the last step: right states up to a step of its choice, after which its machine has halted with another output.
import { bytesToHex, keccak256 } from '@animechain/core'
import { Commitment, stateHash } from '@animechain/proving-machine'
import { historyOf } from '@animechain/proving-interactive'
import { concatBytes, hexToBytes, toBytes } from 'viem'
import { DISPUTED } from './disputedChain.mjs'

/** An output root that no run gives. */
const wrongOutput = (seed) => bytesToHex(keccak256(toBytes(`an output that is wrong, ${seed}`)))

/** What a node would know whose output is wrong from the disputed block on. */
export const wrongKnowledge = (knowledge, seed) => ({
  ...knowledge,
  outputRoot: async (block) => (block >= DISPUTED ? wrongOutput(seed) : knowledge.outputRoot(block)),
})

/** Some leaves of a commitment, and one that stands for all after them. */
function cut(right, count, last) {
  const leaves = Array.from({ length: count }, (_, i) => right.node(0, i))
  return new Commitment(right.height, concatBytes([...leaves, hexToBytes(last)]))
}

/**
 * Commitments of a consistent liar: what a player asks for.
 * @param right commitments to the truth
 * @param lie span and step at which it begins, and the height of a span
 */
export function lyingCommitments(right, knowledge, lie) {
  const made = new Map()
  const truth = async (block) => ({ ...block, after: await knowledge.outputRoot(block.number) })
  const lastState = async (block) => ({
    ...(await right.lastState(await truth(block))),
    output: block.after,
  })
  const once = async (key, make) => {
    const known = made.get(key) ?? (await make())
    made.set(key, known)
    return known
  }
  const spans = (block) =>
    once('spans', async () =>
      cut(await right.spans(await truth(block)), lie.span, stateHash(await lastState(block))),
    )
  return {
    keyOf: (block) => right.keyOf(block),
    knownSpans: () => made.get('spans'),
    knownSteps: (_, span) => made.get(span),
    spans,
    steps: (block, span) =>
      once(span, async () => {
        if (span < lie.span) return right.steps(await truth(block), span)
        const last = stateHash(await lastState(block))
        if (span > lie.span) return new Commitment(lie.height, hexToBytes(last))
        return cut(await right.steps(await truth(block), span), lie.step, last)
      }),
    lastState,
    proveStep: async (block, span, step) => right.proveStep(await truth(block), span, step),
    drop: async () => {},
  }
}

/** The claim that a chain makes about its one batch. */
export async function claimOf(knowledge, height) {
  const { lastBlock, acc } = await knowledge.batch(0n)
  const outputs = []
  for (let block = 1n; block <= lastBlock; block++) outputs.push(await knowledge.outputRoot(block))
  const history = historyOf(height, outputs)
  return {
    ...{ batchIndex: 0n, batchAcc: acc, blockNumber: lastBlock, parent: undefined },
    outputRoot: outputs.at(-1),
    history: history.root,
    proof: history.siblings(0, 2 ** height - 1).map((node) => bytesToHex(node)),
  }
}
