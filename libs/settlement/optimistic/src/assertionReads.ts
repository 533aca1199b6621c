import type { Address, Assertion, AssertionStatus, Settlement } from '@animechain/core'
import { assertionGameType } from '@animechain/contracts/config'
import { assertionGameAbi } from '@animechain/contracts/AssertionGame'
import { disputeGameFactoryAbi } from '@animechain/contracts/DisputeGameFactory'
import { zeroAddress, type PublicClient, type Transport } from 'viem'
import { isAbsent, isRevert } from './failures.js'

type Tag = 'latest' | 'finalized'

/** By `GameStatus` of the contracts. */
const statuses = ['pending', 'rejected', 'accepted'] as const

/** Where an assertion stands, from its game's status and who challenged it. */
export function statusOf(status: number, challenger: Address): AssertionStatus {
  const word = statuses[status] ?? 'pending'
  return word === 'pending' && challenger !== zeroAddress ? 'challenged' : word
}

/** What an assertion's game says of it at a block. */
async function readAssertion(
  client: PublicClient<Transport>,
  { index, proxy }: { index: bigint; proxy: Address },
  blockTag: Tag,
): Promise<Assertion> {
  const game = { address: proxy, abi: assertionGameAbi, blockTag } as const
  const [
    batchIndex,
    batchAcc,
    blockNumber,
    outputRoot,
    asserter,
    bond,
    status,
    createdAt,
    challenger,
    challengePeriod,
  ] = await Promise.all([
    client.readContract({ ...game, functionName: 'batchIndex' }),
    client.readContract({ ...game, functionName: 'batchAcc' }),
    client.readContract({ ...game, functionName: 'l2BlockNumber' }),
    client.readContract({ ...game, functionName: 'rootClaim' }),
    client.readContract({ ...game, functionName: 'gameCreator' }),
    client.readContract({ ...game, functionName: 'bond' }),
    client.readContract({ ...game, functionName: 'status' }),
    client.readContract({ ...game, functionName: 'createdAt' }),
    client.readContract({ ...game, functionName: 'challenger' }),
    client.readContract({ ...game, functionName: 'challengePeriod' }),
  ])
  return {
    id: proxy.toLowerCase() as Address,
    index,
    batchIndex,
    batchAcc,
    blockNumber,
    outputRoot,
    asserter: asserter.toLowerCase() as Address,
    bond,
    status: statusOf(status, challenger),
    createdAt,
    challengeDeadline: createdAt + challengePeriod,
  }
}

/** wei that a game owes to an account */
export const creditOf = (
  client: PublicClient<Transport>,
  game: Address,
  account: Address,
  blockTag: Tag = 'latest',
): Promise<bigint> =>
  client
    .readContract({ address: game, abi: assertionGameAbi, functionName: 'credit', args: [account], blockTag })
    .catch((error: unknown) => {
      if (isAbsent(error)) return 0n
      throw error
    })

/** Reads of assertions. @param own addresses that what is owed is added up for */
export function assertionReads(client: PublicClient<Transport>, factory: Address, own: readonly Address[]) {
  const at = { address: factory, abi: disputeGameFactoryAbi } as const

  /** A young L1 has no final block, or one from before the contracts: then there are no games there. */
  const gameCount = (blockTag: Tag): Promise<bigint> =>
    client.readContract({ ...at, functionName: 'gameCount', blockTag }).catch((error: Error) => {
      if (blockTag === 'finalized' && (isAbsent(error) || /block not found/i.test(error.message))) return 0n
      throw error
    })

  return {
    assertionCount: ({ at: blockTag = 'latest' } = {}) => gameCount(blockTag),

    async getAssertions(from, limit, { at: blockTag = 'latest' } = {}) {
      const count = await gameCount(blockTag)
      const assertions: Assertion[] = []
      for (let index = from; index < count && index < from + BigInt(limit); index++) {
        const game = { ...at, functionName: 'gameAtIndex', args: [index], blockTag } as const
        const [gameType, , proxy] = await client.readContract(game)
        if (gameType === assertionGameType)
          assertions.push(await readAssertion(client, { index, proxy }, blockTag))
      }
      return assertions
    },

    async decision(id) {
      try {
        const { result } = await client.simulateContract({
          address: id as Address,
          abi: assertionGameAbi,
          functionName: 'resolve',
        })
        const word = statuses[result]
        return word === 'pending' ? undefined : word
      } catch (error) {
        if (isRevert(error) || isAbsent(error)) return undefined
        throw error
      }
    },

    async owed(id, { at: blockTag = 'latest' } = {}) {
      const credits = await Promise.all(
        own.map((account) => creditOf(client, id as Address, account, blockTag)),
      )
      return credits.reduce((sum, amount) => sum + amount, 0n)
    },
  } satisfies Partial<Settlement>
}
