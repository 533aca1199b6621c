import { Malformed } from './column.js'

/**
 * The subset of MessagePack that a body uses: one array of byte strings, everything in its shortest form.
 * docs/spec/codec.md 3. Returns views of the input.
 */
export function readColumns(bytes: Uint8Array, count: number): Uint8Array[] {
  let at = 0
  const need = (length: number): number => {
    if (length > bytes.length - at) throw new Malformed('MessagePack ends early')
    const start = at
    at += length
    return start
  }
  const uint = (length: number): number => {
    const start = need(length)
    let value = 0
    for (let i = 0; i < length; i++) value = value * 256 + bytes[start + i]!
    return value
  }
  const head = uint(1)
  if (head !== 0xdc || count < 16)
    throw new Malformed(`expected a MessagePack array of 16 bits, got 0x${head.toString(16)}`)
  const got = uint(2)
  if (got !== count) throw new Malformed(`expected ${count} columns, got ${got}`)
  const columns: Uint8Array[] = []
  for (let i = 0; i < count; i++) {
    const type = uint(1)
    if (type < 0xc4 || type > 0xc6)
      throw new Malformed(`expected MessagePack bytes, got 0x${type.toString(16)}`)
    const length = uint(1 << (type - 0xc4))
    const least = type === 0xc4 ? 0 : type === 0xc5 ? 0x100 : 0x1_0000
    if (length < least) throw new Malformed('MessagePack bytes whose length is not in its shortest form')
    const start = need(length)
    columns.push(bytes.subarray(start, start + length))
  }
  if (at !== bytes.length) throw new Malformed(`${bytes.length - at} bytes after the columns`)
  return columns
}
