import type { Address, Hex, Settlement, SubmitResult } from '@animechain/core'
import { assertionGameType } from '@animechain/contracts/config'
import { assertionGameAbi } from '@animechain/contracts/AssertionGame'
import { challengeTreeAbi } from '@animechain/contracts/ChallengeTree'
import { disputeGameFactoryAbi } from '@animechain/contracts/DisputeGameFactory'
import type { L1Outcome } from '@animechain/l1'
import {
  concatHex,
  decodeEventLog,
  encodeAbiParameters,
  encodeFunctionData,
  zeroAddress,
  type PublicClient,
  type Transport,
} from 'viem'
import { claimData, creditOf, type AssertionContracts } from './assertionReads.js'
import { reading } from './failures.js'
import { resultOf, type Submitter } from './submitter.js'

/** The game that a transaction made, from its logs. */
export function createdGame(outcome: Pick<Extract<L1Outcome, { status: 'ok' }>, 'logs'>): Hex | undefined {
  for (const { topics, data } of outcome.logs) {
    try {
      const log = { topics: topics as [Hex, ...Hex[]], data }
      const event = decodeEventLog({ abi: disputeGameFactoryAbi, ...log })
      if (event.eventName === 'DisputeGameCreated') return event.args.disputeProxy.toLowerCase() as Hex
    } catch {
      // an event of another contract
    }
  }
  return undefined
}

/** Transactions to assertions and to what makes them. */
export const assertionCalls = (
  client: PublicClient<Transport>,
  { disputeGameFactory: factory, challengeTree: tree }: AssertionContracts,
  submitter: Submitter,
) =>
  ({
    async assert({ batchIndex, batchAcc, blockNumber, outputRoot, parent, history, proof }, options) {
      const games = { address: factory, abi: disputeGameFactoryAbi } as const
      const bond = await reading('the bond of an assertion', () =>
        client.readContract({ ...games, functionName: 'initBonds', args: [assertionGameType] }),
      )
      const extraData = encodeAbiParameters(claimData, [
        blockNumber,
        batchIndex,
        batchAcc,
        (parent ?? zeroAddress) as Address,
        history,
      ])
      const data = encodeFunctionData({
        abi: disputeGameFactoryAbi,
        functionName: 'create',
        args: [assertionGameType, outputRoot, concatHex([extraData, ...proof])],
      })
      const call = { what: `assert batch ${batchIndex}`, to: factory, value: bond, data }
      const outcome = await submitter.send('asserter', call, options)
      const id = outcome.status === 'ok' ? createdGame(outcome) : undefined
      return { ...resultOf(outcome), ...(id ? { id } : {}) }
    },

    async endorse(id, options) {
      const game = id as Address
      const proposed = await reading('the claim of the proposer', async () =>
        client.readContract({
          ...{ address: factory, abi: disputeGameFactoryAbi },
          functionName: 'proposedGame',
          args: [
            assertionGameType,
            await client.readContract({ address: game, abi: assertionGameAbi, functionName: 'tournament' }),
          ],
        }),
      )
      if (proposed.toLowerCase() === id)
        return { status: 'rejected', reason: `${id} is the proposer's already` }
      const data = encodeFunctionData({ abi: disputeGameFactoryAbi, functionName: 'endorse', args: [game] })
      return resultOf(await submitter.send('proposer', { what: `endorse ${id}`, to: factory, data }, options))
    },

    async resolve(id, options) {
      const data = encodeFunctionData({ abi: assertionGameAbi, functionName: 'resolve' })
      const call = { what: `resolve ${id}`, to: id as Address, data }
      return resultOf(await submitter.send('bonds', call, options))
    },

    async claim(options) {
      let last: SubmitResult = { status: 'rejected', reason: 'nothing is owed to the keys of this node' }
      for (const account of submitter.own) {
        if ((await creditOf(client, tree, account)) === 0n) continue
        const data = encodeFunctionData({
          abi: challengeTreeAbi,
          functionName: 'claimCredit',
          args: [account],
        })
        const call = { what: `claim the credit of ${account}`, to: tree, data }
        last = resultOf(await submitter.send('bonds', call, options))
        if (last.status !== 'ok') return last
      }
      return last
    },
  }) satisfies Partial<Settlement>
