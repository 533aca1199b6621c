import type { ProofSystem } from '@animechain/core'
import { InteractiveError } from './errors.js'

/** A verdict for whoever trusts this node: runs the blocks again. The game needs none, it is about what L1 can check. */
export const examineAgain: ProofSystem['examine'] = async (
  { assertion, expectedOutputRoot, agreed, blocks },
  execute,
  outputRoot,
) => {
  let parent = agreed
  for (const { header, input } of blocks) {
    parent = await execute(parent, input)
    if (parent.hash !== header.hash)
      throw new InteractiveError(
        'A block gives another hash when it is executed again.',
        'PROVING_PROGRAM_DIFFERS',
        {
          metaMessages: [`Block ${header.number}: expected ${header.hash}, got ${parent.hash}.`],
        },
      )
  }
  const expected = await outputRoot(parent)
  if (parent.number !== assertion.blockNumber || expected !== expectedOutputRoot)
    throw new InteractiveError(
      'The blocks of a dispute give another output than before.',
      'PROVING_PROGRAM_DIFFERS',
      {
        metaMessages: [
          `Expected ${expectedOutputRoot} at block ${assertion.blockNumber}, got ${expected} at block ${parent.number}.`,
        ],
      },
    )
  return {
    assertionWrong: assertion.outputRoot !== expected,
    blockNumber: assertion.blockNumber,
    claimed: assertion.outputRoot,
    expected,
  }
}
