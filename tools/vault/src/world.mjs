// A studio's store: anvil with the contracts as L2, five nodes as processes with both roles, and accounts that use the client.
import {
  accessRegistryAbi,
  accessRegistryBytecode,
  blindGrantsAbi,
  blindGrantsBytecode,
  grantsAbi,
  grantsBytecode,
} from '@animechain/contracts'
import { anvil, eventually, patient, testAccount } from '@animechain/testing'
import { createVault, genesisContracts, memoryStore, vaultChain } from '@animechain/vault-client'
import { storageCommittee } from '@animechain/vault-committee'
import { newKeyPair } from '@animechain/vault-format'
import { createPublicClient, createWalletClient, encodeDeployData, http, pad } from 'viem'
import { foundry } from 'viem/chains'
import { committee as startCommittee, domain } from './nodes.mjs'
import { proxyOf } from './proxy.mjs'

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
export const inAnHour = () => BigInt(Math.floor(Date.now() / 1_000) + 3_600)

/** Anvil with code and first words of storage where the genesis of this stack's chains has them. */
async function chainWithContracts() {
  const chain = await anvil({ blockTime: 1 })
  const client = createPublicClient({
    chain: foundry,
    transport: http(chain.url, patient),
    pollingInterval: 100,
  })
  const wallet = createWalletClient({
    chain: foundry,
    transport: http(chain.url, patient),
    account: testAccount(0),
  })
  const place = async ([abi, bytecode, to, ...args]) => {
    const hash = await wallet.sendTransaction({ data: encodeDeployData({ abi, bytecode, args }) })
    const { contractAddress } = await client.waitForTransactionReceipt({ hash, timeout: 60_000 })
    await chain.request('anvil_setCode', [to, await client.getCode({ address: contractAddress })])
    for (const word of args) await chain.request('anvil_setStorageAt', [to, pad('0x0'), pad(word)])
  }
  const { registry, grants, blindGrants } = genesisContracts
  await place([accessRegistryAbi, accessRegistryBytecode, registry])
  await place([grantsAbi, grantsBytecode, grants, registry])
  await place([blindGrantsAbi, blindGrantsBytecode, blindGrants, registry])
  return { chain, client }
}

/**
 * The chain as the nodes see it. `views[i]`: since when node i has its newest block, which came at some time from `given` to `used`, when the node asked
 * something again.
 */
async function chainProxy(url) {
  const proxy = await proxyOf(url)
  proxy.views = []
  proxy.handle = async (request, forward) => {
    const i = Number(request.path.slice(1))
    if (proxy.views[i]) proxy.views[i].used ??= performance.now()
    const answer = await forward({ ...request, path: '/' })
    const { method, params } = JSON.parse(request.body)
    if (answer === undefined || method !== 'eth_getBlockByNumber' || params[0] !== 'latest') return answer
    const { hash } = JSON.parse(answer.body).result
    if (proxy.views[i]?.hash !== hash) proxy.views[i] = { hash, given: performance.now() }
    return answer
  }
  return proxy
}

/**
 * Starts it all.
 * @param count nodes
 * @param l1 where the committee is registered (`l1WithContracts`); default: it is in a file
 * @param watched nodes see the chain through `nodesChain`, a proxy
 * @param proxied clients speak to nodes through `proxies`
 */
export async function world({
  count = 5,
  flags = {},
  l1,
  logs = false,
  proxied = false,
  roles = 'storage,keys',
  watched = false,
} = {}) {
  const { chain, client } = await chainWithContracts()
  const nodesChain = watched ? await chainProxy(chain.url) : undefined
  const proxies = []
  const started = await startCommittee(testAccount(9).address, count, {
    ...{ roles, logs, l1 },
    async created(nodes) {
      if (proxied) proxies.push(...(await Promise.all(nodes.map(({ url }) => proxyOf(url)))))
      await l1?.register(
        nodes,
        nodes.map(({ url }, i) => proxies[i]?.url ?? url),
      )
    },
    flags: (i) => ({
      'l2-rpc-url': watched ? `${nodesChain.url}/${i}` : chain.url,
      'releases-per-minute': 1_000_000,
      'requests-per-minute': 1_000_000,
      'denials-per-second': 10_000,
      ...flags,
    }),
  })
  const { nodes } = started
  const seats = nodes.map(({ address, url, shareKey }, i) => ({
    address,
    url: proxies[i]?.url ?? url,
    shareKey,
  }))
  const committee = { epoch: 1n, threshold: 3, nodes: seats }
  const ownerKey = await newKeyPair()
  const storage = (options = {}) => storageCommittee({ nodes: seats, domain, ...options })
  const chainOf = (account, url = chain.url) =>
    vaultChain({
      client: createPublicClient({ chain: foundry, transport: http(url, patient), pollingInterval: 100 }),
      wallet: createWalletClient({
        chain: foundry,
        transport: http(url, patient),
        account: testAccount(account),
      }),
      chainId: domain.chainId,
    })
  return {
    ...{ chain, client, nodesChain, nodes, proxies, committee, ownerKey, storage, chainOf },
    folder: started.folder,
    /** The store for an account; account 0 is the owner. */
    vaultOf: (account, options = {}) =>
      createVault({
        chain: chainOf(account),
        signer: testAccount(account),
        committee,
        storage: storage(),
        store: memoryStore(),
        ...(account === 0 ? { ownerKey } : {}),
        ...options,
      }),
    /** Resolves once what is on chain now is safe. */
    async safe() {
      const number = await client.getBlockNumber()
      await eventually(
        'the block to be safe',
        async () => (await client.getBlock({ blockTag: 'safe' })).number >= number,
      )
    },
    async stop() {
      for (const proxy of proxies) proxy.handle = undefined
      await started.stop()
      await Promise.all([...proxies, nodesChain].map((proxy) => proxy?.stop()))
      await chain.stop()
    },
  }
}
