import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from '@jest/globals'
import { batchCodec } from '@animechain/codec'
import { keccak256Hex, silentLogger, type Hash, type Hex } from '@animechain/core'
import { gossip, networkTopics, type GossipNode } from '@animechain/network-gossip'
import { encodeMessage, signMessage, type MessageKind } from '@animechain/network-protocol'
import type { BlockAnnouncement } from '@animechain/node'
import { prometheusMetrics, type PrometheusMetrics } from '@animechain/observability'
import { rpcServer } from '@animechain/rpc'
import { eventually, patient } from '@animechain/testing'
import { createPublicClient, http, webSocket, zeroAddress } from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { composeNode, type ComposedNode } from '../src/composeNode.js'
import type { NodeSettings } from '../src/nodeSettings.js'
import { sharedLayers } from '../src/sharedLayers.js'
import { deployment } from './deployment.js'

const long = { timeoutMs: 60_000 }
const key = generatePrivateKey()
const file = deployment()
const { chainId } = file.rollup
const codec = batchCodec()

const ends: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
}, 60_000)

/** An L1 in memory and a folder for nodes, each with a chain, an engine, a store and gossip of its own. */
async function world() {
  const folder = await mkdtemp(join(tmpdir(), 'announcements-'))
  ends.push(() => rm(folder, { recursive: true, force: true }))
  const shared = sharedLayers({ da: 'memory', settlement: 'memory', deployment: file })
  shared.settlement!.l1.setSequencer(privateKeyToAccount(key).address)

  async function begin(name: string, over: Partial<NodeSettings>) {
    const metrics = prometheusMetrics({ process: false })
    const node = await composeNode({
      ...{
        execution: 'ethereumjs',
        da: 'memory',
        settlement: 'memory',
        proving: 'reexecution',
        storage: 'file',
      },
      ...{ dataDir: join(folder, name), deployment: file, l1RpcUrl: 'http://127.0.0.1:1', shared, metrics },
      logger: silentLogger,
      ...over,
    })
    const stop = async () => {
      await node.gossip!.stop()
      await node.rollup.stop()
      await node.close()
    }
    ends.push(stop)
    await node.rollup.start()
    // Blocks go to L1 when a test says so.
    await node.rollup.services.batcher?.stop()
    await node.gossip!.start()
    return { ...node, gossip: node.gossip!.node, metrics, stop }
  }
  return {
    sequencer: (
      name: string,
      { p2p = 0, http = 0, peers = [] }: { p2p?: number; http?: number; peers?: string[] } = {},
    ) =>
      begin(name, {
        keys: { blockSigner: key },
        gossip: { gossipPort: p2p, gossipHttpPort: http, gossipPeers: peers },
        options: {
          role: 'sequencer',
          proposer: false,
          batcher: { maxAgeSeconds: 1 },
        },
      }),
    follower: (name: string, peers: NodeSettings['gossip']) =>
      begin(name, {
        // Another engine than the sequencer's.
        execution: 'wasm',
        gossip: peers ?? {},
        options: { role: 'verifier', challenger: false },
      }),
  }
}

const portOf = (address: string): number => Number(/\/tcp\/(\d+)/.exec(address)![1])
const latest = ({ rollup }: Pick<ComposedNode, 'rollup'>) => rollup.chain.head('latest')
const safe = ({ rollup }: Pick<ComposedNode, 'rollup'>) => rollup.chain.head('safe')

/** Waits until a follower has a block of the sequencer's above this one, and compares what they have. */
async function follows(
  what: string,
  follower: Pick<ComposedNode, 'rollup'>,
  sequencer: Pick<ComposedNode, 'rollup'>,
  above: bigint,
): Promise<void> {
  await eventually(
    what,
    () => {
      const { number, hash } = latest(follower)
      return number > above && sequencer.rollup.chain.headerByNumber(number)?.hash === hash
    },
    long,
  )
}

const counted = async (metrics: PrometheusMetrics, series: string): Promise<number> =>
  Number(
    (await metrics.render())
      .split('\n')
      .find((line) => line.startsWith(`animechain_${series} `))
      ?.split(' ')[1] ?? 0,
  )

/** JSON-RPC of a node, and the numbers of the heads that it tells a subscriber of. */
async function serve({ rollup }: Pick<ComposedNode, 'rollup'>) {
  const { config: chainConfig, chain, engine } = rollup
  const server = rpcServer({
    backend: {
      ...{ chainConfig, chain, engine },
      syncStatus: () => rollup.syncStatus(),
      outputAt: (number) => rollup.outputAt(number),
    },
    port: 0,
  })
  await server.start()
  ends.push(() => server.stop())
  const heads: bigint[] = []
  const socket = webSocket(server.url.replace('http', 'ws'), { reconnect: false, keepAlive: false })({})
  await socket.value!.subscribe({
    params: ['newHeads'],
    onData: (data) => heads.push(BigInt((data.result as { number: Hex }).number)),
  })
  const connection = await socket.value!.getRpcClient()
  ends.push(async () => connection.close())
  const client = createPublicClient({ transport: http(server.url, patient) })
  return {
    heads,
    ask: <T>(method: string, ...params: unknown[]) =>
      client.request({ method, params } as never) as Promise<T>,
  }
}

/** Somebody on the network who says what it likes, and gives the payloads for it. */
async function stranger(peers: readonly string[]) {
  const payloads = new Map<Hash, Uint8Array>()
  const domain = { chainId: Number(chainId) }
  const { block } = networkTopics({
    domain: { chainId: file.l1.id, registry: zeroAddress },
    blocks: domain,
    isMember: () => undefined,
    isAboutGame: () => undefined,
    isSequencer: () => true,
  })
  const node: GossipNode<'block'> = gossip({
    chainId,
    topics: { block },
    p2p: { peers },
    payload: async (hash) => payloads.get(hash),
  })
  ends.push(() => node.stop())
  await node.start()
  await eventually('the stranger to be connected', () => node.peers().length > 0, long)
  return {
    async say(signer: Hex, announcement: Omit<BlockAnnouncement, 'payloadHash'>, payload: Uint8Array) {
      const payloadHash = keccak256Hex(payload)
      payloads.set(payloadHash, payload)
      const message = { ...announcement, payloadHash }
      const account = privateKeyToAccount(signer)
      const signed = await signMessage(account, 'block' satisfies MessageKind, domain, message)
      await node.publish('block', encodeMessage('block', signed))
    },
  }
}

test('followers over libp2p and HTTP have the blocks of a sequencer before L1, which is killed, forged and overruled', async () => {
  const w = await world()
  const first = await w.sequencer('sequencer')
  const ports = {
    p2p: portOf(first.gossip.addresses[0]!),
    http: portOf(new URL(first.gossip.httpUrl!).host.replace(':', '/tcp/').replace(/^/, '/')),
  }
  const follower = await w.follower('follower', { gossipPort: 0, gossipPeers: first.gossip.addresses })
  const byHttp = await w.follower('by-http', { gossipHttpPeers: [first.gossip.httpUrl!] })
  await follows('the follower', follower, first, 1n)
  await follows('the follower over HTTP', byHttp, first, 1n)
  expect([safe(follower).number, safe(byHttp).number]).toEqual([0n, 0n])
  const rpc = await serve(follower)
  await eventually('a new head', () => rpc.heads.length > 0, long)
  const [newest, final] = await Promise.all([
    rpc.ask<{ number: Hex }>('eth_getBlockByNumber', 'latest', false),
    rpc.ask<{ number: Hex }>('eth_getBlockByNumber', 'safe', false),
  ])
  const status = await rpc.ask<Record<string, { number: number }>>('optimism_syncStatus')
  expect(BigInt(newest.number)).toBeGreaterThan(1n)
  expect([BigInt(final.number), Number(status.safe_l2!.number)]).toEqual([0n, 0])
  expect(Number(status.unsafe_l2!.number)).toBeGreaterThan(1)
  await byHttp.stop()

  // It is killed, and started again with its folder: the chain goes on.
  await first.stop()
  const before = latest(follower)
  const again = await w.sequencer('sequencer', ports)
  await follows('the follower after a restart', follower, again, before.number)
  expect(again.rollup.chain.headerByNumber(before.number)!.hash).toBe(before.hash)
  await again.rollup.services.sequencer!.stop()
  await eventually('its last block', () => latest(follower).hash === latest(again).hash, long)
  await again.stop()

  // Nobody's blocks, and blocks of the sequencer's key that are not what they say.
  const head = latest(follower)
  const liar = await stranger(follower.gossip.addresses)
  const announcement = {
    number: head.number + 1n,
    hash: `0x${'ba'.repeat(32)}` as const,
    parentHash: head.hash,
    timestamp: head.timestamp + 1n,
  }
  const payload = await codec.encode({
    blocks: [{ timestampDelta: 1, depositCount: 0, transactions: [] }],
    labels: [],
  })
  await liar.say(generatePrivateKey(), { ...announcement, hash: `0x${'bc'.repeat(32)}` }, payload)
  await liar.say(key, announcement, payload)
  const outcome = (name: string) =>
    counted(follower.metrics, `rollup_announced_blocks_total{outcome="${name}"}`)
  await eventually('the wrong block to be refused', async () => (await outcome('refused')) === 1, long)
  await liar.say(key, { ...announcement, hash: `0x${'bb'.repeat(32)}` }, new Uint8Array(1_000_000))
  await eventually('the large one to be missed', async () => (await outcome('missing')) > 0, long)
  expect(latest(follower).hash).toBe(head.hash)
  expect(follower.gossip.recent('block', { group: `${announcement.number}` })).toHaveLength(2)

  // The sequencer has lost its folder, its identity among peers with it: its new blocks are other ones, and L1 decides.
  const lost = await w.sequencer('empty', { peers: follower.gossip.addresses })
  const equivocations = () => counted(follower.metrics, 'rollup_announcements_total{kind="equivocation"}')
  await eventually('its blocks to be heard of', async () => (await equivocations()) > 0, long)
  expect(latest(follower).hash).toBe(head.hash)
  await lost.rollup.services.batcher!.start()
  await eventually('L1 to have the new chain', () => safe(follower).number > 0n, long)
  await follows('the follower of the new chain', follower, lost, safe(follower).number)
  expect(lost.rollup.chain.headerByNumber(safe(follower).number)!.hash).toBe(safe(follower).hash)
}, 240_000)

test('a key without gossip, and on a confidential chain, is refused', async () => {
  const base: NodeSettings = {
    ...{
      execution: 'ethereumjs',
      da: 'memory',
      settlement: 'memory',
      proving: 'reexecution',
      storage: 'memory',
    },
    ...{ dataDir: '', deployment: file, l1RpcUrl: 'http://127.0.0.1:1' },
    keys: { blockSigner: key },
    logger: silentLogger,
    metrics: prometheusMetrics({ process: false }),
  }
  await expect(composeNode(base)).rejects.toThrow('(give --gossip-port or --gossip-http-port)')
  const confidential = deployment(false, { keyRoot: `0x${'12'.repeat(32)}` })
  await expect(composeNode({ ...base, deployment: confidential, gossip: { gossipPort: 0 } })).rejects.toThrow(
    'requires a chain whose blocks anybody may read',
  )
})
