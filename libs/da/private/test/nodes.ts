import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger, systemClock, type Address } from '@animechain/core'
import { memoryObjects } from '@animechain/objects'
import { memoryStorage } from '@animechain/storage-memory'
import { testAccount, type Anvil } from '@animechain/testing'
import {
  chainView,
  embeddedMetadata,
  fixedCommittees,
  vaultNode,
  type VaultNode,
} from '@animechain/vault-node'
import type { CertificateDomain, CommitteeFile, MessageSigner } from '@animechain/vault-protocol'

/** Who may upload batches. */
export const uploader = testAccount(1) as unknown as MessageSigner
/** Registry on L2; batches are of no project, so nothing is asked of it. */
const registry: Address = '0x4200000000000000000000000000000000001000'
const noKey = `0x${'00'.repeat(32)}` as const

/** Five storage nodes in this process, and their file. `chain`: a chain that they see. */
export async function fiveNodes(chain: Anvil, certificates: CertificateDomain, threshold = 4) {
  const signers = Array.from({ length: 5 }, (_, i) => testAccount(10 + i))
  const folders = signers.map(() => mkdtempSync(join(tmpdir(), 'batch-node-')))
  const nodes: VaultNode[] = []
  const domain = { chainId: certificates.chainId, registry }
  const committees = fixedCommittees(() => {
    const members = signers.map(({ address }, i) => ({ key: address, shareKey: noKey, url: nodes[i]!.url }))
    return [{ storage: { threshold, members }, keys: { threshold: 3, members } }]
  })
  for (const [i, signer] of signers.entries())
    nodes.push(
      vaultNode({
        ...{ roles: ['storage'], domain, committees, certificates, policies: [] },
        signer: signer as unknown as MessageSigner,
        view: chainView({
          ...{
            rpc: { request: ({ method, params }) => chain.request(method, params as unknown[]) },
            registry,
          },
          ...{ clock: systemClock, logger: silentLogger },
        }),
        metadata: embeddedMetadata(memoryStorage()),
        objects: memoryObjects(),
        folder: folders[i]!,
        batchers: async () => [uploader.address.toLowerCase() as Address],
        http: { port: 0 },
      }),
    )
  for (const node of nodes) await node.start()
  const seats = (count: number) => ({
    threshold: count,
    members: nodes.map(({ url, address }) => ({ url, address })),
  })
  const committee: CommitteeFile = {
    ...{ version: 1, epoch: 1n, ...domain, l1ChainId: certificates.chainId, adapter: certificates.adapter },
    ...{ storage: seats(threshold), keys: seats(3) },
  }
  return {
    nodes,
    committee,
    async stop() {
      await Promise.all(nodes.map((node) => node.stop()))
      for (const folder of folders) rmSync(folder, { recursive: true, force: true })
    },
  }
}
