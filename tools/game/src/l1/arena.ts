import { assertionGameAbi } from '@animechain/contracts/AssertionGame'
import { challengeTreeAbi, challengeTreeBytecode } from '@animechain/contracts/ChallengeTree'
import { deployL1, devnetDefaults, inboxAbi, systemConfigAbi, type L1Addresses } from '@animechain/contracts'
import { disputeGameFactoryAbi } from '@animechain/contracts/DisputeGameFactory'
import { bytesToHex, emptyAccumulator, keccak256Hex, type Address, type Hash } from '@animechain/core'
import type { GameParameters } from '@animechain/proving-game'
import { anvil, testAccount, type Anvil } from '@animechain/testing'
import {
  createPublicClient,
  createWalletClient,
  encodeDeployData,
  encodeFunctionData,
  http,
  parseEventLogs,
  type Account,
  type Hex,
  type Log,
  type PublicClient,
  type Transport,
} from 'viem'
import { foundry } from 'viem/chains'

/** Blocks of a batch, fewer than the leaves of a history, so that there is padding. */
export const BLOCKS_PER_BATCH = 3
/** Batches that the inbox has: claims may continue claims so often. */
export const BATCHES = 3

/**
 * Code of the prover: gives the last word of the call, which is what `prove` was given as the data of the step. The model says what a step leads to, and the
 * contract is told the same; everything around the verdict is the contract's own.
 *
 *     PUSH1 32  CALLDATASIZE  SUB  CALLDATALOAD  PUSH1 0  MSTORE  PUSH1 32  PUSH1 0  RETURN
 */
const ORACLE: Hex = '0x602036033560005260206000f3'

/** Where accounts of the model live. Nobody has their keys: anvil sends for them. */
export const addressOf = (name: string): Address =>
  `0x${keccak256Hex(new TextEncoder().encode(`account ${name}`)).slice(-40)}`

/** What was mined. */
export interface Mined {
  readonly ok: boolean
  readonly events: readonly { readonly eventName: string; readonly args: Readonly<Record<string, unknown>> }[]
}

/** The contracts on a real L1, with a tree of small heights and a prover that says what it is told. */
export interface Arena {
  readonly l1: Anvil
  readonly client: PublicClient<Transport>
  readonly tree: Address
  readonly factory: Address
  /** What the claims are clones of. */
  readonly implementation: Address
  readonly batches: readonly { readonly acc: Hash; readonly lastBlock: number }[]
  /** Mines a transaction at a time, seconds since the epoch, of which nothing is paid for gas. */
  send(at: number, from: Address, to: Address, data: Hex, value: bigint): Promise<Mined>
  stop(): Promise<void>
}

/** An arena for games by the given rules. `genesis` must be theirs. */
export async function arena(parameters: GameParameters): Promise<Arena> {
  const l1 = await anvil({ args: ['--auto-impersonate', '--disable-block-gas-limit'] })
  try {
    return await build(l1, parameters)
  } catch (error) {
    await l1.stop()
    throw error
  }
}

async function build(l1: Anvil, parameters: GameParameters): Promise<Arena> {
  const transport = http(l1.url, { batch: true })
  const client = createPublicClient({ transport, chain: foundry, cacheTime: 0, pollingInterval: 20 })
  const { program, rules, genesis } = parameters
  const [deployer, keys] = [testAccount(0), testAccount(1).address]
  const { addresses } = await deployL1({
    publicClient: client,
    walletClient: createWalletClient({ transport, chain: foundry, account: deployer as Account }),
    genesisOutputRoot: () => genesis,
    config: {
      ...devnetDefaults,
      l2ChainId: 26_463n,
      proving: { program, rulesHash: rules },
      roles: {
        ...{ timelockProposer: keys, operator: keys, guardian: keys, sequencer: keys, batcher: keys },
        ...{ proposer: keys, challenger: keys },
      },
    },
  })
  await l1.request('evm_setIntervalMining', [0])
  await l1.request('evm_setAutomine', [true])
  // With blocks without a limit it stays so.
  await l1.request('anvil_setNextBlockBaseFeePerGas', ['0x0'])
  const batches = await appendBatches(l1, client, keys, addresses.inbox)
  const tree = await createTree(l1, client, deployer.address, parameters, addresses)
  const implementation = await client.readContract({
    ...{ address: tree, abi: challengeTreeAbi, functionName: 'game' },
  })
  const owner = await client.readContract({
    ...{ address: addresses.systemConfig, abi: systemConfigAbi, functionName: 'owner' },
  })
  const install = encodeFunctionData({
    ...{ abi: disputeGameFactoryAbi, functionName: 'setImplementation' },
    args: [parameters.gameType, implementation],
  })
  const send = sender(l1)
  await l1.request('anvil_setBalance', [owner, '0xde0b6b3a7640000'])
  const installed = await send(await soon(client), owner, addresses.disputeGameFactory, install, 0n)
  if (!installed.ok) throw new Error('the factory refused the implementation')
  return {
    ...{ l1, client, tree, implementation, batches, send },
    factory: addresses.disputeGameFactory,
    stop: () => l1.stop(),
  }
}

/** A time that L1 has not reached. */
const soon = async (client: PublicClient<Transport>): Promise<number> =>
  Number((await client.getBlock()).timestamp) + 10

async function appendBatches(
  l1: Anvil,
  client: PublicClient<Transport>,
  batcher: Address,
  inbox: Address,
): Promise<Arena['batches']> {
  const batches = []
  let before: Hash = emptyAccumulator
  for (let index = 0; index < BATCHES; index++) {
    const at = await soon(client)
    const header = {
      firstBlock: BigInt(index * BLOCKS_PER_BATCH + 1),
      blockCount: BLOCKS_PER_BATCH,
      depositsReadAfter: 0n,
      lastTimestamp: BigInt(at),
    }
    const args = [header, before, emptyAccumulator, 1, bytesToHex(Uint8Array.of(index))] as const
    const data = encodeFunctionData({ abi: inboxAbi, functionName: 'appendBatch', args })
    const hash = await rawSend(l1, at, batcher, inbox, data, 0n)
    const { logs } = await client.waitForTransactionReceipt({ hash })
    const [appended] = parseEventLogs({ abi: inboxAbi, logs, eventName: 'BatchAppended' })
    before = appended!.args.acc
    batches.push({ acc: before, lastBlock: (index + 1) * BLOCKS_PER_BATCH })
  }
  return batches
}

async function createTree(
  l1: Anvil,
  client: PublicClient<Transport>,
  deployer: Address,
  parameters: GameParameters,
  addresses: Pick<L1Addresses, 'disputeGameFactory' | 'anchorStateRegistry' | 'inbox'>,
): Promise<Address> {
  const prover = addressOf('prover')
  await l1.request('anvil_setCode', [prover, ORACLE])
  const { rewards, program, rules, period } = parameters
  const deployment = encodeDeployData({
    abi: challengeTreeAbi,
    bytecode: challengeTreeBytecode,
    args: [
      {
        factory: addresses.disputeGameFactory,
        anchorStateRegistry: addresses.anchorStateRegistry,
        inbox: addresses.inbox,
        prover,
        gameType: parameters.gameType,
        challengePeriod: BigInt(period),
        heights: parameters.heights,
        interval: BigInt(parameters.interval),
        stakes: parameters.bonds,
        rewards: [rewards.assert, rewards.bisect, rewards.refine, rewards.prove],
        codeRoot: program.codeRoot,
        ramRoot: program.ramRoot,
        pages: program.pages,
        rulesHash: rules,
      },
    ],
  })
  const created = await rawSend(l1, await soon(client), deployer, undefined, deployment, 0n)
  return (await client.waitForTransactionReceipt({ hash: created })).contractAddress!
}

const GAS = 16_000_000

async function rawSend(
  l1: Anvil,
  at: number,
  from: Address,
  to: Address | undefined,
  data: Hex,
  value: bigint,
): Promise<Hash> {
  await l1.request('evm_setNextBlockTimestamp', [at])
  const call = { from, data, value: `0x${value.toString(16)}`, gas: `0x${GAS.toString(16)}` }
  return l1.request('eth_sendTransaction', [
    { ...call, ...(to && { to }), maxFeePerGas: '0x0', maxPriorityFeePerGas: '0x0' },
  ])
}

const sender =
  (l1: Anvil): Arena['send'] =>
  async (at, from, to, data, value) => {
    const { status, logs } = await receiptOf(l1, await rawSend(l1, at, from, to, data, value))
    const abi = [...challengeTreeAbi, ...assertionGameAbi]
    return { ok: status === '0x1', events: parseEventLogs({ abi, logs }) as Mined['events'] }
  }

/** Each transaction is mined at once: there is little to wait for. */
async function receiptOf(l1: Anvil, hash: Hash): Promise<{ status: Hex; logs: Log[] }> {
  for (;;) {
    const receipt = await l1.request<{ status: Hex; logs: Log[] } | null>('eth_getTransactionReceipt', [hash])
    if (receipt !== null) return receipt
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}
