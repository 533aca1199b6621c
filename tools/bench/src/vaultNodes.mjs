// Five storage nodes of the private store in one process of their own, with bytes in a folder. Says where they are, and runs until it is killed.
import { join } from 'node:path'
import { silentLogger, systemClock } from '@animechain/core'
import { folderObjects } from '@animechain/objects'
import { memoryStorage } from '@animechain/storage-memory'
import { chainView, embeddedMetadata, fixedCommittees, vaultNode } from '@animechain/vault-node'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'

const [folder, uploader, registry, chainId] = process.argv.slice(2)
const domain = { chainId: Number(chainId), registry }
const signers = Array.from({ length: 5 }, () => privateKeyToAccount(generatePrivateKey()))
const nodes = []
const seats = () =>
  nodes.map(({ url }, i) => ({
    key: signers[i].address.toLowerCase(),
    shareKey: `0x${'00'.repeat(32)}`,
    url,
  }))
const committee = () => ({
  storage: { threshold: 4, members: seats() },
  keys: { threshold: 3, members: seats() },
})
// Batches need no chain: their uploader is known.
const rpc = { request: () => Promise.reject(new Error('there is no chain')) }
for (const [i, signer] of signers.entries())
  nodes.push(
    vaultNode({
      roles: ['storage'],
      domain,
      signer,
      view: chainView({ rpc, registry, clock: systemClock, logger: silentLogger, pollMs: 3_600_000 }),
      committees: fixedCommittees(() => [committee()]),
      policies: [],
      batchers: async () => [uploader.toLowerCase()],
      metadata: embeddedMetadata(memoryStorage()),
      objects: folderObjects({ path: join(folder, `${i}`, 'objects') }),
      folder: join(folder, `${i}`),
      http: { port: 0, requestsPerMinute: 10_000_000 },
      repairMs: 3_600_000,
    }),
  )
for (const node of nodes) await node.start()
process.send(nodes.map(({ url, address }) => ({ url, address })))
