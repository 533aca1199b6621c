/** A hexadecimal string with `0x` in front, lower case where this project writes one. */
export type Hex = `0x${string}`
/** 32 bytes as {@link Hex}. */
export type Hash = Hex
/** 20 bytes as lower-case {@link Hex}. */
export type Address = Hex

const HEX: string[] = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'))

/**
 * Node's Buffer writes hex in one go; joining it byte by byte leaves a rope of strings that holds sixteen times the memory. What is short goes
 * through this one: V8 keeps small arrays on its heap, and a Buffer over such an array moves it off, at a microsecond each.
 */
const scratch = typeof Buffer === 'function' ? Buffer.alloc(256) : undefined

/** Bytes to lower-case hex with `0x` in front. */
export function bytesToHex(bytes: Uint8Array): Hex {
  if (scratch !== undefined && bytes.length <= scratch.length) {
    scratch.set(bytes)
    return `0x${scratch.toString('hex', 0, bytes.length)}`
  }
  if (scratch !== undefined)
    return `0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')}`
  let out = '0x'
  for (let i = 0; i < bytes.length; i++) out += HEX[bytes[i]!]
  return out as Hex
}

function nibble(code: number): number {
  if (code >= 48 && code <= 57) return code - 48
  const lower = code | 32
  if (lower >= 97 && lower <= 102) return lower - 87
  return -1
}

/**
 * Hex to bytes.
 * @throws {TypeError} when the text has no `0x`, an odd number of digits or a character that is no digit.
 */
export function hexToBytes(hex: string): Uint8Array {
  if (!hex.startsWith('0x')) throw new TypeError(`expected hex starting with 0x, got ${hex.slice(0, 20)}`)
  if (hex.length % 2 !== 0)
    throw new TypeError(`expected an even number of hex digits, got ${hex.length - 2}`)
  const out = new Uint8Array((hex.length - 2) / 2)
  for (let i = 0; i < out.length; i++) {
    const hi = nibble(hex.charCodeAt(2 * i + 2))
    const lo = nibble(hex.charCodeAt(2 * i + 3))
    if (hi < 0 || lo < 0)
      throw new TypeError(`expected hex digits, got ${hex.slice(2 * i + 2, 2 * i + 4)} at byte ${i}`)
    out[i] = (hi << 4) | lo
  }
  return out
}

/** Joins byte strings. */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0
  for (const part of parts) length += part.length
  const out = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

/** Big-endian bytes to a bigint; no bytes are zero. */
export function bytesToBigInt(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(bytesToHex(bytes))
}

/**
 * A non-negative bigint to big-endian bytes of a fixed length.
 * @throws {RangeError} when it is negative or does not fit.
 */
export function bigIntToBytes(value: bigint, length: number): Uint8Array {
  if (value < 0n || value >> BigInt(8 * length) !== 0n)
    throw new RangeError(`expected an unsigned integer of ${length} bytes, got ${value}`)
  return hexToBytes(`0x${value.toString(16).padStart(2 * length, '0')}`)
}

/** Whether two byte strings are equal. Not constant in time: never for secrets. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}
