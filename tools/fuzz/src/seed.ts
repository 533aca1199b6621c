import type { AddOutcome } from '@animechain/core'
import type { Case, CaseBlock, CaseTransaction } from './case.js'
import { randomFrom } from './random.js'
import { isDifference, openPair, type Difference, type Engines } from './run.js'
import { blockOf, deposit, transaction, users, world } from './world.js'

const BLOCKS = 6
/** transactions in a block, at most; deposits come on top */
const TRANSACTIONS = 90

export interface SeedOutcome {
  /** transactions that both engines treated alike, and how many of them were included */
  transactions: number
  included: number
  /** The engines part, and everything up to there. */
  found?: { difference: Difference; recorded: Case }
}

/** Makes the world of a seed and runs its blocks in both engines, until they part. */
export async function runSeed(seed: number, engines: Engines): Promise<SeedOutcome> {
  const random = randomFrom(seed)
  const own = world(random)
  const { fork, rollup, number, alloc } = own
  const recorded: Case = { fork, rollup, number, alloc, blocks: [] }
  const outcome: SeedOutcome = { transactions: 0, included: 0 }
  const found = (difference: Difference) => ({ ...outcome, found: { difference, recorded } })
  const pair = await openPair(engines, recorded)
  try {
    for (let number = 0; number < BLOCKS; number++) {
      const attributes = blockOf(random, own)
      const block: CaseBlock = { ...attributes, transactions: [] }
      recorded.blocks.push(block)
      const opened = await pair.begin(attributes)
      if (opened !== undefined) return found(opened)
      const add = async (next: CaseTransaction): Promise<AddOutcome | Difference> => {
        block.transactions.push({ raw: next.raw, sender: next.sender })
        const added = await pair.add(next)
        if (isDifference(added)) return added
        outcome.transactions++
        if (added.status !== 'included') return added
        outcome.included++
        const made = added.transaction.receipt.contractAddress
        if (made !== undefined && added.transaction.receipt.status === 1) own.targets.push(made)
        return added
      }
      if (own.rollup || random.rarely(30))
        for (let i = random.below(9); i > 0; i--) {
          const added = await add(deposit(random, own))
          if (isDifference(added)) return found(added)
        }
      for (let i = random.below(TRANSACTIONS + 1); i >= 0; i--) {
        const { user, ...next } = transaction(random, own)
        const added = await add(next)
        if (isDifference(added)) return found(added)
        if (user === undefined) continue
        if (added.status === 'included') own.nonces[user]!++
        // An authorization or a creation has moved it on, or a dropped block back.
        else if (added.reason === 'nonceTooLow') own.nonces[user]!++
        else if (added.reason === 'nonceTooHigh' && own.nonces[user]! > 0n) own.nonces[user]!--
      }
      const sealed = await pair.end()
      if (sealed !== undefined) return found(sealed)
      // Authorizations, creations and what deposits did with them.
      for (const [i, address] of users.entries()) own.nonces[i] = await pair.nonceOf(address)
    }
    return outcome
  } finally {
    await pair.close()
  }
}
