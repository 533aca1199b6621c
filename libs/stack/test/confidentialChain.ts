import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  committeeRegistryAbi,
  committeeRoles,
  deployL1,
  devnetDefaults,
  devnetVault,
  genesis as genesisOf,
  viemChains,
} from '@animechain/contracts'
import {
  bytesToHex,
  predeploys,
  silentLogger,
  silentMetrics,
  systemClock,
  type Address,
} from '@animechain/core'
import { batchKeys } from '@animechain/da-private'
import { folderObjects } from '@animechain/objects'
import { file } from '@animechain/storage-file'
import { eventually, patient, testAccount, testPrivateKey, unplayed, type Anvil } from '@animechain/testing'
import {
  chainView,
  embeddedMetadata,
  registeredCommittees,
  vaultNode,
  type VaultNode,
} from '@animechain/vault-node'
import type { CommitteeFile, MessageSigner } from '@animechain/vault-protocol'
import { createPublicClient, createWalletClient, http, parseEther, type Account } from 'viem'
import { genesisOutput, type Deployment, type NodeSettings } from '../src/index.js'

/** A confidential chain on a real L1, with a committee of five storage nodes in this process. */

export const l2ChainId = 26_463
const accounts = { deployer: 0, operator: 1, batcher: 2, owner: 3, stranger: 4 } as const
export const account = (name: keyof typeof accounts) => testAccount(accounts[name])
const nodeAccount = (i: number) => testAccount(8 + i)
export const viewKey = new Uint8Array(32).map((_, i) => 200 - i)

const clients = (l1: Anvil, who: Account) => {
  const transport = http(l1.url, patient)
  return {
    publicClient: createPublicClient({ transport, pollingInterval: 50, cacheTime: 0 }),
    walletClient: createWalletClient({ transport, account: who }),
  }
}

/** The contracts, of a chain that begins with something for its two users. */
async function deploy(l1: Anvil): Promise<Deployment> {
  const operator = account('operator').address
  const { root: keyRoot } = await batchKeys(viewKey)
  const deployed = await deployL1({
    genesisOutputRoot: unplayed.genesisOutputRoot,
    ...clients(l1, account('deployer')),
    config: {
      ...devnetDefaults,
      forceDelay: 4,
      vault: { ...devnetVault, keyRoot },
      proving: unplayed.proving,
      l2ChainId: BigInt(l2ChainId),
      roles: {
        ...{ timelockProposer: operator, operator, guardian: operator, sequencer: operator },
        ...{ batcher: account('batcher').address, proposer: operator, challenger: operator },
      },
    },
  })
  const { addresses, l1ChainId, startBlock } = deployed
  const funds = [account('owner'), account('stranger')].map(
    ({ address }) => [address.toLowerCase() as Address, { balance: parseEther('10') }] as const,
  )
  const genesis = genesisOf({
    ...{ addresses, l1ChainId, l2ChainId, timestamp: deployed.genesisTimestamp },
    ...{ gasLimit: devnetDefaults.gasLimit, alloc: Object.fromEntries(funds) },
  })
  const { hash } = await genesisOutput({ chainId: BigInt(l2ChainId), genesis })
  return {
    ...viemChains({
      l1: { chainId: l1ChainId, rpcUrl: l1.url },
      l2: { chainId: l2ChainId, rpcUrl: 'http://127.0.0.1:9545' },
      ...{ addresses, startBlock },
    }),
    addresses,
    rollup: { chainId: BigInt(l2ChainId), genesis, genesisHash: hash, l1StartBlock: startBlock },
  }
}

/** Starts the nodes; each asks L1 who is in the committee. */
async function startNodes(l1: Anvil, { addresses, l1: { id } }: Deployment, folders: string[]) {
  const rpc = {
    request: ({ method, params }: { method: string; params: readonly unknown[] }) =>
      l1.request(method, params as unknown[]),
  }
  const nodes: VaultNode[] = []
  for (let i = 0; i < 5; i++) {
    folders.push(mkdtempSync(join(tmpdir(), 'batch-node-')))
    const objects = folderObjects({ path: join(folders[i]!, 'objects') })
    const metadata = file({ path: join(folders[i]!, 'metadata') })
    const registry = predeploys.accessRegistry
    nodes.push(
      vaultNode({
        ...{ roles: ['storage'], domain: { chainId: l2ChainId, registry }, policies: [] },
        signer: nodeAccount(i) as unknown as MessageSigner,
        committees: registeredCommittees(rpc, addresses.committeeRegistry!),
        certificates: { chainId: id, adapter: addresses.privateDa! },
        // Batches are of no project: no policy is asked.
        view: chainView({ rpc, registry, clock: systemClock, logger: silentLogger }),
        metadata: embeddedMetadata(metadata),
        ...{ objects, folder: folders[i]!, http: { port: 0 } },
        batchers: async () => [account('batcher').address.toLowerCase() as Address],
      }),
    )
    await nodes[i]!.start()
  }
  return nodes
}

/** Registers the nodes on L1 with their stake, and forms the first epoch of them. */
async function formCommittee(l1: Anvil, deployment: Deployment, nodes: readonly VaultNode[]) {
  const { committeeRegistry, privateDa: adapter } = deployment.addresses
  const call = { chain: null, address: committeeRegistry!, abi: committeeRegistryAbi } as const
  const { publicClient } = clients(l1, account('operator'))
  for (const [i, { url }] of nodes.entries()) {
    const { walletClient } = clients(l1, nodeAccount(i))
    const hash = await walletClient.writeContract({
      ...{ ...call, functionName: 'join', value: devnetVault.stakes.storage },
      args: [committeeRoles.storage, nodeAccount(i).address, `0x${'00'.repeat(32)}`, url, '0x'],
    })
    await publicClient.waitForTransactionReceipt({ hash })
  }
  const members = nodes.map((_, i) => nodeAccount(i).address)
  const activation = (await publicClient.getBlock()).timestamp + 3n
  const hash = await clients(l1, account('operator')).walletClient.writeContract({
    ...{ ...call, functionName: 'formEpoch' },
    args: [activation, [{ role: committeeRoles.storage, threshold: 4, members }]],
  })
  const { status } = await publicClient.waitForTransactionReceipt({ hash })
  if (status !== 'success') throw new Error('the epoch was not formed')
  await eventually(
    'the epoch to be in force',
    async () => (await publicClient.getBlock()).timestamp > activation,
  )
  const seats = (threshold: number) => ({
    threshold,
    members: nodes.map(({ url, address }) => ({ url, address, shareKey: `0x${'00'.repeat(32)}` as const })),
  })
  const committee: CommitteeFile = {
    ...{ version: 1, epoch: 1n, chainId: l2ChainId, registry: predeploys.accessRegistry },
    ...{ l1ChainId: deployment.l1.id, committeeRegistry: committeeRegistry!, adapter: adapter! },
    ...{ storage: seats(4), keys: seats(3) },
  }
  return committee
}

/** All of it. */
export async function confidentialChain(l1: Anvil) {
  const folders: string[] = []
  const deployment = await deploy(l1)
  const nodes = await startNodes(l1, deployment, folders)
  const committee = await formCommittee(l1, deployment, nodes)
  const settings = (over: Partial<NodeSettings>): NodeSettings => ({
    ...{ execution: 'wasm', da: 'private', settlement: 'optimistic', proving: 'reexecution' },
    ...{ storage: 'memory', dataDir: 'unused: the storage is in memory', deployment, l1RpcUrl: l1.url },
    ...{ readerThreads: 1, committee: [committee], logger: silentLogger, metrics: silentMetrics },
    ...over,
  })
  return {
    ...{ deployment, committee, nodes, folders },
    clients: (who: Account) => clients(l1, who),
    sequencer: settings({
      viewKey: bytesToHex(viewKey),
      keys: { batcher: testPrivateKey(accounts.batcher) },
      options: {
        ...{ role: 'sequencer', proposer: false, derivation: { pollMs: 100 } },
        batcher: { pollMs: 100, maxAgeSeconds: 1 },
      },
    }),
    verifier: (key?: Uint8Array) =>
      settings({
        ...(key ? { viewKey: bytesToHex(key) } : {}),
        options: { role: 'verifier', derivation: { pollMs: 100 } },
      }),
    async stop() {
      await Promise.all(nodes.map((node) => node.stop()))
      for (const folder of folders) rmSync(folder, { recursive: true, force: true })
    },
  }
}
