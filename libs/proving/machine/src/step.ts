import { bytesToHex, hexToBytes, type Hash } from '@animechain/core'
import { binary, unary } from './arithmetic.js'
import { accessBytes, kinds } from './instructions.js'
import { INSTRUCTION_BYTES, LEAF_BYTES, limits, op, opNames, PAGE_BYTES, parts, status } from './opcodes.js'
import type { Registers } from './state.js'

/** The leaves of a state, accessed in the order of docs/spec/machine.md, section 4. */
export interface Leaves {
  /** a leaf of the code tree: two instructions */
  code(leaf: number): Uint8Array
  /** a leaf of the RAM tree, by generalised index; not to be changed, and good until the next call */
  read(index: number): Uint8Array
  /** replaces a part of a leaf, from the byte `at` on */
  write(index: number, at: number, bytes: Uint8Array): void
}

/** What host instructions read. */
export interface HostReads {
  /** an input; undefined when there are not so many */
  input(index: number): Hash | undefined
  /** 32 bytes of data from an offset on, zeros beyond its end, and how many there are */
  preimage(kind: number, key: Hash, offset: number): { bytes: Uint8Array; count: number }
}

/** Thrown within a step only: the trap becomes a state. */
class Trap extends Error {}
const TRAP = new Trap('trap')

const memoryLeaf = (address: number) => parts.memory.first + Math.floor(address / LEAF_BYTES)
/** A place relative to `sp` or `fp`, which must be one of a slot. */
function slot(place: number): number {
  if (place < 0 || place >= limits.slots) throw TRAP
  return place
}
const low = (value: bigint): number => Number(BigInt.asUintN(32, value))

/**
 * One step: the executable form of docs/spec/machine.md, sections 4 to 6. Changes the registers in place and the leaves through `leaves`. Nothing but the status
 * changes when it traps; a state that is not running stays as it is.
 */
export function step(registers: Registers, leaves: Leaves, host: HostReads): void {
  if (registers.status !== status.running) return
  try {
    new Step(registers, leaves, host).run()
  } catch (error) {
    if (error !== TRAP) throw error
    registers.status = status.trapped
  }
}

class Step {
  readonly #r: Registers
  readonly #leaves: Leaves
  readonly #host: HostReads
  #a = 0
  #b = 0n

  constructor(registers: Registers, leaves: Leaves, host: HostReads) {
    this.#r = registers
    this.#leaves = leaves
    this.#host = host
  }

  run(): void {
    const code = this.#fetch()
    switch (kinds[code]) {
      case 'unary':
        return this.#unary(code)
      case 'binary':
        return this.#binary(code)
      case 'load':
        return this.#load(code)
      case 'store':
        return this.#store(code)
      default:
    }
    if (code < op.local_get) return this.#control(code)
    if (code < op.move) return this.#variable(code)
    return this.#special(code)
  }

  /** Reads the instruction; returns its opcode. */
  #fetch(): number {
    const { pc, pages } = this.#r
    if (pc >= limits.instructions || pages > 65_536) throw TRAP
    const leaf = this.#leaves.code(pc >>> 1)
    const at = INSTRUCTION_BYTES * (pc & 1)
    this.#a = word32(leaf, at + 4)
    this.#b = slotOf(leaf, at / 8 + 1)
    return leaf[at]!
  }

  /** `a` as a signed number: offsets of slots. */
  get #offset(): number {
    return this.#a | 0
  }

  /** `b` as a signed number: heights. Exact within 2^53, and beyond that far out of any bound. */
  get #signedB(): number {
    return Number(BigInt.asIntN(64, this.#b))
  }

  #get(place: number): bigint {
    const leaf = this.#leaves.read(parts.slots.first + (place >>> 2))
    return slotOf(leaf, place)
  }

  #set(place: number, value: bigint): void {
    this.#leaves.write(parts.slots.first + (place >>> 2), 8 * (place & 3), slotBytes(value))
  }

  /** To the next instruction, with so many slots more. */
  #next(pushed: number): void {
    this.#r.sp += pushed
    this.#r.pc += 1
  }

  #unary(code: number): void {
    const place = slot(this.#r.sp - 1)
    this.#set(place, unary(code, this.#get(place)))
    this.#next(0)
  }

  #binary(code: number): void {
    const [right, left] = [slot(this.#r.sp - 1), slot(this.#r.sp - 2)]
    const y = this.#get(right)
    const result = binary(code, this.#get(left), y)
    if (result === undefined) throw TRAP
    this.#set(left, result)
    this.#next(-1)
  }

  /** The address of a load or store whose bytes are all inside of the memory. */
  #address(base: bigint, size: number): number {
    const address = low(base) + Number(BigInt.asUintN(32, this.#b))
    if (address + size > this.#r.pages * PAGE_BYTES) throw TRAP
    return address
  }

  #load(code: number): void {
    const place = slot(this.#r.sp - 1)
    const size = accessBytes[code]!
    const bytes = this.#readMemory(this.#address(this.#get(place), size), size)
    let value = 0n
    for (let i = size - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]!)
    const name = opNames[code]!
    if (name.endsWith('_s'))
      value = BigInt.asUintN(name.startsWith('i32') ? 32 : 64, BigInt.asIntN(8 * size, value))
    this.#set(place, value)
    this.#next(0)
  }

  #store(code: number): void {
    const [top, below] = [slot(this.#r.sp - 1), slot(this.#r.sp - 2)]
    const value = this.#get(top)
    const size = accessBytes[code]!
    const address = this.#address(this.#get(below), size)
    this.#writeMemory(address, slotBytes(value).reverse().subarray(0, size))
    this.#next(-2)
  }

  /** At most 32 bytes of memory, from one leaf or two. */
  #readMemory(address: number, size: number): Uint8Array {
    const out = new Uint8Array(size)
    const at = address % LEAF_BYTES
    const here = Math.min(size, LEAF_BYTES - at)
    out.set(this.#leaves.read(memoryLeaf(address)).subarray(at, at + here))
    if (here < size) out.set(this.#leaves.read(memoryLeaf(address) + 1).subarray(0, size - here), here)
    return out
  }

  #writeMemory(address: number, bytes: Uint8Array): void {
    const at = address % LEAF_BYTES
    const here = Math.min(bytes.length, LEAF_BYTES - at)
    this.#leaves.write(memoryLeaf(address), at, bytes.subarray(0, here))
    if (here < bytes.length) this.#leaves.write(memoryLeaf(address) + 1, 0, bytes.subarray(here))
  }

  #control(code: number): void {
    const r = this.#r
    switch (code) {
      case op.jump:
        r.pc = this.#a
        return
      case op.jumpIfZero:
      case op.jumpIf: {
        const taken = (low(this.#get(slot(r.sp - 1))) === 0) === (code === op.jumpIfZero)
        r.sp -= 1
        r.pc = taken ? this.#a : r.pc + 1
        return
      }
      case op.jumpTable: {
        if (this.#a >= limits.instructions) throw TRAP
        const index = low(this.#get(slot(r.sp - 1)))
        r.sp -= 1
        r.pc += 1 + Math.min(index, this.#a)
        return
      }
      case op.branch:
        r.sp = this.#heightOf(r.fp + this.#signedB)
        r.pc = this.#a
        return
      case op.return: {
        const sp = this.#heightOf(r.fp + this.#signedB)
        const frame = this.#get(slot(r.sp - 1))
        r.sp = sp
        r.fp = low(frame)
        r.pc = low(frame >> 32n)
        return
      }
      case op.call:
        return this.#enter(slot(r.sp), this.#a)
      case op.callIndirect:
        return this.#callIndirect()
      case op.drop:
        slot(r.sp - 1)
        return this.#next(-1)
      case op.select:
        return this.#select()
      default:
        throw TRAP
    }
  }

  #heightOf(height: number): number {
    if (height < 0 || height > limits.slots) throw TRAP
    return height
  }

  /** Pushes the frame word to a slot and goes on at a function. */
  #enter(place: number, target: number): void {
    const r = this.#r
    this.#set(place, (BigInt(r.pc + 1) << 32n) | BigInt(r.fp))
    r.fp = place
    r.sp = place + 1
    r.pc = target
  }

  #callIndirect(): void {
    const place = slot(this.#r.sp - 1)
    const index = low(this.#get(place))
    if (index >= limits.tableEntries || BigInt(index) >= this.#b) throw TRAP
    const entry = slotOf(this.#leaves.read(parts.table.first + (index >>> 2)), index)
    if (entry >> 63n === 0n || low((entry >> 32n) & 0x7fffffffn) !== this.#a) throw TRAP
    this.#enter(place, low(entry))
  }

  #select(): void {
    const { sp } = this.#r
    const [top, second, third] = [slot(sp - 1), slot(sp - 2), slot(sp - 3)]
    const condition = low(this.#get(top))
    const y = this.#get(second)
    const x = this.#get(third)
    this.#set(third, condition === 0 ? y : x)
    this.#next(-2)
  }

  /** Locals, globals, constants, size of the memory. */
  #variable(code: number): void {
    const { sp, fp, pages } = this.#r
    switch (code) {
      case op.local_get:
        return this.#push(() => slot(fp + this.#offset))
      case op.local_set:
      case op.local_tee: {
        const [from, to] = [slot(sp - 1), slot(fp + this.#offset)]
        this.#set(to, this.#get(from))
        return this.#next(code === op.local_set ? -1 : 0)
      }
      case op.global_get: {
        const [to, global] = [slot(sp), this.#global()]
        this.#set(to, slotOf(this.#leaves.read(global), this.#a))
        return this.#next(1)
      }
      case op.global_set: {
        const [from, global] = [slot(sp - 1), this.#global()]
        const value = this.#get(from)
        this.#leaves.write(global, 8 * (this.#a & 3), slotBytes(value))
        return this.#next(-1)
      }
      case op.memory_size:
        this.#set(slot(sp), BigInt(pages))
        return this.#next(1)
      case op.memory_grow: {
        const place = slot(sp - 1)
        const sum = pages + low(this.#get(place))
        const fits = sum <= this.#a
        this.#set(place, fits ? BigInt(pages) : 0xffff_ffffn)
        if (fits) this.#r.pages = sum
        return this.#next(0)
      }
      case op.i32_const:
      case op.i64_const:
        this.#set(slot(sp), this.#b)
        return this.#next(1)
      default:
        throw TRAP
    }
  }

  /** Pushes the value of another slot. */
  #push(source: () => number): void {
    const [to, from] = [slot(this.#r.sp), source()]
    this.#set(to, this.#get(from))
    this.#next(1)
  }

  #global(): number {
    if (this.#a >= limits.globals) throw TRAP
    return parts.globals.first + (this.#a >>> 2)
  }

  /** Instructions of the flat code alone, bulk memory, the host's. */
  #special(code: number): void {
    const { fp } = this.#r
    switch (code) {
      case op.move: {
        const [to, from] = [slot(fp + this.#offset), slot(fp + this.#signedB)]
        this.#set(to, this.#get(from))
        return this.#next(0)
      }
      case op.frame:
        return this.#push(() => slot(fp))
      case op.memory_copy:
      case op.memory_fill:
        return this.#bulk(code)
      case op.input:
        return this.#input()
      case op.preimage:
        return this.#preimage()
      case op.output:
        return this.#output()
      default:
        throw TRAP
    }
  }

  /** The top slots, from the top down. */
  #top(count: number): number[] {
    const places = Array.from({ length: count }, (_, i) => slot(this.#r.sp - 1 - i))
    return places.map((place) => low(this.#get(place)))
  }

  #bulk(code: number): void {
    const { sp, pages } = this.#r
    const [n, second, d] = this.#top(3) as [number, number, number]
    const size = pages * PAGE_BYTES
    if (d + n > size || (code === op.memory_copy && second + n > size)) throw TRAP
    if (n === 0) return this.#next(-3)
    const set = (place: number, value: number) => this.#set(place, BigInt(value >>> 0))
    if (code === op.memory_copy && d > second) {
      const k = Math.min(n, ((d + n - 1) % LEAF_BYTES) + 1)
      this.#writeMemory(d + n - k, this.#readMemory(second + n - k, k))
      return set(sp - 1, n - k)
    }
    const k = Math.min(n, LEAF_BYTES - (d % LEAF_BYTES))
    const bytes = code === op.memory_copy ? this.#readMemory(second, k) : new Uint8Array(k).fill(second)
    this.#writeMemory(d, bytes)
    set(sp - 1, n - k)
    if (code === op.memory_copy) set(sp - 2, second + k)
    set(sp - 3, d + k)
  }

  /** A pointer of a host instruction: to 32 bytes of memory that are one leaf. */
  #pointer(address: number): number {
    if (address % LEAF_BYTES !== 0 || address + LEAF_BYTES > this.#r.pages * PAGE_BYTES) throw TRAP
    return memoryLeaf(address)
  }

  #input(): void {
    const [out, index] = this.#top(2) as [number, number]
    const leaf = this.#pointer(out)
    const input = this.#host.input(index)
    if (input === undefined) throw TRAP
    this.#leaves.write(leaf, 0, hexToBytes(input))
    this.#next(-2)
  }

  #preimage(): void {
    const [out, offset, key, kind] = this.#top(4) as [number, number, number, number]
    const [outLeaf, keyLeaf] = [this.#pointer(out), this.#pointer(key)]
    if (offset % LEAF_BYTES !== 0 || kind > 4) throw TRAP
    const name = bytesToHex(this.#leaves.read(keyLeaf))
    const { bytes, count } = this.#host.preimage(kind, name, offset)
    this.#leaves.write(outLeaf, 0, bytes)
    this.#set(this.#r.sp - 4, BigInt(count))
    this.#next(-3)
  }

  #output(): void {
    const [value] = this.#top(1) as [number]
    this.#r.output = bytesToHex(this.#leaves.read(this.#pointer(value)))
    this.#r.sp -= 1
    this.#r.status = status.halted
  }
}

/** The slot, global or table entry of a place in its leaf. */
export function slotOf(leaf: Uint8Array, place: number): bigint {
  const at = 8 * (place & 3)
  const high = word32(leaf, at)
  const low32 = BigInt(word32(leaf, at + 4))
  return high === 0 ? low32 : (BigInt(high) << 32n) | low32
}

const word32 = (bytes: Uint8Array, at: number): number =>
  ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0

const scratch = new DataView(new ArrayBuffer(8))
const scratchBytes = new Uint8Array(scratch.buffer)

/** A slot as its leaf holds it; good until the next call. */
export function slotBytes(value: bigint): Uint8Array {
  scratch.setBigUint64(0, value)
  return scratchBytes
}
