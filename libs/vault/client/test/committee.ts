import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  accessRegistryAbi,
  accessRegistryBytecode,
  blindGrantsAbi,
  blindGrantsBytecode,
  grantsAbi,
  grantsBytecode,
} from '@animechain/contracts'
import { bytesToHex, silentLogger, systemClock, type Address, type Hex } from '@animechain/core'
import { memoryObjects } from '@animechain/objects'
import { memoryStorage } from '@animechain/storage-memory'
import { anvil, eventually, patient, testAccount } from '@animechain/testing'
import { storageCommittee, type StorageCommittee } from '@animechain/vault-committee'
import { newKeyPair, type KeyPair } from '@animechain/vault-format'
import {
  chainView,
  embeddedMetadata,
  fixedCommittees,
  vaultNode,
  type ChainView,
  type VaultNode,
  type VaultNodeOptions,
} from '@animechain/vault-node'
import type { MessageSigner } from '@animechain/vault-protocol'
import { createPublicClient, createWalletClient, encodeDeployData, http, pad, type PublicClient } from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { foundry } from 'viem/chains'
import {
  createVault,
  genesisContracts,
  memoryStore,
  vaultChain,
  type KeyCommittee,
  type Vault,
  type VaultContracts,
  type VaultOptions,
  type VaultStore,
} from '../src/index.js'

/** A chain with the contracts of the store, and a committee of five real nodes on loopback. */
export interface World {
  contracts: VaultContracts
  client: PublicClient
  chainUrl: string
  nodes: VaultNode[]
  /** what the nodes sign with, in their order */
  signers: MessageSigner[]
  committee: KeyCommittee
  storage: StorageCommittee
  ownerKey: KeyPair
  /** The store for an account; the owner is account 0. */
  vaultOf(account: number, options?: Partial<VaultOptions>): { vault: Vault; store: VaultStore }
  /** Resolves once what is on chain now is safe. */
  safe(): Promise<void>
  /** Starts nodes of another committee, on the same chain. */
  another(): Promise<KeyCommittee>
  stop(): Promise<void>
}

/** Anvil with the three contracts. */
export async function chainWithContracts() {
  const chain = await anvil({ blockTime: 1, mineAtOnce: true })
  const transport = http(chain.url, patient)
  const client = createPublicClient({ chain: foundry, transport, pollingInterval: 100 })
  const walletOf = (account: number) =>
    createWalletClient({ chain: foundry, transport, account: testAccount(account) })
  const deploy = async (abi: unknown, bytecode: Hex, args: readonly unknown[] = []): Promise<Address> => {
    const data = encodeDeployData({ abi, bytecode, args } as never)
    const hash = await walletOf(0).sendTransaction({ data } as never)
    const receipt = await client.waitForTransactionReceipt({ hash, timeout: 60_000 })
    return receipt.contractAddress!.toLowerCase() as Address
  }
  /** Code and first word of storage where the genesis of this stack's chains has them. */
  const place = async (from: Address, to: Address, word?: Hex) => {
    const request = client.request as (call: { method: string; params: unknown[] }) => Promise<unknown>
    await request({ method: 'anvil_setCode', params: [to, await client.getCode({ address: from })] })
    if (word) await request({ method: 'anvil_setStorageAt', params: [to, pad('0x0'), word] })
  }
  const contracts = genesisContracts
  const registry = await deploy(accessRegistryAbi, accessRegistryBytecode)
  await place(registry, contracts.registry)
  for (const [abi, code, to] of [
    [grantsAbi, grantsBytecode, contracts.grants],
    [blindGrantsAbi, blindGrantsBytecode, contracts.blindGrants],
  ] as const)
    await place(await deploy(abi, code, [contracts.registry]), to, pad(contracts.registry))
  return { chain, client: client as PublicClient, walletOf, contracts }
}

/** Starts it all. @param nodeOptions for every node */
export async function world(nodeOptions: Partial<VaultNodeOptions> = {}): Promise<World> {
  const { chain, client, walletOf, contracts } = await chainWithContracts()
  const domain = { chainId: foundry.id, registry: contracts.registry }
  const rpc = {
    request: (call: object) => http(chain.url, { retryCount: 0, timeout: 20_000 })({}).request(call as never),
  }
  const folders: string[] = []
  const signers: MessageSigner[] = []
  const committees: { nodes: VaultNode[]; shareKeys: KeyPair[] }[] = []
  const views: ChainView[] = []
  /** Blocks come at once here: what is mined counts when every node has seen it, for one that looked a moment ago goes by that. */
  const watched: PublicClient = {
    ...client,
    async waitForTransactionReceipt(asked: Parameters<PublicClient['waitForTransactionReceipt']>[0]) {
      const receipt = await client.waitForTransactionReceipt(asked)
      for (const view of views)
        await eventually('a node to see the block', async () => {
          const head = await view.head({ now: true })
          return head !== undefined && head.number >= receipt.blockNumber
        })
      return receipt
    },
  }
  const seatsOf = ({ nodes, shareKeys }: (typeof committees)[number]) => {
    const members = nodes.map(({ address, url }, i) => ({
      key: address.toLowerCase() as Address,
      shareKey: bytesToHex(shareKeys[i]!.publicKey),
      url,
    }))
    return { storage: { threshold: 4, members }, keys: { threshold: 3, members } }
  }
  const start = async (): Promise<KeyCommittee> => {
    const made: (typeof committees)[number] = { nodes: [], shareKeys: [] }
    committees.push(made)
    for (let i = 0; i < 5; i++) {
      const folder = mkdtempSync(join(tmpdir(), 'vault-client-'))
      const shareKey = await newKeyPair()
      folders.push(folder)
      made.shareKeys.push(shareKey)
      const signer = privateKeyToAccount(generatePrivateKey()) as unknown as MessageSigner
      signers.push(signer)
      const view = chainView({
        ...{ rpc, registry: contracts.registry, clock: systemClock, logger: silentLogger, pollMs: 200 },
      })
      views.push(view)
      const node = vaultNode({
        roles: ['storage', 'keys'],
        ...{ signer, domain, shareKey, folder, http: { port: 0 } },
        view,
        committees: fixedCommittees(() => committees.map(seatsOf)),
        policies: [contracts.grants, contracts.blindGrants],
        ...{ metadata: embeddedMetadata(memoryStorage()), objects: memoryObjects() },
        // Another committee comes here node by node.
        moves: { ms: 0 },
        ...nodeOptions,
      })
      await node.start()
      made.nodes.push(node)
    }
    return {
      epoch: BigInt(committees.length),
      threshold: 3,
      nodes: seatsOf(made).keys.members.map(({ key: address, url, shareKey }) => ({
        address,
        url,
        shareKey,
      })),
    }
  }
  const committee = await start()
  const nodes = committees[0]!.nodes
  const storage = storageCommittee({ nodes: committee.nodes, domain })
  const ownerKey = await newKeyPair()
  return {
    ...{
      contracts,
      client,
      chainUrl: chain.url,
      nodes,
      signers,
      committee,
      storage,
      ownerKey,
      another: start,
    },
    vaultOf(account, options = {}) {
      const store = options.store ?? memoryStore()
      const vault = createVault({
        chain: vaultChain({ client: watched, wallet: walletOf(account), chainId: foundry.id, contracts }),
        ...{ signer: testAccount(account) as unknown as MessageSigner, committee, storage, store },
        ...(account === 0 ? { ownerKey } : {}),
        ...options,
      })
      return { vault, store }
    },
    async safe() {
      const number = await client.getBlockNumber()
      await eventually('the block to be safe', async () => {
        const { number: safe } = await client.getBlock({ blockTag: 'safe' })
        return safe >= number
      })
    },
    async stop() {
      await Promise.all(committees.flatMap((each) => each.nodes.map((node) => node.stop())))
      await chain.stop()
      for (const folder of folders) rmSync(folder, { recursive: true, force: true })
    },
  }
}
