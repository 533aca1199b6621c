import {
  batchPreimage,
  bytesToHex,
  emptyAccumulator,
  keccak256,
  silentLogger,
  type Address,
  type ChainKnowledge,
  type Hash,
  type Logger,
} from '@animechain/core'
import {
  deployL1,
  devnetDefaults,
  disputeGameFactoryAbi,
  inboxAbi,
  type L1Deployment,
} from '@animechain/contracts'
import { anvil, patient, testAccount } from '@animechain/testing'
import { memoryStorage } from '@animechain/storage-memory'
import {
  concatHex,
  createPublicClient,
  createWalletClient,
  encodeAbiParameters,
  http,
  parseEventLogs,
  zeroAddress,
  type Account,
  type Chain,
  type PublicClient,
  type TransactionReceipt,
  type Transport,
  type WalletClient,
} from 'viem'
import { foundry } from 'viem/chains'
import {
  Commitments,
  DisputeStore,
  L1Access,
  Player,
  replayerRunner,
  type BlockCommitments,
  type FeeLimits,
  type GameAccess,
  type PlayerOptions,
} from '../src/index.js'
import { LyingCommitments, truthFrom, type Lie } from '../src/liar.js'
import { BLOCKS_PER_BATCH, genesisOutput, toyChain, toyClaim, toyRules, type ToyBatch } from './toyChain.js'
import { toyProgram as program } from './toyProgram.js'

export const period = 3_600
export const heights = [13, 4, 5] as const
const fees = { normal: 10n ** 11n, urgent: 10n ** 12n }
const [deployer, operator, batcher, keyHolder] = [0, 1, 2, 3].map(testAccount) as ReturnType<
  typeof testAccount
>[]
/** May pause withdrawals. */
export const guardian = keyHolder!

export interface L1WorldOptions {
  /** Batches of three blocks that L1 has. default: 1 */
  batches?: number
}

/** A chain of toy blocks on a real L1, with the contracts that it would have. */
export async function l1World({ batches: count = 1 }: L1WorldOptions = {}) {
  const l1 = await anvil({ blockTime: 1, accounts: 20, slotsInAnEpoch: 32 })
  const transport = http(l1.url, patient)
  const client = createPublicClient({ transport, chain: foundry, cacheTime: 0, pollingInterval: 50 })
  const wallet = (account: Account): Wallet => createWalletClient({ transport, chain: foundry, account })
  const deployment = await deployL1({
    publicClient: client,
    walletClient: wallet(deployer!),
    genesisOutputRoot: () => genesisOutput,
    config: {
      ...devnetDefaults,
      challengePeriod: period,
      answeringTime: period / 2,
      proofMaturityDelay: 2 * period,
      timelockDelay: 10 * period,
      l2ChainId: 26_463n,
      heights: { blocks: heights[0], spans: heights[1], steps: heights[2] },
      proving: {
        program: { codeRoot: program.codeRoot, ramRoot: program.ramRoot, pages: program.pages },
        rulesHash: toyRules,
      },
      roles: {
        ...{ timelockProposer: operator!.address, operator: operator!.address, guardian: guardian.address },
        ...{ sequencer: batcher!.address, batcher: batcher!.address },
        ...{ proposer: operator!.address, challenger: operator!.address },
      },
    },
  })
  // Every transaction is mined at once from here on: hundreds of them follow one another.
  await l1.request('evm_setIntervalMining', [0])
  await l1.request('evm_setAutomine', [true])
  const pass = async (seconds: number): Promise<void> => {
    await l1.request('evm_increaseTime', [seconds])
    await l1.request('evm_mine', [])
  }
  const batches: ToyBatch[] = []
  while (batches.length < count) {
    batches.push(await appendBatch(client, wallet(batcher!), deployment, batches))
    // The next batch needs as many seconds of its own.
    await pass(BLOCKS_PER_BATCH)
  }
  const chain = toyChain({ batches })
  /** wei paid for gas, by account */
  const gas = new Map<string, bigint>()
  const pay = ({
    from,
    gasUsed,
    effectiveGasPrice,
  }: Pick<TransactionReceipt, 'from' | 'gasUsed' | 'effectiveGasPrice'>) => {
    const account = from.toLowerCase()
    gas.set(account, (gas.get(account) ?? 0n) + gasUsed * effectiveGasPrice)
  }
  const access = (
    account: Account,
    { logger = silentLogger, via = transport, batchGas }: AccessOptions = {},
  ): L1Access =>
    new L1Access({
      ...{ transport: via, account, logger, onMined: pay, tree: deployment.addresses.challengeTree },
      startBlock: deployment.startBlock,
      ...(batchGas !== undefined && { batchGas }),
    })
  const claim = async (
    account: Account,
    of: ChainKnowledge = chain,
    on?: Parent,
  ): Promise<TransactionReceipt> => {
    const receipt = await assertClaim(client, wallet(account), deployment, of, batches, on)
    pay(receipt)
    return receipt
  }
  /** Claims what a chain says, and defends it with states that are made up. */
  const pretender = async (
    account: Account,
    of: ChainKnowledge,
    lie: Lie,
    budget?: FeeLimits,
  ): Promise<Player> => {
    const options = {
      runner: replayerRunner(program),
      heights,
      rules: toyRules,
      chain,
      store: await openStore(),
    }
    const commitments = new LyingCommitments(options, lie, truthFrom(chain))
    return new Player({ access: access(account), chain: of, commitments, fees: budget ?? fees })
  }
  /** What a chain knows whose blocks are wrong from one on. */
  const wrongChain = (wrongFrom: bigint, seed: number): ChainKnowledge => ({
    ...toyChain({ batches, wrongFrom, seed }),
    proofInputs: chain.proofInputs.bind(chain),
  })
  return {
    ...{
      l1,
      client,
      transport,
      wallet,
      deployment,
      chain,
      batches,
      access,
      gas,
      claim,
      pretender,
      wrongChain,
      pass,
    },
    stop: () => l1.stop(),
    commitments: (store: DisputeStore, of: ChainKnowledge = chain): Commitments =>
      new Commitments({ runner: replayerRunner(program), heights, rules: toyRules, chain: of, store }),
    player: (game: GameAccess, commitments: BlockCommitments, options: Partial<PlayerOptions> = {}): Player =>
      new Player({ access: game, chain, commitments, fees, ...options }),
    /** An account that makes a wrong claim, and a player who defends it. */
    async liar(account: Account, wrongFrom: bigint, lie: Lie): Promise<Player> {
      const wrong = wrongChain(wrongFrom, lie.seed)
      await claim(account, wrong)
      return pretender(account, wrong, lie)
    },
  }
}

interface AccessOptions {
  logger?: Logger
  /** What stands between an account and L1. */
  via?: Transport
  /** Gas that moves are put together up to in one transaction. */
  batchGas?: bigint
}

/** A claim that another one continues, with the batch that it ends with. */
interface Parent {
  game: Address
  batchIndex: number
}

export type L1World = Awaited<ReturnType<typeof l1World>>

export async function openStore(): Promise<DisputeStore> {
  const storage = memoryStorage()
  await storage.start()
  return new DisputeStore(storage)
}

type Client = PublicClient<Transport>
type Wallet = WalletClient<Transport, Chain, Account>

/** The next batch of three blocks, as the batcher appends it, with what its accumulator hashes. */
async function appendBatch(
  client: Client,
  wallet: Wallet,
  { addresses }: L1Deployment,
  before: readonly ToyBatch[],
): Promise<ToyBatch> {
  const { timestamp } = await client.getBlock()
  const index = BigInt(before.length)
  const parentAcc = before.at(-1)?.acc ?? emptyAccumulator
  const firstBlock = index * BigInt(BLOCKS_PER_BATCH) + 1n
  const evidence = new TextEncoder().encode('three blocks')
  const header = {
    ...{ firstBlock, blockCount: BLOCKS_PER_BATCH },
    ...{ depositsReadAfter: 0n, lastTimestamp: timestamp },
  }
  const hash = await wallet.writeContract({
    ...{ address: addresses.inbox, abi: inboxAbi, functionName: 'appendBatch' },
    args: [header, parentAcc, emptyAccumulator, 1, bytesToHex(evidence)],
  })
  const { logs } = await client.waitForTransactionReceipt({ hash })
  const [appended] = parseEventLogs({ abi: inboxAbi, logs, eventName: 'BatchAppended' })
  const { context, acc } = appended!.args
  const preimage = batchPreimage(parentAcc, {
    ...{ index, header, depositAcc: emptyAccumulator },
    ...{ commitment: Uint8Array.of(1, ...keccak256(evidence)), context },
  })
  if (bytesToHex(keccak256(preimage)) !== acc) throw new Error('the preimage is not that of the accumulator')
  return { firstBlock, lastBlock: firstBlock + BigInt(BLOCKS_PER_BATCH) - 1n, acc, preimage }
}

/** A claim for the batch after a parent's (the first one: genesis), as a proposer makes it. */
async function assertClaim(
  client: Client,
  wallet: Wallet,
  { addresses }: L1Deployment,
  chain: ChainKnowledge,
  batches: readonly ToyBatch[],
  on: Parent = { game: zeroAddress, batchIndex: -1 },
): Promise<TransactionReceipt> {
  const index = on.batchIndex + 1
  const { lastBlock, acc } = batches[index]!
  const { root, output, siblings } = await toyClaim(chain, heights[0], index)
  const about = encodeAbiParameters(
    [{ type: 'uint256' }, { type: 'uint256' }, { type: 'bytes32' }, { type: 'address' }, { type: 'bytes32' }],
    [lastBlock, BigInt(index), acc, on.game, root],
  )
  const hash = await wallet.writeContract({
    ...{ address: addresses.disputeGameFactory, abi: disputeGameFactoryAbi, functionName: 'create' },
    args: [0, output, concatHex([about, ...(siblings as Hash[])])],
    value: devnetDefaults.assertionBond,
  })
  const receipt = await client.waitForTransactionReceipt({ hash })
  if (receipt.status !== 'success') throw new Error('the claim was refused')
  return receipt
}
