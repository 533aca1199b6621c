import { bytesToHex, hexToBytes, InvalidInputError, type Hash } from '@animechain/core'
import type { HostData } from '../host.js'
import { INSTRUCTION_BYTES, LEAF_BYTES, limits, parts, status } from '../opcodes.js'
import type { Program } from '../program.js'
import type { MachineState, Registers } from '../state.js'
import { partOf } from '../tree.js'
import type { LeafSource } from '../witness.js'
import { Commitment } from './commitment.js'
import { ReplayError } from './errors.js'
import { instantiate, replayerModule, type Instance, type ReplayerModule } from './instance.js'
import { Snapshots, registersOf, type SnapshotLimits } from './snapshots.js'

/** What a replayer may use, and how its module is made. */
export interface ReplayerOptions {
  /** most pages of 64 KiB that a run may write to, which bounds what it takes of this machine's memory: 80 KiB each. default: 16,384 (1 GiB) */
  pageLimit?: number
  /** most states that are kept to go back to, and pages of 64 KiB in them. default: 24 states, 8,192 pages (512 MiB) */
  snapshots?: Partial<SnapshotLimits>
}

/** Which states a commitment is to. */
export interface CommitOptions {
  /** step before the first stride */
  from: bigint
  /** 2^height strides are committed to */
  height: number
  /** a stride is 2^log2Stride steps */
  log2Stride: number
  /** Called about every tenth of a second with the strides that are done; what it throws ends the work. */
  onProgress?: (strides: number) => void
}

const MAX_INPUTS = 2_048
/** Steps at a time: no longer than a fifth of a second, and often enough for the engine to exchange its code for better code. */
const PIECE = 2n ** 22n
/** State hashes that an instance writes at a time. */
const HASHES = 2_048
const NO_FAULT = 0xffff_ffff
/** How the instance numbers parts. */
const partNumbers = { memory: 0, slots: 1, globals: 2, table: 3, code: 4 } as const

/**
 * Runs a program fast, stops at any step, and gives the state there: its hash, leaves and siblings, and commitments to the states that follow. It keeps some states,
 * so that going back is cheap. Runs until it is done: what takes long belongs into a worker. Code is taken as `loadProgram` made it.
 */
export class Replayer implements LeafSource {
  readonly program: Program
  readonly #instance: Instance
  readonly #snapshots: Snapshots
  #inputs: Hash
  #position = 0n
  #end: bigint | undefined

  /**
   * A machine before the first step of a program.
   * @param module from {@link replayerModule}; {@link Replayer.create} does without
   * @throws {ReplayError} PROVING_MEMORY when the program's own data is more than `pageLimit`, or this machine has no memory left
   */
  constructor(
    module: ReplayerModule,
    program: Program,
    host: HostData,
    { pageLimit = 16_384, snapshots = {} }: ReplayerOptions = {},
  ) {
    if (!Number.isInteger(pageLimit) || pageLimit < 1 || pageLimit > limits.pages)
      throw new InvalidInputError('pageLimit', `an integer from 1 to ${limits.pages}`, pageLimit)
    checkInputs(host)
    this.program = program
    this.#instance = instantiate(module, host)
    this.#instance.exports.open(pageLimit)
    this.#inputs = putInputs(this.#instance, host.inputs)
    putCode(this.#instance, program)
    putRam(this.#instance, program, pageLimit)
    this.#snapshots = new Snapshots(this.#instance, { states: 24, pages: 8_192, ...snapshots })
    this.#snapshots.restart(this.registers)
  }

  /** As the constructor, with the module compiled. */
  static async create(program: Program, host: HostData, options: ReplayerOptions = {}): Promise<Replayer> {
    return new Replayer(await replayerModule(), program, host, options)
  }

  /**
   * Goes to the first step of another run of the same program, with the inputs and the data of `host`: what a new replayer would be, without loading the program again.
   * Pages that runs before wrote to count as touched still, and against `pageLimit`.
   */
  startOver(host: HostData): void {
    checkInputs(host)
    this.#position = this.#snapshots.restoreFirst()
    this.#end = undefined
    this.#instance.setHost(host)
    this.#inputs = putInputs(this.#instance, host.inputs)
  }

  /** Steps that were done. */
  get position(): bigint {
    return this.#position
  }

  /** The step after which the machine is halted or trapped; undefined as long as no run came that far. */
  get end(): bigint | undefined {
    return this.#end
  }

  get registers(): Registers {
    return registersOf(this.#instance, bytesToHex)
  }

  /** Pages of 64 KiB that were written to. */
  get touchedPages(): number {
    return this.#instance.exports.touchedPages()
  }

  /** Steps that can be gone back to without running. */
  get snapshots(): readonly bigint[] {
    return this.#snapshots.steps
  }

  get state(): MachineState {
    const { exports, copy } = this.#instance
    return {
      ...this.registers,
      codeRoot: bytesToHex(copy(exports.codeRootAt(), LEAF_BYTES)),
      ramRoot: bytesToHex(copy(exports.ramRootAt(), LEAF_BYTES)),
      inputs: this.#inputs,
    }
  }

  stateHash(): Hash {
    return bytesToHex(this.#instance.copy(this.#instance.exports.stateHashAt(), LEAF_BYTES))
  }

  /**
   * Goes to the state after `step` steps, forward or back.
   * @throws {ReplayError} PROVING_MISSING_PREIMAGE when the host has no data for a step on the way: the machine then stands before it, and may be tried again;
   * PROVING_MEMORY when more pages are written to than may be
   */
  seek(step: bigint): void {
    if (step < 0n || step >= 2n ** 64n) throw new InvalidInputError('step', 'from 0 to 2^64 - 1', step)
    if (this.#end !== undefined && step >= this.#end && this.#position >= this.#end) {
      this.#position = step
      return
    }
    const nearest = this.#snapshots.before(step)
    if (step < this.#position || nearest > this.#position) this.#position = this.#snapshots.restore(step)
    while (this.#position < step) {
      if (this.#instance.exports.status() !== status.running) {
        this.#position = step
        return
      }
      const due = this.#snapshots.due(this.#position)
      const stop = [step, due, this.#position + PIECE].reduce((a, b) => (a < b ? a : b))
      const reason = this.#instance.exports.run(stop - this.#position)
      this.#advance()
      this.#fail(reason)
      this.#snapshotIf(this.#position === due)
    }
  }

  /**
   * Runs until the machine is no longer running, or has done `limit` steps.
   * @returns the step after which it is halted or trapped; undefined when it is running at `limit`
   * @throws {ReplayError} as {@link seek}
   */
  run(limit = 2n ** 64n - 1n): bigint | undefined {
    if (this.#end === undefined) this.seek(limit)
    if (this.#end === undefined || this.#end > limit) return undefined
    this.seek(this.#end)
    return this.#end
  }

  /**
   * Commits to the states after each of 2^height strides. The machine is left at the end of the strides, or where it stopped running. Takes 32 bytes for each stride before that.
   * @throws {ReplayError} as {@link seek}
   */
  commit({ from, height, log2Stride, onProgress }: CommitOptions): Commitment {
    if (!Number.isInteger(height) || height < 0 || height > 28)
      throw new InvalidInputError('height of a commitment', 'an integer from 0 to 28', height)
    if (!Number.isInteger(log2Stride) || log2Stride < 0 || log2Stride > 60)
      throw new InvalidInputError('log2Stride', 'an integer from 0 to 60', log2Stride)
    this.seek(from)
    const leaves = new Leaves(2 ** height)
    const stride = 2n ** BigInt(log2Stride)
    while (leaves.count < 2 ** height && this.#instance.exports.status() === status.running) {
      if (stride >= PIECE) {
        this.seek(this.#position + stride)
        leaves.add(hexToBytes(this.stateHash()))
        if (this.#end !== undefined && this.#position > this.#end) this.#position = this.#end
      } else leaves.add(this.#runStrides(stride, 2 ** height - leaves.count))
      onProgress?.(leaves.count)
    }
    if (leaves.count === 0) leaves.add(hexToBytes(this.stateHash()))
    return new Commitment(height, leaves.finish())
  }

  /** The 32 bytes of a leaf of the RAM tree, by generalised index. */
  leaf(index: number): Uint8Array {
    return this.#prove(index)[0]!
  }

  /** Siblings of a leaf of the RAM tree, from its own up to the root's child. */
  siblings(index: number): Uint8Array[] {
    return this.#prove(index).slice(1)
  }

  /** A leaf of the code tree, by its place from the left, and its siblings. */
  codeLeaf(place: number): { leaf: Uint8Array; siblings: Uint8Array[] } {
    if (!Number.isInteger(place) || place < 0 || place >= limits.instructions / 2)
      throw new InvalidInputError('place of a leaf of code', `0 to ${limits.instructions / 2 - 1}`, place)
    const [leaf, ...siblings] = this.#words(this.#instance.exports.proveLeaf(partNumbers.code, place))
    return { leaf: leaf!, siblings }
  }

  /** A slot, as it is whether it is in use or not. */
  slot(index: number): bigint {
    return this.#number(this.#instance.exports.slotsAt(), index)
  }

  global(index: number): bigint {
    return this.#number(this.#instance.exports.globalsAt(), index)
  }

  /**
   * Sets registers and slots to what a tool wants them to be, and counts steps from there: for calls of single functions, as `callExport` makes them. Memory, globals and
   * other slots stay.
   */
  restart({ status, pc, sp, fp, pages, output }: Registers, slots: ReadonlyMap<number, bigint>): void {
    const { exports, bytes, view } = this.#instance
    for (const [index, value] of slots)
      view().setBigUint64((exports.slotsAt() >>> 0) + 8 * index, value, true)
    bytes().set(hexToBytes(output), exports.outputAt() >>> 0)
    exports.setRegisters(status, pc, sp, fp, pages, Math.max(0, ...slots.keys()) + 1)
    this.#position = 0n
    this.#end = undefined
    this.#snapshots.restart(this.registers)
  }

  #number(at: number, index: number): bigint {
    return this.#instance.view().getBigUint64((at >>> 0) + 8 * index, true)
  }

  #prove(index: number): Uint8Array[] {
    const part = partOf(index)
    if (part === undefined) throw new InvalidInputError('leaf', 'the index of a leaf of the RAM tree', index)
    return this.#words(this.#instance.exports.proveLeaf(partNumbers[part], index - parts[part].first))
  }

  /** Words that the instance has put into its staging area. */
  #words(count: number): Uint8Array[] {
    const bytes = this.#instance.copy(this.#instance.exports.staging(), count * LEAF_BYTES)
    return Array.from({ length: count }, (_, i) => bytes.subarray(i * LEAF_BYTES, (i + 1) * LEAF_BYTES))
  }

  /** Runs strides that are shorter than a piece, at most as many as are wanted, and gives the hashes after them. */
  #runStrides(stride: bigint, wanted: number): Uint8Array {
    const { exports } = this.#instance
    const due = this.#snapshots.due(this.#position)
    const inPiece = Number(PIECE / stride)
    const toSnapshot = Number((due - this.#position + stride - 1n) / stride)
    const reason = exports.runStrides(Math.min(wanted, inPiece, toSnapshot, HASHES), stride)
    const hashes = this.#instance.copy(exports.staging(), exports.stridesDone.value * LEAF_BYTES)
    this.#advance()
    this.#fail(reason)
    this.#snapshotIf(this.#position >= due)
    return hashes
  }

  /** Counts the steps that were done. */
  #advance(): void {
    const { exports } = this.#instance
    this.#position += exports.stepsDone()
    if (exports.status() !== status.running) this.#end ??= this.#position
  }

  #snapshotIf(isDue: boolean): void {
    if (isDue && this.#instance.exports.status() === status.running)
      this.#snapshots.take(this.#position, this.registers)
  }

  #fail(reason: number): void {
    if (reason === 0) return
    const at = `step ${this.#position}, instruction ${this.registers.pc}`
    if (reason === 2) {
      const { kind, key } = this.#instance.missing()!
      throw new ReplayError(`Nobody has the data of preimage ${key}.`, 'PROVING_MISSING_PREIMAGE', {
        metaMessages: [`Kind ${kind}, asked for at ${at}.`],
      })
    }
    throw new ReplayError('The run writes to more memory than it may.', 'PROVING_MEMORY', {
      metaMessages: [`Pages of 64 KiB that were written to before ${at}: ${this.touchedPages}.`],
    })
  }
}

/** Hashes that are added one after another, up to a bound. */
class Leaves {
  #bytes = new Uint8Array(1024)
  readonly #bound: number
  count = 0

  constructor(bound: number) {
    this.#bound = bound
  }

  add(hashes: Uint8Array): void {
    const at = this.count * LEAF_BYTES
    if (at + hashes.length > this.#bytes.length) {
      const size = Math.min(2 * (at + hashes.length), Math.max(this.#bound * LEAF_BYTES, at + hashes.length))
      const larger = new Uint8Array(size)
      larger.set(this.#bytes.subarray(0, at))
      this.#bytes = larger
    }
    this.#bytes.set(hashes, at)
    this.count += hashes.length / LEAF_BYTES
  }

  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.count * LEAF_BYTES)
  }
}

function checkInputs({ inputs }: HostData): void {
  if (inputs.length > MAX_INPUTS)
    throw new InvalidInputError('inputs', `at most ${MAX_INPUTS} words`, inputs.length)
}

/** Gives the hash of the inputs. */
function putInputs({ exports, bytes, copy }: Instance, inputs: readonly Hash[]): Hash {
  inputs.forEach((input, i) => bytes().set(hexToBytes(input), (exports.inputsAt() >>> 0) + i * LEAF_BYTES))
  exports.loadInputs(inputs.length)
  return bytesToHex(copy(exports.inputsHashAt(), LEAF_BYTES))
}

function putCode({ exports, bytes }: Instance, { code, instructions }: Program): void {
  if (code.length < instructions * INSTRUCTION_BYTES || instructions > limits.instructions)
    throw new InvalidInputError(
      'program',
      `code of ${instructions} instructions, at most ${limits.instructions}`,
      `${code.length} bytes`,
    )
  bytes().set(code, exports.codeAt() >>> 0)
  const fault = exports.loadCode(instructions) >>> 0
  if (fault !== NO_FAULT)
    throw new InvalidInputError('program', 'code that loadProgram made', `another at instruction ${fault}`)
}

/** Puts the leaves of a program's first state in their places. */
function putRam(instance: Instance, { ram, pages }: Program, pageLimit: number): void {
  const { exports, bytes, view } = instance
  const noMemory = (got: string) =>
    new ReplayError("There is no room for the program's memory.", 'PROVING_MEMORY', { metaMessages: [got] })
  if (exports.growMemory(pages) === 0)
    throw noMemory(`It begins with ${pages} pages of 64 KiB, which cannot be had here.`)
  const at = { slots: exports.slotsAt(), globals: exports.globalsAt(), table: exports.tableAt() }
  /** leaves of each that are not zero, from the first on */
  const used = { slots: 0, globals: 0, table: 0 }
  for (const [index, leaf] of ram) {
    const part = partOf(index)!
    const place = index - parts[part].first
    if (part === 'memory') {
      bytes().set(leaf, exports.staging() >>> 0)
      if (exports.writeMemory(place * LEAF_BYTES, LEAF_BYTES) === 0)
        throw noMemory(`Its data takes more than ${pageLimit} pages of 64 KiB.`)
    } else {
      const from = new DataView(leaf.buffer, leaf.byteOffset)
      used[part] = Math.max(used[part], place + 1)
      for (let i = 0; i < LEAF_BYTES; i += 8)
        view().setBigUint64((at[part] >>> 0) + place * LEAF_BYTES + i, from.getBigUint64(i), true)
    }
  }
  exports.loadTable(4 * used.table)
  // Globals are all looked at then.
  exports.setRegisters(status.running, 0, 0, 0, pages, 4 * used.slots)
}
