import { hexToBytes } from '@animechain/core'
import { PAGE_BYTES, limits } from '../opcodes.js'
import type { Registers } from '../state.js'
import type { Instance } from './instance.js'

/** How much is kept to go back to. */
export interface SnapshotLimits {
  /** most states, the first one included */
  states: number
  /** most pages of 64 KiB in all of them together; those that did not change between two states count once */
  pages: number
}

interface Snapshot {
  step: bigint
  registers: Registers
  /** all slots that were ever written, and all globals */
  slots: Uint8Array
  globals: Uint8Array
  /** pages that were ever written, by number; the same array where a page did not change */
  pages: ReadonlyMap<number, Uint8Array>
}

const GLOBALS_BYTES = 8 * limits.globals
const ZERO_PAGE = new Uint8Array(PAGE_BYTES)
/** Steps between the first snapshots, about a tenth of a second. It doubles whenever the limits are met. */
const FIRST_INTERVAL = 2n ** 24n

/** The registers of an instance. */
export function registersOf(
  { exports, copy }: Instance,
  toHash: (bytes: Uint8Array) => `0x${string}`,
): Registers {
  return {
    status: exports.status(),
    pc: exports.pc() >>> 0,
    sp: exports.sp() >>> 0,
    fp: exports.fp() >>> 0,
    pages: exports.pages(),
    output: toHash(copy(exports.outputAt(), 32)),
  }
}

/**
 * States of a run that it can be set back to, at intervals that double when there are too many. Pages are shared between them, so a snapshot costs what changed
 * since the one before.
 */
export class Snapshots {
  readonly #instance: Instance
  readonly #limits: SnapshotLimits
  /** by step, ascending; the first is the state before the first step and stays */
  #list: Snapshot[] = []
  /** what the instance comes from: pages that are not marked as changed are as they are there */
  #base: Snapshot | undefined
  #interval = FIRST_INTERVAL

  constructor(instance: Instance, limits: SnapshotLimits) {
    this.#instance = instance
    this.#limits = limits
  }

  /** The step at which the next snapshot is due for a run that is at `step`. */
  due(step: bigint): bigint {
    return (step / this.#interval + 1n) * this.#interval
  }

  /** Keeps the present state. */
  take(step: bigint, registers: Registers): void {
    let at = this.#list.length
    while (at > 0 && this.#list[at - 1]!.step > step) at--
    if (at > 0 && this.#list[at - 1]!.step === step) return
    const { exports, copy } = this.#instance
    const pages = new Map(this.#base?.pages)
    for (const page of this.#changed())
      pages.set(page, copy((exports.memoryAt() >>> 0) + page * PAGE_BYTES, PAGE_BYTES))
    const snapshot: Snapshot = {
      step,
      registers,
      slots: copy(exports.slotsAt(), 8 * exports.slotsUsed()),
      globals: copy(exports.globalsAt(), GLOBALS_BYTES),
      pages,
    }
    this.#list.splice(at, 0, snapshot)
    this.#setBase(snapshot)
    this.#thin()
  }

  /** Forgets everything: the present state is the first. */
  restart(registers: Registers): void {
    this.#list = []
    this.#interval = FIRST_INTERVAL
    this.take(0n, registers)
  }

  /** The last step at or before `step` that can be gone back to. */
  before(step: bigint): bigint {
    return this.#find(step).step
  }

  /** Sets the instance back, or forward, to the last snapshot at or before `step`. Gives the step of it. */
  restore(step: bigint): bigint {
    const snapshot = this.#find(step)
    const { exports } = this.#instance
    for (const page of this.#different(snapshot)) this.#writePage(page, snapshot.pages.get(page) ?? ZERO_PAGE)
    const used = Math.max(exports.slotsUsed() * 8, snapshot.slots.length)
    const bytes = this.#instance.bytes()
    const slots = exports.slotsAt() >>> 0
    bytes.set(snapshot.slots, slots)
    bytes.fill(0, slots + snapshot.slots.length, slots + used)
    bytes.set(snapshot.globals, exports.globalsAt() >>> 0)
    const { status, pc, sp, fp, pages, output } = snapshot.registers
    bytes.set(hexToBytes(output), exports.outputAt() >>> 0)
    exports.setRegisters(status, pc, sp, fp, pages, used / 8)
    this.#setBase(snapshot)
    return snapshot.step
  }

  /** Sets the instance back to the first state and forgets all others. Gives the step of it, 0. */
  restoreFirst(): bigint {
    const step = this.restore(0n)
    this.#list.length = 1
    this.#interval = FIRST_INTERVAL
    return step
  }

  /** Pages that are held, each once. */
  get pages(): number {
    return new Set(this.#list.flatMap(({ pages }) => [...pages.values()])).size
  }

  get steps(): readonly bigint[] {
    return this.#list.map(({ step }) => step)
  }

  #find(step: bigint): Snapshot {
    let at = this.#list.length - 1
    while (at > 0 && this.#list[at]!.step > step) at--
    return this.#list[at]!
  }

  /** Pages that were written to since the base. */
  *#changed(): Generator<number> {
    const marks = this.#marks()
    for (let page = marks.indexOf(1); page >= 0; page = marks.indexOf(1, page + 1)) yield page
  }

  #marks(): Uint8Array {
    const at = this.#instance.exports.changedPagesAt() >>> 0
    return this.#instance.bytes().subarray(at, at + limits.pages)
  }

  #setBase(snapshot: Snapshot): void {
    this.#base = snapshot
    // A page is marked again only once its groups are no longer dirty.
    this.#instance.exports.ramRootAt()
    this.#marks().fill(0)
  }

  #different(snapshot: Snapshot): Set<number> {
    const pages = new Set(this.#changed())
    const base = this.#base!.pages
    for (const [page, bytes] of base) if (snapshot.pages.get(page) !== bytes) pages.add(page)
    for (const page of snapshot.pages.keys()) if (!base.has(page)) pages.add(page)
    return pages
  }

  #writePage(page: number, bytes: Uint8Array): void {
    const { exports } = this.#instance
    this.#instance.bytes().set(bytes, exports.staging() >>> 0)
    // It was written to before, so it is not one too many.
    exports.writeMemory(page * PAGE_BYTES, PAGE_BYTES)
  }

  /** Drops every second snapshot while there is too much, and then some. Never the first. */
  #thin(): void {
    while (
      this.#list.length > 1 &&
      (this.#list.length > this.#limits.states || this.pages > this.#limits.pages)
    ) {
      this.#interval *= 2n
      const kept = this.#list.filter(({ step }, i) => i === 0 || step % this.#interval === 0n)
      // Of steps that are off the interval, those that happen to remain are dropped from the end.
      this.#list = kept.length < this.#list.length ? kept : this.#list.slice(0, -1)
    }
  }
}
