import {
  deployL1,
  devnetDefaults,
  disputeGameFactoryAbi,
  inboxAbi,
  type L1Deployment,
} from '@animechain/contracts'
import {
  batchPreimage,
  bytesToHex,
  concatBytes,
  emptyAccumulator,
  keccak256,
  silentLogger,
  type Address,
  type ChainKnowledge,
  type Hash,
} from '@animechain/core'
import {
  Commitments,
  DisputeStore,
  historyOf,
  L1Access,
  Player,
  replayerRunner,
  type GameAccess,
} from '@animechain/proving-interactive'
import type { Program } from '@animechain/proving-machine'
import { memoryStorage } from '@animechain/storage-memory'
import { testAccount, type Anvil } from '@animechain/testing'
import {
  concatHex,
  createPublicClient,
  createWalletClient,
  encodeAbiParameters,
  http,
  parseEventLogs,
  zeroAddress,
  type Account,
} from 'viem'
import type { Log } from './dispute.js'
import type { LedgerBatch } from './inbox.js'
import type { Chain, LedgerBlock } from './model.js'
import { blockReads, blocksOf } from './witness.js'

/** Depths of the levels on L1: a batch may have 8,192 blocks; a run of the ledger has fewer than 2^20 steps. */
const heights = { blocks: 13, spans: 10, steps: 10 }
/** Challenge period, seconds. Time passes as the example says. */
const PERIOD = 3_600
const fees = { normal: 10n ** 11n, urgent: 10n ** 12n }

/** Who is who: the keys of the chain are one person's, the liar and the honest player have none of them. */
const [deployer, operator, honest, liar] = [0, 1, 2, 3].map(testAccount) as Account[]

/** How a dispute on L1 ended, by who asserted. */
export interface Ending {
  readonly honest: string
  readonly liar: string
  /** What the liar has lost besides gas, and what the honest player has won, wei. */
  readonly lost: bigint
  readonly won: bigint
  /** Moves that each has made, by kind, and the kinds that L1 has refused. */
  readonly moves: ReadonlyMap<string, number>
}

/** A claim and a game about a chain of the ledger. */
export interface Contest {
  readonly program: Program
  readonly genesis: LedgerBlock
  /** Bytes of the batch, and its number of blocks. */
  readonly body: Uint8Array
  readonly blockCount: number
  /** The chain as it is, and as the liar has it. */
  readonly chain: Chain
  readonly lie: Chain
}

/**
 * A dispute about a batch of the ledger on a real L1, from the wrong claim to the end of everything: the contracts of any chain, with this program; the liar and the honest
 * player have the same software, and another opinion about who signed a payment.
 */
export async function disputeOnL1(l1: Anvil, contest: Contest, log: Log): Promise<Ending> {
  const transport = http(l1.url)
  const client = createPublicClient({ transport, cacheTime: 0, pollingInterval: 50 })
  const deployment = await deploy(l1, contest)
  await l1.request('evm_setIntervalMining', [0])
  await l1.request('evm_setAutomine', [true])
  const batch = await appendBatch(l1, deployment, contest)
  log(
    `ChallengeTree at ${deployment.addresses.challengeTree} of an anvil, a batch of ${batch.blockCount} blocks`,
  )

  const truth = knowledge(contest.genesis, batch, contest.chain)
  const story = knowledge(contest.genesis, batch, contest.lie)
  const balance = async ({ address }: Account): Promise<bigint> => client.getBalance({ address })
  const before = [await balance(honest!), await balance(liar!)] as const
  const gas = new Map<string, bigint>()
  const moves = new Map<string, number>()
  const play = async (name: string, account: Account, chain: ChainKnowledge): Promise<Player> => {
    const access = new L1Access({
      ...{ transport, account, logger: silentLogger, tree: deployment.addresses.challengeTree },
      startBlock: deployment.startBlock,
      onMined: ({ gasUsed, effectiveGasPrice }) =>
        void gas.set(name, (gas.get(name) ?? 0n) + gasUsed * effectiveGasPrice),
    })
    const commitments = new Commitments({
      runner: replayerRunner(contest.program),
      heights: [heights.blocks, heights.spans, heights.steps],
      ...{ rules: contest.chain.rules, chain, store: await openStore() },
    })
    return new Player({ access: told(name, access, moves, log), chain, commitments, fees })
  }
  await assertClaim(l1, deployment, story, batch, gas)
  log(`  liar: asserts ${await story.outputRoot(BigInt(batch.blockCount))}`)
  const players = [await play('liar', liar!, story), await play('honest', honest!, truth)]
  // Answers follow one another; when nobody has any, time passes, up to the end of all claims on the pot.
  for (let idle = 0; idle < 12;) {
    let made = 0
    for (const player of players) made += (await player.pass()).movesMade
    if (made === 0) idle++
    await l1.request('evm_increaseTime', [made === 0 ? PERIOD / 2 : PERIOD / 60])
    await l1.request('evm_mine', [])
  }
  const ended = await statuses(deployment, transport)
  const after = [await balance(honest!), await balance(liar!)] as const
  return {
    honest: ended.get(honest!.address.toLowerCase()) ?? 'made no claim',
    liar: ended.get(liar!.address.toLowerCase()) ?? 'made no claim',
    won: after[0] - before[0] + (gas.get('honest') ?? 0n),
    lost: before[1] - after[1] - (gas.get('liar') ?? 0n),
    moves,
  }
}

/** A chain of this program, as any chain is deployed. */
function deploy(l1: Anvil, { program, genesis, chain }: Contest): Promise<L1Deployment> {
  const transport = http(l1.url)
  const keys = operator!.address
  return deployL1({
    publicClient: createPublicClient({ transport, pollingInterval: 50 }),
    walletClient: createWalletClient({ transport, account: deployer! }),
    genesisOutputRoot: () => genesis.outputRoot,
    config: {
      ...devnetDefaults,
      challengePeriod: PERIOD,
      answeringTime: PERIOD / 2,
      proofMaturityDelay: 2 * PERIOD,
      timelockDelay: 10 * PERIOD,
      l2ChainId: 26_463n,
      heights,
      proving: { program, rulesHash: chain.rules },
      roles: {
        ...{ timelockProposer: keys, operator: keys, guardian: keys, sequencer: keys },
        ...{ batcher: keys, proposer: keys, challenger: keys },
      },
    },
  })
}

/** Puts the batch into L1's calldata, and tells it with what its accumulator hashes. */
async function appendBatch(
  l1: Anvil,
  { addresses }: L1Deployment,
  { body, blockCount }: Contest,
): Promise<LedgerBatch> {
  const transport = http(l1.url)
  const client = createPublicClient({ transport, cacheTime: 0, pollingInterval: 50 })
  const { timestamp } = await client.getBlock()
  const header = { firstBlock: 1n, blockCount, depositsReadAfter: 0n, lastTimestamp: timestamp }
  const hash = await createWalletClient({ transport, account: operator! }).writeContract({
    ...{ address: addresses.inbox, abi: inboxAbi, functionName: 'appendBatch', chain: null },
    args: [header, emptyAccumulator, emptyAccumulator, 1, bytesToHex(body)],
  })
  const { logs } = await client.waitForTransactionReceipt({ hash })
  const [appended] = parseEventLogs({ abi: inboxAbi, logs, eventName: 'BatchAppended' })
  const { context, acc } = appended!.args
  const commitment = concatBytes(Uint8Array.of(1), keccak256(body))
  const record = batchPreimage(emptyAccumulator, {
    ...{ index: 0n, header, depositAcc: emptyAccumulator, commitment, context },
  })
  return { firstBlock: 1n, blockCount, acc, record, commitment, body }
}

/** What a node of the ledger knows of its chain: all that the player of the game asks for. */
function knowledge(genesis: LedgerBlock, batch: LedgerBatch, chain: Chain): ChainKnowledge {
  const blocks = blocksOf(genesis, [batch], chain)
  const lastBlock = BigInt(batch.blockCount)
  return {
    batch: async (index) => (index === 0n ? { firstBlock: 1n, lastBlock, acc: batch.acc } : undefined),
    outputRoot: async (number) => blocks[Number(number)]?.outputRoot,
    proofInputs: async ({ block }) => {
      const agreed = blocks[Number(block) - 1] ?? blocks.at(-1)!
      return blockReads(agreed, [batch], block, chain)
    },
  }
}

async function openStore(): Promise<DisputeStore> {
  const storage = memoryStorage()
  await storage.start()
  return new DisputeStore(storage)
}

/** Says what is played, and counts it. */
const told = (name: string, access: L1Access, moves: Map<string, number>, log: Log): GameAccess => ({
  account: access.account,
  look: (signal) => access.look(signal),
  async play(wanted, options) {
    const results = await access.play(wanted, options)
    const made = wanted.filter((_, i) => results[i]!.status === 'made').map(({ type }) => type)
    for (const type of made) moves.set(`${name} ${type}`, (moves.get(`${name} ${type}`) ?? 0) + 1)
    if (made.length > 0) log(`  ${name}: ${made.join(', ')}`)
    for (const [i, { type }] of wanted.entries())
      if (results[i]!.status === 'refused' && !moves.has(`${name} refused ${type}`)) {
        // The liar tries again and again.
        moves.set(`${name} refused ${type}`, 1)
        log(`  ${name}: L1 refuses ${type}`)
      }
    return results
  },
})

/** The liar's claim, as a proposer makes one. */
async function assertClaim(
  l1: Anvil,
  { addresses }: L1Deployment,
  story: ChainKnowledge,
  { acc, blockCount }: LedgerBatch,
  gas: Map<string, bigint>,
): Promise<void> {
  const transport = http(l1.url)
  const outputs: Hash[] = []
  for (let block = 1n; block <= blockCount; block++) outputs.push((await story.outputRoot(block))!)
  const history = historyOf(heights.blocks, outputs)
  const siblings = history.siblings(0, 2 ** heights.blocks - 1).map((node) => bytesToHex(node))
  const about = encodeAbiParameters(
    [{ type: 'uint256' }, { type: 'uint256' }, { type: 'bytes32' }, { type: 'address' }, { type: 'bytes32' }],
    [BigInt(blockCount), 0n, acc, zeroAddress, history.root],
  )
  const hash = await createWalletClient({ transport, account: liar! }).writeContract({
    ...{ address: addresses.disputeGameFactory, abi: disputeGameFactoryAbi, functionName: 'create' },
    args: [0, outputs.at(-1)!, concatHex([about, ...siblings])],
    ...{ value: devnetDefaults.assertionBond, chain: null },
  })
  const client = createPublicClient({ transport, pollingInterval: 50 })
  const { gasUsed, effectiveGasPrice } = await client.waitForTransactionReceipt({ hash })
  gas.set('liar', gasUsed * effectiveGasPrice)
}

/** What became of the claims, by account. */
async function statuses(
  { addresses, startBlock }: L1Deployment,
  transport: ReturnType<typeof http>,
): Promise<Map<Address | string, string>> {
  const access = new L1Access({
    ...{ transport, account: deployer!, logger: silentLogger, tree: addresses.challengeTree, startBlock },
  })
  const { view, tournaments, finished } = await access.look()
  const claims = [...tournaments, ...finished].flatMap((id) => view.assertions(id))
  return new Map(claims.map(({ asserter, status }) => [asserter, status]))
}
