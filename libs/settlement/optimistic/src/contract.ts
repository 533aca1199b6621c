import { BaseError, type Address, type InboxRules } from '@animechain/core'
import { inboxAbi } from '@animechain/contracts/Inbox'
import { systemConfigAbi } from '@animechain/contracts/SystemConfig'
import type { PublicClient, Transport } from 'viem'
import { reading } from './failures.js'

/** @throws {BaseError} `SETTLEMENT_WRONG_CHAIN`, `SETTLEMENT_NO_CONTRACT` or `SETTLEMENT_L1_UNREADABLE` unless the inbox is on this L1 */
export async function expectInbox(
  client: PublicClient<Transport>,
  inbox: Address,
  { rpcUrl, chainId }: { rpcUrl: string | readonly string[]; chainId?: number },
): Promise<void> {
  const urls = [rpcUrl].flat().join(', ')
  const actual = await reading('the chain id of L1', () => client.getChainId())
  if (chainId !== undefined && actual !== chainId)
    throw new BaseError(`The L1 of ${urls} is another chain.`, {
      code: 'SETTLEMENT_WRONG_CHAIN',
      metaMessages: [`Expected chain id ${chainId}, got ${actual}.`],
    })
  const code = await reading('the code of the inbox', () => client.getCode({ address: inbox }))
  if (!code || code === '0x')
    throw new BaseError(`There is no inbox at ${inbox} on the L1 of ${urls}.`, {
      code: 'SETTLEMENT_NO_CONTRACT',
      metaMessages: ['Is this the L1 of the deployment file? Was L1 reset after the deployment?'],
    })
}

/** The parameters of the inbox, which do not change. */
export async function inboxRules(client: PublicClient<Transport>, inbox: Address): Promise<InboxRules> {
  const at = { address: inbox, abi: inboxAbi } as const
  const [forceDelay, maxBlocks, maxDrift, maxLag] = await Promise.all([
    client.readContract({ ...at, functionName: 'forceDelay' }),
    client.readContract({ ...at, functionName: 'MAX_BLOCKS_PER_BATCH' }),
    client.readContract({ ...at, functionName: 'MAX_DRIFT' }),
    client.readContract({ ...at, functionName: 'MAX_LAG' }),
  ])
  return {
    forceDelaySeconds: Number(forceDelay),
    maxBlocksPerBatch: Number(maxBlocks),
    maxDriftSeconds: Number(maxDrift),
    maxLagSeconds: Number(maxLag),
  }
}

/** The key that announces blocks, as SystemConfig names it in L1's newest block. */
export async function namedSequencer(
  client: PublicClient<Transport>,
  systemConfig: Address,
): Promise<Address> {
  const address = { address: systemConfig, abi: systemConfigAbi } as const
  return (await client.readContract({ ...address, functionName: 'sequencer' })).toLowerCase() as Address
}
