import {
  assertionGameAbi,
  challengeTreeAbi,
  devnetNetwork,
  fastExitsAbi,
  networkRoles,
  productionNetwork,
  stakeRegistryAbi,
} from '@animechain/contracts'
import { formatEther, parseEventLogs, zeroAddress, type Account } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { parties, type Parties } from '../demo/parties.js'
import { hold, note, say, step, until } from '../demo/tell.js'
import { startLiar } from '../dispute/liar.js'
import type { DevnetOptions } from '../options.js'
import type { NetworkPlace } from './members.js'
import { roles, users } from '../roles.js'
import { temporaryDevnet, type TemporaryDevnet } from '../temporary.js'
import { fastExits, type FastExit } from './exits.js'
import { steal, type Theft } from './theft.js'

/** Long enough for a dispute at a machine's pace, however slow. seconds of L1 */
const PERIOD = 3_600
/** Longest that the dispute may take. seconds */
const PLAY_SECONDS = 2_400
/** `IFastExits.Status` */
const RELEASED = 2
const REFILLED = 3
const role = networkRoles.verifier

/** Starts the chain of the story. @param l1Config further changes; smaller heights make a dispute shorter */
export const startNetworkStage = (
  onPhase: (phase: string) => void,
  l1Config: DevnetOptions['l1Config'] = {},
): Promise<TemporaryDevnet> =>
  temporaryDevnet({
    network: true,
    bridge: false,
    onPhase,
    l1Config: {
      ...{ challengePeriod: PERIOD, answeringTime: PERIOD / 2 },
      ...{ proofMaturityDelay: 2 * PERIOD, timelockDelay: 10 * PERIOD },
      ...l1Config,
    },
    verifierEnv: { ANIMECHAIN_POLL_INTERVAL: '500', ANIMECHAIN_L1_POLL_INTERVAL: '500' },
  })

/** How the story is told. */
export interface NetworkStoryOptions {
  /** How many of the verifiers sign a lie: all, or all but the one that derives the chain. Default: that one does not. */
  corrupt?: 'others' | 'all'
}

/**
 * The story from the first stake to the last wei. Where all are corrupt, the node that disputes plays with a key that has no stake.
 * @throws Error at the first thing that does not hold
 */
export async function networkStory(
  net: TemporaryDevnet,
  { corrupt: who = 'others' }: NetworkStoryOptions = {},
): Promise<void> {
  const all = parties({
    ...{ chainFile: net.chainFile, l1Url: net.l1Url, l2Url: net.l2Url, verifierUrl: net.verifierUrl! },
    pauseSequencer: () => net.stopProgram('sequencer'),
    end: () => Promise.resolve(),
  })
  await introduceVerifiers(net, all)
  const paid = await fastExits(all, net.network!)
  const proposer: Account = privateKeyToAccount(roles.proposer.privateKey)
  const thief: Account = privateKeyToAccount(users[5]!.privateKey)
  const liar = await startLiar(net, proposer)
  try {
    await liar.rollup.start()
    const corrupt = net.network!.slice(who === 'all' ? 0 : 1)
    const theft = await steal(net, all, { liar, thief, corrupt })
    const staked = await stakesOf(all, corrupt)
    const since = await all.l1.getBlockNumber({ cacheTime: 0 })
    await dispute(net, all, theft)
    await judge(net, all, theft)
    await account(net, all, { theft, staked, since, paid, corrupt })
  } finally {
    await liar.stop()
  }
}

/** Who they are, and what a withdrawal costs on each way. */
async function introduceVerifiers(net: TemporaryDevnet, all: Parties): Promise<void> {
  const { l1, addresses } = all
  step('Seven verifiers, each with stake on L1 and a key of its own')
  const registry = { address: addresses.stakeRegistry!, abi: stakeRegistryAbi } as const
  const total = await until(
    'their first epoch',
    async () => {
      const epoch = await l1.readContract({ ...registry, functionName: 'currentEpoch' })
      const weight = await l1.readContract({
        ...{ ...registry, functionName: 'totalWeightAt', args: [role, epoch] },
      })
      return weight > 0n && weight
    },
    180,
  )
  for (const { name, owner, key } of net.network!)
    note(`${name.padEnd(9)} owner ${owner.address}, attests with ${key.address}`)
  hold(total === 700n * 10n ** 18n, `${formatEther(total)} ETH of weight; half of it is cover`)
  note(
    `canonical: 7 days on a production chain (${PERIOD / 60} minutes here), no fee; nobody but L1 is trusted`,
  )
  note(
    `covered-fast: ${productionNetwork.minAge / 60} minutes (${devnetNetwork.minAge} s here), a thousandth; the verifiers' stake is what is at risk, never the bridge`,
  )
}

function stakesOf({ l1, addresses }: Parties, members: readonly NetworkPlace[]): Promise<bigint> {
  return l1.readContract({
    ...{ address: addresses.stakeRegistry!, abi: stakeRegistryAbi, functionName: 'stakeOf' },
    args: [role, members.map(({ owner }) => owner.address), zeroAddress],
  })
}

/** What Diligence took of members since a block of L1: they do not derive, so they answer no draw. wei */
async function missedBy(
  { l1, addresses }: Parties,
  members: readonly NetworkPlace[],
  since: bigint,
): Promise<bigint> {
  const owners = new Set(members.map(({ owner }) => owner.address.toLowerCase()))
  const taken = await l1.getContractEvents({
    ...{ address: addresses.stakeRegistry!, abi: stakeRegistryAbi, eventName: 'Slashed', strict: true },
    fromBlock: since + 1n,
  })
  return taken
    .filter(({ args }) => args.slasher.toLowerCase() === addresses.diligence!.toLowerCase())
    .filter(({ args }) => owners.has(args.member.toLowerCase()))
    .reduce((sum, { args }) => sum + args.amount, 0n)
}

/** The honest one comes back, and the fraud proof decides. */
async function dispute(net: TemporaryDevnet, all: Parties, { wrong }: Theft): Promise<void> {
  const { l1, addresses } = all
  step('The node that looks comes back: it raises an alarm, asserts the right root, and plays the dispute')
  const since = await l1.getBlockNumber({ cacheTime: 0 })
  await net.startProgram('verifier')
  const { gossipUrl } = net.network![0]!
  await until(
    'its alarm',
    async () => (await (await fetch(`${gossipUrl}/v1/alarms`)).arrayBuffer()).byteLength > 0,
    240,
  )
  hold(true, 'an alarm is out, for every node to check by itself')
  const isProven = async () =>
    (
      await l1.getContractEvents({
        ...{ address: addresses.challengeTree, abi: challengeTreeAbi, eventName: 'Proven', fromBlock: since },
      })
    ).length > 0
  await until('the proof of one step', isProven, PLAY_SECONDS)
  hold(true, 'one instruction is proven on L1: the root is wrong')
  const tournament = await l1.readContract({
    address: wrong,
    abi: assertionGameAbi,
    functionName: 'tournament',
  })
  note(`dispute ${tournament}`)
}

/** Time passes on L1; the right root is accepted, and the verifier settles. */
async function judge(net: TemporaryDevnet, { l1, addresses }: Parties, { wrong, id }: Theft): Promise<void> {
  step(`The challenge period of ${PERIOD} s passes on L1`)
  // L2's clock does not jump with L1's: nothing more is needed of it.
  await net.stopProgram('sequencer')
  await net.l1.request('evm_increaseTime', [PERIOD + 60])
  await net.l1.request('evm_mine')
  const status = () => l1.readContract({ address: wrong, abi: assertionGameAbi, functionName: 'status' })
  await until('the rejection', async () => (await status()) === 1, 240)
  hold(true, 'the wrong assertion is rejected')
  const exits = { address: addresses.fastExits!, abi: fastExitsAbi } as const
  await until(
    'the settlement',
    async () =>
      (await l1.readContract({ ...exits, functionName: 'certificateOf', args: [id] })).status === REFILLED,
    240,
  )
  hold(
    true,
    'the verifier has settled the certificate: "the transaction is invalidated, and the verifier is rewarded"',
  )
}

/** Every wei: who lost it, and where it went. */
async function account(
  net: TemporaryDevnet,
  all: Parties,
  parts: {
    theft: Theft
    staked: bigint
    since: bigint
    paid: readonly FastExit[]
    corrupt: readonly NetworkPlace[]
  },
): Promise<void> {
  const { l1, addresses } = all
  const { theft, staked, since, paid, corrupt } = parts
  step('Every wei of it')
  const exits = { address: addresses.fastExits!, abi: fastExitsAbi, fromBlock: 0n } as const
  const [refilled] = await l1.getContractEvents({
    ...exits,
    eventName: 'Refilled',
    args: { id: theft.id },
    strict: true,
  })
  const receipt = await l1.getTransactionReceipt({ hash: refilled!.transactionHash })
  const [distributed] = parseEventLogs({ abi: fastExitsAbi, logs: receipt.logs, eventName: 'Distributed' })
  const { slashed, refilled: back, finder, reward, burned } = distributed!.args
  const [honest] = net.network!
  note(`slashed  ${formatEther(slashed).padStart(8)} ETH of the ${corrupt.length}`)
  note(`refilled ${formatEther(back).padStart(8)} ETH, to the bridge`)
  note(`finder   ${formatEther(reward).padStart(8)} ETH, to ${finder}`)
  note(`burned   ${formatEther(burned).padStart(8)} ETH`)
  note(`insured  ${formatEther(slashed - back - reward - burned).padStart(8)} ETH, for whoever is next`)
  hold(
    (await stakesOf(all, corrupt)) === 0n,
    `the ${corrupt.length} have nothing left of ${formatEther(staked)} ETH`,
  )
  const missed = await missedBy(all, corrupt, since)
  if (missed > 0n)
    note(`before that ${formatEther(missed)} ETH, as they were drawn meanwhile and had nothing to show`)
  hold(slashed + missed === staked, 'all of it was taken, to the wei')
  hold(back === theft.amount, 'the bridge got back what it paid, to the wei')
  hold(
    finder.toLowerCase() === honest!.key.address.toLowerCase() && reward > 0n,
    'the node that settled it is rewarded',
  )
  const portal = await l1.getBalance({ address: addresses.optimismPortal })
  hold(portal === theft.portalBefore, `the portal holds ${formatEther(portal)} ETH, as before the theft`)
  hold(
    slashed >= 2n * theft.amount,
    `the thieves won ${formatEther(theft.amount)} ETH and lost ${formatEther(slashed)}: ${slashed / theft.amount} times as much`,
  )
  step('The honest exits of the beginning')
  for (const { id, asset, fee } of paid) {
    await until(
      'its release',
      async () =>
        (await l1.readContract({ ...exits, functionName: 'certificateOf', args: [id] })).status === RELEASED,
      240,
    )
    const unit = asset === zeroAddress ? 'ETH' : 'CREDIT'
    hold(
      true,
      `accepted by L1 in the end: the reservation is over, and ${formatEther(fee)} ${unit} of fee are the signers'`,
    )
  }
  say()
}
