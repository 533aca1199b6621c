import type { Address, Assertion, AssertionRules, AssertionStatus, Settlement } from '@animechain/core'
import type { L1Addresses } from '@animechain/contracts'
import { assertionGameType } from '@animechain/contracts/config'
import { assertionGameAbi } from '@animechain/contracts/AssertionGame'
import { challengeTreeAbi } from '@animechain/contracts/ChallengeTree'
import { disputeGameFactoryAbi } from '@animechain/contracts/DisputeGameFactory'
import { decodeAbiParameters, parseAbiParameters, zeroAddress, type PublicClient, type Transport } from 'viem'
import { isAbsent, isRevert, reading } from './failures.js'

type Tag = 'latest' | 'finalized'

/** Where assertions are made, and where their bonds are. */
export type AssertionContracts = Pick<L1Addresses, 'disputeGameFactory' | 'challengeTree'>

/** A game's extra data. */
export const claimData = parseAbiParameters(
  'uint256 l2BlockNumber, uint256 batchIndex, bytes32 batchAcc, address parent, bytes32 history',
)

/** By `GameStatus` of the contracts. */
const statuses = ['pending', 'rejected', 'accepted'] as const

/** Where an assertion stands, from its game's status and since when it has a rival. */
export function statusOf(status: number, rivalledAt: number): AssertionStatus {
  const word = statuses[status] ?? 'pending'
  return word === 'pending' && rivalledAt !== 0 ? 'disputed' : word
}

/** What an assertion's game says of it at a block. */
async function readAssertion(
  client: PublicClient<Transport>,
  tree: Address,
  { index, proxy }: { index: bigint; proxy: Address },
  blockTag: Tag,
): Promise<Assertion> {
  const game = { address: proxy, abi: assertionGameAbi, blockTag } as const
  const [outputRoot, extraData, asserter, bond, status, createdAt, challengePeriod, rivalry] =
    await Promise.all([
      client.readContract({ ...game, functionName: 'rootClaim' }),
      client.readContract({ ...game, functionName: 'extraData' }),
      client.readContract({ ...game, functionName: 'gameCreator' }),
      client.readContract({ ...game, functionName: 'bond' }),
      client.readContract({ ...game, functionName: 'status' }),
      client.readContract({ ...game, functionName: 'createdAt' }),
      client.readContract({ ...game, functionName: 'challengePeriod' }),
      client.readContract({ ...game, functionName: 'tournament' }).then((tournament) =>
        client.readContract({
          ...{ address: tree, abi: challengeTreeAbi, blockTag },
          functionName: 'rivalry',
          args: [tournament],
        }),
      ),
    ])
  const [blockNumber, batchIndex, batchAcc, parent, history] = decodeAbiParameters(claimData, extraData)
  return {
    id: proxy.toLowerCase() as Address,
    index,
    batchIndex,
    batchAcc,
    blockNumber,
    outputRoot,
    parent: parent === zeroAddress ? undefined : (parent.toLowerCase() as Address),
    history,
    asserter: asserter.toLowerCase() as Address,
    bond,
    status: statusOf(status, rivalry.rivalledAt),
    createdAt,
    challengeDeadline: createdAt + challengePeriod,
  }
}

/** wei that wait for an account */
export const creditOf = (
  client: PublicClient<Transport>,
  tree: Address,
  account: Address,
  blockTag: Tag = 'latest',
): Promise<bigint> =>
  reading('the credit of an account', () =>
    client
      .readContract({
        address: tree,
        abi: challengeTreeAbi,
        functionName: 'credit',
        args: [account],
        blockTag,
      })
      .catch((error: unknown) => {
        if (isAbsent(error)) return 0n
        throw error
      }),
  )

/** Reads of assertions. @param own addresses that what is owed is added up for */
export function assertionReads(
  client: PublicClient<Transport>,
  { disputeGameFactory: factory, challengeTree: tree }: AssertionContracts,
  own: readonly Address[],
) {
  const at = { address: factory, abi: disputeGameFactoryAbi } as const

  /** A young L1 has no final block, or one from before the contracts: then there are no games there. */
  const gameCount = (blockTag: Tag): Promise<bigint> =>
    client.readContract({ ...at, functionName: 'gameCount', blockTag }).catch((error: Error) => {
      if (blockTag === 'finalized' && (isAbsent(error) || /block not found/i.test(error.message))) return 0n
      throw error
    })

  let rules: AssertionRules | undefined
  async function readRules(): Promise<AssertionRules> {
    const address = await client.readContract({ ...at, functionName: 'gameImpls', args: [assertionGameType] })
    const implementation = { address, abi: assertionGameAbi } as const
    const [interval, historyHeight] = await Promise.all([
      client.readContract({ ...implementation, functionName: 'interval' }),
      client.readContract({ ...implementation, functionName: 'historyHeight' }),
    ])
    return { interval, historyHeight }
  }

  async function readAssertions(from: bigint, limit: number, blockTag: Tag): Promise<Assertion[]> {
    const count = await gameCount(blockTag)
    const assertions: Assertion[] = []
    for (let index = from; index < count && index < from + BigInt(limit); index++) {
      const game = { ...at, functionName: 'gameAtIndex', args: [index], blockTag } as const
      const [gameType, , proxy] = await client.readContract(game)
      if (gameType === assertionGameType)
        assertions.push(await readAssertion(client, tree, { index, proxy }, blockTag))
    }
    return assertions
  }

  async function readDecision(address: Address): Promise<'rejected' | 'accepted' | undefined> {
    try {
      const { result } = await client.simulateContract({
        address,
        abi: assertionGameAbi,
        functionName: 'resolve',
      })
      const word = statuses[result]
      return word === 'pending' ? undefined : word
    } catch (error) {
      if (isRevert(error) || isAbsent(error)) return undefined
      throw error
    }
  }

  return {
    assertionRules: async () => (rules ??= await reading('the rules of assertions', readRules)),
    assertionCount: ({ at: blockTag = 'latest' } = {}) =>
      reading('the number of assertions', () => gameCount(blockTag)),
    getAssertions: (from, limit, { at: blockTag = 'latest' } = {}) =>
      reading('assertions', () => readAssertions(from, limit, blockTag)),
    decision: (id) => reading('the decision of a dispute', () => readDecision(id as Address)),

    async owed({ at: blockTag = 'latest' } = {}) {
      const credits = await Promise.all(own.map((account) => creditOf(client, tree, account, blockTag)))
      return credits.reduce((sum, amount) => sum + amount, 0n)
    },
  } satisfies Partial<Settlement>
}
