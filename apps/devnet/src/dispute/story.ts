import { writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  assertionGameAbi,
  challengeTreeAbi,
  disputeGameFactoryAbi,
  optimismPortalAbi,
} from '@animechain/contracts'
import { predeploys, silentLogger, type Assertion, type Hash } from '@animechain/core'
import { L1Access } from '@animechain/proving-interactive'
import { optimistic } from '@animechain/settlement-optimistic'
import {
  BaseError,
  ContractFunctionRevertedError,
  createPublicClient,
  createWalletClient,
  encodeFunctionData,
  formatEther,
  http,
  parseAbi,
  parseEther,
  parseEventLogs,
  type Account,
  type Address,
  type TransactionReceipt,
} from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { getWithdrawals, publicActionsL1, publicActionsL2, walletActionsL1 } from 'viem/op-stack'
import { hold, note, say, step, until } from '../demo/tell.js'
import { succeeded } from '../demo/parties.js'
import type { DevnetOptions } from '../options.js'
import { users } from '../roles.js'
import { temporaryDevnet, type TemporaryDevnet } from '../temporary.js'
import { bar, drawing, levelName } from './drawing.js'
import { falseWithdrawal, type FalseWithdrawal } from './falseWithdrawal.js'
import { startLiar, type Liar } from './liar.js'
import { moveReader, type MoveOnL1 } from './moves.js'

/** Nobody of them has a role in the contracts: keys of users. */
const cast = {
  honest: users[4]!,
  liar: users[5]!,
  studio: users[6]!,
  onlooker: users[7]!,
}

/** Long enough for a dispute at a machine's pace, however slow. seconds of L1 */
const PERIOD = 3_600
const WITHDRAWN = parseEther('1')
/** Transfers in the block about which the liar lies. */
const TRANSFERS = 60
/** Longest that the play may take. seconds */
const PLAY_SECONDS = 2_400

const account = ({ privateKey }: (typeof cast)['honest']): Account => privateKeyToAccount(privateKey)

/** How the story is told. */
export interface StoryOptions {
  /** file that the bisection is drawn into, as SVG; default: it is not */
  svgPath?: string
  /** How often the verifier is killed with SIGKILL while it plays; default 0 */
  kills?: number
}

/**
 * Starts the chain of the story. The verifier's key is one that the contracts know nothing of.
 * @param l1Config further changes; smaller heights make a dispute shorter
 */
export const startStage = (
  onPhase: (phase: string) => void,
  l1Config: DevnetOptions['l1Config'] = {},
): Promise<TemporaryDevnet> =>
  temporaryDevnet({
    bridge: false,
    maxBatchAge: 6,
    onPhase,
    l1Config: {
      ...l1Config,
      challengePeriod: PERIOD,
      answeringTime: PERIOD / 2,
      proofMaturityDelay: 2 * PERIOD,
      timelockDelay: 10 * PERIOD,
    },
    verifierEnv: {
      ANIMECHAIN_CHALLENGER_KEY: cast.honest.privateKey,
      ANIMECHAIN_POLL_INTERVAL: '250',
      ANIMECHAIN_L1_POLL_INTERVAL: '250',
    },
  })

type Clients = ReturnType<typeof clientsOf>

function clientsOf({ deployment, l1Url, l2Url }: TemporaryDevnet) {
  const { l1: l1Chain, l2: l2Chain, addresses } = deployment
  const l1 = createPublicClient({ chain: l1Chain, transport: http(l1Url), pollingInterval: 250 })
  const l2 = createPublicClient({ chain: l2Chain, transport: http(l2Url), pollingInterval: 250 })
  const wallet = (who: Account) =>
    createWalletClient({ chain: l1Chain, transport: http(l1Url), account: who })
  const settlement = optimistic({
    l1: { rpcUrl: l1Url },
    contracts: addresses,
    startBlock: deployment.rollup.l1StartBlock,
  })
  return {
    ...{ addresses, l1Chain, l2Chain, settlement, wallet },
    l1: l1.extend(publicActionsL1()),
    l2: l2.extend(publicActionsL2()),
    studioL1: wallet(account(cast.studio)).extend(walletActionsL1()),
    studioL2: createWalletClient({
      chain: l2Chain,
      transport: http(l2Url),
      account: account(cast.studio),
    }),
    async onL1(hash: Hash): Promise<TransactionReceipt> {
      return succeeded(await l1.waitForTransactionReceipt({ hash, timeout: 60_000 }), 'L1')
    },
  }
}

/** The story from the first transfer to the last wei. @throws Error at the first thing that does not hold */
export async function story(net: TemporaryDevnet, { svgPath, kills = 0 }: StoryOptions = {}): Promise<void> {
  const all = clientsOf(net)
  const liar = await startLiar(net, account(cast.liar))
  try {
    await liar.rollup.start()
    const { honestExit, block } = await lifeOnL2(all)
    const rival = await assertedOver(all, block)
    const told = await tellLie(all, liar, { rival, block })
    await proveHonest(all, honestExit)
    const { moves, heights } = await play(net, all, told, kills)
    if (svgPath !== undefined) draw(moves, heights, svgPath)
    await conclude(net, all, told)
    await afterwards(net, all, { ...told, honestExit })
  } finally {
    await liar.stop()
  }
}

/** Transfers, and a withdrawal by somebody who is honest. Answers the block with most of them. */
async function lifeOnL2({
  l2,
  studioL2,
  l2Chain,
}: Clients): Promise<{ honestExit: TransactionReceipt; block: bigint }> {
  step('Life on L2: transfers, and a studio that withdraws 1 ETH')
  const studio = account(cast.studio)
  let nonce = await l2.getTransactionCount({ address: studio.address })
  const common = { account: studio, chain: l2Chain }
  const sent: Hash[] = []
  for (let i = 0; i < TRANSFERS; i++)
    sent.push(
      await studioL2.sendTransaction({
        ...common,
        ...{
          to: `0x${(0xa11ce00 + i).toString(16).padStart(40, '0')}`,
          value: 1n,
          nonce: nonce++,
          gas: 21_000n,
        },
      }),
    )
  const exit = await studioL2.sendTransaction({
    ...common,
    to: predeploys.l2ToL1MessagePasser as Address,
    value: WITHDRAWN,
    nonce,
    data: encodeFunctionData({
      abi: parseAbi(['function initiateWithdrawal(address target, uint256 gasLimit, bytes data) payable']),
      args: [studio.address, 100_000n, '0x'],
    }),
  })
  const honestExit = succeeded(await l2.waitForTransactionReceipt({ hash: exit, timeout: 120_000 }), 'L2')
  const count = new Map<bigint, number>()
  for (const hash of sent) {
    const { blockNumber } = await l2.waitForTransactionReceipt({ hash, timeout: 120_000 })
    count.set(blockNumber, (count.get(blockNumber) ?? 0) + 1)
  }
  const [[block, most]] = [...count].sort(([, a], [, b]) => b - a) as [[bigint, number]]
  note(`${most} transfers are in block ${block}, the withdrawal is in block ${honestExit.blockNumber}`)
  return { honestExit, block }
}

async function assertedOver({ settlement }: Clients, block: bigint): Promise<Assertion> {
  step("The sequencer's proposer asserts what came of it")
  const assertion = await until(
    'an assertion over that block',
    async () => {
      const found = await settlement.getAssertions(0n, 10_000)
      return found.find(({ blockNumber }) => blockNumber >= block)
    },
    240,
  )
  note(`batch ${assertion.batchIndex} ends with block ${assertion.blockNumber}: ${assertion.outputRoot}`)
  return assertion
}

interface Told {
  /** the wrong assertion, and the right one */
  wrong: Address
  right: Assertion
  withdrawal: FalseWithdrawal
  /** L1 block before the lie */
  since: bigint
}

/** The wrong root, and the withdrawal that it makes provable. */
async function tellLie(
  all: Clients,
  liar: Liar,
  { rival, block }: { rival: Assertion; block: bigint },
): Promise<Told> {
  const { l1, l2, addresses, wallet, onL1 } = all
  step('A liar asserts another root, with a withdrawal of everything that the portal holds')
  const portal = addresses.optimismPortal
  const held = await l1.getBalance({ address: portal })
  const last = await l2.getBlock({ blockNumber: rival.blockNumber })
  const withdrawal = falseWithdrawal(account(cast.liar).address, held, last.hash)
  await until(
    'the liar to have derived the chain',
    async () => liar.rollup.chain.head('safe').number >= rival.blockNumber,
  )
  await liar.rollup.services.disputes!.tick()
  const since = await l1.getBlockNumber({ cacheTime: 0 })
  const wrong = (await liar.claim({
    ...{ rival, from: block, outputRoot: withdrawal.outputRoot },
    // Somewhere in the middle of the block's run, which has about nine spans.
    lie: { span: 4, step: 600_001, seed: 1 },
  })) as Address
  const bond = await l1.readContract({ address: wrong, abi: assertionGameAbi, functionName: 'bond' })
  note(`${wrong} claims ${withdrawal.outputRoot}, with a bond of ${formatEther(bond)} ETH`)
  const games = await l1.readContract({
    ...{ address: addresses.disputeGameFactory, abi: disputeGameFactoryAbi, functionName: 'gameCount' },
  })
  let index = games - 1n
  for (; ; index--) {
    const [, , proxy] = await l1.readContract({
      ...{ address: addresses.disputeGameFactory, abi: disputeGameFactoryAbi, functionName: 'gameAtIndex' },
      args: [index],
    })
    if (proxy.toLowerCase() === wrong) break
  }
  const { outputRootProof, withdrawalProof } = withdrawal
  await onL1(
    await wallet(account(cast.liar)).writeContract({
      ...{ address: portal, abi: optimismPortalAbi, functionName: 'proveWithdrawalTransaction' },
      args: [withdrawal.withdrawal, index, outputRootProof, withdrawalProof],
    }),
  )
  hold(true, `a withdrawal of ${formatEther(held)} ETH, all that users have there, is proven under it`)
  return { wrong, right: rival, withdrawal, since }
}

async function proveHonest(
  { l1, l2, l2Chain, studioL1, onL1 }: Clients,
  receipt: TransactionReceipt,
): Promise<void> {
  step("The studio proves its withdrawal under the proposer's assertion, as on any day")
  const targetChain = l2Chain as never
  const { game, withdrawal } = (await l1.waitToProve({ receipt, targetChain } as never)) as never as {
    game: never
    withdrawal: never
  }
  const proof = await l2.buildProveWithdrawal({ account: account(cast.studio), game, withdrawal } as never)
  await onL1(await studioL1.proveWithdrawal({ ...(proof as object), targetChain } as never))
  hold(
    (await l1.getWithdrawalStatus({ receipt, targetChain } as never)) === 'waiting-to-finalize',
    'it is proven, whatever the liar says',
  )
}

const nameOf = (address: string): string => {
  const name = Object.entries(cast).find(
    ([, user]) => user.address.toLowerCase() === address.toLowerCase(),
  )?.[0]
  return name === 'honest' ? 'verifier' : (name ?? 'proposer')
}

const gasText = (gas: bigint): string => gas.toLocaleString('en').padStart(11)

/** A move as a line. */
function tell(move: MoveOnL1, heights: readonly number[]): void {
  const { kind, account: who, level, from, count, l1Block, gas, together } = move
  const part =
    count === 1 ? `${levelName(level)} ${from}` : `${levelName(level)} ${from} to ${from + count - 1}`
  const shared = together > 1 ? ` (${together} moves)` : ''
  note(
    `L1 ${String(l1Block).padStart(4)}  ${nameOf(who).padEnd(8)} ${kind.padEnd(7)} ${bar(move, heights[level]!)} ${gasText(gas)} gas${shared}  ${part}`,
  )
}

/** Follows the dispute until a step is proven. */
async function play(
  net: TemporaryDevnet,
  { l1, addresses }: Clients,
  { since }: Told,
  kills: number,
): Promise<{ moves: MoveOnL1[]; heights: readonly number[] }> {
  step('The verifier plays, with a key that has no permission; the liar defends himself')
  const access = new L1Access({
    ...{ transport: http(net.l1Url), account: account(cast.onlooker), logger: silentLogger },
    ...{ tree: addresses.challengeTree, startBlock: net.deployment.rollup.l1StartBlock },
  })
  const { heights } = await access.rules()
  const read = moveReader(l1, { access, tree: addresses.challengeTree, from: since + 1n })
  const moves: MoveOnL1[] = []
  const isOver = () => moves.some(({ kind }) => kind === 'prove')
  const killing = killVerifier(net, kills, isOver)
  await until(
    'the proof of one step',
    async () => {
      for (const move of await read()) {
        moves.push(move)
        // Claims about later batches are the proposer's daily work.
        if (move.kind !== 'claim' || nameOf(move.account) === 'liar') tell(move, heights)
      }
      return isOver()
    },
    PLAY_SECONDS,
  )
  const killed = await killing
  if (kills > 0) hold(killed === kills, `the verifier was killed ${killed} times, and went on each time`)
  const proof = moves.find(({ kind }) => kind === 'prove')!
  hold(nameOf(proof.account) === 'verifier', 'the verifier has proven the one instruction at which they part')
  totals(moves)
  return { moves, heights }
}

/** Longest that the verifier is left alone before it is killed again. milliseconds */
const LIFE_MS = 4_000

/** Kills the verifier at any moment of its play, and starts it again. Answers how often. */
async function killVerifier(net: TemporaryDevnet, times: number, isOver: () => boolean): Promise<number> {
  for (let done = 0; done < times; done++) {
    await sleep(Math.random() * LIFE_MS)
    if (isOver()) return done
    const program = net.programs.verifier!
    process.kill(program.pid!, 'SIGKILL')
    await until('the end of the verifier', async () => !program.running(), 30)
    note(`        the verifier is killed (${done + 1}), and started again`)
    await net.startProgram('verifier')
  }
  return times
}

function totals(moves: readonly MoveOnL1[]): void {
  for (const who of ['verifier', 'liar']) {
    const own = moves.filter(({ account: by }) => nameOf(by) === who)
    const gas = new Map(own.map(({ transaction, gas: used }) => [transaction, used]))
    const sum = [...gas.values()].reduce((all, one) => all + one, 0n)
    note(`${who.padEnd(8)} ${own.length} moves in ${gas.size} transactions, ${sum.toLocaleString('en')} gas`)
  }
}

function draw(moves: readonly MoveOnL1[], heights: readonly number[], svgPath: string): void {
  const own = moves.filter(({ kind, account: by }) => kind !== 'claim' || nameOf(by) === 'liar')
  const svg = drawing(own, {
    heights,
    isHonest: (by) => nameOf(by) !== 'liar',
    title: 'From a wrong root to one instruction',
  })
  writeFileSync(svgPath, svg)
  note(`drawn in ${svgPath}`)
}

/** Time passes on L1, and the dispute is decided. */
async function conclude(net: TemporaryDevnet, all: Clients, { wrong, right }: Told): Promise<void> {
  const { l1 } = all
  step(`The challenge period of ${PERIOD} s passes on L1`)
  // L2's clock does not jump with L1's: nothing more is needed of it.
  await net.stopProgram('sequencer')
  await net.l1.request('evm_increaseTime', [PERIOD + 60])
  await net.l1.request('evm_mine')
  const statusOf = (address: Address) =>
    l1.readContract({ address, abi: assertionGameAbi, functionName: 'status' })
  await until('the decision', async () => (await statusOf(right.id as Address)) === 2, 240)
  hold(true, 'the right assertion is accepted')
  await until('the rejection', async () => (await statusOf(wrong)) === 1, 240)
  hold(true, 'the wrong one is rejected')
}

/** Who got what, and which withdrawal is paid. */
async function afterwards(
  net: TemporaryDevnet,
  all: Clients,
  { withdrawal, honestExit, since }: Told & { honestExit: TransactionReceipt },
): Promise<void> {
  const { l1, l2Chain, addresses, studioL1, onL1 } = all
  step('Bonds')
  const rewarded = await until(
    'the rewards of the verifier',
    async () => {
      const logs = await l1.getLogs({ address: addresses.challengeTree, fromBlock: since })
      const events = parseEventLogs({ abi: challengeTreeAbi, logs })
      const paid = events.filter(({ eventName }) => eventName === 'Rewarded') as unknown as {
        args: { account: Address; amount: bigint }
      }[]
      const own = paid.filter(({ args }) => nameOf(args.account) === 'verifier')
      const last = events.findLast(({ eventName }) => eventName === 'Rewarded')?.blockNumber
      const fetched = events.some(
        ({ eventName, args, blockNumber }) =>
          eventName === 'CreditClaimed' &&
          nameOf((args as { account: Address }).account) === 'verifier' &&
          last !== undefined &&
          blockNumber >= last,
      )
      return own.length > 0 && fetched && own.reduce((sum, { args }) => sum + args.amount, 0n)
    },
    240,
  )
  hold(rewarded > 0n, `the verifier got ${formatEther(rewarded)} ETH out of the liar's bond`)

  step('The two withdrawals')
  await net.l1.request('evm_increaseTime', [2 * PERIOD + 60])
  await net.l1.request('evm_mine')
  const portal = { address: addresses.optimismPortal, abi: optimismPortalAbi } as const
  const before = await l1.getBalance({ address: addresses.optimismPortal })
  const refused = await l1
    .simulateContract({
      ...portal,
      functionName: 'finalizeWithdrawalTransaction',
      args: [withdrawal.withdrawal],
      account: account(cast.liar),
    })
    .then(
      () => undefined,
      (error: unknown) => {
        const revert =
          error instanceof BaseError && error.walk((one) => one instanceof ContractFunctionRevertedError)
        return revert instanceof ContractFunctionRevertedError ? revert.data?.errorName : undefined
      },
    )
  hold(refused !== undefined, `the false one is refused, and always will be: ${refused}`)
  const targetChain = l2Chain as never
  await until(
    'the honest one to be ready',
    async () =>
      (await l1.getWithdrawalStatus({ receipt: honestExit, targetChain } as never)) === 'ready-to-finalize',
    240,
  )
  const [honest] = getWithdrawals({ logs: honestExit.logs })
  await onL1(await studioL1.finalizeWithdrawal({ withdrawal: honest!, targetChain } as never))
  hold(
    before - (await l1.getBalance({ address: addresses.optimismPortal })) === WITHDRAWN,
    `the honest one is paid: ${formatEther(WITHDRAWN)} ETH`,
  )
  say()
}
