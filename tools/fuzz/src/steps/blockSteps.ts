import type { Hash } from '@animechain/core'
import { isBaseError } from '@animechain/core'
import { Machine, op, type HostData, type Program, type Replayer } from '@animechain/proving-machine'
import type { Random } from '../random.js'
import type { TakenStep } from './compare.js'
import { opcodeAt, replayedStep, replayerOf } from './lockstep.js'
import { expectOutput } from './realSteps.js'

/** A run of the proof program over one block. */
export interface RealBlock {
  name: string
  program: Program
  host: HostData
  /** what V8 came to */
  outputRoot: Hash
  /** random steps of it that are compared */
  steps: number
}

/** Data of each kind whose reads are compared, and how many of the others that are passed over for one. */
const [FIRST_READS, OTHER_READS] = [2, 200]
/** Steps within which the next word of the same data is read, if it is. */
const NEXT_WORD = 400
/** Steps at the beginning among which inputs are looked for. */
const BEGINNING = 300_000

/**
 * A host that, asked for data whose read is to be found, has none the first time: the replayer then stands before the step.
 */
function withholding(host: HostData, isWanted: (kind: number) => boolean): HostData {
  let wasWithheld = false
  return {
    ...host,
    preimage(kind, key) {
      if (!wasWithheld && isWanted(kind)) {
        wasWithheld = true
        return undefined
      }
      wasWithheld = false
      return host.preimage(kind, key)
    },
  }
}

/** Places of the steps that begin to read some of the data, and the step that ends the run. */
async function dataReads({ program, host }: RealBlock, random: Random): Promise<bigint[]> {
  const seen = new Map<number, number>()
  const isWanted = (kind: number): boolean => {
    const count = (seen.get(kind) ?? 0) + 1
    seen.set(kind, count)
    return count <= FIRST_READS || random.rarely(OTHER_READS)
  }
  const replayer = await replayerOf(program, withholding(host, isWanted))
  const found: bigint[] = []
  for (;;)
    try {
      const end = replayer.run()
      if (end === undefined) throw new Error('The machine is still running after 2^64 steps.')
      return [...found, end - 1n]
    } catch (error) {
      if (!isBaseError(error) || error.code !== 'PROVING_MISSING_PREIMAGE') throw error
      found.push(replayer.position)
    }
}

/** Places of the reads of inputs at the beginning of a run. */
function inputReads({ program, host }: RealBlock): bigint[] {
  const machine = new Machine(program, host)
  const found: bigint[] = []
  for (let step = 0; step < BEGINNING && found.length < host.inputs.length; step++) {
    if (opcodeAt(program, machine.registers.pc) === op.input) found.push(BigInt(step))
    machine.run(1)
  }
  return found
}

/** The next step after `position` that reads data, when there is one soon. */
function nextRead(replayer: Replayer, position: bigint): bigint | undefined {
  for (let next = position + 1n; next <= position + BigInt(NEXT_WORD); next++) {
    replayer.seek(next)
    if (opcodeAt(replayer.program, replayer.registers.pc) === op.preimage) return next
  }
  return undefined
}

/**
 * Random steps of a whole run, so many; and reads of inputs and of data of every kind that the run reads, and its output.
 * @returns the steps of the run
 * @throws when it ends with another output than V8's
 */
export async function* blockSteps(
  block: RealBlock,
  random: Random,
  count: number,
): AsyncGenerator<TakenStep, bigint> {
  const { program, host, outputRoot } = block
  const reads = await dataReads(block, random)
  const end = reads.at(-1)! + 1n
  const anywhere = (): bigint =>
    ((BigInt(random.below(2 ** 31)) << 31n) | BigInt(random.below(2 ** 31))) % end
  const places = new Set([...reads, ...inputReads(block)])
  const isRead = new Set(reads)
  for (let i = 0; i < count; i++) places.add(anywhere())
  const replayer = await replayerOf(program, host)
  for (const place of [...places].sort((a, b) => (a < b ? -1 : 1))) {
    yield replayedStep(replayer, host, place)
    const next = isRead.has(place) ? nextRead(replayer, place) : undefined
    if (next !== undefined && !places.has(next)) yield replayedStep(replayer, host, next)
  }
  replayer.seek(end)
  expectOutput(replayer.registers, outputRoot)
  return end
}
