import { BaseError } from '@animechain/core'

/** A byte string or a list of items. */
export type RlpItem = Uint8Array | readonly RlpItem[]

/** Deepest nesting that {@link rlpDecode} follows; transactions need four. */
const MAX_DEPTH = 64

/** Bytes that are no canonical RLP (yellow paper, appendix B). */
export class RlpError extends BaseError {
  constructor(message: string) {
    super(message, { code: 'RLP_INVALID' })
    this.name = 'RlpError'
  }
}

/**
 * Walks canonical RLP in place. What it returns are views of the input, nothing is copied.
 * Every method throws {@link RlpError} on a form that is not the shortest, on a length beyond the end, and on the wrong kind of item.
 */
export class RlpReader {
  readonly bytes: Uint8Array
  at: number
  readonly end: number
  private payload = 0
  private next = 0

  constructor(bytes: Uint8Array, at = 0, end = bytes.length) {
    this.bytes = bytes
    this.at = at
    this.end = end
  }

  get done(): boolean {
    return this.at >= this.end
  }

  /** Throws unless everything was read. */
  finish(): void {
    if (this.at !== this.end)
      throw new RlpError(`Expected the end of an RLP list, got ${this.end - this.at} more bytes.`)
  }

  /** Whether the next item is a list. */
  peekList(): boolean {
    if (this.at >= this.end) throw new RlpError('Expected an RLP item, got the end.')
    return this.bytes[this.at]! >= 0xc0
  }

  string(): Uint8Array {
    if (this.header()) throw new RlpError('Expected an RLP string, got a list.')
    const out = this.bytes.subarray(this.payload, this.next)
    this.at = this.next
    return out
  }

  list(): RlpReader {
    if (!this.header()) throw new RlpError('Expected an RLP list, got a string.')
    const out = new RlpReader(this.bytes, this.payload, this.next)
    this.at = this.next
    return out
  }

  /** An unsigned integer without leading zeros, at most `maxBytes` long, as its bytes. */
  scalar(maxBytes: number): Uint8Array {
    const out = this.string()
    if (out.length > maxBytes)
      throw new RlpError(`Expected an integer of at most ${maxBytes} bytes, got ${out.length}.`)
    if (out.length > 0 && out[0] === 0) throw new RlpError('Expected an integer without leading zeros.')
    return out
  }

  /** An unsigned integer of at most 256 bits. */
  uint(maxBytes = 32): bigint {
    return bytesToUint(this.scalar(maxBytes))
  }

  /** A byte string of exactly this length. */
  fixed(length: number): Uint8Array {
    const out = this.string()
    if (out.length !== length) throw new RlpError(`Expected ${length} bytes, got ${out.length}.`)
    return out
  }

  private header(): boolean {
    const { bytes, at, end } = this
    if (at >= end) throw new RlpError('Expected an RLP item, got the end.')
    const first = bytes[at]!
    if (first < 0x80) {
      this.payload = at
      this.next = at + 1
      return false
    }
    const list = first >= 0xc0
    const short = list ? first - 0xc0 : first - 0x80
    if (short <= 55) {
      this.payload = at + 1
      this.next = at + 1 + short
      if (this.next > end) throw new RlpError(`Expected ${short} bytes of RLP payload, got ${end - at - 1}.`)
      if (!list && short === 1 && bytes[at + 1]! < 0x80)
        throw new RlpError('Expected a byte below 0x80 to stand for itself.')
      return list
    }
    const lengthBytes = short - 55
    if (at + 1 + lengthBytes > end) throw new RlpError('Expected the length of an RLP item, got the end.')
    // Six bytes are more than any buffer; beyond them a number would lose precision.
    if (bytes[at + 1] === 0) throw new RlpError('Expected an RLP length without leading zeros.')
    if (lengthBytes > 6) throw new RlpError('Expected an RLP length below 2^48.')
    let length = 0
    for (let i = 0; i < lengthBytes; i++) length = length * 256 + bytes[at + 1 + i]!
    if (length <= 55) throw new RlpError(`Expected the short form for ${length} bytes of RLP payload.`)
    this.payload = at + 1 + lengthBytes
    this.next = this.payload + length
    if (this.next > end)
      throw new RlpError(`Expected ${length} bytes of RLP payload, got ${end - this.payload}.`)
    return list
  }
}

/** Big-endian bytes to a bigint, quickly for what fits 48 bits. */
export function bytesToUint(bytes: Uint8Array): bigint {
  const { length } = bytes
  if (length <= 6) {
    let value = 0
    for (let i = 0; i < length; i++) value = value * 256 + bytes[i]!
    return BigInt(value)
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, length)
  let at = length % 8
  let value = 0n
  for (let i = 0; i < at; i++) value = (value << 8n) | BigInt(bytes[i]!)
  for (; at < length; at += 8) value = (value << 64n) | view.getBigUint64(at)
  return value
}

/** An unsigned integer as RLP writes it: big-endian without leading zeros, nothing for zero. */
export function uintToBytes(value: bigint): Uint8Array {
  if (value < 0n) throw new RlpError(`Expected an unsigned integer, got ${value}.`)
  if (value === 0n) return new Uint8Array(0)
  let hex = value.toString(16)
  if (hex.length % 2) hex = `0${hex}`
  const out = new Uint8Array(hex.length / 2)
  for (let i = 0; i < out.length; i++) out[i] = parseInt(hex.slice(2 * i, 2 * i + 2), 16)
  return out
}

/** Canonical RLP of an item. */
export function rlpEncode(item: RlpItem): Uint8Array {
  const out = new Uint8Array(rlpLength(item))
  write(item, out, 0)
  return out
}

/**
 * Decodes exactly one item.
 * @throws {@link RlpError} when the bytes are not its one canonical encoding, or nest deeper than 64.
 */
export function rlpDecode(bytes: Uint8Array): RlpItem {
  const reader = new RlpReader(bytes)
  const item = readItem(reader, 0)
  reader.finish()
  return item
}

function readItem(reader: RlpReader, depth: number): RlpItem {
  if (!reader.peekList()) return reader.string()
  if (depth >= MAX_DEPTH) throw new RlpError(`Expected lists nested at most ${MAX_DEPTH} deep.`)
  const inner = reader.list()
  const items: RlpItem[] = []
  while (!inner.done) items.push(readItem(inner, depth + 1))
  return items
}

/** Bytes of the header in front of a payload of this length. */
export function rlpHeaderLength(payload: number): number {
  return payload <= 55 ? 1 : 1 + lengthBytes(payload)
}

/** Writes a header and returns the place after it. `offset` is 0x80 for strings, 0xc0 for lists. */
export function writeRlpHeader(out: Uint8Array, at: number, payload: number, offset: 0x80 | 0xc0): number {
  if (payload <= 55) {
    out[at] = offset + payload
    return at + 1
  }
  const n = lengthBytes(payload)
  out[at] = offset + 55 + n
  let rest = payload
  for (let i = n; i > 0; i--) {
    out[at + i] = rest % 256
    rest = Math.floor(rest / 256)
  }
  return at + 1 + n
}

function lengthBytes(length: number): number {
  let n = 0
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) n++
  return n
}

function isBytes(item: RlpItem): item is Uint8Array {
  return ArrayBuffer.isView(item)
}

function payloadLength(items: readonly RlpItem[]): number {
  let sum = 0
  for (const item of items) sum += rlpLength(item)
  return sum
}

function rlpLength(item: RlpItem): number {
  if (isBytes(item)) {
    if (item.length === 1 && item[0]! < 0x80) return 1
    return rlpHeaderLength(item.length) + item.length
  }
  const payload = payloadLength(item)
  return rlpHeaderLength(payload) + payload
}

function write(item: RlpItem, out: Uint8Array, at: number): number {
  if (isBytes(item)) {
    if (item.length === 1 && item[0]! < 0x80) {
      out[at] = item[0]!
      return at + 1
    }
    const start = writeRlpHeader(out, at, item.length, 0x80)
    out.set(item, start)
    return start + item.length
  }
  let place = writeRlpHeader(out, at, payloadLength(item), 0xc0)
  for (const inner of item) place = write(inner, out, place)
  return place
}
