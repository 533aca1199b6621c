import type { Address, Hex, Settlement, SubmitResult } from '@animechain/core'
import { assertionGameType } from '@animechain/contracts/config'
import { assertionGameAbi } from '@animechain/contracts/AssertionGame'
import { disputeGameFactoryAbi } from '@animechain/contracts/DisputeGameFactory'
import type { L1Outcome } from '@animechain/l1'
import {
  decodeEventLog,
  encodeAbiParameters,
  encodeFunctionData,
  type PublicClient,
  type Transport,
} from 'viem'
import { creditOf } from './assertionReads.js'
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
export const assertionCalls = (client: PublicClient<Transport>, factory: Address, submitter: Submitter) =>
  ({
    async assert(claim, options) {
      const games = { address: factory, abi: disputeGameFactoryAbi } as const
      const bond = await client.readContract({
        ...games,
        functionName: 'initBonds',
        args: [assertionGameType],
      })
      const extraData = encodeAbiParameters(
        [{ type: 'uint256' }, { type: 'uint256' }, { type: 'bytes32' }],
        [claim.blockNumber, claim.batchIndex, claim.batchAcc],
      )
      const data = encodeFunctionData({
        abi: disputeGameFactoryAbi,
        functionName: 'create',
        args: [assertionGameType, claim.outputRoot, extraData],
      })
      const call = { what: `assert batch ${claim.batchIndex}`, to: factory, value: bond, data }
      const outcome = await submitter.send('proposer', call, options)
      const id = outcome.status === 'ok' ? createdGame(outcome) : undefined
      return { ...resultOf(outcome), ...(id ? { id } : {}) }
    },

    async challenge(id, options) {
      const game = { address: id as Address, abi: assertionGameAbi } as const
      const bond = await client.readContract({ ...game, functionName: 'challengeBond' })
      const data = encodeFunctionData({ abi: assertionGameAbi, functionName: 'challenge' })
      const call = { what: `challenge ${id}`, to: game.address, value: bond, data }
      return resultOf(await submitter.send('challenger', call, options))
    },

    async resolve(id, options) {
      const data = encodeFunctionData({ abi: assertionGameAbi, functionName: 'resolve' })
      const call = { what: `resolve ${id}`, to: id as Address, data }
      return resultOf(await submitter.send('bonds', call, options))
    },

    async claim(id, options) {
      let last: SubmitResult = { status: 'rejected', reason: 'nothing is owed to the keys of this node' }
      for (const account of submitter.own) {
        if ((await creditOf(client, id as Address, account)) === 0n) continue
        const data = encodeFunctionData({
          abi: assertionGameAbi,
          functionName: 'claimCredit',
          args: [account],
        })
        const call = { what: `claim the bond of ${id}`, to: id as Address, data }
        last = resultOf(await submitter.send('bonds', call, options))
        if (last.status !== 'ok') return last
      }
      return last
    },
  }) satisfies Partial<Settlement>
