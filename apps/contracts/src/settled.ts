import { BaseError, systemClock } from '@animechain/core'
import type { PublicClient, Transport } from 'viem'
import type { DeployValues } from './chainConfig.js'

const LOOK_MS = 1_000

/**
 * Waits until L1 calls a block finalized or safe, or so many blocks stand from it on.
 * @throws {BaseError} `DEPLOY_NOT_FINAL` when that takes longer than the timeout
 */
export async function untilSettled(
  client: PublicClient<Transport>,
  block: bigint,
  { wait, confirmations, timeout }: Pick<DeployValues, 'wait' | 'confirmations' | 'timeout'>,
): Promise<void> {
  const reached = async () => {
    if (wait === 'confirmations')
      return (await client.getBlockNumber({ cacheTime: 0 })) - block + 1n >= BigInt(confirmations)
    // A young L1 has no such block yet.
    const tagged = await client.getBlock({ blockTag: wait }).catch(() => undefined)
    return tagged !== undefined && tagged.number >= block
  }
  const end = Date.now() + timeout * 1_000
  while (!(await reached())) {
    if (Date.now() > end)
      throw new BaseError(`L1 block ${block} did not become final within ${timeout} s.`, {
        code: 'DEPLOY_NOT_FINAL',
        metaMessages: [
          `Waited for: ${wait === 'confirmations' ? `${confirmations} confirmations` : wait}`,
          'Run the deployment again to go on waiting.',
        ],
      })
    await systemClock.sleep(LOOK_MS)
  }
}
