import { bytesToUint } from '@animechain/tx'
import { MAX_WIDTH } from './layout.js'

/** A body that is none; the message becomes the reason. */
export class Malformed extends Error {}

/** Grows; used when encoding. */
export class ColumnWriter {
  private bytes = new Uint8Array(64)
  length = 0

  private reserve(more: number): void {
    if (this.length + more <= this.bytes.length) return
    const grown = new Uint8Array(Math.max(2 * this.bytes.length, this.length + more))
    grown.set(this.bytes)
    this.bytes = grown
  }

  byte(value: number): void {
    this.reserve(1)
    this.bytes[this.length++] = value
  }

  put(bytes: Uint8Array): void {
    this.reserve(bytes.length)
    this.bytes.set(bytes, this.length)
    this.length += bytes.length
  }

  /** LEB128, unsigned. */
  leb(value: number | bigint): void {
    if (typeof value === 'bigint') {
      while (value > 0xffff_ffffn) {
        this.byte(Number(value & 127n) | 128)
        value >>= 7n
      }
      value = Number(value)
    }
    while (value >= 128) {
      this.byte((value % 128) + 128)
      value = Math.floor(value / 128)
    }
    this.byte(value)
  }

  take(): Uint8Array {
    return this.bytes.slice(0, this.length)
  }
}

/** Integers, kept until the column is whole and the shorter way to write it is known. */
export class IntegerWriter {
  private readonly values: bigint[] = []

  leb(value: number | bigint): void {
    this.values.push(BigInt(value))
  }

  /** The column as LEB128; nothing when it is empty. */
  plain(): Uint8Array {
    const out = new ColumnWriter()
    if (this.values.length > 0) out.byte(0)
    for (const value of this.values) out.leb(value)
    return out.take()
  }

  /** Bits that the widest value takes, at least 1. */
  width(): number {
    let all = 1n
    for (const value of this.values) all |= value
    return all.toString(2).length
  }

  /** Bytes of {@link packed}. */
  packedLength(): number {
    return Math.ceil((this.width() * this.values.length) / 8)
  }

  /** All values at the same width, most significant bit first, the last byte filled with zeros. */
  packed(): Uint8Array {
    const width = this.width()
    const out = new Uint8Array(this.packedLength())
    let bit = 0
    for (const value of this.values)
      for (let i = width - 1; i >= 0; i--, bit++)
        if ((value >> BigInt(i)) & 1n) out[bit >> 3]! |= 128 >> (bit & 7)
    return out
  }
}

/** Reads a column from its beginning to its end, never beyond. */
export class ColumnReader {
  at = 0
  constructor(
    readonly name: string,
    readonly bytes: Uint8Array,
  ) {}

  get done(): boolean {
    return this.at === this.bytes.length
  }

  byte(): number {
    if (this.at >= this.bytes.length) throw new Malformed(`column ${this.name} ends early`)
    return this.bytes[this.at++]!
  }

  take(length: number): Uint8Array {
    if (length > this.bytes.length - this.at) throw new Malformed(`column ${this.name} ends early`)
    const out = this.bytes.subarray(this.at, this.at + length)
    this.at += length
    return out
  }

  /** LEB128 in its shortest form, at most 2^32 - 1. */
  leb32(): number {
    let value = 0
    let scale = 1
    for (let i = 0; ; i++) {
      const byte = this.byte()
      value += (byte & 127) * scale
      if (byte < 128) {
        if (i > 0 && byte === 0)
          throw new Malformed(`column ${this.name} has a number not in its shortest form`)
        if (value > 0xffff_ffff) throw new Malformed(`column ${this.name} has a number above 32 bits`)
        return value
      }
      if (i === 4) throw new Malformed(`column ${this.name} has a number above 32 bits`)
      scale *= 128
    }
  }

  /** LEB128 in its shortest form, below 2^bits. */
  leb(bits: 64 | 256): bigint {
    const start = this.at
    const longest = Math.ceil(bits / 7)
    let length = 1
    for (; this.byte() >= 128; length++)
      if (length === longest) throw new Malformed(`column ${this.name} has a number above ${bits} bits`)
    const end = this.at
    if (length > 1 && this.bytes[end - 1] === 0)
      throw new Malformed(`column ${this.name} has a number not in its shortest form`)
    if (length <= 7) {
      let value = 0
      for (let i = end - 1; i >= start; i--) value = value * 128 + (this.bytes[i]! & 127)
      return BigInt(value)
    }
    const big = new Uint8Array(Math.ceil((7 * length) / 8))
    for (let i = 0; i < length; i++) {
      const group = this.bytes[start + i]! & 127
      const bit = 7 * i
      const place = big.length - 1 - (bit >> 3)
      const shifted = group << (bit & 7)
      big[place]! |= shifted & 255
      if (shifted > 255) big[place - 1]! |= shifted >> 8
    }
    const value = bytesToUint(big)
    if (value >> BigInt(bits) !== 0n)
      throw new Malformed(`column ${this.name} has a number above ${bits} bits`)
    return value
  }

  finish(): void {
    if (!this.done)
      throw new Malformed(`column ${this.name} has ${this.bytes.length - this.at} bytes left over`)
  }
}

/** Reads a column of integers, written either way. docs/spec/codec.md 4.1. */
export class IntegerReader {
  private readonly width: number
  private readonly packed: Uint8Array
  private bit = 0

  /** `takeTail` gives the next bytes of the tail, where packed integers are. */
  constructor(
    private readonly column: ColumnReader,
    takeTail: (length: number) => Uint8Array,
  ) {
    this.width = column.done ? 0 : column.byte()
    if (this.width > MAX_WIDTH)
      throw new Malformed(`column ${column.name} has integers of ${this.width} bits`)
    this.packed = this.width > 0 ? takeTail(column.leb32()) : new Uint8Array(0)
  }

  get name(): string {
    return this.column.name
  }

  leb32(): number {
    if (this.width === 0) return this.column.leb32()
    const value = this.next()
    if (value > 0xffff_ffffn) throw new Malformed(`column ${this.name} has a number above 32 bits`)
    return Number(value)
  }

  leb(bits: 64 | 256): bigint {
    return this.width === 0 ? this.column.leb(bits) : this.next()
  }

  finish(): void {
    this.column.finish()
    if (this.packed.length !== Math.ceil(this.bit / 8))
      throw new Malformed(`column ${this.name} has packed bytes left over`)
    if (this.bit % 8 !== 0 && (this.packed.at(-1)! & (255 >> (this.bit % 8))) !== 0)
      throw new Malformed(`column ${this.name} does not end in zeros`)
  }

  private next(): bigint {
    const end = this.bit + this.width
    if (end > 8 * this.packed.length) throw new Malformed(`column ${this.name} ends early`)
    let high = 0
    let low = 0
    // 32 bits at most in each half, so that numbers do.
    for (let left = this.width; left > 0;) {
      const free = 8 - (this.bit & 7)
      const take = Math.min(free, left, left > 32 ? left - 32 : left)
      const part = (this.packed[this.bit >> 3]! >> (free - take)) & ((1 << take) - 1)
      if (left > 32) high = high * 2 ** take + part
      else low = low * 2 ** take + part
      this.bit += take
      left -= take
    }
    return high === 0 ? BigInt(low) : (BigInt(high) << 32n) | BigInt(low)
  }
}
