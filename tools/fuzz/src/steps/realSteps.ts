import {
  bytesToHex,
  rollupChain,
  zeroHash,
  type BlockInput,
  type ChainConfig,
  type Hash,
} from '@animechain/core'
import { guestBinary, wasm, type BlockWitness } from '@animechain/execution-wasm'
import {
  loadProgram,
  Machine,
  op,
  replayerModule,
  status,
  type HostData,
  type Program,
} from '@animechain/proving-machine'
import { memoryStorage } from '@animechain/storage-memory'
import type { Random } from '../random.js'
import { deposit, transaction, world, type World } from '../world.js'
import type { TakenStep } from './compare.js'
import { opcodeAt, openReplayer, stepOfBoth } from './lockstep.js'

const module = await replayerModule()

/** The proof program, entered where it runs one block that is given whole (`runBlock`) or where L1 knows it (`run`). */
export async function blockProgram(entry = 'runBlock'): Promise<Program> {
  return loadProgram(await guestBinary('proof'), { entry })
}

/** What the proof program reads to run a generated block: a chain of contracts that do everything, a few transactions. */
export async function generatedBlock(random: Random): Promise<BlockWitness> {
  const own: World = { ...world(random), signed: true, rollup: true }
  const chain: ChainConfig = {
    ...rollupChain({ chainId: 5n }),
    hardforks: [{ name: own.fork, timestamp: 0n }],
  }
  const engine = wasm()
  const storage = memoryStorage()
  await storage.start()
  try {
    const parent = await engine.open({
      chain,
      genesis: {
        timestamp: 1000n,
        gasLimit: 30_000_000n,
        baseFeePerGas: 7n,
        prevRandao: zeroHash,
        extraData: '0x',
        beneficiary: '0x4200000000000000000000000000000000000011',
        alloc: own.alloc,
      },
      storage,
      blockHash: () => undefined,
    })
    const block: BlockInput = {
      number: 1n,
      timestamp: parent.timestamp + 2n,
      beneficiary: parent.beneficiary,
      gasLimit: 30_000_000n,
      prevRandao: bytesToHex(random.bytes(32)),
      extraData: '0x',
      parentBeaconBlockRoot: zeroHash,
      transactions: Array.from({ length: 6 }, (_, i) => (i === 0 ? deposit : transaction)(random, own).raw),
    }
    return await engine.recordWitness(parent, block)
  } finally {
    await storage.stop()
  }
}

/** How a run is looked at. */
export interface Sampling {
  /** one step of so many, by chance */
  every: number
  /** steps after which the run is left; it need not have ended */
  most: number
}

/**
 * Runs a program on the machine and on the replayer, and gives some of its steps: every host read of the first ones of each kind, others by chance.
 * @returns the steps that were made
 * @throws when it ends with another output than `outputRoot`
 */
export function* realSteps(
  program: Program,
  { host, outputRoot }: { host: HostData; outputRoot: Hash },
  random: Random,
  { every, most }: Sampling,
): Generator<TakenStep, number> {
  const machine = new Machine(program, host)
  const replayer = openReplayer(module, program, host)
  const opcodeNow = () => opcodeAt(program, machine.registers.pc)
  let done = 0
  while (done < most && machine.registers.status === status.running) {
    // As many steps as pass until the next one is looked at, but not past a host instruction.
    const gap = 1 + random.below(2 * every - 1)
    let opcode = opcodeNow()
    for (let i = 0; i < gap && machine.registers.status === status.running && opcode < op.input; i++) {
      machine.run(1)
      done++
      opcode = opcodeNow()
    }
    if (machine.registers.status !== status.running) break
    if (opcode < op.input || random.rarely(16)) yield stepOfBoth(machine, replayer, BigInt(done))
    machine.run(1)
    done++
  }
  if (machine.registers.status !== status.running) expectOutput(machine.registers, outputRoot)
  return done
}

/** @throws unless a run has halted with this output */
export function expectOutput(
  { status: ended, output }: { status: number; output: Hash },
  outputRoot: Hash,
): void {
  if (ended !== status.halted || output !== outputRoot)
    throw new Error(
      `the run of a block: expected the output ${outputRoot}, got ${output} with status ${ended}`,
    )
}
