import { networkRoles, productionTokenAbi, stakeRegistryAbi } from '@animechain/contracts'
import { BaseError } from '@animechain/core'
import { keyProofTypedData } from '@animechain/network-protocol'
import type { Deployment } from '@animechain/stack'
import { createPublicClient, createWalletClient, http, parseEther, type Address, type Hash } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import type { NetworkMember } from './members.js'
import { devnetToken, devnetTokenStake } from './token.js'

/** What each member stakes, wei. */
export const devnetStake = parseEther('100')

/** Where the stake is held. @throws {BaseError} `DEVNET_NETWORK` */
export function registryOf({ addresses }: Deployment): Address {
  const address = addresses.stakeRegistry
  if (address) return address
  throw new BaseError('The contracts of this devnet have no registry of stake.', {
    code: 'DEVNET_NETWORK',
    metaMessages: ['They were deployed without the verifier network. Start with --reset to begin anew.'],
  })
}

/**
 * Has the members join with ETH and the devnet's token, each with a key apart from its account. Who is a member already stays as it is.
 * @param endpoints what is written on L1 as the members' endpoints
 * @throws {BaseError} `DEVNET_NETWORK`
 */
export async function joinNetwork(parameters: {
  l1Url: string
  deployment: Deployment
  members: readonly NetworkMember[]
  endpoints: readonly string[]
}): Promise<void> {
  const { l1Url, deployment, members, endpoints } = parameters
  const transport = http(l1Url, { timeout: 30_000 })
  const l1 = createPublicClient({ chain: deployment.l1, transport, pollingInterval: 100 })
  const registry = { address: registryOf(deployment), abi: stakeRegistryAbi } as const
  const token = { address: devnetToken, abi: productionTokenAbi } as const
  const role = networkRoles.verifier
  const domain = { chainId: deployment.l1.id, registry: registry.address }

  await Promise.all(
    members.map(async ({ owner, key }, i) => {
      const { key: known } = await l1.readContract({
        ...{ ...registry, functionName: 'memberOf', args: [role, owner.address] },
      })
      if (known.toLowerCase() === key.address.toLowerCase()) return
      const wallet = createWalletClient({
        ...{ chain: deployment.l1, transport, account: privateKeyToAccount(owner.privateKey) },
      })
      const proof = await privateKeyToAccount(key.privateKey).signTypedData(
        keyProofTypedData(domain, owner.address),
      )
      const nonce = await l1.getTransactionCount({ address: owner.address })
      const terms = (offset: number) => ({ nonce: nonce + offset, gas: 1_000_000n })
      // All in one block.
      const hashes = await Promise.all([
        wallet.writeContract({
          ...{ ...registry, ...terms(0), functionName: 'join', value: devnetStake },
          args: [role, key.address, endpoints[i]!, proof],
        }),
        wallet.writeContract({
          ...{ ...token, ...terms(1), functionName: 'approve', args: [registry.address, devnetTokenStake] },
        }),
        wallet.writeContract({
          ...{ ...registry, ...terms(2), functionName: 'stakeToken' },
          args: [role, devnetToken, devnetTokenStake],
        }),
      ])
      await Promise.all(hashes.map((hash) => succeeded(l1, hash)))
    }),
  )
}

async function succeeded(
  l1: { waitForTransactionReceipt(of: { hash: Hash; timeout: number }): Promise<{ status: string }> },
  hash: Hash,
): Promise<void> {
  const { status } = await l1.waitForTransactionReceipt({ hash, timeout: 60_000 })
  if (status !== 'success')
    throw new BaseError(`The transaction ${hash} to the registry of stake reverted.`, {
      code: 'DEVNET_NETWORK',
    })
}
