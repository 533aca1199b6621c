// Whole disputes over full blocks of the EVM at the heights of production, on a real L1: moves, gas, and the time that the honest side takes.
import { assertionGameAbi, challengeTreeAbi, disputeGameFactoryAbi } from '@animechain/contracts'
import { silentLogger } from '@animechain/core'
import { pointProofs } from '@animechain/da-blob'
import { devnetChainId, users } from '@animechain/devnet'
import { guestBinary } from '@animechain/execution-wasm'
import {
  Commitments,
  DisputeStore,
  hostOf,
  L1Access,
  Player,
  replayerRunner,
} from '@animechain/proving-interactive'
import { Replayer, loadProgram } from '@animechain/proving-machine'
import { memoryStorage } from '@animechain/storage-memory'
import { testAccount } from '@animechain/testing'
import { decodeFunctionData, formatEther } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { DISPUTED, disputedChain } from './disputedChain.mjs'
import { claimOf, lyingCommitments, wrongKnowledge } from './disputeLiar.mjs'
import { preparation, transfers } from './load.mjs'
import { round } from './scope.mjs'
import { cases } from './worstCase.mjs'

const HEIGHTS = { blocks: 13, spans: 20, steps: 20 }
/** For a run that shows no more than that it works. */
const SMALL_HEIGHTS = { blocks: 13, spans: 20, steps: 10 }
const TRANSFERS = 460
const LIARS = 10
/** Of the test mnemonic. */
const [HONEST, FIRST_LIAR] = [5, 6]
/** EIP-7825: no transaction may have more. gas */
const MAX_TRANSACTION_GAS = 16_000_000n
/** wei */
const FEES = { normal: 10n ** 11n, urgent: 10n ** 12n }
/** Seconds of L1 between one side's answers and the other's. */
const BETWEEN = 12
const DAY = 86_400
const HASHING = '0x0000000000000000000000000000000000c0de03'
const abi = [...challengeTreeAbi, ...disputeGameFactoryAbi, ...assertionGameAbi]

/** Seconds on the clock, and of processors: the clock says little where other programs run too. */
function spent() {
  const { user, system } = process.cpuUsage()
  return { clock: performance.now() / 1000, processors: (user + system) / 1e6 }
}
const since = (began) => {
  const { clock, processors } = spent()
  return { clock: clock - began.clock, processors: processors - began.processors }
}
const add = (to, more) => {
  to.clock += more.clock
  to.processors += more.processors
}
const nothing = () => ({ clock: 0, processors: 0 })
const seconds = ({ clock, processors }) => `${round(clock, 1)} s (${round(processors, 1)} s of processors)`

/** Blocks that are disputed. */
const contents = {
  transfers: async (count) => ({
    what: `${count} ERC-20 transfers`,
    gasLimit: 30_000_000n,
    blocks: [await preparation(), await transfers('erc20', count)],
  }),
  worst: async (_, gas = MAX_TRANSACTION_GAS) => ({
    what: `KECCAK256 of 32 bytes with ${Number(gas) / 1e6} million gas`,
    gasLimit: 16_100_000n,
    code: { [HASHING]: cases['KECCAK256 of 32 bytes'] },
    blocks: [
      [],
      [
        await privateKeyToAccount(users[0].privateKey).signTransaction({
          ...{ type: 'eip1559', chainId: devnetChainId, nonce: 0, to: HASHING, gas },
          ...{ maxFeePerGas: 10n ** 11n, maxPriorityFeePerGas: 10n ** 6n },
        }),
      ],
    ],
  }),
}

/**
 * Runs of a program of which each commitment is computed once, whoever asks: the liars' share of the work is not what is measured.
 * @returns `view` for each side, with what commitments took which it was given without computing them
 */
function sharedRuns(runner) {
  const made = new Map()
  let shared
  const view = () => {
    const owed = nothing()
    const commit = async (run, options) => {
      const key = `${options.from} ${options.height} ${options.log2Stride}`
      const known = made.get(key)
      if (known) {
        if (known.by !== owed) add(owed, known.took)
        return known.commitment
      }
      const began = spent()
      const commitment = await run.commit(options)
      made.set(key, { commitment, took: since(began), by: owed, isSpans: options.log2Stride > 0 })
      return commitment
    }
    return {
      owed,
      runner: {
        program: runner.program,
        async open(inputs) {
          shared ??= await runner.open(inputs)
          const run = shared
          return { ...run, commit: (options) => commit(run, options), close: async () => {} }
        },
      },
    }
  }
  return { made, view }
}

async function openStore() {
  const storage = memoryStorage()
  await storage.start()
  return new DisputeStore(storage)
}

/** Moves and gas of an account, by what its transactions did. */
function account(client) {
  const receipts = []
  const names = (input) => {
    const { functionName, args } = decodeFunctionData({ abi, data: input })
    return functionName === 'multicall' ? args[0].flatMap((data) => names(data)) : [functionName]
  }
  return {
    onMined: (receipt) => void receipts.push(receipt),
    async sum() {
      const rows = new Map()
      for (const { transactionHash, gasUsed, status } of receipts) {
        const { input } = await client.getTransaction({ hash: transactionHash })
        const moves = names(input)
        const kinds = [...new Set(moves)]
        const name = `${kinds.length === 1 ? kinds[0] : 'several kinds together'}${status === 'success' ? '' : ', reverted'}`
        const row = rows.get(name) ?? { transactions: 0, moves: 0, gas: 0 }
        row.transactions++
        row.moves += moves.length
        row.gas += Number(gasUsed)
        rows.set(name, row)
      }
      return rows
    },
  }
}

function player(world, own, { commitments, knowledge, books }) {
  const { transport, deployment } = world
  const access = new L1Access({
    ...{ transport, account: own, logger: silentLogger, onMined: books.onMined },
    ...{ tree: deployment.addresses.challengeTree, startBlock: deployment.startBlock },
  })
  return { access, play: new Player({ access, commitments, chain: knowledge, fees: FEES }) }
}

/** Where the machine reads the blob for the first time: the step before which it has no data. */
async function blobRead(program, inputs) {
  const host = hostOf(inputs)
  const replayer = await Replayer.create(program, {
    ...host,
    preimage: (kind, key) => (kind === 1 ? undefined : host.preimage(kind, key)),
  })
  try {
    replayer.run()
  } catch (error) {
    if (error.code === 'PROVING_MISSING_PREIMAGE') return replayer.position
    throw error
  }
  throw new Error('the run reads no blob')
}

/** Steps at which the lies begin: about the middle of the run, each in a span of its own; or the step that reads a blob. */
async function liesAbout(program, inputs, { liars, at, heights }) {
  const span = 2n ** BigInt(heights.steps)
  const place = (step) => ({ span: Number(step / span), step: Number(step % span), at: step })
  if (at === 'blob') return { lies: [place(await blobRead(program, inputs))] }
  const replayer = await Replayer.create(program, hostOf(inputs), { snapshots: { states: 1 } })
  const began = spent()
  const end = replayer.run()
  const parts = BigInt(liars + 1)
  return {
    ...{ end, plain: since(began) },
    lies: Array.from({ length: liars }, (_, i) => place((end * BigInt(i + 1)) / parts)),
  }
}

/** Plays until nobody has a move, lets the timers run out, and collects. What it took the honest side, and rounds. */
async function playOut(world, honest, liars, scope) {
  const { period } = await honest.access.rules()
  const all = nothing()
  let rounds = 0
  // What several sides would do, whoever comes first pays for: here it is the honest one.
  const turn = async () => {
    const began = spent()
    const report = await honest.play.pass()
    add(all, since(began))
    let moves = report.movesMade
    for (const { play } of liars) moves += (await play.pass()).movesMade
    if (Date.now() > scope.deadline) throw new Error('time is over in the middle of a dispute')
    return moves
  }
  while ((await turn()) > 0) {
    rounds++
    await world.pass(BETWEEN)
  }
  const toLastStep = { ...all }
  // The right claim's timers run full, then the delays of collecting what was won.
  for (const wait of [period, 2 * DAY, period, period]) {
    await world.pass(wait)
    const began = spent()
    await honest.play.pass()
    add(all, since(began))
  }
  return { all, toLastStep, rounds }
}

async function verdict({ access }, own) {
  const { view, tournaments, finished } = await access.look()
  const all = [...tournaments, ...finished].flatMap((id) => view.assertions(id))
  const accepted = all.filter(({ status }) => status === 'accepted')
  if (accepted.length !== 1 || accepted[0].asserter !== own.address.toLowerCase())
    throw new Error('the honest claim was not accepted')
  return all.length - 1
}

function print(rows) {
  const total = { transactions: 0, moves: 0, gas: 0 }
  const shown = {}
  for (const [name, row] of [...rows].sort(([a], [b]) => (a < b ? -1 : 1))) {
    shown[name] = { ...row, 'gas a move': Math.round(row.gas / row.moves) }
    for (const key of Object.keys(total)) total[key] += row[key]
  }
  console.table({
    ...shown,
    'the honest side': { ...total, 'gas a move': Math.round(total.gas / total.moves) },
  })
}

const grouped = (value) => Number(value).toLocaleString('en')

function describe({ what, da, at, lies, end, plain, beaten, made, result, heights }) {
  const commitments = [...made.values()]
  const spans = commitments.filter(({ isSpans }) => isSpans)
  const steps = commitments.filter(({ isSpans }) => !isSpans)
  const each = (list) => list.map(({ took }) => seconds(took)).join(', ')
  console.log(
    [
      `${what}, in ${da === 'blob' ? 'a blob' : 'calldata'}; heights ${heights.blocks}/${heights.spans}/${heights.steps}; ${beaten === 1 ? 'one liar' : `${beaten} liars`}${at === 'blob' ? ' about the step that reads the blob' : ''}.`,
      end === undefined ? '' : `The run: ${grouped(end)} steps, replayed in ${seconds(plain)}.`,
      `Lies from ${lies.length === 1 ? 'step' : 'steps'} ${lies.map(({ at: step }) => grouped(step)).join(', ')} on.`,
      `Replaying and committing to all spans: ${each(spans)}. Committing to the steps of a span: ${each(steps)}.`,
      `The honest side computed and sent for ${seconds(result.toLastStep)} until the last step was proven, ${seconds(result.all)} to the last wei, in ${result.rounds} rounds.`,
    ]
      .filter((line) => line !== '')
      .join('\n'),
  )
}

/** The liars, each with a claim of its own. */
async function liarsOf(world, lies, right, heights) {
  const out = []
  for (const [i, lie] of lies.entries()) {
    const own = testAccount(FIRST_LIAR + i)
    const knowledge = wrongKnowledge(world.knowledge, i)
    const books = account(world.client)
    const claim = await world.settlementOf({ proposer: own }).assert(await claimOf(knowledge, heights.blocks))
    if (claim.status !== 'ok') throw new Error(`a wrong claim was refused: ${claim.reason ?? claim.status}`)
    const commitments = lyingCommitments(right, world.knowledge, { ...lie, height: heights.steps })
    out.push({ ...player(world, own, { commitments, knowledge, books }), books })
  }
  return out
}

/** One dispute over one block. */
async function disputeOver(scope, { content, count, da, liars, at, heights, gas }) {
  const made = await contents[content](count, gas)
  const world = await disputedChain(scope, { ...made, da, heights })
  const program = loadProgram(await guestBinary('proof'))
  const { knowledge, client } = world
  const inputs = await knowledge.proofInputs({ block: DISPUTED })
  const about = await liesAbout(program, inputs, { liars, at, heights })
  const runs = sharedRuns(replayerRunner(program, { blobProof: await pointProofs() }))
  const levels = [heights.blocks, heights.spans, heights.steps]
  const rules = inputs.inputs[3]
  const commitmentsOf = async ({ runner }) =>
    new Commitments({ runner, rules, heights: levels, chain: knowledge, store: await openStore() })
  const others = await liarsOf(world, about.lies, await commitmentsOf(runs.view()), heights)
  const me = testAccount(HONEST)
  const [books, own] = [account(client), runs.view()]
  const before = await client.getBalance({ address: me.address })
  const honest = player(world, me, { commitments: await commitmentsOf(own), knowledge, books })
  const result = await playOut(world, honest, others, scope)
  for (const sum of [result.all, result.toLastStep]) add(sum, own.owed)
  const beaten = await verdict(honest, me)
  describe({ ...made, ...about, da, at, beaten, result, heights, made: runs.made })
  print(await books.sum())
  let theirs = 0
  for (const other of others) for (const { gas: used } of (await other.books.sum()).values()) theirs += used
  const won = (await client.getBalance({ address: me.address })) - before
  console.log(
    `${grouped(theirs)} gas of the liars' own moves. The honest account ends ${round(Number(formatEther(won)), 3)} ether above its beginning.\n`,
  )
}

/** Blocks of transfers from a blob and the worst one from calldata; one liar and ten. */
export async function disputeCost({ newScope, scope, options }) {
  const count = Number(options.transactions ?? TRANSFERS)
  const isSmall = Number(options.seconds ?? 1) < 0.1
  const heights = isSmall ? SMALL_HEIGHTS : HEIGHTS
  const transfersOf = { content: 'transfers', count, da: 'blob', heights }
  const all = {
    transfers: { ...transfersOf, liars: 1 },
    blob: { ...transfersOf, liars: 1, at: 'blob' },
    worst: { content: 'worst', da: 'calldata', heights, liars: 1, ...(isSmall && { gas: 100_000n }) },
    liars: { ...transfersOf, liars: isSmall ? 2 : LIARS },
  }
  const names = options.only ? options.only.split(',') : Object.keys(all)
  for (const name of names) {
    if (!all[name]) throw new Error(`--only: expected some of ${Object.keys(all).join(', ')}, got ${name}`)
    const own = newScope(scope.deadline - Date.now())
    try {
      await disputeOver(own, all[name])
    } finally {
      await own.close()
    }
  }
}
