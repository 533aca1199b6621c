import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { bigIntToBytes, bytesToBigInt, bytesToHex, concatBytes, hexToBytes } from '../src/index.js'

const bytes = () => fc.uint8Array({ maxLength: 200 })

describe('bytes', () => {
  test('hex has every byte, whatever the length and wherever the bytes stand', () => {
    const all = Uint8Array.from({ length: 600 }, (_, i) => i * 7)
    for (let length = 0; length < 300; length++)
      for (const value of [all.slice(0, length), all.subarray(300, 300 + length)])
        expect(bytesToHex(value)).toBe(
          `0x${Array.from(value, (byte) => byte.toString(16).padStart(2, '0')).join('')}`,
        )
  })

  test('hex and back is the same', () => {
    fc.assert(fc.property(bytes(), (value) => expect(hexToBytes(bytesToHex(value))).toEqual(value)))
  })

  test('bigints and back are the same', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }), (value) =>
        expect(bytesToBigInt(bigIntToBytes(value, 32))).toBe(value),
      ),
    )
  })

  test('joining keeps every byte in order', () => {
    fc.assert(
      fc.property(fc.array(bytes()), (parts) =>
        expect(concatBytes(...parts)).toEqual(Uint8Array.from(parts.flatMap((part) => [...part]))),
      ),
    )
  })

  test.each([
    ['12', /starting with 0x/],
    ['0x123', /even number/],
    ['0x1g', /hex digits, got 1g at byte 0/],
    ['0x 1', /hex digits/],
  ])('%s is refused and the message says why', (text, message) => {
    expect(() => hexToBytes(text)).toThrow(message)
  })

  test('a number that does not fit is refused', () => {
    expect(() => bigIntToBytes(256n, 1)).toThrow(/1 bytes, got 256/)
    expect(() => bigIntToBytes(-1n, 8)).toThrow(RangeError)
  })

  test('no bytes are zero', () => {
    expect(bytesToBigInt(new Uint8Array())).toBe(0n)
  })
})
