import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { predeploys, silentLogger, systemClock, type Address } from '@animechain/core'
import { memoryObjects } from '@animechain/objects'
import type { Deployment } from '@animechain/stack'
import { memoryStorage } from '@animechain/storage-memory'
import { testAccount, type Anvil } from '@animechain/testing'
import {
  chainView,
  embeddedMetadata,
  registeredCommittees,
  vaultNode,
  type VaultNode,
} from '@animechain/vault-node'
import type { CommitteeFile, MessageSigner } from '@animechain/vault-protocol'
import { vaultNames, type VaultName } from '../src/options.js'
import { firstMember, roles } from '../src/roles.js'
import { formCommittee, writeCommittee } from '../src/vault/committee.js'
import { members as membersOf } from '../src/vault/members.js'

/** The devnet's committee for batches, its storage nodes in this process, joined on L1. */
export async function storageNodes(
  l1: Anvil,
  deployment: Deployment,
): Promise<{ committee: CommitteeFile; stop(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'storage-nodes-'))
  const rpc = {
    request: ({ method, params }: { method: string; params: readonly unknown[] }) =>
      l1.request(method, params as unknown[]),
  }
  const registry = predeploys.accessRegistry
  const { committeeRegistry, privateDa } = deployment.addresses
  const nodes: VaultNode[] = vaultNames.map((name, i) =>
    vaultNode({
      ...{ roles: ['storage'], domain: { chainId: deployment.l2.id, registry }, policies: [] },
      signer: testAccount(firstMember + i) as unknown as MessageSigner,
      committees: registeredCommittees(rpc, committeeRegistry!),
      certificates: { chainId: deployment.l1.id, adapter: privateDa! },
      // Batches are of no project: no policy is asked.
      view: chainView({ rpc, registry, clock: systemClock, logger: silentLogger }),
      ...{ metadata: embeddedMetadata(memoryStorage()), objects: memoryObjects() },
      ...{ folder: join(folder, name), http: { port: 0 } },
      batchers: async () => [roles.batcher.address.toLowerCase() as Address],
    }),
  )
  const stop = async () => {
    await Promise.all(nodes.map((node) => node.stop()))
    rmSync(folder, { recursive: true, force: true })
  }
  for (const node of nodes) await node.start()
  const urls = Object.fromEntries(vaultNames.map((name, i) => [name, nodes[i]!.url])) as Record<
    VaultName,
    string
  >
  const members = await membersOf()
  const epoch = await formCommittee({ l1Url: l1.url, deployment, members, urls })
  const path = join(folder, 'committee.json')
  return { committee: writeCommittee(path, { deployment, members, urls, epoch }), stop }
}
