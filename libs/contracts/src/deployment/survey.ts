import type { Address } from '@animechain/core'
import type { Chain, PublicClient, Transport } from 'viem'
import { wordToAddress } from '../create2.js'
import { inboxAbi } from '../generated/index.js'
import type { L1Plan } from './plan.js'
import type { Survey } from './transactions.js'

export type L1Client = PublicClient<Transport, Chain | undefined>

/** keccak256('eip1967.proxy.implementation') - 1 (EIP-1967). */
export const IMPLEMENTATION_SLOT = '0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc'

/** Blocks that are asked for logs at once: what public endpoints take. */
const LOG_RANGE = 10_000n

export async function hasCode(client: L1Client, address: Address): Promise<boolean> {
  const code = await client.getCode({ address })
  return code !== undefined && code !== '0x'
}

/** Whether the proxies have code of their own. The timelock may have upgraded them since. */
export async function isInstalled(client: L1Client, plan: L1Plan): Promise<boolean> {
  const word = await client.getStorageAt({ address: plan.addresses.systemConfig, slot: IMPLEMENTATION_SLOT })
  const implementation = wordToAddress(word)
  return BigInt(implementation) !== 0n && implementation !== plan.bootstrap
}

export async function hasContext(client: L1Client, plan: L1Plan): Promise<boolean> {
  const count = await client.readContract({
    address: plan.addresses.inbox,
    abi: inboxAbi,
    functionName: 'depositCount',
  })
  return count > 0n
}

/** Asks L1 what of a plan stands. */
export async function surveyL1(client: L1Client, plan: L1Plan): Promise<Survey> {
  const [present, installed] = await Promise.all([
    Promise.all(plan.creations.map(({ address }) => hasCode(client, address))),
    isInstalled(client, plan),
  ])
  return { present, installed, hasContext: installed && (await hasContext(client, plan)) }
}

/** The block in which the inbox was initialised, looked for from the newest one backwards; 0 if none tells. */
export async function findStartBlock(client: L1Client, inbox: Address): Promise<bigint> {
  for (let to = await client.getBlockNumber(); ; to -= LOG_RANGE) {
    const fromBlock = to < LOG_RANGE ? 0n : to - LOG_RANGE + 1n
    const [log] = await client.getContractEvents({
      address: inbox,
      abi: inboxAbi,
      eventName: 'Initialized',
      fromBlock,
      toBlock: to,
    })
    if (log) return log.blockNumber
    if (fromBlock === 0n) return 0n
  }
}
