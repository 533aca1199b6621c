import { BaseError } from '@animechain/core'

/** Why a module is refused, and where. */
export class ModuleError extends BaseError {
  /**
   * What is wrong in a few words that do not depend on the module, so that refusals can be counted
   */
  readonly reason: string
  /** byte of the module; undefined when it is no place in it */
  readonly offset: number | undefined

  constructor(
    code: 'PROVING_INVALID_MODULE' | 'PROVING_UNSUPPORTED_MODULE',
    reason: string,
    details: { section?: string; offset?: number; expected?: string; got?: string; cause?: unknown } = {},
  ) {
    const { section, offset, expected, got, cause } = details
    const place = [section, offset === undefined ? undefined : `byte ${offset}`].filter(Boolean).join(', ')
    super(`The module is refused: ${reason}${place ? ` (${place})` : ''}.`, {
      code,
      docsPath: '/spec/machine.md',
      cause,
      metaMessages: expected === undefined ? [] : [`Expected ${expected}, got ${got}.`],
    })
    this.name = 'ModuleError'
    this.reason = reason
    this.offset = offset
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Reads the binary format within fixed bounds. Every read says what it expected when it finds something else. */
export class Reader {
  readonly bytes: Uint8Array
  at: number
  readonly end: number
  /** for messages */
  readonly section: string

  constructor(bytes: Uint8Array, section: string, at = 0, end = bytes.length) {
    this.bytes = bytes
    this.section = section
    this.at = at
    this.end = end
  }

  get done(): boolean {
    return this.at >= this.end
  }

  invalid(expected: string, got: string, offset = this.at): ModuleError {
    return new ModuleError('PROVING_INVALID_MODULE', 'invalid WebAssembly', {
      section: this.section,
      offset,
      expected,
      got,
    })
  }

  unsupported(reason: string, offset = this.at, expected?: string, got?: string): ModuleError {
    return new ModuleError('PROVING_UNSUPPORTED_MODULE', reason, {
      section: this.section,
      offset,
      expected,
      got,
    })
  }

  byte(what: string): number {
    if (this.at >= this.end) throw this.invalid(what, 'the end')
    return this.bytes[this.at++]!
  }

  /** A byte that has one value only. */
  only(value: number, what: string): void {
    const at = this.at
    const got = this.byte(what)
    if (got !== value) throw this.invalid(`${what} (0x${hex(value)})`, `0x${hex(got)}`, at)
  }

  take(length: number, what: string): Uint8Array {
    if (length > this.end - this.at) throw this.invalid(`${length} bytes of ${what}`, `${this.end - this.at}`)
    this.at += length
    return this.bytes.subarray(this.at - length, this.at)
  }

  /** Unsigned LEB128 of 32 bits. */
  u32(what: string): number {
    const start = this.at
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte(what)
      if (shift === 28 && byte > 0x0f) throw this.invalid(`${what}, at most 32 bits`, 'more', start)
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
  }

  /** Signed LEB128 of `bits` bits. */
  signed(bits: 32 | 33 | 64, what: string): bigint {
    const start = this.at
    const longest = Math.ceil(bits / 7)
    let value = 0n
    for (let count = 1; ; count++) {
      const byte = this.byte(what)
      value |= BigInt(byte & 0x7f) << BigInt(7 * (count - 1))
      if (byte < 0x80) {
        const out = BigInt.asIntN(7 * count, value)
        if (BigInt.asIntN(bits, out) !== out) throw this.invalid(`${what}, ${bits} bits`, 'more', start)
        return out
      }
      if (count === longest) throw this.invalid(`${what}, at most ${longest} bytes`, 'more', start)
    }
  }

  name(what: string): string {
    const start = this.at
    const bytes = this.take(this.u32(`length of ${what}`), what)
    try {
      return utf8.decode(bytes)
    } catch {
      throw this.invalid(`${what} in UTF-8`, 'other bytes', start)
    }
  }

  /** A part of it with an end of its own. */
  part(length: number, section: string): Reader {
    const start = this.at
    this.take(length, section)
    return new Reader(this.bytes, section, start, this.at)
  }

  /** A vector: its length, then its elements. */
  vector<T>(what: string, element: (index: number) => T): T[] {
    const count = this.u32(`number of ${what}`)
    const out: T[] = []
    for (let i = 0; i < count; i++) out.push(element(i))
    return out
  }
}

export const hex = (byte: number): string => byte.toString(16).padStart(2, '0')
