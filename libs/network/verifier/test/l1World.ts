import { join } from 'node:path'
import {
  hexToBytes,
  keccak256,
  outputHistory,
  readBatchBase,
  silentMetrics,
  type Address,
  type Assertion,
  type Hash,
  type Hex,
  type LogFields,
  type Logger,
  type Settlement,
} from '@animechain/core'
import {
  deployL1,
  devnetDefaults,
  devnetNetwork,
  productionTokenAbi,
  productionTokenBytecode,
  type L1Deployment,
} from '@animechain/contracts'
import { gossip, networkTopics, type GossipNode } from '@animechain/network-gossip'
import {
  encodeMessage,
  epochAt,
  keyProofTypedData,
  signMessage,
  type Attestation,
  type NetworkDomain,
} from '@animechain/network-protocol'
import { optimistic } from '@animechain/settlement-optimistic'
import { memoryStorage } from '@animechain/storage-memory'
import { anvil, eventually, patient, testAccount, unplayed, type Anvil } from '@animechain/testing'
import {
  createPublicClient,
  createWalletClient,
  http,
  numberToHex,
  parseEther,
  type Account,
  type PublicClient,
  type Transport,
} from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import {
  createSignatureLog,
  localSigner,
  networkJudge,
  networkReads,
  networkVerifier,
  networkWriter,
  openSignatureLog,
  stakeCalls,
  type DerivedBatch,
  type DerivedChain,
  type NetworkContracts,
  type NetworkReads,
  type NetworkVerifier,
  type SignatureLog,
} from '../src/index.js'
import { folder, hash } from './world.js'

/** Seconds: longer than what a test does in one. */
const epochLength = 90
/** Seconds. */
export const challengePeriod = 40

/** A member with an owner account and a hot key. */
export const person = (index: number) => ({
  owner: testAccount(index),
  key: privateKeyToAccount(hash(`hot key ${index}`)),
})
export type Person = ReturnType<typeof person>

/** What is on L1, and who reads and writes there. */
export interface L1World {
  l1: Anvil
  client: PublicClient<Transport>
  deployment: L1Deployment
  contracts: NetworkContracts
  domain: NetworkDomain
  reads: NetworkReads
  settlement: Settlement
  /** that can be cover; account 0 makes as much of it as it likes */
  token: Address
  close(): Promise<void>
}

/** A real L1 with the contracts of a chain that has a verifier network: everybody who checks in is drawn, and two make a certificate. */
export async function l1World(): Promise<L1World> {
  const l1 = await anvil({ blockTime: 1, mineAtOnce: true, slotsInAnEpoch: 1, accounts: 20 })
  const transport = http(l1.url, patient)
  const client = createPublicClient({ transport, pollingInterval: 50, cacheTime: 0 })
  const role = testAccount(5).address
  const walletClient = createWalletClient({ transport, account: testAccount(0) })
  const { contractAddress: token } = await client.waitForTransactionReceipt({
    hash: await walletClient.deployContract({
      ...{ chain: null, abi: productionTokenAbi, bytecode: productionTokenBytecode },
      args: ['Token', 'TKN', testAccount(0).address],
    }),
  })
  const deployment = await deployL1({
    ...{ publicClient: client, walletClient },
    genesisOutputRoot: unplayed.genesisOutputRoot,
    config: {
      ...devnetDefaults,
      proving: unplayed.proving,
      challengePeriod,
      answeringTime: 5,
      proofMaturityDelay: challengePeriod + 1,
      timelockDelay: 86_400,
      l2ChainId: 26463n,
      network: {
        ...devnetNetwork,
        // A lie must stand that long, and a rival come before it has stood for a challenge period.
        minAge: 1,
        epochLength,
        minVerifiers: 2,
        tokens: [token!],
        diligence: { ...devnetNetwork.diligence, oneIn: 1, revealTime: 20, drawDelay: 1 },
      },
      roles: {
        timelockProposer: role,
        operator: role,
        guardian: role,
        sequencer: testAccount(1).address,
        batcher: testAccount(1).address,
        proposer: testAccount(2).address,
        challenger: testAccount(3).address,
      },
    },
  })
  const { addresses } = deployment
  const contracts: NetworkContracts = {
    stakeRegistry: addresses.stakeRegistry!,
    fastExits: addresses.fastExits!,
    anchorStateRegistry: addresses.anchorStateRegistry,
    diligence: addresses.diligence!,
    drills: addresses.drills!,
  }
  const settlement = optimistic({
    l1: { rpcUrl: l1.url },
    contracts: addresses,
    startBlock: deployment.startBlock,
    accounts: { batcher: testAccount(1), proposer: testAccount(2) },
  })
  await settlement.start()
  return {
    ...{ l1, client, deployment, contracts, settlement, token: token! },
    domain: { chainId: 31_337, registry: contracts.stakeRegistry },
    reads: networkReads({ client, contracts }),
    async close() {
      await settlement.stop()
      await l1.stop()
    },
  }
}

/** L1's time goes on, with blocks on top that make what was there final. */
export async function later({ l1 }: L1World, seconds: number): Promise<void> {
  await l1.request('evm_increaseTime', [seconds])
  await l1.request('anvil_mine', ['0x8'])
}

/** The next epoch begins. Resolves to its number. */
export async function nextEpoch(world: L1World): Promise<bigint> {
  const { client, reads } = world
  const rules = await reads.rules()
  const { timestamp } = await client.getBlock()
  const epoch = epochAt(timestamp, rules)
  await later(world, Number(rules.epochStart + epoch * rules.epochLength - timestamp))
  return epoch + 1n
}

/** Sends calls of an account. */
export const writerOf = ({ client, l1 }: L1World, account: Account) =>
  networkWriter({ client, transport: http(l1.url, patient), account })

/** Joins, and gives the hot key ten ether for gas. @param stake wei; default ten ether */
export async function joinAs(
  world: L1World,
  { owner, key }: Person,
  stake = parseEther('10'),
): Promise<void> {
  const { contracts, domain, l1 } = world
  await l1.request('anvil_setBalance', [key.address, numberToHex(parseEther('10'))])
  const writer = writerOf(world, owner)
  const proof = await key.signTypedData(keyProofTypedData(domain, owner.address))
  const sent = await writer.send(stakeCalls(contracts).join(key.address, 'http://127.0.0.1:1', proof, stake))
  if (sent.status !== 'ok') throw new Error(`expected to join, got ${JSON.stringify(sent)}`)
}

/** Blocks of each batch. */
const BLOCKS = 3
/** Output root of a block of the chain that everybody derives. */
export const rootOf = (block: bigint): Hash => hash(`block ${block}`)

/** The chain as verifiers derive it. */
export interface TestChain extends DerivedChain {
  /** Appends a batch of three blocks to the inbox; resolves to its index. */
  append(): Promise<bigint>
  /** Asserts what everybody derives for a batch, or another root. */
  assert(batchIndex: bigint, outputRoot?: Hash): Promise<Assertion>
  /** Appends a batch and asserts what everybody derives for it; resolves to its index. */
  extend(): Promise<bigint>
}

/** A chain whose batches are on L1, and whose output roots are what the test says. */
export function testChain({ settlement }: L1World): TestChain {
  const batches: DerivedBatch[] = []
  /** games of the right assertions, by batch */
  const games: Hex[] = []

  const chain: TestChain = {
    batch: (index) => batches[Number(index)],
    outputRoot: (block) => Promise.resolve(rootOf(block)),
    async append() {
      const { lastBlock, lastTimestamp, depositsRead } = await settlement.view()
      const evidence = new TextEncoder().encode(`batch ${batches.length}`)
      const sent = await settlement.appendBatch(
        {
          ...{ firstBlock: lastBlock + 1n, blockCount: BLOCKS, depositsReadAfter: depositsRead },
          lastTimestamp: lastTimestamp + BigInt(BLOCKS),
        },
        await readBatchBase(settlement, depositsRead),
        Uint8Array.of(1, ...keccak256(evidence)),
        { type: 'calldata', evidence },
        undefined,
      )
      if (sent.status !== 'ok') throw new Error(`expected a batch, got ${JSON.stringify(sent)}`)
      const index = BigInt(batches.length)
      const [record] = await settlement.getBatches(index, index + 1n)
      const last = lastBlock + BigInt(BLOCKS)
      batches.push({
        ...{ acc: record!.acc, firstBlock: lastBlock + 1n, lastBlock: last, outputRoot: rootOf(last) },
      })
      return index
    },
    async assert(batchIndex, other) {
      const { acc: batchAcc, firstBlock, lastBlock: blockNumber, outputRoot } = batches[Number(batchIndex)]!
      const parent = games[Number(batchIndex) - 1]
      const { historyHeight } = await settlement.assertionRules()
      const before = Array.from({ length: BLOCKS - 1 }, (_, i) => rootOf(firstBlock + BigInt(i)))
      const made = await settlement.assert({
        ...{ batchIndex, batchAcc, blockNumber, parent, outputRoot: other ?? outputRoot },
        ...outputHistory([...before, other ?? outputRoot], historyHeight),
      })
      if (made.status !== 'ok') throw new Error(`expected an assertion, got ${JSON.stringify(made)}`)
      if (other === undefined) games[Number(batchIndex)] = made.id!
      const [assertion] = await settlement.getAssertions((await settlement.assertionCount()) - 1n, 1)
      return assertion!
    },
    async extend() {
      const batchIndex = await chain.append()
      await chain.assert(batchIndex)
      return batchIndex
    },
  }
  return chain
}

/** Has every assertion whose time is over accepted. */
export async function resolveAll({ settlement }: L1World): Promise<void> {
  for (const { id, status } of await settlement.getAssertions(0n, 100))
    if (status === 'pending') await settlement.resolve(id)
}

type Node = GossipNode<'attestation' | 'alarm'>

/** A node that gossips attestations and alarms over libp2p on loopback, judged by L1. */
export async function gossiping({ domain, reads }: L1World, peers: readonly string[]): Promise<Node> {
  const { attestation, alarm } = networkTopics({
    ...{ domain, blocks: { chainId: 26_463 }, isSequencer: () => undefined },
    ...networkJudge(reads),
  })
  const node = gossip({ chainId: 26_463n, topics: { attestation, alarm }, p2p: { peers } })
  await node.start()
  return node
}

/** A verifier with its log, its journal and its gossip. */
export interface RunningVerifier {
  verifier: NetworkVerifier
  node: Node
  log: SignatureLog
  /** the newest that it said of what it does not attest to */
  said: readonly { message: string; fields: LogFields }[]
  stop(): Promise<void>
}

/** A logger that keeps the newest lines that begin like this. */
function listening(begins: string) {
  const said: { message: string; fields: LogFields }[] = []
  const say = (message: string, fields: LogFields = {}): void => {
    if (!message.startsWith(begins)) return
    said.push({ message, fields })
    if (said.length > 100) said.shift()
  }
  const logger: Logger = { debug: say, info: say, warn: say, error: say, child: () => logger }
  return { said, logger }
}

/** Starts a member's verifier. */
export async function running(
  world: L1World,
  { key }: Person,
  { chain, peers = [] }: { chain: DerivedChain; peers?: readonly string[] },
): Promise<RunningVerifier> {
  const { client, domain, reads, settlement, deployment } = world
  const path = join(folder(), 'signatures.log')
  await createSignatureLog({ path, key: key.address, domain, floor: 0n })
  const log = await openSignatureLog({ path, key: key.address, domain })
  const node = await gossiping(world, peers)
  const store = memoryStorage()
  await store.start()
  const { said, logger } = listening('not attested')
  const verifier = networkVerifier({
    ...{ domain, reads, settlement, client, chain, store, gossip: node, alarms: key },
    signer: localSigner(log, key),
    floor: () => log.floor,
    startBlock: deployment.startBlock,
    writer: networkWriter({ client, transport: http(world.l1.url, patient), account: key }),
    secret: hexToBytes(hash(`secret of ${key.address}`)),
    pollMs: 200,
    turnMs: 200,
    observeMs: 500,
    logger,
    metrics: silentMetrics,
  })
  await verifier.start()
  return {
    ...{ verifier, node, log, said },
    async stop() {
      await verifier.stop()
      await node.stop()
      await log.close()
    },
  }
}

/** What a verifier says of itself, once it is as a test waits for it. */
export const untilDetails = (
  what: string,
  { verifier }: RunningVerifier,
  isSo: (details: Record<string, never>) => boolean,
): Promise<Record<string, never>> =>
  eventually(
    what,
    () => {
      const details = verifier.health().details as Record<string, never>
      return Promise.resolve(isSo(details) ? details : undefined)
    },
    { timeoutMs: 120_000 },
  )

/** Gossips an attestation that a key signs, without a log. */
export async function attestTo(
  { domain }: L1World,
  node: Node,
  { key }: Person,
  message: Attestation,
): Promise<void> {
  await node.publish(
    'attestation',
    encodeMessage('attestation', await signMessage(key, 'attestation', domain, message)),
  )
}
