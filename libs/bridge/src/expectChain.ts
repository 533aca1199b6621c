import { BaseError } from '@animechain/core'
import type { Chain, PublicClient } from 'viem'

/** @throws {BaseError} `BRIDGE_WRONG_CHAIN` where a client's server is of another chain */
export async function expectChain(
  client: Pick<PublicClient, 'getChainId'>,
  { id, name }: Pick<Chain, 'id' | 'name'>,
): Promise<void> {
  const actual = await client.getChainId()
  if (actual !== id)
    throw new BaseError(`The endpoint of ${name} is of another chain.`, {
      code: 'BRIDGE_WRONG_CHAIN',
      metaMessages: [`Expected chain id ${id}, got ${actual}.`],
    })
}
