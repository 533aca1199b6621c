// A committee of five storage nodes in this process, registered on L1 with their stake, for the entry `private` of `npm run bench -- da`.
import { committeeRegistryAbi, committeeRoles, devnetVault } from '@animechain/contracts'
import { predeploys, silentLogger, systemClock } from '@animechain/core'
import { batchKeys, privateDa } from '@animechain/da-private'
import { folderObjects } from '@animechain/objects'
import { memoryStorage } from '@animechain/storage-memory'
import { testAccount } from '@animechain/testing'
import { chainView, embeddedMetadata, registeredCommittees, vaultNode } from '@animechain/vault-node'
import { createPublicClient, createWalletClient, http } from 'viem'

const viewKey = new Uint8Array(32).map((_, i) => 200 - i)
/** A batch is certified by four, so that three are left where one lied. */
const THRESHOLD = 4
const noKey = `0x${'00'.repeat(32)}`
const member = (i) => testAccount(8 + i)

/** What the deployment needs: the adapter knows the root of the keys of all batches. */
export const vaultOf = async () => ({ ...devnetVault, keyRoot: (await batchKeys(viewKey)).root })

/** Starts the nodes; each asks L1 who is in the committee. */
async function startNodes({ scope, l1, addresses, batcher, l2ChainId, l1ChainId }) {
  const rpc = { request: ({ method, params }) => l1.request(method, params) }
  const registry = predeploys.accessRegistry
  const nodes = []
  for (let i = 0; i < 5; i++) {
    const folder = scope.folder()
    const node = vaultNode({
      roles: ['storage'],
      domain: { chainId: l2ChainId, registry },
      policies: [],
      signer: member(i),
      committees: registeredCommittees(rpc, addresses.committeeRegistry),
      certificates: { chainId: l1ChainId, adapter: addresses.privateDa },
      // Batches are of no project: no policy is asked.
      view: chainView({ rpc, registry, clock: systemClock, logger: silentLogger }),
      metadata: embeddedMetadata(memoryStorage()),
      objects: folderObjects({ path: `${folder}/objects` }),
      folder,
      http: { port: 0 },
      batchers: async () => [batcher.address.toLowerCase()],
    })
    await node.start()
    scope.onClose(() => node.stop())
    nodes.push(node)
  }
  return nodes
}

/** Registers the nodes with their stake, and waits until the first epoch of them is in force. */
async function formCommittee({ scope, l1, addresses, operator }, nodes) {
  const transport = http(l1.url, { timeout: 60_000 })
  const client = createPublicClient({ transport, pollingInterval: 100, cacheTime: 0 })
  const call = { chain: null, address: addresses.committeeRegistry, abi: committeeRegistryAbi }
  const sent = async (account, request) => {
    const hash = await createWalletClient({ transport, account }).writeContract({ ...call, ...request })
    const { status } = await client.waitForTransactionReceipt({ hash })
    if (status !== 'success') throw new Error(`${request.functionName} reverted`)
  }
  await Promise.all(
    nodes.map(({ url }, i) =>
      sent(member(i), {
        functionName: 'join',
        value: devnetVault.stakes.storage,
        args: [committeeRoles.storage, member(i).address, noKey, url, '0x'],
      }),
    ),
  )
  const activation = (await client.getBlock()).timestamp + 3n
  const members = nodes.map((_, i) => member(i).address)
  await sent(operator, {
    functionName: 'formEpoch',
    args: [activation, [{ role: committeeRoles.storage, threshold: THRESHOLD, members }]],
  })
  await scope.until(async () => (await client.getBlock()).timestamp > activation, 'the committee')
}

/** The backend of the batcher, and that of another holder of the view key. */
export async function openPrivate(context) {
  const { addresses, batcher, l2ChainId, l1ChainId } = context
  const nodes = await startNodes(context)
  await formCommittee(context, nodes)
  const seats = (threshold) => ({
    threshold,
    members: nodes.map(({ url, address }) => ({ url, address, shareKey: noKey })),
  })
  const committee = {
    version: 1,
    epoch: 1n,
    chainId: l2ChainId,
    registry: predeploys.accessRegistry,
    l1ChainId,
    committeeRegistry: addresses.committeeRegistry,
    adapter: addresses.privateDa,
    storage: seats(THRESHOLD),
    keys: seats(3),
  }
  const { root } = await batchKeys(viewKey)
  const place = { committees: [committee], viewKey, adapter: addresses.privateDa, keyRoot: async () => root }
  return { da: privateDa({ ...place, uploader: batcher }), reader: () => privateDa(place) }
}
