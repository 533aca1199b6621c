import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import {
  bytesToHex,
  commitmentPrefixes,
  hexToBytes,
  outputRoot,
  predeploys,
  silentLogger,
  silentMetrics,
  type Address,
  type Hash,
  type Hex,
} from '@animechain/core'
import {
  deployL1,
  devnetAltDa,
  devnetDefaults,
  devnetVault,
  genesis as genesisOf,
  l2ToL1MessagePasserAbi,
  optimismPortalAbi,
  viemChains,
} from '@animechain/contracts'
import {
  composeNode,
  genesisOutput,
  sharedLayers,
  type ComposedNode,
  type DaWord,
  type Deployment,
  type NodeSettings,
  type SettlementWord,
} from '@animechain/stack'
import { objectArchive } from '@animechain/da-blob'
import { blobServer } from '@animechain/da-blob/server'
import { objectsAt } from '@animechain/objects'
import { batchKeys, type BatchKeys } from '@animechain/da-private'
import { altDaServer, memoryStore, type AltDaServer } from '@animechain/da-altda'
import {
  anvil,
  eventually,
  lyingProxy,
  patient,
  s3Server,
  unplayed,
  type Anvil,
  type Lie,
} from '@animechain/testing'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { createMPTFromProof } from '@ethereumjs/mpt'
import {
  createPublicClient,
  createWalletClient,
  decodeEventLog,
  encodeAbiParameters,
  encodeFunctionData,
  http,
  keccak256,
  parseEther,
  parseGwei,
} from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { config } from '../src/config.js'
import { roles, users } from '../src/index.js'
import { fundedAccounts } from '../src/network/members.js'
import { storageNodes } from './storageNodes.js'

const chainId = 26_463
const long = { timeoutMs: 120_000 }
const artist = privateKeyToAccount(users[0]!.privateKey)
const artistAddress = artist.address.toLowerCase() as Address
const fan: Address = `0x${'fa'.repeat(20)}`

let l1: Anvil
/** Of the confidential chain. */
const viewKey = new Uint8Array(32).fill(11)
let keys: BatchKeys
const l1Clients = (key: Hex) => {
  const transport = http(l1.url, patient)
  return {
    publicClient: createPublicClient({ transport, pollingInterval: 100 }),
    walletClient: createWalletClient({ transport, account: privateKeyToAccount(key) }),
  }
}

beforeAll(async () => {
  l1 = await anvil({ blockTime: 1, mineAtOnce: true, accounts: fundedAccounts(0) })
  keys = await batchKeys(viewKey)
}, 60_000)
afterAll(() => l1?.stop())

/** The same set-up for every composition; the salt only keeps the contracts of one case from those of another. */
async function deploy(salt: string, { isPrivate = false } = {}): Promise<Deployment> {
  const deployed = await deployL1({
    genesisOutputRoot: unplayed.genesisOutputRoot,
    ...l1Clients(roles.deployer.privateKey),
    config: {
      ...devnetDefaults,
      proving: unplayed.proving,
      l2ChainId: BigInt(chainId),
      roles: {
        timelockProposer: roles.guardian.address,
        operator: roles.guardian.address,
        guardian: roles.guardian.address,
        sequencer: roles.batcher.address,
        batcher: roles.batcher.address,
        proposer: roles.proposer.address,
        challenger: roles.challenger.address,
      },
      memoryDa: true,
      altDa: devnetAltDa,
      ...(isPrivate ? { vault: { ...devnetVault, keyRoot: keys.root } } : {}),
      salt,
    },
  })
  const { addresses, l1ChainId } = deployed
  const genesis = genesisOf({
    addresses,
    l1ChainId,
    l2ChainId: chainId,
    timestamp: deployed.genesisTimestamp,
    gasLimit: devnetDefaults.gasLimit,
  })
  const { hash } = await genesisOutput({ chainId: BigInt(chainId), genesis })
  return {
    ...viemChains({
      l1: { chainId: l1ChainId, rpcUrl: l1.url },
      l2: { chainId, rpcUrl: 'http://127.0.0.1:9545' },
      addresses,
      startBlock: deployed.startBlock,
    }),
    addresses,
    rollup: { chainId: BigInt(chainId), genesis, genesisHash: hash, l1StartBlock: deployed.startBlock },
  }
}

interface Words {
  da: DaWord
  settlement: SettlementWord
}

/** A place of batches for one case: what else the settings need, and what is done to it on the way. */
interface Place {
  settings: Partial<NodeSettings>
  /** Called once the first batch is posted, where something is to change. */
  break?(): Promise<void>
  /** Called at the end, with how another node of the case is made and the blocks that it must derive. */
  after?(more: {
    node(over: Partial<NodeSettings>): Promise<ComposedNode['rollup']>
    hashes: readonly Hash[]
  }): Promise<void>
  stop(): Promise<void>
}

/** What a word stands for in the matrix. */
interface DaCase {
  /** Kinds of the commitments that it must have written, all of them. */
  kinds: readonly number[]
  settlements: readonly SettlementWord[]
  /** Absent: the word is enough. */
  place?: (deployment: Deployment) => Promise<Place>
}

const both = ['memory', 'optimistic'] as const

/** An alt-DA server, and another that reads what it stored. */
async function altDaPlace(): Promise<{ servers: AltDaServer[]; stop(): Promise<void> }> {
  const store = memoryStore()
  const servers = [altDaServer({ store, port: 0 }), altDaServer({ store, port: 0 })]
  for (const server of servers) await server.start()
  return {
    servers,
    stop: async () => {
      for (const server of servers) await server.stop()
    },
  }
}

/** L1 as it is when it has dropped its blobs. */
const forgotten: Lie = {
  name: 'expired blobs',
  says: 'it has no blobs any more',
  answer: ({ method }, { id }) =>
    method === 'anvil_getBlobByHash' ? { jsonrpc: '2.0', id, result: null } : undefined,
  get: () => JSON.stringify({ data: [] }),
}

/** What L1 asks from its next block on, wei a gas. */
const baseFee = async (wei: number) => {
  await l1.request('anvil_setNextBlockBaseFeePerGas', [`0x${wei.toString(16)}`])
}

/** A bucket of a real S3 server, which checks signatures. */
async function bucketPlace(Bucket: string) {
  const { endpoint, region, accessKeyId, secretAccessKey, stop } = await s3Server()
  const credentials = { accessKeyId, secretAccessKey }
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true })
  await client.send(new CreateBucketCommand({ Bucket }))
  client.destroy()
  return { endpoint, region, credentials, stop }
}

/** Where blobs are kept after L1 has dropped them, as `blobArchive` names it. */
interface Archive {
  place: string
  stop(): Promise<void>
}

async function folderArchive(): Promise<Archive> {
  const place = mkdtempSync(join(tmpdir(), 'animechain-archive-'))
  return { place, stop: async () => rmSync(place, { recursive: true, force: true }) }
}

/** Credentials are where the AWS SDK looks for them: an address has none. */
async function bucketArchive(): Promise<Archive> {
  const { endpoint, region, credentials, stop } = await bucketPlace('blobs')
  process.env.AWS_ACCESS_KEY_ID = credentials.accessKeyId
  process.env.AWS_SECRET_ACCESS_KEY = credentials.secretAccessKey
  return {
    place: `s3://blobs/chain/?endpoint=${endpoint}&region=${region}`,
    async stop() {
      delete process.env.AWS_ACCESS_KEY_ID
      delete process.env.AWS_SECRET_ACCESS_KEY
      await stop()
    },
  }
}

/**
 * Blobs that the sequencer keeps in an archive. When L1 has dropped them all, two nodes come that have seen nothing: one asks the archive itself, the other a
 * server of archived blobs.
 */
async function archivedPlace(open: () => Promise<Archive>): Promise<Place> {
  const { place, stop } = await open()
  const archive = objectsAt(place)
  await archive.start()
  const server = blobServer({ archive: objectArchive(archive) })
  await server.start()
  const pruned = await lyingProxy(l1.url)
  await pruned.lie(forgotten)
  return {
    settings: { blobArchive: place },
    async after({ node, hashes }) {
      const kept = await archive.list({ prefix: 'blobs/' })
      expect(kept.status === 'page' && kept.objects.length).toBeGreaterThan(0)
      const options = { role: 'verifier', derivation: { pollMs: 100 } } as const
      const away = { da: 'blob', l1RpcUrl: pruned.url, options } as const
      const last = BigInt(hashes.length - 1)
      for (const from of [
        { l1BeaconUrl: pruned.url, blobArchive: place },
        { l1BeaconUrl: [pruned.url, server.url], blobArchive: undefined },
      ]) {
        const before = pruned.changed
        const late = await node({ ...away, ...from })
        await eventually('the chain from archived blobs', () => late.chain.head('safe').number >= last, long)
        expect(hashes.map((_, i) => late.chain.headerByNumber(BigInt(i))!.hash)).toEqual(hashes)
        // What is in its archive a node does not ask L1 for.
        if (from.blobArchive === undefined) expect(pruned.changed).toBeGreaterThan(before)
      }
    },
    async stop() {
      await pruned.stop()
      await server.stop()
      await archive.stop()
      await stop()
    },
  }
}

/** Blobs while gas of L1 costs, calldata when it is next to free; the blobs are in a bucket when L1 has dropped them. */
async function pricedPlace(): Promise<Place> {
  const place = await archivedPlace(bucketArchive)
  await baseFee(1_000_000_000)
  return {
    ...place,
    break: () => baseFee(1),
    async stop() {
      await baseFee(1_000_000_000)
      await place.stop()
    },
  }
}

/** Every word of data availability: a new one is a row here. */
const places: Partial<Record<DaWord, DaCase>> = {
  memory: { kinds: [commitmentPrefixes.memory], settlements: both },
  calldata: { kinds: [commitmentPrefixes.calldata], settlements: both },
  blob: {
    kinds: [commitmentPrefixes.blob],
    settlements: both,
    place: () => archivedPlace(folderArchive),
  },
  auto: {
    kinds: [commitmentPrefixes.blob, commitmentPrefixes.calldata],
    settlements: ['optimistic'],
    place: pricedPlace,
  },
  altda: {
    kinds: [commitmentPrefixes.altda],
    settlements: ['optimistic'],
    async place() {
      const { servers, stop } = await altDaPlace()
      return { settings: { altDaUrl: [servers[0]!.url] }, stop }
    },
  },
  s3: {
    kinds: [commitmentPrefixes.altda],
    settlements: ['optimistic'],
    async place() {
      const { stop, ...place } = await bucketPlace('batches')
      return { settings: { s3: { bucket: 'batches', ...place } }, stop }
    },
  },
  private: {
    kinds: [commitmentPrefixes.private],
    settlements: ['optimistic'],
    async place(deployment) {
      const { committee, stop } = await storageNodes(l1, deployment)
      return { settings: { committee: [committee], viewKey: bytesToHex(viewKey) }, stop }
    },
  },
  failover: {
    // The server that is written to goes away after the first batch.
    kinds: [commitmentPrefixes.altda, commitmentPrefixes.calldata],
    settlements: ['optimistic'],
    async place() {
      const { servers, stop } = await altDaPlace()
      return {
        settings: { altDaUrl: servers.map(({ url }) => url), daFailover: ['altda', 'calldata'] },
        break: () => servers[0]!.stop(),
        stop,
      }
    },
  },
}

const compositions: Words[] = both.flatMap((settlement) =>
  (Object.keys(places) as DaWord[])
    .filter((da) => places[da]!.settlements.includes(settlement))
    .map((da) => ({ da, settlement })),
)

describe('one word of configuration changes one layer and nothing that users see', () => {
  const running: ComposedNode[] = []
  let place: Place | undefined
  async function start(settings: NodeSettings): Promise<ComposedNode['rollup']> {
    const node = await composeNode(settings)
    running.push(node)
    await node.rollup.start()
    return node.rollup
  }
  afterEach(async () => {
    for (const { rollup, close } of running.splice(0).reverse()) {
      await rollup.stop()
      await close()
    }
    await place?.stop()
    place = undefined
  }, 120_000)

  test.each(compositions)(
    'data availability $da, settlement $settlement: deposit, transact, post, verify, assert, withdraw',
    async ({ da, settlement }) => {
      const deployment = await deploy(`${da} ${settlement}`, { isPrivate: da === 'private' })
      const { kinds, place: open } = places[da]!
      place = await open?.(deployment)
      const shared = sharedLayers({ da, settlement, deployment })
      const node = (over: Pick<NodeSettings, 'keys' | 'options'>): NodeSettings => ({
        execution: 'ethereumjs',
        da,
        settlement,
        proving: 'reexecution',
        storage: 'memory',
        dataDir: 'unused: the storage is in memory',
        deployment,
        l1RpcUrl: l1.url,
        ...place?.settings,
        shared,
        logger: silentLogger,
        metrics: silentMetrics,
        ...over,
      })
      const sequencer = await start(
        node({
          keys: { batcher: roles.batcher.privateKey, proposer: roles.proposer.privateKey },
          options: {
            role: 'sequencer',
            derivation: { pollMs: 100 },
            batcher: { pollMs: 100, maxAgeSeconds: 1 },
            proposer: { pollMs: 100 },
          },
        }),
      )
      expect(sequencer.settlement.capabilities.id).toBe(settlement)
      expect(sequencer.da.capabilities.id).toContain(da)
      sequencer.on('batchPosted', () => void place?.break?.())

      // The only ether on L2 is what is deposited; how a user reaches L1 is the one thing that the word of the settlement decides.
      const deposited = parseEther('5')
      if (shared.settlement)
        shared.settlement.l1.deposit({ from: artistAddress, to: artistAddress, mint: deposited })
      else await depositThroughPortal(deployment.addresses.optimismPortal, deposited)
      await eventually(
        'the deposit on L2',
        async () => (await accountAt(sequencer, 'latest', artistAddress))?.balance === deposited,
        long,
      )

      const sign = async (nonce: number, call: { to: Address; value: bigint; gas: bigint; data?: Hex }) =>
        hexToBytes(
          await artist.signTransaction({
            type: 'eip1559',
            chainId,
            nonce,
            maxFeePerGas: parseGwei('10'),
            maxPriorityFeePerGas: 1n,
            ...call,
          }),
        )
      const nonce = Number(await sequencer.pool!.pendingNonce(artistAddress))
      const payment = parseEther('1')
      const withdrawn = parseEther('2')
      const paymentHash = await sequencer.pool!.add(
        await sign(nonce, { to: fan, value: payment, gas: 21_000n }),
      )
      const withdrawalHash = await sequencer.pool!.add(
        await sign(nonce + 1, {
          to: predeploys.l2ToL1MessagePasser,
          value: withdrawn,
          gas: 300_000n,
          data: encodeFunctionData({
            abi: l2ToL1MessagePasserAbi,
            functionName: 'initiateWithdrawal',
            args: [artistAddress, 100_000n, '0x'],
          }),
        }),
      )
      const withdrawalBlock = await eventually(
        'the withdrawal in a batch that is posted',
        () => {
          const number = sequencer.chain.transaction(withdrawalHash)?.block.header.number
          return number !== undefined && sequencer.chain.head('safe').number >= number ? number : undefined
        },
        long,
      )

      // Fresh: it knows the deployment and where the layers are, and has seen no block.
      const verifier = await start(
        node({
          options: { role: 'verifier', derivation: { pollMs: 100 }, challenger: { pollMs: 100 } },
        }),
      )
      const wrong: unknown[] = []
      verifier.on('wrongAssertion', (event) => wrong.push(event))
      const fallbacks: unknown[] = []
      verifier.on('batch', ({ fallback }) => fallback !== undefined && fallbacks.push(fallback))
      await eventually(
        'the withdrawal on the verifier',
        () => verifier.chain.head('safe').number >= withdrawalBlock,
        long,
      )

      const last = verifier.chain.head('safe').number
      const hashesOf = (rollup: typeof verifier) =>
        Array.from({ length: Number(last) + 1 }, (_, i) => rollup.chain.headerByNumber(BigInt(i))!.hash)
      expect(hashesOf(verifier)[0]).toBe(deployment.rollup.genesisHash)
      expect(hashesOf(verifier)).toEqual(hashesOf(sequencer))

      const receipts = [paymentHash, withdrawalHash].map((hash) => {
        const { block, index } = verifier.chain.transaction(hash)!
        return block.transactions[index]!.receipt
      })
      expect(receipts.map(({ status }) => status)).toEqual([1, 1])
      const fees = receipts.reduce(
        (sum, { gasUsed, effectiveGasPrice, l1Fee }) => sum + gasUsed * effectiveGasPrice + l1Fee!.l1Fee,
        0n,
      )
      const balanceOf = async (address: Address) => (await accountAt(verifier, 'safe', address))?.balance
      expect(await balanceOf(fan)).toBe(payment)
      expect(await balanceOf(predeploys.l2ToL1MessagePasser)).toBe(withdrawn)
      expect(await balanceOf(artistAddress)).toBe(deposited - payment - withdrawn - fees)

      // The word says where the bytes are.
      const kindsThere = async () => {
        const { batchCount } = await verifier.settlement.view()
        const batches = await verifier.settlement.getBatches(0n, batchCount)
        return new Set(batches.map(({ commitment }) => commitment[0]!))
      }
      await eventually('batches of every kind', async () => (await kindsThere()).size >= kinds.length, long)
      expect(await kindsThere()).toEqual(new Set(kinds))

      const assertion = await eventually(
        'an assertion over the withdrawal that the verifier has derived',
        async () => {
          const count = await verifier.settlement.assertionCount()
          const all = await verifier.settlement.getAssertions(0n, Number(count))
          return all.find(
            ({ blockNumber }) =>
              blockNumber >= withdrawalBlock && blockNumber <= verifier.chain.head('safe').number,
          )
        },
        long,
      )
      expect((await verifier.outputAt(assertion.blockNumber)).outputRoot).toBe(assertion.outputRoot)

      // What `proveWithdrawalTransaction` is given, checked by a trie implementation that is not ours.
      const header = verifier.chain.headerByNumber(assertion.blockNumber)!
      const message = receipts[1]!.logs.map((log) =>
        decodeEventLog({
          abi: l2ToL1MessagePasserAbi,
          topics: log.topics as [Hex, ...Hex[]],
          data: log.data,
        }),
      )[0]!
      expect(message).toMatchObject({
        eventName: 'MessagePassed',
        args: { value: withdrawn, gasLimit: 100_000n },
      })
      const slot = sentMessagesSlot((message.args as { withdrawalHash: Hash }).withdrawalHash)
      const proven = await verifier.engine.stateAt(header).getProof(predeploys.l2ToL1MessagePasser, [slot])
      const trie = await createMPTFromProof(proven.storageProof[0]!.proof.map(hexToBytes), {
        root: hexToBytes(proven.storageRoot),
        useKeyHashing: true,
      })
      const leaf = await trie.get(hexToBytes(slot))
      expect(bytesToHex(leaf!)).toBe('0x01')
      expect(
        outputRoot({
          stateRoot: header.stateRoot,
          messagePasserStorageRoot: proven.storageRoot,
          blockHash: header.hash,
        }),
      ).toBe(assertion.outputRoot)

      await verifier.services.challenger!.tick()
      expect({ wrong, fallbacks }).toEqual({ wrong: [], fallbacks: [] })
      // A look at L1 that failed once is not what is meant; a service that keeps failing is.
      await eventually('two healthy nodes', () => sequencer.health().ok && verifier.health().ok, long)
      const another = (over: Partial<NodeSettings>) => start({ ...node({}), keys: {}, ...over })
      await place?.after?.({ node: another, hashes: hashesOf(verifier) })
    },
    400_000,
  )
})

test.each([
  [
    ['--da', 'memory'],
    'da (--da): expected one of auto, calldata, blob, altda, s3, private, failover (memory belongs to one process, and sequencer and verifier are processes of their own), got memory.',
  ],
  [
    ['--da', 'ipfs'],
    'da (--da): expected one of auto, calldata, blob, altda, s3, private, failover, got ipfs.',
  ],
  [['--block-time', '100'], 'at least 1000, because timestamps are whole seconds'],
  [['--settlement=memory'], 'expected a flag of this program, got --settlement.'],
])('the devnet refuses %j and says what there is', (argv, message) => {
  expect(() => config.load({ argv, env: {} })).toThrow(message)
})

const accountAt = (rollup: ComposedNode['rollup'], tag: 'latest' | 'safe', address: Address) =>
  rollup.engine.stateAt(rollup.chain.head(tag)).getAccount(address)

async function depositThroughPortal(portal: Address, value: bigint): Promise<void> {
  const { publicClient, walletClient } = l1Clients(users[0]!.privateKey)
  const hash = await walletClient.writeContract({
    chain: null,
    address: portal,
    abi: optimismPortalAbi,
    functionName: 'depositTransaction',
    args: [artistAddress, value, 100_000n, false, '0x'],
    value,
  })
  const { status } = await publicClient.waitForTransactionReceipt({ hash, timeout: long.timeoutMs })
  expect(status).toBe('success')
}

/** Slot of `sentMessages[withdrawalHash]`, a mapping at slot 0. */
const sentMessagesSlot = (withdrawalHash: Hash): Hash =>
  keccak256(encodeAbiParameters([{ type: 'bytes32' }, { type: 'uint256' }], [withdrawalHash, 0n]))
