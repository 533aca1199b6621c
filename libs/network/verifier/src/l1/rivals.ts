import type { Address } from '@animechain/core'
import { assertionGameType } from '@animechain/contracts/config'
import { assertionGameAbi } from '@animechain/contracts/AssertionGame'
import { disputeGameFactoryAbi } from '@animechain/contracts/DisputeGameFactory'
import { zeroAddress, type PublicClient, type Transport } from 'viem'
import { reading } from './failures.js'

/**
 * Reads which assertions stand against one: those for the same batch on the same parent. Each throws `NETWORK_L1_UNREADABLE`, or what the transport throws by
 * name.
 * @param factory of the assertions' games
 */
export function rivalReads(client: PublicClient<Transport>, factory: Address) {
  return {
    /** The game that L1 has accepted among an assertion and its rivals, final or not; undefined: none yet, or only for the batch on another parent. */
    accepted: (game: Address): Promise<Address | undefined> =>
      reading('the accepted game beside an assertion', async () => {
        const tournament = await client.readContract({
          ...{ address: game, abi: assertionGameAbi },
          functionName: 'tournament',
        })
        const found = await client.readContract({
          ...{ address: factory, abi: disputeGameFactoryAbi },
          functionName: 'acceptedGame',
          args: [assertionGameType, tournament],
        })
        return found === zeroAddress ? undefined : found
      }),
  }
}

/** What {@link rivalReads} makes. */
export type RivalReads = ReturnType<typeof rivalReads>
