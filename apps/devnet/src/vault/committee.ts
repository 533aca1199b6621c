import { writeFileSync } from 'node:fs'
import { committeeRegistryAbi, committeeRoles } from '@animechain/contracts'
import { BaseError, predeploys } from '@animechain/core'
import { formatCommittee, type CommitteeFile } from '@animechain/vault-protocol'
import type { Deployment } from '@animechain/stack'
import { createPublicClient, createWalletClient, http, parseEther, zeroHash, type Hash } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { vaultNames, type VaultName } from '../options.js'
import { roles } from '../roles.js'
import type { Member } from './members.js'

/** A batch is certified by four, so that three are left where one lied; three of five open a key. */
const thresholds = { storage: 4, keys: 3 }

/**
 * Has the members join on L1, storage and keys, and forms the first committee of them where none is yet.
 * @returns its epoch
 */
export async function formCommittee(parameters: {
  l1Url: string
  deployment: Deployment
  members: readonly Member[]
  urls: Record<VaultName, string>
}): Promise<bigint> {
  const { l1Url, deployment, members, urls } = parameters
  const address = registryOf(deployment)
  const transport = http(l1Url, { timeout: 30_000 })
  const l1 = createPublicClient({ chain: deployment.l1, transport, pollingInterval: 100 })
  const registry = { address, abi: committeeRegistryAbi } as const
  const sent = async (hash: Hash) => {
    const { status } = await l1.waitForTransactionReceipt({ hash, timeout: 60_000 })
    if (status !== 'success')
      throw new BaseError(`The transaction ${hash} to the committee registry reverted.`, {
        code: 'DEVNET_COMMITTEE',
      })
  }
  const formed = await l1.readContract({ ...registry, functionName: 'epochCount' })
  if (formed > 0n) return formed

  await Promise.all(
    members.map(async ({ name, privateKey, address: member, shareKey }) => {
      const wallet = createWalletClient({
        chain: deployment.l1,
        transport,
        account: privateKeyToAccount(privateKey),
      })
      const nonce = await l1.getTransactionCount({ address: member })
      // Both in one block.
      const hashes = await Promise.all(
        (['storage', 'keys'] as const).map((role, i) => {
          const key = role === 'keys' ? shareKey.publicKey : zeroHash
          const args = [committeeRoles[role], member, key, urls[name], '0x'] as const
          const terms = { value: parseEther('1'), nonce: nonce + i, gas: 500_000n }
          return wallet.writeContract({ ...registry, functionName: 'join', args, ...terms })
        }),
      )
      await Promise.all(hashes.map(sent))
    }),
  )
  const operator = createWalletClient({
    chain: deployment.l1,
    transport,
    account: privateKeyToAccount(roles.guardian.privateKey),
  })
  const notice = await l1.readContract({ ...registry, functionName: 'notice' })
  const { timestamp } = await l1.getBlock()
  // The transaction is in a later block: some seconds more than the notice, whatever L1 does meanwhile.
  const activation = timestamp + BigInt(notice) + 4n
  const addresses = members.map((member) => member.address)
  const committees = (['storage', 'keys'] as const).map((role) => ({
    role: committeeRoles[role],
    threshold: thresholds[role],
    members: addresses,
  }))
  await sent(
    await operator.writeContract({ ...registry, functionName: 'formEpoch', args: [activation, committees] }),
  )
  while ((await l1.getBlock()).timestamp < activation)
    await new Promise((resolve) => setTimeout(resolve, 250))
  return 1n
}

function registryOf({ addresses }: Deployment) {
  const address = addresses.committeeRegistry
  if (address) return address
  throw new BaseError('The contracts of this devnet have no committee registry.', {
    code: 'DEVNET_COMMITTEE',
    metaMessages: ['They were deployed without the private store. Start with --reset to begin anew.'],
  })
}

/** Writes the file that clients of the private store are configured with. */
export function writeCommittee(
  path: string,
  parameters: {
    deployment: Deployment
    members: readonly Member[]
    urls: Record<VaultName, string>
    epoch: bigint
  },
): CommitteeFile {
  const { deployment, members, urls, epoch } = parameters
  const { privateDa, availabilityChallenge } = deployment.addresses
  const seats = vaultNames.map((name, i) => ({ url: urls[name], address: members[i]!.address }))
  const committee: CommitteeFile = {
    version: 1,
    epoch,
    chainId: deployment.l2.id,
    registry: predeploys.accessRegistry,
    l1ChainId: deployment.l1.id,
    committeeRegistry: registryOf(deployment),
    ...(privateDa ? { adapter: privateDa, inbox: deployment.addresses.inbox } : {}),
    ...(availabilityChallenge ? { availabilityChallenge } : {}),
    storage: { threshold: thresholds.storage, members: seats },
    keys: {
      threshold: thresholds.keys,
      members: seats.map((seat, i) => ({ ...seat, shareKey: members[i]!.shareKey.publicKey })),
    },
  }
  writeFileSync(path, formatCommittee(committee))
  return committee
}
