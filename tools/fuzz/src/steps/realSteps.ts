import {
  bytesToHex,
  rollupChain,
  zeroHash,
  type BlockInput,
  type ChainConfig,
  type Hash,
} from '@animechain/core'
import { guestBinary, wasm, witnessHost, type BlockWitness } from '@animechain/execution-wasm'
import {
  loadProgram,
  Machine,
  op,
  status,
  type MachineState,
  type Program,
  type StepWitness,
} from '@animechain/proving-machine'
import { memoryStorage } from '@animechain/storage-memory'
import type { Random } from '../random.js'
import { deposit, transaction, world, type World } from '../world.js'

/** A step of a run, by the place of its instruction in the code. */
export interface RealStep {
  opcode: number
  witness: StepWitness
  next: MachineState
}

/** The proof program, entered where it runs one block that is given whole. */
export async function blockProgram(): Promise<Program> {
  return loadProgram(await guestBinary('proof'), { entry: 'runBlock' })
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
 * Runs the proof program on a block and gives the witnesses of some of its steps: every host read of the first ones of each kind, others by chance.
 * @throws when it ends with another output than the node's
 */
export function* realSteps(
  program: Program,
  block: BlockWitness,
  random: Random,
  { every, most }: Sampling,
): Generator<RealStep, number> {
  const host = witnessHost(block)
  const machine = new Machine(program, host)
  const codeAt = (pc: number) => program.code[16 * pc] ?? 0
  let done = 0
  while (done < most && machine.registers.status === status.running) {
    // As many steps as pass until the next one is looked at, but not past a host instruction.
    const gap = 1 + random.below(2 * every - 1)
    let opcode = codeAt(machine.registers.pc)
    for (let i = 0; i < gap && machine.registers.status === status.running && opcode < op.input; i++) {
      machine.run(1)
      done++
      opcode = codeAt(machine.registers.pc)
    }
    if (machine.registers.status !== status.running) break
    if (opcode < op.input || random.rarely(16)) yield { opcode, ...machine.witness() }
    machine.run(1)
    done++
  }
  if (machine.registers.status !== status.running) expectOutput(machine, block.outputRoot)
  return done
}

function expectOutput(machine: Machine, outputRoot: Hash): void {
  const { status: ended, output } = machine.registers
  if (ended !== status.halted || output !== outputRoot)
    throw new Error(
      `the run of a block: expected the output ${outputRoot}, got ${output} with status ${ended}`,
    )
}
