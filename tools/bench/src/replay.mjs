// The proof program over one block of transfers: on V8, in the replayer without and with notes of what is written, and with commitments to the states of its spans.
import { rollupChain } from '@animechain/core'
import { devnetChainId, users } from '@animechain/devnet'
import { guestBinary, runProof, wasm, witnessHost } from '@animechain/execution-wasm'
import { Replayer, loadProgram, replayerModule } from '@animechain/proving-machine'
import { memoryStorage } from '@animechain/storage-memory'
import { hexToBytes } from 'viem'
import { compileReplayer } from '../../../libs/proving/machine/scripts/buildReplayer.mjs'
import { preparation, transfers } from './load.mjs'
import { round } from './scope.mjs'

const ZERO = `0x${'00'.repeat(32)}`
const GAS_LIMIT = 30_000_000n
/** About 16 million gas. */
const TRANSFERS = 460
/** A span is 2^20 steps, its states are committed to one by one. */
const LOG2_SPAN = 20
const alloc = Object.fromEntries(users.map(({ address }) => [address.toLowerCase(), { balance: 10n ** 22n }]))

const timed = async (work) => {
  const began = performance.now()
  const result = await work()
  return { result, seconds: (performance.now() - began) / 1000 }
}

/** What the program reads to prove a block of so many ERC-20 transfers, and what it gives. */
export async function recordBlock(scope, count) {
  const engine = wasm()
  const storage = memoryStorage()
  await storage.start()
  scope.onClose(async () => {
    await engine.close()
    await storage.stop()
  })
  const hashes = new Map()
  const attributes = {
    beneficiary: '0x4200000000000000000000000000000000000011',
    gasLimit: GAS_LIMIT,
    prevRandao: ZERO,
    extraData: '0x',
  }
  let head = await engine.open({
    chain: rollupChain({ chainId: BigInt(devnetChainId) }),
    genesis: { timestamp: 1_790_000_000n, baseFeePerGas: 1_000_000n, alloc, ...attributes },
    storage,
    blockHash: (number) => hashes.get(number),
  })
  const input = (raws) => ({
    ...{ number: head.number + 1n, timestamp: head.timestamp + 1n, parentBeaconBlockRoot: ZERO },
    ...attributes,
    transactions: raws.map((raw) => hexToBytes(raw)),
  })
  const first = await engine.executeBlock(head, input(await preparation()))
  head = first.header
  hashes.set(head.number, head.hash)
  const block = input(await transfers('erc20', count))
  const witness = await engine.recordWitness(head, block)
  const { header } = await engine.executeBlock(head, block)
  return { host: witnessHost(witness), outputRoot: witness.outputRoot, gas: Number(header.gasUsed) }
}

/** Without snapshots, so that a run is nothing but a run. */
const plain = { snapshots: { states: 1 } }

/** Compiled without notes of what is written: a plain interpreter. */
async function plainModule() {
  return { module: await WebAssembly.compile(await compileReplayer({ tracking: false })) }
}

/** Runs of a block, and what each gives: [seconds, steps, output]. */
async function runs(program, { host, outputRoot }) {
  const tracking = await replayerModule()
  const without = await plainModule()
  const whole = (module) => () => {
    const replayer = new Replayer(module, program, host, plain)
    const { registers } = (replayer.run(), replayer)
    if (registers.output !== outputRoot)
      throw new Error(`the replayer comes to ${registers.output}, V8 to ${outputRoot}`)
    return replayer
  }
  return {
    'V8 (no state in between)': () => runProof(host).then(() => undefined),
    'plain interpreter': whole(without),
    'with notes of what is written': whole(tracking),
    'and commitments to its spans': () => {
      const replayer = new Replayer(tracking, program, host, plain)
      replayer.commit({ from: 0n, height: 20, log2Stride: LOG2_SPAN })
      return replayer
    },
    'and states to go back to': () => {
      const replayer = new Replayer(tracking, program, host)
      replayer.commit({ from: 0n, height: 20, log2Stride: LOG2_SPAN })
      return replayer
    },
  }
}

export async function replaySpeed({ scope, options }) {
  const count = Number(options.transactions ?? TRANSFERS)
  const turns = Number(options.runs ?? 3)
  const program = loadProgram(await guestBinary('proof'), { entry: 'runBlock' })
  const block = await recordBlock(scope, count)
  const best = {}
  let last
  for (let turn = 0; turn < turns; turn++)
    for (const [name, run] of Object.entries(await runs(program, block))) {
      const { result, seconds } = await timed(run)
      best[name] = Math.min(best[name] ?? Infinity, seconds)
      last = result ?? last
    }
  const steps = Number(last.end)
  const base = best['with notes of what is written']
  const row = ([name, seconds]) => [
    name,
    {
      seconds: round(seconds, 3),
      'M steps/s': round(steps / seconds / 1e6),
      'times as long': round(seconds / base, 2),
    },
  ]
  console.log(
    `One block of ${count} ERC-20 transfers, ${round(block.gas / 1e6, 1)} million gas: ${steps.toLocaleString('en')} steps, ${Math.ceil(steps / 2 ** LOG2_SPAN)} spans of 2^${LOG2_SPAN}, ${last.touchedPages} pages of 64 KiB written. The best of ${turns} runs each, in turn.`,
  )
  console.table(Object.fromEntries(Object.entries(best).map(row)))
  await oneSpan(program, block, steps, options)
}

/** A commitment to every state of one span. */
async function oneSpan(program, { host }, steps, options) {
  const height = Number(options.seconds ?? 1) < 0.1 ? 12 : LOG2_SPAN
  const replayer = await Replayer.create(program, host)
  const from = BigInt(Math.floor(steps / 2 / 2 ** LOG2_SPAN)) << BigInt(LOG2_SPAN)
  replayer.seek(from)
  const { seconds } = await timed(() => replayer.commit({ from, height, log2Stride: 0 }))
  console.log(
    `A commitment to 2^${height} single steps: ${round(seconds, 2)} s, ${round((seconds / 2 ** height) * 1e6, 2)} us a step.`,
  )
}
