import { BaseError, type ProofSystem } from '@animechain/core'

/**
 * Proving by running it again: a verdict for whoever trusts this node. Nothing is enforced on L1, so it is for tests and for settlements with a trusted judge.
 * Works with every engine.
 */
export function reexecution(): ProofSystem {
  return {
    capabilities: { id: 'reexecution', permissionless: false },
    start: async () => {},
    stop: async () => {},

    async examine({ assertion, expectedOutputRoot, agreed, blocks }, execute, outputRoot) {
      let parent = agreed
      for (const { header, input } of blocks) {
        const again = await execute(parent, input)
        if (again.hash !== header.hash)
          throw new BaseError('A block gives another hash when it is executed again.', {
            code: 'PROVING_NOT_DETERMINISTIC',
            metaMessages: [`Block ${header.number}: expected ${header.hash}, got ${again.hash}.`],
          })
        parent = again
      }
      if (parent.number !== assertion.blockNumber)
        throw new BaseError('The blocks do not end where the assertion does.', {
          code: 'PROVING_INVALID_DISPUTE',
          metaMessages: [`Expected block ${assertion.blockNumber}, got ${parent.number}.`],
        })
      const expected = await outputRoot(parent)
      if (expected !== expectedOutputRoot)
        throw new BaseError('The output of a block is another when it is computed again.', {
          code: 'PROVING_NOT_DETERMINISTIC',
          metaMessages: [`Block ${parent.number}: expected ${expectedOutputRoot}, got ${expected}.`],
        })
      return {
        assertionWrong: assertion.outputRoot !== expected,
        // An assertion claims nothing about the blocks before its last: that is where it can be shown to be wrong.
        blockNumber: assertion.blockNumber,
        claimed: assertion.outputRoot,
        expected,
      }
    },
  }
}
