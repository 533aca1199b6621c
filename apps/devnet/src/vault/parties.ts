import { readFileSync } from 'node:fs'
import { accessRegistryAbi } from '@animechain/contracts'
import { hexToBytes, type Hash, type Hex } from '@animechain/core'
import { createVault, vaultChain, type Vault } from '@animechain/vault-client'
import { storageCommittee } from '@animechain/vault-committee'
import { deriveKeyPair, type KeyPair } from '@animechain/vault-format'
import { parseCommittee, type CommitteeFile } from '@animechain/vault-protocol'
import {
  createPublicClient,
  createWalletClient,
  http,
  keccak256,
  stringToHex,
  zeroAddress,
  type PublicClient,
} from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import type { TemporaryDevnet } from '../temporary.js'

/** Who plays in the demo of the private store: each with an own client, as on machines of their own. */
export interface VaultParties {
  committee: CommitteeFile
  l2: PublicClient
  /** Whether L1 has a project's registration: before, a reorg could still give it another owner. */
  isSafe(project: Hash): Promise<boolean>
  /** opens the store for an account; `owner`: with the key that opens everything of its own */
  vaultOf(user: { privateKey: Hex }, options?: { owner?: boolean }): Promise<Vault>
}

/** A key that is the same at each start of the demo. */
const ownerKey = (privateKey: Hex): Promise<KeyPair> =>
  deriveKeyPair(hexToBytes(keccak256(stringToHex(`owner ${privateKey}`))))

/** Reads what clients are configured with: the committee's file and the chain's. */
export function vaultParties(net: TemporaryDevnet): VaultParties {
  const committee = parseCommittee(readFileSync(net.committeeFile!, 'utf8'))
  const { l2: chain } = net.deployment
  const client = createPublicClient({ chain, transport: http(net.l2Url), pollingInterval: 250 })
  const replica = createPublicClient({ chain, transport: http(net.verifierUrl) })
  const domain = { chainId: committee.chainId, registry: committee.registry }
  const nodes = committee.storage.members.map(({ url, address }) => ({ url, address }))
  return {
    committee,
    l2: client as PublicClient,
    async isSafe(project) {
      const { owner } = await replica.readContract({
        address: committee.registry,
        abi: accessRegistryAbi,
        functionName: 'projectOf',
        args: [project],
        blockTag: 'safe',
      })
      return owner !== zeroAddress
    },
    async vaultOf({ privateKey }, { owner = false } = {}) {
      const account = privateKeyToAccount(privateKey)
      const wallet = createWalletClient({ chain, transport: http(net.l2Url), account })
      return createVault({
        chain: vaultChain({ client: client as PublicClient, wallet, chainId: committee.chainId }),
        signer: account,
        committee: {
          epoch: committee.epoch,
          threshold: committee.keys.threshold,
          nodes: committee.keys.members.map((member) => ({ ...member, shareKey: member.shareKey! })),
        },
        storage: storageCommittee({ nodes, domain }),
        storageNodes: nodes,
        ...(owner ? { ownerKey: await ownerKey(privateKey) } : {}),
      })
    },
  }
}
