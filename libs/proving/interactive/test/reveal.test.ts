import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import {
  bytesToHex,
  emptyAccumulator,
  silentLogger,
  type Address,
  type Hash,
  type Hex,
} from '@animechain/core'
import { challengeTreeAbi } from '@animechain/contracts/ChallengeTree'
import { deployL1, devnetDefaults, disputeGameFactoryAbi, inboxAbi } from '@animechain/contracts'
import { anvil, patient, testAccount, type Anvil } from '@animechain/testing'
import {
  concatHex,
  createPublicClient,
  createWalletClient,
  encodeAbiParameters,
  encodeFunctionData,
  http,
  parseEventLogs,
  zeroAddress,
  type Account,
} from 'viem'
import { foundry } from 'viem/chains'
import { Commitments, L1Access, Player, replayerRunner } from '../src/index.js'
import { openStore } from './l1World.js'
import { LyingCommitments, truthFrom } from '../src/liar.js'
import { eventBytes, revealedBy, type Category, type Revealed } from './revealed.js'
import {
  hex,
  secret,
  secretChain,
  secretGenesis,
  secretProgram,
  secretRules,
  WORDS_READ,
} from './secretProgram.js'
import { toyClaim } from './toyChain.js'

const PERIOD = 3_600
const HEIGHTS = [13, 4, 5] as const
const BLOCKS = 3
const [deployer, keys, honest, liar] = [0, 1, 5, 6].map(testAccount) as ReturnType<typeof testAccount>[]

/** A byte sequence of the secret that is long enough not to be there by chance, in the order of memory or of a slot. */
const WINDOW = 6
const isPrivate = (data: string): boolean => {
  const text = data.toLowerCase()
  for (let at = 0; at + WINDOW <= secret.length; at++) {
    const window = secret.subarray(at, at + WINDOW)
    if (text.includes(hex(window)) || text.includes(hex(window.slice().reverse()))) return true
  }
  return false
}

/** The chain of a program that reads a secret, on a real L1. */
async function world() {
  const l1 = await anvil({ blockTime: 1, accounts: 10 })
  const transport = http(l1.url, patient)
  const client = createPublicClient({ transport, chain: foundry, cacheTime: 0, pollingInterval: 50 })
  const wallet = (account: Account) => createWalletClient({ transport, chain: foundry, account })
  const all = keys!.address
  const deployment = await deployL1({
    publicClient: client,
    walletClient: wallet(deployer!),
    genesisOutputRoot: () => secretGenesis,
    config: {
      ...devnetDefaults,
      challengePeriod: PERIOD,
      answeringTime: PERIOD / 2,
      proofMaturityDelay: 2 * PERIOD,
      timelockDelay: 10 * PERIOD,
      l2ChainId: 26_463n,
      heights: { blocks: HEIGHTS[0], spans: HEIGHTS[1], steps: HEIGHTS[2] },
      proving: { program: secretProgram, rulesHash: secretRules },
      roles: {
        ...{ timelockProposer: all, operator: all, guardian: all, sequencer: all, batcher: all },
        ...{ proposer: all, challenger: all },
      },
    },
  })
  await l1.request('evm_setIntervalMining', [0])
  await l1.request('evm_setAutomine', [true])
  const { timestamp } = await client.getBlock()
  const header = { firstBlock: 1n, blockCount: BLOCKS, depositsReadAfter: 0n, lastTimestamp: timestamp }
  const appended = await wallet(keys!).writeContract({
    ...{ address: deployment.addresses.inbox, abi: inboxAbi, functionName: 'appendBatch' },
    args: [header, emptyAccumulator, emptyAccumulator, 1, '0x01'],
  })
  const { logs } = await client.waitForTransactionReceipt({ hash: appended })
  const [event] = parseEventLogs({ abi: inboxAbi, logs, eventName: 'BatchAppended' })
  return { l1, transport, client, wallet, deployment, acc: event!.args.acc }
}

type World = Awaited<ReturnType<typeof world>>

/** One dispute about block 2 up to its end, with everything that was sent to L1 for it. */
async function dispute(w: World, lie: { span: number; step: number }) {
  const { client, transport, deployment, l1 } = w
  const about = { acc: w.acc, lastBlock: BigInt(BLOCKS) }
  const [chain, wrong] = [secretChain(about), secretChain(about, 2n)]
  const first = await client.getBlockNumber()
  await assertWrong(w, wrong)
  const options = { runner: replayerRunner(secretProgram), heights: HEIGHTS, rules: secretRules, chain }
  const access = (account: Account) =>
    new L1Access({
      ...{ transport, account, logger: silentLogger, tree: deployment.addresses.challengeTree },
      startBlock: deployment.startBlock,
    })
  const fees = { normal: 10n ** 11n, urgent: 10n ** 12n }
  const good = new Player({
    ...{ access: access(honest!), chain, fees },
    commitments: new Commitments({ ...options, store: await openStore() }),
  })
  const bad = new Player({
    ...{ access: access(liar!), chain: { ...wrong, proofInputs: chain.proofInputs }, fees },
    commitments: new LyingCommitments(
      { ...options, store: await openStore() },
      { ...lie, seed: 1 },
      truthFrom(chain),
    ),
  })
  // Answers follow one another closely; when nobody has any, time passes up to the end of all claims on the pot.
  for (let idle = 0; idle < 12;) {
    const moves = (await bad.pass()).movesMade + (await good.pass()).movesMade
    if (moves === 0) idle++
    await l1.request('evm_increaseTime', [moves === 0 ? PERIOD / 2 : PERIOD / 60])
    await l1.request('evm_mine', [])
  }
  return sentSince(w, first + 1n)
}

async function assertWrong(
  { client, wallet, deployment, acc }: World,
  wrong: ReturnType<typeof secretChain>,
) {
  const { root, output, siblings } = await toyClaim(wrong, HEIGHTS[0], 0)
  const words = [
    { type: 'uint256' },
    { type: 'uint256' },
    { type: 'bytes32' },
    { type: 'address' },
    { type: 'bytes32' },
  ]
  const about = encodeAbiParameters(words, [BigInt(BLOCKS), 0n, acc, zeroAddress, root])
  const hash = await wallet(liar!).writeContract({
    ...{
      address: deployment.addresses.disputeGameFactory,
      abi: disputeGameFactoryAbi,
      functionName: 'create',
    },
    args: [0, output, concatHex([about, ...(siblings as Hash[])])],
    value: devnetDefaults.assertionBond,
  })
  await client.waitForTransactionReceipt({ hash })
}

interface Sent {
  readonly inputs: readonly Hex[]
  readonly events: number
  readonly eventText: string
  readonly moves: readonly Revealed[]
}

/** All transactions and events of L1 from a block on: nobody else is there. */
async function sentSince({ client, deployment }: World, from: bigint): Promise<Sent> {
  const inputs: Hex[] = []
  const logs = await client.getLogs({ fromBlock: from })
  for (let number = from; number <= (await client.getBlockNumber()); number++) {
    const { transactions } = await client.getBlock({ blockNumber: number, includeTransactions: true })
    inputs.push(...transactions.map(({ input }) => input))
  }
  const { challengeTree, disputeGameFactory } = deployment.addresses
  const known = [challengeTree, disputeGameFactory].map((each) => each.toLowerCase() as Address)
  const games = logs.filter(({ address }) => !known.includes(address)).map(({ address }) => address)
  return {
    inputs,
    events: eventBytes(logs, [...known, ...games]),
    eventText: logs.map(({ topics, data }) => `${topics.join('')}${data}`).join(' '),
    moves: inputs.flatMap((input) => revealedBy(input)),
  }
}

/** The steps of block 2 by what they touch, found in the run itself. */
async function steps(w: World) {
  const about = { acc: w.acc, lastBlock: BigInt(BLOCKS) }
  const chain = secretChain(about)
  const commitments = new Commitments({
    ...{ runner: replayerRunner(secretProgram), heights: HEIGHTS, rules: secretRules, chain },
    store: await openStore(),
  })
  const block = {
    ...{
      tournament: `0x${'0'.repeat(64)}` as Hash,
      number: 2n,
      batchAcc: w.acc,
      parentBatchIndex: -1n,
      batchIndex: 0n,
    },
    before: (await chain.outputRoot(1n))!,
    after: (await chain.outputRoot(2n))!,
  }
  const found: Record<'plain' | 'load' | 'preimage', { span: number; step: number } | undefined> = {
    ...{ plain: undefined, load: undefined, preimage: undefined },
  }
  const whole = hex(secret.subarray(0, 32))
  for (let i = 0; i < 2 ** (HEIGHTS[1] + HEIGHTS[2]); i++) {
    const [span, step] = [i >> HEIGHTS[2], i % 2 ** HEIGHTS[2]]
    const { witness } = await commitments.proveStep(block, span, step)
    const shown = witness.proof.map((word) => word.slice(2))
    const isWhole = bytesToHex(witness.data) === bytesToHex(secret)
    if (isWhole) found.preimage ??= { span, step }
    else if (shown.includes(whole)) found.load ??= { span, step }
    else if (i > 20 && witness.proof.length > 20 && !isPrivate(shown.join(''))) found.plain ??= { span, step }
  }
  await commitments.close()
  return found as Record<'plain' | 'load' | 'preimage', { span: number; step: number }>
}

const total = (moves: readonly Revealed[], category: Category): number =>
  moves.reduce((sum, { bytes }) => sum + bytes[category], 0)

describe('what a dispute reveals on L1', () => {
  let w: World
  let snapshot: string
  let at: Awaited<ReturnType<typeof steps>>
  beforeAll(async () => {
    w = await world()
    at = await steps(w)
  }, 240_000)
  afterAll(() => (w?.l1 as Anvil | undefined)?.stop())
  beforeEach(async () => {
    snapshot = await w.l1.request<string>('evm_snapshot')
  })
  afterEach(() => w.l1.request('evm_revert', [snapshot]))

  test.each([
    ['a step that touches no private byte', 'plain', false],
    ['a load of private memory', 'load', true],
    ['a read of a private preimage', 'preimage', true],
  ] as const)(
    '%s',
    async (_, kind, isRevealing) => {
      const { inputs, events, eventText, moves } = await dispute(w, at[kind])
      // Every byte of every move is one of the categories.
      const made = [...new Set(moves.map(({ move }) => move))]
      const expected = 'create bisect refine prove update resolve slash reward claimCredit'.split(' ')
      expect(made).toEqual(expect.arrayContaining(expected))
      const sizes = inputs.reduce((sum, input) => sum + (input.length - 2) / 2, 0)
      const categories: Category[] = ['hash', 'number', 'code', 'memory', 'slots', 'host', 'framing']
      expect(categories.reduce((sum, each) => sum + total(moves, each), 0)).toBe(sizes)
      expect(events % 32).toBe(0)

      // Nothing but the one step shows more than hashes and numbers.
      const proofs = moves.filter(({ open }) => open.length > 0)
      expect(proofs.map(({ move }) => move)).toEqual(['prove'])
      const { open, bytes } = proofs[0]!
      expect(bytes.memory + bytes.slots).toBeLessThanOrEqual(9 * 32)
      const shown = open.map((each) => each.slice(2)).join(' ')
      expect(isPrivate(shown)).toBe(isRevealing)

      // What is private stands there alone.
      expect(isPrivate(eventText)).toBe(false)
      const rest = inputs.map((input) =>
        open.reduce((text, each) => text.replaceAll(each.slice(2), ''), input.slice(2)),
      )
      expect(rest.some(isPrivate)).toBe(false)

      // A load shows the one leaf that it reads, a preimage all of its data: read or not.
      const words = Array.from({ length: 16 }, (__, i) => hex(secret.subarray(32 * i, 32 * i + 32)))
      const seen = words.filter((word) => shown.includes(word)).length
      expect(seen).toBe({ plain: 0, load: 1, preimage: 16 }[kind])
      expect(bytes.host).toBe(kind === 'preimage' ? secret.length : 0)
      expect(seen > WORDS_READ).toBe(kind === 'preimage')
    },
    240_000,
  )
})

describe('the sizes that docs/spec/game.md states', () => {
  const word: Hash = `0x${'0'.repeat(64)}`
  const words = (count: number): Hash[] => Array.from({ length: count }, () => word)
  const state = {
    ...{ status: 0, pc: 0, sp: 0, fp: 0, pages: 0 },
    ...{ codeRoot: word, ramRoot: word, inputs: word, output: word },
  }
  /** The last leaf of a level: no place takes more to name. */
  const leaf = (level: number, height: number) => ({
    ...{
      level,
      top: word,
      position: 2n ** BigInt(height) - 1n,
      lefts: words(height),
      root: word,
      before: word,
    },
    beforeProof: [],
  })
  const abi = challengeTreeAbi
  const size = (data: Hex): number => (data.length - 2) / 2

  test('of moves at the heights 13, 20 and 20', () => {
    const claim = concatHex(words(5 + 13))
    const create = { abi: disputeGameFactoryAbi, functionName: 'create', args: [0, word, claim] } as const
    expect(size(encodeFunctionData(create))).toBe(708)
    expect(size(encodeFunctionData({ abi, functionName: 'bisect', args: [word, word, word] }))).toBe(100)
    const refine = (level: number, height: number) =>
      size(
        encodeFunctionData({
          ...{ abi, functionName: 'refine' },
          args: [leaf(level, height), word, words(20), state],
        }),
      )
    expect([refine(0, 13), refine(1, 20)]).toEqual([1_764, 1_988])
    // memory.copy: three operands, two source leaves and one of the target, three operands written.
    const proof = words(20 + 6 * 17 + 3 * 29)
    const prove = { abi, functionName: 'prove', args: [leaf(2, 20), state, proof, '0x'] } as const
    const data = encodeFunctionData(prove)
    expect(size(data)).toBe(8_068)
  })
})
