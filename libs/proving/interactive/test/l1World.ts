import {
  batchPreimage,
  bytesToHex,
  emptyAccumulator,
  keccak256,
  silentLogger,
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
  type GameAccess,
} from '../src/index.js'
import { LyingCommitments, truthFrom, type Lie } from '../src/liar.js'
import { BLOCKS_PER_BATCH, genesisOutput, toyChain, toyClaim, toyRules, type ToyBatch } from './toyChain.js'
import { toyProgram as program } from './toyProgram.js'

export const period = 3_600
const heights = [13, 4, 5] as const
const fees = { normal: 10n ** 11n, urgent: 10n ** 12n }
const [deployer, operator, batcher] = [0, 1, 2].map(testAccount) as ReturnType<typeof testAccount>[]

/** A chain of toy blocks on a real L1, with the contracts that it would have. */
export async function l1World() {
  const l1 = await anvil({ blockTime: 1, accounts: 20 })
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
        ...{ timelockProposer: operator!.address, operator: operator!.address, guardian: operator!.address },
        ...{ sequencer: batcher!.address, batcher: batcher!.address },
        ...{ proposer: operator!.address, challenger: operator!.address },
      },
    },
  })
  // Every transaction is mined at once from here on: hundreds of them follow one another.
  await l1.request('evm_setIntervalMining', [0])
  await l1.request('evm_setAutomine', [true])
  const batch = await appendBatch(client, wallet(batcher!), deployment)
  const chain = toyChain({ batches: [batch] })
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
  const access = (account: Account, logger: Logger = silentLogger): L1Access =>
    new L1Access({
      ...{ transport, account, logger, onMined: pay, tree: deployment.addresses.challengeTree },
      startBlock: deployment.startBlock,
    })
  return {
    ...{ l1, client, wallet, deployment, chain, access, gas },
    stop: () => l1.stop(),
    commitments: (store: DisputeStore): Commitments =>
      new Commitments({ runner: replayerRunner(program), heights, rules: toyRules, chain, store }),
    player: (game: GameAccess, commitments: BlockCommitments, logger: Logger = silentLogger): Player =>
      new Player({ access: game, chain, commitments, fees, logger }),
    /** An account that makes a wrong claim, and a player who defends it. */
    async liar(account: Account, wrongFrom: bigint, lie: Lie): Promise<Player> {
      const wrong = {
        ...toyChain({ batches: [batch], wrongFrom, seed: lie.seed }),
        proofInputs: chain.proofInputs.bind(chain),
      }
      pay(await assertClaim(client, wallet(account), deployment, wrong, batch))
      const options = {
        runner: replayerRunner(program),
        heights,
        rules: toyRules,
        chain,
        store: await openStore(),
      }
      const commitments = new LyingCommitments(options, lie, truthFrom(chain))
      return new Player({ access: access(account), chain: wrong, commitments, fees })
    },
    /** A right claim by somebody who does nothing else. */
    claim: (account: Account): Promise<TransactionReceipt> =>
      assertClaim(client, wallet(account), deployment, chain, batch),
    async pass(seconds: number): Promise<void> {
      await l1.request('evm_increaseTime', [seconds])
      await l1.request('evm_mine', [])
    },
  }
}

export type L1World = Awaited<ReturnType<typeof l1World>>

export async function openStore(): Promise<DisputeStore> {
  const storage = memoryStorage()
  await storage.start()
  return new DisputeStore(storage)
}

type Client = PublicClient<Transport>
type Wallet = WalletClient<Transport, Chain, Account>

/** A batch of three blocks, as the batcher appends it, with what its accumulator hashes. */
async function appendBatch(client: Client, wallet: Wallet, { addresses }: L1Deployment): Promise<ToyBatch> {
  const { timestamp } = await client.getBlock()
  const evidence = new TextEncoder().encode('three blocks')
  const header = {
    firstBlock: 1n,
    blockCount: BLOCKS_PER_BATCH,
    depositsReadAfter: 0n,
    lastTimestamp: timestamp,
  }
  const hash = await wallet.writeContract({
    ...{ address: addresses.inbox, abi: inboxAbi, functionName: 'appendBatch' },
    args: [header, emptyAccumulator, emptyAccumulator, 1, bytesToHex(evidence)],
  })
  const { logs } = await client.waitForTransactionReceipt({ hash })
  const [appended] = parseEventLogs({ abi: inboxAbi, logs, eventName: 'BatchAppended' })
  const { context, acc } = appended!.args
  const preimage = batchPreimage(emptyAccumulator, {
    ...{ index: 0n, header, depositAcc: emptyAccumulator },
    ...{ commitment: Uint8Array.of(1, ...keccak256(evidence)), context },
  })
  const lastBlock = BigInt(BLOCKS_PER_BATCH)
  if (bytesToHex(keccak256(preimage)) !== acc) throw new Error('the preimage is not that of the accumulator')
  return { firstBlock: 1n, lastBlock, acc, preimage }
}

/** The first claim for the batch, as a proposer makes it. */
async function assertClaim(
  client: Client,
  wallet: Wallet,
  { addresses }: L1Deployment,
  chain: ChainKnowledge,
  batch: ToyBatch,
): Promise<TransactionReceipt> {
  const { root, output, siblings } = await toyClaim(chain, heights[0], 0)
  const about = encodeAbiParameters(
    [{ type: 'uint256' }, { type: 'uint256' }, { type: 'bytes32' }, { type: 'address' }, { type: 'bytes32' }],
    [batch.lastBlock, 0n, batch.acc, zeroAddress, root],
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
